"""What the tests of the generated client share.

respx finds httpx2 only under the name httpx, and only if it is renamed before respx is imported; pytest must therefore
not load respx's own plugin first (``-p no:respx``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import httpx2
import pytest

from ttapi_images import AsyncClient, Client
from ttapi_images._operation import Operation
from ttapi_images._records import Result
from ttapi_images.images import GENERATE

httpx2.alias_httpx()

import respx  # noqa: E402 - only now it sees httpx2

KEY = "sk-secret-1234"
BODY = {"prompt": "a fox", "model": "gpt-image-2"}


Option: TypeAlias = Any
"""An argument of a client; which one is known only at run time."""
Answer: TypeAlias = Any
"""A result, or the list of a stream's events."""


def _call(params: Mapping[str, Any] = BODY, *, operation: Operation[Any, Any] = GENERATE, **options: Option) -> Answer:
    """Make one call with a client of its own; of a stream, give the list of its events."""
    options.setdefault("api_key", KEY)
    with Client(**options) as client:
        answer: Answer = client.call(operation, params)
        if isinstance(answer, Result):
            return answer
        with answer as events:
            return list(events)


def _call_async(
    params: Mapping[str, Any] = BODY, *, operation: Operation[Any, Any] = GENERATE, **options: Option
) -> Answer:
    """Do the same with an asynchronous client and an event loop of its own."""

    async def call() -> Answer:
        options.setdefault("api_key", KEY)
        async with AsyncClient(**options) as client:
            answer: Answer = await client.call(operation, params)
            if isinstance(answer, Result):
                return answer
            async with answer as events:
                return [event async for event in events]

    return asyncio.run(call())


@pytest.fixture(params=[_call, _call_async], ids=["Client", "AsyncClient"])
def call(request: pytest.FixtureRequest) -> Callable[..., Answer]:
    """Both clients, one after the other: whatever is promised holds for both."""
    made: Callable[..., Answer] = request.param
    return made


class Chunks(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that arrives in pieces for either client, may break, and knows whether it was let go.

    Args:
        chunks: The pieces.
        error: What happens after the last of them.
    """

    def __init__(self, chunks: Sequence[bytes], error: Exception | None = None) -> None:
        self.sent = 0
        self.closed = False
        self._chunks = chunks
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.sent += 1
            yield chunk
        if self._error is not None:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        """Note that the connection is let go."""
        self.closed = True

    async def aclose(self) -> None:
        """Note that the connection is let go."""
        self.closed = True


class Server:
    """A server in process that answers one call after the other as told, and keeps the requests.

    Args:
        answers: A response or an exception per call; the last one stays.
    """

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.requests: list[httpx2.Request] = []
        self.transport = httpx2.MockTransport(self._answer)
        self._answers = list(answers)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def server() -> type[Server]:
    """The class of a server in process."""
    return Server


@pytest.fixture
def chunks() -> type[Chunks]:
    """The class of a body in pieces."""
    return Chunks


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees a key or an address of the machine it runs on."""
    for name in ("TTAPI_API_KEY", "TTAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the pauses between attempts, in seconds, instead of sleeping."""
    taken: list[float] = []

    async def pause(seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr("time.sleep", taken.append)
    monkeypatch.setattr("anyio.sleep", pause)
    return taken


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """The API as a table of routes: what is not in it fails the test, nothing reaches a network."""
    with respx.mock(base_url="https://api.ttapi.io/v1", assert_all_called=False) as router:
        yield router
