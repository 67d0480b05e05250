"""Mutants of what a parameter amounts to: defaults, what a word stands for, and a null that was legal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from safelight.model import (
    ABSENT,
    ANY_MODEL,
    AppliesTo,
    Constraint,
    Dated,
    Grammar,
    Json,
    Maximum,
    Minimum,
    NotNull,
    OfType,
    OneOf,
    Operation,
    Outcome,
    Parameter,
    Place,
    Required,
    Spec,
    Type,
    UnknownPolicy,
)
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from safelight_testkit.mutants.rewrite import (
    Respeccing,
    each_parameter,
    in_operation,
    in_parameters,
    other_value,
    swapped,
)

__all__ = ["parameter_mutants"]


def parameter_mutants(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of what a parameter amounts to."""
    for stated in _stated_defaults(spec, operation):
        yield from _defaults(spec, operation, stated)
    yield from _conditional(spec, operation)
    yield from _meanings(spec, operation)
    yield from _nulls(operation)
    yield from _strangers(operation)


@dataclass(frozen=True, slots=True)
class _Stated:
    """A default, or what words stand for, as the file states it once.

    Attributes:
        name: The parameter and, where only some have it, the scope: ``size@dall-e``.
        tables: The tables that have it.
        parameter: The parameter as one of them has it.
    """

    name: str
    tables: frozenset[str]
    parameter: Parameter


def _stated(spec: Spec, operation: Operation, key: str) -> Iterator[_Stated]:
    """What the tables take from the same place of the file, together."""
    found: dict[tuple[str, Place], list[tuple[str, Parameter]]] = {}
    for table, parameter in each_parameter(operation):
        if key in parameter.places:
            found.setdefault((parameter.name, parameter.places[key]), []).append((table, parameter))
    whole = frozenset(operation.tables)
    for (name, _), owners in found.items():
        tables = frozenset(table for table, _ in owners)
        scope = _scope(spec, tables - {ANY_MODEL}, whole - {ANY_MODEL})
        yield _Stated(f"{name}{scope}", tables, owners[-1][1])


def _scope(spec: Spec, tables: frozenset[str], whole: frozenset[str]) -> str:
    """How an id names the tables that something is stated for; nothing for the rest of all."""
    family = next((name for name in spec.families if frozenset({name, *spec.families[name].members}) == tables), None)
    if family is not None and tables != whole:
        return f"@{family}"
    return f"@{next(iter(tables))}" if len(tables) == 1 and len(whole) > 1 else ""


def _stated_defaults(spec: Spec, operation: Operation) -> Iterator[_Stated]:
    return _stated(spec, operation, "default")


def _defaults(spec: Spec, operation: Operation, stated: _Stated) -> Iterator[Mutant]:
    parameter = stated.parameter
    if parameter.default is ABSENT:
        return
    other = _another(spec, parameter, parameter.default)
    for what, value, text in (
        ("changed", other, f"the default is {_shown(other)}, not {_shown(parameter.default)}"),
        ("dropped", ABSENT, f"there is no default; it should be {_shown(parameter.default)}"),
    ):
        if value is not ABSENT or what == "dropped":
            yield Mutant(
                id=f"{operation.name}.{stated.name}.default/{what}",
                group=Group.DEFAULTS,
                operation=operation.name,
                about=f"{operation.name}.{parameter.name}",
                text=f"{parameter.name}: {text}",
                change=Respec(_with_default(operation.name, stated, value)),
            )


def _with_default(operation: str, stated: _Stated, value: Json) -> Respeccing:
    def changed(table: str, parameter: Parameter) -> Parameter:
        mine = parameter.name == stated.parameter.name and table in stated.tables
        return replace(parameter, default=value) if mine else parameter

    return in_parameters(operation, changed)


