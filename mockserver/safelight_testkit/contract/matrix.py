"""The coverage matrix: for each constraint and model, whether it was tried from both sides, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.summary import may_blame

__all__ = ["Mark", "Matrix", "matrix"]


class Mark(StrEnum):
    """What a cell says; the worst of what it stands for."""

    BOTH = "both sides as the spec says"
    ONE = "one side tried, as the spec says"
    UNJUDGED = "tried, and not judged"
    DIFFERENT = "another answer than the spec says"
    WRONG = "accepted and refused the wrong way round"


_WORSE = (Mark.BOTH, Mark.ONE, Mark.UNJUDGED, Mark.DIFFERENT, Mark.WRONG)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Marks by constraint and model.

    Attributes:
        models: The columns.
        rows: By constraint, its marks by model; what is missing was not tried.
    """

    models: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Mark]]


def matrix(report: Report) -> Matrix:
    """Work out the matrix of a report."""
    marks: dict[str, dict[str, Mark]] = {}
    sides: dict[tuple[str, str], set[bool]] = {}
    models: dict[str, None] = {}
    for result in report.results:
        if result.verdict is Verdict.UNSENT:
            continue
        models[result.trial.model] = None
        for constraint, broken, mark in _told(result):
            row = marks.setdefault(constraint, {})
            row[result.trial.model] = max(row.get(result.trial.model, Mark.BOTH), mark, key=_WORSE.index)
            sides.setdefault((constraint, result.trial.model), set()).add(broken)
    for constraint, row in marks.items():
        for model, mark in row.items():
            if mark is Mark.BOTH and len(sides[constraint, model]) < 2:
                row[model] = Mark.ONE
    order = {name: place for place, name in enumerate(report.constraints)}
    return Matrix(tuple(models), {name: marks[name] for name in sorted(marks, key=lambda name: order.get(name, -1))})


def _told(result: Result) -> Iterator[tuple[str, bool, Mark]]:
    """What a result tells of each constraint: which side was tried, and what came of it."""
    trial, kinds = result.trial, {fault.kind for fault in result.faults}
    turned = bool(kinds & {"accepts", "refuses"})
    if turned and len(trial.shows) > 1:
        return  # The parts of a packed request are told by the requests that take it apart.
    mark = Mark.WRONG if turned else Mark.BOTH
    if result.verdict is Verdict.OUTAGE:
        mark = Mark.UNJUDGED
    elif trial.refused and kinds and not turned:
        mark = Mark.DIFFERENT
    for one in trial.shows:
        elsewhere = turned and not trial.refused and not may_blame(result, one.constraint)
        yield one.constraint, one.broken, Mark.UNJUDGED if elsewhere else mark
    if trial.twist is not None:
        yield trial.twist.constraint, True, mark
