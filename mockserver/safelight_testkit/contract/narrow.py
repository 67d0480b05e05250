"""Taking failed requests apart, so that a report shows the smallest one and names what it is about.

One valid request of a covering set stands for many cases.  If a server refuses it, each case is sent by itself.  A
random request is made smaller field by field, for as long as the same is wrong with its answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final

from safelight.model import Json, Spec
from safelight_testkit.contract.prices import price
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.runner import Runner
from safelight_testkit.contract.trial import Trial
from safelight_testkit.contract.workload import Workload, shown
from safelight_testkit.requests.subject import Subject
from safelight_testkit.shapes import is_object

__all__ = ["narrow"]

_MOST_SHRUNK: Final = 10
"""Random requests that are made smaller; each costs as many requests as it has fields."""


async def narrow(spec: Spec, work: Workload, runner: Runner, results: Sequence[Result]) -> AsyncIterator[Result]:
    """Take the failed requests of a run apart.

    Args:
        spec: The spec.
        work: What the run was to send.
        runner: What sends.
        results: What came of it.

    Yields:
        The results of the requests that were sent in addition and tell something.
    """
    numbers = count(max((result.trial.number for result in results), default=0) + 1)
    seen = {result.trial.digest for result in results}
    parts = [replace(part, number=next(numbers)) for part in _parts(work, results) if part.digest not in seen]
    for part in _unique(parts):
        yield await runner.attempt(part)
    for result in _worth_shrinking(results):
        smaller = await _shrunk(spec, runner, result, numbers)
        if smaller is not None:
            yield smaller


def _parts(work: Workload, results: Iterable[Result]) -> Iterator[Trial]:
    """The cases, each by itself, for which refused requests stand."""
    for result in results:
        trial = result.trial
        if len(trial.shows) < 2 or not any(one.kind == "refuses" for one in result.findings):
            continue
        for one in trial.shows:
            case = work.cases[one.case]
            yield replace(trial, body=case.body, shows=(shown(case),), follows=trial.number)


def _unique(trials: Iterable[Trial]) -> Iterator[Trial]:
    seen: set[str] = set()
    for trial in trials:
        if trial.digest not in seen:
            seen.add(trial.digest)
            yield trial


def _worth_shrinking(results: Iterable[Result]) -> list[Result]:
    """Random requests that failed, one for each way to fail."""
    by_faults: dict[Any, Result] = {}
    for result in results:
        if result.trial.random and result.verdict is Verdict.FAILED and is_object(result.trial.body):
            by_faults.setdefault(_faults(result), result)
    return list(by_faults.values())[:_MOST_SHRUNK]


def _faults(result: Result) -> frozenset[tuple[str, str]]:
    return frozenset((fault.kind, fault.constraint) for fault in result.faults)


async def _shrunk(spec: Spec, runner: Runner, result: Result, numbers: Iterator[int]) -> Result | None:
    """Leave out one field after the other while the verdict stays; None where none can be left out."""
    subject = Subject(spec, spec.operations[result.trial.operation])
    smallest: Result | None = None
    best = result
    for name in tuple(result.trial.body):
        body: Mapping[str, Json] = {key: value for key, value in best.trial.body.items() if key != name}
        settlement = subject.settle(body)
        if settlement.refused is not best.trial.refused:
            continue
        usd = price(subject.operation.response, settlement)
        trial = replace(
            best.trial,
            number=next(numbers),
            body=body,
            expected=tuple(dict.fromkeys(one.rule for one in settlement.violations)),
            follows=result.trial.number,
            usd=0.0 if settlement.refused else usd,
            risk=usd,
        )
        tried = await runner.attempt(trial)
        if _faults(tried) == _faults(result):
            best = smallest = tried
    return smallest
