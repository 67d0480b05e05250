"""Where the errors of an API say what, as the source of the client's `Envelope`.

The envelope of a spec has ``"{field}"`` where a field of the error goes.  The fields that a client knows are those that
callers act on, by the names that the whole kit has for them; all others reach them in the error as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from safelight.model import Json
from safelight_codegen.python.code.layout import collection
from safelight_codegen.text import literal

__all__ = ["envelope"]

_Way: TypeAlias = tuple[str | int, ...]

_KNOWN: Final = ("message", "type", "code", "param", "request_id")


def envelope(body: Json, indent: int) -> str:
    """Write the ways to what an error says.

    Args:
        body: The envelope, as the spec has it.
        indent: How many blanks stand before the first line; they are not written here.
    """
    found: dict[str, _Way] = {}
    for field, way in _fields(body, ()):
        found.setdefault(field, way)
    shared = _shared(found.values())
    items = [f"error={literal(shared)}"] if shared else []
    items += [f"{name}={literal(found[name])}" for name in _KNOWN if name in found]
    return collection("Envelope(", items, ")", indent)


def _fields(part: Any, way: _Way) -> Iterator[tuple[str, _Way]]:  # noqa: ANN401 - any JSON value
    """Yield the fields that a part of the envelope has places for, each with the way there."""
    match part:
        case str() if part.startswith("{") and part.endswith("}"):
            yield part[1:-1], way
        case Mapping():
            for name, inner in cast("Mapping[str, Any]", part).items():
                yield from _fields(inner, (*way, name))
        case list() | tuple():
            for number, inner in enumerate(cast("list[Any]", part)):
                yield from _fields(inner, (*way, number))
        case _:
            return


def _shared(ways: Iterable[_Way]) -> _Way:
    """The way to the smallest part that holds the ends of all *ways*."""
    shared: _Way | None = None
    for way in ways:
        parent = way[:-1]
        if shared is None:
            shared = parent
        while shared != parent[: len(shared)]:
            shared = shared[:-1]
    return shared or ()
