"""The interpreted reading of a spec: which constraints a request breaks, and what then is effective.

`violations` tells every broken constraint in spec order: parameters as the spec lists them, unknown fields as the
request has them, then the rules.  `settle` tells, beside them, what the API would go on with: the model, the values
after defaults, and the corrections that gentle outcomes (drop, clamp …) make.

A rule is judged only where none of its parameters is at fault by itself, so that one mistake is told once; a mere
warning is no fault, and hides none.  The body is never changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import date
from functools import partial
from typing import Any, Final, TypeGuard

from safelight.model import (
    ABSENT,
    ANY_MODEL,
    Basis,
    Json,
    KnownModel,
    Operation,
    Outcome,
    Parameter,
    Rule,
    Spec,
    Table,
)
from safelight.records import dataclass
from safelight.vocabulary.checks import Violation, nearest_value, shown, spelled

from .judge import judge, unknown_field, violation
from .lens import Enforced, Lens, enforce, separator_of
from .truth import Views, holds

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
        views: What conditions look at, for those that are about the answer.
    """

    violations: tuple[Violation, ...]
    table: Table
    model: str | None
    views: Views

    @property
    def sent(self) -> Mapping[str, Json]:
        """What was sent and counts as sent."""
        return self.views.sent

    @property
    def effective(self) -> Mapping[str, Json]:
        """Values after corrections and defaults; items and members stay as they were sent."""
        return self.views.effective

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
    interpreter = Interpreter(spec, operation, as_of=as_of, basis=basis)
    return interpreter.settle(body, ignore=ignore)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Enforced:
    """A table as one reader judges it, with what does not depend on the request worked out.

    Attributes:
        models: The canonical models that it stands for: one, or a family's members; empty for any model.
        known: The parameters that may be sent, for suggestions.
        defaults: The values that hold without being sent, where no condition decides.
        conditional: The parameters whose default depends on the request.
        rules: The rules in force that may be about these models.
    """

    table: Table
    models: frozenset[str]
    parameters: tuple[tuple[str, Enforced], ...]
    known: tuple[str, ...]
    defaults: Mapping[str, Json]
    conditional: tuple[Parameter, ...]
    separators: Mapping[str, str]
    units: Mapping[str, str]
    rules: tuple[Rule, ...]


@dataclasses.dataclass(slots=True)
class _Request:
    """What is known of a request so far.

    Attributes:
        found: What it breaks, in spec order.
        faulty: The parameters that are at fault by themselves.
        sent: What was sent and counts as sent, as the spec spells it.
        corrected: The same, as the API goes on with it.
    """

    found: list[Violation] = field(default_factory=list[Violation])
    faulty: set[str] = field(default_factory=set[str])
    sent: dict[str, Json] = field(default_factory=dict[str, Json])
    corrected: dict[str, Json] = field(default_factory=dict[str, Json])

    def correct(self, fault: Violation) -> None:
        """Apply the gentle outcome of a broken rule to the parameter at fault."""
        self.corrected.pop(fault.parameter, None)
        value = _corrected(fault.value, [fault])
        if value is not ABSENT:
            self.corrected[fault.parameter] = value


