"""Servers and networks that fail: runs are polite, end, tell what was not judged, and never take it for a rule."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager

import httpx2
import pytest

from safelight_mockserver import fake, running
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.report import Report, exit_code
from safelight_testkit.contract.result import Verdict
from safelight_testkit.contract.retry import Retries
from safelight_testkit.contract.runner import CannotRun
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.summary import outages
from tests.contract.runs import HONEST, TTAPI, Lying, answered, fault_kinds, run, sent_body

AT_ONCE = Retries(first=0.0)
SOME = Selection(models=("dall-e-2",), only=("generate.n.*", "generate.body.type"))
STREAM = Selection(models=("gpt-image-1",), only=("generate.partial_images.*", "generate.body.type"))

Passed_on = Callable[[httpx2.Request, httpx2.Response, bytes], httpx2.Response]


def first_times(count: int, response: Callable[[], httpx2.Response]) -> Lying:
    """A server that answers each request with *response* so many times before it does what it should."""
    seen: Counter[tuple[str, bytes, str]] = Counter()

    def lie(request: httpx2.Request, honest: httpx2.Response, body: bytes) -> httpx2.Response:
        key = str(request.url), request.content, request.headers.get("tt-api-key", "")
        seen[key] += 1
        return response() if seen[key] <= count else answered(honest, body)

    return Lying(lie)


def always(response: Callable[[], httpx2.Response]) -> Lying:
    """A server that always answers with *response*."""
    return Lying(lambda _request, _honest, _body: response())


def tried(report: Report) -> set[int]:
    """How often requests were sent."""
    return {result.tries for result in report.results}


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(lambda: httpx2.Response(429, headers={"retry-after": "0"}), id="429"),
        pytest.param(lambda: httpx2.Response(429, headers={"retry-after-ms": "1"}), id="429 with milliseconds"),
        pytest.param(lambda: httpx2.Response(503, content=b"<html>busy</html>"), id="503"),
        pytest.param(lambda: httpx2.Response(500), id="500"),
        pytest.param(lambda: httpx2.Response(502, content=b"<html>Bad Gateway</html>"), id="a page of a proxy"),
    ],
)
def test_a_server_that_recovers_is_judged_by_what_it_then_says(response: Callable[[], httpx2.Response]) -> None:
    """Rate limits and failures are tried again, and are no findings."""
    report = run(first_times(2, response), selection=SOME, retries=AT_ONCE)

    assert (fault_kinds(report), outages(report), tried(report)) == ({}, {}, {3})
    assert exit_code(report) == 0


def test_a_server_that_never_recovers_is_tried_a_few_times_and_not_judged() -> None:
    """Attempts are bounded; what could not be judged is told, and is no success."""
    server = always(lambda: httpx2.Response(500))

    report = run(server, selection=SOME, retries=AT_ONCE)

    assert (fault_kinds(report), [*outages(report)], tried(report)) == ({}, ["outage.server"], {AT_ONCE.most})
    assert len(server.requests) == AT_ONCE.most * len(report.results)
    assert exit_code(report) == 2


def test_a_wait_longer_than_is_polite_to_expect_is_not_waited_for() -> None:
    """A server that asks for an hour gets no second attempt."""
    server = always(lambda: httpx2.Response(429, headers={"retry-after": "3600"}))

    report = run(server, selection=SOME)

    assert ([*outages(report)], tried(report)) == (["outage.rate"], {1})


def test_on_a_paid_host_what_may_have_been_billed_is_not_sent_again() -> None:
    """A failure after the work was done has cost its money; a refusal costs nothing."""
    server = always(lambda: httpx2.Response(500))

    report = run(server, selection=SOME, retries=AT_ONCE, paid=True)

    assert {result.tries for result in report.results if not result.trial.refused} == {1}
    assert {result.tries for result in report.results if result.trial.refused} == {AT_ONCE.most}


def test_what_the_server_asks_of_one_request_all_of_them_do() -> None:
    """After a 429 nothing is sent until the time is over."""
    times: list[float] = []

    class Limited(Lying):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            times.append(asyncio.get_running_loop().time())
            return await super().handle_async_request(request)

    def lie(_request: httpx2.Request, honest: httpx2.Response, body: bytes) -> httpx2.Response:
        limited = len(times) == 2
        return httpx2.Response(429, headers={"retry-after-ms": "300"}) if limited else answered(honest, body)

    report = run(Limited(lie), selection=SOME, workers=1)

    assert fault_kinds(report) == {}
    assert times[2] - times[1] >= 0.3


def test_a_server_that_hangs_is_given_up() -> None:
    """The time is over for the whole exchange, and nobody asks twice."""

    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if not sent_body(request):
                return httpx2.Response(400, json={})
            await asyncio.Event().wait()
            raise AssertionError

    report = run(Hanging(), selection=SOME, timeout=0.1, workers=16)

    assert [*outages(report)] == ["outage.timeout"]
    assert {result.tries for result in report.of(Verdict.OUTAGE)} == {1}


def test_a_server_that_sends_a_byte_a_minute_is_given_up() -> None:
    """Each byte is in time, and the answer is not."""

    async def slowly() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    server = always(lambda: httpx2.Response(200, content=slowly()))
    report = run(
        server, selection=Selection(models=("dall-e-2",), only=("generate.size.values@dall-e-2",)), timeout=0.2
    )

    assert "outage.timeout" in outages(report)


@contextmanager
def socket_server(answer: Callable[[socket.socket], None]) -> Generator[str]:
    """A server that does with each connection what *answer* does."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        listening.close()


