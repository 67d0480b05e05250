"""What goes over the wire: compact JSON, and server-sent events made of it, as texts with holes.

An image of 1 MB is 1.4 MB of base64 inside a JSON text.  A general encoder would scan all of it for characters to
escape, and copy it twice.  Base64 has none, so here it never passes through an encoder: a text is made of pieces, an
image goes into a hole between two of them, and pieces are sent one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from .reply import Address, Hole, InBase64, Json, Now, Stamped

__all__ = ["Text", "event_text", "json_text"]

Text: TypeAlias = tuple[bytes | Hole, ...]
"""A text in pieces: bytes, and holes for what is known when the text is sent."""


def json_text(value: Json) -> Text:
    """Return the JSON text of *value*, without blanks; for a hole that is a string, the quotes stand around the hole.

    The text is ASCII: half a surrogate pair, which a client can send, can so be sent back.

    Raises:
        ValueError: A number is not finite; JSON has no form for it.
    """
    return _joined(_parts(value))


def event_text(name: str, data: Json) -> Text:
    """Return one server-sent event: its name, its data on one line, and the blank line that ends it.

    Args:
        name: The type of the event, on one line.
        data: Its content.

    Raises:
        ValueError: The name has a line break in it, which would end the field; or as in `json_text`.
    """
    if "\n" in name or "\r" in name:
        raise ValueError(f"the name of an event must be on one line: {name!r}")
    return _joined(_event_parts(name, data))


def _event_parts(name: str, data: Json) -> Iterator[str | Hole]:
    yield f"event: {name}\ndata: "
    yield from _parts(data)
    yield "\n\n"


def _joined(parts: Iterator[str | Hole]) -> Text:
    """Join neighbouring texts, so that there is one piece between two holes."""
    pieces: list[bytes | Hole] = []
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        else:
            pieces += "".join(text).encode(), part
            text.clear()
    return (*pieces, "".join(text).encode())


def _parts(value: Json) -> Iterator[str | Hole]:
    match value:
        case Now():
            yield value
        case InBase64() | Address() | Stamped():
            yield '"'
            yield value
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
