"""Mutants of constraints: limits off by one either way, values lost and let in, checks forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from safelight.model import (
    ANY_MODEL,
    AppliesTo,
    Check,
    Choice,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Grammar,
    Json,
    KnownModel,
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
    NotNull,
    OfType,
    OneOf,
    Operation,
    Outcome,
    Parameter,
    Pattern,
    Required,
    Spec,
    Type,
    Unit,
)
from safelight.vocabulary.checks import spelled
from safelight_testkit.mutants.limits import stepped
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from safelight_testkit.mutants.rewrite import (
    Respeccing,
    each_parameter,
    in_check,
    in_constraint,
    in_parameters,
    without_constraint,
)

__all__ = ["constraint_mutants"]


def constraint_mutants(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of a check of one parameter."""
    listed = _listed(operation)
    for parameter, one in _stated(operation):
        make = partial(_mutant, operation, one)
        yield from _changed(operation, parameter, one, listed.get(parameter.name, ()), make)
        if isinstance(one.check, AppliesTo):
            yield from _models(spec, operation, one, one.check, make)
        yield from _gentler(operation, one, make)
        if not isinstance(one.check, Required | NotNull | AppliesTo | KnownModel):
            mutant = make("dropped", f"nothing asks that {one.requirement}", without_constraint(operation.name, one.id))
            yield replace(mutant, sayable=not isinstance(one.check, OfType))


_Make = Callable[[str, str, Respeccing], Mutant]


def _mutant(operation: Operation, one: Constraint, what: str, text: str, change: Respeccing) -> Mutant:
    return Mutant(
        id=f"{one.id}/{what}",
        group=_group(one.check),
        operation=operation.name,
        about=one.id,
        text=text,
        change=Respec(change),
    )


def _group(check: Check) -> Group:
    match check:
        case Required() | NotNull() | OfType() | Dated():
            return Group.TYPES
        case AppliesTo() | KnownModel():
            return Group.MODELS
        case OneOf() | Grammar() | Pattern():
            return Group.VALUES
        case _:
            return Group.BOUNDS


def _stated(operation: Operation) -> Iterator[tuple[Parameter, Constraint]]:
    """Every constraint of the operation once, with a parameter that has it, at best one of a model."""
    found: dict[str, tuple[Parameter, Constraint]] = {}
    for table, parameter in each_parameter(operation):
        for one in parameter.constraints:
            if one.id not in found or table != ANY_MODEL:
                found[one.id] = parameter, one
    yield from found.values()


def _listed(operation: Operation) -> dict[str, tuple[Json, ...]]:
    """Every value that any table lists, by parameter."""
    found: dict[str, dict[str, Json]] = {}
    for _, parameter in each_parameter(operation):
        for one in parameter.constraints:
            if isinstance(one.check, OneOf):
                values = found.setdefault(parameter.name, {})
                values.update({repr(choice.value): choice.value for choice in one.check.choices})
    return {name: tuple(values.values()) for name, values in found.items()}


def _changed(  # noqa: C901, PLR0912 - one case a check
    operation: Operation, parameter: Parameter, one: Constraint, listed: tuple[Json, ...], make: _Make
) -> Iterator[Mutant]:
    """The check of a constraint changed a little."""
    match one.check:
        case (
            Minimum()
            | Maximum()
            | MinLength()
            | MaxLength()
            | MinItems()
            | MaxItems()
            | MinEdge()
            | MaxEdge()
            | MinPixels()
            | MaxPixels()
            | MinRatio()
            | MaxRatio()
        ):
            for what, check in stepped(one.check, parameter):
                text = f"the limit is {check.limit}, not {one.check.limit}"
                yield make(what, text, in_check(operation.name, one.id, check))
            if isinstance(one.check, MaxLength):
                yield from _units(operation, one, one.check, make)
        case MultipleOf(step) | EdgesMultipleOf(step):
            for what, other in (("coarser", step * 2), ("finer", _finer(step))):
                text = f"the step is {other}, not {step}"
                if other != step:
                    yield make(what, text, in_check(operation.name, one.id, _of_step(one.check, other)))
        case OneOf():
            yield from _values(operation, one, one.check, listed, make)
        case Grammar():
            yield from _grammar(operation, one, one.check, make)
        case Pattern(regex):
            for what, text, loose in (
                ("prefix", "only the start of the string has to match", f"(?:{regex})(?s:.*)"),
                ("any-case", "letters of either case match", f"(?i:{regex})"),
            ):
                yield make(what, text, in_check(operation.name, one.id, Pattern(loose)))
        case Required():
            yield make("optional", f"{parameter.name} need not be sent", _optional(operation.name, one.id))
        case NotNull():
            yield make("nullable", f"{parameter.name} may be null", _nullable(operation.name, one.id))
        case OfType(Type.INTEGER):
            yield make("number", f"{parameter.name} may be a fraction", _fractional(operation.name, one.id))
        case OfType() | Dated() | KnownModel() | AppliesTo():
            pass


