"""In-process transports for httpx2: a client talks to an ASGI application with no socket in between.

>>> client = httpx2.Client(transport=AppTransport(app), base_url="http://safelight")  # doctest: +SKIP

They differ from ``httpx2.ASGITransport`` in that replies stream (see `exchange`), timeouts hold, and there is a
synchronous one.  An application that fails looks like a server that died, ``httpx2.RemoteProtocolError``, because that
is what a client has to cope with; its exception is the cause of that error.

The body of a request is read whole before the application starts.  Lifespan events are not sent.

This is the only module of the server that imports httpx2.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any, Final, TypeVar

import httpx2

from .exchange import App, Chunk, Exchange, Head, LineError, ReplyError, Scope

__all__ = ["AppTransport", "AsyncAppTransport"]

_T = TypeVar("_T")
_GRACE = 1.0
_BROKEN: Final[Mapping[str, type[httpx2.TransportError]]] = {
    "refused": httpx2.ConnectError,
    "reset": httpx2.ReadError,
    "closed": httpx2.RemoteProtocolError,
}
"""What httpx2 raises over a socket, by how the connection was broken."""


class AsyncAppTransport(httpx2.AsyncBaseTransport):
    """Lets an ``httpx2.AsyncClient`` talk to an application, under asyncio.

    Args:
        app: An ASGI application.
        grace: Seconds that it has to end by itself after a client has left a reply early; then it is cancelled.
    """

    def __init__(self, app: App, *, grace: float = _GRACE) -> None:
        self._app = app
        self._grace = grace
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the reply as soon as it begins.

        Raises:
            httpx2.RemoteProtocolError: The application failed before that.
            httpx2.ReadTimeout: It took longer than the read timeout of the request.
        """
        exchange = Exchange(self._app, _scope(request), await request.aread(), grace=self._grace)
        _keep(exchange.task, self._tasks)
        reply = _Reply(exchange, request)
        head = await reply.head()
        return _response(head, _AsyncStream(reply))

    async def aclose(self) -> None:
        """Cancel what is still running of the application, such as work that it does after its replies."""
        loop = asyncio.get_running_loop()
        tasks = [task for task in self._tasks if task.get_loop() is loop]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class AppTransport(httpx2.BaseTransport):
    """Lets an ``httpx2.Client`` talk to an application, from any number of threads.

    The application runs on an event loop in a background thread, which starts with the first request and ends when the
    transport is closed, or at the latest with the process.

    Args:
        app: An ASGI application.
        grace: Seconds that it has to end by itself after a client has left a reply early; then it is cancelled.
    """

    def __init__(self, app: App, *, grace: float = _GRACE) -> None:
        self._app = app
        self._grace = grace
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = _BackgroundLoop()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the reply as soon as it begins.

        Raises:
            httpx2.RemoteProtocolError: The application failed before that.
            httpx2.ReadTimeout: It took longer than the read timeout of the request.
            httpx2.ReadError: The transport was closed meanwhile.
            RuntimeError: The transport was closed before.
        """
        body = request.read()

        async def begin() -> tuple[_Reply, Head]:
            exchange = Exchange(self._app, _scope(request), body, grace=self._grace)
            _keep(exchange.task, self._tasks)
            reply = _Reply(exchange, request)
            return reply, await reply.head()

        reply, head = self._loop.call(begin)
        return _response(head, _SyncStream(reply, self._loop))

    def close(self) -> None:
        """Cancel what is still running of the application and end the background thread."""
        self._loop.close()


class _Reply:
    """An exchange with the timeouts and errors of httpx2."""

    def __init__(self, exchange: Exchange, request: httpx2.Request) -> None:
        self.exchange = exchange
        self._request = request
        self._timeout: float | None = request.extensions.get("timeout", {}).get("read")

    async def head(self) -> Head:
        return await self._awaited(self.exchange.head())

    async def chunk(self) -> Chunk:
        return await self._awaited(self.exchange.chunk())

    async def _awaited(self, item: Coroutine[Any, Any, _T]) -> _T:
        try:
            async with asyncio.timeout(self._timeout):
                return await item
        except LineError as error:
            raise _BROKEN[error.how](str(error), request=self._request) from None
        except ReplyError as error:
            raise httpx2.RemoteProtocolError(str(error), request=self._request) from error.__cause__
        except TimeoutError:
            await self.exchange.leave()
            raise httpx2.ReadTimeout(
                f"the application sent nothing for {self._timeout} s", request=self._request
            ) from None
        except asyncio.CancelledError:
            await self.exchange.leave()
            raise


class _AsyncStream(httpx2.AsyncByteStream):
    def __init__(self, reply: _Reply) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        last = False
        while not last:
            chunk = await self._reply.chunk()
            last = chunk.last
            if chunk.data:
                yield chunk.data

    async def aclose(self) -> None:
        await self._reply.exchange.leave()


class _SyncStream(httpx2.SyncByteStream):
    def __init__(self, reply: _Reply, loop: _BackgroundLoop) -> None:
        self._reply = reply
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        last = False
        while not last:
            chunk = self._loop.call(self._reply.chunk)
            last = chunk.last
            if chunk.data:
                yield chunk.data

    def close(self) -> None:
        if not self._loop.closed:  # Otherwise the application was cancelled with the loop.
            self._loop.call(self._reply.exchange.leave)


class _BackgroundLoop:
    """An event loop in a daemon thread, started by the first call."""

    def __init__(self) -> None:
        self.closed = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event

    def call(self, function: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run *function* on the loop and return what it returns."""
        with self._lock:
            if self.closed:
                raise RuntimeError("the transport is closed")
            if self._thread is None:
                self._start()
            future = asyncio.run_coroutine_threadsafe(function(), self._loop)
        try:
            return future.result()
        except CancelledError:
            raise httpx2.ReadError("the transport was closed during the call") from None
        except BaseException:
            future.cancel()  # Ctrl-C in the waiting thread: nobody waits for the reply any more.
            raise

    def close(self) -> None:
        """Cancel all calls and end the thread."""
        with self._lock:
            self.closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._loop.call_soon_threadsafe(self._end.set)
            thread.join()

    def _start(self) -> None:
        ready = threading.Event()

        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            self._end = asyncio.Event()
            ready.set()
            await self._end.wait()

        self._thread = threading.Thread(target=lambda: asyncio.run(run()), name="safelight-transport", daemon=True)
        self._thread.start()
        ready.wait()


def _keep(task: asyncio.Task[None], tasks: set[asyncio.Task[None]]) -> None:
    """Hold on to *task* until it is done: an event loop itself keeps only weak references."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _scope(request: httpx2.Request) -> Scope:
    """Return *request* in the form of ASGI."""
    raw_path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},  # As uvicorn: applications listen for http.disconnect.
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port or {"http": 80, "https": 443}.get(request.url.scheme)),
        "client": ("127.0.0.1", 0),
    }


def _response(head: Head, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream) -> httpx2.Response:
    return httpx2.Response(
        head.status, headers=list(head.headers), stream=stream, extensions={"http_version": b"HTTP/1.1"}
    )
