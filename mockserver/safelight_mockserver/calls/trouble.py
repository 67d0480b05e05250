"""Trouble: which of the faults that were ordered, if any, a request meets.

The header of a request comes before the orders that stand, and those in the order in which they were given.  Each
request meets one of them at most.  Why one was missed is noted, because nothing is as hard to find as a fault that
never came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight.model import Operation
from safelight.records import dataclass
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.faults.fault import Fault, Request
from safelight_mockserver.faults.grammar import written
from safelight_mockserver.faults.kinds import Kind, Pass
from safelight_mockserver.faults.order import HEADER
from safelight_mockserver.faults.spoil import obstacle
from safelight_mockserver.store.state import State

__all__ = ["QUIET", "Trouble", "trouble"]

_MOST_NOTES: Final = 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a request meets.

    Attributes:
        kind: The fault.
        delay: Seconds before it.
        told: The fault in the words in which it is ordered; empty where the request meets none.
        note: Why orders were missed; empty where none was, or there were none.
    """

    kind: Kind
    delay: float
    told: str
    note: str


QUIET: Final = Trouble(Pass(), 0.0, "", "")


async def trouble(
    state: State, orders: Sequence[Fault], answer: Answer, operation: Operation, request: Request
) -> Trouble:
    """Find the fault that a request meets.

    Args:
        state: Counts what meets what.
        orders: The orders that may be about it, in the order in which they are asked.
        answer: What would be said.
        operation: What is called.
        request: What scopes look at.
    """
    notes: list[str] = []
    for fault in orders:
        if fault.scope.test not in {None, request.test}:
            continue  # Tests that share a server need not hear of each other.
        name = "the order in the header" if fault.id.startswith(HEADER) else f"the order {fault.id}"
        missed = fault.scope.misses(request) or _no_step(fault, answer, operation)
        if missed:
            notes.append(f"{name} ({written(fault.steps)}) was missed: {missed}")
            continue
        step = await fault.next_step(state.count)
        if isinstance(step, Pass):
            continue
        hindered = obstacle(step, answer, operation)
        if hindered:
            notes.append(f"{name} ({written((step,))}) was missed: {hindered}")
            continue
        return Trouble(step, fault.delay, written((step,)), "; ".join(notes[:_MOST_NOTES]))
    return Trouble(Pass(), 0.0, "", "; ".join(notes[:_MOST_NOTES]))


def _no_step(fault: Fault, answer: Answer, operation: Operation) -> str:
    """Say why no step of a fault can happen to this answer; empty where one can."""
    obstacles = [obstacle(step, answer, operation) for step in fault.steps if not isinstance(step, Pass)]
    return obstacles[0] if obstacles and all(obstacles) else ""
