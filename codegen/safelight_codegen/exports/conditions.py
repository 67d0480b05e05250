"""Conditions of a spec as JSON Schemas of the request's body.

A condition is true, false, or not to be judged (see `safelight.truth`), so it becomes two schemas: of the bodies for
which it is surely true, and of those for which it is surely false.  What was sent is what stands in the body, but for
nulls that count as not sent.  What is effective may be a default: then absence decides, and it does so here, once, with
the interpreter's own reading of the test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, comb, floor
from typing import Any, Final, assert_never

from safelight.lens import Enforced, separator_of
from safelight.model import (
    ABSENT,
    All,
    AnyOf,
    Condition,
    CountOf,
    Json,
    Not,
    Operator,
    Outcome,
    Part,
    SumOf,
    Test,
    Unit,
    Value,
    View,
)
from safelight.truth import Views, holds
from safelight_codegen.exports.schema import (
    NOT_NULL,
    NULL,
    Schema,
    all_of,
    any_of,
    choice,
    field,
    negated,
    one_of_values,
    with_null,
    without_null,
)
from safelight_codegen.exports.values import Unsayable, legal, may_be_corrected, nulls

__all__ = ["Scope", "Truth", "absent", "truth_of"]

_MOST_COMBINATIONS: Final = 256
"""A count that takes more alternatives than these would make a schema that nobody can read."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The bodies for which a condition is surely true, and those for which it is surely false.

    Attributes:
        decided: Whether it is always one or the other.
    """

    true: Schema
    false: Schema
    decided: bool = False

    @property
    def possible(self) -> Schema:
        """The bodies for which it is not surely false."""
        return self.true if self.decided else negated(self.false)

    def opposite(self) -> Truth:
        """The truth of the negation."""
        return Truth(self.false, self.true, self.decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What conditions look at.

    Attributes:
        parameters: The parameters of one table, as the reader judges them.
        models: The canonical models that the table stands for.
        model_parameter: The parameter that chooses the model.
        changed: Parameters whose effective value an earlier rule may have changed.
        defaults: Whether what is effective may be a default; it may not where defaults themselves are chosen.
    """

    parameters: Mapping[str, Enforced]
    models: frozenset[str]
    model_parameter: str | None
    changed: frozenset[str] = frozenset()
    defaults: bool = True

    def views(self, values: Mapping[str, Json]) -> Views:
        """What the interpreter's conditions would look at if exactly *values* were sent, and effective."""
        return Views(
            values,
            values,
            self.models,
            self.model_parameter,
            {name: separator_of(one.parameter) for name, one in self.parameters.items()},
            {name: one.parameter.unit for name, one in self.parameters.items()},
        )


def truth_of(condition: Condition, scope: Scope) -> Truth:
    """Say for which bodies *condition* is true and for which it is false.

    Raises:
        Unsayable: JSON Schema has no form for it.
    """
    match condition:
        case Test():
            return _test(condition, scope)
        case Not(inner):
            return truth_of(inner, scope).opposite()
        case All(conditions):
            return _all([_attempt(one, scope) for one in conditions])
        case AnyOf(conditions):
            return _all([_opposite(_attempt(one, scope)) for one in conditions]).opposite()
        case _:
            assert_never(condition)


def absent(name: str, *, null: bool) -> Schema:
    """Say that a parameter was not sent; *null* tells whether an explicit null counts as that."""
    return field(name, NULL, required=False) if null else {"not": {"required": [name]}}


def _attempt(condition: Condition, scope: Scope) -> Truth | Unsayable:
    try:
        return truth_of(condition, scope)
    except Unsayable as error:
        return error


def _opposite(found: Truth | Unsayable) -> Truth | Unsayable:
    return found if isinstance(found, Unsayable) else found.opposite()


def _all(parts: list[Truth | Unsayable]) -> Truth:
    """Combine conditions that must all hold.  One that never holds decides, whatever the others say."""
    sayable = [part for part in parts if not isinstance(part, Unsayable)]
    if any(part.false is True for part in sayable):
        return Truth(true=False, false=True, decided=True)
    for part in parts:
        if isinstance(part, Unsayable):
            raise part
    return Truth(
        all_of(part.true for part in sayable),
        any_of(part.false for part in sayable),
        decided=all(part.decided for part in sayable),
    )


def _constant(truth: bool | None) -> Truth:  # noqa: FBT001 - the truth itself, as `holds` gives it
    return Truth(true=truth is True, false=truth is False, decided=truth is not None)


