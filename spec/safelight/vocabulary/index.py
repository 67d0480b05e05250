"""Everything in an operation that has an id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from safelight.model import Constraint, Operation, Parameter, Rule, UnknownPolicy

Identified: TypeAlias = Constraint | Rule | UnknownPolicy


def identified(operation: Operation) -> Mapping[str, Identified]:
    """Every constraint, rule and policy of *operation* by its id, in the order of the spec."""
    found: dict[str, Identified] = {operation.body_type.id: operation.body_type}
    for name in operation.parameters:
        for table in operation.tables.values():
            found.update((one.id, one) for one in _of_parameter(table.parameters[name]))
    found[operation.unknown_fields.id] = operation.unknown_fields
    found.update((rule.id, rule) for rule in operation.rules)
    return found


def _of_parameter(parameter: Parameter) -> Iterator[Constraint | UnknownPolicy]:
    yield from parameter.constraints
    if parameter.unknown_members is not None:
        yield parameter.unknown_members
    for part in (*parameter.members, *([parameter.items] if parameter.items else [])):
        yield from _of_parameter(part)
