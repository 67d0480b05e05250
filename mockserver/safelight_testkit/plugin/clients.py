"""Generated clients: found by the name of their package when a test asks for one, and held against the spec.

A client of another API would be refused request by request, in words about fields and paths; one that was made from
another text of the spec judges by rules that the server does not have.  Either is a mistake in the set-up of a test, so
it is told before the first request: the package knows the name, the day and the digest of the spec it was made from.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from safelight import Spec
from safelight.vocabulary.index import identified
from safelight_testkit.plugin.settings import Misuse

__all__ = ["OtherRevision", "check_client", "client_class", "uses_httpx"]

_MOST: Final = 5


class OtherRevision(UserWarning):
    """A client was made from another text of the spec than the one that is served to it."""


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


def check_client(kind: Callable[..., Any], spec: Spec) -> None:
    """Make sure that a client is one of the API that is served, and warn where it is one of another revision.

    Nothing is known of what makes a client and is no class of a generated package.

    Args:
        kind: The class of the client, or one that is derived from it.
        spec: What is served.

    Raises:
        Misuse: It is a client of another API.
    """
    made = _made_from(kind)
    if made is None:
        return
    api, package = made.API, made.__package__
    if api.package != spec.name:
        raise Misuse(
            f"the client package {package!r} is for {api.package} ({api.title}), and the server serves {spec.name} "
            f"({spec.title}): name a client of {spec.name} with safelight_client in the pytest configuration, "
            "--safelight-client or @pytest.mark.safelight(client=...), or serve the other spec with safelight_spec, "
            "--safelight-spec or @pytest.mark.safelight(spec=...)"
        )
    if spec.digest != made.SPEC_DIGEST:
        ids = [id_ for operation in spec.operations.values() for id_ in identified(operation)]
        told = "; ".join(_differences(made.SPEC_REVISED, spec.revised.isoformat(), api.rules, ids))
        warnings.warn(
            f"the client package {package!r} was made from another text of {spec.name} than is served: {told}. Make it "
            "anew from the spec that is served, with `safelight generate`, or serve the spec it was made from",
            OtherRevision,
            stacklevel=3,
        )


def _made_from(kind: Callable[..., Any]) -> Any:  # noqa: ANN401 - a module of a package that is not known before
    """Find what the package of a client says of its spec: its module ``api``, which its clients have imported."""
    for one in getattr(kind, "__mro__", ()):
        module = sys.modules.get(f"{one.__module__.rpartition('.')[0]}.api")
        if hasattr(module, "SPEC_DIGEST"):
            return module
    return None


def _differences(theirs: str, ours: str, known: Collection[str], served: Collection[str]) -> Iterator[str]:
    """Tell what differs, as far as both sides know it: days, and constraints by their ids."""
    fewer = [id_ for id_ in known if id_ not in set(served)]
    more = [id_ for id_ in served if id_ not in set(known)]
    if theirs != ours:
        yield f"the client is of {theirs}, the server of {ours}"
    if fewer:
        yield f"only the client knows {_listed(fewer)}"
    if more:
        yield f"only the server knows {_listed(more)}"
    if theirs == ours and not fewer and not more:
        yield "the day is the same and so are the ids of all constraints, so look at limits, defaults and words"


def _listed(ids: Collection[str]) -> str:
    more = f" and {len(ids) - _MOST} more" if len(ids) > _MOST else ""
    return ", ".join(list(ids)[:_MOST]) + more


def uses_httpx(kind: Callable[..., Any]) -> bool:
    """Tell whether a class of a generated client sends with httpx instead of httpx2: its module imports one of them."""
    module = sys.modules.get(kind.__module__)
    return hasattr(module, "httpx") and not hasattr(module, "httpx2")
