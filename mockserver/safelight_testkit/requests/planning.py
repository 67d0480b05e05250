"""Every case that a spec makes: each constraint of each model from both sides, one request each, always the same.

A case is a complete request.  One that keeps its constraint is valid; one that breaks it breaks that constraint and
nothing else, or says what else and why.  A constraint that no request can break alone is told as a gap, with the
reason.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from typing import Final

from safelight.judging.interpret import DOCUMENTED
from safelight.model import (
    ABSENT,
    AppliesTo,
    Dated,
    Json,
    KnownModel,
    OneOf,
    Operation,
    Outcome,
    Rule,
    Spec,
)
from safelight_testkit.requests.moments import Moment, moments
from safelight_testkit.requests.solve import Solver, solvers
from safelight_testkit.requests.subject import UNLISTED, State, Subject
from safelight_testkit.values.points import Point, Side, points

UNKNOWN_FIELD: Final = "unlisted_field"
"""A field that no spec should know."""

_ABSENCES: Final[tuple[tuple[Json, str], ...]] = ((ABSENT, "not sent"), (None, "null"))
_NO_OBJECTS: Final[tuple[Json, ...]] = ([], "a fox", 7, True, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request that shows one side of one constraint.

    Attributes:
        number: Its place among the cases of the operation, from 1.
        id: A name that stays the same while the constraint does: constraint, model and what is shown.
        model: The column: a model, a family, or ``*`` where the request reaches no model's rules.
        constraint: The id of the constraint.
        side: Which side of it the request lies on.
        border: Whether it lies on the border of the constraint, or just beyond it.
        body: The request's body.
        pins: The part of the body that shows it; `ABSENT` for what must not be sent.
        expected: The ids of the constraints that the request breaks, in spec order, those that only warn among them.
        refused: Whether the API refuses the request.
        why: Why it breaks more than its constraint; empty where it does not.
    """

    number: int
    id: str
    model: str
    constraint: str
    side: Side
    border: bool
    body: Json
    pins: Mapping[str, Json]
    expected: tuple[str, ...]
    refused: bool
    why: str

    @property
    def isolates(self) -> bool:
        """Whether it breaks its constraint and nothing else; what only warns is no fault."""
        return self.side is Side.BROKEN and not self.why


@dataclass(frozen=True, slots=True)
class Gap:
    """A constraint that no request of a model breaks alone.

    Attributes:
        model: The column.
        constraint: The id of the constraint.
        why: Why not.
        certain: Whether no request can; otherwise none was found.
    """

    model: str
    constraint: str
    why: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """All cases of an operation, and the gaps between them."""

    cases: tuple[Case, ...]
    gaps: tuple[Gap, ...]


def cases(
    spec: Spec, operation: Operation, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
) -> tuple[Case, ...]:
    """Tell every case of *operation*.  See `plan` for the arguments."""
    return plan(spec, operation, as_of=as_of, basis=basis).cases


