"""A stream gives typed events as they come, ends whole or with an error, and lets its connection go."""

import asyncio
import gc
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import httpx2
import pytest

from ttapi_images import AsyncClient, Client, RateLimited, Stream, StreamError, UnexpectedReply
from ttapi_images.images import GENERATE

KEY = "sk-secret-1234"
BODY = {"prompt": "a fox", "model": "gpt-image-2", "stream": True, "partial_images": 2}
PARTIAL = "image_generation.partial_image"
NAME = "image_generation.completed"
SSE = {"content-type": "text/event-stream; charset=utf-8", "x-request-id": "req_s"}

Call = Callable[..., Any]
Server: TypeAlias = Any
"""A server in process, of the kind that the fixture makes."""


def event(name: str | None, /, **fields: object) -> bytes:
    """Write an event as the API does: the event line, one data line, a blank line."""
    line = f"event: {name}\n" if name else ""
    return f"{line}data: {json.dumps(fields)}\n\n".encode()


def partial(index: int) -> bytes:
    """Write a partial image."""
    return event(PARTIAL, type=PARTIAL, partial_image_index=index, b64_json="cGFydA==", size="1024x1024", new=1)


COMPLETED = event(NAME, type=NAME, b64_json="d2hvbGU=", usage={"total_tokens": 7})
WHOLE = [partial(0), partial(1), COMPLETED]


def started(client: Client) -> Stream[Any]:
    """Ask for a stream by the typed method."""
    return client.images.generate(prompt="a fox", model="gpt-image-2", stream=True, partial_images=2)


@pytest.fixture
def stream(server: Callable[..., Any], chunks: Callable[..., Any]) -> Callable[..., Any]:
    """Make a server whose answer is a stream of these bytes; its body is in ``.body``."""

    def make(*parts: bytes, error: Exception | None = None) -> Server:
        body = chunks(parts, error)
        fake = server(httpx2.Response(200, headers=SSE, stream=body))
        fake.body = body
        return fake

    return make


def test_events_are_typed_and_open(stream: Callable[..., Any], call: Call) -> None:
    """Partials in order, then the whole image; fields of tomorrow are kept."""
    fake = stream(*WHOLE)

    first, second, last = call(BODY, transport=fake.transport)

    kinds = GENERATE.events
    assert [type(one) for one in (first, second, last)] == [kinds[PARTIAL], kinds[PARTIAL], kinds[NAME]]
    assert (first.partial_image_index, second.partial_image_index) == (0, 1)
    assert first.extra == {"new": 1}
    assert last.bytes == b"whole"
    assert last.usage is not None
    assert last.usage.total_tokens == 7
    assert fake.body.closed


def test_events_are_asked_for_and_sent_for_once(stream: Callable[..., Any], call: Call) -> None:
    """The body decides; the Accept header says the same."""
    fake = stream(*WHOLE)

    call(BODY, transport=fake.transport)

    (request,) = fake.requests
    assert json.loads(request.content) == BODY
    assert request.headers["accept"].startswith("text/event-stream")


def test_each_event_is_handed_out_as_it_comes(stream: Callable[..., Any]) -> None:
    """The first partial is there before the rest has been sent."""
    fake = stream(*WHOLE)

    with Client(KEY, transport=fake.transport) as client:
        events = started(client)
        assert fake.body.sent == 0
        for count, _ in enumerate(events, 1):
            assert fake.body.sent == count


def test_leaving_a_stream_early_lets_the_connection_go(stream: Callable[..., Any]) -> None:
    """With a context manager, at once; a stream closed can be closed again, and gives nothing more."""
    fake = stream(*WHOLE)

    with Client(KEY, transport=fake.transport) as client:
        with started(client) as events:
            next(iter(events))
        assert fake.body.closed
        events.close()
        assert list(events) == []


@pytest.mark.parametrize("taken", [0, 1])
def test_leaving_an_asynchronous_stream_early_lets_the_connection_go(stream: Callable[..., Any], taken: int) -> None:
    """At once, whether or not an event was taken."""
    fake = stream(*WHOLE)

    async def leave() -> None:
        async with AsyncClient(KEY, transport=fake.transport) as client:
            wish = client.images.generate(prompt="a fox", model="gpt-image-2", stream=True, partial_images=2)
            async with await wish as events:
                assert events.request_id == "req_s"
                if taken:
                    await anext(events)
            assert fake.body.closed

    asyncio.run(leave())


def test_a_stream_never_read_is_closed_by_its_context(stream: Callable[..., Any]) -> None:
    """Even if not one event was taken."""
    fake = stream(*WHOLE)

    with (
        Client(KEY, transport=fake.transport) as client,
        started(client),
    ):
        pass

    assert fake.body.closed