def _test(test: Test, scope: Scope) -> Truth:
    match test.operand:
        case Value(parameter) if parameter == scope.model_parameter:
            return _constant(holds(test, scope.views({})))
        case Value() as value:
            return _value_test(test, value, scope)
        case CountOf(parameters):
            return _count_test(test, parameters, scope)
        case SumOf(values):
            if any(_can_be_there(value, scope) for value in values):
                raise Unsayable("JSON Schema cannot add")
            return _constant(holds(test, scope.views({})))
        case _:
            assert_never(test.operand)


# --- one value -----------------------------------------------------------------------------------------------------


def _can_be_there(value: Value, scope: Scope) -> bool:
    """Tell whether an accepted request can have the value: not if the model does not take the parameter."""
    barred = scope.parameters[value.parameter].barred
    return not barred or (value.view is View.SENT and barred[0].outcome is not Outcome.REFUSE)


def _value_test(test: Test, value: Value, scope: Scope) -> Truth:
    name, enforced = value.parameter, scope.parameters[value.parameter]
    if not _can_be_there(value, scope):
        return _constant(holds(test, scope.views({})))
    if value.view is View.EFFECTIVE:
        if name in scope.changed:
            raise Unsayable(f"an earlier rule may change {name}")
        if not scope.defaults and may_be_corrected(enforced):
            raise Unsayable(f"the API may correct {name}")
    there = _values(test, value, enforced, scope)
    missing = _missing(test, value, scope)
    null = nulls(enforced)
    if not null and enforced.not_null is not None and enforced.not_null.outcome is Outcome.WARN:
        of_null = holds(test, scope.views({name: None}))
        there = Truth(
            _with_null_if(of_null is True, there.true), _with_null_if(of_null is False, there.false), there.decided
        )
    elif null:
        there = Truth(without_null(there.true), without_null(there.false), there.decided)
    return Truth(
        _slot(name, there.true, missing.true, null=null),
        _slot(name, there.false, missing.false, null=null),
        there.decided and missing.decided,
    )


def _with_null_if(valid: bool, values: Schema) -> Schema:  # noqa: FBT001 - reads as the call says it
    return with_null(values) if valid else without_null(values)


def _slot(name: str, there: Schema, missing: Schema, *, null: bool) -> Schema:
    """Say that a parameter was sent and meets *there*, or was not and the body meets *missing*.

    *there* is about values other than null where *null* counts as not sent.
    """
    if missing is True:
        if there is False:
            return absent(name, null=null)
        return field(name, with_null(there) if null else there, required=False)
    sent = field(name, there, required=True)
    return any_of((sent, all_of((absent(name, null=null), missing))))


def _values(test: Test, value: Value, enforced: Enforced, scope: Scope) -> Truth:
    """Say for which values, other than null, a test is true and false."""
    if value.part is None:
        found = _whole(test)
        return Truth(found, negated(found), decided=True)
    values = legal(enforced)
    if values is not None:
        truths = [(one, holds(test, scope.views({value.parameter: one}))) for one in values]
        return Truth(
            one_of_values(one for one, truth in truths if truth is True),
            one_of_values(one for one, truth in truths if truth is False),
        )
    if value.part is Part.LENGTH and enforced.parameter.unit is Unit.CODE_POINTS:
        return _limited(test, "string", "minLength", "maxLength")
    if value.part is Part.COUNT:
        return _limited(test, "array", "minItems", "maxItems")
    if value.part is Part.LENGTH:
        raise Unsayable(f"JSON Schema counts code points, not {enforced.parameter.unit}")
    raise Unsayable("JSON Schema cannot calculate with the numbers in a string")


def _whole(test: Test) -> Schema:
    match test.operator:
        case Operator.IN:
            return one_of_values(test.value)
        case Operator.NOT_IN:
            return negated(one_of_values(test.value))
        case Operator.PRESENT:
            return test.value is True
        case Operator.AT_LEAST:
            return {"type": "number", "minimum": test.value}
        case Operator.AT_MOST:
            return {"type": "number", "maximum": test.value}
        case Operator.ABOVE:
            return {"type": "number", "exclusiveMinimum": test.value}
        case Operator.BELOW:
            return {"type": "number", "exclusiveMaximum": test.value}
        case Operator.MULTIPLE_OF:
            if test.value != int(test.value):
                raise Unsayable("validators divide in binary, where a decimal step has no exact multiples")
            return {"type": "number", "multipleOf": int(test.value)}
        case _:
            assert_never(test.operator)


