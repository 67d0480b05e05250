"""The wire: sends calls and receives answers, through httpx2; nothing else in the test kit knows an HTTP library.

Whatever goes wrong between two machines comes back as a value: an answer that was cut, or none at all.  Answers are
read as they stream in, up to a limit, and within a time that counts from the request to the last byte; a server that
sends a byte a minute holds up nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

import httpx2

from safelight_testkit.contract.trial import Call
from safelight_testkit.judging.verdict import Answer, Ended, NoAnswer, Received

__all__ = ["Transport", "Wire", "is_loopback"]

Transport: TypeAlias = httpx2.AsyncBaseTransport
"""What carries requests."""

_LARGEST: Final = 1 << 28
"""Bytes of the largest answer that is read: ten images of 3840 by 2160 in base64 have room in it."""

_CONNECT: Final = 10.0
_FAILURES: Final = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError)


class Wire:
    """Sends calls and receives answers.

    Args:
        timeout: Seconds for one exchange, from the request to the last byte of the answer.
        transport: What carries them; a real network by default.
        base_url: Where the server is; to a server on this machine, no proxy of the environment is used.
        largest: Bytes of the largest answer that is read.
        clock: Tells Unix time.
    """

    def __init__(
        self,
        *,
        timeout: float,
        transport: Transport | None = None,
        base_url: str = "",
        largest: int = _LARGEST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._timeout = timeout
        self._largest = largest
        self._clock = clock
        self._transport = transport
        self._trust_env = not is_loopback(base_url)
        self._clients: dict[bool, tuple[httpx2.AsyncClient, tuple[tuple[str, str], ...]]] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open connections as they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._open.__aexit__(kind, error, trace)

    async def _client(self, url: str) -> tuple[httpx2.AsyncClient, tuple[tuple[str, str], ...]]:
        """The client for an address, and the headers of all its requests; only HTTPS needs certificates to be read."""
        secure = self._transport is None and url[:6].lower() == "https:"
        if secure not in self._clients:
            client = httpx2.AsyncClient(
                transport=self._transport,
                timeout=None,  # for the whole exchange it is kept here, and for connecting it goes with each request
                follow_redirects=False,
                trust_env=self._trust_env,
                verify=secure,
                limits=httpx2.Limits(max_connections=None),
            )
            del client.headers["accept"]  # which each call has
            await self._open.enter_async_context(client)
            self._clients[secure] = client, tuple(client.headers.multi_items())
        return self._clients[secure]

    async def send(self, call: Call) -> Received:
        """Send a call and receive its answer."""
        arrival = _Arrival(time.perf_counter(), self._largest)
        try:
            async with asyncio.timeout(self._timeout):
                await self._exchange(call, arrival)
        except (TimeoutError, httpx2.TimeoutException) as error:
            if isinstance(error, httpx2.ConnectTimeout):
                return arrival.failed(f"no connection within {_CONNECT:g} s", late=False, sent=False)
            return arrival.ended(Ended.LATE, f"no answer within {self._timeout:g} s")
        except _FAILURES as error:
            unsent = isinstance(error, httpx2.ConnectError | httpx2.InvalidURL | httpx2.UnsupportedProtocol)
            return arrival.ended(Ended.CUT, _words(error), sent=not unsent)
        return arrival.ended(Ended.LARGE if arrival.large else Ended.WHOLE, "")

    async def fetch(self, url: str) -> Received:
        """Fetch what a link leads to; no key goes with it, because it may lead anywhere."""
        return await self.send(Call("GET", url, (("accept", "*/*"),), b""))

    async def _exchange(self, call: Call, arrival: _Arrival) -> None:
        client, common = await self._client(call.url)
        request = httpx2.Request(
            call.verb,
            call.url,
            headers=(*common, *call.headers),
            content=call.content,
            extensions={"timeout": {"connect": min(self._timeout, _CONNECT)}},
        )
        response = await client.send(request, stream=True)
        try:
            arrival.begin(response.status_code, tuple(response.headers.multi_items()), self._clock())
            async for chunk in response.aiter_bytes():
                if not arrival.take(chunk):
                    break
        finally:
            await response.aclose()


@dataclass(slots=True)
class _Arrival:
    """What has come of an answer so far."""

    started: float
    largest: int
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytearray = field(default_factory=bytearray)
    received: float = 0.0
    first: float = 0.0
    large: bool = False

    def begin(self, status: int, headers: tuple[tuple[str, str], ...], now: float) -> None:
        self.status, self.headers, self.received, self.first = status, headers, now, self._since()

    def take(self, chunk: bytes) -> bool:
        """Keep a part of the body; tell whether there is room for more."""
        self.body += chunk[: self.largest - len(self.body)]
        self.large = len(self.body) >= self.largest
        return not self.large

    def ended(self, how: Ended, why: str, *, sent: bool = True) -> Received:
        if not self.status:
            return self.failed(why, late=how is Ended.LATE, sent=sent)
        return Answer(
            status=self.status,
            headers=self.headers,
            body=bytes(self.body),
            ended=how,
            received=self.received,
            first=self.first,
            seconds=self._since(),
        )

    def failed(self, why: str, *, late: bool, sent: bool) -> NoAnswer:
        return NoAnswer(late=late, why=why, seconds=self._since(), sent=sent)

    def _since(self) -> float:
        return time.perf_counter() - self.started


def _words(error: Exception) -> str:
    """What an exception says; its name where it says nothing."""
    return str(error) or type(error).__name__


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and to no other, so that it costs nothing to call it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