def test_a_stream_that_is_forgotten_is_closed_when_it_is_collected(stream: Callable[..., Any]) -> None:
    """A loop left by ``break`` without a context manager does not keep the connection for ever."""
    fake = stream(*WHOLE)

    with Client(KEY, transport=fake.transport) as client:
        for _ in started(client):
            break
        gc.collect()
        assert fake.body.closed


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_a_stream_that_ends_too_early_is_an_error_that_keeps_the_last_partial(
    stream: Callable[..., Any], call: Call, sent: int
) -> None:
    """A truncated stream must not be taken for success."""
    fake = stream(*WHOLE[:sent])

    with pytest.raises(StreamError, match=r"ended before its last event: no image was finished.*req_s") as caught:
        call(BODY, transport=fake.transport)

    kept = caught.value.partial
    assert (kept and kept.bytes) == (b"part" if sent else None)
    assert (caught.value.status, caught.value.request_id, caught.value.retryable) == (200, "req_s", False)
    assert fake.body.closed


@pytest.mark.parametrize("error", [httpx2.ReadError("reset"), httpx2.ReadTimeout("slow")], ids=["reset", "slow"])
def test_a_stream_is_never_asked_for_again_after_its_first_byte(
    stream: Callable[..., Any], call: Call, pauses: list[float], error: Exception
) -> None:
    """Its images are billed; the error keeps what came."""
    fake = stream(partial(0), error=error)

    with pytest.raises(StreamError, match=rf"broke \({type(error).__name__}\) before its last event") as caught:
        call(BODY, transport=fake.transport, retry_maybe_billed=True)

    assert caught.value.partial is not None
    assert len(fake.requests) == 1
    assert pauses == []


def test_a_refused_stream_is_tried_again_like_any_call(
    server: Callable[..., Any], chunks: Callable[..., Any], call: Call, pauses: list[float]
) -> None:
    """Before the first byte the usual rules hold, and errors come as JSON."""
    full = httpx2.Response(429, json={"error": {"message": "Slow down."}}, headers={"retry-after": "2"})
    fake = server(full, httpx2.Response(200, headers=SSE, stream=chunks(WHOLE)), full)

    assert len(call(BODY, transport=fake.transport)) == 3
    with pytest.raises(RateLimited, match="Slow down"):
        call(BODY, transport=fake.transport, max_retries=0)

    assert pauses == [2.0]


def test_a_connection_that_breaks_after_the_last_image_is_no_error(stream: Callable[..., Any], call: Call) -> None:
    """Everything that was asked for has come."""
    fake = stream(*WHOLE, error=httpx2.ReadError("reset"))

    assert len(call(BODY, transport=fake.transport)) == 3


@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["no line end", "no blank line"])
def test_a_last_event_without_its_blank_line_counts_if_it_is_whole(
    stream: Callable[..., Any], call: Call, ending: bytes
) -> None:
    """The image has been paid for; a cut one is an error all the same."""
    whole = stream(partial(0), COMPLETED.rstrip(b"\n") + ending)
    broken = stream(partial(0), COMPLETED[:-8] + ending)

    assert call(BODY, transport=whole.transport)[-1].bytes == b"whole"
    with pytest.raises(StreamError, match="before its last event"):
        call(BODY, transport=broken.transport)


def test_an_unfinished_event_of_an_unknown_kind_is_no_image(stream: Callable[..., Any], call: Call) -> None:
    """Readable it may be; what was asked for has not come."""
    fake = stream(partial(0), b'data: {"type": "new"}')

    with pytest.raises(StreamError, match="no image was finished"):
        call(BODY, transport=fake.transport)


@pytest.mark.parametrize("done", [b"data: [DONE]\n\n", b"data: [DONE]\n\ndata: never read\n\n"])
def test_a_done_mark_ends_the_stream(stream: Callable[..., Any], call: Call, done: bytes) -> None:
    """Some servers send it; what follows is not read."""
    fake = stream(*WHOLE, done, b"data: nor this")

    assert len(call(BODY, transport=fake.transport)) == 3
    assert fake.body.closed


def test_a_done_mark_does_not_stand_for_an_image(stream: Callable[..., Any], call: Call) -> None:
    """The server says it is done, and no image has come."""
    fake = stream(partial(0), b"data: [DONE]\n\n")

    with pytest.raises(StreamError, match="no image was finished"):
        call(BODY, transport=fake.transport)


def test_as_many_images_are_expected_as_were_asked_for(stream: Callable[..., Any], call: Call) -> None:
    """One of two is a stream cut short."""
    body = BODY | {"n": 2}

    assert len(call(body, transport=stream(*WHOLE, COMPLETED).transport)) == 4
    with pytest.raises(StreamError, match="1 of 2 images were finished"):
        call(body, transport=stream(*WHOLE).transport)


