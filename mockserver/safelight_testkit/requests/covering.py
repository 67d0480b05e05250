"""The smallest list of requests that shows everything: each constraint broken alone, each border from both sides.

Requests that break something stay apart, one constraint each, or a refusal would not say which it is for.  Accepted
ones are packed: one valid request can lie on a border of every parameter at once.  Only many images and large ones are
not asked for at once, since pictures cost time and money.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from safelight.judging.interpret import DOCUMENTED
from safelight.model import ABSENT, Json, Operation, Spec
from safelight_testkit.requests.planning import Case, Plan, plan_of
from safelight_testkit.requests.solve import Body, Solver, solvers
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.points import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a covering set.

    Attributes:
        number: Its place, from 1.
        model: The column that judges it: a model, a family, or ``*``.
        body: The request's body.
        expected: The ids of the constraints that it breaks; empty where it is valid.
        refused: Whether the API refuses it.
        shows: The ids of the cases that it stands for.
    """

    number: int
    model: str
    body: Json
    expected: tuple[str, ...]
    refused: bool
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much of one model is shown.

    Attributes:
        model: The column.
        constraints: How many constraints can be broken alone.
        isolated: How many of them are.
        borders: How many cases lie on a border, or just beyond it.
        hit: How many of them are shown.
        missing: What is not: ids of constraints and of cases, with the reason.
    """

    model: str
    constraints: int
    isolated: int
    borders: int
    hit: int
    missing: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much a set of requests shows, model by model."""

    tallies: tuple[Tally, ...]

    @property
    def share(self) -> float:
        """What is shown of all there is to show, from 0 to 1."""
        whole = sum(one.constraints + one.borders for one in self.tallies)
        return sum(one.isolated + one.hit for one in self.tallies) / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class Cover:
    """A covering set: the requests, and how much they show."""

    requests: tuple[Request, ...]
    coverage: Coverage


def cover(
    spec: Spec,
    operation: Operation,
    *,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
    each_model: bool = False,
) -> Cover:
    """Compute the covering set of *operation*.

    Args:
        spec: The spec.
        operation: One of its operations.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.
        each_model: Whether a constraint that several models share is broken for each of them.  Once is enough to see
            that a server forgot it; borders, and parameters that a model does not take, are tried for each model
            either way.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    subject = Subject(spec, operation, as_of=as_of, basis=basis)
    plan = plan_of(subject)
    requests = pack(subject, plan.cases, each_model=each_model)
    shown = frozenset(id_ for request in requests for id_ in request.shows)
    return Cover(requests, measure(plan, shown, each_model=each_model))


def pack(subject: Subject, cases: Sequence[Case], *, each_model: bool = False) -> tuple[Request, ...]:
    """Pack cases into few requests, numbered in the order of the cases.

    Args:
        subject: The operation that the cases are of.
        cases: All of them, or those that somebody wants.
        each_model: Whether a constraint that several models share is broken for each of them.
    """
    groups = [*_broken(cases, each_model=each_model), *_kept(cases, solvers(subject))]
    groups.sort(key=lambda group: group.cases[0].number)
    return tuple(
        Request(
            number=number,
            model=group.cases[0].model,
            body=group.body,
            expected=group.cases[0].expected,
            refused=group.cases[0].refused,
            shows=tuple(case.id for case in group.cases),
        )
        for number, group in enumerate(groups, 1)
    )


def measure(plan: Plan, shown: Collection[str], *, each_model: bool = False) -> Coverage:
    """Tell how much of *plan* the cases with the ids *shown* show, model by model.

    Args:
        plan: All cases.
        shown: The ids of the cases that were tried.
        each_model: Whether a constraint that several models share counts for each of them only where it is broken for
            that model.
    """
    isolated = {_scope(case, each_model=each_model) for case in plan.cases if case.isolates and case.id in shown}
    models = dict.fromkeys([*(case.model for case in plan.cases), *(gap.model for gap in plan.gaps)])
    return Coverage(tuple(_tally(plan, model, shown, isolated, each_model=each_model) for model in models))


def _tally(
    plan: Plan, model: str, shown: Collection[str], isolated: Collection[Hashable], *, each_model: bool
) -> Tally:
    mine = [case for case in plan.cases if case.model == model]
    breakable = {case.constraint: _scope(case, each_model=each_model) for case in mine if case.isolates}
    borders = [case for case in mine if case.border]
    open_gaps = [gap for gap in plan.gaps if gap.model == model and not gap.certain]
    alone = [case for case in mine if case.why and case.constraint not in breakable]
    missing = [
        *((name, "not broken alone") for name, scope in breakable.items() if scope not in isolated),
        *((case.id, "not tried") for case in borders if case.id not in shown),
        *((case.constraint, case.why) for case in alone),
        *((gap.constraint, gap.why) for gap in open_gaps),
    ]
    return Tally(
        model=model,
        constraints=len(breakable) + len(alone) + len(open_gaps),
        isolated=sum(scope in isolated for scope in breakable.values()),
        borders=len(borders),
        hit=sum(case.id in shown for case in borders),
        missing=tuple(missing),
    )


def _scope(case: Case, *, each_model: bool) -> tuple[str, str]:
    """What a case that breaks its constraint alone stands for."""
    return case.constraint, case.model if each_model else ""


@dataclass(frozen=True, slots=True)
class _Group:
    """Cases that one body shows."""

    cases: tuple[Case, ...]
    body: Json


def _broken(cases: Sequence[Case], *, each_model: bool) -> Iterator[_Group]:
    """What is broken, one request each: every border, and each constraint once, at its border where it has one."""
    borders = [case for case in cases if case.side is Side.BROKEN and case.border]
    seen = {_scope(case, each_model=each_model) for case in borders}
    yield from (_Group((case,), case.body) for case in borders)
    for case in cases:
        if case.side is Side.BROKEN and not case.border and _scope(case, each_model=each_model) not in seen:
            seen.add(_scope(case, each_model=each_model))
            yield _Group((case,), case.body)


def _kept(cases: Sequence[Case], of: Sequence[Solver]) -> Iterator[_Group]:
    """What is kept, packed into few valid requests of each model."""
    for solver in of:
        left = [case for case in cases if case.side is Side.KEPT and case.model == solver.column.name]
        while left:
            body = _packed(solver, left)
            shown = tuple(case for case in left if _shows(body, case.pins))
            yield _Group(shown, body)
            left = [case for case in left if not _shows(body, case.pins)]


def _packed(solver: Solver, left: Sequence[Case]) -> Body:
    """Find a valid body that shows the first of *left*, and of the others, in turn, whichever still fits."""
    picture = solver.subject.operation.response.picture
    sizes = (picture.size, picture.width, picture.height, picture.resolution)
    costly = {name for name in (picture.count, *sizes) if name is not None}
    pins: dict[str, Json] = dict(left[0].pins)
    body: Body = left[0].body
    for case in left[1:]:
        wanted = {**pins, **case.pins}
        agree = all(_same(wanted[name], value) for name, value in pins.items())
        if not agree or sum(wanted.get(name) not in {ABSENT, None} for name in costly) > 1:
            continue
        found = body if _shows(body, case.pins) else solver.complete(wanted)
        if found is not None:
            pins, body = wanted, found
    return body


def _shows(body: Body, pins: Mapping[str, Json]) -> bool:
    return all(_same(body.get(name, ABSENT), value) for name, value in pins.items())


def _same(left: Json, right: Json) -> bool:
    """Whether two values are written alike in JSON: 1 is not 1.0, and not true."""
    return left is right or (type(left) is type(right) and repr(left) == repr(right))
