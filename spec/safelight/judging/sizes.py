"""What the limits of free sizes leave: whether any size is legal, bounds of its parts, and examples of either side.

Lint asks before it claims anything, so the answers lean to one side: bounds may be wider than the truth, and where a
search would be long, a domain is not called empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from safelight.model import Operator, Part
from safelight.vocabulary.checks import MAX_EDGE_DIGITS
from safelight.vocabulary.free_sizes import SizeLimits, nearest_size

Number: TypeAlias = int | float | Fraction

_LONGEST_EDGE: Final = 10**MAX_EDGE_DIGITS - 1
_MOST_WIDTHS: Final = 100_000
_USUAL: Final = 1024
_WIDEST: Final = 16384


def is_empty(limits: SizeLimits) -> bool:
    """Tell whether no size at all is legal, for certain.

    For every width there is, the legal heights are an interval; where there are more than 100000 widths, only the
    narrowest and the widest are tried together with the bounds, and the answer may be False though it is True.
    """
    step = limits.multiple_of
    low = -(-max(limits.min_edge, step) // step) * step
    high = min(limits.max_edge or _LONGEST_EDGE, _LONGEST_EDGE) // step * step
    if low > high:
        return True
    if (high - low) // step < _MOST_WIDTHS:
        return not any(_has_height(width, low, high, limits) for width in range(low, high + 1, step))
    return (
        high * high < limits.min_pixels
        or low * low > (limits.max_pixels or low * low)
        or (limits.min_ratio is not None and Fraction(high, low) < Fraction(*limits.min_ratio))
        or (limits.max_ratio is not None and Fraction(low, high) > Fraction(*limits.max_ratio))
    )


def _has_height(width: int, low: int, high: int, limits: SizeLimits) -> bool:
    """Tell whether a height from *low* to *high* makes a legal size of *width*."""
    step = limits.multiple_of
    least = max(low, -(-limits.min_pixels // width))
    most = high if limits.max_pixels is None else min(high, limits.max_pixels // width)
    if limits.max_ratio is not None:
        least = max(least, -(-width * limits.max_ratio[1] // limits.max_ratio[0]))
    if limits.min_ratio is not None:
        most = min(most, width * limits.min_ratio[1] // limits.min_ratio[0])
    return -(-least // step) * step <= most


def are_settled(limits: SizeLimits, tests: Iterable[tuple[Part, Operator, Number]]) -> bool:
    """Tell whether every test of a part comes out the same for all legal sizes, so that any one answers for all."""
    ranges = _bounds(limits)
    return all(is_settled(operator, point, *ranges[part]) for part, operator, point in tests)


def is_settled(operator: Operator, point: Number, low: Number, high: Number | None) -> bool:
    """Tell whether a comparison with *point* comes out the same for all numbers from *low* to *high*."""
    match operator:
        case Operator.ABOVE | Operator.AT_MOST:
            return point < low or (high is not None and point >= high)
        case Operator.BELOW | Operator.AT_LEAST:
            return point <= low or (high is not None and point > high)
        case Operator.IN | Operator.NOT_IN:
            return point < low or (high is not None and point > high)
        case _:
            return False


def _bounds(limits: SizeLimits) -> Mapping[Part, tuple[Number, Number | None]]:
    """Bounds of the parts of legal sizes, generous: no legal size lies outside."""
    least = max(limits.min_edge, limits.multiple_of)
    most = limits.max_edge
    if limits.max_pixels is not None:
        most = min(limits.max_pixels // least, most or limits.max_pixels)
    return {
        Part.WIDTH: (least, most),
        Part.HEIGHT: (least, most),
        Part.PIXELS: (max(limits.min_pixels, least * least), limits.max_pixels or (most * most if most else None)),
        Part.RATIO: (
            Fraction(*limits.min_ratio) if limits.min_ratio else Fraction(0),
            Fraction(*limits.max_ratio) if limits.max_ratio else None,
        ),
    }


def examples(limits: SizeLimits, points: Iterable[tuple[Part, Number]]) -> tuple[str, ...]:
    """Legal sizes: of every sort, and on either side of each point where there are such."""
    seeds = {(_USUAL, _USUAL), (1, 1), (_WIDEST, _WIDEST), (1, _WIDEST), (_WIDEST, 1)}
    for part, point in points:
        seeds.update(_seeds(part, point, limits.multiple_of))
    sizes = (nearest_size(width, height, limits) for width, height in sorted(seeds))
    return tuple(dict.fromkeys(size for size in sizes if size is not None))


def _seeds(part: Part, point: Number, step: int) -> Iterator[tuple[int, int]]:
    """Sizes on either side of a point of a part, before they are made legal."""
    if part is Part.PIXELS:
        edge = math.isqrt(max(1, int(point)))
        yield from ((max(1, edge + offset), max(1, edge + offset)) for offset in (-step, 0, step))
    elif part is Part.RATIO:
        width = max(1, int(_USUAL * point))
        yield from ((max(1, width + offset), _USUAL) for offset in (-step, 0, step))
    else:
        edges = [max(1, int(point) + offset) for offset in (-step, 0, step)]
        yield from (pair for edge in edges for pair in ((edge, edge), (edge, _USUAL), (_USUAL, edge)))
