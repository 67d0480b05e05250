"""The benchmark of strategies compares like with like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.judging.interpret import violations
from tests.benchmarks.strategies import NATURAL, OURS, drawing, measured, natural
from tests.strategies import SPEC_FILES, subject

FIRST = subject(SPEC_FILES[0])
MODELS = {"gpt-image-2", "gpt-image-1.5", "gpt-image-1", "dall-e-3", "dall-e-2"}


@given(body=natural())
@settings(max_examples=50)
def test_the_form_by_hand_gives_valid_bodies(body: dict[str, Any]) -> None:
    """A form that broke rules could be faster than one that keeps them."""
    assert violations(FIRST.spec, FIRST.operation, body) == ()
    assert body["model"] in MODELS


def test_every_side_draws_as_many_examples_in_every_round() -> None:
    """What is compared is the time for the same number of examples."""
    found = measured(rounds=2, examples=10)

    assert {name: len(times) for name, times in found.items()} == {OURS: 2, NATURAL: 2}
    assert all(time > 0 for times in found.values() for time in times)


def test_a_strategy_that_runs_dry_is_no_fast_one() -> None:
    """Too few examples in little time are told, not divided by."""
    with pytest.raises(AssertionError, match="drew 2 examples of 10"):
        drawing(st.booleans(), 10)()
