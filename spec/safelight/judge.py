"""Judging one value by the constraints of one parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, assert_never

from safelight.checks import (
    SizeLimits,
    Violation,
    edges,
    got,
    is_integer,
    is_multiple,
    is_number,
    length,
    meant_edges,
    nearest_number,
    nearest_size,
    nearest_value,
    same,
    shown,
)
from safelight.model import (
    ABSENT,
    AppliesTo,
    Basis,
    Check,
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
    Outcome,
    Parameter,
    Pattern,
    Provenance,
    Required,
    Type,
    Unit,
    in_force,
)

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Lens:
    """The day and the bases that a reader judges by."""

    as_of: date
    basis: frozenset[Basis]

    def in_force(self, provenance: Provenance) -> bool:
        """Tell whether a constraint counts."""
        return provenance.holds(self.basis, self.as_of)

    def applies(self, parameter: Parameter) -> bool:
        """Tell whether the model takes the parameter, as far as this reader knows."""
        return parameter.applies or not any(
            isinstance(one.check, AppliesTo) and self.in_force(one.provenance) for one in parameter.constraints
        )

    def find(self, parameter: Parameter, kind: type[C]) -> C | None:
        """The check of one kind that counts for *parameter*, if it has one."""
        return next(
            (
                one.check
                for one in parameter.constraints
                if isinstance(one.check, kind) and self.in_force(one.provenance)
            ),
            None,
        )

    def violation(
        self,
        constraint: Constraint,
        path: str,
        value: Json,
        *,
        found: str | None = None,
        allowed: tuple[Json, ...] = (),
        nearest: Json = None,
    ) -> Violation:
        """Tell that *value* breaks *constraint*; *found* ends the message and shows the value by default."""
        replaced = constraint.outcome is Outcome.REPLACE
        return Violation(
            rule=constraint.id,
            parameter=path,
            value=value,
            message=constraint.requirement + (got(value) if found is None else found),
            allowed=allowed,
            nearest=constraint.replacement if replaced else nearest,
            basis=constraint.provenance.basis.value,
            outcome=constraint.outcome.value,
        )


def judge(parameter: Parameter, value: Json, table: str, lens: Lens, path: str = "") -> Iterator[Violation]:
    """Tell which constraints of *parameter* the value breaks, in their order.

    Args:
        parameter: The parameter as the request's model takes it.
        value: What was sent, or `ABSENT`.
        table: The model, for messages.
        lens: The day and the bases to judge by.
        path: Where the value stands, for nested ones; the parameter's name by default.
    """
    path = path or parameter.name
    constraints = [one for one in parameter.constraints if lens.in_force(one.provenance)]
    if value is ABSENT or (value is None and parameter.nullable):
        for one in constraints:
            if isinstance(one.check, Required):
                yield lens.violation(one, path, None, found="")
        return
    for one in constraints:
        fault = _presence(one, path, value, parameter, table=table, lens=lens)
        if fault is not None:
            yield fault
            return
    size = edges(value, _separator(parameter)) if parameter.type is Type.SIZE and isinstance(value, str) else None
    for one in constraints:
        fault = _content(one, path, value, parameter, size=size, lens=lens)
        if fault is not None:
            yield fault
            if isinstance(one.check, OneOf | Grammar):
                return
    yield from _nested(parameter, value, table, lens, path)


def _presence(
    one: Constraint, path: str, value: Json, parameter: Parameter, *, table: str, lens: Lens
) -> Violation | None:
    """Judge whether the value may be there at all and is of the right type; nothing else is judged if not."""
    match one.check:
        case Dated(since, until):
            return None if in_force(since, until, lens.as_of) else lens.violation(one, path, value, found="")
        case AppliesTo():
            return None if parameter.applies else lens.violation(one, path, value, found=f", not for {table}")
        case NotNull():
            return lens.violation(one, path, value, found="") if value is None else None
        case OfType(type_):
            return None if is_of_type(value, type_) else lens.violation(one, path, value)
        case _:
            return None


def is_of_type(value: object, type_: Type) -> bool:
    """Tell whether *value* has the JSON type that *type_* asks for."""
    match type_:
        case Type.STRING | Type.SIZE | Type.MODEL:
            return isinstance(value, str)
        case Type.INTEGER:
            return is_integer(value)
        case Type.NUMBER:
            return is_number(value)
        case Type.BOOLEAN:
            return isinstance(value, bool)
        case Type.ARRAY:
            return isinstance(value, list | tuple)
        case Type.OBJECT:
            return isinstance(value, dict)
        case _:
            assert_never(type_)


def _content(  # noqa: C901, PLR0912 - one case a check
    one: Constraint, path: str, value: Json, parameter: Parameter, *, size: tuple[int, int] | None, lens: Lens
) -> Violation | None:
    """Judge a value of the right type by one constraint."""
    check: Check = one.check
    match check:
        case OneOf():
            allowed = check.allowed(lens.as_of)
            if any(same(value, choice) for choice in allowed):
                return None
            return lens.violation(one, path, value, allowed=allowed, nearest=nearest_value(value, allowed))
        case Grammar(_, tokens):
            allowed = tuple(token.value for token in tokens if in_force(token.since, token.until, lens.as_of))
            if size is not None or value in allowed:
                return None
            return lens.violation(
                one, path, value, allowed=allowed, nearest=_near_size(value, allowed, parameter, lens)
            )
        case Minimum(limit):
            return None if value >= limit else _number_fault(one, path, value, parameter, lens)
        case Maximum(limit):
            return None if value <= limit else _number_fault(one, path, value, parameter, lens)
        case MultipleOf(step):
            return None if is_multiple(value, step) else _number_fault(one, path, value, parameter, lens)
        case MinLength(limit, unit):
            count = length(value, unit)
            return None if count >= limit else lens.violation(one, path, value, found=f", got {count}")
        case MaxLength(limit, unit):
            count = length(value, unit)
            if count <= limit:
                return None
            return lens.violation(one, path, value, found=f", got {count}", nearest=_cut(one, value, limit, unit))
        case Pattern(regex):
            return None if re.fullmatch(regex, value) else lens.violation(one, path, value)
        case MinItems(limit):
            return None if len(value) >= limit else lens.violation(one, path, value, found=f", got {len(value)}")
        case MaxItems(limit):
            if len(value) <= limit:
                return None
            nearest = value[:limit] if one.outcome is Outcome.TRUNCATE else None
            return lens.violation(one, path, value, found=f", got {len(value)}", nearest=nearest)
        case Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel():
            return None
        case _:
            if size is None or fits(size, check):
                return None
            return lens.violation(one, path, value, nearest=nearest_size(*size, size_limits(parameter, lens)))


def fits(
    size: tuple[int, int],
    check: EdgesMultipleOf | MinEdge | MaxEdge | MinRatio | MaxRatio | MinPixels | MaxPixels,
) -> bool:
    """Tell whether a size, (width, height) in pixels, meets one of its checks.  Ratios are compared exactly."""
    width, height = size
    match check:
        case EdgesMultipleOf(step):
            return width % step == 0 and height % step == 0
        case MinEdge(limit):
            return min(size) >= limit
        case MaxEdge(limit):
            return max(size) <= limit
        case MinRatio(limit):
            return width * limit.denominator >= height * limit.numerator
        case MaxRatio(limit):
            return width * limit.denominator <= height * limit.numerator
        case MinPixels(limit):
            return width * height >= limit
        case MaxPixels(limit):
            return width * height <= limit
        case _:
            assert_never(check)


def size_limits(parameter: Parameter, lens: Lens) -> SizeLimits:
    """Gather what a free size of *parameter* must keep to, as far as this reader knows."""
    step = lens.find(parameter, EdgesMultipleOf)
    low, high = lens.find(parameter, MinEdge), lens.find(parameter, MaxEdge)
    narrow, wide = lens.find(parameter, MinRatio), lens.find(parameter, MaxRatio)
    few, many = lens.find(parameter, MinPixels), lens.find(parameter, MaxPixels)
    return SizeLimits(
        separator=_separator(parameter),
        multiple_of=step.step if step else 1,
        min_edge=low.limit if low else 1,
        max_edge=high.limit if high else None,
        min_pixels=few.limit if few else 1,
        max_pixels=many.limit if many else None,
        min_ratio=narrow.limit.as_integer_ratio() if narrow else None,
        max_ratio=wide.limit.as_integer_ratio() if wide else None,
    )


def _separator(parameter: Parameter) -> str:
    return next((one.check.separator for one in parameter.constraints if isinstance(one.check, Grammar)), "x")


def _near_size(value: str, tokens: tuple[Json, ...], parameter: Parameter, lens: Lens) -> Json:
    meant = meant_edges(value)
    if meant is None:
        return nearest_value(value, tokens)
    return nearest_size(*meant, size_limits(parameter, lens))


def _number_fault(one: Constraint, path: str, value: float, parameter: Parameter, lens: Lens) -> Violation:
    low, high = lens.find(parameter, Minimum), lens.find(parameter, Maximum)
    step = lens.find(parameter, MultipleOf)
    nearest = nearest_number(
        value, low.limit if low else None, high.limit if high else None, step.step if step else None
    )
    return lens.violation(one, path, value, nearest=nearest)


def _cut(one: Constraint, value: str, limit: int, unit: Unit) -> str | None:
    """The string cut to its limit, where the API would cut it; nobody wants that as a suggestion."""
    if one.outcome is not Outcome.TRUNCATE:
        return None
    if unit is Unit.CODE_POINTS:
        return value[:limit]
    cut = value
    while length(cut, unit) > limit:
        cut = cut[: len(cut) - max(1, (length(cut, unit) - limit) // 4)]
    return cut


def _nested(parameter: Parameter, value: Json, table: str, lens: Lens, path: str) -> Iterator[Violation]:
    if parameter.items is not None:
        for index, item in enumerate(value):
            yield from judge(parameter.items, item, table, lens, f"{path}[{index}]")
    if parameter.unknown_members is None:
        return
    for member in parameter.members:
        key = member.name.rpartition(".")[2]
        yield from judge(member, value.get(key, ABSENT), table, lens, f"{path}.{key}")
    policy = parameter.unknown_members
    keys = tuple(member.name.rpartition(".")[2] for member in parameter.members)
    if lens.in_force(policy.provenance):
        for key, item in value.items():
            if key not in keys:
                name = f"{path}.{key if isinstance(key, str) else shown(key)}"
                yield Violation(
                    rule=policy.id,
                    parameter=name,
                    value=item,
                    message=f"{name} is not a parameter",
                    nearest=nearest_value(key, keys),
                    basis=policy.provenance.basis.value,
                    outcome=policy.outcome.value,
                )
