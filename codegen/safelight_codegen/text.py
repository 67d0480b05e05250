"""Texts of a spec as Python source: literals and docstrings that are safe whatever the spec says.

Every string of a spec enters code through `literal`, every sentence through `docstring`.  Both write what
``ruff format`` would leave alone, so that generated code needs no formatter and does not depend on the version of one.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final, cast

__all__ = ["WIDTH", "docstring", "literal", "paragraph", "sentence"]

WIDTH: Final = 120
"""The longest line of generated code."""

_ESCAPES: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(value: object) -> str:
    """Write a JSON value, a tuple of such or a date as Python source on one line.

    Raises:
        TypeError: There is no literal for such a value.
    """
    match value:
        case str():
            return _string(value)
        case bool() | int() | float() | None:
            return repr(value)
        case date():
            return f"date({value.year}, {value.month}, {value.day})"
        case Fraction():
            return literal(value.as_integer_ratio())
        case tuple() | list():
            return _sequence(cast("tuple[object, ...] | list[object]", value))
        case Mapping():
            pairs = cast("Mapping[object, object]", value).items()
            return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in pairs)}}}"
        case _:
            raise TypeError(f"no literal for a {type(value).__name__}")


def _sequence(values: tuple[object, ...] | list[object]) -> str:
    items = ", ".join(literal(value) for value in values)
    if isinstance(values, list):
        return f"[{items}]"
    return f"({items},)" if len(values) == 1 else f"({items})"


def _string(text: str) -> str:
    """Write a string with the quotes that need fewer escapes; what cannot be printed is escaped."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    if text.isprintable() and "\\" not in text and quote not in text:  # nearly all are
        return f"{quote}{text}{quote}"
    return quote + "".join(_sign(sign, quote) for sign in text) + quote


def _sign(sign: str, quote: str) -> str:
    if sign == quote:
        return f"\\{sign}"
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def sentence(text: str) -> str:
    """Make one line of *text*, that begins with a capital where it begins with a word, and ends like a sentence."""
    line = " ".join(_printable(text).split())
    return line if line.endswith((".", "!", "?")) else f"{line}."


def paragraph(text: str, *, indent: int, hanging: int = 0) -> str:
    """Fill *text* into lines.

    Args:
        text: The text; its own line breaks do not count.
        indent: How many columns stand before each line in the end; they are not written here.
        hanging: How many blanks to write before all lines but the first.
    """
    return textwrap.fill(
        " ".join(_printable(text).split()),
        WIDTH - indent,
        subsequent_indent=" " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def docstring(text: str) -> str:
    """Write a docstring around *text*, whose lines are filled already.

    A text with a backslash becomes a raw docstring.  Three double quotes, which no raw docstring can hold, become
    single ones.
    """
    body = text.strip().replace('"""', "'''")
    if body.endswith(('"', "\\")):
        body += "."
    prefix = "r" if "\\" in body else ""
    end = "\n" if "\n" in body else ""
    return f'{prefix}"""{body}{end}"""'


def _printable(text: str) -> str:
    """Escape what cannot be printed, but for blanks and line breaks."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign.isspace() else literal(sign)[1:-1] for sign in text)
