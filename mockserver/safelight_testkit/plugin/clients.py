"""Generated clients: found by the name of their package when a test asks for one and not before."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from safelight_testkit.plugin.settings import Misuse

__all__ = ["client_class", "uses_httpx"]


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


def uses_httpx(kind: Callable[..., Any]) -> bool:
    """Tell whether a class of a generated client sends with httpx instead of httpx2: its module imports one of them."""
    module = sys.modules.get(kind.__module__)
    return hasattr(module, "httpx") and not hasattr(module, "httpx2")
