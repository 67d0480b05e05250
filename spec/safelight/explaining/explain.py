"""What a spec says about a parameter or a rule, gathered from all the places where it says it.

The results are plain records, which the command line prints as text, as tables or as JSON.  The sentences are those of
`safelight.vocabulary.wording`, so that an explanation, a violation and a docstring say the same thing in the same
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from safelight.judging.satisfy import Satisfier
from safelight.model import (
    ALWAYS,
    ANY_MODEL,
    Constraint,
    Json,
    Operation,
    Outcome,
    Parameter,
    Rule,
    Source,
    Spec,
    Table,
    UnknownPolicy,
)
from safelight.records import dataclass
from safelight.vocabulary.wording import condition_phrase, type_phrase

from .legal import cell, default_text, legal_values
from .roster import Roster, roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A constraint or a rule as one line: its id, what it asks, and how that is known."""

    id: str
    requirement: str
    basis: str
    source: str | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How some models take a parameter.

    Attributes:
        models: The models that take it so; empty for an API without models.
        takes: Whether they take it at all.
        legal: Their legal values, in short.
        default: What holds for them when it is not sent.
    """

    models: tuple[str, ...]
    takes: bool
    legal: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A member of an object or the items of an array, by their path."""

    name: str
    type: str
    presence: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterPage:
    """Everything about one parameter.

    Attributes:
        inside: Its members or its items, each of which has a page of its own.
        roster: The models, where it is the parameter that chooses one.
    """

    operation: str
    name: str
    doc: str
    type: str
    presence: str
    ways: tuple[Way, ...]
    constraints: tuple[Statement, ...]
    rules: tuple[Statement, ...]
    sources: tuple[Source, ...]
    inside: tuple[Inside, ...]
    roster: Roster | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """Everything about one rule; *models* are those whose requests can break it, as far as can be told."""

    operation: str
    statement: Statement
    why: str
    when: str
    require: str
    models: tuple[str, ...]
    accepts: tuple[Mapping[str, Json], ...]
    rejects: tuple[Mapping[str, Json], ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An operation at a glance: for each parameter its legal values by model.

    Attributes:
        columns: The models, those that take everything alike in one column; one empty column where there are none.
        rows: By parameter, its legal values in the order of the columns.
        rules: The rules across parameters.
        unknown_fields: What is done about fields that the API does not name.
        roster: The models; None where the operation has none.
    """

    operation: str
    call: str
    doc: str
    columns: tuple[tuple[str, ...], ...]
    rows: Mapping[str, tuple[str, ...]]
    rules: tuple[Statement, ...]
    unknown_fields: Statement
    roster: Roster | None


def overview(spec: Spec, operation: Operation, model: str | None = None) -> Overview:
    """Sum up an operation, for one model or for all."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for table in _tables(spec, operation, model):
        cells = tuple(cell(parameter) for parameter in table.parameters.values())
        groups.setdefault(cells, []).append(table.name)
    return Overview(
        operation=operation.name,
        call=f"{operation.verb} {operation.path}",
        doc=operation.doc,
        columns=tuple(_named(names) for names in groups.values()),
        rows={name: tuple(cells[index] for cells in groups) for index, name in enumerate(operation.parameters)},
        rules=tuple(_rule_statement(rule) for rule in operation.rules if _is_about(rule, spec, model)),
        unknown_fields=_policy_statement(operation.unknown_fields, "fields"),
        roster=roster(spec) if operation.model_parameter is not None else None,
    )


def parameter_page(spec: Spec, operation: Operation, name: str, model: str | None = None) -> ParameterPage | None:
    """Tell everything about a parameter, or a part of one (``images[].url``); None where there is none of this name."""
    found = [(table.name, one) for table in _tables(spec, operation, model) if (one := _find(table, name)) is not None]
    if not found:
        return None
    first = found[0][1]
    ways: dict[tuple[bool, str, str], list[str]] = {}
    for table, parameter in found:
        ways.setdefault((parameter.applies, legal_values(parameter), default_text(parameter)), []).append(table)
    constraints = {one.id: one for _, parameter in found for one in parameter.constraints}
    strangers = {it.id: it for _, parameter in found if (it := parameter.unknown_members) is not None}
    rules = [rule for rule in operation.rules if name in rule.parameters and _is_about(rule, spec, model)]
    return ParameterPage(
        operation=operation.name,
        name=name,
        doc=first.doc,
        type=type_phrase(first.type),
        presence=_presence(parameter for _, parameter in found),
        ways=tuple(
            Way(models=_named(names), takes=takes, legal=legal, default=default)
            for (takes, legal, default), names in ways.items()
        ),
        constraints=(
            *(_constraint_statement(one) for one in constraints.values()),
            *(_policy_statement(one, f"members of {name}") for one in strangers.values()),
        ),
        rules=tuple(_rule_statement(rule) for rule in rules),
        sources=_sources(spec, (*constraints.values(), *strangers.values(), *rules)),
        inside=_inside([parameter for _, parameter in found]),
        roster=roster(spec) if name == operation.model_parameter else None,
    )


def rule_page(spec: Spec, operation: Operation, name: str) -> RulePage | None:
    """Tell everything about a rule, by its id or the last part of it; None where there is none."""
    for rule in operation.rules:
        if name in {rule.id, rule.id.partition(".")[2]}:
            return RulePage(
                operation=operation.name,
                statement=_rule_statement(rule),
                why=rule.why,
                when="always" if rule.when == ALWAYS else condition_phrase(rule.when),
                require=condition_phrase(rule.require),
                models=_breaking(spec, operation, rule),
                accepts=tuple(dict(case.body) for case in rule.accepts),
                rejects=tuple(dict(case.body) for case in rule.rejects),
                sources=_sources(spec, (rule,)),
            )
    return None


def page(
    spec: Spec, operation: Operation, name: str, model: str | None = None
) -> ParameterPage | RulePage | Overview | None:
    """Tell about whatever *name* names; None where it names nothing.

    A message ends in an id, and an id is what people look up: that of a constraint leads to its parameter's page, and
    that of a constraint on the body, or the name of the operation, to the overview.
    """
    subjects = _subjects(operation)
    if name in subjects:
        return parameter_page(spec, operation, subjects[name], model)
    if name in {operation.name, operation.body_type.id, operation.unknown_fields.id}:
        return overview(spec, operation, model)
    return rule_page(spec, operation, name)


def names(operation: Operation) -> tuple[str, ...]:
    """Everything that can be explained: parameters, their parts, and rules."""
    table = operation.tables[ANY_MODEL]
    parameters = (part.name for one in table.parameters.values() for part in (one, *_parts(one)))
    return (*parameters, *(rule.id.partition(".")[2] for rule in operation.rules))


def ids(operation: Operation) -> tuple[str, ...]:
    """The ids that can be looked up besides: those of parameters and of all constraints."""
    return (operation.body_type.id, *_subjects(operation), operation.unknown_fields.id)


# --- parts of pages ------------------------------------------------------------------------------------------------


def _tables(spec: Spec, operation: Operation, model: str | None) -> Iterator[Table]:
    """The tables to explain: that of *model*, or those of all models; of an API without models, its only one."""
    if model is not None:
        yield operation.tables[model]
    elif operation.model_parameter is None or not spec.models:
        yield operation.tables[ANY_MODEL]
    else:
        yield from (operation.tables[name] for name in spec.models)


def _subjects(operation: Operation) -> dict[str, str]:
    """By name, by name after the operation's, and by the id of each constraint: the parameter that it is about."""
    found: dict[str, str] = {}
    for table in operation.tables.values():
        for parameter in table.parameters.values():
            for one in (parameter, *_parts(parameter)):
                unknown = [one.unknown_members.id] if one.unknown_members is not None else []
                for name in (
                    one.name,
                    f"{operation.name}.{one.name}",
                    *(each.id for each in one.constraints),
                    *unknown,
                ):
                    found[name] = one.name
    return found


def _named(tables: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in tables if name != ANY_MODEL)


def _find(table: Table, path: str) -> Parameter | None:
    for parameter in table.parameters.values():
        for one in (parameter, *_parts(parameter)):
            if one.name == path:
                return one
    return None


def _parts(parameter: Parameter) -> Iterator[Parameter]:
    """Every part of a parameter, however deep; a model that does not take the whole takes none of them."""
    for part in _direct(parameter):
        taken = part if parameter.applies else replace(part, applies=False, constraints=())
        yield taken
        yield from _parts(taken)


def _direct(parameter: Parameter) -> tuple[Parameter, ...]:
    return (*parameter.members, *([parameter.items] if parameter.items else []))


def _inside(found: Iterable[Parameter]) -> tuple[Inside, ...]:
    """The parts of a parameter as the models take them that take the parameter at all."""
    parts: dict[str, list[Parameter]] = {}
    for part in (part for one in found if one.applies for part in _direct(one)):
        parts.setdefault(part.name, []).append(part)
    return tuple(
        Inside(name=name, type=type_phrase(alike[0].type), presence=_presence(alike), doc=alike[0].doc)
        for name, alike in parts.items()
    )


def _presence(parameters: Iterable[Parameter]) -> str:
    required = {parameter.required for parameter in parameters if parameter.applies}
    if len(required) > 1:
        return "required by some models"
    return "required" if required == {True} else "optional"


def _breaking(spec: Spec, operation: Operation, rule: Rule) -> tuple[str, ...]:
    """The models whose requests can break a rule: not those that take none of what it is about, for example."""
    satisfier = Satisfier(spec, operation)
    breaks = (True, False)

    def can_break(model: str) -> bool:
        found = satisfier.truths(
            (rule.when, rule.require), frozenset({breaks}), provenance=rule.provenance, models=frozenset({model})
        )
        return breaks in found.truths or not found.complete

    return tuple(one for one in spec.models if (rule.models is None or one in rule.models) and can_break(one))


def _is_about(rule: Rule, spec: Spec, model: str | None) -> bool:
    return rule.models is None or model is None or spec.names.get(model, model) in rule.models


def _constraint_statement(constraint: Constraint) -> Statement:
    return Statement(
        id=constraint.id,
        requirement=constraint.requirement,
        basis=constraint.provenance.basis,
        source=constraint.provenance.source,
        outcome=constraint.outcome,
    )


def _policy_statement(policy: UnknownPolicy, things: str) -> Statement:
    done = {Outcome.REFUSE: "refused", Outcome.WARN: "taken with a warning"}.get(policy.outcome, "ignored")
    return Statement(
        id=policy.id,
        requirement=f"other {things} are {done}",
        basis=policy.provenance.basis,
        source=policy.provenance.source,
        outcome=policy.outcome,
    )


def _rule_statement(rule: Rule) -> Statement:
    return Statement(
        id=rule.id,
        requirement=rule.requirement,
        basis=rule.provenance.basis,
        source=rule.provenance.source,
        outcome=rule.outcome,
    )


def _sources(spec: Spec, stated: Iterable[Constraint | Rule | UnknownPolicy]) -> tuple[Source, ...]:
    """The sources of what is stated, each once, in the order of the spec."""
    used = {one.provenance.source for one in stated}
    return tuple(source for source in spec.sources.values() if source.id in used)
