"""A client that costs less than any server here: prepared requests, sockets, and no more of HTTP than lengths.

A general client in Python would take longer for a request than the servers take to answer it, and every ratio would
come out near 1.
"""

from __future__ import annotations

import json
import re
import select
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import Any, Final

__all__ = ["Load", "request", "send"]

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"
_BUFFER: Final = 1 << 18
_PATIENCE: Final = 20_000  # Milliseconds without any answer are an error.


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load.

    Attributes:
        answers: How many answers came, all of them with status 200.
        seconds: How long it took.
    """

    answers: int
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def request(body: Mapping[str, Any], path: str = "/v1/images/generations") -> bytes:
    """Write a request as it goes over the wire."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer key\r\naccept: application/json\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def send(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send requests over so many connections, each waiting for its answer before the next, and count the answers.

    Raises:
        RuntimeError: An answer has another status than 200, or a server falls silent.
    """
    supply = cycle(requests)
    poll = select.poll()
    lines: dict[int, _Line] = {}
    try:
        for _ in range(connections):
            line = _Line(port)
            lines[line.number] = line
            poll.register(line.number, select.POLLIN)
        start = perf_counter()
        end = start + seconds
        for line in lines.values():
            line.send(next(supply))
        answers = 0
        while perf_counter() < end:
            ready = poll.poll(_PATIENCE)
            if not ready:
                raise RuntimeError("no answer came for a long time")
            for number, _ in ready:
                line = lines[number]
                if line.receive():
                    answers += 1
                    line.send(next(supply))
        return Load(answers, perf_counter() - start)
    finally:
        for line in lines.values():
            line.close()


class _Line:
    """One connection, of which an answer is awaited."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._head = b""
        self._left: int | None = None  # Bytes of the body that have yet to come; None until the head has been read.
        self._chunked = False
        self.number = self._socket.fileno()

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def receive(self) -> bool:
        """Take what has come; tell whether that ends an answer."""
        many = self._socket.recv_into(self._buffer)
        if many == 0:
            raise RuntimeError(f"the server hung up after {self._head[:200]!r}")
        if self._chunked:
            return self._ended(bytes(self._view[max(0, many - len(_LAST_CHUNK)) : many]))
        if self._left is None:
            return self._start(self._head + bytes(self._view[:many]))
        self._left -= many
        return self._done()

    def close(self) -> None:
        self._socket.close()

    def _start(self, content: bytes) -> bool:
        end = content.find(_END)
        if end < 0:
            self._head = content
            return False
        if not content.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"not an answer: {content[:600]!r}")
        self._head = b""
        length = _LENGTH.search(content, 0, end + 2)
        if length is None:
            self._chunked = True
            return self._ended(content[-len(_LAST_CHUNK) :])
        self._left = int(length[1]) - (len(content) - end - len(_END))
        return self._done()

    def _ended(self, tail: bytes) -> bool:
        self._head = (self._head + tail)[-len(_LAST_CHUNK) :]
        if self._head.endswith(_LAST_CHUNK):
            self._head, self._chunked = b"", False
            return True
        return False

    def _done(self) -> bool:
        if self._left == 0:
            self._left = None
            return True
        return False
