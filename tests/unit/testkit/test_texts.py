"""Strings made to measure, and strings that match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.model import Unit
from safelight.vocabulary.checks import length
from safelight_testkit.values.patterns import example, examples
from safelight_testkit.values.texts import FLAVOURS, WIDE, text_of

UNITS = st.sampled_from(list(Unit))


@given(st.integers(0, 300), UNITS, st.integers(0, len(FLAVOURS) - 1))
def test_a_text_has_exactly_the_length_that_was_asked_for(count: int, unit: Unit, flavour: int) -> None:
    """In code points, UTF-16 units and bytes, whatever it is made of; some servers would cut blanks at its ends."""
    text = text_of(count, unit, flavour)

    assert length(text, unit) == count
    assert text == text.strip()


@given(st.integers(2, 300))
def test_wide_characters_tell_the_units_apart(count: int) -> None:
    """As many code points as may be are twice as many UTF-16 units: whoever counts those refuses too early."""
    text = text_of(count, Unit.CODE_POINTS, WIDE)

    assert length(text, Unit.UTF16) == 2 * count
    assert length(text, Unit.BYTES) == 4 * count


PATTERNS = (
    r"[0-9a-f]{8}",
    r"#[0-9A-F]{6}",
    r"https?://.+",
    r"[a-z]{2}(-[A-Z]{2})?",
    r"\d{4}-\d\d-\d\d",
    r"[^a-z\s]+",
    r"(?:abc|de)*x",
    r"^\w+@\w+\.(com|org)$",
    r"a*?b+",
)


@pytest.mark.parametrize("regex", PATTERNS)
def test_examples_match_and_keep_to_their_lengths(regex: str) -> None:
    """There is an example of every pattern that people write, and each is a whole match."""
    found = examples(regex)

    assert found
    assert all(re.fullmatch(regex, text) for text in found)
    longer = examples(regex, 9, 12)
    assert all(9 <= len(text) <= 12 and re.fullmatch(regex, text) for text in longer)


def test_repeats_reach_the_longest_match_that_is_allowed() -> None:
    """The border of a length is reached where the pattern can be stretched."""
    assert {len(text) for text in examples(r"[a-z]+-\d", 4, 20)} == {4, 5, 12, 20}


@pytest.mark.parametrize("regex", [r"(?=a)b", r"(a)\1x", r"(?<=a)b", r"[^\w\W]"])
def test_what_cannot_be_written_gives_no_example(regex: str) -> None:
    """Look-around and references back are not guessed at: no example is better than a wrong one."""
    assert examples(regex) == ()
    assert example(regex, 3) is None


@pytest.mark.parametrize("regex", [r"\D\S\W", r"(?>a+)b", r"a++", r"[\d_-]x"])
def test_rarer_syntax_is_written_too(regex: str) -> None:
    """Negated categories, atomic groups and possessive repeats."""
    found = example(regex, 2)

    assert found is not None
    assert re.fullmatch(regex, found)
