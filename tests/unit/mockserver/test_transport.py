"""What the in-process transports promise: replies that stream, clients that can leave, and a server that can die."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import openai
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from safelight_mockserver.exchange import App, Scope
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Answer = Callable[[Request], Coroutine[Any, Any, Response]]
URL = "http://fake/v1/images"


def serving(answer: Answer) -> Starlette:
    """Return an application that gives this answer to every request."""
    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "HEAD"])])


def sync_client(app: App) -> httpx2.Client:
    """Return a client of *app*."""
    return httpx2.Client(transport=AppTransport(app))


def async_client(app: App, *, grace: float = 1.0) -> httpx2.AsyncClient:
    """Return an asynchronous client of *app*."""
    return httpx2.AsyncClient(transport=AsyncAppTransport(app, grace=grace))


async def opened(gate: threading.Event) -> None:
    """Wait until the test opens *gate*, from whatever thread."""
    while not gate.is_set():  # noqa: ASYNC110 - an asyncio.Event cannot be set from another thread.
        await asyncio.sleep(0.001)


async def begin(send: Send, *chunks: bytes) -> None:
    """Send the beginning of a reply."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


class Holding:
    """Sends one chunk, waits until it is allowed to go on, and sends another one."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.disconnected = threading.Event()
        self.ended = threading.Event()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await begin(send, b"first")
            await receive()
            leaving = asyncio.ensure_future(receive())
            going_on = asyncio.ensure_future(opened(self.go_on))
            await asyncio.wait({leaving, going_on}, return_when=asyncio.FIRST_COMPLETED)
            going_on.cancel()
            if leaving.done():
                assert leaving.result() == {"type": "http.disconnect"}
                self.disconnected.set()
                return
            await send({"type": "http.response.body", "body": b"second"})
        finally:
            self.ended.set()


def test_a_chunk_arrives_before_the_application_sends_the_next_one() -> None:
    """The application waits for something that happens only after its first chunk was read: no buffering."""
    app = Holding()
    with sync_client(app) as client, client.stream("GET", URL) as reply:
        chunks = reply.iter_raw()
        assert next(chunks) == b"first"
        assert not app.ended.is_set()
        app.go_on.set()
        assert list(chunks) == [b"second"]


@pytest.mark.asyncio
async def test_a_chunk_arrives_at_an_asynchronous_client_before_the_application_sends_the_next_one() -> None:
    """As above, on the client's own event loop."""
    app = Holding()
    async with async_client(app) as client, client.stream("GET", URL) as reply:
        chunks = reply.aiter_raw()
        assert await anext(chunks) == b"first"
        assert not app.ended.is_set()
        app.go_on.set()
        assert [chunk async for chunk in chunks] == [b"second"]


def test_leaving_a_reply_early_disconnects_the_application_and_it_has_ended_then() -> None:
    """Closing is like closing a socket, but without guessing when the other side has noticed."""
    app = Holding()
    with sync_client(app) as client:
        with client.stream("GET", URL) as reply:
            assert next(reply.iter_raw()) == b"first"
        assert app.disconnected.is_set()
        assert app.ended.is_set()


@pytest.mark.asyncio
async def test_leaving_a_reply_early_disconnects_the_application_of_an_asynchronous_client() -> None:
    """As above, on the client's own event loop."""
    app = Holding()
    async with async_client(app) as client:
        async with client.stream("GET", URL) as reply:
            assert await anext(reply.aiter_raw()) == b"first"
        assert app.disconnected.is_set()
        assert app.ended.is_set()


@pytest.mark.asyncio
async def test_leaving_ends_the_generator_of_a_streaming_response() -> None:
    """Starlette's own way to stream: its generator is closed while it waits for its next event."""
    ended = asyncio.Event()

    async def events() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def answer(_: Request) -> Response:
        return StreamingResponse(events())

    async with async_client(serving(answer)) as client, client.stream("GET", URL) as reply:
        assert await anext(reply.aiter_raw()) == b"first"
        await reply.aclose()
        assert ended.is_set()


@pytest.mark.asyncio
async def test_an_application_that_goes_on_sending_after_its_client_has_left_is_told_by_an_error() -> None:
    """``send`` raises OSError, as the ASGI specification asks."""
    seen: list[str] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await begin(send)
        try:
            while True:
                await send({"type": "http.response.body", "body": b"more", "more_body": True})
        except OSError as error:
            seen.append(str(error))
            raise

    async with async_client(app) as client, client.stream("GET", URL) as reply:
        assert await anext(reply.aiter_raw()) == b"more"
        await reply.aclose()
    assert seen == ["the client has closed the connection"]


