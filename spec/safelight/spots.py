"""Where things stand in a JSON text, so that a violation can point at them.

The parser of the standard library tells no places.  YAML's does, but reads JSON a little differently (tabs, long keys,
surrogate escapes), so the text is parsed by ``json`` and, once that found nothing wrong, walked here by its tokens.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from safelight.checks import named
from safelight.model import Place

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, and its key where it has one."""

    key: Place
    value: Place


@dataclass(slots=True)
class _Open:
    """An array or object that is being walked: where it is, and which of its parts comes next."""

    path: str
    is_object: bool
    index: int = 0
    key: str | None = None
    key_start: int = 0

    def part(self) -> str:
        """The path of the part that comes next."""
        if not self.is_object:
            return f"{self.path}[{self.index}]"
        name = named(self.key)
        return f"{self.path}.{name}" if self.path else name


def spots(text: str) -> Mapping[str, Spot]:
    """Find every value of a JSON text, by the path that violations use: ``n``, ``images[2].url``, ``""`` for the whole.

    Of a key that stands twice in one object the last counts, as it does for ``json``.

    Args:
        text: A JSON text that ``json.loads`` accepts; of others the result means nothing.
    """
    starts = [0, *(match.end() for match in re.finditer(r"\n", text))]
    found: dict[str, Spot] = {}
    inside: list[_Open] = []
    for match in _TOKEN.finditer(text):
        word, start = match.group(), match.start()
        here = inside[-1] if inside else None
        if word in "}]":
            inside.pop()
        elif word == "," and here is not None:
            here.index, here.key = here.index + 1, None
        elif here is not None and here.is_object and here.key is None:
            here.key, here.key_start = json.loads(word), start
        elif word != ":":
            path = here.part() if here is not None else ""
            value = _place(starts, start)
            key = _place(starts, here.key_start) if here is not None and here.is_object else value
            found[path] = Spot(key, value)
            if word in "{[":
                inside.append(_Open(path, word == "{"))
    return found


def _place(starts: list[int], offset: int) -> Place:
    line = bisect_right(starts, offset)
    return Place(line, offset - starts[line - 1] + 1)
