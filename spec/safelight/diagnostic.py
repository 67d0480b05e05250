"""What is wrong with a spec file, and how it is told: ``file:line:column: error[CODE]: message``.

Codes are permanent and listed in `CODES`; a code that is not listed cannot be used.  Problems are collected, never
raised one by one, so that one run shows them all; `SpecError` carries the whole list once loading has to stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from safelight.model import Place

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
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where, which code, what, and what would be right."""

    place: Place
    code: str
    message: str
    help: str = ""


@dataclass(slots=True)
class Report:
    """Collects problems while a file is read."""

    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, place: Place, code: str, message: str, help: str = "") -> None:  # noqa: A002 - the word compilers use
        """Note a problem.  *code* must be one of `CODES`."""
        if code not in CODES:
            raise KeyError(code)
        self.problems.append(Problem(place, code, message, help))


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
        super().__init__(self.render())

    def render(self) -> str:
        """Write the problems as a compiler does, each with its line and, where there is one, a suggestion."""
        lines = self.text.splitlines()
        return "\n".join(_block(self.path, problem, lines) for problem in self.problems)


def _block(path: str, problem: Problem, lines: list[str]) -> str:
    line, column = problem.place.line, problem.place.column
    text = f"{path}:{line}:{column}: error[{problem.code}]: {problem.message}"
    if 0 < line <= len(lines):
        source = lines[line - 1]
        start = max(0, column - 80)
        excerpt = source[start : start + 120]
        gutter = f"{line:>5} | "
        text += f"\n{gutter}{excerpt}\n{' ' * (len(gutter) - 2)}| {' ' * (column - 1 - start)}^"
    if problem.help:
        text += f"\n      = help: {problem.help}"
    return text


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which known name *name* may have meant; empty where none is near."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1)
    return f"did you mean {close[0]!r}?" if close else ""
