"""Changing one thing in a spec: small functions from frozen records to frozen records.

What several tables of an operation share is stated once in the file, so it is changed in all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from safelight.model import ABSENT, Check, Constraint, OfType, Operation, Parameter, Response, Rule, Spec, Table

__all__ = [
    "Respeccing",
    "each_parameter",
    "in_check",
    "in_constraint",
    "in_operation",
    "in_parameters",
    "in_response",
    "in_rule",
    "other_value",
    "swapped",
    "without",
    "without_constraint",
]

_K = TypeVar("_K")
_V = TypeVar("_V")
Respeccing: TypeAlias = Callable[[Spec], Spec]


def in_operation(name: str, change: Callable[[Operation], Operation]) -> Respeccing:
    """Change an operation."""
    return lambda spec: replace(spec, operations=swapped(spec.operations, name, change(spec.operations[name])))


def in_response(name: str, change: Callable[[Response], Response]) -> Respeccing:
    """Change the answer of an operation."""
    return in_operation(name, lambda operation: replace(operation, response=change(operation.response)))


def in_rule(name: str, id_: str, change: Callable[[Rule], Rule | None]) -> Respeccing:
    """Change a rule of an operation, or drop it where *change* gives None."""

    def changed(operation: Operation) -> Operation:
        rules = [change(rule) if rule.id == id_ else rule for rule in operation.rules]
        return replace(operation, rules=tuple(rule for rule in rules if rule is not None))

    return in_operation(name, changed)


def in_parameters(name: str, change: Callable[[str, Parameter], Parameter]) -> Respeccing:
    """Change parameters of an operation, nested ones too; *change* gets the name of the table and the parameter."""

    def deep(table: str, parameter: Parameter) -> Parameter:
        nested = replace(
            parameter,
            items=deep(table, parameter.items) if parameter.items is not None else None,
            members=tuple(deep(table, member) for member in parameter.members),
        )
        return change(table, nested)

    def changed(operation: Operation) -> Operation:
        tables = {
            key: Table(key, MappingProxyType({one: deep(key, item) for one, item in table.parameters.items()}))
            for key, table in operation.tables.items()
        }
        return replace(operation, tables=MappingProxyType(tables))

    return in_operation(name, changed)


def in_constraint(name: str, id_: str, change: Callable[[Constraint], Constraint | None]) -> Respeccing:
    """Change the constraint *id_* wherever it stands, or drop it where *change* gives None."""

    def changed(_table: str, parameter: Parameter) -> Parameter:
        if all(one.id != id_ for one in parameter.constraints):
            return parameter
        kept = [change(one) if one.id == id_ else one for one in parameter.constraints]
        return replace(parameter, constraints=tuple(one for one in kept if one is not None))

    return in_parameters(name, changed)


def in_check(name: str, id_: str, check: Check) -> Respeccing:
    """Let the constraint *id_* ask for something else."""
    return in_constraint(name, id_, lambda one: replace(one, check=check))


def without_constraint(name: str, id_: str) -> Respeccing:
    """Forget a constraint.  A type is always stated, so it is never in force instead."""

    def forgotten(one: Constraint) -> Constraint | None:
        if not isinstance(one.check, OfType):
            return None
        return replace(one, provenance=replace(one.provenance, until=date.min))

    return in_constraint(name, id_, forgotten)


def each_parameter(operation: Operation) -> Iterator[tuple[str, Parameter]]:
    """Every parameter of every table, nested ones too, with the name of the table."""

    def deep(parameter: Parameter) -> Iterator[Parameter]:
        yield parameter
        for part in (*parameter.members, *([parameter.items] if parameter.items is not None else [])):
            yield from deep(part)

    for name in operation.parameters:
        for key, table in operation.tables.items():
            yield from ((key, one) for one in deep(table.parameters[name]))


def swapped(mapping: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    """The mapping with another value at *key*, in the same order."""
    return MappingProxyType({one: value if one == key else item for one, item in mapping.items()})


def without(mapping: Mapping[_K, _V], key: _K) -> Mapping[_K, _V]:
    """The mapping without *key*."""
    return MappingProxyType({one: item for one, item in mapping.items() if one != key})


def other_value(value: object, legal: tuple[object, ...] = ()) -> object:
    """A value near *value* that is another one: the next that is legal, where that is known."""
    match value:
        case _ if any(one != value for one in legal):
            return next(one for one in legal if one != value)
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}-other"
        case _:
            return ABSENT
