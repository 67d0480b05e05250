r"""Patterns of a spec, which are Python's, as patterns of JSON Schema, which are ECMAScript's.

Only what means the same in both languages is carried over.  ``\d``, ``\w``, ``\s`` and ``\b`` know all of Unicode in
Python and little of it in ECMAScript, a ``$`` before the end sees line breaks differently, and so on: a pattern with
such things has no equal, and guessing one would refuse what the API takes.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["portable"]

_TOKEN: Final = re.compile(
    r"""
      (?P<dot> \. )
    | (?P<other>
        [^\\\[\](){}.^$*+?|]                            # a sign that stands for itself
      | \\ [\\.^$*+?()\[\]{}|/nrtfv]                     # one that is escaped
      | \( \?: | \( (?!\?) | [)|]                         # groups and alternatives
      | (?: [*+?] | \{ \d+ (?: ,\d* )? \} ) \?? (?![*+?]) # how often; nothing possessive
      | \[ \^? (?: [^\\\[\]^-] | - | \\ [\\\[\]^/nrtfv-] )+ \]
      )
    """,
    re.VERBOSE,
)
_DOT: Final = "[^\\n]"  # what a dot is in Python; in ECMAScript it excludes other line breaks too


def portable(regex: str) -> str | None:
    """Return the pattern of ECMAScript that finds the strings that *regex* matches as a whole; None if there is none.

    The result ends in a lookahead, since ``$`` also matches before a last line break in some validators.
    """
    inner = regex.removeprefix("^")  # anchors of the whole say nothing where the whole must match
    if inner.endswith("$") and not inner.endswith("\\$"):
        inner = inner[:-1]
    parts: list[str] = []
    place = 0
    while place < len(inner):
        found = _TOKEN.match(inner, place)
        if found is None:
            return None
        parts.append(_DOT if found["dot"] else found[0])
        place = found.end()
    return f"^(?:{''.join(parts)})(?![\\s\\S])"
