"""Laws of the vocabulary that both readings share, each against an independent witness."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from fractions import Fraction
from math import dist, inf, isfinite, sqrt
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from safelight.vocabulary import checks
from safelight.vocabulary.free_sizes import SizeLimits, nearest_size
from tests.strategies import json_values, python_values

EDGES = st.integers(1, 70)
ANY_EDGES = st.one_of(st.integers(1, 5000), st.integers(1, 10**9 - 1))
FREE = SizeLimits(
    multiple_of=16, min_ratio=(1, 3), max_ratio=(3, 1), max_edge=3840, min_pixels=655360, max_pixels=8294400
)


def optional(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Or nothing."""
    return st.one_of(st.none(), inner)


@st.composite
def limits(draw: st.DrawFn) -> SizeLimits:
    """Limits around sizes so small that every size can be tried."""
    ratios = st.tuples(st.integers(1, 5), st.integers(1, 5))
    return SizeLimits(
        separator=draw(st.sampled_from("x*:")),
        multiple_of=draw(st.sampled_from([1, 2, 3, 8, 16])),
        min_edge=draw(st.integers(1, 24)),
        max_edge=draw(st.integers(8, 64)),
        min_pixels=draw(st.integers(1, 1500)),
        max_pixels=draw(optional(st.integers(1, 4096))),
        min_ratio=draw(optional(ratios)),
        max_ratio=draw(optional(ratios)),
    )


def legal(width: int, height: int, within: SizeLimits) -> bool:
    """Judge a size by the definition of each limit, in fractions."""
    ratio = Fraction(width, height)
    return (
        width % within.multiple_of == height % within.multiple_of == 0
        and min(width, height) >= within.min_edge
        and (within.max_edge is None or max(width, height) <= within.max_edge)
        and width * height >= within.min_pixels
        and (within.max_pixels is None or width * height <= within.max_pixels)
        and (within.min_ratio is None or ratio >= Fraction(*within.min_ratio))
        and (within.max_ratio is None or ratio <= Fraction(*within.max_ratio))
    )


def meant(width: int, height: int, within: SizeLimits) -> tuple[float, float]:
    """What a size means within the limits of ratio, pixels and edges, grid aside: the same shape, larger or smaller."""
    x, y = float(width), float(height)
    for bound, nearer in ((within.min_ratio, max), (within.max_ratio, min)):
        if bound is not None and nearer(x / y, bound[0] / bound[1]) != x / y:
            along = (x * bound[0] + y * bound[1]) / (bound[0] ** 2 + bound[1] ** 2)
            x, y = along * bound[0], along * bound[1]
    grown = max(1.0, sqrt(within.min_pixels / (x * y)), within.min_edge / min(x, y))
    x, y = x * grown, y * grown
    shrunk = min(1.0, sqrt((within.max_pixels or inf) / (x * y)), (within.max_edge or inf) / max(x, y))
    return x * shrunk, y * shrunk


@given(width=EDGES, height=EDGES, within=limits())
@example(width=30, height=16, within=SizeLimits(multiple_of=16, max_edge=64))
def test_no_legal_size_is_nearer_to_what_was_meant_than_the_nearest(
    width: int, height: int, within: SizeLimits
) -> None:
    """Trying every size finds none nearer, but for half a pixel of rounding; and none where none is told."""
    assert within.max_edge is not None
    grid = range(1, within.max_edge + 1)
    witnesses = [(w, h) for w in grid for h in grid if legal(w, h, within)]
    found = nearest_size(width, height, within)
    if found is None:
        assert witnesses == []
        return
    near = checks.edges(found, within.separator)
    assert near in witnesses
    wanted = meant(width, height, within)
    assert dist(near, wanted) <= min(dist(size, wanted) for size in witnesses) + 2


@given(width=EDGES, height=EDGES, step=st.sampled_from([1, 2, 8, 16]))
def test_beside_the_grid_the_nearest_size_is_the_nearest(width: int, height: int, step: int) -> None:
    """Where nothing but the grid is missed, no legal size is nearer, and of those equally near none is wider."""
    near = checks.edges(str(nearest_size(width, height, SizeLimits(multiple_of=step, max_edge=80))), "x")
    grid = range(step, 81, step)
    sizes = ((w, h) for w in grid for h in grid)
    assert near == min(sizes, key=lambda size: ((size[0] - width) ** 2 + (size[1] - height) ** 2, -size[0], -size[1]))


