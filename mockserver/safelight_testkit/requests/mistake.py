"""The record of a request for a likely mistake, and which cases such requests are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from safelight.model import Json
from safelight_testkit.requests.planning import Case

__all__ = ["Mistake", "shortest"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A request that shows a likely mistake.

    Attributes:
        model: The column that judges it.
        body: The body.
        case: The case that it is, where it is one of the plan.
    """

    model: str
    body: Json
    case: Case | None = None


def shortest(cases: Sequence[Case]) -> Sequence[Case]:
    """The shortest case of each constraint."""
    ordered = sorted(cases, key=lambda case: len(repr(case.body)), reverse=True)
    found = {case.constraint: case for case in ordered}
    return tuple(found[name] for name in dict.fromkeys(case.constraint for case in cases))
