"""What lettering promises: text that can be read, the same for the same text, from letters drawn once."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.pictures.lettering import SHADES, lettered, printable

LETTERS = st.sampled_from(string.ascii_letters + string.digits + string.punctuation)
LINES = st.text(LETTERS, min_size=1, max_size=40)


@given(st.text(st.characters(), max_size=60))
def test_any_text_becomes_letters_that_can_be_drawn(text: str) -> None:
    """Whatever a prompt holds, lettering gets printable ASCII."""
    written = printable(text)
    assert written.isascii()
    assert written == "" or written.isprintable()


@given(LINES, LINES)
def test_a_line_is_its_letters_side_by_side(left: str, right: str) -> None:
    """A line that is cut in two gives the two halves: no letter depends on its neighbours."""
    whole, first, second = lettered(left + right, 14), lettered(left, 14), lettered(right, 14)
    assert whole.width == first.width + second.width
    assert whole.crop((0, 0, first.width, whole.height)).tobytes() == first.tobytes()
    assert whole.crop((first.width, 0, whole.width, whole.height)).tobytes() == second.tobytes()


@pytest.mark.parametrize("points", [11, 28, 60])
def test_every_letter_is_seen_and_told_from_every_other(points: int) -> None:
    """At every size in use each letter has ink, and no two look alike."""
    letters = string.ascii_letters + string.digits + string.punctuation
    images = [lettered(letter, points) for letter in letters]
    assert all(max(image.tobytes()) >= SHADES // 2 for image in images)
    assert len({(image.size, image.tobytes()) for image in images}) == len(letters)
