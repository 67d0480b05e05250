"""The record of a violation: equal by what it says, and fit to be printed whatever was sent."""

from __future__ import annotations

import pytest

from safelight.checks import Violation


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
