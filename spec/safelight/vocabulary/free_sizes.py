"""Free sizes: what they must keep to, and the legal one that is nearest to any other.

Like `safelight.vocabulary.checks`, this module is copied byte for byte into every client, and imports the standard
library alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

__all__ = ["SizeLimits", "nearest_size"]

_LONGEST_EDGE = 999_999_999  # the greatest number of as many digits as `safelight.vocabulary.checks.edges` reads
_MOST_WIDTHS_TRIED = 32768
_FINE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLimits:
    """What a free size must keep to.  Ratios are ``(numerator, denominator)`` of width : height, ends included."""

    separator: str = "x"
    multiple_of: int = 1
    min_edge: int = 1
    max_edge: int | None = None
    min_pixels: int = 1
    max_pixels: int | None = None
    min_ratio: tuple[int, int] | None = None
    max_ratio: tuple[int, int] | None = None


def nearest_size(width: int, height: int, limits: SizeLimits) -> str | None:
    """Find the legal size that *width* by *height*, both in pixels, most likely meant; ``None`` when nothing is legal.

    Whoever asks for too much, or too little, still means the shape: the size is first enlarged or reduced in proportion
    until its pixels and edges are within limits, and a shape beyond the limits becomes the nearest one within.  From
    there the nearest legal size is taken, by straight-line distance; of two equally near the wider wins, then the
    higher.  A legal size is its own nearest.

    For every width on the grid, nearest first, the legal heights are an interval, so each width costs a few divisions;
    the search ends when the width alone is farther than the best found, and gives up 32768 grid steps away.
    """
    width, height = _in_proportion(width, height, limits)
    step = limits.multiple_of
    start = max(step, width - width % step)
    best: tuple[int, int, int] | None = None
    reach = min(_reach(width, height, limits), step * _MOST_WIDTHS_TRIED)
    offset = 0
    while offset <= reach:
        for candidate in {start + offset, start - offset}:
            if candidate < step or (best is not None and (candidate - width) ** 2 > best[0]):
                continue
            candidate_height = _nearest_height(candidate, height, limits)
            if candidate_height is not None:
                distance = (candidate - width) ** 2 + (candidate_height - height) ** 2
                found = (distance, -candidate, candidate_height)
                best = found if best is None else min(best, found)
        offset += step
        if best is not None and (start + offset - width) ** 2 > best[0]:
            break
    return None if best is None else f"{-best[1]}{limits.separator}{best[2]}"


def _in_proportion(width: int, height: int, limits: SizeLimits) -> tuple[int, int]:
    """Bring a size within the limits of ratio, pixels and edges, grid aside, and keep its shape as far as they let.

    The arithmetic is of integers, in fractions of a pixel: *x* and *y* count parts of which *unit* make one.
    """
    x, y, unit = width, height, 1
    for ratio, side in ((limits.min_ratio, -1), (limits.max_ratio, 1)):
        if ratio is not None and (x * ratio[1] - y * ratio[0]) * side > 0:
            along = x * ratio[0] + y * ratio[1]  # to the nearest point of that shape
            x, y, unit = along * ratio[0], along * ratio[1], unit * (ratio[0] ** 2 + ratio[1] ** 2)
    if x * y < limits.min_pixels * unit**2:
        x, y, unit = _of_pixels(x, y, limits.min_pixels)
    if min(x, y) < limits.min_edge * unit:
        x, y, unit = x * limits.min_edge, y * limits.min_edge, min(x, y)
    if limits.max_pixels is not None and x * y > limits.max_pixels * unit**2:
        x, y, unit = _of_pixels(x, y, limits.max_pixels)
    longest = _LONGEST_EDGE if limits.max_edge is None else limits.max_edge
    if max(x, y) > longest * unit:
        x, y, unit = x * longest, y * longest, max(x, y)
    return max(1, (2 * x + unit) // (2 * unit)), max(1, (2 * y + unit) // (2 * unit))


def _of_pixels(x: int, y: int, pixels: int) -> tuple[int, int, int]:
    """The size of the shape *x* : *y* that has so many *pixels*, and the unit it is counted in."""
    return isqrt(pixels * _FINE**2 * x // y), isqrt(pixels * _FINE**2 * y // x), _FINE


def _reach(width: int, height: int, limits: SizeLimits) -> int:
    """How far from *width* a legal width can lie at most, generously."""
    if limits.max_edge is not None:
        return max(limits.max_edge, width) + limits.multiple_of
    steepest = limits.max_ratio[0] // limits.max_ratio[1] + 1 if limits.max_ratio else 1
    tallest = limits.min_ratio[1] // limits.min_ratio[0] + 1 if limits.min_ratio else 1
    return (max(width, height, limits.min_edge) + isqrt(limits.min_pixels) + limits.multiple_of) * max(
        steepest, tallest
    )


def _nearest_height(width: int, height: int, limits: SizeLimits) -> int | None:
    """The legal height nearest to *height* for this *width*, or ``None``."""
    longest = _LONGEST_EDGE if limits.max_edge is None else limits.max_edge
    if not limits.min_edge <= width <= longest:
        return None
    step = limits.multiple_of
    low = max(limits.min_edge, -(-limits.min_pixels // width), 1)
    highs = [longest]
    if limits.max_pixels is not None:
        highs.append(limits.max_pixels // width)
    if limits.max_ratio is not None:
        low = max(low, -(-width * limits.max_ratio[1] // limits.max_ratio[0]))
    if limits.min_ratio is not None:
        highs.append(width * limits.min_ratio[1] // limits.min_ratio[0])
    low, high = -(-low // step) * step, min(highs) // step * step
    return min(max(low, (height + step // 2) // step * step), high) if low <= high else None
