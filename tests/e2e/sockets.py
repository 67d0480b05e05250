"""Talking to a server without an HTTP library: whatever bytes a test likes, over a real socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

KEY = "a-key"
PATH = "/v1/images/generations"
PATIENCE = 60.0  # Seconds after which a silent server is taken for one that hangs.


@contextmanager
def connected(base_url: str) -> Generator[socket.socket]:
    """Open a connection to a server."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=PATIENCE) as connection:
        yield connection


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what a server does a moment later; what it never does is a failure in the end."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to this"
        time.sleep(0.02)


def everything(connection: socket.socket) -> bytes:
    """Read until the server closes; a connection that it resets counts as closed.

    Raises:
        TimeoutError: The server neither says anything nor closes.
    """
    pieces: list[bytes] = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except ConnectionError:
        pass  # Closed with something unread: what has come until now is all there is.
    return b"".join(pieces)


def told(base_url: str, raw: bytes) -> bytes:
    """Send some bytes and nothing more; return what the server says until it closes."""
    with connected(base_url) as connection:
        with suppress(ConnectionError):  # It has closed already, which is an answer.
            connection.sendall(raw)
        return everything(connection)


def status(reply: bytes) -> int:
    """The status of the first answer in some bytes; 0 where there is none."""
    words = reply.split(b" ", 2)
    return int(words[1]) if reply.startswith(b"HTTP/1.1 ") else 0


def post(
    body: Mapping[str, Any] | bytes, *headers: tuple[str, str], path: str = PATH, host: str | None = "127.0.0.1"
) -> bytes:
    """A call in the bytes of HTTP, whose connection closes after its answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        *([] if host is None else [f"Host: {host}"]),
        f"Authorization: Bearer {KEY}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content
