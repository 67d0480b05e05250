"""What goes over the wire: compact JSON, and server-sent events made of it, as texts with holes.

An image of 1 MB is 1.4 MB of base64 inside a JSON text.  A general encoder would scan all of it for characters to
escape, and copy it twice.  Base64 has none, so here it never passes through an encoder: a text is made of pieces, and
the stretches with images in them are put together once (see `gallery`), however often they are sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from safelight_mockserver.pictures.picture import Picture

from .reply import Address, Hole, InBase64, Json, Now, Stamped

__all__ = ["Block", "Text", "event_text", "json_text"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A stretch of text with images in base64, the same each time it is sent.

    Two blocks are never equal: comparing them would cost more than making one twice.
    """

    parts: tuple[bytes | Picture, ...]


Text: TypeAlias = tuple[bytes | Block | Now | Address | Stamped, ...]
"""A text in pieces: what is always the same, and holes for what is only known when the text is sent."""


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
    """Join what stands between two holes that are only known when the text is sent."""
    pieces: list[bytes | Block | Now | Address | Stamped] = []
    stretch: list[bytes | Picture] = []
    words: list[str] = []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
            continue
        stretch.append("".join(words).encode())
        words.clear()
        if isinstance(part, InBase64):
            stretch.append(part.picture)
        else:
            pieces += _closed(stretch), part
            stretch = []
    stretch.append("".join(words).encode())
    return (*pieces, _closed(stretch))


def _closed(stretch: list[bytes | Picture]) -> bytes | Block:
    first = stretch[0]
    return first if len(stretch) == 1 and isinstance(first, bytes) else Block(tuple(stretch))


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
