"""What a spec says about a parameter or a rule, gathered from all the places where it says it.

The results are plain records, which the command line prints as text, as tables or as JSON.  The sentences are those of
`safelight.wording`, so that an explanation, a violation and a docstring say the same thing in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from safelight.checks import shown
from safelight.model import (
    ABSENT,
    ALWAYS,
    ANY_MODEL,
    Basis,
    Check,
    Choice,
    Constraint,
    EdgesMultipleOf,
    Grammar,
    Json,
    MaxEdge,
    Maximum,
    MaxItems,
    MaxLength,
    MaxPixels,
    MaxRatio,
    MinEdge,
    Minimum,
    MinItems,
    MinLength,
    MinPixels,
    MinRatio,
    MultipleOf,
    OneOf,
    Operation,
    Parameter,
    Pattern,
    Provenance,
    Rule,
    Source,
    Spec,
    Table,
    Type,
)
from safelight.wording import condition_phrase, ratio_text, type_phrase

NOT_TAKEN: Final = "–"
"""Stands in tables for a parameter that a model does not take."""

_MOST_LISTED: Final = 4


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
class ParameterPage:
    """Everything about one parameter."""

    operation: str
    name: str
    doc: str
    type: str
    presence: str
    ways: tuple[Way, ...]
    constraints: tuple[Statement, ...]
    rules: tuple[Statement, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """Everything about one rule."""

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
    """

    operation: str
    call: str
    doc: str
    columns: tuple[tuple[str, ...], ...]
    rows: Mapping[str, tuple[str, ...]]
    rules: tuple[Statement, ...]


