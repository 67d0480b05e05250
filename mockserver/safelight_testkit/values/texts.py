"""Strings of an exact length in a stated unit."""

from __future__ import annotations

from typing import Final

from safelight.model import Unit
from safelight.vocabulary.checks import length

FLAVOURS: Final = (
    "a",
    "a fox in the snow, ",
    "Füchse über Böden ",
    "雪中狐狸",
    "🦊",
    "ثعلب في الثلج ",
    "\"quoted\" <b>&amp; 'single' \\ {x} %s ",
    "one\ntwo\tthree\r\n",
)
"""What strings are made of, from the simplest on: other scripts, other widths, what careless servers stumble over."""

PLAIN: Final = 1
"""The flavour for people to read."""

WIDE: Final = 4
"""The flavour whose characters count 1 as code points, 2 as UTF-16 units and 4 as bytes: it tells the units apart."""


def text_of(count: int, unit: str = Unit.CODE_POINTS, flavour: int = PLAIN) -> str:
    """Write a string of exactly *count* units, which neither begins nor ends with a blank if it can be helped.

    Args:
        count: The length in *unit*.
        unit: ``code points``, ``utf-16 units`` or ``bytes``.
        flavour: Which of `FLAVOURS` it is made of; what does not fit at its end is filled up with the letter a.
    """
    pattern = FLAVOURS[flavour]
    size = length(pattern, unit)
    text = pattern * (count // size)
    used = size * (count // size)
    for character in pattern:
        used += length(character, unit)
        if used > count:
            break
        text += character
    text = text.rstrip()
    return text + "a" * (count - length(text, unit))