@given(width=ANY_EDGES, height=ANY_EDGES, within=limits())
def test_a_suggested_size_is_legal_and_suggests_itself(width: int, height: int, within: SizeLimits) -> None:
    """However large the other was; and what is legal needs no other."""
    found = nearest_size(width, height, within)
    size = checks.edges(found, within.separator) if found is not None else None
    if size is not None:
        assert legal(*size, within)
        assert nearest_size(*size, within) == found


@given(width=ANY_EDGES, height=ANY_EDGES, within=st.sampled_from([FREE, SizeLimits(multiple_of=16, max_ratio=(3, 1))]))
@example(width=16, height=48, within=FREE)
@example(width=160000, height=160000, within=FREE)
@example(width=10**9 - 1, height=10**9 - 1, within=SizeLimits(multiple_of=16))
def test_a_suggestion_keeps_the_shape(width: int, height: int, within: SizeLimits) -> None:
    """Too small or too large, a size of a legal shape leads to one of that shape, but for a grid step and a half."""
    assume(legal(width * 16, height * 16, SizeLimits(min_ratio=within.min_ratio, max_ratio=within.max_ratio)))
    size = checks.edges(str(nearest_size(width, height, within)), "x")
    assert size is not None
    off = Fraction(abs(size[0] * height - size[1] * width) ** 2, width**2 + height**2)
    assert off <= (Fraction(3, 2) * within.multiple_of) ** 2


@given(
    width=EDGES,
    height=EDGES,
    step=st.sampled_from([1, 8, 16]),
    narrow=st.integers(1, 4),
    wide=st.integers(1, 4),
    pixels=st.integers(1, 900),
)
def test_sizes_without_a_longest_edge_have_a_nearest_one(
    *, width: int, height: int, step: int, narrow: int, wide: int, pixels: int
) -> None:
    """Where only ratio, grid and least pixels are limited there is always a legal size, and it is found."""
    within = SizeLimits(multiple_of=step, min_ratio=(1, narrow), max_ratio=(wide, 1), min_pixels=pixels)
    found = nearest_size(width, height, within)
    assert found is not None
    size = checks.edges(found, "x")
    assert size is not None
    assert legal(*size, within)
    reach, wanted = range(step, 200, step), meant(width, height, within)
    assert dist(size, wanted) <= min(dist((w, h), wanted) for w in reach for h in reach if legal(w, h, within)) + 2


@given(text=st.text(st.sampled_from("0123456789x*: X+-.\u0661"), max_size=9), separator=st.sampled_from("x*:"))
def test_a_size_is_two_plain_positive_integers(text: str, separator: str) -> None:
    """Reading a size and writing it again gives the same text; nothing else is a size."""
    found = checks.edges(text, separator)
    parts = text.split(separator)
    plain = len(parts) == 2 and all(part.isascii() and part.isdecimal() and str(int(part)) == part for part in parts)
    assert (found is not None) == (plain and all(int(part) > 0 for part in parts))
    assert found is None or f"{found[0]}{separator}{found[1]}" == text


# --- numbers -------------------------------------------------------------------------------------------------------

DECIMALS = st.integers(-10_000, 10_000).map(lambda count: count / 100)
STEPS = st.sampled_from([1, 2, 5, 0.1, 0.01, 0.25, 0.3, 16])


@given(value=st.one_of(DECIMALS, st.integers(), st.floats(-1e6, 1e6)), step=STEPS)
@example(value=0.3, step=0.1)
@example(value=10**5000, step=0.3)
def test_multiples_are_counted_in_decimal(value: float, step: float) -> None:
    """0.3 is a multiple of 0.1, as decimal arithmetic has it and binary has not."""
    if isinstance(value, int):
        expected = (value * 100) % round(step * 100) == 0
    else:
        exact = Context(prec=2000)
        expected = exact.remainder(Decimal(repr(value)), Decimal(repr(step))) == 0
    assert checks.is_multiple(value, step) == expected


WRITABLE = st.one_of(DECIMALS, st.integers(-(10**9), 10**9))  # beside larger ones no float is a multiple of 0.3


