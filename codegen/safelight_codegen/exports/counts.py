"""How many parameters were sent, as a JSON Schema.

JSON Schema knows "all of", "any of" and "exactly one of", so other numbers become alternatives: two of three are three
pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from math import comb
from typing import Final

from safelight.judging.truth import Views, holds
from safelight.model import CountOf, Test, Value, View
from safelight_codegen.exports.keywords import Unsayable
from safelight_codegen.exports.schema import NOT_NULL, Schema, all_of, any_of, field, negated
from safelight_codegen.exports.scope import Scope, Truth, can_be_there
from safelight_codegen.exports.values import nulls

__all__ = ["of_count"]

_MOST_COMBINATIONS: Final = 256
"""A count that takes more alternatives than these would make a schema that nobody can read."""


def of_count(test: Test, parameters: Iterable[str], scope: Scope) -> Truth:
    """Say for which bodies as many of *parameters* were sent as a test asks for.

    Raises:
        Unsayable: There would be too many alternatives.
    """
    sent = [
        field(name, NOT_NULL if nulls(scope.parameters[name]) else True, required=True)
        for name in parameters
        if can_be_there(Value(name, View.SENT), scope)
    ]
    meets = [_count_meets(test, number) for number in range(len(sent) + 1)]
    true, false = (any_of(_runs(sent, [one is wanted for one in meets])) for wanted in (True, False))
    return Truth(true, false, decided=True)


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
