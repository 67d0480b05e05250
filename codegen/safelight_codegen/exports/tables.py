"""The requests that one table of a spec judges, as a JSON Schema.

A rule is said as ``if`` (it fires) ``then`` (it is not surely broken).  It is silent where a parameter that it looks at
is at fault by itself: a fault that the API refuses makes the request invalid anyway, and one that it corrects is part
of the ``if``.  A rule that corrects a parameter changes what later rules see; those that look at it cannot be said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from safelight.judging.lens import Lens, enforce
from safelight.model import Operation, Outcome, Rule, Spec
from safelight.records import dataclass
from safelight_codegen.exports.conditions import truth_of
from safelight_codegen.exports.describe import identity
from safelight_codegen.exports.keywords import Unsayable
from safelight_codegen.exports.schema import IMPOSSIBLE, Keywords, Schema, all_of, field, implied
from safelight_codegen.exports.scope import Scope
from safelight_codegen.exports.values import Unsaid, accepted, flawless, is_refused, may_be_corrected
from safelight_codegen.text import sentence

__all__ = ["TableSchema", "table_schema"]

_CORRECTING: Final = frozenset({Outcome.DROP, Outcome.IGNORE, Outcome.REPLACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """What one table says of requests, but for the choice of the model.

    Attributes:
        name: The table's name.
        scope: What conditions look at.
        properties: What each parameter may be.
        required: The parameters that must be sent.
        closed: Whether other fields are refused.
        rules: What the rules ask.
        unsaid: What JSON Schema has no form for.
    """

    name: str
    scope: Scope
    properties: dict[str, Keywords]
    required: tuple[str, ...]
    closed: bool
    rules: tuple[Keywords, ...]
    unsaid: tuple[Unsaid, ...]

    @property
    def keywords(self) -> Keywords:
        """All of it in one schema."""
        return {
            "type": "object",
            "properties": self.properties,
            **({"required": list(self.required)} if self.required else {}),
            **({"additionalProperties": False} if self.closed else {}),
            **({"allOf": list(self.rules)} if self.rules else {}),
        }


def table_schema(spec: Spec, operation: Operation, name: str, lens: Lens) -> TableSchema:
    """Say what the table called *name* says of requests, for a reader who judges by *lens*."""
    family = spec.families.get(name)
    models = frozenset(family.members if family else (name,) if name in spec.models else ())
    parameters = {key: enforce(parameter, name, lens) for key, parameter in operation.tables[name].parameters.items()}
    scope = Scope(parameters=parameters, models=models, model_parameter=operation.model_parameter)
    unsaid: list[Unsaid] = []
    properties = {key: accepted(enforced, unsaid) for key, enforced in parameters.items()}
    fields = operation.unknown_fields
    return TableSchema(
        name=name,
        scope=scope,
        properties=properties,
        required=tuple(key for key, enforced in parameters.items() if is_refused(enforced.required)),
        closed=lens.in_force(fields.provenance) and fields.outcome is Outcome.REFUSE,
        rules=tuple(_rules(_judged(operation, models, lens), scope, unsaid)),
        unsaid=tuple(unsaid),
    )


def _judged(operation: Operation, models: frozenset[str], lens: Lens) -> Iterator[Rule]:
    """Yield the rules in force that are about all of *models*."""
    for rule in operation.rules:
        if lens.in_force(rule.provenance) and (rule.models is None or (models and models <= rule.models)):
            yield rule


def _rules(rules: Iterator[Rule], scope: Scope, unsaid: list[Unsaid]) -> Iterator[Keywords]:
    for rule in rules:
        if rule.outcome is Outcome.REFUSE:
            try:
                schema = _kept(rule, scope)
            except Unsayable as error:
                unsaid.append(Unsaid(rule.id, rule.requirement, str(error)))
            else:
                if schema is not True:
                    yield _described(rule, schema)
        elif rule.outcome in _CORRECTING:
            scope = replace(scope, changed=scope.changed | {rule.parameter})


def _kept(rule: Rule, scope: Scope) -> Schema:
    """Say that a request does not break *rule*.

    Raises:
        Unsayable: JSON Schema has no form for it.
    """
    fires = truth_of(rule.when, scope).true
    if fires is False:
        return True
    judged = [
        field(name, flawless(scope.parameters[name]), required=False)
        for name in rule.parameters
        if may_be_corrected(scope.parameters[name])
    ]
    return implied(all_of((*judged, fires)), truth_of(rule.require, scope).possible)


def _described(rule: Rule, schema: Schema) -> Keywords:
    return {
        "description": f"{sentence(rule.requirement)} {sentence(rule.why)}",
        "x-safelight-constraint": identity(rule),
        **(IMPOSSIBLE if isinstance(schema, bool) else schema),
    }
