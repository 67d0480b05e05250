"""A client is shared, interrupted, cancelled and copied, and neither leaks a connection nor mixes up answers."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from ttapi_images import AsyncClient, Client, NotFound, RuleError, StreamError
from ttapi_images.images import GENERATE

KEY = "sk-secret-1234"
BODY = {"prompt": "a fox", "model": "gpt-image-2"}
PARTIAL = b'data: {"type":"image_generation.partial_image","partial_image_index":0,"b64_json":"aGk="}\n\n'
STREAM = {"content-type": "text/event-stream"}


def echo(request: httpx2.Request) -> httpx2.Response:
    """Answer with the prompt that was sent."""
    prompt = json.loads(request.content)["prompt"]
    return httpx2.Response(200, json={"data": [{"b64_json": "aGk=", "revised_prompt": prompt}]})


class Interrupted(httpx2.SyncByteStream):
    """A body during which somebody presses Ctrl-C."""

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield PARTIAL
        raise KeyboardInterrupt

    def close(self) -> None:
        """Note that the connection is let go."""
        self.closed = True


class Silent(httpx2.AsyncByteStream):
    """A body that begins and never ends."""

    def __init__(self) -> None:
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield PARTIAL
        await asyncio.Event().wait()

    async def aclose(self) -> None:
        """Note that the connection is let go."""
        self.closed = True


def test_threads_share_a_client_and_get_their_own_answers() -> None:
    """One client for a whole program is the usual way."""
    prompts = [f"fox {number}" for number in range(60)]
    with Client(KEY, transport=httpx2.MockTransport(echo)) as client, ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(client.images.generate, prompt=prompt) for prompt in prompts]
        results = [call.result() for call in calls]

    assert [result.data[0].revised_prompt for result in results] == prompts


def test_tasks_share_a_client_and_get_their_own_answers() -> None:
    """So do tasks of an event loop."""
    prompts = [f"fox {number}" for number in range(60)]

    async def draw() -> list[str | None]:
        async with AsyncClient(KEY, transport=httpx2.MockTransport(echo)) as client:
            results = await asyncio.gather(*(client.images.generate(prompt=prompt) for prompt in prompts))
        return [result.data[0].revised_prompt for result in results]

    assert asyncio.run(draw()) == prompts


def test_an_interruption_passes_through_a_stream_and_lets_the_connection_go() -> None:
    """Ctrl-C is no error of the call, and is not taken for one."""
    body = Interrupted()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=STREAM, stream=body))
    with Client(KEY, transport=transport) as client:
        stream = client.images.generate(model="gpt-image-2", prompt="a fox", stream=True, partial_images=1)
        assert next(stream).type == "image_generation.partial_image"
        with pytest.raises(KeyboardInterrupt):
            next(stream)

    assert body.closed


def test_an_interruption_of_a_call_is_not_tried_again() -> None:
    """Nobody wants another picture from a program that is to end."""
    sent: list[httpx2.Request] = []

    def interrupt(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        raise KeyboardInterrupt

    with (
        Client(KEY, transport=httpx2.MockTransport(interrupt), retry_maybe_billed=True) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        client.call(GENERATE, BODY)

    assert len(sent) == 1


def test_a_cancelled_stream_lets_the_connection_go() -> None:
    """A task that waits for the next event can be cancelled, and nothing stays open."""
    body = Silent()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=STREAM, stream=body))

    async def read() -> None:
        async with AsyncClient(KEY, transport=transport) as client:
            async for _ in await client.images.generate(model="gpt-image-2", prompt="a fox", stream=True):
                pass

    async def cancel() -> bool:
        task = asyncio.create_task(read())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return body.closed

    assert asyncio.run(cancel())


def test_a_cancelled_call_leaves_the_client_usable() -> None:
    """A time limit of the caller's own, with ``asyncio.timeout``, is no end of the client."""
    slow = True

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if slow:
            await asyncio.Event().wait()
        return echo(request)

    async def draw() -> str | None:
        nonlocal slow
        async with AsyncClient(KEY, transport=httpx2.MockTransport(answer)) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await client.images.generate(prompt="a fox")
            slow = False
            return (await client.images.generate(prompt="a cub")).data[0].revised_prompt

    assert asyncio.run(draw()) == "a cub"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_errors_can_be_copied(duplicate: Callable[[Any], Any]) -> None:
    """Tools that collect errors copy them; nothing of them gets lost."""
    told = {"error": {"message": "no such model", "code": "model_not_found", "param": "model"}}
    lost = httpx2.Response(404, json=told, headers={"x-request-id": "req_1"})
    cut = httpx2.Response(200, headers=STREAM, content=PARTIAL)

    with Client(KEY, transport=httpx2.MockTransport(lambda _: lost)) as client:
        with pytest.raises(NotFound) as missing:
            client.images.generate(prompt="a fox")
        with pytest.raises(RuleError) as refused:
            client.images.generate(model="dall-e-3", prompt="")
    with Client(KEY, transport=httpx2.MockTransport(lambda _: cut)) as client, pytest.raises(StreamError) as broken:
        list(client.images.generate(model="gpt-image-2", prompt="a fox", stream=True))

    for error in (missing.value, refused.value, broken.value):
        twin = duplicate(error)
        assert (type(twin), str(twin), twin.code, twin.request_id) == (
            type(error), str(error), error.code, error.request_id)  # fmt: skip
    assert duplicate(refused.value).violations == refused.value.violations
    assert duplicate(broken.value).partial == broken.value.partial


def test_nothing_shows_megabytes() -> None:
    """A result, an answer, an event or an error in a log is a line, whatever it holds."""
    image = "A" * 2_000_000
    body = {"data": [{"b64_json": image}] * 10, "note": {"again": [image]}}
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=body))
    with Client(KEY, transport=transport) as client:
        raw = client.images.with_raw_response.generate(prompt="a fox", n=10)
        with pytest.raises(RuleError) as caught:
            client.images.generate(prompt=image)

    for shown in (repr(raw), repr(raw.parse()), repr(caught.value), str(caught.value)):
        assert len(shown) < 3000
