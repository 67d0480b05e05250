"""Patterns: what the language takes, and what it refuses because two languages read it differently."""

from __future__ import annotations

import pytest

from safelight.vocabulary.patterns import problem, tokens

SOUND = (
    "[a-z]{2,3}(-[A-Z]+)?",
    "^#[0-9a-f]{6}$",
    r"https?:\/\/.+",
    r"\d{4}-\d\d",
    r"[\w.-]+@\w+",
    r"(?!.*\.\.)[a-z.]+",
    r"[\s\S]*",
    r"\x41\u00e9|é",
    "([a-z]+-)*[a-z]+",
    "(a+){2}|(b*)?",
    r"a\\$",
    r"a\$",
)


@pytest.mark.parametrize("regex", SOUND)
def test_what_python_and_ecmascript_read_alike_is_a_pattern(regex: str) -> None:
    """Nothing is wrong with it, and its parts are all of it but the anchors of the whole."""
    assert problem(regex) == ""
    assert "".join(token.text for token in tokens(regex)) in {regex, regex[1:-1], regex[:-1]}


@pytest.mark.parametrize(
    ("regex", "wrong"),
    [
        ("(?P<x>a)", "a named group is not read alike by Python and ECMAScript: '(?P<x>a)'"),
        ("b(?<=a)c", "a lookbehind is not read alike by Python and ECMAScript: '(?<=a)c'"),
        (r"(a)\1", r"a reference back is not read alike by Python and ECMAScript: '\\1'"),
        ("(?i)a", "a flag, or another extension is not read alike by Python and ECMAScript: '(?i)a'"),
        ("a*+", "this is not read alike by Python and ECMAScript: 'a*+'"),
        ("x{,3}", "this is not read alike by Python and ECMAScript: '{,3}'"),
        ("a$b|c", "an anchor inside the pattern is not read alike by Python and ECMAScript: '$b|c'"),
        (r"a\Z", r"this escape is not read alike by Python and ECMAScript: '\\Z'"),
        (r"[\D]", r"this set is not read alike by Python and ECMAScript: '[\\D]'"),
        ("[a--b]", "this set is not read alike by Python and ECMAScript: '[a--b]'"),
        ("(", "not a regular expression: missing ), unterminated subpattern at position 0"),
        ("[z-a]", "not a regular expression: bad character range z-a at position 1"),
    ],
)
def test_what_they_read_differently_is_refused(regex: str, wrong: str) -> None:
    """With what it is, and where it begins."""
    assert problem(regex) == wrong


@pytest.mark.parametrize("regex", ["(a+)+", "x(?:a*|b)*", "((a+))*", "(a{2,})+?", "(a|[^b]*)+c"])
def test_a_repeat_of_a_repeat_is_refused(regex: str) -> None:
    """It could take a time that doubles with each character, and says no more than one of the two."""
    assert "repeats what repeats already, and can take forever" in problem(regex)