def test_a_server_that_drops_connections_is_not_judged() -> None:
    """Half an answer, or none, is an outage."""

    def drop(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{")

    with socket_server(drop) as url:
        report = run(None, base_url=url, selection=SOME, retries=AT_ONCE)

    assert report.of(Verdict.PASSED) == ()
    assert set(outages(report)) | set(fault_kinds(report)) <= {"outage.connection", "refusal.envelope", "refuses"}


def test_a_stream_that_breaks_off_is_a_fault() -> None:
    """The half of a stream that came is judged, and the end is missed once."""

    async def half(body: bytes) -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]
        raise httpx2.ReadError("connection reset")

    def lie(_request: httpx2.Request, honest: httpx2.Response, body: bytes) -> httpx2.Response:
        if honest.headers.get("content-type") != "text/event-stream":
            return answered(honest, body)
        return httpx2.Response(200, headers=honest.headers, content=half(body))

    report = run(Lying(lie), selection=STREAM, retries=AT_ONCE)

    assert set(fault_kinds(report)) == {"stream.cut"}
    assert {result.tries for result in report.of(Verdict.FAILED)} == {AT_ONCE.most}


def test_a_page_in_the_place_of_an_image_is_told_with_a_hint() -> None:
    """200 with a page of a proxy is a wrong answer, and the message says what it probably is."""

    def lie(_request: httpx2.Request, honest: httpx2.Response, body: bytes) -> httpx2.Response:
        page = b"<html>Please sign in</html>"
        return httpx2.Response(200, content=page) if honest.status_code == 200 else answered(honest, body)

    report = run(Lying(lie), selection=SOME)

    assert set(fault_kinds(report)) == {"answer.json"}
    assert "proxy" in report.of(Verdict.FAILED)[0].findings[-1].message


def test_an_answer_without_end_is_cut_off() -> None:
    """A server cannot fill the machine's memory."""
    from safelight_testkit.contract.trial import Call
    from safelight_testkit.contract.wire import Wire
    from safelight_testkit.judging.verdict import Answer, Ended

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000

    class Endless(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, content=endless(), request=request)

    async def send() -> object:
        async with Wire(timeout=10, transport=Endless(), largest=2500) as wire:
            return await wire.send(Call("POST", "http://127.0.0.1/", (), b""))

    answer = asyncio.run(send())

    assert isinstance(answer, Answer)
    assert (answer.ended, len(answer.body)) == (Ended.LARGE, 2500)


# --- runs that make no sense ---


def test_a_server_that_is_not_there_ends_the_run_at_once() -> None:
    """One request shows it, and no report is written of nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises(CannotRun):
        run(None, base_url=f"http://127.0.0.1:{port}/v1", selection=SOME, retries=AT_ONCE)


def test_a_key_that_is_not_accepted_ends_the_run_at_once() -> None:
    """Otherwise every request would be told as wrongly refused."""
    from safelight_mockserver import Options

    server = AsyncAppTransport(fake(TTAPI, Options(api_key="another-key")))

    with pytest.raises(CannotRun, match="401"):
        run(server, selection=SOME)


def test_a_wrong_path_ends_the_run_at_once_and_says_what_the_spec_has() -> None:
    """The base URL of the spec shows what is missing."""
    with pytest.raises(CannotRun, match=r"404.*https://api\.ttapi\.io/v1"):
        run(AsyncAppTransport(HONEST), selection=SOME, base_url="http://127.0.0.1/v2")


def test_workers_share_the_requests_of_a_run_over_a_socket() -> None:
    """Many at a time, each once."""
    with running(HONEST) as url:
        report = run(None, selection=Selection(refused_only=True), base_url=url, workers=16)

    assert fault_kinds(report) == {}
    assert [result.trial.number for result in report.results] == [*range(1, len(report.results) + 1)]
