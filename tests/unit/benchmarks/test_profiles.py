"""Profiles: what the parts of some work cost."""

from tests.benchmarks.profiles import Part, by_steps


def test_a_part_costs_what_its_step_takes_more_than_the_one_before() -> None:
    """The parts of work that was measured step by step come to all of the work, round for round."""
    profile = by_steps("counting", "By steps.", {"to ten": (1.0, 2.0, 9.0), "to a hundred": (4.0, 5.5, 12.5)})

    assert profile.parts == (Part("to ten", 2.0), Part("to a hundred", 3.5))
    assert profile.whole == 5.5
