"""One request to an ASGI application in this process, its reply handed over as the application sends it.

The in-process transports of the HTTP libraries wait until an application has finished, and then hand over the whole
reply.  With them a stream cannot be tested: no partial image arrives before the last one, and nobody can
leave in between.  Here application and reader are two tasks with room for one chunk between them:

- a chunk can be read as soon as it is sent;
- the application cannot run ahead of its reader, however much it has to say;
- a reader that leaves is a disconnected client: the application is told so in the ways of ASGI (``http.disconnect``,
  and ``OSError`` from ``send``), and is cancelled if it does not care.

This module knows ASGI and asyncio, no HTTP library: see `transport` for that side.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Literal, TypeAlias

from safelight.records import dataclass

from .calls.line import LINE

__all__ = ["App", "Chunk", "Exchange", "Head", "LineError", "ReplyError", "Scope"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI 3 application, typed as Starlette types its own."""

_logger = logging.getLogger(__name__)


class ReplyError(Exception):
    """The application raised an exception, which is the cause of this one, or ended before its reply was complete."""


class LineError(ReplyError):
    """The connection was broken by order.

    Attributes:
        how: Nobody listened, or the connection was reset, or it was closed before the reply was complete.
    """

    def __init__(self, how: Literal["refused", "reset", "closed"]) -> None:
        super().__init__(_BROKEN[how])
        self.how = how


_BROKEN: Final = {
    "refused": "nobody listens: the connection was refused by order",
    "reset": "the connection was reset by order",
    "closed": "the connection was closed by order, before the reply was complete",
}


@dataclass(frozen=True, slots=True)
class Head:
    """How a reply begins.

    Attributes:
        status: The HTTP status.
        headers: Names and values as the application gave them.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the body.

    Attributes:
        data: As the application sent it, not copied; nothing in reply to HEAD.
        last: Whether the reply is complete.
    """

    data: bytes
    last: bool


class Exchange:
    """A request and its reply.  Make it and use it within one event loop.

    Args:
        app: Who answers.
        scope: The request in the form of ASGI.
        body: The whole body of the request.
        grace: Seconds that the application has to end by itself after its client has left.
    """

    def __init__(self, app: App, scope: Scope, body: bytes, *, grace: float) -> None:
        self._app = app
        self._scope = {**scope, "extensions": {LINE: self}}
        self._body: bytes | None = body
        self._grace = grace
        self._head: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        self._chunks: asyncio.Queue[Chunk | ReplyError] = asyncio.Queue(1)
        self._begun = False
        self._complete = False
        self._left = False
        self._broken: LineError | None = None
        self._over = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def head(self) -> Head:
        """Return how the reply begins, as soon as it does.

        Raises:
            ReplyError: It never will.
        """
        return await self._head

    async def chunk(self) -> Chunk:
        """Return the next part of the body, as soon as it is sent; not to be called after the last one.

        Raises:
            ReplyError: The application failed, and the body remains incomplete.
        """
        item = await self._chunks.get()
        if isinstance(item, ReplyError):
            raise item
        return item

    async def leave(self) -> None:
        """Take no more of the reply: the client has gone.

        If the reply was not complete, the application has ended when this returns.  If it was, work that the
        application does after its reply goes on.
        """
        self._left = not self._complete
        self._over.set()
        while not self._chunks.empty():  # Frees an application that waits for room to send.
            self._chunks.get_nowait()
        if self._left:
            await asyncio.wait({self.task}, timeout=self._grace)
            if not self.task.done():
                self.task.cancel()
                await asyncio.wait({self.task})

    async def refuse(self, seconds: float) -> None:  # noqa: ARG002 - there is no port that could stay closed
        """Let the client find that nobody listens."""
        await self._break(LineError("refused"))

    async def reset(self) -> None:
        """Reset the connection."""
        await self._break(LineError("reset"))

    async def close(self) -> None:
        """Close the connection."""
        await self._break(LineError("closed"))

    async def _break(self, error: LineError) -> None:
        self._broken = error
        self._over.set()
        if self._head.done():
            await self._chunks.put(error)
        else:
            self._head.set_exception(error)

    async def _run(self) -> None:
        what = f"{self._scope['method']} {self._scope['path']}"
        try:
            await self._app(self._scope, self._receive, self._send)
        except Exception as error:
            if self._left and isinstance(error, OSError):
                return  # What `_send` raised to tell that the client has gone.
            if self._left or self._complete:
                _logger.exception("the application failed after its client had left or had its reply: %s", what)
                return
            failure = ReplyError(f"the application raised {type(error).__name__} in reply to {what}: {error}")
            failure.__cause__ = error
        else:
            if self._left or self._complete or self._broken is not None:
                return
            failure = ReplyError(f"the application ended before its reply to {what} was complete")
        self._over.set()
        if self._head.done():
            await self._chunks.put(failure)
        else:
            self._head.set_exception(failure)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self._check_client()
        match message["type"]:
            case "http.response.start" if not self._begun:
                self._begun = True
                headers = tuple((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
                if not self._head.done():  # It is done if the client stopped waiting in this very moment.
                    self._head.set_result(Head(message["status"], headers))
            case "http.response.body" if self._begun and not self._complete:
                self._complete = not message.get("more_body", False)
                data = b"" if self._scope["method"] == "HEAD" else bytes(message.get("body", b""))
                await self._chunks.put(Chunk(data, self._complete))
                if self._complete:
                    self._over.set()
                self._check_client()
            case unexpected:
                raise RuntimeError(f"ASGI does not allow the message {unexpected!r} at this point of a reply")

    def _check_client(self) -> None:
        if self._left:
            raise OSError("the client has closed the connection")