@pytest.mark.parametrize(
    "told",
    [
        event("error", type="error", error={"type": "t", "code": "c", "message": "It failed.", "param": None}),
        event(None, error={"type": "t", "code": "c", "message": "It failed."}),
        event("error", type="t", code="c", message="It failed."),
    ],
    ids=["nested", "without a name", "flat"],
)
def test_an_error_event_is_raised_with_its_facts(stream: Callable[..., Any], call: Call, told: bytes) -> None:
    """In each of the forms that servers use; the last partial is kept."""
    fake = stream(partial(0), told, COMPLETED)

    with pytest.raises(StreamError, match=r"told of an error: It failed\.") as caught:
        call(BODY, transport=fake.transport)

    assert (caught.value.type, caught.value.code) == ("t", "c")
    assert caught.value.partial is not None
    assert fake.body.closed


@pytest.mark.parametrize(
    ("data", "said"), [(b"{oops", "not JSON: {oops"), (b"<html>", "not JSON"), (b"[1]", r"not a JSON object: \[1\]")]
)
def test_an_event_that_cannot_be_read_is_an_error_that_shows_it(
    stream: Callable[..., Any], call: Call, data: bytes, said: str
) -> None:
    """The stream is broken; going on would hide it."""
    fake = stream(partial(0), b"data: " + data + b"\n\n", COMPLETED)

    with pytest.raises(StreamError, match=said):
        call(BODY, transport=fake.transport)


def test_events_of_an_unknown_kind_are_passed_over(stream: Callable[..., Any], call: Call) -> None:
    """A new kind of event does not break an old client; comments and empty events are none."""
    new = event("image_generation.thought", type="image_generation.thought", text="hm")
    fake = stream(b": keep-alive\n\n", new, COMPLETED, new)

    assert [type(one) for one in call(BODY, transport=fake.transport)] == [GENERATE.events[NAME]]


@pytest.mark.parametrize("sent", [event(None, type=NAME, b64_json="d2hvbGU="), event(NAME, b64_json="d2hvbGU=")])
def test_either_name_of_an_event_will_do(stream: Callable[..., Any], call: Call, sent: bytes) -> None:
    """In the data or in the event line."""
    assert call(BODY, transport=stream(sent).transport)[0].bytes == b"whole"


def test_bytes_may_be_cut_anywhere(stream: Callable[..., Any], call: Call) -> None:
    """One byte at a time, with CRLF line ends."""
    whole = b"".join(WHOLE).replace(b"\n", b"\r\n")
    fake = stream(*(whole[i : i + 1] for i in range(len(whole))))

    assert len(call(BODY, transport=fake.transport)) == 3


def test_an_explicit_bound_on_events_holds(stream: Callable[..., Any], call: Call) -> None:
    """The event before the large one is given."""
    large = event(NAME, type=NAME, b64_json="A" * 10_000)
    fake = stream(partial(0), large)

    with pytest.raises(StreamError, match="larger than max_event_bytes=1000") as caught:
        call(BODY, transport=fake.transport, max_event_bytes=1000)

    assert caught.value.partial is not None


def test_a_server_that_ignores_the_wish_for_events_loses_no_image(server: Callable[..., Any], call: Call) -> None:
    """Its JSON is in the error, for it has been paid for."""
    fake = server(httpx2.Response(200, json={"data": [{"b64_json": "aGVq"}]}))

    with pytest.raises(UnexpectedReply, match=r"asked for an event stream.*application/json") as caught:
        call(BODY, transport=fake.transport)

    assert caught.value.answer is not None
    assert json.loads(caught.value.answer.content)["data"][0]["b64_json"] == "aGVq"


def test_the_raw_answer_of_a_stream_has_its_headers_first(stream: Callable[..., Any]) -> None:
    """Status and request id are there before any event is read."""
    fake = stream(*WHOLE)

    with Client(KEY, transport=fake.transport) as client:
        raw = client.call_raw(GENERATE, BODY)
        assert (raw.status, raw.request_id, raw.content, fake.body.sent) == (200, "req_s", b"", 0)
        answer: Any = raw.parse()
        with answer as events:
            assert events.request_id == "req_s"
            assert len(list(events)) == 3


def test_a_compressed_stream_is_read_as_well(server: Callable[..., Any], call: Call) -> None:
    """A gateway may compress events; what it sends is unpacked as it comes."""
    packed = gzip.compress(b"".join(WHOLE))
    headers = SSE | {"content-encoding": "gzip"}

    class Packed(httpx2.SyncByteStream, httpx2.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from (packed[:20], packed[20:])

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in self:
                yield part

    fake = server(httpx2.Response(200, headers=headers, stream=Packed()))

    assert [one.type for one in call(BODY, transport=fake.transport)] == [PARTIAL, PARTIAL, NAME]


def test_a_stream_that_a_hook_has_read_is_read_once_more(server: Callable[..., Any]) -> None:
    """Hooks of the caller's that log whole answers take no events away."""
    fake = server(httpx2.Response(200, headers=SSE, content=b"".join(WHOLE)))

    def log(response: httpx2.Response) -> None:
        response.read()

    with (
        httpx2.Client(transport=fake.transport, event_hooks={"response": [log]}) as http,
        started(Client(KEY, http_client=http)) as events,
    ):
        assert [one.type for one in events] == [PARTIAL, PARTIAL, NAME]
