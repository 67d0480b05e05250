"""What the wire format promises: JSON that every parser reads back, events that every client splits alike."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.answers.reply import Address, Hole, InBase64, Json, Now, Stamped
from safelight_mockserver.answers.wire import Block, Text, event_text, json_text
from safelight_mockserver.pictures.picture import Picture

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)
PICTURE = Picture(16, 16)
FILLED: dict[Hole, str] = {
    Now(): "17",
    InBase64(PICTURE): "AAAA",
    Address(PICTURE, 60): "http://fake/1.png",
    Stamped("id {request_id}"): "id 1",
}
"""Each kind of hole, and something that may stand in it."""


def joined(text: Text) -> bytes:
    """Return a text with its holes filled."""
    words: list[str] = []
    for piece in text:
        match piece:
            case bytes():
                words.append(piece.decode())
            case Block(parts):
                words += ["AAAA" if isinstance(part, Picture) else part.decode() for part in parts]
            case _:
                words.append(FILLED[piece])
    return "".join(words).encode()


@given(PLAIN)
def test_json_reads_back_as_the_value_and_is_as_compact_as_the_standard_library_can_make_it(value: Json) -> None:
    """The same text as ``json.dumps`` without blanks, in one piece where there is no hole."""
    assert json_text(value) == (json.dumps(value, separators=(",", ":")).encode(),)


@given(st.lists(st.sampled_from([*FILLED])), PLAIN)
def test_holes_stand_in_the_text_as_the_value_that_will_fill_them(holes: list[Hole], other: Json) -> None:
    """The time as a number, all others as strings; what stands between two that are filled late is one piece."""
    text = json_text({"data": [{"hole": hole, "other": other} for hole in holes]})
    read = json.loads(joined(text))
    assert read == {
        "data": [
            {"hole": 17 if hole == Now() else FILLED[hole], "other": json.loads(json.dumps(other))} for hole in holes
        ]
    }
    late = [hole for hole in holes if not isinstance(hole, InBase64)]
    assert len(text) == 2 * len(late) + 1
    assert [*text[1::2]] == late


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_write_is_refused(number: float) -> None:
    """``NaN`` in an answer would break the parsers of other languages."""
    with pytest.raises(ValueError, match=r"(?i)json"):
        json_text([number])


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters())))
def test_an_event_is_its_name_one_line_of_data_and_a_blank_line(fields: dict[str, str]) -> None:
    """Whatever the data holds, line breaks in strings included."""
    text = event_text("image.completed", {**fields, "b64_json": InBase64(PICTURE)})
    lines = joined(text).split(b"\n")
    assert lines[0] == b"event: image.completed"
    assert lines[1].startswith(b"data: ")
    assert lines[2:] == [b"", b""]
    assert b"\r" not in lines[1]
    assert json.loads(lines[1][6:]) == {**fields, "b64_json": "AAAA"}


@pytest.mark.parametrize("name", ["two\nlines", "two\rlines"])
def test_a_name_that_would_break_out_of_its_line_is_refused(name: str) -> None:
    """No field can be smuggled into an event."""
    with pytest.raises(ValueError, match="one line"):
        event_text(name, {})
