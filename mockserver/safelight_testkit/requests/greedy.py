"""Covering everything there is to show with few things that show some of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def smallest_cover(options: Sequence[T], shown: Callable[[T], Iterable[Hashable]]) -> tuple[T, ...]:
    """Choose few of *options* that together show all that any of them shows, in their order.

    The next choice is always the one that shows most that is new, the first of equals: at most a logarithm from the
    fewest possible, and always the same.
    """
    left: dict[int, set[Hashable]] = {place: set(shown(option)) for place, option in enumerate(options)}
    chosen: list[int] = []
    while left:
        best = max(left, key=lambda place: (len(left[place]), -place))
        news = left.pop(best)
        if not news:
            break
        chosen.append(best)
        left = {place: rest for place, old in left.items() if (rest := old - news)}
    return tuple(options[place] for place in sorted(chosen))
