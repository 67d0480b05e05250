r"""Patterns of strings: the part of regular expressions that Python and ECMAScript read alike.

A spec is read in Python and exported as JSON Schema, whose patterns are ECMAScript's, so a pattern that the two read
differently would judge differently here and there.  `problem` refuses what is not common to both: named groups,
lookbehind, references back, flags, possessive repeats.  ``\d``, ``\w`` and ``\s`` mean their ASCII characters and ``.``
anything but a line feed; exports write these out.

A pattern can take a time that doubles with each character of the string.  The one form of this that is never meant, a
repeat of nothing but a repeat as in ``(a+)+``, is refused; others cannot be told from patterns that people need.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Final

from safelight.records import dataclass

FLAGS: Final = re.ASCII
"""How Python reads the patterns of a spec."""

_TOKEN: Final = re.compile(
    r"""
      (?P<dot> \. )
    | (?P<kind> \\[dwsDWS] )
    | (?P<set>
        \[ (?: \\d\\D | \\s\\S | \\w\\W ) \]              # any character at all
      | \[ \^? (?: (?! -- | && | \|\| | ~~ )
                (?: [^\\\[\]^] | \\ (?: [\\\[\]^./nrtfvdws-] | x[\da-fA-F]{2} | u[\da-fA-F]{4} ) ) )+ \]
      )
    | (?P<open> \( (?: \?[:=!] | (?!\?) ) )
    | (?P<close> \) )
    | (?P<or> \| )
    | (?P<often> (?: [*+?] | \{ \d+ (?: ,\d* )? \} ) \?? (?![*+?]) )
    | (?P<sign> [^\\\[\](){}.^$*+?|] | \\ (?: [\\.^$*+?()\[\]{}|/nrtfvb] | x[\da-fA-F]{2} | u[\da-fA-F]{4} ) )
    """,
    re.VERBOSE,
)
_ENDLESS: Final = re.compile(r"[*+]|\{\d+,\}")
_NOT_COMMON: Final = (
    (r"\(\?P?<[A-Za-z_]", "a named group"),
    (r"\(\?<[=!]", "a lookbehind"),
    (r"\(\?P=|\\[1-9]", "a reference back"),
    (r"\(\?", "a flag, or another extension"),
    (r"[*+?}]\+|\(\?>", "a possessive repeat"),
    (r"[\^$]", "an anchor inside the pattern"),
    (r"\\", "this escape"),
    (r"\[", "this set"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a pattern: a sign, a set, the start or the end of a group, or how often what is before it comes.

    Attributes:
        kind: One of dot, kind, set, open, close, or, often, sign.
        text: The part itself.
    """

    kind: str
    text: str


def tokens(regex: str) -> tuple[Token, ...]:
    """Split a pattern into its parts; anchors of the whole say nothing, where the whole must match.

    Raises:
        ValueError: Python and ECMAScript do not read it alike.
    """
    inner = regex.removeprefix("^")
    if inner.endswith("$") and not re.search(r"(?<!\\)(\\\\)*\\\$$", inner):
        inner = inner[:-1]
    found: list[Token] = []
    place = 0
    while place < len(inner):
        match = _TOKEN.match(inner, place)
        if match is None or match.lastgroup is None:
            rest = inner[max(0, place - 1) :] if inner[place] in "*+?" else inner[place:]
            what = next((word for form, word in _NOT_COMMON if re.match(form, rest)), "this")
            raise ValueError(f"{what} is not read alike by Python and ECMAScript: {rest[:20]!r}")
        found.append(Token(match.lastgroup, match[0]))
        place = match.end()
    return tuple(found)


def problem(regex: str) -> str:
    """Say why *regex* cannot be a pattern of a spec; nothing where it can."""
    try:
        found = tokens(regex)
    except ValueError as error:
        return str(error)
    try:
        re.compile(regex, FLAGS)
    except (re.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {error}"
    repeat = _pointless_repeat(found)
    return f"{repeat!r} repeats what repeats already, and can take forever" if repeat else ""


@dataclasses.dataclass(slots=True)
class _Group:
    """A group that is being read.

    Attributes:
        start: Which token opened it.
        items: How many items the present alternative has.
        endless: Whether the last of them repeats without end.
        lone: Whether an alternative so far is nothing but one that does.
    """

    start: int
    items: int = 0
    endless: bool = False
    lone: bool = False

    def end_alternative(self) -> None:
        """Note what the alternative was, and begin another."""
        self.lone = self.lone or (self.items == 1 and self.endless)
        self.items, self.endless = 0, False


def _pointless_repeat(found: Iterable[Token]) -> str:
    """Find a group that repeats without end and may be nothing but such a repeat."""
    listed = tuple(found)
    stack = [_Group(0)]
    closed: _Group | None = None
    for place, token in enumerate(listed):
        match token.kind:
            case "open":
                stack.append(_Group(place))
            case "or":
                stack[-1].end_alternative()
            case "close":
                closed = stack.pop()
                closed.end_alternative()
                stack[-1].items += 1
                stack[-1].endless = closed.lone
                continue
            case "often":
                if _ENDLESS.match(token.text):
                    if closed is not None and closed.lone:
                        return "".join(one.text for one in listed[closed.start : place + 1])
                    stack[-1].endless = True
            case _:
                stack[-1].items += 1
                stack[-1].endless = False
        closed = None
    return ""
