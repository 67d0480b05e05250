"""Profiles: what the parts of some work cost."""

import pytest

from tests.benchmarks.profiles import by_steps


def test_a_part_costs_what_its_step_takes_more_than_the_one_before() -> None:
    """The parts of work that was measured step by step come to all of the work."""

    def count_to(many: int) -> None:
        for _ in range(many):
            pass

    profile = by_steps("counting", "By steps.", {"some": lambda: count_to(10), "more": lambda: count_to(30_000)}, 3)

    some, more = profile.parts
    assert (some.name, more.name) == ("some", "more")
    assert more.cost > some.cost > 0
    assert profile.whole == pytest.approx(some.cost + more.cost)
