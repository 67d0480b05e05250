"""Arithmetic of sizes: which widths go with a height, and which sizes lie on the borders.

Limits on edges, pixels, ratio and grid cut a region out of the plane.  For one height the legal widths are an interval
on the grid, so a region is a stack of ranges: every question here is a few divisions a row, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from math import isqrt
from typing import Final

from safelight.vocabulary.checks import MAX_EDGE_DIGITS

LONGEST: Final = 10**MAX_EDGE_DIGITS - 1
"""The longest edge that the language can write, in pixels."""

HANDY: Final = 4096
"""Edges beyond this, in pixels, are left alone where shorter ones show the same: pictures cost time and money."""

MODEST: Final = 2**22
"""Sizes of more pixels than this are not drawn at random, where there are smaller ones."""

_SCANNED: Final = 4096

Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Sizes within limits, in pixels; ratios are width : height, ends included, as are all limits."""

    width_step: int = 1
    height_step: int = 1
    min_width: int = 1
    max_width: int = LONGEST
    min_height: int = 1
    max_height: int = LONGEST
    min_pixels: int = 1
    max_pixels: int = LONGEST**2
    min_ratio: Fraction = Fraction(1, LONGEST)
    max_ratio: Fraction = Fraction(LONGEST)

    def widths(self, height: int) -> range:
        """The widths that go with *height*, which is taken to be on the grid."""
        low = max(
            self.min_width,
            1,
            -(-self.min_pixels // height),
            -(-height * self.min_ratio.numerator // self.min_ratio.denominator),
        )
        high = min(
            self.max_width,
            self.max_pixels // height,
            height * self.max_ratio.numerator // self.max_ratio.denominator,
        )
        return range(low + -low % self.width_step, high + 1, self.width_step)

    def heights(self) -> range:
        """The heights that can have widths; between two that have, there may be some that have none."""
        if min(self.max_width, self.max_pixels) < 1:
            return range(0)
        narrowest, fewest = max(self.min_width, 1), max(self.min_pixels, 1)
        low = max(
            self.min_height,
            1,
            -(-fewest // self.max_width),
            -(-narrowest * self.max_ratio.denominator // self.max_ratio.numerator),
            isqrt(fewest * self.max_ratio.denominator // self.max_ratio.numerator),
        )
        high = min(
            self.max_height,
            self.max_pixels // narrowest,
            self.max_width * self.min_ratio.denominator // self.min_ratio.numerator,
            isqrt(self.max_pixels * self.min_ratio.denominator // self.min_ratio.numerator),
        )
        return range(low + -low % self.height_step, high + 1, self.height_step)

    def rows(self) -> Iterator[tuple[int, range]]:
        """The heights that have widths, with them, from the lowest on; a few thousand heights are looked at."""
        for height in islice(self.heights(), _SCANNED):
            widths = self.widths(height)
            if widths:
                yield height, widths

    @property
    def is_surely_empty(self) -> bool:
        """Whether no height has widths; False where not all can be looked at."""
        return len(self.heights()) <= _SCANNED and next(self.rows(), None) is None

    def __contains__(self, size: Size) -> bool:
        width, height = size
        return height in self.heights() and width in self.widths(height)

    def handy(self) -> Region:
        """The part with no edge longer than `HANDY`, or the whole region where that part is empty."""
        small = replace(self, max_width=min(self.max_width, HANDY), max_height=min(self.max_height, HANDY))
        return small if small.simplest() is not None else self

    def modest(self) -> Region:
        """The handy part with no size above `MODEST`, or all that is handy where there is no such size."""
        part = self.handy()
        small = replace(part, max_pixels=min(part.max_pixels, MODEST))
        return small if small.simplest() is not None else part

    def simplest(self) -> Size | None:
        """The smallest legal square, or else the first size of the lowest row; None where the region is empty."""
        edge = max(self.min_width, self.min_height, isqrt(max(self.min_pixels - 1, 0)) + 1)
        edge += -edge % max(self.width_step, self.height_step)
        if (edge, edge) in self:
            return edge, edge
        return next(((widths[0], height) for height, widths in self.rows()), None)

    def widest(self) -> Size | None:
        """A size of the greatest ratio, the smallest of these."""
        best: Size | None = None
        for height, widths in self.rows():
            width = widths[-1]
            if best is None or width * best[1] > best[0] * height:
                best = width, height
            if width * self.max_ratio.denominator == height * self.max_ratio.numerator:
                break
        return best

    def narrowest(self) -> Size | None:
        """A size of the smallest ratio, the smallest of these."""
        best: Size | None = None
        for height, widths in self.rows():
            width = widths[0]
            if best is None or width * best[1] < best[0] * height:
                best = width, height
            if width * self.min_ratio.denominator == height * self.min_ratio.numerator:
                break
        return best

    def smallest(self) -> Size | None:
        """A size of the fewest pixels."""
        best: Size | None = None
        for height, widths in self.rows():
            if best is None or widths[0] * height < best[0] * best[1]:
                best = widths[0], height
            if widths[0] * height == self.min_pixels:
                break
        return best

    def largest(self) -> Size | None:
        """A size of the most pixels."""
        best: Size | None = None
        for height, widths in self.rows():
            if best is None or widths[-1] * height > best[0] * best[1]:
                best = widths[-1], height
            if widths[-1] * height == self.max_pixels:
                break
        return best

    def broadest(self) -> Size | None:
        """A size of the greatest width, the lowest of these."""
        return max(((widths[-1], height) for height, widths in self.rows()), key=lambda one: one[0], default=None)

    def tallest(self) -> Size | None:
        """A size of the greatest height, the narrowest of these."""
        return max(((widths[0], height) for height, widths in self.rows()), key=lambda one: one[1], default=None)

    def extremes(self) -> tuple[Size, ...]:
        """The simplest size and those on the borders that are not beyond what is handy, each once."""
        part = self.handy()
        found = (part.simplest(), part.smallest(), part.largest(), part.narrowest(), part.widest())
        return tuple(dict.fromkeys(size for size in found if size is not None))


def above(ratio: Fraction) -> Fraction:
    """The least ratio above *ratio* that any size can have, or something between the two."""
    return ratio + Fraction(1, LONGEST * ratio.denominator)


def below(ratio: Fraction) -> Fraction:
    """The greatest ratio below *ratio* that any size can have, or something between the two."""
    return ratio - Fraction(1, LONGEST * ratio.denominator)