@pytest.mark.asyncio
async def test_an_application_that_waits_for_its_reader_is_freed_when_the_reader_leaves() -> None:
    """Back-pressure does not hold an application that nobody reads any more."""
    ended = asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        try:
            await begin(send, *[b"chunk"] * 10)
        finally:
            ended.set()

    async with async_client(app) as client, client.stream("GET", URL) as reply:
        for _ in range(20):  # Lets the application fill the room that it has.
            await asyncio.sleep(0)
        assert not ended.is_set()
        await reply.aclose()
        assert ended.is_set()


@pytest.mark.asyncio
async def test_an_application_that_does_not_care_that_its_client_has_left_is_cancelled() -> None:
    """After its time of grace nothing of it is left running."""
    cancelled: list[bool] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await begin(send, b"first")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async with async_client(app, grace=0.01) as client, client.stream("GET", URL) as reply:
        assert await anext(reply.aiter_raw()) == b"first"
        await reply.aclose()
        assert cancelled == [True]


@pytest.mark.asyncio
async def test_the_application_is_at_most_one_chunk_ahead_of_its_reader() -> None:
    """A slow reader slows the application down: memory does not grow with the reply."""
    sent = 0

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal sent
        await begin(send)
        for _ in range(50):
            await send({"type": "http.response.body", "body": b"chunk", "more_body": True})
            sent += 1
        await send({"type": "http.response.body"})

    async with async_client(app) as client, client.stream("GET", URL) as reply:
        read = 0
        async for _ in reply.aiter_raw():
            read += 1
            for _ in range(20):  # Gives the application every chance to run ahead.
                await asyncio.sleep(0)
            assert sent <= read + 1
        assert read == 50


