"""Reports side by side: which constraint each server enforces, enforces differently, or ignores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.summary import may_blame

__all__ = ["Comparison", "Row", "Stance", "Standing", "compare", "stances"]


class Stance(StrEnum):
    """What a server does about a constraint."""

    ENFORCES = "enforces"
    DIFFERENTLY = "differently"  # refuses in another way, or refuses what keeps the constraint
    IGNORES = "ignores"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Standing:
    """What one server does about a constraint, and what shows it.

    Attributes:
        stance: The worst that its answers show.
        why: The first finding that shows it; empty where nothing is wrong.
        models: The models for which it does so.
    """

    stance: Stance
    why: str = ""
    models: tuple[str, ...] = ()


_LETS_PASS: Final = frozenset({"accepts", "access.key"})
_UNTRIED: Final = Standing(Stance.UNTRIED)
_WORSE: Final = (Stance.UNTRIED, Stance.ENFORCES, Stance.DIFFERENTLY, Stance.IGNORES)


@dataclass(frozen=True, slots=True)
class Row:
    """What each server does about a constraint, in the order of the reports."""

    constraint: str
    standings: tuple[Standing, ...]

    @property
    def differs(self) -> bool:
        """Whether two of them do different things; what was not tried is no difference."""
        return len({one.stance for one in self.standings} - {Stance.UNTRIED}) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Servers side by side.

    Attributes:
        rows: What they do about each constraint, in the order in which they were tried.
        answers: In how many answers of each server there is a fault that is about no constraint, by its kind;
            where there are several operations, as in ``draw: field.missing``.
    """

    rows: tuple[Row, ...]
    answers: Mapping[str, tuple[int, ...]]

    @property
    def different(self) -> tuple[Row, ...]:
        """The constraints about which they differ."""
        return tuple(row for row in self.rows if row.differs)

    @property
    def same(self) -> bool:
        """Whether they do the same, as far as they were asked the same."""
        return not self.different and all(all(counts) for counts in self.answers.values())


def compare(reports: Sequence[Report]) -> Comparison:
    """Compare reports of one spec.

    Raises:
        ValueError: They are of several specs, which share no constraints.
    """
    specs = dict.fromkeys(report.origin.spec for report in reports)
    if len(specs) > 1:
        raise ValueError(f"the reports are of {' and '.join(specs)}, which have no constraints in common")
    found = [stances(report) for report in reports]
    names = dict.fromkeys(name for one in found for name in one)
    wrong = [_answers(report) for report in reports]
    kinds = dict.fromkeys(kind for one in wrong for kind in one)
    return Comparison(
        tuple(Row(name, tuple(one.get(name, _UNTRIED) for one in found)) for name in names),
        {kind: tuple(one[kind] for one in wrong) for kind in kinds},
    )


def stances(report: Report) -> dict[str, Standing]:
    """What the server of a report does about each constraint that it was asked about."""
    found: dict[str, Standing] = {}
    for result in report.results:
        model = result.trial.model
        for name, stance, why in _shown(result):
            before = found.get(name, _UNTRIED)
            if before.stance is stance:
                models = tuple(dict.fromkeys((*before.models, model)))
                found[name] = Standing(stance, before.why, models)
            elif _WORSE.index(stance) > _WORSE.index(before.stance):
                found[name] = Standing(stance, why, (model,))
    return found


def _shown(result: Result) -> Iterator[tuple[str, Stance, str]]:
    """What a result tells of a constraint, and the finding that does."""
    trial = result.trial
    if result.verdict in {Verdict.UNSENT, Verdict.OUTAGE}:
        return
    if trial.refused:
        about = trial.twist.constraint if trial.twist is not None else trial.expected[0]
        accepts = next((one for one in result.findings if one.kind in _LETS_PASS), None)
        if accepts is not None:
            yield about, Stance.IGNORES, accepts.message
        elif result.faults:
            yield about, Stance.DIFFERENTLY, result.faults[0].message
        else:
            yield about, Stance.ENFORCES, ""
        return
    refuses = next((fault for fault in result.faults if fault.kind == "refuses"), None)
    if refuses is not None and len(trial.shows) == 1 and may_blame(result, trial.shows[0].constraint):
        yield trial.shows[0].constraint, Stance.DIFFERENTLY, f"of a request that keeps it, {refuses.message}"


def _answers(report: Report) -> Counter[str]:
    """In how many answers each kind of fault is that is about no constraint."""
    return Counter(
        f"{result.trial.operation}: {kind}" if report.is_of_several else kind
        for result in report.results
        for kind in dict.fromkeys(fault.kind for fault in result.faults if not fault.constraint)
        if kind != "refuses"
    )
