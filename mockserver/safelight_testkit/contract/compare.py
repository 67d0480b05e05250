"""Two reports side by side: which constraint each server enforces, enforces differently, or ignores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.summary import may_blame

__all__ = ["Comparison", "Stance", "compare", "stances"]


class Stance(StrEnum):
    """What a server does about a constraint."""

    ENFORCES = "enforces"
    DIFFERENTLY = "differently"  # refuses in another way, or refuses what keeps the constraint
    IGNORES = "ignores"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two servers do about a constraint."""

    constraint: str
    first: Stance
    second: Stance

    @property
    def differs(self) -> bool:
        """Whether they do different things; what was not tried is no difference."""
        return self.first is not self.second and Stance.UNTRIED not in {self.first, self.second}


def compare(first: Report, second: Report) -> tuple[Comparison, ...]:
    """Compare two reports, constraint by constraint, in the order in which they were tried."""
    one, other = stances(first), stances(second)
    return tuple(
        Comparison(name, one.get(name, Stance.UNTRIED), other.get(name, Stance.UNTRIED))
        for name in dict.fromkeys((*one, *other))
    )


def stances(report: Report) -> dict[str, Stance]:
    """What the server of a report does about each constraint that was broken."""
    found: dict[str, Stance] = {}
    for result in report.results:
        for name, stance in _shown(result):
            before = found.get(name, Stance.UNTRIED)
            found[name] = max(before, stance, key=_WORSE.index)
    return found


_WORSE = (Stance.UNTRIED, Stance.ENFORCES, Stance.DIFFERENTLY, Stance.IGNORES)


def _shown(result: Result) -> Iterator[tuple[str, Stance]]:
    trial = result.trial
    if result.verdict in {Verdict.UNSENT, Verdict.OUTAGE}:
        return
    if trial.refused:
        about = trial.twist.constraint if trial.twist is not None else trial.expected[0]
        kinds = {fault.kind for fault in result.faults}
        yield about, Stance.IGNORES if "accepts" in kinds else Stance.DIFFERENTLY if kinds else Stance.ENFORCES
        return
    refuses = any(fault.kind == "refuses" for fault in result.faults)
    if refuses and len(trial.shows) == 1 and may_blame(result, trial.shows[0].constraint):
        yield trial.shows[0].constraint, Stance.DIFFERENTLY
