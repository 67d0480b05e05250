"""Requests for faults that hide behind rules.

A parameter that is at fault by itself keeps the rules that look at it silent.  A server that overlooks the fault has
such a rule left, which covers the mistake up or gives it away:

- A rule that refuses in the same words, for the same parameter, covers it up.  Beside a second fault, whose turn comes
  between the two, the error names another parameter than it should.
- A value that the API corrects is one that no rule looks at.  A server that takes it as it is breaks the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Final

from safelight.model import ABSENT, Constraint, Json, Operation, Outcome, Parameter, Rule, Table
from safelight.vocabulary.faults import text_name
from safelight_testkit.judging.refusal import MESSAGE, Refusals
from safelight_testkit.requests.mistake import Mistake
from safelight_testkit.requests.planning import UNKNOWN_FIELD, Case
from safelight_testkit.requests.solve import Body, Solver
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.points import Point, Side, points

__all__ = ["masked"]

_TRIED: Final = 64
"""Second faults that are tried for one value."""


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A value that shows a constraint, and a rule that may hide what a server makes of it.

    Attributes:
        name: The parameter.
        constraint: What the value shows.
        point: The value.
        rule: What looks at it beside.
    """

    name: str
    constraint: Constraint
    point: Point
    rule: Rule

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others: that it is hidden by one rule, or for one model, is enough."""
        return self.constraint.id, repr(self.point.value)


def masked(subject: Subject, cases: Sequence[Case], solvers: Iterable[Solver]) -> Iterator[Mistake]:
    """Tell the requests that show faults which rules hide, each value of each constraint once.

    Args:
        subject: What is tested.
        cases: All its cases.
        solvers: Those of its columns.
    """
    seen: set[tuple[str, str]] = set()
    without = _Without(subject)
    for solver in solvers:
        for rule in (one for one in solver.rules.values() if one.outcome is Outcome.REFUSE):
            for hidden in _hidden(solver, rule):
                if hidden.key in seen:
                    continue
                refuses = hidden.constraint.outcome is Outcome.REFUSE
                found = (_covered if refuses else _corrected)(solver, cases, hidden, without)
                if found is not None:
                    seen.add(hidden.key)
                    yield Mistake(solver.column.name, found)


class _Without:
    """The same API without one constraint; each is made once."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._made: dict[str, Subject] = {}

    def __getitem__(self, id_: str) -> Subject:
        if id_ not in self._made:
            ours, lens = self._subject, self._subject.lens
            lacking = _lacking(ours.operation, id_)
            self._made[id_] = Subject(ours.spec, lacking, as_of=lens.as_of, basis=lens.basis)
        return self._made[id_]


def _lacking(operation: Operation, id_: str) -> Operation:
    def without(parameter: Parameter) -> Parameter:
        return replace(parameter, constraints=tuple(one for one in parameter.constraints if one.id != id_))

    def each(table: Table) -> Table:
        return replace(table, parameters={key: without(one) for key, one in table.parameters.items()})

    return replace(operation, tables=MappingProxyType({name: each(table) for name, table in operation.tables.items()}))


def _hidden(solver: Solver, rule: Rule) -> Iterator[_Hidden]:
    """The values of the constraints that *rule* may hide."""
    subject = solver.subject
    for name in (one for one in rule.parameters if one != subject.operation.model_parameter):
        enforced = subject.enforced(solver.column)[name]
        stated = {
            one.id: one
            for one in enforced.parameter.constraints
            if subject.lens.in_force(one.provenance) and _may_hide(subject.operation, rule, name, one)
        }
        for point in points(enforced) if stated else ():
            if isinstance(point, Point) and point.constraint in stated:
                yield _Hidden(name, stated[point.constraint], point, rule)


def _may_hide(operation: Operation, rule: Rule, name: str, constraint: Constraint) -> bool:
    """Whether *rule* is told as *constraint* is, words aside; or whether what breaks the one is put right."""
    if constraint.outcome is not Outcome.REFUSE:
        return constraint.outcome is not Outcome.WARN
    ours, theirs = operation.errors.texts[text_name(constraint.check.kind)], operation.errors.texts["rule"]
    return (
        rule.parameter == name
        and (ours.status, ours.empty) == (theirs.status, theirs.empty)
        and _wordless({**ours.fields, **constraint.error}) == _wordless({**theirs.fields, **rule.error})
    )


def _wordless(fields: Mapping[str, Json]) -> Mapping[str, Json]:
    return {name: value for name, value in fields.items() if name != MESSAGE}


def _covered(solver: Solver, cases: Iterable[Case], hidden: _Hidden, without: _Without) -> Body | None:
    """A request with a second fault beside the value, whose parameter is named only by a server that is right."""
    subject, overlooking = solver.subject, without[hidden.constraint.id]
    broken = hidden.point.side is Side.BROKEN
    alone = solver.start({hidden.name: hidden.point.value})
    if hidden.rule.id not in (overlooking if broken else subject).broken(alone):
        return None
    for extra in islice(_second_faults(solver, cases, hidden.rule), _TRIED):
        body = {**alone, **extra}
        right = _told(subject, body)
        wrong = _told(overlooking, body) if broken else hidden.name
        if right and wrong and right != wrong and hidden.name in {right, wrong}:
            return body
    return None


def _second_faults(solver: Solver, cases: Iterable[Case], rule: Rule) -> Iterator[Mapping[str, Json]]:
    """A field that nobody knows, and the faults of other parameters."""
    yield {UNKNOWN_FIELD: True}
    for case in cases:
        if case.isolates and case.refused and case.model == solver.column.name and rule.parameter not in case.pins:
            yield {name: value for name, value in case.pins.items() if value is not ABSENT}


def _told(subject: Subject, body: Body) -> str:
    """The parameter that the error for a request names; empty where it names none, or there is none."""
    told = Refusals(subject.operation).of(subject.settle(body))
    return told[0].parameter if told else ""


def _corrected(solver: Solver, cases: Iterable[Case], hidden: _Hidden, without: _Without) -> Body | None:
    """A request that is accepted because the value is put right, and would break the rule as it stands."""
    if hidden.point.side is not Side.BROKEN:
        return None
    for case in cases:
        mine = case.constraint == hidden.rule.id and case.side is Side.BROKEN and case.model == solver.column.name
        if mine and case.pins.get(hidden.name, ABSENT) is not ABSENT:
            body = {**case.body, hidden.name: hidden.point.value}
            if not solver.subject.settle(body).refused and without[hidden.constraint.id].settle(body).refused:
                return body
    return None
