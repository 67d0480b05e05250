"""Whether a condition holds of a request: true, false, or not to be judged.

A test of a part that a value does not have (the width of ``auto``) is not to be judged, nor is a test of the model
where the request's model may be a named one or another; None says so.  `Not` keeps it, `All` and `AnyOf` let it decide
only where nothing else does.

A parameter that is absent altogether equals nothing: a test that it is some value is false, so that ``stream: true``
can be required.  Whether what is not there is another value, more or less than a number, is not to be judged: a rule
``when: {size: {is_not: auto}}`` is about requests that have a size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import assert_never, cast

from safelight.model import (
    ABSENT,
    All,
    AnyOf,
    Condition,
    CountOf,
    Json,
    Not,
    Operand,
    Operator,
    Part,
    SizeOf,
    SumOf,
    Test,
    Value,
    View,
)
from safelight.records import dataclass
from safelight.vocabulary.checks import edges, is_integer, is_multiple, is_number, length, same, total


@dataclass(frozen=True, slots=True)
class Views:
    """What conditions look at.

    Attributes:
        sent: The parameters that were sent; a null that counts as not sent is not among them.
        effective: The same after defaults; a parameter without either is not among them.
        models: The canonical models that the request's model stands for: one, or a family's members; empty if unknown.
        model_parameter: The parameter that chooses the model.
        separators: How each size parameter writes its sizes.
        units: What the length of each string parameter is counted in.
    """

    sent: Mapping[str, Json]
    effective: Mapping[str, Json]
    models: frozenset[str]
    model_parameter: str | None
    separators: Mapping[str, str]
    units: Mapping[str, str]


def holds(condition: Condition, views: Views) -> bool | None:
    """Tell whether *condition* holds; None where it cannot be judged."""
    match condition:
        case Test():
            return _test(condition, views)
        case Not(inner):
            truth = holds(inner, views)
            return None if truth is None else not truth
        case All(conditions):
            return _combine([holds(one, views) for one in conditions], decisive=False)
        case AnyOf(conditions):
            return _combine([holds(one, views) for one in conditions], decisive=True)
        case _:
            assert_never(condition)


def _combine(truths: list[bool | None], *, decisive: bool) -> bool | None:
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _test(test: Test, views: Views) -> bool | None:
    operand = test.operand
    if isinstance(operand, Value) and operand.parameter == views.model_parameter:
        return _model_test(test, views)
    value = value_of(operand, views)
    if test.operator is Operator.PRESENT:
        return (value is not ABSENT) is test.value
    if value is ABSENT:
        whole = isinstance(operand, Value) and operand.part is None
        return False if whole and test.operator is Operator.IN else None
    match test.operator:
        case Operator.IN:
            return any(_equal(value, one) for one in test.value)
        case Operator.NOT_IN:
            return not any(_equal(value, one) for one in test.value)
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.ABOVE | Operator.BELOW | Operator.MULTIPLE_OF:
            return _compare(test.operator, value, test.value)
        case _:
            assert_never(test.operator)


def _model_test(test: Test, views: Views) -> bool | None:
    if not views.models:
        return None
    if test.operator is Operator.PRESENT:
        return test.value is True
    if views.models <= set(test.value):
        return test.operator is Operator.IN
    if views.models.isdisjoint(test.value):
        return test.operator is Operator.NOT_IN
    return None


def _equal(value: Json, other: Json) -> bool:
    return value == other if isinstance(other, Fraction) else same(value, other)


def _compare(operator: Operator, value: Json, limit: Json) -> bool:
    if not isinstance(value, Fraction) and not is_number(value):
        return False
    match operator:
        case Operator.AT_LEAST:
            return bool(value >= limit)
        case Operator.AT_MOST:
            return bool(value <= limit)
        case Operator.ABOVE:
            return bool(value > limit)
        case Operator.BELOW:
            return bool(value < limit)
        case _:
            return isinstance(value, int | float) and is_multiple(value, limit)


def value_of(operand: Operand, views: Views) -> Json:
    """What an operand amounts to: a value or a part of one, a count or a sum; `ABSENT` where there is nothing."""
    match operand:
        case Value(parameter, view, part):
            whole = (views.sent if view is View.SENT else views.effective).get(parameter, ABSENT)
            if part is None:
                return whole
            return part_of(whole, part, views.separators.get(parameter, "x"), views.units.get(parameter, ""))
        case CountOf(parameters):
            return sum(1 for parameter in parameters if parameter in views.sent)
        case SumOf(values):
            numbers = [value_of(value, views) for value in values]
            return total([number for number in numbers if is_number(number)])
        case SizeOf(width, height, part):
            return _part_of_pair(value_of(width, views), value_of(height, views), part)
        case _:
            assert_never(operand)


def part_of(value: Json, part: Part, separator: str, unit: str) -> Json:
    """Derive a part of a value: an int, a Fraction for the ratio, or `ABSENT` where the value has no such part.

    Args:
        value: The whole value, or `ABSENT`.
        part: What to derive.
        separator: What stands between width and height, for a size.
        unit: What a length is counted in, for a string.
    """
    match part:
        case Part.LENGTH:
            return length(value, unit) if isinstance(value, str) else ABSENT
        case Part.COUNT:
            return len(cast("Sequence[Json]", value)) if isinstance(value, list | tuple) else ABSENT
        case Part.WIDTH | Part.HEIGHT | Part.PIXELS | Part.RATIO:
            pair = edges(value, separator) if isinstance(value, str) else None
            if pair is None:
                return ABSENT
            width, height = pair
            if part is Part.WIDTH:
                return width
            if part is Part.HEIGHT:
                return height
            return width * height if part is Part.PIXELS else Fraction(width, height)
        case _:
            assert_never(part)


def _part_of_pair(width: Json, height: Json, part: Part) -> Json:
    """Derive the pixels or the ratio of a size whose edges, in pixels, come apart; `ABSENT` where they make none."""
    if not (is_integer(width) and is_integer(height) and width >= 1 and height >= 1):
        return ABSENT
    return int(width) * int(height) if part is Part.PIXELS else Fraction(int(width), int(height))
