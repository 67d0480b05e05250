"""Conditions of a spec as JSON Schemas of the request's body.

A condition is true, false, or not to be judged (see `safelight.judging.truth`), so it becomes two schemas: of the
bodies for which it is surely true, and of those for which it is surely false.  What was sent is what stands in the
body, but for nulls that count as not sent.  What is effective may be a default: then absence decides, and it does so
here, once, with the interpreter's own reading of the test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from safelight.judging.lens import Enforced
from safelight.judging.truth import holds
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
    SizeOf,
    SumOf,
    Test,
    Unit,
    Value,
    View,
)
from safelight_codegen.exports.comparisons import of_length, of_whole
from safelight_codegen.exports.counts import of_count
from safelight_codegen.exports.keywords import Unsayable, of_choices
from safelight_codegen.exports.schema import (
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
from safelight_codegen.exports.scope import Scope, Truth, absent, can_be_there, constant
from safelight_codegen.exports.values import legal, may_be_corrected, nulls

__all__ = ["truth_of"]


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


def _test(test: Test, scope: Scope) -> Truth:
    match test.operand:
        case Value(parameter) if parameter == scope.model_parameter:
            return constant(holds(test, scope.views({})))
        case Value() as value:
            return _value_test(test, value, scope)
        case CountOf(parameters):
            return of_count(test, parameters, scope)
        case SumOf(values):
            if any(can_be_there(value, scope) for value in values):
                raise Unsayable("JSON Schema cannot add")
            return constant(holds(test, scope.views({})))
        case SizeOf(width, height):
            if can_be_there(width, scope) and can_be_there(height, scope):
                raise Unsayable("JSON Schema cannot multiply")
            return constant(holds(test, scope.views({})))
        case _:
            assert_never(test.operand)


# --- one value -----------------------------------------------------------------------------------------------------


def _value_test(test: Test, value: Value, scope: Scope) -> Truth:
    name, enforced = value.parameter, scope.parameters[value.parameter]
    if not can_be_there(value, scope):
        return constant(holds(test, scope.views({})))
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
        found = _in_any_case(test) if enforced.spellings else of_whole(test)
        return Truth(found, negated(found), decided=True)
    values = legal(enforced)
    if values is not None:
        truths = [(one, holds(test, scope.views({value.parameter: one}))) for one in values]
        return Truth(
            one_of_values(one for one, truth in truths if truth is True),
            one_of_values(one for one, truth in truths if truth is False),
        )
    if value.part is Part.LENGTH and enforced.parameter.unit is Unit.CODE_POINTS:
        return of_length(test, "string")
    if value.part is Part.COUNT:
        return of_length(test, "array")
    if value.part is Part.LENGTH:
        raise Unsayable(f"JSON Schema counts code points, not {enforced.parameter.unit}")
    raise Unsayable("JSON Schema cannot calculate with the numbers in a string")


def _in_any_case(test: Test) -> Schema:
    """Say for which values, other than null, a test of a whole string is true whose letters have no case."""
    match test.operator:
        case Operator.IN:
            return of_choices(test.value, any_case=True)
        case Operator.NOT_IN:
            return negated(of_choices(test.value, any_case=True))
        case _:
            return of_whole(test)


def _missing(test: Test, value: Value, scope: Scope) -> Truth:
    """Say for which bodies a test is true and false if the parameter is not sent."""
    nothing = constant(holds(test, scope.views({})))
    if value.view is View.SENT or not scope.defaults:
        return nothing
    parameter = scope.parameters[value.parameter].parameter

    def of_default(default: Json) -> Truth:
        return nothing if default is ABSENT else constant(holds(test, scope.views({value.parameter: default})))

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
