"""What orders of faults promise: one grammar, read back as it was written, played exactly, told when it is wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver import Fault, MemoryState, order
from safelight_mockserver.faults.fault import Request, Scope, key_digest
from safelight_mockserver.faults.grammar import OrderError, Phrase, parameters_of, read_phrase, written
from safelight_mockserver.faults.kinds import KINDS, Kind, Pass, Refusal, name_of
from safelight_mockserver.faults.order import as_json, from_header, read_fault

TEXTS: Final = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
REQUEST: Final = Request(operation="generate", model="gpt-image-1", body={"n": 2}, keys=("a-key",), test="one")


@st.composite
def kinds(draw: st.DrawFn) -> Kind:
    """Draw a kind with any values that it can be told."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    changes: dict[str, Any] = {}
    for parameter in parameters_of(kind).values():
        least, most = (parameter.range.least, parameter.range.most) if parameter.range else (0, 0)
        values: Mapping[type, st.SearchStrategy[Any]] = {
            int: st.integers(int(least), int(most)),
            float: st.decimals(least, most, places=6).map(float),
            bool: st.booleans(),
            str: st.sampled_from(("input", "output")) if parameter.name == "stage" else TEXTS.filter(bool),
        }
        if draw(st.booleans()) or parameter.name == "text":
            changes[parameter.field] = draw(values[parameter.type])
    return replace(kind, **changes)


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Draw any fault."""
    parameters = st.dictionaries(
        st.sampled_from(["n", "size", "stream"]), st.integers(-(10**15), 10**15) | TEXTS | st.booleans()
    )
    scope = Scope(
        operation=draw(st.none() | st.just("generate")),
        model=draw(st.none() | TEXTS),
        parameters=draw(parameters),
        key=draw(st.none() | TEXTS.map(key_digest)),
        test=draw(st.none() | TEXTS),
    )
    return Fault(
        id=draw(TEXTS.filter(bool)),
        steps=tuple(draw(st.lists(kinds(), min_size=1, max_size=4))),
        scope=scope,
        times=draw(st.none() | st.integers(1, 5)),
        nth=draw(st.integers(1, 5)),
        every=draw(st.integers(1, 4)),
        probability=draw(st.sampled_from((0.0, 0.25, 1.0))),
        seed=draw(st.integers(0, 9)),
        delay=draw(st.sampled_from((0.0, 0.5))),
    )


def played(fault: Fault, requests: int) -> list[str]:
    """Return what so many requests in its scope get, one after the other."""

    async def run() -> list[Kind]:
        state = MemoryState(1000)
        return [await fault.next_step(state.count) for _ in range(requests)]

    return [name_of(step) for step in asyncio.run(run())]


# --- the grammar ---


@given(st.lists(kinds(), min_size=1, max_size=4).map(tuple))
def test_steps_are_read_back_as_they_were_written(steps: tuple[Kind, ...]) -> None:
    """Whatever a kind can be told."""
    assert read_phrase(written(steps)).steps == steps


@given(faults())
def test_an_order_is_the_same_as_json_and_back(fault: Fault) -> None:
    """So that it can be stored, shown and moved from server to server."""
    assert read_fault(as_json(fault)) == fault


@given(
    st.text(max_size=40) | st.lists(st.sampled_from((*KINDS, ";", ",", "=", '"', "times", "1", "x", " "))).map("".join)
)
def test_any_text_is_an_order_or_is_told_what_is_wrong_with_it(text: str) -> None:
    """With the place where it is wrong; nothing else ever comes out."""
    found: Phrase | OrderError
    try:
        found = read_phrase(text)
    except OrderError as error:
        found = error
    match found:
        case Phrase():
            assert found.steps
        case OrderError():
            assert found.message
            assert 0 <= found.at <= len(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rate-limt", "there is no fault 'rate-limt'; did you mean 'rate-limit'?"),
        ("rate-limit; retry-afte=1", "rate-limit cannot be told 'retry-afte'; did you mean 'retry-after'?"),
        ("rate-limit; retry-after", "expected name=value; as in rate-limit; retry-after=1"),
        ("latency; seconds=soon", "seconds must be a number, as in 0.5, got 'soon'"),
        ("latency; seconds=9999", "seconds must be from 0 to 3600, got 9999"),
        ("html status=502", "what follows 'html' needs a semicolon before it; as in rate-limit; retry-after=1"),
        ("error", "error needs a text; as in error; text=bad_key"),
        ("ok,", "a step is missing; as in rate-limit; retry-after=1"),
        ('content-type; type="a', "a quotation mark is never closed"),
        ("moderation; stage=later", "stage must be one of input, output, unknown, got 'later'"),
        ("url-missing; seconds=1", "url-missing cannot be told 'seconds'; it can be told times, nth"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(text: str, told: str) -> None:
    """In one sentence, in every way to order."""
    with pytest.raises(OrderError) as caught:
        read_phrase(text)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"times": 0}, "times must be 1 or more, got 0"),
        ({"nth": 0}, "nth must be 1 or more, got 0"),
        ({"probability": 1.5}, "probability must be at most 1, got 1.5"),
        ({"times": 2, "standing": True}, "an order lasts so many times, or stands, and not both"),
        ({"when": {"modle": "x"}}, "the key 'when' has no key 'modle'; did you mean 'model'?"),
        ({"times": "two"}, "the key 'times' must be an integer"),
    ],
)
def test_timing_and_scope_are_checked_too(options: dict[str, Any], told: str) -> None:
    """Whatever way an order comes."""
    with pytest.raises(OrderError) as caught:
        order("rate-limit", **options)
    assert told in str(caught.value)


def test_every_kind_says_what_it_does_and_what_it_can_be_told() -> None:
    """The guide, the page and the schema are made from it."""
    for word, kind in KINDS.items():
        assert name_of(kind) == word
        assert (type(kind).__doc__ or "").strip()
        assert all(one.doc for one in parameters_of(kind).values())
        assert len(parameters_of(kind)) <= len(fields(kind))


# --- what is played ---


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("rate-limit", {}, ["rate-limit"] * 4),
        ("rate-limit", {"times": 2}, ["rate-limit", "rate-limit", "ok", "ok"]),
        ("rate-limit; times=2", {}, ["rate-limit", "rate-limit", "ok", "ok"]),
        ("rate-limit, quota, ok", {}, ["rate-limit", "quota", "ok", "ok"]),
        ("rate-limit, ok", {"times": 2}, ["rate-limit", "ok", "rate-limit", "ok"]),
        ("rate-limit, quota", {"standing": True}, ["rate-limit", "quota", "rate-limit", "quota"]),
        ("rate-limit", {"nth": 3}, ["ok", "ok", "rate-limit", "ok"]),
        ("rate-limit", {"every": 2}, ["rate-limit", "ok", "rate-limit", "ok"]),
        ("rate-limit", {"nth": 2, "every": 2, "times": 2}, ["ok", "rate-limit", "ok", "rate-limit"]),
    ],
)
def test_an_order_is_played_exactly(text: str, options: dict[str, Any], expected: Sequence[str]) -> None:
    """Once, so many times, in turns, from the nth request on, one in so many, or for good."""
    assert played(order(text, **options), 4) == expected


@given(faults(), st.integers(1, 40))
def test_what_a_request_gets_depends_on_its_number_alone(fault: Fault, requests: int) -> None:
    """So servers that share the count play one sequence together."""
    assert played(fault, requests) == played(fault, requests)


@given(st.integers(0, 1000), st.sampled_from((0.1, 0.5, 0.9)))
def test_chance_is_fair_and_the_same_for_the_same_seed(seed: int, probability: float) -> None:
    """On every machine."""
    fault = order("reset", probability=probability, seed=seed)
    hits = Counter(played(fault, 400))["reset"]
    assert abs(hits / 400 - probability) < 0.15
    assert hits == Counter(played(fault, 400))["reset"]


def test_a_sequence_under_chance_is_played_in_its_order() -> None:
    """Chance says whom it hits, and not what comes next."""
    hits = [word for word in played(order("rate-limit, quota, reset", probability=0.5, seed=3), 60) if word != "ok"]
    assert hits == ["rate-limit", "quota", "reset"]


@pytest.mark.parametrize(
    ("when", "missed"),
    [
        ({}, ""),
        ({"model": "gpt-image-1", "operation": "generate", "key": "a-key", "test": "one", "parameters": {"n": 2}}, ""),
        ({"model": "gpt-image-2"}, "it is for the model gpt-image-2"),
        ({"operation": "edit"}, "it is for the operation edit"),
        ({"key": "another"}, "it is for another key"),
        ({"test": "two"}, "it is for the test 'two'"),
        ({"parameters": {"n": 3}}, "it is for requests with n 3"),
        ({"parameters": {"n": "2"}}, "it is for requests with n '2'"),
        ({"parameters": {"size": "1"}}, "it is for requests with size '1'"),
    ],
)
def test_an_order_meets_the_requests_it_is_about(when: dict[str, Any], missed: str) -> None:
    """And says of the others why it missed them."""
    assert order("reset", when=when).scope.misses(REQUEST) == missed


def test_no_order_holds_a_key() -> None:
    """Whoever reads the state or the control API learns none."""
    fault = order("reset", when={"key": "sk-secret"})
    assert "sk-secret" not in f"{fault!r} {as_json(fault)}"
    assert read_fault(as_json(fault)).scope.key == key_digest("sk-secret")


# --- headers ---


def test_a_header_is_played_to_the_attempts_of_its_call() -> None:
    """Which are known by their body and their test; behind the last of them it begins anew."""
    text = "rate-limit; times=2"
    fault = from_header(text, b"{}", None)
    assert played(fault, 6) == ["rate-limit", "rate-limit", "ok"] * 2
    assert from_header(text, b"{}", None).counter == fault.counter
    assert len({from_header(text, body, test).counter for body in (b"1", b"2") for test in (None, "a")}) == 4


def test_a_header_without_a_number_is_played_each_time() -> None:
    """Each request that carries it meets it."""
    assert played(from_header("reset", b"", None), 3) == ["reset"] * 3


@pytest.mark.parametrize("text", ["reset; standing", "reset; times=0", "reset; times=100000"])
def test_a_header_is_about_its_own_request(text: str) -> None:
    """It cannot stand, and it has an end."""
    with pytest.raises(OrderError):
        from_header(text, b"", None)


def test_only_refusals_share_a_record() -> None:
    """Their words and their texts stand in one table."""
    assert isinstance(KINDS["quota"], Refusal)
    assert KINDS["ok"] == Pass()
