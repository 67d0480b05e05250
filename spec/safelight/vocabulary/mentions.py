"""What a condition mentions: the tests in it, the parameters they look at, the models it can hold for.

Whoever judges, explains or compiles a spec asks this of conditions; none of them needs what reads one from a file.
"""

from __future__ import annotations

from typing import assert_never

from safelight.model import All, AnyOf, Condition, CountOf, Not, Operator, SizeOf, SumOf, Test, Value


def parameters_of(condition: Condition) -> tuple[str, ...]:
    """The parameters that a condition looks at, each once, in order."""
    found: dict[str, None] = {}
    for test in tests_of(condition):
        match test.operand:
            case Value(parameter):
                found[parameter] = None
            case CountOf(parameters):
                found.update(dict.fromkeys(parameters))
            case SumOf(values):
                found.update(dict.fromkeys(value.parameter for value in values))
            case SizeOf(width, height):
                found.update(dict.fromkeys((width.parameter, height.parameter)))
    return tuple(found)


def models_named(condition: Condition, model_parameter: str | None) -> frozenset[str] | None:
    """The models that *condition* can hold for, as far as it names them; None for all."""
    match condition:
        case Test(Value(parameter), Operator.IN, value) if parameter == model_parameter:
            return frozenset(value)
        case Test() | Not():
            return None
        case All(conditions):
            named = [one for one in (models_named(inner, model_parameter) for inner in conditions) if one is not None]
            return named[0].intersection(*named) if named else None
        case AnyOf(conditions):
            each = [models_named(inner, model_parameter) for inner in conditions]
            named = [one for one in each if one is not None]
            return named[0].union(*named) if named and len(named) == len(each) else None
        case _:
            assert_never(condition)


def tests_of(condition: Condition) -> tuple[Test, ...]:
    """The tests inside a condition, in order."""
    match condition:
        case Test():
            return (condition,)
        case Not(inner):
            return tests_of(inner)
        case All(conditions) | AnyOf(conditions):
            return tuple(test for one in conditions for test in tests_of(one))
