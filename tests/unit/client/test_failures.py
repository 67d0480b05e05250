"""What a client makes of failures: one error of the tree, and another attempt only where that cannot be paid twice."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import httpx2
import pytest
import respx

from ttapi_images import (
    BadRequest,
    CallError,
    ConnectionFailed,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    StatusError,
    TimedOut,
    Unauthorized,
    UnexpectedReply,
)

GOOD = respx.MockResponse(200, json={"data": []})
HTML = "<html><head><title>502 Bad\n Gateway</title></head><body><h1>nginx</h1></body></html>"

Call = Callable[..., Any]
Failure: TypeAlias = Any
"""An exception, or a response; respx names their types by the other library."""


@pytest.fixture
def route(api: respx.MockRouter) -> respx.Route:
    """The operation."""
    return api.post("/images/generations")


NEVER_CONNECTED = [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("slow"), httpx2.PoolTimeout("full")]
MAYBE_BILLED = [
    httpx2.ReadTimeout("slow"),
    httpx2.WriteTimeout("slow"),
    httpx2.ReadError("reset"),
    httpx2.RemoteProtocolError("Server disconnected"),
    respx.MockResponse(500),
    respx.MockResponse(502),
    respx.MockResponse(503),
]


def name_of(failure: object) -> str:
    """Name a failure in test ids."""
    return str(failure.status_code) if isinstance(failure, httpx2.Response) else type(failure).__name__


@pytest.mark.parametrize("failure", NEVER_CONNECTED, ids=name_of)
def test_a_connection_that_was_never_made_is_tried_again(
    route: respx.Route, call: Call, pauses: list[float], failure: Exception
) -> None:
    """Nothing was sent, so nothing was billed; the pauses grow."""
    route.mock(side_effect=[failure, failure, GOOD])

    call()

    assert route.call_count == 3
    assert 0.375 <= pauses[0] <= 0.5
    assert 0.75 <= pauses[1] <= 1.0


@pytest.mark.parametrize("failure", NEVER_CONNECTED, ids=name_of)
def test_a_server_that_cannot_be_reached_is_an_error_that_says_nothing_was_sent(
    route: respx.Route, call: Call, pauses: list[float], failure: Exception
) -> None:
    """The error counts the attempts and may be retried by the caller."""
    route.mock(side_effect=failure)

    with pytest.raises(CallError, match=r"no connection to api\.ttapi\.io.*nothing was sent") as caught:
        call(max_retries=1)

    assert type(caught.value) is (TimedOut if isinstance(failure, httpx2.TimeoutException) else ConnectionFailed)
    assert (caught.value.retryable, caught.value.attempts, caught.value.status) == (True, 2, None)
    assert caught.value.__cause__ is failure
    assert len(pauses) == 1


def test_the_port_that_refused_is_named(call: Call, pauses: list[float]) -> None:
    """Whoever runs a fake of their own sees which of two servers is not up."""
    with pytest.raises(ConnectionFailed, match=r"no connection to 127\.0\.0\.1:9: "):
        call(base_url="http://127.0.0.1:9/v1", max_retries=0)

    assert pauses == []


@pytest.mark.parametrize("failure", MAYBE_BILLED, ids=name_of)
def test_what_may_have_been_billed_is_sent_once(
    route: respx.Route, call: Call, pauses: list[float], failure: Failure
) -> None:
    """The error says so, names the option, and is not marked as safe."""
    route.mock(side_effect=[failure, GOOD])

    with pytest.raises(
        CallError, match="may have been carried out and billed; retry_maybe_billed=True would"
    ) as caught:
        call()

    assert route.call_count == 1
    assert pauses == []
    assert not caught.value.retryable


@pytest.mark.parametrize("failure", MAYBE_BILLED, ids=name_of)
def test_callers_who_accept_to_pay_twice_get_another_attempt(
    route: respx.Route, call: Call, pauses: list[float], failure: Failure
) -> None:
    """`retry_maybe_billed` makes the client as eager as others are."""
    route.mock(side_effect=[failure, GOOD])

    call(retry_maybe_billed=True)

    assert route.call_count == 2
    assert len(pauses) == 1


def test_a_full_server_is_given_the_time_it_asks_for(route: respx.Route, call: Call, pauses: list[float]) -> None:
    """429 and 503 with a time are tried again after that time."""
    route.mock(
        side_effect=[
            respx.MockResponse(429, headers={"retry-after": "3"}),
            respx.MockResponse(503, headers={"retry-after-ms": "1200", "retry-after": "9"}),
            GOOD,
        ]
    )

    call()

    assert pauses == [3.0, 1.2]


def test_attempts_come_to_an_end(route: respx.Route, call: Call, pauses: list[float]) -> None:
    """The last refusal becomes the error, with the number of attempts."""
    route.respond(429, json={"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}})

    with pytest.raises(RateLimited, match="3 attempts") as caught:
        call()

    assert (caught.value.attempts, caught.value.retryable) == (3, True)
    assert route.call_count == 3
    assert len(pauses) == 2


def test_a_pause_beyond_the_limit_is_not_waited_for(route: respx.Route, call: Call, pauses: list[float]) -> None:
    """The caller decides what to do with ten minutes."""
    route.respond(429, headers={"retry-after": "600"})

    with pytest.raises(RateLimited, match="asks to wait 600 s"):
        call()

    assert pauses == []


def test_a_quota_that_is_used_up_ends_the_call_at_once(route: respx.Route, call: Call, pauses: list[float]) -> None:
    """The API says it with the status of a rate limit; only its code tells that waiting is of no use."""
    said = {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}
    route.respond(429, json={"error": said}, headers={"retry-after": "1"})

    with pytest.raises(RateLimited, match="not sent again: the quota is used up") as caught:
        call()

    assert (caught.value.attempts, caught.value.retryable) == (1, False)
    assert pauses == []


@pytest.mark.parametrize(("word", "attempts"), [("true", 3), ("false", 1)])
def test_the_servers_own_word_wins(
    route: respx.Route, call: Call, pauses: list[float], word: str, attempts: int
) -> None:
    """`x-should-retry` is obeyed for a 400 and for a 429."""
    for status in (400, 429):
        route.respond(status, headers={"x-should-retry": word})
        with pytest.raises(StatusError):
            call()

    assert route.call_count == 2 * attempts
    assert len(pauses) == 2 * (attempts - 1)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (402, StatusError),
        (403, PermissionDenied),
        (404, NotFound),
        (418, StatusError),
        (422, StatusError),
        (500, ServerError),
        (529, ServerError),
    ],
)
def test_each_status_has_its_class_and_all_facts_are_on_the_error(
    route: respx.Route, call: Call, status: int, kind: type[StatusError]
) -> None:
    """Status, code, parameter, type, request id, headers and the text of the API."""
    fault = {"message": "No.", "type": "some_error", "param": "size", "code": "invalid_value", "hint": {"a": 1}}
    route.respond(status, json={"error": fault}, headers={"x-request-id": "req_7", "x-other": "1"})

    with pytest.raises(kind) as caught:
        call()

    error = caught.value
    assert type(error) is kind
    assert (error.status, error.type, error.code, error.param) == (status, "some_error", "invalid_value", "size")
    assert (error.request_id, error.headers["X-Other"], error.attempts) == ("req_7", "1", 1)
    assert error.fault is not None
    assert error.fault.details == fault
    for fact in (str(status), "No.", "param size", "code invalid_value", "request id req_7"):
        assert fact in str(error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "No.", "code": None}}, "No."),
        ({"error": "No.", "code": "Some requested entity was not found"}, "No."),
        ({"status": "FAILED", "message": "Parameter error", "data": None}, "Parameter error"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"error": {"code": 7}}, '{"error":{"code":7}}'),
        ({"error": None}, '{"error":null}'),
        ([1], "[1]"),
        ("text", '"text"'),
    ],
    ids=json.dumps,
)
def test_error_bodies_of_other_shapes_are_understood_or_shown(
    route: respx.Route, call: Call, body: object, said: str
) -> None:
    """Gateways do not all speak the API's dialect."""
    route.respond(400, json=body)

    with pytest.raises(BadRequest) as caught:
        call()

    assert str(caught.value).startswith(f"400 Bad Request: {said}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "502 Bad Gateway, with an empty body"),
        (HTML.encode(), "502 Bad Gateway: 502 Bad Gateway"),
        (b"<p>upstream <b>down</b></p>", "502 Bad Gateway: upstream down"),
        (b"\x1b[31mred\x00\xff" + b"x" * 500, "502 Bad Gateway: [31mred \ufffdxxx"),
        (b"[" * 200_000, "502 Bad Gateway: [[["),
    ],
    ids=["empty", "page", "fragment", "junk", "deep"],
)
def test_what_proxies_answer_is_shown_in_short(route: respx.Route, call: Call, content: bytes, said: str) -> None:
    """One readable line: of a page its title, without control signs."""
    route.respond(502, content=content)

    with pytest.raises(ServerError) as caught:
        call()

    assert str(caught.value).startswith(said)
    assert len(str(caught.value)) < 400
    assert str(caught.value).replace("\ufffd", "").isprintable()


