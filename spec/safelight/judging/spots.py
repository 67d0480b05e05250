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

from safelight.model import Place
from safelight.vocabulary.checks import named

_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_LONGEST_NUMBER: Final = 4000


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
    starts = _starts(text)
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


def repeated_key(text: str) -> tuple[str, Place, Place] | None:
    """Find the first key that stands twice in one object: the key, where it stands first, and where again.

    Args:
        text: A JSON text that ``json.loads`` accepts.
    """
    keys_of: list[dict[str, int] | None] = []  # of each open object the keys so far; None for an array
    is_key = False
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in "{[":
            keys_of.append({} if word == "{" else None)
            is_key = word == "{"
        elif word in "}]":
            keys_of.pop()
            is_key = False
        elif word == ",":
            is_key = keys_of[-1] is not None
        elif is_key and (keys := keys_of[-1]) is not None:
            key, is_key = json.loads(word), False
            if key in keys:
                starts = _starts(text)
                return key, _place(starts, keys[key]), _place(starts, match.start())
            keys[key] = match.start()
    return None


def place_of_number(text: str, word: str | None = None) -> Place:
    """Find a number that JSON does not have: *word*, or else the first that is too long for Python to read."""
    for match in _TOKEN.finditer(text):
        found = match.group()
        if found == word or (word is None and not found.startswith('"') and len(found) > _LONGEST_NUMBER):
            return _place(_starts(text), match.start())
    return Place(1, 1)


def _starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\n", text))]


def _place(starts: list[int], offset: int) -> Place:
    line = bisect_right(starts, offset)
    return Place(line, offset - starts[line - 1] + 1)
