"""What the arithmetic of sizes promises, held against looking at every size of a small plane."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.judge import fits
from safelight.model import (
    EdgesMultipleOf,
    MaxEdge,
    MaxPixels,
    MaxRatio,
    MinEdge,
    MinPixels,
    MinRatio,
    SizeCheck,
)
from safelight_testkit.values.borders import beyond, inside, outside
from safelight_testkit.values.sizes import LONGEST, Region, Size, above, below

EDGE = 24
RATIOS = st.builds(Fraction, st.integers(1, 6), st.integers(1, 6))


@st.composite
def regions(draw: st.DrawFn) -> tuple[Region, tuple[SizeCheck, ...]]:
    """A region inside of a plane of 24 by 24, and the checks that make it."""
    step, low = draw(st.integers(1, 5)), draw(st.integers(1, 12))
    few = draw(st.integers(1, 200))
    narrow, wide = sorted((draw(RATIOS), draw(RATIOS)))
    high, many = draw(st.integers(low, EDGE)), draw(st.integers(few, 400))
    region = Region(
        width_step=step,
        height_step=step,
        min_width=low,
        min_height=low,
        max_width=high,
        max_height=high,
        min_pixels=few,
        max_pixels=many,
        min_ratio=narrow,
        max_ratio=wide,
    )
    checks = (
        *(EdgesMultipleOf(step), MinEdge(low), MaxEdge(high), MinRatio(narrow), MaxRatio(wide)),
        *(MinPixels(few), MaxPixels(many)),
    )
    return region, checks


def plane(edge: int = EDGE) -> list[Size]:
    """Every size up to *edge* by *edge*."""
    return [(width, height) for width in range(1, edge + 1) for height in range(1, edge + 1)]


@given(regions())
def test_a_region_holds_exactly_the_sizes_that_its_checks_let_pass(made: tuple[Region, tuple[SizeCheck, ...]]) -> None:
    """Rows, membership and emptiness tell the same as judging each size by itself."""
    region, checks = made
    legal = {size for size in plane() if all(fits(size, check) for check in checks)}

    assert {(width, height) for height, widths in region.rows() for width in widths} == legal
    assert {size for size in plane() if size in region} == legal
    assert region.is_surely_empty is (not legal)
    assert (region.simplest() is None) is (not legal)


@given(regions())
def test_extremes_of_a_region_are_not_surpassed(made: tuple[Region, tuple[SizeCheck, ...]]) -> None:
    """No size is wider, narrower, smaller or larger than the one that is said to be."""
    region, checks = made
    legal = [size for size in plane() if all(fits(size, check) for check in checks)]
    if not legal:
        assert region.extremes() == ()
        return
    widest, narrowest, smallest, largest = region.widest(), region.narrowest(), region.smallest(), region.largest()
    assert widest is not None
    assert narrowest is not None
    assert smallest is not None
    assert largest is not None

    assert Fraction(*widest) == max(Fraction(*size) for size in legal)
    assert Fraction(*narrowest) == min(Fraction(*size) for size in legal)
    assert smallest[0] * smallest[1] == min(width * height for width, height in legal)
    assert largest[0] * largest[1] == max(width * height for width, height in legal)
    assert set(region.extremes()) <= set(legal)


@given(regions(), st.integers(0, 6))
def test_sizes_around_a_border_keep_everything_else(made: tuple[Region, tuple[SizeCheck, ...]], which: int) -> None:
    """Inside sizes keep every check; outside ones break the one meant and no other; none is missed that exists."""
    region, checks = made
    meant = checks[which]
    others = [check for check in checks if check is not meant]

    for size in inside(region, meant):
        assert all(fits(size, check) for check in checks)
    found = outside(region, meant)
    for size in found:
        assert not fits(size, meant)
        assert all(fits(size, check) for check in others)
    exist = [size for size in plane(60) if not fits(size, meant) and all(fits(size, check) for check in others)]
    if exist and not isinstance(meant, EdgesMultipleOf):
        assert found
        assert not all(part.is_surely_empty for part in beyond(region, meant))


def test_a_ratio_border_is_met_exactly_and_passed_by_one_step() -> None:
    """On a grid of 16, 3:1 is reached by 48x16; just beyond it lies a size that one more step of the grid makes."""
    region = Region(width_step=16, height_step=16, min_ratio=Fraction(1, 3), max_ratio=Fraction(3))

    assert inside(region, MaxRatio(Fraction(3))) == ((48, 16),)
    assert inside(region, MinRatio(Fraction(1, 3))) == ((16, 48),)
    ((width, height),) = outside(region, MaxRatio(Fraction(3)))
    assert width == 3 * height + 16


def test_pixel_borders_are_those_of_the_real_service() -> None:
    """Between 655,360 and 8,294,400 pixels: both numbers are reached exactly, and missed by one column of the grid."""
    limits = (MinPixels(655_360), MaxPixels(8_294_400))
    region = Region(
        width_step=16,
        height_step=16,
        min_ratio=Fraction(1, 3),
        max_ratio=Fraction(3),
        max_width=3840,
        max_height=3840,
        min_pixels=655_360,
        max_pixels=8_294_400,
    )

    assert [[width * height for width, height in inside(region, check)] for check in limits] == [[655_360], [8_294_400]]
    below_least, above_most = ([width * height for width, height in outside(region, check)] for check in limits)
    assert below_least == [655_360 - 1024]
    assert above_most == [8_294_400 + 3072]


def test_edges_are_tried_one_by_one() -> None:
    """A server that looks at the width alone is caught by a size whose height is wrong, and the other way round."""
    region = Region(width_step=8, height_step=8, min_width=16, min_height=16, max_width=512, max_height=512)

    for check in (EdgesMultipleOf(8), MinEdge(16), MaxEdge(512)):
        wrong = [
            (not fits((width, 64), check), not fits((64, height), check)) for width, height in outside(region, check)
        ]
        assert wrong == [(True, False), (False, True)]


@given(RATIOS, st.integers(1, LONGEST), st.integers(1, LONGEST))
def test_nothing_lies_between_a_ratio_and_what_is_above_or_below_it(ratio: Fraction, width: int, height: int) -> None:
    """Comparing with `above` is comparing strictly, and so is comparing with `below`."""
    size = Fraction(width, height)

    assert (size >= above(ratio)) is (size > ratio)
    assert (size <= below(ratio)) is (size < ratio)


def test_shorter_edges_are_preferred_where_they_show_the_same() -> None:
    """Large pictures cost: the handy part of an endless region has an end, that of a region of giants is all of it."""
    endless = Region(width_step=16, height_step=16)
    giants = Region(min_width=100_000, min_height=100_000)

    assert endless.handy() == replace(endless, max_width=4096, max_height=4096)
    assert endless.modest().max_pixels < 4096 * 4096
    assert giants.modest() == giants
