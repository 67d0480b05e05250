"""The delivery: a request's body on its way in and an answer on its way out, in plain ASGI.

A server framework would make an object of each, which a call of the fake does not need.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

__all__ = ["ClientLeft", "read_body", "send_whole"]

_JOINED: Final = 1 << 16  # Bytes; shorter bodies are sent in one piece.
_LINGER: Final = 64 << 20
"""Bytes of a body over the limit that are read and thrown away: a client that is still writing when the answer comes
and the connection closes would see a broken connection, and never the answer."""

_Message: TypeAlias = MutableMapping[str, Any]


class ClientLeft(Exception):
    """The client left before it had sent everything."""


async def read_body(receive: Callable[[], Awaitable[_Message]], limit: int) -> bytes | None:
    """Read the body of a request; None where it is longer than *limit* bytes, of which no more are then kept.

    Raises:
        ClientLeft: There is nobody to answer.
    """
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= limit + _LINGER:
        chunk = await receive()
        if chunk["type"] == "http.disconnect":
            raise ClientLeft
        data: bytes = chunk.get("body", b"")
        more = chunk.get("more_body", False)
        size += len(data)
        if size > limit:
            chunks.clear()
        else:
            chunks.append(data)
    return b"".join(chunks) if size <= limit else None


async def send_whole(
    send: Callable[[_Message], Awaitable[None]], status: int, headers: list[tuple[bytes, bytes]], pieces: list[bytes]
) -> None:
    """Send an answer; a large one in its pieces, which are then not copied."""
    size = sum(map(len, pieces))
    if status != 204:
        headers.append((b"content-length", b"%d" % size))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if size <= _JOINED:
        pieces = [b"".join(pieces)]
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        await send({"type": "http.response.body", "body": piece, "more_body": place < last})
