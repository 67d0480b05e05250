"""The interpreted reading of a spec: which constraints a request breaks, and what then is effective.

`violations` tells every broken constraint in spec order: parameters as the spec lists them, unknown fields as the
request has them, then the rules.  `settle` tells, beside them, what the API would go on with: the model, the values
after defaults, and the corrections that gentle outcomes (drop, clamp …) make.

A rule is judged only where none of its parameters is at fault by itself, so that one mistake is told once.  The body is
never changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeGuard

from safelight.checks import Violation, nearest_value, shown
from safelight.judge import Lens, judge
from safelight.model import (
    ABSENT,
    ANY_MODEL,
    Basis,
    Grammar,
    Json,
    KnownModel,
    Operation,
    Outcome,
    Parameter,
    Rule,
    Spec,
    Table,
    UnknownPolicy,
)
from safelight.truth import Views, holds

DOCUMENTED: Final = frozenset({Basis.DOCUMENTED})
"""The default basis: only what the API's documentation says."""

_CORRECTING: Final = frozenset({Outcome.DROP, Outcome.IGNORE, Outcome.REPLACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a request comes to.

    Attributes:
        violations: Every broken constraint, in spec order, gentle outcomes included.
        table: The parameters as the request's model takes them.
        model: The canonical model, or None where it is unknown or the API has none.
        sent: What was sent and counts as sent.
        effective: Values after corrections and defaults.
        views: What conditions look at, for those that are about the answer.
    """

    violations: tuple[Violation, ...]
    table: Table
    model: str | None
    sent: Mapping[str, Json]
    effective: Mapping[str, Json]
    views: Views

    @property
    def refused(self) -> bool:
        """Whether the API refuses the request."""
        return any(violation.outcome == Outcome.REFUSE for violation in self.violations)


def bases(names: Collection[str]) -> frozenset[Basis]:
    """Read a choice of bases.

    Raises:
        ValueError: A name is no basis, or ``documented`` is missing: other bases only add to it.
    """
    found = frozenset(Basis(name) for name in names)
    if Basis.DOCUMENTED not in found:
        message = f"a basis includes 'documented', got {', '.join(sorted(found)) or 'none'}"
        raise ValueError(message)
    return found


def violations(
    spec: Spec,
    operation: Operation,
    body: object,
    *,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
    ignore: Collection[str] = (),
) -> tuple[Violation, ...]:
    """Tell every constraint that *body* breaks, in spec order.

    Args:
        spec: The spec.
        operation: One of its operations.
        body: The request's body as JSON has it; anything is judged, nothing is changed.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.
        ignore: Ids of constraints that are not to be told.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    return settle(spec, operation, body, as_of=as_of, basis=basis, ignore=ignore).violations


def settle(
    spec: Spec,
    operation: Operation,
    body: object,
    *,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
    ignore: Collection[str] = (),
) -> Settlement:
    """Tell what *body* breaks and what the API would go on with.  See `violations` for the arguments."""
    lens = Lens(as_of or spec.revised, bases(basis))
    settling = _Settling(spec, operation, lens)
    found = settling.settle(body)
    if not ignore:
        return found
    return Settlement(
        violations=tuple(violation for violation in found.violations if violation.rule not in ignore),
        table=found.table,
        model=found.model,
        sent=found.sent,
        effective=found.effective,
        views=found.views,
    )


class _Settling:
    """One request on its way; holds what the steps share."""

    def __init__(self, spec: Spec, operation: Operation, lens: Lens) -> None:
        self._spec = spec
        self._operation = operation
        self._lens = lens

    def settle(self, body: object) -> Settlement:
        if not _is_object(body):
            table = self._operation.tables[ANY_MODEL]
            fault = self._lens.violation(self._operation.body_type, "", body)
            views = self._views(table, None, {}, {})
            return Settlement(violations=(fault,), table=table, model=None, sent={}, effective={}, views=views)
        return self._settle(body)

    def _settle(self, body: Mapping[Any, Json]) -> Settlement:
        operation = self._operation
        table, model, unknown = self._table(body)
        found: list[Violation] = []
        faulty: set[str] = set()
        sent: dict[str, Json] = {}
        corrected: dict[str, Json] = {}
        for name, parameter in table.parameters.items():
            value = body.get(name, ABSENT)
            broken = list(judge(parameter, value, table.name, self._lens))
            if name == operation.model_parameter:
                broken += unknown
            if broken:
                found += broken
                faulty.add(name)
            if value is ABSENT or (value is None and parameter.nullable):
                continue
            sent[name] = value
            value = _corrected(value, broken)
            if value is not ABSENT and self._lens.applies(parameter):
                corrected[name] = value
        found += self._unknown_fields(body, table)
        views = self._views(table, model, sent, corrected)
        for rule in operation.rules:
            violation = self._rule(rule, views, faulty)
            if violation is not None:
                found.append(violation)
                if rule.outcome in _CORRECTING:
                    _correct(corrected, violation)
                    views = self._views(table, model, sent, corrected)
        return Settlement(
            violations=tuple(found), table=table, model=model, sent=sent, effective=views.effective, views=views
        )

    # --- the model ---

    def _table(self, body: Mapping[Any, Any]) -> tuple[Table, str | None, list[Violation]]:
        """Choose the table that judges *body*, and tell what is wrong with its model's name."""
        operation, spec = self._operation, self._spec
        name = operation.model_parameter
        tables = operation.tables
        if name is None:
            return tables[ANY_MODEL], None, []
        parameter = tables[ANY_MODEL].parameters[name]
        value = body.get(name, ABSENT)
        if value is ABSENT or (value is None and parameter.nullable):
            value = _default(parameter, self._views(tables[ANY_MODEL], None, self._sent_names(body), {}))
        if not isinstance(value, str):
            return tables[ANY_MODEL], None, []
        canonical = spec.names.get(value)
        if canonical is not None and spec.models[canonical].exists(self._lens.as_of):
            return tables[canonical], canonical, []
        policy = spec.unknown_model
        if policy.outcome is Outcome.IGNORE and policy.family is not None and canonical is None:
            return tables[policy.family], None, []
        constraint = next(one for one in parameter.constraints if isinstance(one.check, KnownModel))
        allowed = spec.names_as_of(self._lens.as_of)
        outcome = Outcome.REFUSE if canonical is not None else policy.outcome
        fault = Violation(
            rule=constraint.id,
            parameter=name,
            value=value,
            message=f"{constraint.requirement}, got {shown(value)}",
            allowed=allowed,
            nearest=nearest_value(value, allowed),
            basis=constraint.provenance.basis.value,
            outcome=outcome.value,
        )
        return tables[ANY_MODEL], None, [fault]

    def _sent_names(self, body: Mapping[Any, Any]) -> Mapping[str, Json]:
        table = self._operation.tables[ANY_MODEL]
        return {
            name: body[name]
            for name, parameter in table.parameters.items()
            if name in body and not (body[name] is None and parameter.nullable)
        }

    # --- fields and rules ---

    def _unknown_fields(self, body: Mapping[Any, Any], table: Table) -> Iterator[Violation]:
        policy = self._operation.unknown_fields
        if not self._lens.in_force(policy.provenance):
            return
        for key, value in body.items():
            if key not in table.parameters:
                known = tuple(name for name, parameter in table.parameters.items() if parameter.applies)
                yield unknown_field(policy, key, key if isinstance(key, str) else shown(key), value, known)

    def _rule(self, rule: Rule, views: Views, faulty: set[str]) -> Violation | None:
        if not self._lens.in_force(rule.provenance) or not faulty.isdisjoint(rule.parameters):
            return None
        if rule.models is not None and not (views.models and views.models <= rule.models):
            return None
        if holds(rule.when, views) is not True or holds(rule.require, views) is not False:
            return None
        return Violation(
            rule=rule.id,
            parameter=rule.parameter,
            value=views.sent.get(rule.parameter),
            message=rule.requirement,
            nearest=rule.replacement,
            basis=rule.provenance.basis.value,
            outcome=rule.outcome.value,
        )

    def _views(self, table: Table, model: str | None, sent: Mapping[str, Json], corrected: Mapping[str, Json]) -> Views:
        """Build what conditions look at; *corrected* is what was sent, as the API goes on with it."""
        operation, spec = self._operation, self._spec
        members = spec.families[table.name].members if table.name in spec.families else ()
        models = frozenset({model} if model is not None else members)
        separators = {name: separator_of(parameter) for name, parameter in table.parameters.items()}
        bare = Views(sent, corrected, models, operation.model_parameter, separators)
        effective = dict(corrected)
        for name, parameter in table.parameters.items():
            if name not in effective and self._lens.applies(parameter):
                value = _default(parameter, bare)
                if value is not ABSENT:
                    effective[name] = value
        if model is not None and operation.model_parameter is not None:
            effective[operation.model_parameter] = model
        return Views(sent, effective, models, operation.model_parameter, separators)


def _is_object(body: object) -> TypeGuard[Mapping[Any, Json]]:
    return isinstance(body, Mapping)


def separator_of(parameter: Parameter) -> str:
    """How a size parameter separates width and height; ``x`` where the spec lists sizes only."""
    return next((one.check.separator for one in parameter.constraints if isinstance(one.check, Grammar)), "x")


def unknown_field(policy: UnknownPolicy, key: object, path: str, value: object, known: tuple[str, ...]) -> Violation:
    """Tell of a field that the spec does not name, and which known one it may have meant."""
    return Violation(
        rule=policy.id,
        parameter=path,
        value=value,
        message=f"{path} is not a parameter",
        nearest=nearest_value(key, known),
        basis=policy.provenance.basis.value,
        outcome=policy.outcome.value,
    )


def _default(parameter: Parameter, views: Views) -> Json:
    for conditional in parameter.default_when:
        if holds(conditional.when, views) is True:
            return conditional.value
    return parameter.default


def _correct(values: dict[str, Json], violation: Violation) -> None:
    """Apply the gentle outcome of a broken rule to the parameter at fault."""
    values.pop(violation.parameter, None)
    value = _corrected(violation.value, [violation])
    if value is not ABSENT:
        values[violation.parameter] = value


def _corrected(value: Json, broken: list[Violation]) -> Json:
    """Apply gentle outcomes to a value: what the API goes on with, or `ABSENT` where it drops the parameter."""
    for violation in broken:
        match Outcome(violation.outcome):
            case Outcome.DROP | Outcome.IGNORE:
                return ABSENT
            case Outcome.CLAMP | Outcome.TRUNCATE | Outcome.REPLACE:
                value = violation.nearest
            case Outcome.REFUSE | Outcome.WARN:
                pass
    return value
