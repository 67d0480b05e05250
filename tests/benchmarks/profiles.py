"""Where the time goes: what the parts of some work cost, measured with its row and written below the row's table.

A row that misses a target has to say why, and a sentence with figures in it grows old.  So a row measures its parts
each time: it puts profiles in `Row.profiles`, made by hand from whatever it counts, or by `by_steps`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from .measure import Rounds

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


def by_steps(what: str, how: str, found: Rounds) -> Profile:
    """Profile work of which each step does what the one before it does, and one part more.

    Args:
        what: The work.
        how: What the steps are.
        found: By the name of the part that it adds: the seconds that a step took in each round; the last one does all
            of the work.

    Returns:
        The profile: of each part the median, over the rounds, of what its step takes more.
    """
    parts: list[Part] = []
    before: tuple[float, ...] | None = None
    for name, times in found.items():
        added = times if before is None else [more - less for more, less in zip(times, before, strict=True)]
        parts.append(Part(name, median(added)))
        before = times
    return Profile(what=what, how=how, unit="s", parts=tuple(parts))
