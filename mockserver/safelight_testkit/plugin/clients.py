"""Finding a generated client by the name of its package, when a test asks for it and not before."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from safelight_testkit.plugin.settings import Misuse

__all__ = ["client_class"]


def client_class(package: str | None, name: str) -> Callable[..., Any]:
    """Import a class of a generated client.

    Args:
        package: The package, as in ``ttapi_images``.
        name: The class.

    Raises:
        Misuse: No package is named, or there is none of this name, or it is none of a client.
    """
    if package is None:
        raise Misuse(
            "which client? Say it once in the pytest configuration, safelight_client = 'ttapi_images', or with "
            "--safelight-client or @pytest.mark.safelight(client=...), or give the class: "
            f"safelight_server.client({name})"
        )
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{package}.".startswith(f"{error.name}."):
            raise  # The package is there; what it needs is not.
        raise Misuse(f"the client package {package!r} is not installed where pytest runs") from None
    found = getattr(module, name, None)
    if not callable(found):
        raise Misuse(f"the package {package!r} is no generated client: it has no class {name}")
    kind: Callable[..., Any] = found
    return kind
