"""The loopback: plain HTTP/1.1 to servers on this machine, over connections that are kept.

Nearly all runs are against a fake or a server under development, where nobody waits for a network and sending is what
takes time: through httpx2 0.55 ms of processor time a request, here 0.09.  What httpx2 is there for is not needed on
this way: TLS, proxies, redirects, cookies, HTTP/2.  Answers are parsed by httptools, as the fake's requests are.
"""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from safelight_testkit.contract.arrival import Arrival, Unreached
from safelight_testkit.contract.trial import Call

__all__ = ["Loopback"]

_COMMON: Final = (("user-agent", "safelight"), ("accept-encoding", "identity"))
_EITHER: Final = 32 + zlib.MAX_WBITS
"""Has zlib tell gzip from deflate by how a stream begins."""

_FORBIDDEN: Final = frozenset("\r\n\0")


class Loopback:
    """Sends calls to servers on this machine.

    Args:
        connecting: Seconds that a connection may take to be made.
        clock: Tells Unix time.
    """

    def __init__(self, *, connecting: float, clock: Callable[[], float]) -> None:
        self._connecting = connecting
        self._clock = clock
        self._kept: dict[tuple[str, int], list[_Connection]] = {}

    async def exchange(self, call: Call, arrival: Arrival) -> None:
        """Send a call, and receive its answer until it ends or is too large.

        Raises:
            Unreached: There is no connection, or nothing that can be sent.
            OSError: The connection broke, or what came is no HTTP.
        """
        parts = urlsplit(call.url)
        address = parts.hostname or "", parts.port or 80
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        request = _head(call, parts.netloc, target) + call.content
        connection = self._idle(address) or await self._connected(address)
        try:
            await connection.exchange(request, arrival, self._clock)
        finally:
            if connection.is_idle:
                self._kept.setdefault(address, []).append(connection)
            else:
                connection.close()
        _undo_coding(arrival)

    def close(self) -> None:
        """Close all connections."""
        for connections in self._kept.values():
            for connection in connections:
                connection.close()
        self._kept.clear()

    def _idle(self, address: tuple[str, int]) -> _Connection | None:
        """A connection that was kept, the last one first; the server may have closed it since."""
        kept = self._kept.get(address, [])
        while kept:
            connection = kept.pop()
            if connection.is_idle:
                return connection
        return None

    async def _connected(self, address: tuple[str, int]) -> _Connection:
        try:
            async with asyncio.timeout(self._connecting):
                _, connection = await asyncio.get_running_loop().create_connection(_Connection, *address)
        except TimeoutError as error:
            raise Unreached(f"no connection within {self._connecting:g} s") from error
        except OSError as error:
            raise Unreached(_reason(error)) from error
        return connection


class _Connection(asyncio.Protocol):
    """A connection, and the answer that comes over it; httptools calls what begins with ``on_``."""

    def __init__(self) -> None:
        self.is_idle = False
        self._transport: asyncio.Transport | None = None
        self._arrival: Arrival | None = None  # of the answer that is waited for
        self._headers: list[tuple[str, str]] = []
        self._until_closed = False

    async def exchange(self, request: bytes, arrival: Arrival, clock: Callable[[], float]) -> None:
        """Send a request, and receive its answer until it ends or is too large."""
        if self._transport is None:
            raise ConnectionError("the connection broke before the request was sent")
        self.is_idle = False
        self._arrival = arrival
        self._clock = clock
        self._parser = httptools.HttpResponseParser(self)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            await self._ended
        finally:
            self._arrival = None

    def close(self) -> None:
        """Close it, whatever is under way."""
        self.is_idle = False
        if self._transport is not None:
            self._transport.abort()

    # --- the connection ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that there is a connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what comes; of what nobody waits for, nothing can be known, so the connection is of no use."""
        if self._arrival is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._end(ConnectionError(f"the answer is no HTTP: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone, which is how some answers end."""
        self.is_idle = False
        self._transport = None
        if self._arrival is None:
            return
        if exc is None and self._arrival.status and self._until_closed:
            self._end()
        else:
            self._end(ConnectionError(str(exc or "the server closed the connection")))

    def _end(self, error: Exception | None = None) -> None:
        self._arrival = None  # what comes after the end is no part of it
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    # --- the answer ---

    def on_message_begin(self) -> None:
        """Begin an answer, which may be one before the answer that is asked for."""
        self._headers = []
        self.is_idle = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Take the status, when the head is there."""
        status = self._parser.get_status_code()
        if status >= 200 and self._arrival is not None:  # before that it is about the answer that is to come
            names = {name.lower() for name, _ in self._headers}
            self._until_closed = not names & {"content-length", "transfer-encoding"}
            self._arrival.begin(status, tuple(self._headers), self._clock())

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, as long as there is room for it."""
        if self._arrival is not None and not self._arrival.take(body):
            self._end()

    def on_message_complete(self) -> None:
        """End the exchange; the connection can be used again if the server says so."""
        if self._arrival is not None and self._arrival.status:
            self.is_idle = self._parser.should_keep_alive()
            self._end()


def _reason(error: OSError) -> str:
    """Why there is no connection, in the system's words: asyncio's own name the call that failed."""
    return os.strerror(error.errno) if error.errno is not None and error.errno > 0 else str(error)


def _head(call: Call, host: str, target: str) -> bytes:
    """The head of a request.

    Raises:
        Unreached: A header cannot be written.
    """
    length = () if call.verb == "GET" else (("content-length", str(len(call.content))),)
    headers = (("host", host), *_COMMON, *call.headers, *length)
    for name, value in headers:
        if not _FORBIDDEN.isdisjoint(value):
            raise Unreached(f"the header {name} has a line in it that ends")
    lines = [f"{call.verb} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    try:
        return "\r\n".join(lines).encode("latin-1")
    except UnicodeEncodeError as error:
        raise Unreached(f"a header has a character that none can have: {error}") from error


def _undo_coding(arrival: Arrival) -> None:
    """Unpack a body that was packed although nobody asked for that; what cannot be unpacked stays as it came."""
    codings = [value.strip().lower() for name, value in arrival.headers if name.lower() == "content-encoding"]
    if not codings or codings == ["identity"]:
        return
    try:
        inflater = zlib.decompressobj(_EITHER)
        body = inflater.decompress(arrival.body, arrival.largest)
    except zlib.error:
        return
    if inflater.eof:
        arrival.body = bytearray(body)
        arrival.large = arrival.large or len(body) >= arrival.largest
