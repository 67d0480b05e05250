"""Errors are read where the spec has their parts, whatever the envelope; and no body is too strange to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_codegen.python.surface.envelope import envelope as written
from safelight_testkit.shapes import is_array, is_object
from ttapi_images._envelope import Envelope, fault_of
from ttapi_images.images import GENERATE

Json: TypeAlias = Any

KNOWN: Final = ("message", "type", "code", "param", "request_id")
FIELDS: Final = (*KNOWN, "hint", "kind")
NAMES: Final = st.sampled_from(["error", "message", "detail", "code", "type", "param", "errors", "x", "a b"])
WORDS: Final = st.none() | st.text(min_size=1, max_size=9) | st.integers() | st.booleans()

bodies: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def envelopes(draw: st.DrawFn) -> Json:
    """An object with places for some fields, each in one place, at any depth."""
    left = draw(st.lists(st.sampled_from(FIELDS), unique=True, min_size=1))

    def part(depth: int) -> Json:
        kinds = ["field", "word"] if depth == 0 else ["field", "object", "list", "word"]
        match draw(st.sampled_from(kinds)):
            case "field" if left:
                return f"{{{left.pop()}}}"
            case "object":
                return {name: part(depth - 1) for name in draw(st.lists(NAMES, unique=True, min_size=1, max_size=3))}
            case "list":
                return [part(depth - 1) for _ in range(draw(st.integers(1, 3)))]
            case _:
                return draw(st.sampled_from(["error", 7, None]))

    return {name: part(2) for name in draw(st.lists(NAMES, unique=True, min_size=1, max_size=4))}


def source_of(envelope: Json) -> Envelope:
    """The record that a client gets for an envelope."""
    made: Envelope = eval(written(envelope, 0), {"Envelope": Envelope})
    return made


def filled(envelope: Json, words: Mapping[str, Json]) -> Json:
    """The body of an error that says these words."""
    if is_object(envelope):
        return {name: filled(part, words) for name, part in envelope.items()}
    if is_array(envelope):
        return [filled(part, words) for part in envelope]
    return words[envelope[1:-1]] if isinstance(envelope, str) and envelope.startswith("{") else envelope


def in_words(value: Json) -> str | None:
    """A word as an exception has it: a text as it is, others as JSON has them."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


@given(envelopes(), st.fixed_dictionaries(dict.fromkeys(FIELDS, WORDS)))
def test_an_error_is_read_as_the_envelope_has_it(envelope: Json, words: Mapping[str, Json]) -> None:
    """What the envelope has a place for is told as it came; what it has none for is never made up from other parts."""
    has = {name for name in KNOWN if f'"{{{name}}}"' in json.dumps(envelope)}
    expected = {name: in_words(words[name]) if name in has else None for name in KNOWN}
    fault = fault_of(filled(envelope, words), source_of(envelope))

    if "message" in has or any(expected.values()):
        assert fault is not None
        assert {name: getattr(fault, name) or None for name in KNOWN} == expected


@given(envelopes(), st.fixed_dictionaries(dict.fromkeys(FIELDS, WORDS)))
def test_the_error_as_a_whole_holds_everything_that_it_says(envelope: Json, words: Mapping[str, Json]) -> None:
    """What a client has no name for is in ``details``; nothing that belongs to the error stands outside."""
    told = {key: value for key, value in words.items() if f'"{{{key}}}"' in json.dumps(envelope)}
    fault = fault_of(filled(envelope, words), source_of(envelope))

    if fault is not None and fault.details is not None and any(told.get(name) is not None for name in KNOWN):
        assert all(json.dumps(value) in json.dumps(fault.details) for value in told.values())


@given(bodies, envelopes())
def test_no_body_is_too_strange(body: Json, envelope: Json) -> None:
    """Whatever a proxy sends, reading it gives words or nothing; each word stands in the body."""
    fault = fault_of(body, source_of(envelope))

    for name in KNOWN:
        word = getattr(fault, name, None) or ""
        assert json.dumps(word)[1:-1] in json.dumps(body)


OTHERS: Final = {
    "as OpenAI": {"error": {"message": "busy", "type": "t", "code": 7, "param": "p"}},
    "a text": {"error": "busy", "code": 7, "type": "t", "param": "p"},
    "a message": {"message": "busy", "code": 7, "type": "t", "param": "p"},
    "problem details": {"type": "t", "detail": "busy", "code": 7, "param": "p", "title": "Too many", "status": 429},
}


@pytest.mark.parametrize("body", OTHERS.values(), ids=OTHERS)
def test_an_error_of_a_proxy_is_understood_whatever_the_api_speaks(body: Json) -> None:
    """Its text and its words are told, in the common shapes, to clients of an API with an envelope of its own."""
    own = source_of({"base_resp": {"status_msg": "{message}", "status_code": "{code}"}})

    for one in (own, GENERATE.envelope):
        fault = fault_of(body, one)
        assert fault is not None
        assert (fault.message, fault.type, fault.code, fault.param) == ("busy", "t", "7", "p")


def test_what_fits_no_shape_is_not_guessed_at() -> None:
    """A body that says nothing of an error is none, and half of one says what it says."""
    assert fault_of({"status": "down", "errors": 3}, GENERATE.envelope) is None
    assert fault_of(["error"], GENERATE.envelope) is None
    half = fault_of({"error": {"code": "insufficient_quota"}}, GENERATE.envelope)
    assert half is not None
    assert (half.message, half.code) == ("", "insufficient_quota")
