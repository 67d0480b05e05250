"""Requests for mistakes that servers are known to make, beside those that show each constraint once.

A covering set shows that a constraint is kept, and not that every way of getting it wrong is seen: a list of values
breaks with one near miss, and may still let in what another model takes.  None of what is here adds to coverage.
Nearly all of these requests are refused, so they cost nothing.

- A value that another model takes, or that differs from a legal one in the case of its letters only.
- A fraction where an integer is asked for.
- A fault of an item that is not the first of its array.
- What one model refuses, or takes as no other does, under another name of it or without naming it (see `naming`).
- A stream without the parameter that says how many unfinished images it has.
- Two faults at once, where the API says which of them it tells.
- Faults that a rule would cover up (see `masked`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, product
from typing import Final

from safelight.judging.truth import holds
from safelight.model import ABSENT, Check, Constraint, Json, KnownModel, OfType, OneOf, Pattern, Type, Value
from safelight.vocabulary.checks import is_integer, is_number
from safelight.vocabulary.index import identified
from safelight.vocabulary.mentions import parameters_of
from safelight_testkit.judging.refusal import Refusals
from safelight_testkit.requests.masked import masked
from safelight_testkit.requests.mistake import Mistake, shortest
from safelight_testkit.requests.naming import misnamed
from safelight_testkit.requests.planning import Case, Plan
from safelight_testkit.requests.solve import Solver
from safelight_testkit.requests.subject import Subject
from safelight_testkit.shapes import is_array, is_object
from safelight_testkit.values.domain import Arrays, domain_of, simplest
from safelight_testkit.values.points import Side

__all__ = ["mistakes"]

_TRIED: Final = 64
"""Pairs of faults that are tried for one pair of neighbours in the order of precedence."""


def mistakes(subject: Subject, plan: Plan, solvers: Iterable[Solver]) -> Iterator[Mistake]:
    """Tell the requests for likely mistakes, the same ones for the same spec.

    Args:
        subject: What is tested.
        plan: All its cases.
        solvers: Those of its columns.
    """
    solvers = tuple(solvers)
    alone = [case for case in plan.cases if case.isolates and case.refused and len(case.expected) == 1]
    yield from _confused(subject, [case for case in plan.cases if case.isolates])
    yield from _later(subject, alone)
    kept = [case for case in plan.cases if case.side is Side.KEPT]
    yield from _fractional(subject, kept)
    yield from misnamed(subject, alone, kept)
    yield from _streamed(subject, plan, solvers)
    yield from _doubled(subject, alone)
    yield from masked(subject, plan.cases, solvers)


# --- values ---


def _confused(subject: Subject, alone: Sequence[Case]) -> Iterator[Mistake]:
    """Values that other models take, legal ones in other letters, and all near misses of patterns."""
    stated = identified(subject.operation)
    listed = _listed(subject)
    seen: set[tuple[str, str]] = set()
    for case in alone:
        one = stated.get(case.constraint)
        if len(case.pins) != 1 or not isinstance(one, Constraint):
            continue
        ((name, value),) = case.pins.items()
        near = listed.get(name, ())
        if is_object(value) or is_array(value):
            value, near = _within(case), _values(one.check)
        if (case.constraint, repr(value)) not in seen and _is_likely(one.check, value, near):
            seen.add((case.constraint, repr(value)))
            yield Mistake(case.model, case.body, case)


def _listed(subject: Subject) -> dict[str, tuple[Json, ...]]:
    """What any model takes, by parameter."""
    found: dict[str, list[Json]] = {subject.operation.model_parameter or "": list(subject.spec.names)}
    for column in subject.columns:
        for name, parameter in column.table.parameters.items():
            for one in parameter.constraints:
                if isinstance(one.check, OneOf):
                    found.setdefault(name, []).extend(choice.value for choice in one.check.choices)
    return {name: tuple(values) for name, values in found.items()}


def _within(case: Case) -> Json:
    """What is wrong inside an object or an array, which the case is named for; None where it is no value."""
    with suppress(ValueError):
        found: Json = json.loads(case.id.rpartition(" / ")[2])
        return found
    return None


def _values(check: Check) -> tuple[Json, ...]:
    return tuple(choice.value for choice in check.choices) if isinstance(check, OneOf) else ()


def _is_likely(check: Check, value: Json, listed: Sequence[Json]) -> bool:
    match check:
        case OneOf() | KnownModel():
            return _is_near(value, listed)
        case OfType(Type.INTEGER):
            return isinstance(value, float)
        case Pattern():
            return True
        case _:
            return False


def _is_near(value: Json, listed: Sequence[Json]) -> bool:
    if isinstance(value, str):
        return value in listed or (value == value.upper() and value.lower() in [str(one).lower() for one in listed])
    return is_number(value) and any(is_number(one) and abs(one - value) <= 1 for one in listed)


# --- items ---


def _later(subject: Subject, alone: Sequence[Case]) -> Iterator[Mistake]:
    """The faults of items behind an item that is right, each constraint once."""
    columns = {column.name: column for column in subject.columns}
    seen: set[str] = set()
    for case in alone:
        if "[]" not in case.constraint or case.constraint in seen or len(case.pins) != 1:
            continue
        ((name, value),) = case.pins.items()
        domain = domain_of(subject.enforced(columns[case.model])[name])
        if not is_array(value) or not isinstance(domain, Arrays) or domain.items is None or not is_object(case.body):
            continue
        body = {**case.body, name: [simplest(domain.items), *value]}
        if subject.broken(body) == case.expected:
            seen.add(case.constraint)
            yield Mistake(case.model, body)


def _fractional(subject: Subject, kept: Sequence[Case]) -> Iterator[Mistake]:
    """An integer that is legal, and a half more; once for a constraint."""
    found: dict[str, tuple[Json, Mistake]] = {}
    for case in kept:
        for name, value in case.pins.items():
            parameter = subject.anyone.table.parameters[name]
            if parameter.type is not Type.INTEGER or not is_integer(value) or not is_object(case.body):
                continue
            body = {**case.body, name: value + 0.5}
            broken = subject.broken(body)
            if len(broken) == 1 and (broken[0] not in found or value < found[broken[0]][0]):
                found[broken[0]] = value, Mistake(case.model, body)
    yield from (mistake for _, mistake in found.values())


# --- streams ---


def _streamed(subject: Subject, plan: Plan, solvers: Iterable[Solver]) -> Iterator[Mistake]:
    """A stream whose number of events is left to the default, of the first model that streams."""
    stream = subject.operation.response.stream
    if stream is None:
        return
    counts = [event.most.parameter for event in stream.events if isinstance(event.most, Value)]
    asked = parameters_of(stream.when)
    for name in counts:
        for solver in solvers:
            mine = (case.body for case in plan.cases if case.side is Side.KEPT and case.model == solver.column.name)
            body = next((one for one in mine if holds(stream.when, subject.settle(one).views) is True), None)
            if body is None:
                continue
            found = solver.complete({**{key: body.get(key, ABSENT) for key in asked}, name: ABSENT})
            if found is not None:
                yield Mistake(solver.column.name, found)
                break


# --- two faults ---


def _doubled(subject: Subject, alone: Sequence[Case]) -> Iterator[Mistake]:
    """Two faults that are neighbours in the order of precedence, for each two neighbours."""
    operation = subject.operation
    refusals = Refusals(operation)
    ranked: dict[int, list[Case]] = {}
    for case in alone:
        (violation,) = subject.settle(case.body).violations
        if is_object(case.body) and case.pins:
            ranked.setdefault(refusals.rank(violation), []).append(case)
    for place in range(len(operation.errors.precedence) - 1):
        pairs = product(shortest(ranked.get(place, [])), shortest(ranked.get(place + 1, [])))
        bodies = [body for first, second in islice(pairs, _TRIED) for body in _both(first, second)]
        told = [(body, [refusals.rank(one) for one in subject.settle(body).violations]) for body in bodies]
        # Where the order of the spec and that of precedence disagree, a server without any precedence is caught too.
        either = [
            body for wanted in ([place + 1, place], [place, place + 1]) for body, ranks in told if ranks == wanted
        ]
        if either:
            yield Mistake(subject.settle(either[0]).table.name, either[0])


def _both(first: Case, second: Case) -> Iterator[Json]:
    """The bodies with the faults of two cases; none where they are about the same parameter."""
    if first.pins.keys() & second.pins.keys():
        return
    for base, pins in ((first.body, second.pins), (second.body, first.pins)):
        body = {key: value for key, value in {**base, **pins}.items() if value is not ABSENT}
        if all(body.get(key, ABSENT) == value for key, value in {**first.pins, **second.pins}.items()):
            yield body
