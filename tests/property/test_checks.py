"""Laws of the vocabulary that both readings share, each against an independent witness."""

from __future__ import annotations

import json
from decimal import Context, Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from safelight import checks
from safelight.checks import SizeLimits
from tests.strategies import json_values, python_values

EDGES = st.integers(1, 70)


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


@given(width=EDGES, height=EDGES, within=limits())
@example(width=30, height=16, within=SizeLimits(multiple_of=16, max_edge=64))
def test_no_legal_size_is_nearer_than_the_nearest(width: int, height: int, within: SizeLimits) -> None:
    """Trying every size finds none nearer, and of those equally near none wider; and none where none is told."""
    assert within.max_edge is not None
    grid = range(1, within.max_edge + 1)
    witnesses = [(w, h) for w in grid for h in grid if legal(w, h, within)]
    found = checks.nearest_size(width, height, within)
    if found is None:
        assert witnesses == []
        return
    near = checks.edges(found, within.separator)
    assert near in witnesses
    best = min(witnesses, key=lambda size: ((size[0] - width) ** 2 + (size[1] - height) ** 2, -size[0], -size[1]))
    assert near == best


@given(width=st.integers(1, 10**9 - 1), height=st.integers(1, 10**9 - 1), within=limits())
def test_a_suggested_size_is_legal_however_large_the_other_was(width: int, height: int, within: SizeLimits) -> None:
    """Far outside the grid the suggestion is scaled, and still legal."""
    found = checks.nearest_size(width, height, within)
    size = checks.edges(found, within.separator) if found is not None else None
    assert size is None or legal(*size, within)


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
    found = checks.nearest_size(width, height, within)
    assert found is not None
    size = checks.edges(found, "x")
    assert size is not None
    assert legal(*size, within)
    reach = range(step, 300, step)
    assert (size[0] - width) ** 2 + (size[1] - height) ** 2 == min(
        (w - width) ** 2 + (h - height) ** 2 for w in reach for h in reach if legal(w, h, within)
    )


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
