"""Covering everything there is to show with few things that show some of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from heapq import heapify, heappop, heappush
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


def most_telling(
    options: Sequence[T], told: Callable[[T], tuple[Collection[Hashable], ...]], most: int
) -> tuple[T, ...]:
    """Choose at most *most* of *options*, those that tell most, in their order.

    The next choice is always the one that tells most that is new by the first of its measures, by the second where that
    does not decide, and so on, and the first of equals.

    Args:
        options: What there is.
        told: What each tells, one collection for each measure.
        most: How many are wanted.
    """
    tells = [told(option) for option in options]
    seen = tuple(set[Hashable]() for _ in tells[0]) if tells else ()

    def rank(place: int) -> tuple[int, ...]:
        news = (sum(one not in known for one in mine) for mine, known in zip(tells[place], seen, strict=True))
        return (*(-count for count in news), place)

    # What an option tells that is new only gets less, so the rank that is least and still true is the least of all.
    ranks = [rank(place) for place in range(len(options))]
    heapify(ranks)
    chosen: list[int] = []
    while ranks and len(chosen) < most:
        place = heappop(ranks)[-1]
        now = rank(place)
        if ranks and now > ranks[0]:
            heappush(ranks, now)
            continue
        chosen.append(place)
        for mine, known in zip(tells[place], seen, strict=True):
            known.update(mine)
    return tuple(options[place] for place in sorted(chosen))
