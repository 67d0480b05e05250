"""What the clock promises: real time unless a test says otherwise, and no jump that nobody asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.clock import Clock

SECONDS = st.integers(0, 2**40)


class Watch:
    """Stands in for the real time."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        """Return the time it shows."""
        return self.time


@given(st.lists(SECONDS))
def test_a_running_clock_shows_real_time_plus_all_advances(steps: list[int]) -> None:
    """Advances add up, and real time goes on below them."""
    watch = Watch()
    clock = Clock(watch)
    for step in steps:
        clock.advance(step)
    watch.time += 7
    assert clock.now() == 107 + sum(steps)


@given(st.lists(SECONDS))
def test_a_frozen_clock_moves_only_when_it_is_advanced(steps: list[int]) -> None:
    """However much real time passes."""
    watch = Watch()
    clock = Clock(watch)
    clock.freeze()
    for step in steps:
        watch.time += 1000
        clock.advance(step)
    assert clock.now() == 100 + sum(steps)


def test_a_clock_is_not_moved_back_by_advancing_it() -> None:
    """Links that have expired would come to life again; frozen at an earlier time it can be, by whoever means it."""
    clock = Clock(Watch())
    with pytest.raises(ValueError, match="seconds must be 0 or more, got -1"):
        clock.advance(-1)
    clock.freeze(at=50)
    assert clock.now() == 50


def test_a_clock_can_be_frozen_at_any_time_and_goes_on_from_there() -> None:
    """Resuming makes no jump, and resuming a running clock does nothing."""
    watch = Watch()
    clock = Clock(watch)
    clock.freeze(at=5.0)
    watch.time += 50
    clock.resume()
    clock.resume()
    assert clock.now() == 5
    watch.time += 2
    assert clock.now() == 7


def test_a_reset_clock_shows_real_time() -> None:
    """Whatever was done to it."""
    watch = Watch()
    clock = Clock(watch)
    clock.advance(10)
    clock.freeze()
    clock.reset()
    watch.time += 1
    assert clock.now() == 101
