"""The transports of a test's server for clients of httpx: `safelight_mockserver.transport` has those of httpx2.

The two libraries have the same interface and no class in common, so requests, replies and errors are translated.  Where
httpx2 has taken httpx's place, they are the same and nothing is lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import cast

import httpx
import httpx2

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]


class HttpxTransport(httpx.BaseTransport):
    """Lets an ``httpx.Client`` use a transport of httpx2.

    Args:
        inner: That transport; it is not closed with the client.
    """

    def __init__(self, inner: httpx2.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the reply as soon as it begins.

        Raises:
            httpx.TransportError: What the transport raised, under httpx's name for it.
        """
        request.read()
        with _named(request):
            reply = self._inner.handle_request(_translated(request))
        return _response(reply, _Stream(cast("httpx2.SyncByteStream", reply.stream), request))


class AsyncHttpxTransport(httpx.AsyncBaseTransport):
    """Lets an ``httpx.AsyncClient`` use a transport of httpx2.

    Args:
        inner: That transport; it is not closed with the client.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the reply as soon as it begins.

        Raises:
            httpx.TransportError: What the transport raised, under httpx's name for it.
        """
        await request.aread()
        with _named(request):
            reply = await self._inner.handle_async_request(_translated(request))
        return _response(reply, _AsyncStream(cast("httpx2.AsyncByteStream", reply.stream), request))


class _Stream(httpx.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, request: httpx.Request) -> None:
        self._inner = inner
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        with _named(self._request):
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


class _AsyncStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, request: httpx.Request) -> None:
        self._inner = inner
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _named(self._request):
            async for chunk in self._inner:
                yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _translated(request: httpx.Request) -> httpx2.Request:
    return httpx2.Request(
        request.method,
        str(request.url),
        headers=request.headers.raw,
        content=request.content,
        extensions=dict(request.extensions),
    )


def _response(reply: httpx2.Response, stream: _Stream | _AsyncStream) -> httpx.Response:
    return httpx.Response(
        reply.status_code, headers=reply.headers.raw, stream=stream, extensions=dict(reply.extensions)
    )


@contextmanager
def _named(request: httpx.Request) -> Generator[None]:
    """Raise errors of httpx2 under the names that httpx has for them."""
    try:
        yield
    except httpx2.TransportError as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error), request=request) from error.__cause__