def overview(spec: Spec, operation: Operation, model: str | None = None) -> Overview:
    """Sum up an operation, for one model or for all."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for table in _tables(spec, operation, model):
        cells = tuple(_cell(parameter) for parameter in table.parameters.values())
        groups.setdefault(cells, []).append(table.name)
    return Overview(
        operation=operation.name,
        call=f"{operation.verb} {operation.path}",
        doc=operation.doc,
        columns=tuple(_named(names) for names in groups.values()),
        rows={name: tuple(cells[index] for cells in groups) for index, name in enumerate(operation.parameters)},
        rules=tuple(_rule_statement(rule) for rule in operation.rules if _is_about(rule, spec, model)),
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
        constraints=tuple(_constraint_statement(one) for one in constraints.values()),
        rules=tuple(_rule_statement(rule) for rule in rules),
        sources=_sources(spec, (*constraints.values(), *rules)),
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
                models=tuple(one for one in spec.models if rule.models is None or one in rule.models),
                accepts=tuple(case.body for case in rule.accepts),
                rejects=tuple(case.body for case in rule.rejects),
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


def legal_values(parameter: Parameter) -> str:
    """The legal values of a parameter in short: ``1 to 10``, ``"png", "webp"``, ``WIDTHxHEIGHT with edges …``.

    What is not documented, or holds only for a time, says so: ``edges at most 3840 (observed)``.
    """
    constraints: dict[type[Check], Constraint] = {type(one.check): one for one in parameter.constraints}
    parts: list[str] = []
    for one in constraints.values():
        match one.check:
            case OneOf(choices):
                parts.append(f"{', '.join(map(_choice, choices))}{_note(one.provenance)}")
            case Grammar(separator, tokens):
                words = " or ".join((*map(_choice, tokens), f"WIDTH{separator}HEIGHT"))
                parts.append(f"{words}{_note(one.provenance)}")
            case Pattern(regex):
                parts.append(f"matching {regex}{_note(one.provenance)}")
            case _:
                pass
    text = "; ".join((*parts, *_limits(parameter, constraints)))
    return text or {Type.BOOLEAN: "true, false", Type.MODEL: "a model's name"}.get(parameter.type, "any")


def _choice(choice: Choice) -> str:
    return f"{shown(choice.value)}{_note(Provenance(since=choice.since, until=choice.until))}"


def _note(provenance: Provenance) -> str:
    """Say for whom, and when, something holds that does not always hold."""
    words = [provenance.basis.value] if provenance.basis is not Basis.DOCUMENTED else []
    words += [f"from {provenance.since} on"] if provenance.since else []
    words += [f"until {provenance.until}"] if provenance.until else []
    return f" ({', '.join(words)})" if words else ""


def default_text(parameter: Parameter) -> str:
    """What holds when a parameter is not sent."""
    given = [f"{shown(one.value)} with {condition_phrase(one.when)}" for one in parameter.default_when]
    if parameter.default is not ABSENT:
        given.append(f"else {shown(parameter.default)}" if given else shown(parameter.default))
    return ", ".join(given) or "none"


# --- parts of pages ------------------------------------------------------------------------------------------------

_SPANS: Final[tuple[tuple[type[Check], type[Check], str], ...]] = (
    (Minimum, Maximum, "{}"),
    (MinLength, MaxLength, "{} {unit}"),
    (MinItems, MaxItems, "{} items"),
    (MinRatio, MaxRatio, "ratio {}"),
    (MinEdge, MaxEdge, "edges {}"),
    (MinPixels, MaxPixels, "{} pixels"),
)


def _limits(parameter: Parameter, constraints: Mapping[type[Check], Constraint]) -> Iterator[str]:
    """The ranges and steps of a parameter in words."""
    for low, high, form in _SPANS:
        for span, note in _spans(constraints.get(low), constraints.get(high)):
            yield f"{form.format(span, unit=parameter.unit)}{note}"
    for one in constraints.values():
        note = _note(one.provenance)
        if isinstance(one.check, MultipleOf):
            yield f"multiples of {one.check.step}{note}"
        if isinstance(one.check, EdgesMultipleOf):
            yield f"edges divisible by {one.check.step}{note}"


def _spans(low: Constraint | None, high: Constraint | None) -> Iterator[tuple[str, str]]:
    """A range in words, and its note; in two parts where its ends do not hold for the same readers."""
    lower, upper = (_note(one.provenance) if one else "" for one in (low, high))
    if low and high and lower != upper:
        yield from (*_spans(low, None), *_spans(None, high))
        return
    least, most = (_limit(one.check) if one else "" for one in (low, high))
    if least and most:
        yield least if least == most else f"{least} to {most}", lower
    elif least or most:
        yield (f"at least {least}", lower) if least else (f"at most {most}", upper)


def _limit(check: Check) -> str:
    limit: int | float | Fraction | None = getattr(check, "limit", None)
    return ratio_text(limit) if isinstance(limit, Fraction) else "" if limit is None else str(limit)


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
    for part in (*parameter.members, *([parameter.items] if parameter.items else [])):
        yield part
        yield from _parts(part)


def _cell(parameter: Parameter) -> str:
    if not parameter.applies:
        return NOT_TAKEN
    for constraint in parameter.constraints:
        match constraint.check:
            case OneOf(choices) if len(choices) > _MOST_LISTED:
                return f"{len(choices)} values"
            case Grammar(separator, tokens):
                return ", ".join((*map(_choice, tokens), f"WIDTH{separator}HEIGHT"))
            case _:
                pass
    return legal_values(parameter)


def _presence(parameters: Iterable[Parameter]) -> str:
    required = {parameter.required for parameter in parameters if parameter.applies}
    if len(required) > 1:
        return "required by some models"
    return "required" if required == {True} else "optional"


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


def _rule_statement(rule: Rule) -> Statement:
    return Statement(
        id=rule.id,
        requirement=rule.requirement,
        basis=rule.provenance.basis,
        source=rule.provenance.source,
        outcome=rule.outcome,
    )


def _sources(spec: Spec, stated: Iterable[Constraint | Rule]) -> tuple[Source, ...]:
    """The sources of what is stated, each once, in the order of the spec."""
    used = {one.provenance.source for one in stated}
    return tuple(source for source in spec.sources.values() if source.id in used)
