"""What is wrong with a spec file, and how it is told: ``file:line:column: error[CODE]: message``.

Codes are permanent and listed in `CODES`; a code that is not listed cannot be used.  Problems are collected, never
raised one by one, so that one run shows them all; `SpecError` carries the whole list once loading has to stop.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Final

from safelight.model import Place
from safelight.records import dataclass

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # The file and its YAML
        "E101": "the file cannot be read",
        "E102": "the file is too large",
        "E103": "the file is not UTF-8",
        "E104": "the text is not YAML",
        "E105": "a key stands twice in one mapping",
        "E106": "anchors, aliases, merge keys and tags are not part of the language",
        "E107": "a word that YAML 1.1 reads as true or false",
        "E108": "nested too deeply",
        "E109": "too many problems",
        # Its form
        "E201": "an unknown key",
        "E202": "a key is missing",
        "E203": "a value of the wrong type",
        "E204": "a value outside its range",
        "E205": "keys that do not go together",
        # Names
        "E301": "an unknown name",
        "E302": "a name that is taken or reserved",
        # Soundness of parameters
        "E401": "a range without values",
        "E402": "a default outside its own domain",
        "E403": "a constraint that does not fit the type",
        "E404": "a value that can never be used",
        # Soundness of rules
        "E501": "a rule that can never fire",
        "E502": "a rule that can never hold",
        "E503": "a rule without cases",
        "E504": "a condition that does not fit its operand",
        "E505": "a rule that can never be broken",
        "E506": "a condition that can never hold",
        # Answers
        "E601": "an error text with an unknown placeholder",
        "E602": "an error without a text",
        "E603": "tokens that are not told",
        "E604": "a price that cannot be worked out",
    }
)


MAX_PROBLEMS: Final = 1000
"""So many problems are collected; a file with more is no spec with mistakes, but no spec."""

_LONGEST_TEXT: Final = 400
_BREAKS: Final = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


class TooManyProblems(Exception):
    """Reading stops: the report has `MAX_PROBLEMS` problems."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where, which code, what, and what would be right."""

    place: Place
    code: str
    message: str
    help: str = ""


@dataclasses.dataclass(slots=True)
class Report:
    """Collects problems while a file is read."""

    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, place: Place, code: str, message: str, help: str = "") -> None:  # noqa: A002 - the word compilers use
        """Note a problem.  *code* must be one of `CODES`.

        Raises:
            TooManyProblems: There were `MAX_PROBLEMS` before.
        """
        if code not in CODES:
            raise KeyError(code)
        if len(self.problems) >= MAX_PROBLEMS:
            told = f"there are more than {MAX_PROBLEMS} problems; the others are not told"
            self.problems.append(Problem(place, "E109", told))
            raise TooManyProblems
        self.problems.append(Problem(place, code, _cut(message), _cut(help)))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


class SpecError(Exception):
    """A spec that cannot be used.

    Attributes:
        path: The file, as it was named.
        problems: Everything that is wrong with it, in the order of the file.
        text: The file's text, for showing lines; empty where it could not be read.
    """

    def __init__(self, path: str, problems: Iterable[Problem], text: str = "") -> None:
        self.path = path
        self.problems = tuple(sorted(set(problems)))
        self.text = text
        super().__init__(path, self.problems, text)

    def __str__(self) -> str:
        return self.render()

    def render(self) -> str:
        """Write the problems as a compiler does, each with its line and, where there is one, a suggestion."""
        lines = lines_of(self.text) if self.text else []
        return "\n".join(_block(self.path, problem, lines) for problem in self.problems)


def _block(path: str, problem: Problem, lines: Sequence[str]) -> str:
    place = problem.place
    text = f"{path}:{place.line}:{place.column}: error[{problem.code}]: {problem.message}{excerpt(lines, place)}"
    return f"{text}\n      = help: {problem.help}" if problem.help else text


def excerpt(lines: Sequence[str], place: Place) -> str:
    """Show the line of *place* and a caret below it, each on a line of its own; empty where there is no such line."""
    if not 0 < place.line <= len(lines):
        return ""
    start = max(0, place.column - 80)
    shown = _printable(lines[place.line - 1][start : start + 120])
    before = "".join("\t" if character == "\t" else " " for character in shown[: place.column - 1 - start])
    gutter = f"{place.line:>5} | "
    return f"\n{gutter}{shown}\n{' ' * (len(gutter) - 2)}| {before}^"


def _printable(text: str) -> str:
    """Take out what would steer a terminal, or cannot be written to one; each character keeps its column."""
    return "".join(one if one.isprintable() or one == "\t" else "\N{REPLACEMENT CHARACTER}" for one in text)


def lines_of(text: str) -> list[str]:
    """Split *text* where YAML breaks lines, so that line numbers mean the same to both."""
    return _BREAKS.split(text)


def place_at(text: str, index: int) -> Place:
    """The line and column of the character at *index*."""
    line, start = 1, 0
    for found in _BREAKS.finditer(text, 0, index):
        line, start = line + 1, found.end()
    return Place(line, index - start + 1)


def suggest(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Say which known name *name* may have meant; empty where none is near, by *likeness* from 0 to 1."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1, likeness)
    return f"did you mean {close[0]!r}?" if close else ""
