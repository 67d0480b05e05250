"""What the wire format promises: JSON that every parser reads back, events that every client splits alike."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.wire import Base64, Json, event, json_pieces

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(PLAIN)
def test_json_reads_back_as_the_value_and_is_as_compact_as_the_standard_library_can_make_it(value: Json) -> None:
    """The same text as ``json.dumps`` without blanks, in one piece where there is no image."""
    assert json_pieces(value) == (json.dumps(value, separators=(",", ":")).encode(),)


@given(st.lists(st.binary(), min_size=1), PLAIN)
def test_images_stand_in_the_text_as_strings_and_are_never_copied(images: list[bytes], other: Json) -> None:
    """Each image is a piece of its own, the very object that was given; the whole is valid JSON."""
    coded = [Base64.of(image) for image in images]
    pieces = json_pieces({"data": [{"b64_json": one, "other": other} for one in coded]})
    expected = [{"b64_json": base64.b64encode(image).decode(), "other": other} for image in images]
    assert json.loads(b"".join(pieces)) == {"data": expected}
    assert all(any(piece is one.text for piece in pieces) for one in coded)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_write_is_refused(number: float) -> None:
    """``NaN`` in an answer would break the parsers of other languages."""
    with pytest.raises(ValueError, match=r"(?i)json"):
        json_pieces([number])


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters())), st.binary())
def test_an_event_is_its_name_one_line_of_data_and_a_blank_line(fields: dict[str, str], image: bytes) -> None:
    """Whatever the data holds, line breaks in strings included."""
    lines = b"".join(event("image.completed", {**fields, "b64_json": Base64.of(image)})).split(b"\n")
    assert lines[0] == b"event: image.completed"
    assert lines[1].startswith(b"data: ")
    assert lines[2:] == [b"", b""]
    assert b"\r" not in lines[1]
    assert json.loads(lines[1][6:])["b64_json"] == base64.b64encode(image).decode()


@pytest.mark.parametrize("name", ["two\nlines", "two\rlines"])
def test_a_name_that_would_break_out_of_its_line_is_refused(name: str) -> None:
    """No field can be smuggled into an event."""
    with pytest.raises(ValueError, match="one line"):
        event(name, {})