def _conditional(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Each default that depends on the request: forgotten, or another value."""
    seen: set[tuple[str, Place]] = set()
    for _, parameter in each_parameter(operation):
        for number, one in enumerate(parameter.default_when):
            if (parameter.name, one.place) in seen:
                continue
            seen.add((parameter.name, one.place))
            other = _another(spec, parameter, one.value)
            for what, value in (("changed", other), ("dropped", ABSENT)):
                if value is ABSENT and what == "changed":
                    continue
                says = "forgotten" if value is ABSENT else f"{_shown(value)}, not {_shown(one.value)}"
                yield Mutant(
                    id=f"{operation.name}.{parameter.name}.default_when.{number}/{what}",
                    group=Group.DEFAULTS,
                    operation=operation.name,
                    about=f"{operation.name}.{parameter.name}",
                    text=f"the default of {parameter.name} that depends on the request is {says}",
                    change=Respec(_with_conditional(operation.name, parameter.name, one.place, value)),
                )


def _with_conditional(operation: str, name: str, place: Place, value: Json) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        if parameter.name != name:
            return parameter
        kept = tuple(
            one if one.place != place else replace(one, value=value)
            for one in parameter.default_when
            if one.place != place or value is not ABSENT
        )
        return replace(parameter, default_when=kept)

    return in_parameters(operation, changed)


def _meanings(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Each word that the server replaces by its own choice stands for something else."""
    for stated in _stated(spec, operation, "becomes"):
        for word, meaning in stated.parameter.becomes.items():
            other = _another(spec, stated.parameter, meaning, but=(word,))
            if other is not ABSENT:
                yield Mutant(
                    id=f"{operation.name}.{stated.name}.becomes.{word}/changed",
                    group=Group.DEFAULTS,
                    operation=operation.name,
                    about=f"{operation.name}.{stated.parameter.name}",
                    text=f"{stated.parameter.name}: {_shown(word)} stands for {_shown(other)}, not {_shown(meaning)}",
                    change=Respec(_with_meaning(operation.name, stated, word, other)),
                )


def _with_meaning(operation: str, stated: _Stated, word: str, value: Json) -> Respeccing:
    def changed(table: str, parameter: Parameter) -> Parameter:
        mine = parameter.name == stated.parameter.name and table in stated.tables
        return replace(parameter, becomes=swapped(parameter.becomes, word, value)) if mine else parameter

    return in_parameters(operation, changed)


def _nulls(operation: Operation) -> Iterator[Mutant]:
    """Each parameter that may be null, where null counts as not sent, must not be; in the words for other nulls."""
    if "nullable" not in operation.errors.texts:
        return
    for name in operation.parameters:
        parameter = next(table.parameters[name] for key, table in operation.tables.items() if _is_last(operation, key))
        if not parameter.nullable or any(isinstance(one.check, NotNull) for one in parameter.constraints):
            continue
        id_ = f"{operation.name}.{name}.nullable"
        yield Mutant(
            id=f"{id_}/refused",
            group=Group.TYPES,
            operation=operation.name,
            about=f"{operation.name}.{name}.type",
            text=f"null is refused for {name}",
            change=Respec(_not_null(operation.name, name, id_)),
        )


def _is_last(operation: Operation, table: str) -> bool:
    return table == list(operation.tables)[-1]


def _not_null(operation: str, name: str, id_: str) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        of_type = next((one for one in parameter.constraints if isinstance(one.check, OfType)), None)
        if parameter.name != name or of_type is None:
            return parameter
        requirement = f"{name} must not be null"
        refused = replace(of_type, id=id_, check=NotNull(), requirement=requirement, outcome=Outcome.REFUSE, error={})
        place = sum(isinstance(one.check, Dated | Required | AppliesTo) for one in parameter.constraints)
        constraints: tuple[Constraint, ...] = (
            *parameter.constraints[:place],
            refused,
            *parameter.constraints[place:],
        )
        return replace(parameter, constraints=constraints, nullable=False)

    return in_parameters(operation, changed)


def _strangers(operation: Operation) -> Iterator[Mutant]:
    """Fields and members that the spec does not name: refused, or not."""
    policy = operation.unknown_fields
    other = _other_policy(policy, operation.errors.texts, "unknown_fields")
    if other is not None:
        changed = in_operation(operation.name, partial(_policed, policy=other))
        yield _stranger(operation, policy, other, changed)
    members = {
        one.unknown_members.id: one.unknown_members
        for _, one in each_parameter(operation)
        if one.unknown_members is not None
    }
    for policy in members.values():
        other = _other_policy(policy, operation.errors.texts, "unknown_members")
        if other is not None:
            yield _stranger(operation, policy, other, _with_policy(operation.name, policy.id, other))


def _policed(operation: Operation, policy: UnknownPolicy) -> Operation:
    return replace(operation, unknown_fields=policy)


def _other_policy(policy: UnknownPolicy, texts: Mapping[str, object], kind: str) -> UnknownPolicy | None:
    if policy.outcome is Outcome.REFUSE:
        return replace(policy, outcome=Outcome.DROP)
    return replace(policy, outcome=Outcome.REFUSE) if kind in texts else None


def _stranger(operation: Operation, policy: UnknownPolicy, other: UnknownPolicy, change: Respeccing) -> Mutant:
    return Mutant(
        id=f"{policy.id}/{other.outcome}",
        group=Group.TYPES,
        operation=operation.name,
        about=policy.id,
        text=f"the outcome of a field that the spec does not name is {other.outcome}, not {policy.outcome}",
        change=Respec(change),
    )


def _with_policy(operation: str, id_: str, policy: UnknownPolicy) -> Respeccing:
    def changed(_table: str, parameter: Parameter) -> Parameter:
        mine = parameter.unknown_members is not None and parameter.unknown_members.id == id_
        return replace(parameter, unknown_members=policy) if mine else parameter

    return in_parameters(operation, changed)


def _another(spec: Spec, parameter: Parameter, value: Json, but: tuple[Json, ...] = ()) -> Json:
    """Another legal value; `ABSENT` where none is known."""
    if parameter.type is Type.MODEL:
        return other_value(value, tuple(spec.models))
    legal: list[Json] = []
    for one in parameter.constraints:
        match one.check:
            case OneOf(choices):
                legal += [choice.value for choice in choices]
            case Grammar(separator):
                legal += [f"{edge}{separator}{edge}" for edge in (1024, 2048)]
            case Minimum(limit) | Maximum(limit) if isinstance(value, int) and not isinstance(value, bool):
                legal.append(value + 1 if isinstance(one.check, Minimum) and value < limit + 1 else limit)
            case _:
                pass
    words = tuple(parameter.becomes)
    found = [one for one in legal if one not in (value, *but)]
    plain = [one for one in found if one not in words and one != parameter.becomes.get(str(value))]
    return other_value(value, tuple(plain or found))


def _shown(value: Json) -> str:
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)
