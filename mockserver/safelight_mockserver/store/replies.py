"""The replies: the bodies of the latest answers, as this process sent them, for whoever exports them.

A log of requests can be shared and kept for long; the bodies of answers are a thousand times as large, and hardly ever
looked at.  So they are kept apart from it, by reference: the pieces of an answer are mostly those that the gallery
keeps anyway, and nothing is joined or copied before somebody asks.  What is kept together is bounded, so that many
streams of many pictures hold no more than a few do.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence

__all__ = ["Replies"]

_OVERHEAD = 400  # Bytes that remembering a body takes beside it, roughly.


class Replies:
    """Keeps what was sent last.  It may be used from several event loops.

    Args:
        max_bytes: How much is kept; what was sent first goes first.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: deque[tuple[str, int, Sequence[bytes]]] = deque()
        self._bytes = 0

    def keep(self, id_: str, pieces: Sequence[bytes], size: int) -> None:
        """Keep the body of an answer, or the next part of it.

        Args:
            id_: The id of the request.
            pieces: The body in pieces, which nobody changes any more.
            size: How many bytes they have together.
        """
        with self._lock:
            self._kept.append((id_, size, pieces))
            self._bytes += size + _OVERHEAD
            while self._bytes > self._max_bytes:
                self._bytes -= self._kept.popleft()[1] + _OVERHEAD

    def kept(self, ids: Collection[str]) -> Mapping[str, bytes]:
        """Return the bodies of some answers, by the ids of their requests, as far as they are kept.

        Of an answer in several parts, the first may be gone.  One that broke off may not have been sent as far as this.
        """
        wanted = frozenset(ids)
        with self._lock:
            found = [(id_, pieces) for id_, _, pieces in self._kept if id_ in wanted]
        parts: dict[str, list[bytes]] = {}
        for id_, pieces in found:
            parts.setdefault(id_, []).extend(pieces)
        return {id_: b"".join(some) for id_, some in parts.items()}

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0
