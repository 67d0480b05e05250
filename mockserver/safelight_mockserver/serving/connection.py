"""The connection: HTTP/1.1 as uvicorn reads it, with limits on what one client can cost.

Uvicorn reads heads of any length for any time, and holds an answer for a client that takes nothing of it for as long as
the client likes.  A fake that is open to a network, or to a careless load test, needs an end of each:

- the head of a request has to end within so many bytes, and to name its host once (RFC 9112, section 3.2);
- a request has to arrive whole within a time that grows with what has come, so that a large body over a thin line is
  no attack, and a byte every ten seconds is;
- a client has to take something of its answer now and then;
- there are only so many connections.

Whoever goes beyond a limit is told in one line of plain text where that is still possible, and is disconnected.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import ClassVar, Final

from .limits import Limits
from .outlet import Outlet
from .shortcut import Prompt, Shortcut

__all__ = ["Connection", "limited"]

_SLOWEST: Final = 1 << 10
"""Bytes a second below which a request is too slow, after its first seconds."""

_OFFER: Final = b"\r\nupgrade:"


class Connection(Prompt):
    """One connection of a client; `limited` makes the class for other limits."""

    LIMITS: ClassVar[Limits] = Limits()

    _in_head = True  # The head of a request has not ended yet, or nothing of one has come.
    _in_request = True  # A request has not arrived whole yet, or the first one has not begun.
    _received = 0  # Bytes of the request that is arriving, roughly: those that came with its predecessor count too.
    _since = 0.0  # When it began to arrive.
    _waiting: asyncio.TimerHandle | None = None  # For the rest of a request.
    _stalled: asyncio.TimerHandle | None = None  # Until the client takes more of its answer.
    _unsent = 0  # Bytes that the client had not taken when that was looked at last.
    _refusal: tuple[HTTPStatus, str] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take a connection, unless there are too many."""
        self._outlet = Outlet(transport, self.loop, self._has_more)
        super().connection_made(self._outlet)
        if len(self.connections) > self.LIMITS.connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"There are {self.LIMITS.connections} connections already.")
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._unset(self._waiting)
        self._unset(self._stalled)
        super().connection_lost(exc)
        if self._running is not None and not self._running.response_complete:
            # Uvicorn tells the request that came last, and leaves one that others wait behind in its belief.
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Read what has come; of a head no more than is allowed."""
        if self._in_head:
            data = _without_offer(data)
        self._received += len(data)
        if self._is_head_too_long():
            self._read_head(data)
        else:
            super().data_received(data)
        if self._in_request and self._waiting is None and not self.transport.is_closing():
            self._wait()

    def _read_head(self, data: bytes) -> None:
        """Read a head that ends within what is allowed, and what follows it; refuse any other."""
        allowed = self.LIMITS.head_bytes - (self._received - len(data))
        super().data_received(data[:allowed])
        if self._is_head_too_long() and not self.transport.is_closing():
            text = f"The head of a request may have {self.LIMITS.head_bytes} bytes."
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)
        if not self.transport.is_closing():
            super().data_received(data[allowed:])

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head = self._in_request = True

    def on_headers_complete(self) -> None:
        """Begin to answer, or refuse a head that no client needs.

        Raises:
            ValueError: The head is refused; the parser then stops, and `send_400_response` is called.
        """
        self._in_head = False
        if len(self.headers) > self.LIMITS.headers:
            text = f"A request may have {self.LIMITS.headers} headers."
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text
            raise ValueError(text)
        if [name for name, _ in self.headers].count(b"host") > 1:
            self._refusal = HTTPStatus.BAD_REQUEST, "A request names its host once."
            raise ValueError(self._refusal[1])
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request."""
        super().on_message_complete()
        self._in_request, self._in_head, self._received = False, True, 0
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, or goes beyond a limit."""
        status, text = self._refusal or (HTTPStatus.BAD_REQUEST, msg)
        self._refuse(status, text)

    def pause_writing(self) -> None:
        """Note that the client does not take its answer as fast as it comes."""
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(self.LIMITS.seconds, self._check_taking)

    def resume_writing(self) -> None:
        """Go on: the client has taken most of what it was sent."""
        super().resume_writing()
        self._unset(self._stalled)
        self._stalled = None

    def _wait(self) -> None:
        self._since = self.loop.time()
        self._waiting = self.loop.call_later(self.LIMITS.seconds, self._check_sending)

    def _check_sending(self) -> None:
        """Refuse a request that arrives too slowly; but not one that is not being read."""
        over = self._since + self.LIMITS.seconds + self._received / _SLOWEST
        now = self.loop.time()
        if now < over or self.flow.read_paused:
            self._waiting = self.loop.call_later(max(over - now, self.LIMITS.seconds), self._check_sending)
        else:
            self._waiting = None
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive.")

    def _check_taking(self) -> None:
        """Leave a client that has taken nothing for a while."""
        unsent = self.transport.get_write_buffer_size()
        if unsent >= self._unsent:
            self.transport.abort()
        else:
            self._unsent = unsent
            self._stalled = self.loop.call_later(self.LIMITS.seconds, self._check_taking)

    def _is_head_too_long(self) -> bool:
        return self._in_head and self._received > self.LIMITS.head_bytes

    def _has_more(self) -> bool:
        """Whether more of an answer of known length has yet to be written."""
        return self._running is not None and self.cycle.expected_content_length > 0

    def _is_free(self) -> bool:
        """Whether what is sent now will be taken for the answer to the request that is arriving."""
        if self._running is None or self.cycle.response_complete:
            return True
        return self.cycle.more_body and not self.cycle.response_started and not self.pipeline

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Say why, unless that would be taken for an answer to another request, and end the connection."""
        if self._is_free():
            body = f"{text}\n".encode()
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()

    @staticmethod
    def _unset(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def _without_offer(data: bytes) -> bytes:
    """Rename the header by which a client offers another protocol, as Java's HTTP client does with HTTP/2.

    A server may ignore the offer; but httptools takes what follows the head for the other protocol, so that the body
    of the request would be lost.
    """
    start = data.lower().find(_OFFER)
    if start < 0 or start > data.find(b"\r\n\r\n") >= 0:
        return data
    return data[: start + len(b"\r\n")] + b"ignored:" + data[start + len(_OFFER) :]


def limited(limits: Limits, shortcut: Shortcut | None = None) -> type[Connection]:
    """Return the class of connections that have other limits, and may have a shortcut to answers."""
    return type("Connection", (Connection,), {"LIMITS": limits, "SHORTCUT": shortcut})