def _limited(test: Test, type_: str, least: str, most: str) -> Truth:
    """Say for which strings or arrays a test of their length is true and false; others have no length."""

    def between(low: int, high: int | None) -> Schema:
        if high is not None and high < low:
            return False
        limits = ({least: low} if low > 0 else {}) | ({most: high} if high is not None else {})
        return {"type": type_, **limits}

    def from_on(low: int) -> Truth:
        return Truth(between(max(low, 0), None), between(0, low - 1))

    match test.operator:
        case Operator.AT_LEAST:
            return from_on(ceil(test.value))
        case Operator.ABOVE:
            return from_on(floor(test.value) + 1)
        case Operator.AT_MOST:
            above = from_on(floor(test.value) + 1)
            return Truth(above.false, above.true)
        case Operator.BELOW:
            above = from_on(ceil(test.value))
            return Truth(above.false, above.true)
        case Operator.IN | Operator.NOT_IN:
            numbers = [int(one) for one in test.value if _is_count(one)]
            among = any_of(between(one, one) for one in numbers)
            other = all_of(({"type": type_}, negated(among)))
            return Truth(among, other) if test.operator is Operator.IN else Truth(other, among)
        case Operator.PRESENT:
            found: Schema = {"type": type_}
            return Truth(found, negated(found)) if test.value else Truth(negated(found), found)
        case Operator.MULTIPLE_OF:
            raise Unsayable("JSON Schema cannot divide a length")
        case _:
            assert_never(test.operator)


def _is_count(number: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(number, int | float) and not isinstance(number, bool) and number >= 0 and number == int(number)


def _missing(test: Test, value: Value, scope: Scope) -> Truth:
    """Say for which bodies a test is true and false if the parameter is not sent."""
    nothing = _constant(holds(test, scope.views({})))
    if value.view is View.SENT or not scope.defaults:
        return nothing
    parameter = scope.parameters[value.parameter].parameter

    def of_default(default: Json) -> Truth:
        return nothing if default is ABSENT else _constant(holds(test, scope.views({value.parameter: default})))

    found = of_default(parameter.default)
    if all(of_default(one.value) == found for one in parameter.default_when):
        return found
    for one in reversed(parameter.default_when):
        chosen, when = of_default(one.value), truth_of(one.when, replace(scope, defaults=False)).true
        found = Truth(
            choice(when, chosen.true, found.true),
            choice(when, chosen.false, found.false),
            chosen.decided and found.decided,
        )
    return found


# --- counts --------------------------------------------------------------------------------------------------------


def _count_test(test: Test, parameters: Iterable[str], scope: Scope) -> Truth:
    """Say for which bodies as many of *parameters* were sent as a test asks for."""
    sent = [
        field(name, NOT_NULL if nulls(scope.parameters[name]) else True, required=True)
        for name in parameters
        if _can_be_there(Value(name, View.SENT), scope)
    ]
    return Truth(
        *(
            any_of(_runs(sent, [_count_meets(test, number) is wanted for number in range(len(sent) + 1)]))
            for wanted in (True, False)
        ),
        decided=True,
    )


def _count_meets(test: Test, number: int) -> bool:
    """Tell what the interpreter makes of a test if *number* parameters were sent."""
    names = tuple(str(one) for one in range(number))
    counted = Test(CountOf(names), test.operator, test.value)
    return holds(counted, Views(dict.fromkeys(names), {}, frozenset(), None, {}, {})) is True


def _runs(sent: list[Schema], meets: list[bool]) -> Iterable[Schema]:
    """Say, for each run of numbers that meet the test, that so many were sent."""
    start = 0
    while True in meets[start:]:
        low = meets.index(True, start)
        start = meets.index(False, low) if False in meets[low:] else len(meets)
        if low == 1 and start == 2 and len(sent) > 1:
            yield {"oneOf": sent}
        else:
            yield all_of((_at_least(low, sent), negated(_at_least(start, sent))))


def _at_least(number: int, sent: list[Schema]) -> Schema:
    """Say that at least *number* of *sent* hold."""
    if number > len(sent):
        return False
    if comb(len(sent), number) > _MOST_COMBINATIONS:
        raise Unsayable(f"there are {comb(len(sent), number)} ways to choose {number} of {len(sent)} parameters")
    return any_of(all_of(chosen) for chosen in combinations(sent, number))
