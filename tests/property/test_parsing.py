"""Reading JSON with long strings in it: the same values as ``json.loads``, and the same refusals."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ttapi_images import GenerateImage, ImageError
from ttapi_images._parsing import LONG, loads

Json: TypeAlias = Any

BASE64_WITH_CONTROLS = re.compile(rb'"[A-Za-z0-9+/=_\r\n-]*[\x00-\x1f]')
SHORT = 8  # so that examples have long strings without being long

texts = st.text(max_size=30) | st.text('\\"a/Infinity', max_size=30) | st.text("ABCDabcd0123+/=", max_size=200)
documents: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def in_parts(data: bytes | bytearray) -> Json:
    """Read with a reader to which nearly every string is long."""
    return loads(data, long=SHORT)


def outcome(read: Callable[[bytes | bytearray], Json], data: bytes | bytearray) -> tuple[str, str]:
    """What reading comes to, with numbers that are no numbers written out."""
    try:
        return "read", repr(read(data))
    except ValueError as error:
        return "refused", str(error)


@given(
    documents,
    st.booleans(),
    st.sampled_from([None, 1, "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
@example(float("inf"), True, None, "utf-8")
@example(["A" * 40, float("inf"), "B" * 40], True, None, "utf-8")
@example([float("nan"), "A" * 40, float("nan")], True, None, "utf-8")
@example({"A" * 40: "B" * 40}, False, 1, "utf-8")
@example(["A" * 40 + '\\"', 'x\\\\"' * 9, "\\" * 41, "A" * 40], True, None, "utf-8")
@example(["∀∀" + "A" * 40 + "Ģ"], False, None, "utf-16")  # their bytes hold those of quotation marks
def test_every_document_comes_to_the_same_value(
    document: Json, ascii_only: bool, indent: int | str | None, encoding: str
) -> None:
    """Where strings are cut out, names and order of members, escapes and numbers stay what they are."""
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    data = text.encode(encoding, "surrogatepass")

    assert repr(in_parts(data)) == repr(json.loads(data))
    assert repr(in_parts(bytearray(data))) == repr(json.loads(data))


@given(documents, st.data())
def test_what_is_no_json_is_refused_in_the_same_words(document: Json, data: st.DataObject) -> None:
    """A document that was cut, or has something in it that does not belong, is told of as the library tells it.

    All but control characters in what may be base64, which are seen when it is decoded.
    """
    whole = json.dumps(document).encode()
    start, end = (data.draw(st.integers(0, len(whole)), label=label) for label in ("start", "end"))
    broken = whole[:start] + data.draw(st.binary(max_size=3), label="put in") + whole[end:]
    ours, theirs = outcome(in_parts, broken), outcome(json.loads, broken)

    assert ours == theirs or (
        theirs[0] == "refused" and "Invalid control character" in theirs[1] and BASE64_WITH_CONTROLS.search(broken)
    )


@given(st.text(st.characters(categories=["Cc", "Lu", "Ll", "Nd"], max_codepoint=0x7F), min_size=SHORT, max_size=60))
@example("\x00" * 40)
@example("A" * 40 + "\x1f")
def test_a_control_character_in_a_long_text_is_refused(text: str) -> None:
    """A text with a blank in it, such as a prompt that is repeated, is none as the standard has it."""
    data = f'{{"a": "one {text}", "b": "{"A" * 40}"}}'.encode()

    assert outcome(in_parts, data) == outcome(json.loads, data)


@given(st.binary(min_size=3000, max_size=3000), st.integers(2000, 3999), st.sampled_from(range(1, 32)))
def test_a_control_character_in_base64_is_told_of_when_the_image_is_asked_for(
    content: bytes, at: int, sign: int
) -> None:
    """It is never passed over, so that no image comes out that is not the one that was sent."""
    encoded = b64encode(content).decode()
    spoilt = f"{encoded[:at]}{chr(sign)}{encoded[at + 1 :]}"
    image = GenerateImage.from_json(loads(f'{{"b64_json": "{spoilt}"}}'.encode(), long=1000))

    with pytest.raises(ImageError, match="damaged"):
        _ = image.bytes


def test_a_long_string_may_be_wrapped() -> None:
    """Base64 with line breaks as they are is no JSON, and a paid image all the same."""
    wrapped = "\r\n".join(["QUJD" * 19] * 1000)
    data = b'{"data": [{"b64_json": "%s"}]}' % wrapped.encode()

    assert loads(data) == {"data": [{"b64_json": wrapped}]}


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_what_was_read_holds_on_to_nothing(kind: type[bytes | bytearray]) -> None:
    """The buffer of an event can be emptied as soon as it has been read, whatever came of it."""
    for body in (b'{"a": "%s"}' % (b"A" * LONG), b'{"a": "%s"' % (b"A" * LONG), b'["%s", "\xff"]' % (b"\xff" * LONG)):
        data = kind(body)
        outcome(loads, data)
        if isinstance(data, bytearray):
            data.clear()
            assert data == b""
