"""Judging one value by the constraints of one parameter."""

from __future__ import annotations

import re
from functools import partial
from typing import Final, assert_never

from safelight.model import (
    ABSENT,
    AppliesTo,
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
    Pattern,
    Required,
    Type,
    Unit,
    UnknownPolicy,
    in_force,
)
from safelight.vocabulary.checks import (
    Violation,
    edges,
    got,
    is_integer,
    is_multiple,
    is_number,
    length,
    meant_edges,
    named,
    nearest_number,
    nearest_value,
    same,
    spelled,
)
from safelight.vocabulary.free_sizes import SizeLimits, nearest_size
from safelight.vocabulary.patterns import FLAGS

from .lens import Enforced

_INDEX: Final = re.compile(r"\[\d+\]")


def violation(
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
        message=located(constraint.requirement, path) + (got(value) if found is None else found),
        allowed=allowed,
        nearest=constraint.replacement if replaced else nearest,
        basis=constraint.provenance.basis.value,
        outcome=constraint.outcome.value,
    )


def located(requirement: str, path: str) -> str:
    """Say of one item what is asked of all: ``images[].url must be sent`` becomes ``images[2].url must be sent``."""
    return path + requirement.removeprefix(_INDEX.sub("[]", path)) if "[" in path else requirement


def judge(enforced: Enforced, value: Json, path: str) -> list[Violation]:
    """Tell which constraints the value of one parameter breaks, in their order.

    A value that may not be there, or has another type, is not judged further; nor is one that is none of the legal
    values or no size, since the constraints after these speak of its parts.

    Args:
        enforced: The parameter as the reader judges it.
        value: What was sent, or `ABSENT`.
        path: Where the value stands: the parameter's name, or for nested ones ``images[2].url``.
    """
    if value is ABSENT or (value is None and enforced.not_null is None):
        return [violation(enforced.required, path, None, found="")] if enforced.required else []
    if enforced.barred:
        constraint, note = enforced.barred
        return [violation(constraint, path, value, found=note)]
    if value is None and enforced.not_null:
        return [violation(enforced.not_null, path, value, found="")]
    parameter = enforced.parameter
    if not is_of_type(value, parameter.type):
        return [violation(enforced.of_type, path, value)] if enforced.of_type else []
    size = edges(value, enforced.limits.separator) if parameter.type is Type.SIZE and isinstance(value, str) else None
    found: list[Violation] = []
    for one in enforced.content:
        fault = _content(one, path, value, enforced, size)
        if fault is not None:
            found.append(fault)
            if isinstance(one.check, OneOf | Grammar):
                return found
    if parameter.type is Type.ARRAY or parameter.type is Type.OBJECT:
        found += _nested(enforced, value, path)
    return found


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
    one: Constraint, path: str, value: Json, enforced: Enforced, size: tuple[int, int] | None
) -> Violation | None:
    """Judge a value of the right type by one constraint."""
    check: Check = one.check
    match check:
        case OneOf():
            allowed = check.allowed(enforced.as_of)
            written = spelled(value, check.spellings)
            if any(same(written, choice) for choice in allowed):
                return None
            return violation(one, path, value, allowed=allowed, nearest=partial(nearest_value, value, allowed))
        case Minimum(limit):
            return None if value >= limit else violation(one, path, value, nearest=_near_number(value, enforced))
        case Maximum(limit):
            return None if value <= limit else violation(one, path, value, nearest=_near_number(value, enforced))
        case MinLength(limit, unit):
            count = length(value, unit)
            return None if count >= limit else violation(one, path, value, found=f", got {count}")
        case MaxLength(limit, unit):
            count = length(value, unit)
            if count <= limit:
                return None
            return violation(one, path, value, found=f", got {count}", nearest=_cut(one, value, limit, unit))
        case Grammar(_, tokens):
            allowed = tuple(token.value for token in tokens if in_force(token.since, token.until, enforced.as_of))
            if size is not None or value in allowed:
                return None
            near_size = partial(_near_size, value, allowed, enforced.limits)
            return violation(one, path, value, allowed=allowed, nearest=near_size)
        case MultipleOf(step):
            near = is_multiple(value, step)
            return None if near else violation(one, path, value, nearest=_near_number(value, enforced))
        case Pattern(regex):
            return None if re.fullmatch(regex, value, FLAGS) else violation(one, path, value)
        case MinItems(limit):
            return None if len(value) >= limit else violation(one, path, value, found=f", got {len(value)}")
        case MaxItems(limit):
            if len(value) <= limit:
                return None
            nearest = value[:limit] if one.outcome is Outcome.TRUNCATE else None
            return violation(one, path, value, found=f", got {len(value)}", nearest=nearest)
        case Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel():
            return None
        case _:
            if size is None or fits(size, check):
                return None
            return violation(one, path, value, nearest=partial(nearest_size, *size, enforced.limits))


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


def _near_size(value: str, tokens: tuple[Json, ...], limits: SizeLimits) -> Json:
    meant = meant_edges(value)
    return nearest_value(value, tokens) if meant is None else nearest_size(*meant, limits)


def _near_number(value: float, enforced: Enforced) -> float | None:
    return nearest_number(value, enforced.low, enforced.high, enforced.step)


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


def _nested(enforced: Enforced, value: Json, path: str) -> list[Violation]:
    """Judge the items of an array, or the members of an object and then its unknown keys."""
    found: list[Violation] = []
    if enforced.items is not None:
        for index, item in enumerate(value):
            found += judge(enforced.items, item, f"{path}[{index}]")
        return found
    members, policy = enforced.members, enforced.unknown_members
    for key, member in members.items():
        found += judge(member, value.get(key, ABSENT), f"{path}.{key}")
    if policy is not None:
        known = tuple(members)
        found += [
            unknown_field(policy, key, item, known, f"{path}.") for key, item in value.items() if key not in members
        ]
    return found


def unknown_field(policy: UnknownPolicy, key: object, value: Json, known: tuple[str, ...], prefix: str) -> Violation:
    """Tell of a field that the spec does not name, and which known one it may have meant."""
    path = f"{prefix}{named(key)}"
    return Violation(
        rule=policy.id,
        parameter=path,
        value=value,
        message=f"{path} is not a parameter",
        nearest=partial(nearest_value, key, known),
        basis=policy.provenance.basis.value,
        outcome=policy.outcome.value,
    )
