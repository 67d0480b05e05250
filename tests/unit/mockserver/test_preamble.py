"""The head of a known answer: what a server would write, and only where it would write it so."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.answers.message import Head, Message
from safelight_mockserver.calls.preamble import preamble_for

STAMPS: Final = ((b"x-request-id", "{request_id}"), (b"x-took", "{processing_ms} ms"))
TOKENS: Final = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).map(lambda one: f"x-{one}".encode())
VALUES: Final = st.binary(max_size=20).map(lambda one: bytes(byte for byte in one if byte > 31 and byte != 127))


def ready(status: int, *fixed: tuple[bytes, bytes], streams: bool = False) -> Message:
    """An answer with these headers."""
    return Message(status=status, head=Head(fixed, STAMPS), texts=(), streams=streams, violations=())


def asked(verb: str = "POST", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """A request, as ASGI has it."""
    return {"method": verb, "headers": [(b"host", b"fake"), *headers]}


@given(fixed=st.lists(st.tuples(TOKENS, VALUES), max_size=4), body=st.binary(max_size=50), took=st.floats(0, 1e6))
def test_it_tells_the_headers_that_the_log_tells(fixed: list[tuple[bytes, bytes]], body: bytes, took: float) -> None:
    """In their order, behind those of the server, and with the body behind it."""
    message = ready(200, *fixed)
    preamble = preamble_for(asked(), message)
    assert preamble is not None

    head, _, sent = preamble.before(body, b"date: now\r\n", "req_1", took).partition(b"\r\n\r\n")

    assert sent == body
    first, date, *lines = head.split(b"\r\n")
    assert (first, date) == (b"HTTP/1.1 200 OK", b"date: now")
    assert lines == [b": ".join(one) for one in message.head.raw("req_1", took, len(body))]


@pytest.mark.parametrize(("status", "first"), [(429, b"HTTP/1.1 429 Too Many Requests"), (299, b"HTTP/1.1 299 ")])
def test_it_begins_with_the_status(status: int, first: bytes) -> None:
    """Also with one that has no name."""
    preamble = preamble_for(asked(), ready(status))

    assert preamble is not None
    assert preamble.before(b"", b"", "req_1", 0.0).partition(b"\r\n")[0] == first


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        pytest.param(asked("HEAD"), ready(200), id="no body may follow"),
        pytest.param(asked(), ready(204), id="no body does"),
        pytest.param(asked(), ready(200, streams=True), id="nobody knows how long the body is"),
        pytest.param(asked("POST", (b"x-forwarded-proto", b"https")), ready(200), id="a proxy has a say"),
        pytest.param(asked(), ready(200, (b"connection", b"close")), id="the connection has to end"),
        pytest.param(asked(), ready(200, (b"transfer-encoding", b"chunked")), id="the body takes another form"),
        pytest.param(asked(), ready(200, (b"content-length", b"1")), id="the length is told already"),
        pytest.param(asked(), ready(200, (b"x-a", b"1\r\nx-b: 2")), id="a value that would be two headers"),
        pytest.param(asked(), ready(200, (b"x a", b"1")), id="a name that is none"),
    ],
)
def test_there_is_none_where_it_is_for_the_server_to_write(request_: dict[str, Any], message: Message) -> None:
    """Then the request goes the usual way."""
    assert preamble_for(request_, message) is None
