"""Strings that a regular expression matches.

The standard library already parses regular expressions; this walks its parse tree and writes one match, as short as
possible or, by repeating what may be repeated, of a wanted length.  What cannot be written by walking once from left
to right (look-around, references back) is left out, and since every result is tried with ``re.fullmatch``, the worst
that an unusual expression gives is no example.
"""

from __future__ import annotations

import importlib
import re
import string
from typing import Any, Final, TypeAlias

_Node: TypeAlias = tuple[Any, Any]

_ALPHABET: Final = string.ascii_lowercase + string.digits + string.ascii_uppercase + string.punctuation + " \n\t"
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def examples(regex: str, low: int = 0, high: int | None = None) -> tuple[str, ...]:
    """Write strings that *regex* matches as a whole: the shortest, some longer ones, and the longest allowed.

    Args:
        regex: A regular expression of Python's ``re``.
        low: The least length, in code points.
        high: The greatest length; None for no limit.
    """
    shortest = example(regex, 0)
    if shortest is None:
        return ()
    least = max(low, len(shortest))
    wanted = [least, least + 1, least + 8, *([] if high is None else [high])]
    found = (example(regex, length - len(shortest)) for length in wanted if high is None or length <= high)
    return tuple(
        dict.fromkeys(
            text for text in found if text is not None and len(text) >= low and len(text) <= (high or len(text))
        )
    )


def example(regex: str, spare: int) -> str | None:
    """Write a string that *regex* matches as a whole, *spare* code points longer than the shortest if that can be."""
    tree: list[_Node] = list(importlib.import_module("re._parser").parse(regex))
    text = _Writer(spare).write(tree)
    return text if text is not None and re.fullmatch(regex, text) else None


class _Writer:
    """Writes one match from left to right; repeats use up what is to spare."""

    def __init__(self, spare: int) -> None:
        self._spare = spare

    def write(self, nodes: list[_Node]) -> str | None:
        parts: list[str] = []
        for operation, argument in nodes:
            part = self._part(str(operation), argument)
            if part is None:
                return None
            parts.append(part)
        return "".join(parts)

    def _part(self, operation: str, argument: Any) -> str | None:  # noqa: ANN401 - a node's argument has no common type
        match operation:
            case "LITERAL":
                return chr(argument)
            case "AT":
                return ""
            case "NOT_LITERAL" | "ANY" | "IN":
                return next((one for one in _ALPHABET if _is_in(operation, argument, one)), None)
            case "BRANCH":
                return self.write(list(argument[1][0]))
            case "SUBPATTERN":
                return self.write(list(argument[-1]))
            case "ATOMIC_GROUP":
                return self.write(list(argument))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeat(int(argument[0]), int(argument[1]), list(argument[2]))
            case _:
                return None

    def _repeat(self, least: int, most: int, nodes: list[_Node]) -> str | None:
        unit = _Writer(0).write(nodes)
        if unit is None:
            return None
        more = min(most - least, self._spare // len(unit)) if unit else 0
        self._spare -= more * len(unit)
        return unit * (least + more)


def _is_in(operation: str, argument: Any, character: str) -> bool:  # noqa: ANN401 - a node's argument has no common type
    match operation:
        case "ANY":
            return character != "\n"
        case "NOT_LITERAL":
            return ord(character) != int(argument)
        case _:
            negated = str(argument[0][0]) == "NEGATE"
            return negated is not any(_is_member(str(kind), value, character) for kind, value in argument)


def _is_member(kind: str, value: Any, character: str) -> bool:  # noqa: ANN401 - a node's argument has no common type
    match kind:
        case "LITERAL":
            return ord(character) == int(value)
        case "RANGE":
            return int(value[0]) <= ord(character) <= int(value[1])
        case "CATEGORY":
            return re.fullmatch(_CATEGORIES[str(value)], character) is not None
        case _:
            return False
