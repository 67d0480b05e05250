r"""Patterns of a spec, which are Python's, as patterns of JSON Schema, which are ECMAScript's.

The language lets only pass what both read alike (see `safelight.vocabulary.patterns`), but for four things that are
written out here: ``\d``, ``\w`` and ``\s`` are ASCII in a spec, and ``.`` is anything but a line feed.
"""

from __future__ import annotations

import re
from typing import Final

from safelight.vocabulary.patterns import Token, tokens

__all__ = ["ecmascript"]

_KINDS: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n\\r\\f\\v"}
_IN_SET: Final = re.compile(r"\\(.)")
_ANYTHING: Final = "[\\s\\S]"


def ecmascript(regex: str) -> str:
    """Return the pattern of ECMAScript that finds the strings that *regex* matches as a whole.

    The result ends in a lookahead, since ``$`` also matches before a last line break in some validators.
    """
    return f"^(?:{''.join(_written(token) for token in tokens(regex))})(?!{_ANYTHING})"


def _written(token: Token) -> str:
    match token.kind:
        case "dot":
            return "[^\\n]"
        case "kind":
            letter = token.text[1]
            return f"[{'^' if letter.isupper() else ''}{_KINDS[letter.lower()]}]"
        case "set" if token.text in {"[\\d\\D]", "[\\w\\W]", _ANYTHING}:
            return _ANYTHING
        case "set":
            return _IN_SET.sub(lambda match: _KINDS.get(match[1], match[0]), token.text)
        case _:
            return token.text
