"""The sizes that lie on the border of one limit, and those that break it by as little as the other limits let them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from safelight.model import EdgesMultipleOf, MaxEdge, MaxPixels, MaxRatio, MinEdge, MinPixels, MinRatio, SizeCheck
from safelight_testkit.values.sizes import LONGEST, Region, Size, above, below


def inside(region: Region, check: SizeCheck) -> tuple[Size, ...]:
    """The sizes of *region* on the border of *check*; for limits of edges, one for each edge."""
    match check:
        case EdgesMultipleOf():
            found = [region.handy().simplest()]
        case MinEdge(limit):
            width, height = _up(limit, region.width_step), _up(limit, region.height_step)
            found = [replace(region, max_width=width).simplest(), replace(region, max_height=height).simplest()]
        case MaxEdge(limit):
            width, height = _down(limit, region.width_step), _down(limit, region.height_step)
            found = [replace(region, min_width=width).simplest(), replace(region, min_height=height).simplest()]
        case MinRatio():
            found = [region.handy().narrowest()]
        case MaxRatio():
            found = [region.handy().widest()]
        case MinPixels():
            found = [region.handy().smallest()]
        case MaxPixels():
            found = [region.handy().largest()]
        case _:
            assert_never(check)
    return tuple(dict.fromkeys(size for size in found if size is not None))


def outside(region: Region, check: SizeCheck) -> tuple[Size, ...]:
    """The sizes that break *check* and keep every other limit of *region*, as near to the border as these allow."""
    parts = beyond(region, check)
    found: list[Size | None]
    match check:
        case EdgesMultipleOf(step):
            rows, columns = (part.handy().rows() for part in parts)
            found = [
                next(((width, height) for height, widths in rows for width in widths[:2] if width % step), None),
                next(((widths[0], height) for height, widths in columns if height % step), None),
            ]
        case MinEdge(limit):
            wide, tall = parts
            width, height = _down(limit - 1, region.width_step), _down(limit - 1, region.height_step)
            found = [
                replace(wide, min_width=width, min_height=limit).simplest() or wide.simplest(),
                replace(tall, min_height=height, min_width=limit).simplest() or tall.simplest(),
            ]
        case MaxEdge(limit):
            wide, tall = parts
            width, height = _up(limit + 1, region.width_step), _up(limit + 1, region.height_step)
            found = [
                replace(wide, max_width=width, max_height=limit).simplest() or wide.simplest(),
                replace(tall, max_height=height, max_width=limit).simplest() or tall.simplest(),
            ]
        case MinRatio():
            found = [part.handy().widest() for part in parts]
        case MaxRatio():
            found = [part.handy().narrowest() for part in parts]
        case MinPixels():
            found = [part.handy().largest() for part in parts]
        case MaxPixels():
            found = [part.handy().smallest() for part in parts]
        case _:
            assert_never(check)
    return tuple(dict.fromkeys(size for size in found if size is not None))


def beyond(region: Region, check: SizeCheck) -> tuple[Region, ...]:
    """The regions that together hold every size that breaks *check* and keeps every other limit of *region*.

    Where *check* is a grid, they are on the next finer one, and hold the sizes on the grid itself too: whoever checks
    for 8 instead of 16 is caught by a multiple of 8, and not by an odd number.
    """
    match check:
        case EdgesMultipleOf(step):
            return replace(region, width_step=finer(step)), replace(region, height_step=finer(step))
        case MinEdge(limit):
            free = replace(region, min_width=1, min_height=1)
            return replace(free, max_width=limit - 1), replace(free, max_height=limit - 1)
        case MaxEdge(limit):
            free = replace(region, max_width=LONGEST, max_height=LONGEST)
            return replace(free, min_width=limit + 1), replace(free, min_height=limit + 1)
        case MinRatio(limit):
            return (replace(region, min_ratio=Fraction(1, LONGEST), max_ratio=below(limit)),)
        case MaxRatio(limit):
            return (replace(region, max_ratio=Fraction(LONGEST), min_ratio=above(limit)),)
        case MinPixels(limit):
            return (replace(region, min_pixels=1, max_pixels=limit - 1),)
        case MaxPixels(limit):
            return (replace(region, max_pixels=LONGEST**2, min_pixels=limit + 1),)
        case _:
            assert_never(check)


def finer(step: int) -> int:
    """The greatest number below *step* that divides it; 1 for 1."""
    return next((step // divisor for divisor in range(2, step + 1) if step % divisor == 0), 1)


def _up(value: int, step: int) -> int:
    """The least multiple of *step* from *value* on."""
    return -(-value // step) * step


def _down(value: int, step: int) -> int:
    """The greatest multiple of *step* up to *value*."""
    return value // step * step