def _finer(step: float) -> float:
    """Half the step, or a third of it, and so on: the nearest that is whole; the same for 1."""
    if not isinstance(step, int):
        return step / 2
    return next((step // one for one in range(2, step + 1) if step % one == 0), step)


def _of_step(check: MultipleOf | EdgesMultipleOf, step: float) -> Check:
    return MultipleOf(step) if isinstance(check, MultipleOf) else EdgesMultipleOf(int(step))


def _units(operation: Operation, one: Constraint, check: MaxLength, make: _Make) -> Iterator[Mutant]:
    """A parameter has one unit, for all its lengths."""
    for unit in Unit:
        if unit is not check.unit:
            changed = _counted(operation.name, one.id, unit)
            yield make(f"in-{unit.value.replace(' ', '-')}", f"the length is counted in {unit}", changed)


def _counted(operation: str, id_: str, unit: Unit) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        if all(one.id != id_ for one in parameter.constraints):
            return parameter
        kept = tuple(
            replace(one, check=replace(one.check, unit=unit)) if isinstance(one.check, MinLength | MaxLength) else one
            for one in parameter.constraints
        )
        return replace(parameter, unit=unit, constraints=kept)

    return in_parameters(operation, changed)


def _values(
    operation: Operation, one: Constraint, check: OneOf, listed: tuple[Json, ...], make: _Make
) -> Iterator[Mutant]:
    """Each value lost; a value of another model let in, and the first one in capitals."""
    for place, choice in enumerate(check.choices if len(check.choices) > 1 else ()):
        fewer = replace(check, choices=check.choices[:place] + check.choices[place + 1 :])
        text = f"{_shown(choice.value)} is refused"
        yield make(f"without-{choice.value}", text, in_check(operation.name, one.id, fewer))
    mine = [choice.value for choice in check.choices]
    near: list[Json] = [value.upper() for value in mine[:1] if isinstance(value, str)]
    near += [value + 1 for value in mine[-1:] if isinstance(value, int) and not isinstance(value, bool)]
    if check.any_case:
        text = "values are legal only as they are listed"
        yield make("one-case", text, in_check(operation.name, one.id, replace(check, any_case=False)))
    for value in (*near, *(value for value in listed if value not in mine)):
        if spelled(value, check.spellings) not in mine:
            more = replace(check, choices=(*check.choices, Choice(value)))
            text = f"{_shown(value)} is let in"
            yield make(f"with-{value}", text, in_check(operation.name, one.id, more))


def _grammar(operation: Operation, one: Constraint, check: Grammar, make: _Make) -> Iterator[Mutant]:
    other = "*" if check.separator == "x" else "x"
    text = f"width and height are separated by {other!r}"
    yield make("separator", text, in_check(operation.name, one.id, replace(check, separator=other)))
    for place, token in enumerate(check.tokens):
        fewer = replace(check, tokens=check.tokens[:place] + check.tokens[place + 1 :])
        text = f"{_shown(token.value)} is refused"
        yield make(f"without-{token.value}", text, in_check(operation.name, one.id, fewer))


def _models(spec: Spec, operation: Operation, one: Constraint, check: AppliesTo, make: _Make) -> Iterator[Mutant]:
    """Each model that takes the parameter loses it, and each other one gets it; so does the family of unknown ones."""
    for name in (*spec.models, *([spec.unknown_model.family] if spec.unknown_model.family is not None else [])):
        owners = operation.tables[name].parameters.values()
        owner = next((p for p in owners if any(one.id == each.id for each in p.constraints)), None)
        if owner is None:
            continue
        text = f"{name} {'does not take' if owner.applies else 'takes'} {owner.name}"
        what = f"{'without' if owner.applies else 'with'}-{name}"
        yield make(what, text, _flipped(operation.name, one.id, name, check))


def _flipped(operation: str, id_: str, model: str, check: AppliesTo) -> Respeccing:
    """Let a table take what it does not take, or the other way round; the constraint tells of the same models."""
    other = replace(check, models=check.models ^ {model})

    def changed(table: str, parameter: Parameter) -> Parameter:
        if all(one.id != id_ for one in parameter.constraints):
            return parameter
        kept = tuple(replace(one, check=other) if one.id == id_ else one for one in parameter.constraints)
        return replace(parameter, constraints=kept, applies=parameter.applies ^ (table == model))

    return in_parameters(operation, changed)


def _optional(operation: str, id_: str) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        kept = tuple(one for one in parameter.constraints if one.id != id_)
        fewer = len(kept) < len(parameter.constraints)
        return replace(parameter, constraints=kept, required=False) if fewer else parameter

    return in_parameters(operation, changed)


def _nullable(operation: str, id_: str) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        kept = tuple(one for one in parameter.constraints if one.id != id_)
        fewer = len(kept) < len(parameter.constraints)
        return replace(parameter, constraints=kept, nullable=True) if fewer else parameter

    return in_parameters(operation, changed)


def _fractional(operation: str, id_: str) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        if all(one.id != id_ for one in parameter.constraints):
            return parameter
        check = OfType(Type.NUMBER)
        kept = tuple(replace(one, check=check) if one.id == id_ else one for one in parameter.constraints)
        return replace(parameter, type=Type.NUMBER, constraints=kept)

    return in_parameters(operation, changed)


def _gentler(operation: Operation, one: Constraint, make: _Make) -> Iterator[Mutant]:
    """A gentle outcome becomes a refusal, where the API has words for one; what replaces a value is forgotten."""
    if one.outcome is not Outcome.REFUSE and one.check.kind in operation.errors.texts:
        refused = in_constraint(operation.name, one.id, lambda found: replace(found, outcome=Outcome.REFUSE))
        yield make("refused", f"the API refuses instead of going on: {one.requirement}", refused)


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