async def fails_at_once(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Raise before anything is sent."""
    raise KeyError("no such picture")


async def fails_in_the_middle(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Raise after one chunk."""
    await begin(send, b"first")
    raise KeyError("no such picture")


async def says_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """End without a reply."""


async def stops_in_the_middle(_scope: Scope, _receive: Receive, send: Send) -> None:
    """End after one chunk, which was not the last one."""
    await begin(send, b"first")


async def sends_a_body_first(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Break the order of ASGI messages."""
    await send({"type": "http.response.body", "body": b"first"})


async def begins_twice(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Break the order of ASGI messages after a good beginning."""
    await begin(send)
    await begin(send)


FAILING = pytest.mark.parametrize(
    ("app", "text", "cause"),
    [
        (fails_at_once, "raised KeyError in reply to GET /v1/images: 'no such picture'", KeyError),
        (fails_in_the_middle, "raised KeyError in reply to GET /v1/images", KeyError),
        (says_nothing, "ended before its reply to GET /v1/images was complete", type(None)),
        (stops_in_the_middle, "ended before its reply to GET /v1/images was complete", type(None)),
        (sends_a_body_first, "'http.response.body' at this point", RuntimeError),
        (begins_twice, "'http.response.start' at this point", RuntimeError),
    ],
)


@FAILING
def test_an_application_that_fails_is_a_server_that_died_and_the_error_says_why(
    app: App, text: str, cause: type[BaseException] | None
) -> None:
    """The client sees a broken connection, the developer sees the exception of the application as its cause."""
    with sync_client(app) as client, pytest.raises(httpx2.RemoteProtocolError, match=text) as raised:
        client.get(URL)
    assert isinstance(raised.value.__cause__, cause or type(None))
    assert str(raised.value.request.url) == URL


@FAILING
@pytest.mark.asyncio
async def test_an_application_that_fails_is_a_server_that_died_to_an_asynchronous_client_too(
    app: App, text: str, cause: type[BaseException] | None
) -> None:
    """As above, on the client's own event loop."""
    async with async_client(app) as client:
        with pytest.raises(httpx2.RemoteProtocolError, match=text) as raised:
            await client.get(URL)
    assert isinstance(raised.value.__cause__, cause or type(None))


def test_a_failure_after_the_reply_is_logged_and_does_not_spoil_the_reply(caplog: pytest.LogCaptureFixture) -> None:
    """As with any server: the client has its answer, the operator has the traceback."""

    async def fail() -> None:
        raise ValueError("broken afterwards")

    async def answer(_: Request) -> Response:
        return PlainTextResponse("fine", background=BackgroundTask(fail))

    with caplog.at_level(logging.ERROR), sync_client(serving(answer)) as client:
        assert client.get(URL).text == "fine"
        assert client.get(URL).text == "fine"
    assert "broken afterwards" in caplog.text
    assert "GET /v1/images" in caplog.text


@pytest.mark.asyncio
async def test_work_after_the_reply_goes_on_until_the_transport_is_closed() -> None:
    """A client that has its reply does not stop background tasks, closing the transport does."""
    go_on, worked = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def work() -> None:
        try:
            await go_on.wait()
            done.append("worked")
            worked.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            done.append("cancelled")
            raise

    async def answer(_: Request) -> Response:
        return PlainTextResponse("fine", background=BackgroundTask(work))

    async with async_client(serving(answer)) as client:
        assert (await client.get(URL)).text == "fine"
        go_on.set()
        await worked.wait()
    assert done == ["worked", "cancelled"]


@pytest.mark.parametrize("chunks", [(), (b"first",)], ids=["before the reply", "within the reply"])
def test_the_read_timeout_of_a_request_holds_and_disconnects_the_application(chunks: tuple[bytes, ...]) -> None:
    """Waiting too long for the first or for the next byte is httpx2.ReadTimeout, as over a socket."""
    told: list[str] = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        if chunks:
            await begin(send, *chunks)
        await receive()
        told.append((await receive())["type"])

    with sync_client(app) as client, pytest.raises(httpx2.ReadTimeout, match=r"0\.02 s"):
        client.get(URL, timeout=0.02)
    assert told == ["http.disconnect"]


@pytest.mark.asyncio
async def test_a_cancelled_call_disconnects_the_application() -> None:
    """A task that is cancelled while it waits for a reply leaves nothing behind."""
    waiting = asyncio.Event()
    told: list[str] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()
        waiting.set()
        told.append((await receive())["type"])

    async with async_client(app) as client:
        call = asyncio.create_task(client.get(URL))
        await waiting.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert told == ["http.disconnect"]


@pytest.mark.asyncio
async def test_a_reply_that_begins_in_the_moment_of_cancelling_is_dropped() -> None:
    """The application answers just when its client stops waiting: neither side sees an error of the other."""
    waiting, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        waiting.set()
        await go_on.wait()
        await begin(send, b"late")
        ended.set()

    async with async_client(app) as client:
        call = asyncio.create_task(client.get(URL))
        await waiting.wait()
        go_on.set()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert ended.is_set()


async def echo(request: Request) -> Response:
    """Say what arrived."""
    return JSONResponse(
        {
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.scope["raw_path"].decode(),
            "query": dict(request.query_params),
            "key": request.headers.get("tt-api-key"),
            "host": request.headers["host"],
            "body": (await request.body()).decode(),
        },
        headers={"x-request-id": "req_1"},
    )


def test_the_application_receives_the_request_as_over_a_socket() -> None:
    """Method, path in both forms, query, headers and body; status and headers come back."""
    with sync_client(serving(echo)) as client:
        reply = client.post(
            "http://fake:81/v1/a%20b%2Fc?x=1&y=%20", headers={"TT-API-KEY": "k"}, content=iter([b"pro", b"mpt"])
        )
    assert reply.status_code == 200
    assert reply.headers["x-request-id"] == "req_1"
    assert reply.json() == {
        "method": "POST",
        "path": "/v1/a b/c",
        "raw_path": "/v1/a%20b%2Fc",
        "query": {"x": "1", "y": " "},
        "key": "k",
        "host": "fake:81",
        "body": "prompt",
    }


def test_a_reply_to_head_has_headers_and_no_body() -> None:
    """Even if the application sends one."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"body"})

    with sync_client(app) as client:
        reply = client.head(URL)
    assert (reply.headers["content-length"], reply.content) == ("4", b"")


def test_large_bodies_pass_both_ways_unchanged() -> None:
    """20 MB up and down, in pieces of any size."""
    body = bytes(range(256)) * 80_000

    async def mirror(request: Request) -> Response:
        received = await request.body()

        async def parts() -> AsyncIterator[bytes]:
            for start in range(0, len(received), 70_001):
                yield received[start : start + 70_001]

        return StreamingResponse(parts())

    with sync_client(serving(mirror)) as client:
        assert client.post(URL, content=body).content == body


def test_many_threads_share_one_transport() -> None:
    """Every caller gets its own answer, and one thread runs the application for all of them."""
    threads: set[int] = set()

    async def answer(request: Request) -> Response:
        threads.add(threading.get_ident())
        await asyncio.sleep(0.001)
        return PlainTextResponse(request.url.path)

    with sync_client(serving(answer)) as client, ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(client.get, [f"http://fake/{number}" for number in range(200)]))
    assert [reply.text for reply in replies] == [f"/{number}" for number in range(200)]
    assert len(threads) == 1


@pytest.mark.asyncio
async def test_many_calls_of_one_asynchronous_client_run_at_the_same_time() -> None:
    """No call is answered before all have arrived: they do not wait for each other."""
    arrived = 0
    all_there = asyncio.Event()

    async def answer(request: Request) -> Response:
        nonlocal arrived
        arrived += 1
        if arrived == 200:
            all_there.set()
        await all_there.wait()
        return PlainTextResponse(request.url.path)

    async with async_client(serving(answer)) as client:
        replies = await asyncio.gather(*(client.get(f"http://fake/{number}") for number in range(200)))
    assert [reply.text for reply in replies] == [f"/{number}" for number in range(200)]


def transport_threads() -> list[threading.Thread]:
    """Return the background threads that are running."""
    return [thread for thread in threading.enumerate() if thread.name == "safelight-transport"]


def test_the_background_thread_lives_from_the_first_request_until_the_transport_is_closed() -> None:
    """A transport that is not used costs no thread, a closed one leaves none; an open one does not block the exit."""
    before = transport_threads()
    client = sync_client(serving(echo))
    assert transport_threads() == before
    client.get(URL)
    (thread,) = (thread for thread in transport_threads() if thread not in before)
    assert thread.daemon
    client.close()
    assert transport_threads() == before


def test_a_closed_transport_says_so() -> None:
    """Using it again is a mistake of the caller, closing it again is not."""
    transport = AppTransport(serving(echo))
    transport.close()
    transport.close()
    with pytest.raises(RuntimeError, match="closed"):
        transport.handle_request(httpx2.Request("GET", URL))


def test_closing_the_transport_ends_calls_and_replies_that_are_under_way() -> None:
    """A caller in another thread gets a network error and does not wait for ever; closing its reply is harmless."""
    holding = Holding()
    transport = AppTransport(holding)
    reply = transport.handle_request(httpx2.Request("GET", URL))
    chunks = reply.iter_raw()
    assert next(chunks) == b"first"
    with ThreadPoolExecutor(1) as pool:
        rest = pool.submit(next, chunks)
        transport.close()
        with pytest.raises((httpx2.ReadError, RuntimeError), match="closed"):
            rest.result()
    reply.close()
    assert holding.ended.is_set()


async def images(request: Request) -> Response:
    """Answer as an image API does: JSON, or two events with a pause until the first was read."""
    body = await request.json()
    if not body.get("stream"):
        return JSONResponse({"created": 1, "data": [{"b64_json": "Zm94"}]}, headers={"x-request-id": "req_9"})

    async def events() -> AsyncIterator[bytes]:
        yield b'data: {"type":"image_generation.partial_image","b64_json":"YQ=="}\n\n'
        await opened(request.app.state.partial_seen)
        yield b'data: {"type":"image_generation.completed","b64_json":"Yg=="}\n\n'

    return StreamingResponse(events(), media_type="text/event-stream")


@pytest.fixture
def image_app() -> Starlette:
    """An application that goes on with its stream only when the test says so."""
    app = serving(images)
    app.state.partial_seen = threading.Event()
    return app


def test_the_official_package_works_over_the_transport(image_app: Starlette) -> None:
    """``openai.OpenAI`` generates and streams with no socket, the partial image before the final one."""
    with openai.OpenAI(api_key="k", base_url="http://fake/v1", http_client=sync_client(image_app)) as client:
        result = client.images.generate(model="gpt-image-1", prompt="a fox")
        assert result.data is not None
        assert result.data[0].b64_json == "Zm94"
        with client.images.generate(model="gpt-image-1", prompt="a fox", stream=True, partial_images=1) as events:
            assert next(events).type == "image_generation.partial_image"
            image_app.state.partial_seen.set()
            assert [event.type for event in events] == ["image_generation.completed"]


@pytest.mark.asyncio
async def test_the_official_package_works_over_the_asynchronous_transport(image_app: Starlette) -> None:
    """As above with ``openai.AsyncOpenAI``."""
    async with openai.AsyncOpenAI(
        api_key="k", base_url="http://fake/v1", http_client=async_client(image_app)
    ) as client:
        result = await client.images.generate(model="gpt-image-1", prompt="a fox")
        assert result.data is not None
        assert result.data[0].b64_json == "Zm94"
        stream = await client.images.generate(model="gpt-image-1", prompt="a fox", stream=True, partial_images=1)
        async with stream as events:
            assert (await anext(events)).type == "image_generation.partial_image"
            image_app.state.partial_seen.set()
            assert [event.type async for event in events] == ["image_generation.completed"]