@given(value=WRITABLE, low=optional(DECIMALS), high=optional(DECIMALS), step=optional(STEPS))
def test_the_nearest_number_is_legal_and_none_is_nearer(
    value: float, low: float | None, high: float | None, step: float | None
) -> None:
    """Within the range and on the step; of the two multiples around the clamped value the nearer."""
    found = checks.nearest_number(value, low, high, step)
    low_, high_, step_ = (None if one is None else Fraction(str(one)) for one in (low, high, step))
    wanted = Fraction(value) if isinstance(value, int) else Fraction(str(value))
    if low_ is not None and high_ is not None and low_ > high_:
        return
    if found is None:
        assert step_ is not None
        first = -(-low_ // step_) * step_ if low_ is not None else None
        assert first is not None
        assert high_ is not None
        assert first > high_
        return
    exact = checks.exact(found)
    assert low_ is None or exact >= low_
    assert high_ is None or exact <= high_
    if step_ is None:
        inside = max(wanted, low_) if low_ is not None else wanted
        assert exact == (min(inside, high_) if high_ is not None else inside)
        return
    assert exact % step_ == 0
    nearer = [exact + step_, exact - step_]
    assert all(
        abs(other - wanted) >= abs(exact - wanted)
        for other in nearer
        if (low_ is None or other >= low_) and (high_ is None or other <= high_)
    )


@given(
    numbers=st.lists(st.one_of(st.integers(), DECIMALS, st.floats(allow_nan=False, allow_infinity=False)), max_size=5)
)
def test_sums_are_decimal_and_never_raise(numbers: list[float]) -> None:
    """The sum is the number nearest to the exact decimal sum; what no float can hold becomes an integer."""
    exact = sum((Fraction(one) if isinstance(one, int) else Fraction(repr(one)) for one in numbers), Fraction(0))
    found = checks.total(numbers)
    try:
        assert found == float(exact) or (isinstance(found, int) and found == exact)
    except OverflowError:
        assert found == int(exact)


@given(left=json_values(), right=json_values())
def test_equality_is_that_of_json(left: object, right: object) -> None:
    """Scalars are the same where JSON writes them the same, numbers where they are equal, true and 1 never."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return
    numbers = [isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right)]
    expected = left == right if all(numbers) else json.dumps(left) == json.dumps(right)
    assert checks.same(left, right) == expected
    assert checks.same(right, left) == expected


@given(text=st.text(st.characters(categories=None)))
def test_lengths_in_three_units(text: str) -> None:
    """Code points as Python counts, UTF-16 units with two for each of the higher planes, bytes as UTF-8 writes."""
    assert checks.length(text, "code points") == len(text)
    assert checks.length(text, "utf-16 units") == sum(2 if ord(one) > 0xFFFF else 1 for one in text)
    bounds = (0x80, 0x800, 0x10000)
    assert checks.length(text, "bytes") == sum(1 + sum(ord(one) >= bound for bound in bounds) for one in text)


# --- any value at all ----------------------------------------------------------------------------------------------


@given(value=python_values(), allowed=st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), DECIMALS)))
def test_no_value_is_too_strange(value: object, allowed: list[object]) -> None:
    """Words, types and suggestions come for every Python value; what is written can be encoded and is short."""
    for text in (checks.shown(value), checks.got(value), checks.type_word(value), checks.named(value)):
        assert len(text.encode()) <= 400
        assert "\n" not in text
    near = checks.nearest_value(value, tuple(allowed))
    assert near is None or any(near is one for one in allowed)
    if isinstance(value, float):
        assert checks.is_number(value) == isfinite(value)
    assert not checks.is_integer(value) or checks.is_number(value)


@given(value=st.one_of(DECIMALS, st.integers()), numbers=st.lists(st.one_of(DECIMALS, st.integers()), min_size=2))
def test_of_listed_numbers_the_nearest_is_suggested(value: float, numbers: list[float]) -> None:
    """No listed number is nearer."""
    near = checks.nearest_value(value, tuple(numbers))
    assert checks.is_number(near)
    wanted = Fraction(str(value))
    assert all(abs(Fraction(str(one)) - wanted) >= abs(Fraction(str(near)) - wanted) for one in numbers)


@given(word=st.sampled_from(["png", "webp", "jpeg"]))
def test_a_word_in_capitals_means_the_same(word: str) -> None:
    """Case is no reason not to be understood."""
    assert checks.nearest_value(word.upper(), ("png", "webp", "jpeg")) == word