class Interpreter:
    """Judges the requests of one operation, as of one day and by some bases.

    It keeps what it works out about each model, so whoever judges many requests keeps it; `violations` and `settle`
    make one for a single request.
    """

    def __init__(
        self, spec: Spec, operation: Operation, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
    ) -> None:
        """Choose what to judge by.  See `violations` for the arguments and what they raise."""
        self._spec = spec
        self._operation = operation
        self._lens = Lens(as_of or spec.revised, bases(basis))
        self._enforced: dict[str, _Enforced] = {}

    def settle(self, body: object, *, ignore: Collection[str] = ()) -> Settlement:
        """Tell what *body* breaks and what the API would go on with, leaving out violations of the ids in *ignore*."""
        if not _is_object(body):
            fault = violation(self._operation.body_type, "", body)
            chosen = self._table(ANY_MODEL)
            nothing = Views({}, {}, chosen.models, self._operation.model_parameter, chosen.separators, chosen.units)
            return Settlement(violations=_told([fault], ignore), table=chosen.table, model=None, views=nothing)
        chosen, model, unknown = self._choose(body)
        request = self._values(body, chosen, unknown)
        request.found += self._unknown_fields(body, chosen)
        views = self._views(chosen, model, request)
        for rule in chosen.rules:
            if not request.faulty.isdisjoint(rule.parameters):
                continue
            if holds(rule.when, views) is not True or holds(rule.require, views) is not False:
                continue
            fault = _broken_rule(rule, views)
            request.found.append(fault)
            if rule.outcome in _CORRECTING:
                request.correct(fault)
                views = self._views(chosen, model, request)
        return Settlement(violations=_told(request.found, ignore), table=chosen.table, model=model, views=views)

    def _values(self, body: Mapping[Any, Json], chosen: _Enforced, unknown: Violation | None) -> _Request:
        """Judge each parameter by itself; *unknown* is what is wrong with the model's name."""
        request = _Request()
        for name, enforced in chosen.parameters:
            value = body.get(name, ABSENT)
            broken = judge(enforced, value, name)
            if unknown is not None and name == self._operation.model_parameter:
                broken.append(unknown)
            if broken:
                request.found += broken
                if any(fault.outcome != Outcome.WARN for fault in broken):
                    request.faulty.add(name)
            if value is ABSENT or (value is None and enforced.not_null is None):
                continue
            value = request.sent[name] = spelled(value, enforced.spellings)
            value = _corrected(value, [fault for fault in broken if fault.parameter == name])
            if value is not ABSENT and enforced.applies:
                request.corrected[name] = value
        return request

    # --- the model ---

    def _choose(self, body: Mapping[Any, Json]) -> tuple[_Enforced, str | None, Violation | None]:
        """Choose the table that judges *body* and its canonical model, and tell what is wrong with the model's name."""
        operation, spec, lens = self._operation, self._spec, self._lens
        name = operation.model_parameter
        if name is None:
            return self._table(ANY_MODEL), None, None
        value = self._model_name(body, name)
        if not isinstance(value, str):
            return self._table(ANY_MODEL), None, None
        canonical = spec.names.get(value)
        if canonical is not None and spec.models[canonical].exists(lens.as_of):
            return self._table(canonical), canonical, None
        policy = spec.unknown_model
        if policy.outcome is Outcome.IGNORE and policy.family is not None and canonical is None:
            return self._table(policy.family), None, None
        parameter = operation.tables[ANY_MODEL].parameters[name]
        constraint = next(one for one in parameter.constraints if isinstance(one.check, KnownModel))
        if not lens.in_force(constraint.provenance):
            return self._table(ANY_MODEL), None, None
        allowed = spec.names_as_of(lens.as_of)
        fault = Violation(
            rule=constraint.id,
            parameter=name,
            value=value,
            message=f"{constraint.requirement}, got {shown(value)}{' by default' if body.get(name) is None else ''}",
            allowed=allowed,
            nearest=partial(nearest_value, value, allowed),
            basis=constraint.provenance.basis.value,
            outcome=(policy.outcome if canonical is None else Outcome.REFUSE).value,
        )
        return self._table(ANY_MODEL), None, fault

    def _model_name(self, body: Mapping[Any, Json], name: str) -> Json:
        """The model that *body* names, or the default for what it sends, which no model can change."""
        value = body.get(name, ABSENT)
        if value is not ABSENT and value is not None:
            return value
        chosen = self._table(ANY_MODEL)
        parameters = dict(chosen.parameters)
        if value is None and parameters[name].not_null is not None:
            return value
        sent = {
            key: spelled(body[key], enforced.spellings)
            for key, enforced in chosen.parameters
            if key in body and not (body[key] is None and enforced.not_null is None)
        }
        views = Views(sent, sent, chosen.models, name, chosen.separators, chosen.units)
        return _default(parameters[name].parameter, views)

    # --- the table ---

    def _table(self, name: str) -> _Enforced:
        found = self._enforced.get(name)
        if found is None:
            found = self._enforced[name] = self._enforce(name)
        return found

    def _enforce(self, name: str) -> _Enforced:
        operation, spec, lens = self._operation, self._spec, self._lens
        table = operation.tables[name]
        members = spec.families[name].members if name in spec.families else (name,) if name in spec.models else ()
        models = frozenset(members)
        parameters = tuple((key, enforce(parameter, name, lens)) for key, parameter in table.parameters.items())
        taken = [enforced.parameter for _, enforced in parameters if enforced.applies]
        return _Enforced(
            table=table,
            models=models,
            parameters=parameters,
            known=tuple(parameter.name for parameter in taken),
            defaults={
                parameter.name: parameter.default
                for parameter in taken
                if not parameter.default_when and parameter.default is not ABSENT
            },
            conditional=tuple(parameter for parameter in taken if parameter.default_when),
            separators={key: separator_of(parameter) for key, parameter in table.parameters.items()},
            units={key: parameter.unit for key, parameter in table.parameters.items()},
            rules=tuple(
                rule
                for rule in operation.rules
                if lens.in_force(rule.provenance) and (rule.models is None or (models and models <= rule.models))
            ),
        )

    # --- fields and values ---

    def _unknown_fields(self, body: Mapping[Any, Json], chosen: _Enforced) -> list[Violation]:
        policy = self._operation.unknown_fields
        parameters = chosen.table.parameters
        unknown = [key for key in body if key not in parameters]
        if not unknown or not self._lens.in_force(policy.provenance):
            return []
        return [unknown_field(policy, key, body[key], chosen.known, "") for key in unknown]

    def _views(self, chosen: _Enforced, model: str | None, request: _Request) -> Views:
        """Build what conditions look at."""
        name = self._operation.model_parameter
        sent, corrected = request.sent, request.corrected
        effective = {**chosen.defaults, **corrected}
        if chosen.conditional:
            bare = Views(sent, corrected, chosen.models, name, chosen.separators, chosen.units)
            for parameter in chosen.conditional:
                value = _default(parameter, bare) if parameter.name not in corrected else ABSENT
                if value is not ABSENT:
                    effective[parameter.name] = value
        if model is not None and name is not None:
            effective[name] = model
        return Views(sent, effective, chosen.models, name, chosen.separators, chosen.units)


