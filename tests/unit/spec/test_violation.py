"""The record of a violation: equal by what it says, and fit to be printed whatever was sent."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from safelight.vocabulary.checks import Violation, violation


def nested(depth: int) -> object:
    """Lists within lists."""
    value: object = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", ["x" * 1_000_000, [0] * 1_000_000, 10**10_000, nested(100_000)], ids=["text", "list", "integer", "deep"]
)
def test_the_repr_of_a_violation_is_short_and_never_raises(value: object) -> None:
    """A log line shows the rule and the message, and not a whole prompt; nothing is too deep or too long for it."""
    written = repr(Violation(rule="r.x", parameter="x", value=value, message="x is wrong"))

    assert written.startswith("Violation(rule='r.x', parameter='x', value=")
    assert "message='x is wrong'" in written
    assert len(written) < 300


def test_violations_are_equal_by_what_they_say() -> None:
    """Two readings that tell the same tell equal records, and neither can be changed."""
    one, other = (Violation(rule="r.x", parameter="x", value=1, message="x is wrong") for _ in range(2))

    assert one == other
    with pytest.raises(AttributeError):
        setattr(one, "rule", "r.y")  # noqa: B010 - type checkers know that it cannot be set, which is what is tested


ALL = ("r.x", "x", "meduim", "x is wrong", ("low", "medium"), "medium", "observed", "warn")
"""What a violation tells, in the order of its attributes."""


class Seeking:
    """What finds the nearest value, and counts how often it had to."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> str:
        """Find it."""
        self.asked += 1
        return "medium"


def told(nearest: object) -> Violation:
    """A violation as a validator makes it."""
    return violation(
        rule="r.x",
        parameter="x",
        value="meduim",
        message="x is wrong",
        allowed=("low", "medium"),
        nearest=nearest,
        basis="observed",
        outcome="warn",
    )


def test_the_nearest_value_is_sought_when_it_is_asked_for() -> None:
    """Whoever only wants to know what is wrong does not pay for what would be right."""
    seeking = Seeking()
    one = told(seeking)

    assert (one.rule, one.value, one.message, one.allowed) == ("r.x", "meduim", "x is wrong", ("low", "medium"))
    assert seeking.asked == 0
    assert one.nearest == "medium"
    assert seeking.asked == 1


VIEWS: Mapping[str, Callable[[Violation], tuple[Any, ...]]] = {
    "its items": tuple,
    "items by number": lambda one: (*one[:5], one[5], *one[6:]),
    "a dict": lambda one: tuple(one._asdict().values()),
    "attributes": lambda one: tuple(getattr(one, name) for name in Violation._fields),
    "pickled": lambda one: tuple(pickle.loads(pickle.dumps(one))),
    "replaced": lambda one: tuple(one._replace(rule="r.x")),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_however_one_looks_the_nearest_value_is_there(view: Callable[[Violation], tuple[Any, ...]]) -> None:
    """That it is found late is nowhere to be seen."""
    assert view(told(Seeking())) == ALL
    assert view(Violation(*ALL)) == ALL


def test_a_violation_equals_one_whose_nearest_value_was_given() -> None:
    """Records are compared by what they tell: one that was stored equals the one that was made."""
    late, given, other = told(Seeking()), Violation(*ALL), told("low")

    assert late == given
    assert given == late
    assert late == ALL
    assert hash(late) == hash(given)
    assert [late != given, late != other] == [False, True]
    assert repr(late) == repr(given)
    assert "nearest='medium'" in repr(late)
