"""The preamble: the head of an answer as HTTP/1.1 has it on the wire, made ready to be sent again and again.

A server writes a head anew for each answer: it looks at every header, and joins them.  Of the answer to a request that
has come before, nearly all of that is known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from safelight_mockserver.answers.message import Head, Message

from .service import Scope

__all__ = ["Preamble", "preamble_for"]

_KEPT: Final = 256

_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
"""What names and values of headers are made of (RFC 9110, section 5); a server refuses to send others."""

_OF_SERVERS: Final = frozenset({b"connection", b"content-length", b"transfer-encoding"})
"""Headers by which a server is told what to do with the connection, or with the body."""

_OF_PROXIES: Final = b"x-forwarded-"
"""Headers that change where a request seems to come from, if a server trusts whoever sent them."""


class Preamble:
    """The head of an answer, but for what differs each time.

    Args:
        status: The HTTP status.
        head: The headers.
    """

    __slots__ = ("_first", "_fixed", "_stamps")

    def __init__(self, status: int, head: Head) -> None:
        self._first = f"HTTP/1.1 {status} {_phrase(status)}\r\n".encode()
        self._fixed = b"".join([b"%b: %b\r\n" % header for header in head.fixed])
        self._stamps = "".join([f"{name.decode()}: {template}\r\n" for name, template in head.stamps])

    def before(self, body: bytes, always: bytes, request_id: str, milliseconds: float) -> bytes:
        """Return a whole answer.

        Args:
            body: The body, which follows it.
            always: The headers that a server sends with each answer, as lines.
            request_id: The id of the request.
            milliseconds: How long it took to answer.
        """
        stamps = self._stamps.replace("{request_id}", request_id).replace("{processing_ms}", str(round(milliseconds)))
        length = b"content-length: %d\r\n\r\n" % len(body)
        return b"".join((self._first, always, self._fixed, stamps.encode(), length, body))


def preamble_for(scope: Scope, ready: Message) -> Preamble | None:
    """Return the head of the answer to all requests like this one; None where that is for the server to write.

    It is where there is no body, or none of known length; where a header tells the server what to do; and where more
    than the request itself tells where it comes from.
    """
    if ready.length(0) is None or scope["method"] == "HEAD":
        return None
    if any(name.startswith(_OF_PROXIES) for name, _ in scope["headers"]):
        return None
    return _preamble(ready.status, ready.head)


@lru_cache(_KEPT)
def _preamble(status: int, head: Head) -> Preamble | None:
    told = [*head.fixed, *((name, template.encode()) for name, template in head.stamps)]
    if any(name in _OF_SERVERS or not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)) for name, value in told):
        return None
    return Preamble(status, head)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in frozenset(HTTPStatus) else ""
