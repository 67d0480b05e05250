"""Limits off by one: the next limit, up and down, that some value can tell from the right one.

One more pixel is no other limit where sizes lie on a grid, so the step is looked for among the values that the other
checks of the parameter leave.  It is looked for by trying, not with the solver that the suite finds its borders with:
a suite that misses the nearest size on a border is to be caught by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final, TypeAlias

from safelight.model import (
    EdgesMultipleOf,
    MaxEdge,
    Maximum,
    MaxItems,
    MaxLength,
    MaxPixels,
    MaxRatio,
    MinEdge,
    Minimum,
    MinItems,
    MinLength,
    MinPixels,
    MinRatio,
    MultipleOf,
    Parameter,
)

__all__ = ["Limited", "stepped"]

Limited: TypeAlias = (
    Minimum
    | Maximum
    | MinLength
    | MaxLength
    | MinItems
    | MaxItems
    | MinEdge
    | MaxEdge
    | MinPixels
    | MaxPixels
    | MinRatio
    | MaxRatio
)
_FAR: Final = 4096
"""Pixels up to which sizes are tried where no limit of the edges stops before."""


def stepped(check: Limited, parameter: Parameter) -> Iterator[tuple[str, Limited]]:
    """The check with its limit one step up and one step down; a step that no value can show is left out.

    Args:
        check: A check of *parameter*.
        parameter: The parameter, with all its checks.
    """
    match check:
        case Minimum(limit) | Maximum(limit):
            step = _grain(parameter)
            yield "up", replace(check, limit=_plain(Fraction(repr(limit)) + step))
            yield "down", replace(check, limit=_plain(Fraction(repr(limit)) - step))
        case MinLength(limit) | MaxLength(limit) | MinItems(limit) | MaxItems(limit):
            yield "up", replace(check, limit=limit + 1)
            if limit:
                yield "down", replace(check, limit=limit - 1)
        case MinEdge(limit) | MaxEdge(limit):
            grid = _grid(parameter)
            yield "up", replace(check, limit=limit // grid * grid + grid)
            yield "down", replace(check, limit=max(1, -(-limit // grid) * grid - grid))
        case MinPixels(limit) | MaxPixels(limit):
            yield from _pixels(check, limit, [width * height for width, height in _sizes(parameter, check)])
        case MinRatio(limit) | MaxRatio(limit):
            yield from _ratios(check, limit, parameter)


def _grain(parameter: Parameter) -> Fraction:
    """What two neighbouring numbers of a parameter differ by; between decimal numbers, 1 stands for it."""
    step = next((one.check.step for one in parameter.constraints if isinstance(one.check, MultipleOf)), None)
    return Fraction(1) if step is None else Fraction(repr(step))


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _grid(parameter: Parameter) -> int:
    return next((one.check.step for one in parameter.constraints if isinstance(one.check, EdgesMultipleOf)), 1)


def _sizes(parameter: Parameter, besides: Limited) -> Iterator[tuple[int, int]]:  # noqa: C901 - one case a limit
    """The sizes that keep every limit of *parameter* but *besides*; those on a grid of 16 where there is no coarser."""
    step = max(_grid(parameter), 16)
    low, high = 1, _FAR
    narrow, wide = Fraction(0), Fraction(_FAR)
    few, many = 1, _FAR**2
    for one in parameter.constraints:
        if one.check is besides:
            continue
        match one.check:
            case MinEdge(limit):
                low = limit
            case MaxEdge(limit):
                high = min(high, limit)
            case MinRatio(ratio):
                narrow = ratio
            case MaxRatio(ratio):
                wide = ratio
            case MinPixels(limit):
                few = limit
            case MaxPixels(limit):
                many = limit
            case _:
                pass
    edges = range(-(-low // step) * step, high + 1, step)
    for width in edges:
        for height in edges:
            if (
                few <= width * height <= many
                and narrow.numerator * height <= width * narrow.denominator
                and width * wide.denominator <= wide.numerator * height
            ):
                yield width, height


def _pixels(check: MinPixels | MaxPixels, limit: int, attained: list[int]) -> Iterator[tuple[str, Limited]]:
    """A least number up to the next attained one and down below the nearest; a greatest number the same way."""
    more = min((count for count in attained if count > limit), default=None)
    less = max((count for count in attained if count < limit), default=None)
    if isinstance(check, MaxPixels):
        last = max((count for count in attained if count <= limit), default=None)
        if more is not None:
            yield "up", replace(check, limit=more)
        if last is not None:
            yield "down", replace(check, limit=last - 1)
        return
    first = min((count for count in attained if count >= limit), default=None)
    if first is not None:
        yield "up", replace(check, limit=first + 1)
    if less is not None:
        yield "down", replace(check, limit=less)


def _ratios(check: MinRatio | MaxRatio, limit: Fraction, parameter: Parameter) -> Iterator[tuple[str, Limited]]:
    """One step of the grid along the longer edge of the smallest size that lies on the limit, or else nearest to it."""
    step, widest = max(_grid(parameter), 16), isinstance(check, MaxRatio)
    sizes = _sizes(parameter, check)
    legal = ((w, h) for w, h in sizes if (w <= limit * h if widest else w >= limit * h))
    nearest = min(legal, key=lambda size: (abs(Fraction(*size) - limit), size[0] * size[1]), default=None)
    if nearest is None:
        return
    width, height = nearest
    near = (
        (Fraction(width + step, height), Fraction(width - step, height))
        if width >= height
        else (Fraction(width, height - step) if height > step else limit + 1, Fraction(width, height + step))
    )
    yield "up", replace(check, limit=near[0])
    yield "down", replace(check, limit=near[1])