def test_a_redirect_is_an_error_that_says_where_to(route: respx.Route, call: Call) -> None:
    """A POST is not quietly turned into a GET."""
    route.respond(301, headers={"location": "https://www.example/"})

    with pytest.raises(StatusError, match=r"301 Moved Permanently to https://www\.example/"):
        call()


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", "application/json", "answered 200 with an empty body"),
        (HTML.encode(), "text/html; charset=utf-8", r"not JSON \(text/html\): 502 Bad Gateway"),
        (b'{"data": [', "application/json", r"not JSON \(application/json\)"),
        (b"\xff\xfe", "", "not JSON"),
        (b"[" * 200_000, "application/json", "not JSON"),
        (b"[]", "application/json", "no list 'data'"),
        (b"null", "application/json", "no list 'data'"),
        (b'{"created": 1}', "application/json", "no list 'data'"),
        (b'{"status": "FAILED", "message": "Parameter error", "data": null}', "application/json", "Parameter error"),
        (b'{"data": "x"}', "application/json", "no list 'data'"),
    ],
    ids=["empty", "page", "cut", "binary", "deep", "array", "null", "no images", "wrapper", "text"],
)
def test_a_success_that_is_no_answer_is_an_error_that_shows_it(
    route: respx.Route, call: Call, content: bytes, kind: str, said: str
) -> None:
    """The body is kept whole: it may have been paid for. It is not asked for again."""
    route.respond(200, content=content, headers={"content-type": kind, "x-request-id": "req_2"})

    with pytest.raises(UnexpectedReply, match=said) as caught:
        call()

    assert caught.value.answer is not None
    assert caught.value.answer.content == content
    assert caught.value.request_id == "req_2"
    assert not caught.value.retryable
    assert route.call_count == 1


def test_a_body_that_cannot_be_unpacked_is_an_unexpected_reply(server: Callable[..., Any], call: Call) -> None:
    """The server answered; that its compression is broken does not make it a lost connection."""
    fake = server(httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"no gzip")))

    with pytest.raises(UnexpectedReply, match="broke off"):
        call(transport=fake.transport)
