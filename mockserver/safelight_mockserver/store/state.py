"""The state of a fake API: what it remembers from one request to the next.

Everything that is remembered goes through `State`, so that several servers can share it: pictures and links need no
state at all (see `links`).  There are the log of requests, the faults that were ordered, the allowances
of rate limits, how far the clock was moved, the seed that was chosen, and what is counted.

Each method is one atomic step, so that it can be one command of a shared store.  What a fault does to the *n*-th
request it meets is a pure function of the fault and *n* (`safelight_mockserver.faults.fault`); only the counting is
shared.

A server that has to ask for what counts before it answers asks twice for each request.  One may instead answer by what
it knew last, and have the request remembered only if that still holds (`State.record_under`), which is one step again.

In memory everything is bounded, because a server that is left running meets any number of requests of any size.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from safelight.records import dataclass
from safelight.vocabulary.checks import Violation
from safelight_mockserver.answers.message import Head, RawHeaders
from safelight_mockserver.clock import Setting
from safelight_mockserver.faults.fault import Fault

from .heads import NOTHING_ASKED, Asked, Pairs, as_pairs

__all__ = ["Allowance", "Board", "Brief", "End", "Entry", "Form", "Limit", "MemoryState", "Outdated", "Spent", "State"]

End: TypeAlias = Literal["open", "complete", "cut", "left"]
"""How an answer ended: not yet, whole, broken off by order, or left by its client."""

_OVERHEAD: Final = 1024  # Bytes of an entry beside its body, roughly.
_PARSED: Final = 5
"""Violations hold on to values of the parsed body: up to four bytes for each byte of it, beside the body itself."""

_MOST_COUNTS: Final = 10_000
"""Counters and allowances kept; those that were not used for the longest go first."""


class Entry(NamedTuple):
    """A request that was received, and how it was answered.  Keys are not among it.

    Every request needs one, and a named tuple is made in a third of the time of a frozen dataclass.  Name its fields.

    Attributes:
        id: The id that the answer carries.
        at: Unix time by the fake's clock.
        verb: The HTTP method.
        path: The path of the URL.
        body: The body; None where it was longer than the limit.
        status: The HTTP status of the answer; 0 where the connection ended before any.
        violations: Every constraint that the request breaks.
        seq: Which change of the log this is, from 1; it rises when the entry is amended.  The state sets it.
        test: The test that the request belongs to, from the header ``X-Safelight-Test``.
        operation: The operation of the spec that was called; empty where the path is of none.
        model: The model that the request was judged by; empty where none is known.
        began: Unix time by the machine's clock, which nobody moves.
        milliseconds: From the arrival of the request to the end of the answer, as far as it has come.
        fault: The fault that was played, in the words in which it is ordered; empty for none.
        retry_after: Seconds after which the answer told the client to come back; None where it told nothing.
        images: The images that the call is billed for, whether or not they arrived.
        final: Whether the finished images went out, whole and readable.
        sent: Bytes of the body that went out.
        end: How the answer ended.
        note: What the fake did or could not do, in a sentence; empty where there is nothing to say.
        asked: The headers of the request, for `request_headers`.
        told: The headers of the answer, for `response_headers`; or what they are made of, for one that went out whole.
    """

    id: str
    at: float
    verb: str
    path: str
    body: bytes | None
    status: int
    violations: tuple[Violation, ...]
    seq: int = 0
    test: str | None = None
    operation: str = ""
    model: str = ""
    began: float = 0.0
    milliseconds: float = 0.0
    fault: str = ""
    retry_after: float | None = None
    images: int = 0
    final: bool = False
    sent: int = 0
    end: End = "complete"
    note: str = ""
    asked: Asked = NOTHING_ASKED
    told: Head | RawHeaders = ()

    @property
    def request_headers(self) -> Pairs:
        """The headers of the request, without secrets."""
        return self.asked.pairs

    @property
    def request_query(self) -> Pairs:
        """The parameters behind the path of the request, without secrets."""
        return self.asked.query

    @property
    def response_headers(self) -> Pairs:
        """The headers of the answer; none where it had not begun."""
        if isinstance(self.told, Head):
            return as_pairs(self.told.raw(self.id, self.milliseconds, None if self.status == 204 else self.sent))
        return as_pairs(self.told)


_VERB, _BEGAN, _FAULT, _SENT, _END = map(Entry._fields.index, ("verb", "began", "fault", "sent", "end"))
"""Where fields of an entry stand: before, between and behind these are those that a `Brief` has."""


class Form:
    """What the entries of requests share that are alike, byte for byte, and are answered alike.

    Args:
        entry: One of them; what differs from one to the next may be anything.

    Attributes:
        test: The test that they belong to.
        size: How many bytes each takes, roughly.
    """

    __slots__ = ("_parts", "size", "test")

    def __init__(self, entry: Entry) -> None:
        self._parts = entry[_VERB:_BEGAN], entry[_FAULT:_SENT], entry[_END:]
        self.size = _size(entry)
        self.test = entry.test

    def entry(self, brief: Brief) -> Entry:
        """Return an entry in full."""
        request, answer, end = self._parts
        _, id_, at, began, milliseconds, sent = brief
        return Entry._make((id_, at, *request, began, milliseconds, *answer, sent, *end))


class Brief(NamedTuple):
    """An entry in short: what differs from one request to the next that is like it.  See `Entry` for its fields."""

    form: Form
    id: str
    at: float
    began: float
    milliseconds: float
    sent: int

    @property
    def entry(self) -> Entry:
        """The entry in full."""
        return self.form.entry(self)


@dataclass(frozen=True, slots=True)
class Board:
    """What counts for the next request.

    Attributes:
        faults: The faults that stand, in the order in which they were ordered.
        clock: How the clock stands; None where the clock of this process is the only one.
        seed: The seed that was chosen while the servers run; None where none was.
        version: What tells this board from what it was, and will be.
    """

    faults: tuple[Fault, ...] = ()
    clock: Setting | None = None
    seed: int | None = None
    version: str = ""


class Outdated(Exception):
    """What a request was answered by has changed before the request was remembered; it has to be answered anew."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit: *amount* in *seconds*, refilled steadily, and never more than *amount* at once."""

    amount: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What came of spending.

    Attributes:
        allowed: Whether there was enough; where not, nothing was spent.
        remaining: What is left.
        wait: Seconds until there is enough; 0 where it was allowed.
        reset: Seconds until all of it is there again.
    """

    allowed: bool
    remaining: float
    wait: float
    reset: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was left of a rate limit at a time: the arithmetic of `State.spend`, the same in every store.

    Attributes:
        left: What was left.
        at: Unix time.
    """

    left: float
    at: float

    def spend(self, cost: float, limit: Limit, now: float) -> tuple[Allowance, Spent]:
        """Spend *cost* of what is left *now*; returns what is left after it, and what came of it."""
        rate = limit.amount / limit.seconds
        left = min(limit.amount, self.left + max(0.0, now - self.at) * rate)
        allowed = cost <= left
        after = left - cost if allowed else left
        wait = 0.0 if allowed else (cost - left) / rate
        return Allowance(after, now), Spent(allowed, after, wait, (limit.amount - after) / rate)


