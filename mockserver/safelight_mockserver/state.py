"""The state of a fake API: what it remembers from one request to the next.

Everything that is remembered goes through `State`, so that several servers can share it: pictures and links need no
state at all (see `links`).  In memory it is bounded by bytes, because a server that is left running meets any number of
requests of any size.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

from safelight.checks import Violation

__all__ = ["Entry", "MemoryState", "State"]

_OVERHEAD: Final = 1024  # Bytes of an entry beside its body, roughly.
_PARSED: Final = 5
"""Violations hold on to values of the parsed body: up to four bytes for each byte of it, beside the body itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request that was received, and how it was answered.  Keys are not among it.

    Attributes:
        id: The id that the answer carries.
        at: Unix time.
        verb: The HTTP method.
        path: The path of the URL.
        body: The body; None where it was longer than the limit.
        status: The HTTP status of the answer.
        violations: Every constraint that the request breaks.
    """

    id: str
    at: float
    verb: str
    path: str
    body: bytes | None
    status: int
    violations: tuple[Violation, ...]


class State(Protocol):
    """What a fake API remembers."""

    async def record(self, entry: Entry) -> None:
        """Remember a request.  It is called before the client gets the answer."""

    async def entries(self) -> tuple[Entry, ...]:
        """Return the requests that are remembered, oldest first."""
        ...

    async def clear(self) -> None:
        """Forget every request."""


class MemoryState:
    """A state in the memory of one server, which may serve from several event loops.

    Args:
        max_bytes: How much is remembered; the oldest requests are forgotten first.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    async def record(self, entry: Entry) -> None:
        """Remember a request."""
        with self._lock:
            self._entries.append(entry)
            self._bytes += _size(entry)
            while self._bytes > self._max_bytes:
                self._bytes -= _size(self._entries.popleft())

    async def entries(self) -> tuple[Entry, ...]:
        """Return the requests that are remembered, oldest first."""
        with self._lock:
            return tuple(self._entries)

    async def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0


def _size(entry: Entry) -> int:
    return _OVERHEAD + len(entry.path) + len(entry.body or b"") * (_PARSED if entry.violations else 1)
