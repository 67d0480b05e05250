"""Measuring: the sides of a comparison take turns, and what counts is the ratio within each round.

A machine that others use is now fast, now slow.  What is measured in the same moment suffers alike, so every round
measures every side once, each round in another order, and the comparison is the median of the rounds' ratios, with
their quartiles.  Work within a process is measured in processor time, which waiting for a turn does not add to.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final, TypeAlias

__all__ = ["Rounds", "Work", "divided", "interleave", "of_command", "progress", "seconds", "told"]

Work: TypeAlias = Callable[[], object]
"""Something to do, for as long as it takes to be measured: some hundredths of a second."""

Rounds: TypeAlias = Mapping[str, tuple[float, ...]]
"""By side: what each round measured."""

_SHORTEST: Final = 0.02  # Seconds; shorter work is repeated, so that the clock's own steps do not count.


def seconds(work: Work, clock: Callable[[], float] = process_time) -> float:
    """Tell how long *work* takes."""
    start = clock()
    work()
    return clock() - start


def told(work: Work) -> float:
    """Take the number that *work* itself comes to, where it is no time of this process.

    Raises:
        TypeError: It comes to something else.
    """
    number = work()
    if not isinstance(number, float):
        raise TypeError(f"a measurement is a number, got {number!r}")
    return number


def of_command(command: Sequence[str], folder: Path) -> float:
    """Run a command to its end and tell the processor time that it took, with all it started.

    Raises:
        subprocess.CalledProcessError: It failed; what it wrote is in the error.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def interleave(
    sides: Mapping[str, Work],
    rounds: int,
    *,
    measure: Callable[[Work], float] = seconds,
    repeat: bool = True,
) -> Rounds:
    """Measure the sides in turns.

    Args:
        sides: By name: what is measured.
        rounds: How many rounds count; one more comes first, to warm up.
        measure: What is told of a side; its processor time by default.
        repeat: Whether work that is too short for the clock is done several times, each side as often as it needs.
            Then what is told is for one time.

    Returns:
        By side: one number for each round.
    """
    times = {name: _times(work, measure) if repeat else 1 for name, work in sides.items()}
    found: dict[str, list[float]] = {name: [] for name in sides}
    names = tuple(sides)
    for number in range(rounds + 1):
        progress(f"round {number} of {rounds}")
        for name in _turned(names, number):
            gc.collect()
            took = measure(_repeated(sides[name], times[name])) / times[name]
            if number > 0:
                found[name].append(took)
    progress("")
    return {name: tuple(values) for name, values in found.items()}


def divided(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """The ratio of each round."""
    return tuple(mine / other for mine, other in zip(ours, theirs, strict=True))


def progress(text: str) -> None:
    """Show a person at a terminal how far it is."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def _times(work: Work, measure: Callable[[Work], float]) -> int:
    took = measure(work)  # the first time pays for what is then warm
    if took >= _SHORTEST:
        return 1
    took = median(measure(work) for _ in range(3))
    return max(1, round(_SHORTEST / took)) if took > 0 else 1000


def _repeated(work: Work, times: int) -> Work:
    if times == 1:
        return work

    def again() -> None:
        for _ in range(times):
            work()

    return again


def _turned(names: Sequence[str], number: int) -> Sequence[str]:
    """Another order for each round: every side is first as often as the others, and follows each neighbour."""
    start = number % len(names)
    order = (*names[start:], *names[:start])
    return order if number // len(names) % 2 == 0 else order[::-1]
