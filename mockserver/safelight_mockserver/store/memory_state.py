"""The state in memory: of one server, and gone with it.

Everything is bounded, because a server that is left running meets any number of requests of any size.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from safelight_mockserver.clock import Setting
from safelight_mockserver.faults.fault import Fault

from .entry import Brief, Entry
from .state import Allowance, Board, Limit, Spent

__all__ = ["MemoryState"]

_MOST_COUNTS: Final = 10_000
"""Counters and allowances kept; those that were not used for the longest go first."""


class MemoryState:
    """A state in the memory of one server, which may serve from several event loops.

    Args:
        max_bytes: How much of the log is remembered; the oldest requests are forgotten first.
    """

    latest_board: Board | None = None  # It costs nothing to ask.

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[int, Entry | Brief]] = {}
        self._oldest: deque[str] = deque()  # A dictionary finds its first key ever more slowly as first keys go.
        self._bytes = 0
        self._seq = 0
        self._board = Board()
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that stand, for callers that cannot wait for the board."""
        return self._board.faults

    async def record(self, entry: Entry) -> None:
        """Remember a request."""
        self.keep(entry)

    def keep(self, entry: Entry | Brief) -> None:
        """Do what `record` does, for callers that cannot wait; an entry in short takes three quarters of the memory."""
        with self._lock:
            before = self._entries.get(entry.id)
            if before is not None:
                self._bytes -= before[1].size
            else:
                self._oldest.append(entry.id)
            self._seq += 1
            self._entries[entry.id] = self._seq, entry
            self._bytes += entry.size
            while self._bytes > self._max_bytes:
                self._bytes -= self._entries.pop(self._oldest.popleft())[1].size

    async def amend(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its id."""
        with self._lock:
            before = self._entries.get(entry.id)
            if before is not None:
                self._seq += 1
                self._bytes += entry.size - before[1].size
                self._entries[entry.id] = self._seq, entry

    async def entries(self, *, test: str | None = None, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Return the requests that are remembered, oldest first."""
        return self.kept(test=test, after=after, limit=limit)

    def kept(self, *, test: str | None = None, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Do what `entries` does, for callers outside of an event loop."""
        with self._lock:
            kept = (
                (seq, entry)
                for seq, entry in reversed(self._entries.values())
                if seq > after and (test is None or entry.test == test)
            )
            newest = list(islice(kept, limit))
        return tuple(_in_full(entry)._replace(seq=seq) for seq, entry in reversed(newest))

    async def clear(self, test: str | None = None) -> None:
        """Forget every request, or those of one test."""
        self.forget(test)

    def forget(self, test: str | None = None) -> None:
        """Do what `clear` does, for callers outside of an event loop."""
        with self._lock:
            for id_ in [id_ for id_, (_, entry) in self._entries.items() if test is None or entry.test == test]:
                self._bytes -= self._entries.pop(id_)[1].size
            self._oldest = deque(self._entries)

    async def board(self) -> Board:
        """Return what counts for the next request."""
        return self._board

    async def put_fault(self, fault: Fault) -> None:
        """Order a fault."""
        self.put(fault)

    def put(self, fault: Fault) -> None:
        """Do what `put_fault` does, for callers outside of an event loop."""
        with self._lock:
            others = [one for one in self._board.faults if one.id != fault.id]
            self._board = Board((*others, fault))
            self._forget_counts(fault)

    async def remove_fault(self, id_: str) -> bool:
        """Take a fault back, and tell whether it stood."""
        with self._lock:
            gone = [one for one in self._board.faults if one.id == id_]
            self._withdraw(gone)
        return bool(gone)

    async def clear_faults(self, test: str | None = None) -> None:
        """Take back every fault, or those of one test."""
        with self._lock:
            self._withdraw([one for one in self._board.faults if test is None or one.scope.test == test])

    async def count(self, name: str) -> int:
        """Count one more of *name*."""
        with self._lock:
            number = self._counts.pop(name, 0) + 1
            self._counts[name] = number
            if len(self._counts) > _MOST_COUNTS:
                self._counts.popitem(last=False)
        return number

    async def spend(self, bucket: str, cost: float, limit: Limit, now: float) -> Spent:
        """Spend *cost* of the allowance of *bucket*."""
        with self._lock:
            before = self._allowances.pop(bucket, Allowance(limit.amount, now))
            self._allowances[bucket], spent = before.spend(cost, limit, now)
            if len(self._allowances) > _MOST_COUNTS:
                self._allowances.popitem(last=False)
        return spent

    async def record_under(self, entry: Entry, board: Board) -> None:  # noqa: ARG002 - there is no other one
        """Remember a request."""
        await self.record(entry)

    async def set_clock(self, setting: Setting) -> None:
        """Do nothing: there is no other server to tell."""

    async def set_seed(self, seed: int) -> None:
        """Do nothing, as above."""

    async def counts(self) -> None:
        """Return nothing: the only server counts for itself."""

    async def close(self) -> None:
        """Do nothing: memory needs no connection."""

    def _withdraw(self, faults: list[Fault]) -> None:
        gone = {one.id for one in faults}
        self._board = Board(tuple(one for one in self._board.faults if one.id not in gone))
        for one in faults:
            self._forget_counts(one)

    def _forget_counts(self, fault: Fault) -> None:
        for name in _counters(fault):
            self._counts.pop(name, None)


def _counters(fault: Fault) -> Iterator[str]:
    yield fault.counter
    yield fault.hit_counter


def _in_full(entry: Entry | Brief) -> Entry:
    return entry.entry if isinstance(entry, Brief) else entry