def plan(spec: Spec, operation: Operation, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED) -> Plan:
    """Tell every case of *operation*, numbered, and every gap; the same spec always gives the same.

    Args:
        spec: The spec.
        operation: One of its operations.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    return plan_of(Subject(spec, operation, as_of=as_of, basis=basis))


def plan_of(subject: Subject) -> Plan:
    """Tell every case and every gap of *subject*."""
    planner = _Planner(subject)
    planner.run()
    return Plan(tuple(planner.cases), tuple(planner.gaps))


class _Planner:
    """Collects the cases of one operation."""

    def __init__(self, subject: Subject) -> None:
        self.cases: list[Case] = []
        self.gaps: list[Gap] = []
        self._ids: set[str] = set()
        self._subject = subject
        self._operation = subject.operation
        self._listed = _listed_values(subject)
        self._solvers = solvers(subject)
        self._anyone = Solver(subject, subject.anyone)

    def run(self) -> None:
        """Collect everything, constraints of the body first, then each model's."""
        for body in _NO_OBJECTS:
            self._add(self._anyone, self._operation.body_type.id, Side.BROKEN, json.dumps(body), body=body, pins={})
        if self._operation.model_parameter is not None:
            self._model(self._operation.model_parameter)
        for solver in self._solvers:
            self._parameters(solver)
            self._unknown_field(solver)
            for rule in solver.rules.values():
                self._rule(solver, rule)

    # --- the model's name ---

    def _model(self, name: str) -> None:
        """The constraints of the parameter that chooses the model."""
        enforced = self._subject.enforced(self._anyone.column)[name]
        for point in points(enforced):
            if isinstance(point, Point) and point.side is Side.BROKEN:
                self._point(self._anyone, name, point)
        type_ = next(one.id for one in enforced.parameter.constraints if one.check.kind == "type")
        known = next(one for one in enforced.parameter.constraints if isinstance(one.check, KnownModel))
        optional = () if enforced.required else _ABSENCES[:1] if enforced.not_null else _ABSENCES
        for solver in self._solvers:
            for sent in solver.column.sends:
                self._solve(solver, known.id, Side.KEPT, json.dumps(sent), {name: sent}, border=True)
        for solver in (*self._solvers, self._anyone):
            for value, label in optional:
                body = solver.complete({name: value})
                if body is not None:  # most models are no default
                    self._add(solver, type_, Side.KEPT, label, body=body, pins={name: value}, border=value is ABSENT)
        if self._subject.lens.in_force(known.provenance):
            self._unknown_models(name, known.id)

    def _unknown_models(self, name: str, known: str) -> None:
        spec = self._subject.spec
        existing = spec.names_as_of(self._subject.lens.as_of)
        wrong = [one for one in spec.names if one not in existing]
        if spec.unknown_model.outcome is not Outcome.IGNORE:
            in_capitals = [one.upper() for one in (*existing[:1], *wrong)]
            wrong = [UNLISTED, *(f"{one}x" for one in existing[:1]), *in_capitals, "", *wrong]
        for value in wrong:
            self._solve(self._anyone, known, Side.BROKEN, json.dumps(value), {name: value}, border=False)
        if not wrong:
            self._gap(self._anyone, known, "a name that the spec does not know counts as a member of a family")

    # --- one model ---

    def _parameters(self, solver: Solver) -> None:
        for name, enforced in self._subject.enforced(solver.column).items():
            if name == self._operation.model_parameter:
                continue
            if enforced.barred is None:
                self._applying(solver, name)
            mine = self._listed.get((solver.column.name, name), ())
            foreign = tuple(value for key, values in self._listed.items() if key[1] == name for value in values)
            for point in points(enforced, tuple(dict.fromkeys(value for value in foreign if value not in mine))):
                if isinstance(point, Point):
                    self._point(solver, name, point)
                else:
                    self._gap(solver, point.constraint, point.why, certain=point.certain)

    def _applying(self, solver: Solver, name: str) -> None:
        """What says that the model takes the parameter is kept by sending it."""
        values = [value for value in solver.candidates[name] if value is not ABSENT]
        for one in solver.column.table.parameters[name].constraints:
            if isinstance(one.check, AppliesTo | Dated) and self._subject.lens.in_force(one.provenance) and values:
                self._solve(solver, one.id, Side.KEPT, "sent", {name: values[0]}, border=True)

    def _unknown_field(self, solver: Solver) -> None:
        policy = self._operation.unknown_fields
        if self._subject.lens.in_force(policy.provenance):
            pins = {UNKNOWN_FIELD: True}
            self._solve(solver, policy.id, Side.BROKEN, UNKNOWN_FIELD, pins, border=False)

    def _rule(self, solver: Solver, rule: Rule) -> None:
        found = moments(solver, rule)
        if not _breaking(found) and solver.warned is not None:
            found = (*_breaking(moments(solver.warned, rule)), *found)
        if not _breaking(found):
            taken = [name for name in self._subject.reach(solver.column, rule) if name not in solver.domains]
            why = f"{solver.column.name} takes no {taken[0]}" if taken else "no request breaks it and nothing else"
            self._gap(solver, rule.id, why)
            # That it is silent here is still to be shown: a rule about other models must not speak of this one.
            found = tuple(moment for moment in found if moment.state is State.SILENT)
        for moment in found:
            side = Side.BROKEN if moment.state is State.BROKEN else Side.KEPT
            self._add(solver, rule.id, side, moment.label, body=moment.body, pins=moment.pins, border=True)

    # --- collecting ---

    def _point(self, solver: Solver, name: str, point: Point) -> None:
        pins = {name: point.value}
        self._solve(solver, point.constraint, point.side, point.label, pins, border=point.border, breaks=point.breaks)

    def _solve(
        self,
        solver: Solver,
        constraint: str,
        side: Side,
        label: str,
        pins: Mapping[str, Json],
        *,
        border: bool,
        breaks: tuple[str, ...] | None = None,
    ) -> None:
        expected = ((constraint,) if side is Side.BROKEN else ()) if breaks is None else breaks
        found = solver.solve(pins, expected)
        if found.body is None:
            self._gap(solver, constraint, f"no request has {label} and breaks nothing else", certain=found.certain)
        else:
            self._add(solver, constraint, side, label, body=found.body, pins=pins, border=border)

    def _add(
        self,
        solver: Solver,
        constraint: str,
        side: Side,
        label: str,
        *,
        body: Json,
        pins: Mapping[str, Json],
        border: bool = False,
    ) -> None:
        settlement = self._subject.settle(body)
        expected = tuple(violation.rule for violation in settlement.violations)
        faults = [violation.rule for violation in settlement.violations if violation.outcome != Outcome.WARN]
        more = [one for one in faults if one != constraint]
        id_ = self._id(f"{constraint} / {solver.column.name} / {label}")
        self.cases.append(
            Case(
                number=len(self.cases) + 1,
                id=id_,
                model=solver.column.name,
                constraint=constraint,
                side=side,
                border=border,
                body=body,
                pins=dict(pins),
                expected=expected,
                refused=settlement.refused,
                why=f"whatever breaks it breaks {', '.join(more)} too" if side is Side.BROKEN and more else "",
            )
        )

    def _id(self, wanted: str) -> str:
        """*wanted*, or with a number behind it where it is taken."""
        free = next(one for one in chain([wanted], (f"{wanted} ({n})" for n in count(2))) if one not in self._ids)
        self._ids.add(free)
        return free

    def _gap(self, solver: Solver, constraint: str, why: str, *, certain: bool = True) -> None:
        self.gaps.append(Gap(solver.column.name, constraint, why, certain))


def _breaking(moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
    return tuple(moment for moment in moments if moment.state is State.BROKEN)


def _listed_values(subject: Subject) -> Mapping[tuple[str, str], tuple[Json, ...]]:
    """The values that are listed as legal, by column and parameter."""
    found: dict[tuple[str, str], tuple[Json, ...]] = {}
    for column in subject.columns:
        for name, enforced in subject.enforced(column).items():
            for one in enforced.content:
                if isinstance(one.check, OneOf) and enforced.barred is None:
                    found[column.name, name] = one.check.allowed(subject.lens.as_of)
    return found
