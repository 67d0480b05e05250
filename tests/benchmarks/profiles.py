"""Where the time goes: what the parts of some work cost, measured with its row and written below the row's table.

A row that misses a target has to say why, and a sentence with figures in it grows old.  So a row measures its parts
each time: it puts profiles in `Row.profiles`, made by hand from whatever it counts, or by `by_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from .measure import Work, interleave

__all__ = ["Part", "Profile", "by_steps"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of some work.

    Attributes:
        name: What is done.
        cost: What it costs, in the profile's unit; a little below nothing where it is lost in the noise.
    """

    name: str
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the parts of some work cost.

    Attributes:
        what: The work.
        how: How its parts were told from each other, in a sentence.
        unit: What is counted: ``s``, ``instructions`` …
        parts: All of them; together they are the whole.
    """

    what: str
    how: str
    unit: str
    parts: tuple[Part, ...]

    @property
    def whole(self) -> float:
        """What all parts cost together."""
        return sum(part.cost for part in self.parts)


def by_steps(what: str, how: str, steps: Mapping[str, Work], rounds: int) -> Profile:
    """Measure work of which each step does what the one before it does, and one part more.

    Args:
        what: The work.
        how: What the steps are.
        steps: By the name of the part that it adds: a step; the last one does all of the work.
        rounds: How many rounds count, in which the steps take turns.

    Returns:
        The profile in seconds of processor time: of each part the median, over the rounds, of what its step takes more.
    """
    found = interleave(steps, rounds)
    before = (0.0,) * rounds
    parts: list[Part] = []
    for name, times in found.items():
        parts.append(Part(name, median(more - less for more, less in zip(times, before, strict=True))))
        before = times
    return Profile(what=what, how=how, unit="s", parts=tuple(parts))
