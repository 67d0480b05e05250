"""How problems are told: as a compiler does, safely, and each once."""

from __future__ import annotations

import pickle

import pytest

from safelight.diagnostic import (
    CODES,
    MAX_PROBLEMS,
    Problem,
    Report,
    SpecError,
    TooManyProblems,
    lines_of,
    place_at,
    suggest,
)
from safelight.model import Place


def error(text: str, *problems: Problem) -> SpecError:
    """An error about a text."""
    return SpecError("api.yaml", problems, text)


def test_a_problem_shows_its_line_and_what_would_be_right() -> None:
    """File, line, column, code, message; the line; a mark under the place; a suggestion."""
    found = error("a: 1\nbee: 2\n", Problem(Place(2, 6), "E204", "it is 2", "make it 3"))
    assert str(found).split("\n") == [
        "api.yaml:2:6: error[E204]: it is 2",
        "    2 | bee: 2",
        "      |      ^",
        "      = help: make it 3",
    ]


def test_problems_are_sorted_and_told_once() -> None:
    """The order is the file's, whoever found them in whatever order."""
    first, second = Problem(Place(1, 1), "E201", "one"), Problem(Place(2, 1), "E201", "two")
    found = error("a\nb\n", second, first, second)
    assert found.problems == (first, second)


def test_what_a_line_holds_cannot_steer_the_terminal() -> None:
    """Control characters and lone surrogates are shown as one sign each; tabs keep the mark in its place."""
    found = error("\ta: \x1b[31m\ud800x\n", Problem(Place(1, 5), "E104", "a control character"))
    line, mark = str(found).split("\n")[1:]
    assert line == "    1 | \ta: \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}x"
    assert mark == "      | \t   ^"
    str(found).encode()


def test_a_long_line_is_shown_around_its_place() -> None:
    """The mark stays under the character."""
    found = error("x" * 500 + "!" + "y" * 500, Problem(Place(1, 501), "E104", "here"))
    line, mark = str(found).split("\n")[1:]
    assert line[mark.index("^")] == "!"
    assert len(line) < 140


def test_a_long_message_is_cut() -> None:
    """A key of a megabyte is not told in full."""
    report = Report()
    report.add(Place(1, 1), "E201", "x" * 10_000, "y" * 10_000)
    assert len(report.problems[0].message) == len(report.problems[0].help) == 400


def test_codes_are_closed() -> None:
    """A code that nobody documented cannot be used."""
    with pytest.raises(KeyError):
        Report().add(Place(1, 1), "E999", "what is this")
    assert all(len(code) == 4 and meaning for code, meaning in CODES.items())


def test_a_report_has_an_end() -> None:
    """After a thousand problems one more says so, and reading stops."""
    report = Report()
    for line in range(MAX_PROBLEMS):
        report.add(Place(line + 1, 1), "E201", "again")
    with pytest.raises(TooManyProblems):
        report.add(Place(9, 1), "E201", "again")
    assert len(report.problems) == MAX_PROBLEMS + 1
    assert report.problems[-1].code == "E109"


def test_an_error_survives_the_way_between_processes() -> None:
    """Test runners and linters pickle what they catch."""
    found = error("a\n", Problem(Place(1, 1), "E201", "one"))
    again = pickle.loads(pickle.dumps(found))
    assert (again.path, again.problems, again.text, str(again)) == (found.path, found.problems, found.text, str(found))


@pytest.mark.parametrize(
    ("text", "count"),
    [("a\nb", 2), ("a\r\nb\r\n", 3), ("a\rb", 2), ("a\x85b\u2028c\u2029d", 4), ("a\x0bb\x0cc", 1), ("", 1)],
)
def test_lines_break_where_yaml_breaks_them(text: str, count: int) -> None:
    """Python's ``splitlines`` breaks at more characters, and the line numbers would differ."""
    assert len(lines_of(text)) == count
    assert place_at(text, len(text)).line == count


def test_a_near_name_is_suggested() -> None:
    """And none that is far."""
    assert suggest("maximun", ["minimum", "maximum"]) == "did you mean 'maximum'?"
    assert suggest("colour", ["minimum", "maximum"]) == ""