class State(Protocol):
    """What a fake API remembers."""

    @property
    def latest_board(self) -> Board | None:
        """The board as it was known last, where it costs something to ask; see `record_under`."""
        ...

    async def record(self, entry: Entry) -> None:
        """Remember a request.  It is called before the client gets the answer."""

    async def record_under(self, entry: Entry, board: Board) -> None:
        """Remember a request that was answered by a board, if that is still the board, in one step.

        Raises:
            Outdated: It is not; then nothing is remembered.
        """

    async def amend(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its id; nothing happens where that was forgotten."""

    async def entries(self, *, test: str | None = None, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Return the requests that are remembered, oldest first.

        Args:
            test: Only those of this test; all by default.
            after: Only those that were recorded or amended after the change with this number (`Entry.seq`).
            limit: Only the newest, so many; all by default.
        """
        ...

    async def clear(self, test: str | None = None) -> None:
        """Forget every request, or those of one test."""

    async def board(self) -> Board:
        """Return what counts for the next request; it is asked for each."""
        ...

    async def put_fault(self, fault: Fault) -> None:
        """Order a fault; one with the same id is replaced, and what it has met is counted anew."""

    async def remove_fault(self, id_: str) -> bool:
        """Take a fault back, and tell whether it stood."""
        ...

    async def clear_faults(self, test: str | None = None) -> None:
        """Take back every fault, or those of one test."""

    async def count(self, name: str) -> int:
        """Count one more of *name*, and return how many there were, this one too."""
        ...

    async def spend(self, bucket: str, cost: float, limit: Limit, now: float) -> Spent:
        """Spend *cost* of the allowance of *bucket*, which begins full."""
        ...

    async def set_clock(self, setting: Setting) -> None:
        """Share how the clock stands with the other servers of this state."""

    async def set_seed(self, seed: int) -> None:
        """Share the seed of pictures with the other servers of this state."""

    async def counts(self) -> Mapping[str, float] | None:
        """Return what all servers of this state have counted, see `tally.Tally`; None where each counts for itself."""
        ...

    async def close(self) -> None:
        """Let go of what the running event loop holds, such as connections; the last step of a server."""


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
                self._bytes -= _size(before[1])
            else:
                self._oldest.append(entry.id)
            self._seq += 1
            self._entries[entry.id] = self._seq, entry
            self._bytes += _size(entry)
            while self._bytes > self._max_bytes:
                self._bytes -= _size(self._entries.pop(self._oldest.popleft())[1])

    async def amend(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its id."""
        size = _size(entry)
        with self._lock:
            before = self._entries.get(entry.id)
            if before is not None:
                self._seq += 1
                self._bytes += size - _size(before[1])
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
                if seq > after and (test is None or _test(entry) == test)
            )
            newest = list(islice(kept, limit))
        return tuple(_in_full(entry)._replace(seq=seq) for seq, entry in reversed(newest))

    async def clear(self, test: str | None = None) -> None:
        """Forget every request, or those of one test."""
        self.forget(test)

    def forget(self, test: str | None = None) -> None:
        """Do what `clear` does, for callers outside of an event loop."""
        with self._lock:
            for id_ in [id_ for id_, (_, entry) in self._entries.items() if test is None or _test(entry) == test]:
                self._bytes -= _size(self._entries.pop(id_)[1])
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


def _test(entry: Entry | Brief) -> str | None:
    return entry.form.test if isinstance(entry, Brief) else entry.test


def _size(entry: Entry | Brief) -> int:
    if isinstance(entry, Brief):
        return entry.form.size
    texts = len(entry.path) + len(entry.note) + len(entry.test or "") + entry.asked.size
    return _OVERHEAD + texts + len(entry.body or b"") * (_PARSED if entry.violations else 1)
