"""The state of a fake API: what it remembers from one request to the next.

Everything that is remembered goes through `State`, so that several servers can share it: pictures and links need no
state at all (see `links`).  There are the log of requests, the faults that were ordered, the allowances
of rate limits, how far the clock was moved, the seed that was chosen, and what is counted.

Each method is one atomic step, so that it can be one command of a shared store.  What a fault does to the *n*-th
request it meets is a pure function of the fault and *n* (`safelight_mockserver.faults.fault`); only the counting is
shared.

A server that has to ask for what counts before it answers asks twice for each request.  One may instead answer by what
it knew last, and have the request remembered only if that still holds (`State.record_under`), which is one step again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from safelight.records import dataclass
from safelight_mockserver.clock import Setting
from safelight_mockserver.faults.fault import Fault

from .entry import Entry

__all__ = ["Allowance", "Board", "Limit", "Outdated", "Spent", "State"]


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