def _told(found: list[Violation], ignore: Collection[str]) -> tuple[Violation, ...]:
    return tuple(one for one in found if one.rule not in ignore) if ignore else tuple(found)


def _is_object(body: object) -> TypeGuard[Mapping[Any, Json]]:
    return isinstance(body, Mapping)


def _broken_rule(rule: Rule, views: Views) -> Violation:
    return Violation(
        rule=rule.id,
        parameter=rule.parameter,
        value=views.sent.get(rule.parameter),
        message=rule.requirement,
        nearest=rule.replacement,
        basis=rule.provenance.basis.value,
        outcome=rule.outcome.value,
    )


def _default(parameter: Parameter, views: Views) -> Json:
    for conditional in parameter.default_when:
        if holds(conditional.when, views) is True:
            return conditional.value
    return parameter.default


def _corrected(value: Json, broken: list[Violation]) -> Json:
    """Apply gentle outcomes to a value: what the API goes on with, or `ABSENT` where it drops the parameter.

    Where there is no legal value to go on with, the API drops the parameter, and its default holds.
    """
    for fault in broken:
        match Outcome(fault.outcome):
            case Outcome.DROP | Outcome.IGNORE:
                return ABSENT
            case Outcome.CLAMP | Outcome.TRUNCATE:
                value = fault.nearest
                if value is None:
                    return ABSENT
            case Outcome.REPLACE:
                value = fault.nearest
            case Outcome.REFUSE | Outcome.WARN:
                pass
    return value
