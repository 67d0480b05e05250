"""Comparisons as JSON Schemas of the value that is compared."""

from __future__ import annotations

from math import ceil, floor
from typing import Any, Final, assert_never

from safelight.model import Operator, Test
from safelight_codegen.exports.keywords import Unsayable
from safelight_codegen.exports.schema import Keywords, Schema, all_of, any_of, negated, one_of_values
from safelight_codegen.exports.scope import Truth

__all__ = ["of_length", "of_whole"]

_LIMITS: Final = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}


def of_whole(test: Test) -> Schema:
    """Say for which values, other than null, a test of a whole value is true.

    Raises:
        Unsayable: JSON Schema has no form for it.
    """
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


def of_length(test: Test, type_: str) -> Truth:
    """Say for which strings or arrays a test of their length is true and false; other values have no length.

    Raises:
        Unsayable: JSON Schema has no form for it.
    """
    match test.operator:
        case Operator.AT_LEAST | Operator.BELOW:
            found = _from_on(ceil(test.value), type_)
        case Operator.ABOVE | Operator.AT_MOST:
            found = _from_on(floor(test.value) + 1, type_)
        case Operator.IN | Operator.NOT_IN:
            among = any_of(_between(int(one), int(one), type_) for one in test.value if _is_count(one))
            found = Truth(among, all_of(({"type": type_}, negated(among))))
        case Operator.PRESENT:
            there: Keywords = {"type": type_}
            found = Truth(there, negated(there), decided=True)
        case Operator.MULTIPLE_OF:
            raise Unsayable("JSON Schema cannot divide a length")
        case _:
            assert_never(test.operator)
    opposite = test.operator in {Operator.BELOW, Operator.AT_MOST, Operator.NOT_IN} or test.value is False
    return found.opposite() if opposite else found


def _from_on(low: int, type_: str) -> Truth:
    return Truth(_between(low, None, type_), _between(0, low - 1, type_))


def _between(low: int, high: int | None, type_: str) -> Schema:
    if high is not None and high < low:
        return False
    least, most = _LIMITS[type_]
    return {"type": type_, **({least: low} if low > 0 else {}), **({most: high} if high is not None else {})}


def _is_count(number: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(number, int | float) and not isinstance(number, bool) and number >= 0 and number == int(number)
