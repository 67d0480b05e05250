"""Headers in the log: those of requests and answers as they were, and no secret among them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec
from safelight_mockserver import Entry, Fake, fake
from safelight_mockserver.store.heads import Asked
from safelight_mockserver.store.stored import restored, stored
from safelight_mockserver.transport import AppTransport

SECRET = "sk-very-secret-0123456789"
FOX = {"model": "dall-e-3", "prompt": "a fox"}
STREAM = {"model": "gpt-image-1", "prompt": "a fox", "stream": True}
BARE = Entry(id="req_1", at=0.0, verb="POST", path="/v1/x", body=b"{}", status=200, violations=())


def called(spec: Spec, body: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[Fake, httpx2.Response]:
    """Call a fake once."""
    app = fake(spec)
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake/v1") as client:
        sent = {"authorization": f"Bearer {SECRET}", **(headers or {})}
        return app, client.post("/images/generations", json=body, headers=sent)


def logged(app: Fake) -> Entry:
    """The only entry of the log."""
    (entry,) = asyncio.run(app.state.entries())
    return entry


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (FOX, {}),
        ({"prompt": "a fox", "n": 99}, {}),
        (STREAM, {}),
        (FOX, {"x-safelight-fault": "rate-limit"}),
        (FOX, {"x-safelight-fault": "empty; status=200"}),
    ],
    ids=["answer", "refusal", "stream", "fault", "blank"],
)
def test_the_headers_of_an_answer_are_in_the_log_as_they_were_sent(
    ttapi: Spec, body: dict[str, Any], headers: dict[str, str]
) -> None:
    """Every one of them, in their order, with the values that this answer had."""
    app, answer = called(ttapi, body, headers)

    assert logged(app).response_headers == tuple(answer.headers.multi_items())


def test_an_answer_that_never_began_has_no_headers(ttapi: Spec) -> None:
    """The connection was reset before any."""
    app = fake(ttapi)
    sent = {"authorization": "Bearer x", "x-safelight-fault": "reset"}
    with (
        httpx2.Client(transport=AppTransport(app), base_url="http://fake/v1") as client,
        pytest.raises(httpx2.HTTPError),
    ):
        client.post("/images/generations", json=FOX, headers=sent)

    assert logged(app).response_headers == ()


def test_the_headers_of_a_request_are_in_the_log_without_its_key(ttapi: Spec) -> None:
    """The scheme is left, so that a key that was sent in a wrong way is still found."""
    app, _ = called(ttapi, FOX, {"x-mine": "yes"})
    told = dict(logged(app).request_headers)

    assert told["authorization"] == "Bearer ***"
    assert (told["x-mine"], told["content-type"]) == ("yes", "application/json")


@pytest.mark.parametrize(
    "name", ["authorization", "Cookie", "api-key", "x-api-key", "x-auth", "x-amz-security-token", "x-hub-signature"]
)
def test_what_sounds_like_a_secret_is_hidden_wherever_it_is_told(name: str) -> None:
    """In the headers, in what Python prints, and in the form in which a store keeps an entry."""
    entry = BARE._replace(asked=Asked([(name.lower().encode(), SECRET.encode())]))

    assert entry.request_headers == ((name.lower(), "***"),)
    assert SECRET not in repr(entry)
    assert SECRET.encode() not in stored(entry)


def test_the_header_of_a_key_is_hidden_however_it_is_called() -> None:
    """APIs name theirs as they like."""
    asked = Asked([(b"x-pass-me", SECRET.encode()), (b"idempotency-key", b"1")], frozenset({b"x-pass-me"}))

    assert asked.pairs == (("x-pass-me", "***"), ("idempotency-key", "1"))
    assert SECRET not in repr(asked)


@given(
    st.lists(st.tuples(st.sampled_from(["x-a", "authorization", "accept"]), st.text(st.characters(max_codepoint=255))))
)
def test_a_store_gives_back_the_headers_that_are_told(sent: list[tuple[str, str]]) -> None:
    """Whatever values they have, and however often they pass through it."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent]
    entry = BARE._replace(asked=Asked(raw), told=tuple(raw))
    once = restored(stored(entry), 1)

    assert (once.request_headers, once.response_headers) == (entry.request_headers, entry.response_headers)
    assert restored(stored(once), 1) == once


def test_headers_count_as_memory() -> None:
    """A log that is bounded by bytes is bounded however long the headers of requests are."""
    assert Asked([(b"x-a", b"v" * 10_000)]).size > 10_000


def test_headers_are_equal_where_they_are_told_alike() -> None:
    """And nothing else is."""
    one, other = Asked([(b"x-a", b"1")]), Asked([(b"x-a", b"1")])

    assert one == other
    assert hash(one) == hash(other)
    assert one != Asked([(b"x-a", b"2")])
    assert one != one.pairs


def test_what_stands_behind_the_path_is_told_without_keys() -> None:
    """Some clients send theirs there."""
    asked = Asked((), query=b"a=1&b=%C3%A4&api_key=" + SECRET.encode() + b"&Token=x&empty=")
    assert asked.query == (("a", "1"), ("b", "ä"), ("api_key", "***"), ("Token", "***"), ("empty", ""))
    assert SECRET not in repr(asked)
    assert asked != Asked(())
    entry = BARE._replace(asked=asked)
    assert restored(stored(entry), 0).request_query == entry.request_query == asked.query
