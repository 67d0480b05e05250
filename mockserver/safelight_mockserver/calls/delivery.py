"""The delivery: a request's body on its way in and an answer on its way out, in plain ASGI.

A server framework would make an object of each, which a call of the fake does not need.  Most answers are whole and
undisturbed, and take the short way (`send_whole`).  Streams, and everything that a fault or a profile has a say in, go
through a `Delivery`, which knows when its client has left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias

from safelight.records import dataclass
from safelight_mockserver.faults.course import Course
from safelight_mockserver.store.entry import End

from .farewell import Farewell
from .intake import Intake
from .line import BrokenOff, line_of

__all__ = ["Caller", "ClientLeft", "Delivery", "Outcome", "read_body", "send_whole"]

_JOINED: Final = 1 << 16  # Bytes; shorter bodies are sent in one piece.
_LARGEST: Final = 1 << 16  # Bytes of a stream that are sent at a time.
_LINGER: Final = 64 << 20
"""Bytes of a body over the limit that are read and thrown away: a client that is still writing when the answer comes
and the connection closes would see a broken connection, and never the answer."""

_TICK: Final = 0.02
"""Seconds.  What is sent slowly is sent in pieces that take about so long; a loop cannot sleep for a microsecond."""

_PARTING: Final = 5.0  # Seconds that a connection has to end after it was broken.

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


class ClientLeft(Exception):
    """The client left before it had sent everything, or before it had got everything."""


class Caller(NamedTuple):
    """Who is to be answered, and since when (by `time.perf_counter`)."""

    scope: _Message
    receive: _Receive
    send: _Send
    started: float

    def milliseconds(self) -> float:
        """How long ago that was."""
        return (time.perf_counter() - self.started) * 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery.

    Attributes:
        end: How it ended.
        sent: Bytes of the body that went out.
        whole: Whether that was all of it.
        begun: Whether the status went out.
        stopped: Whether it ended because the server has to stop.
    """

    end: End
    sent: int
    whole: bool
    begun: bool = True
    stopped: bool = False


async def read_body(receive: _Receive, limit: int, intake: Intake) -> bytes | None:
    """Read the body of a request; None where it is longer than *limit* bytes, of which no more are then kept.

    Raises:
        ClientLeft: There is nobody to answer.
        Crowded: It does not come at once, and too much of other requests is on its way in.
    """
    message = await receive()  # Most bodies come in one, for which a function of its own would cost more than it says.
    if message["type"] == "http.request" and not message.get("more_body", False):
        data = message.get("body", b"")
        return data if len(data) <= limit else None
    data, more = _chunk(message)
    chunks: list[bytes] = []
    size = 0
    with intake.share() as share:
        while True:
            size += len(data)
            if size <= limit:
                share.take(len(data))
                chunks.append(data)
            else:
                share.give_back()
                chunks.clear()
            if not more or size > limit + _LINGER:
                return b"".join(chunks) if size <= limit else None
            data, more = _chunk(await receive())


def _chunk(message: _Message) -> tuple[bytes, bool]:
    """Return a part of a body, and whether there is more.

    Raises:
        ClientLeft: There is nobody to answer.
    """
    if message["type"] == "http.disconnect":
        raise ClientLeft
    return message.get("body", b""), message.get("more_body", False)


