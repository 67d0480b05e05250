"""What goes over the wire: compact JSON, and server-sent events made of it.

An image of 1 MB is 1.4 MB of base64 inside a JSON text.  A general encoder would scan all of it for characters to
escape, and copy it twice.  Base64 has none, so here it passes untouched: a text is made of pieces, an image is a piece.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Base64", "Json", "event", "json_pieces"]


@dataclass(frozen=True, slots=True)
class Base64:
    """Bytes in base64, to be placed in a JSON text as a string.

    Attributes:
        text: The base64 text in ASCII, with nothing in it that JSON would have to escape.
    """

    text: bytes

    @classmethod
    def of(cls, data: bytes) -> Base64:
        """Return *data* in base64."""
        return cls(base64.b64encode(data))


Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | float | bool | Base64 | None"
"""A JSON value, where a string may also be given as `Base64`.  (``float`` includes ``int`` here, as everywhere.)"""


def json_pieces(value: Json) -> tuple[bytes, ...]:
    """Return the JSON text of *value*, without blanks, in pieces to be sent one after the other.

    The text is ASCII: half a surrogate pair, which a client can send, can so be sent back.

    Raises:
        ValueError: A number is not finite; JSON has no form for it.
    """
    pieces: list[bytes] = []
    text: list[str] = []
    for part in _parts(value):
        if isinstance(part, str):
            text.append(part)
        else:
            pieces += "".join(text).encode("ascii"), part
            text.clear()
    return (*pieces, "".join(text).encode("ascii"))


def event(name: str, data: Json) -> tuple[bytes, ...]:
    """Return one server-sent event in pieces: its name, its data on one line, and the blank line that ends it.

    Args:
        name: The type of the event, on one line.
        data: Its content.

    Raises:
        ValueError: The name has a line break in it, which would end the field; or as in `json_pieces`.
    """
    if "\n" in name or "\r" in name:
        raise ValueError(f"the name of an event must be on one line: {name!r}")
    return (f"event: {name}\ndata: ".encode(), *json_pieces(data), b"\n\n")


def _parts(value: Json) -> Iterator[str | bytes]:
    """Yield the JSON text of *value*: bytes for base64, text for all the rest."""
    match value:
        case Base64(text):
            yield '"'
            yield text
            yield '"'
        case Mapping():
            yield "{"
            for place, (key, item) in enumerate(value.items()):
                yield f"{',' if place else ''}{json.dumps(key)}:"
                yield from _parts(item)
            yield "}"
        case str() | float() | int() | None:
            yield json.dumps(value, allow_nan=False)
        case _:
            yield "["
            for place, item in enumerate(value):
                if place:
                    yield ","
                yield from _parts(item)
            yield "]"