async def send_whole(
    send: _Send, status: int, headers: Sequence[tuple[bytes, bytes]], pieces: Sequence[bytes], size: int
) -> None:
    """Send an answer with a body of so many bytes; a large one in its pieces, which are then not copied."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    pieces = [b"".join(pieces)] if size <= _JOINED else _few(pieces)
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": place < last})


def _few(pieces: Sequence[bytes]) -> list[bytes]:
    """Join small pieces that follow each other: each that is sent is a call into the kernel, and wakes the client."""
    few: list[bytes] = []
    for piece in pieces:
        if few and len(few[-1]) + len(piece) <= _JOINED:
            few[-1] += piece
        else:
            few.append(piece)
    return few


class Delivery:
    """One answer on its way out, which takes its time, or does not arrive.

    `run` goes as far as the last step, which is left to `finish`: what came of it can so be written down before the
    client knows, and a test that looks into the log right after its call finds it there.

    Args:
        caller: Who gets it.
        course: What happens on the way.
        farewell: Interrupts it when the server has to stop.
        parting: What a stream then says in the end, between two events.
    """

    def __init__(self, caller: Caller, course: Course, farewell: Farewell, parting: bytes = b"") -> None:
        self._caller = caller
        self._course = course
        self._farewell = farewell
        self._parting = parting
        self._sent = 0
        self._begun = False
        self._between = False  # Whether the last event went out whole.
        self._gone: asyncio.Task[None] | None = None

    async def run(
        self,
        status: int,
        headers: Callable[[], Sequence[tuple[bytes, bytes]]],
        chunks: AsyncIterator[Sequence[bytes]],
        size: int | None = None,
    ) -> Outcome:
        """Deliver all but the end.

        Args:
            status: The HTTP status.
            headers: Makes the headers once they are to be sent.
            chunks: The body: one chunk an event, or in one; each in parts, which are not copied before they are sent.
            size: The length of the body; None for a stream.
        """
        self._gone = asyncio.create_task(_until_gone(self._caller.receive))
        try:
            async with self._farewell.heard():
                return await self._run(status, headers, chunks, size)
        except TimeoutError:
            return Outcome("cut", self._sent, whole=False, begun=self._begun, stopped=True)
        except (ClientLeft, OSError):
            return Outcome("left", self._sent, whole=False)
        except BaseException:
            self._gone.cancel()  # Whatever ends the delivery, nobody watches for the client any more.
            raise

    async def finish(self, outcome: Outcome) -> None:
        """End the answer as *outcome* says: complete it, or break the connection.

        Raises:
            BrokenOff: This server offers no way to break a connection.
        """
        try:
            match outcome.end:
                case "complete":
                    with suppress(OSError):  # The client has left in this very moment.
                        await self._caller.send({"type": "http.response.body", "body": b"", "more_body": False})
                case "cut" if outcome.stopped and self._between and self._parting:
                    with suppress(OSError):
                        await self._caller.send({"type": "http.response.body", "body": self._parting})
                case "cut":
                    await self._break(close=outcome.stopped)
                case "left" | "open":
                    pass
        finally:
            if self._gone is not None:
                self._gone.cancel()

    async def excuse(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: list[bytes]) -> None:
        """Send another answer than the one that was on its way, of which nothing has been sent."""
        try:
            with suppress(OSError):  # The client has left in this very moment.
                await send_whole(self._caller.send, status, headers, body, sum(map(len, body)))
        finally:
            if self._gone is not None:
                self._gone.cancel()

    async def _run(
        self,
        status: int,
        headers: Callable[[], Sequence[tuple[bytes, bytes]]],
        chunks: AsyncIterator[Sequence[bytes]],
        size: int | None,
    ) -> Outcome:
        course, stop, send = self._course, self._course.stop, self._caller.send
        await self._wait(course.wait)
        if stop is not None and stop.at_once:
            return Outcome("cut", 0, whole=False, begun=False)
        await send({"type": "http.response.start", "status": status, "headers": headers()})
        self._begun = self._between = True
        budget = stop.bytes if stop is not None else None
        if stop is not None and stop.share is not None and size is not None:
            budget = int(stop.share * size)
        events = 0
        async for chunk in chunks:
            if stop is not None and stop.events == events:
                return self._cut()
            await self._wait(course.pause)
            self._between = False
            for piece in self._pieces(chunk):
                part = piece if budget is None else piece[: budget - self._sent]
                if part:
                    await self._send(part)
                if len(part) < len(piece):
                    return self._cut()
            self._between = True
            events += 1
        if stop is not None and stop.events is not None:
            return self._cut()
        return Outcome("complete", self._sent, whole=True)

    def _cut(self) -> Outcome:
        return Outcome("cut", self._sent, whole=False)

    def _pieces(self, chunk: Sequence[bytes]) -> Iterator[bytes]:
        """Cut a chunk into what is sent at a time: little, so that a client that takes nothing holds little."""
        course = self._course
        step = course.piece or (max(1, int(_TICK / course.per_byte)) if course.per_byte else _LARGEST)
        if sum(map(len, chunk)) <= step:
            yield b"".join(chunk)
        else:
            yield from (part[start : start + step] for part in chunk for start in range(0, len(part), step))

    async def _send(self, part: bytes) -> None:
        if self._gone is not None and self._gone.done():
            raise ClientLeft
        await self._caller.send({"type": "http.response.body", "body": part, "more_body": True})
        self._sent += len(part)
        await self._wait(len(part) * self._course.per_byte)

    async def _wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ClientLeft: There is nobody to wait for.
        """
        if seconds > 0 and self._gone is not None:
            await asyncio.wait({self._gone}, timeout=seconds)
            if self._gone.done():
                raise ClientLeft

    async def _break(self, *, close: bool) -> None:
        line, stop = line_of(self._caller.scope), self._course.stop
        if line is None:
            raise BrokenOff("the answer breaks off by order")
        if self._course.closed is not None and not close:
            await line.refuse(self._course.closed)
        elif close or (stop is not None and stop.how == "close"):
            await line.close()
        else:
            await line.reset()
        if self._gone is not None:
            await asyncio.wait({self._gone}, timeout=_PARTING)


async def _until_gone(receive: _Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
