"""Splitting what a parameter can be into classes that no rule can tell apart.

Rules compare with constants, so the comparisons that mention a parameter cut its domain into finitely many pieces.
One value from each piece, and from the ends of it, is all that a search has to try, and all that a covering set has to
show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isqrt, lcm
from types import MappingProxyType
from typing import Final, assert_never

from safelight.model import CountOf, Json, Operator, Part, SizeOf, SumOf, Test, Value
from safelight.vocabulary.checks import is_integer, is_number, length
from safelight_testkit.values.domain import (
    Arrays,
    Domain,
    Either,
    Numbers,
    Objects,
    Sizes,
    Texts,
    Values,
    count,
    ends,
    lengths,
    narrowed,
    pick,
)
from safelight_testkit.values.sizes import Region, above, below
from safelight_testkit.values.texts import WIDE, text_of

_FEW: Final = 64
_NO_DEFAULTS: Final[Mapping[str, Json]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mark:
    """A cut in what is measured of a value: what is less than *at* lies below it, and *at* itself if *included*."""

    part: Part | None
    at: Fraction
    included: bool


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the tests of one parameter cut its domain.

    Attributes:
        values: What it is compared with as a whole.
        marks: Where a number, or a part of the value, is cut.
        multiples: What a number, or a part, must be a multiple of.
        apart: Whether each value counts by itself, because it goes into a sum.
    """

    values: tuple[Json, ...] = ()
    marks: tuple[Mark, ...] = ()
    multiples: tuple[tuple[Part | None, Fraction], ...] = ()
    apart: bool = False


def cuts_of(
    name: str, tests: Iterable[Test], domains: Mapping[str, Domain], defaults: Mapping[str, Json] = _NO_DEFAULTS
) -> Cuts:
    """Gather the cuts that *tests* make in a parameter.

    Args:
        name: The parameter.
        tests: What is asked of it.
        domains: What each parameter can be.
        defaults: The values that hold for parameters that are not sent.
    """
    values: list[Json] = []
    marks: list[Mark] = []
    multiples: list[tuple[Part | None, Fraction]] = []
    apart = False
    for test in tests:
        match test.operand:
            case CountOf():
                continue
            case SumOf(operands):
                apart = True
                mine = next(operand for operand in operands if operand.parameter == name)
                others = [operand for operand in operands if operand != mine]
                reach = [span(domains[one.parameter], one.part) for one in others if one.parameter in domains]
                unsent = (defaults.get(one.parameter) for one in others if one.part is None)
                rests = (
                    sum((low for low, _ in reach), Fraction()),
                    sum((high for _, high in reach), Fraction()),
                    sum((_fraction(value) for value in unsent if is_number(value)), Fraction()),
                )
                for rest in dict.fromkeys(rests):
                    marks += _marks(test, mine.part, rest)
            case SizeOf():
                apart = True
                marks += _of_size(name, test, test.operand, domains, defaults)
            case Value(_, _, part):
                if test.operator is Operator.MULTIPLE_OF:
                    multiples.append((part, _fraction(test.value)))
                elif test.operator in {Operator.IN, Operator.NOT_IN} and part is None:
                    values += test.value
                else:
                    marks += _marks(test, part, Fraction())
    return Cuts(tuple(values), tuple(dict.fromkeys(marks)), tuple(dict.fromkeys(multiples)), apart)


def _of_size(
    name: str, test: Test, size: SizeOf, domains: Mapping[str, Domain], defaults: Mapping[str, Json]
) -> Iterator[Mark]:
    """Where one edge reaches a limit of the size: beside the least and the greatest other, its default, and itself."""
    other = size.height.parameter if name == size.width.parameter else size.width.parameter
    ends = (*_reach(domains[other]),) if other in domains else ()
    others = [edge for edge in (*ends, defaults.get(other)) if is_integer(edge) and edge >= 1]
    several = test.operator in {Operator.IN, Operator.NOT_IN}
    values: tuple[Json, ...] = test.value if several else (test.value,)
    for limit in (_fraction(value) for value in values if isinstance(value, Fraction) or is_number(value)):
        if size.part is Part.RATIO:
            found = [limit * int(edge) if name == size.width.parameter else int(edge) / limit for edge in others]
        else:
            found = [*(limit / int(edge) for edge in others), Fraction(isqrt(max(0, limit.__floor__())))]
        for at in dict.fromkeys(found):
            yield Mark(None, at, included=False)
            yield Mark(None, at, included=True)


def _reach(domain: Domain) -> tuple[Json, ...]:
    """The least and the greatest number of a domain."""
    match domain:
        case Numbers(first):
            return int(first), int(domain.last)
        case Values(values):
            numbers = [value for value in values if is_number(value)]
            return (min(numbers), max(numbers)) if numbers else ()
        case _:
            return ()


def _marks(test: Test, part: Part | None, rest: Fraction) -> Iterator[Mark]:
    match test.operator:
        case Operator.IN | Operator.NOT_IN:
            for value in test.value:
                if isinstance(value, int | float | Fraction):
                    at = _fraction(value) - rest
                    yield Mark(part, at, included=False)
                    yield Mark(part, at, included=True)
        case Operator.AT_LEAST | Operator.BELOW:
            yield Mark(part, _fraction(test.value) - rest, included=False)
        case Operator.AT_MOST | Operator.ABOVE:
            yield Mark(part, _fraction(test.value) - rest, included=True)
        case Operator.MULTIPLE_OF | Operator.PRESENT:
            return
        case _:
            assert_never(test.operator)


def _fraction(value: Fraction | float) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(repr(value))


def span(domain: Domain, part: Part | None) -> tuple[Fraction, Fraction]:
    """The least and the greatest that can be measured of a value; 0 where it is not sent or has no such part."""
    match domain:
        case Numbers(first):
            return min(first, Fraction()), max(domain.last, Fraction())
        case Texts(low, high) if part is Part.LENGTH:
            return Fraction(min(0, low)), Fraction(high)
        case Arrays(_, _, high) if part is Part.COUNT:
            return Fraction(), Fraction(high)
        case Values(values):
            numbers = [Fraction(repr(value)) for value in values if is_number(value)]
            return min([Fraction(), *numbers]), max([Fraction(), *numbers])
        case _:
            return Fraction(), Fraction()


def classes(domain: Domain, cuts: Cuts) -> tuple[Domain, ...]:
    """Split *domain* so that each test behind *cuts* tells the same of all values of a class.

    Where a part has to be a multiple of something, only some of the domain is left.
    """
    match domain:
        case Values(values):
            return tuple(Values((value,)) for value in values)
        case Numbers():
            return tuple(_numbers(domain, cuts))
        case Texts():
            return tuple(_texts(domain, cuts))
        case Sizes() if any(part is Part.PIXELS for part, _ in cuts.multiples):
            size = count(domain)
            return tuple(Values((pick(domain, place * size // _FEW),)) for place in range(_FEW))
        case Sizes(region, separator):
            return tuple(Sizes(one, separator) for one in _regions(region, cuts))
        case Arrays(items, low, high) if cuts.multiples:
            return tuple(Arrays(items, one, one) for one in range(low, min(high, low + _FEW) + 1))
        case Arrays(items, low, high):
            counts = [mark for mark in cuts.marks if mark.part is Part.COUNT]
            starts = _starts(high - low + 1, Fraction(1), Fraction(low), counts, apart=cuts.apart)
            return tuple(Arrays(items, low + start, low + stop - 1) for start, stop in _pairs(starts, high - low + 1))
        case Objects():
            return (domain,)
        case Either(parts):
            return tuple(one for part in parts for one in classes(part, cuts))
        case _:
            assert_never(domain)


def candidates(domain: Domain, cuts: Cuts) -> tuple[Json, ...]:
    """Values that show everything that the tests behind *cuts* can tell of *domain*: the ends of each class.

    Of a sum, only the values that reach its limit together with the least or the greatest others are told.
    """
    parts = {mark.part for mark in cuts.marks}
    found: list[Json] = []
    for one in classes(domain, replace(cuts, apart=False)):
        found += ends(one)
        found += (value for value in _at_the_edge(one, parts) if value not in found)
    return tuple(found)


def _at_the_edge(domain: Domain, parts: Collection[Part | None]) -> Iterator[Json]:
    """Values that lie on the border of a class by a part that the ends of the whole do not show.

    The size of the greatest width need not be the one of the most pixels, and only wide characters tell the units of a
    length apart.
    """
    match domain:
        case Sizes(region, separator):
            part = region.handy()
            sizes = (part.broadest() if Part.WIDTH in parts else None, part.tallest() if Part.HEIGHT in parts else None)
            yield from (f"{size[0]}{separator}{size[1]}" for size in sizes if size is not None)
        case Texts(low, high, unit) if Part.LENGTH in parts and low < high < low + _FEW:
            yield text_of(high, unit, WIDE)
        case _:
            pass


def _pairs(starts: list[int], stop: int) -> Iterator[tuple[int, int]]:
    """The stretches between neighbouring *starts*, the last one up to *stop*."""
    return zip(starts, [*starts[1:], stop], strict=True)


def _starts(many: int, step: Fraction, first: Fraction, marks: Iterable[Mark], *, apart: bool) -> list[int]:
    """The places at which as *many* numbers, *first* and so on by *step*, are cut; 0 is always one."""
    if apart and many <= _FEW:
        return list(range(many))
    found = {0}
    for mark in marks:
        place = (mark.at - first) / step
        start = place.__floor__() + 1 if mark.included else place.__ceil__()
        if 0 < start < many:
            found.add(start)
    return sorted(found)


def _numbers(domain: Numbers, cuts: Cuts) -> Iterator[Numbers]:
    marks = [mark for mark in cuts.marks if mark.part is None]
    for value in cuts.values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            marks += [Mark(None, _fraction(value), included=included) for included in (False, True)]
    starts = _starts(domain.count, domain.step, domain.first, marks, apart=cuts.apart)
    for start, stop in _pairs(starts, domain.count):
        yield from _residues(narrowed(domain, start, stop), [step for part, step in cuts.multiples if part is None])


def _residues(domain: Numbers, steps: list[Fraction]) -> Iterator[Numbers]:
    """Split *domain* by what its numbers leave when divided by *steps*; multiples of all of them come first."""
    if not steps:
        yield domain
        return
    period = lcm(*((step / domain.step).numerator for step in steps))
    first = -domain.first / domain.step % period
    places = dict.fromkeys([int(first), *range(min(period, _FEW))])
    for start in (place for place in places if place < domain.count):
        yield replace(
            domain,
            first=domain.first + domain.step * start,
            step=domain.step * period,
            count=(domain.count - start - 1) // period + 1,
        )


def _texts(domain: Texts, cuts: Cuts) -> Iterator[Texts | Values]:
    texts = dict.fromkeys(value for value in cuts.values if isinstance(value, str))
    named = tuple(text for text in texts if domain.low <= length(text, domain.unit) <= domain.high)
    yield from (Values((text,)) for text in named)
    marks = [mark for mark in cuts.marks if mark.part is Part.LENGTH]
    low = max(domain.low, 1) if "" in named else domain.low
    span = domain.high - low + 1
    starts = _starts(span, Fraction(1), Fraction(low), marks, apart=cuts.apart)
    for start, stop in _pairs(starts, span):
        part = Texts(low + start, low + stop - 1, domain.unit, named)
        if cuts.multiples:
            yield from (replace(part, low=one, high=one) for one in lengths(part))
        else:
            yield part


def _regions(region: Region, cuts: Cuts) -> list[Region]:
    """Split a region by its parts, leaving out what is empty."""
    found = [region]
    for mark in cuts.marks:
        found = [half for one in found for half in _halves(one, mark)]
    for part, step in cuts.multiples:
        found = [piece for one in found for piece in _grids(one, part, step)]
    return [one for one in found if one.simplest() is not None]


def _halves(region: Region, mark: Mark) -> tuple[Region, ...]:
    """The part below a mark and the part above it."""
    last = mark.at.__floor__() if mark.included else mark.at.__ceil__() - 1
    match mark.part:
        case Part.WIDTH:
            return (
                replace(region, max_width=min(region.max_width, last)),
                replace(region, min_width=max(region.min_width, last + 1)),
            )
        case Part.HEIGHT:
            return (
                replace(region, max_height=min(region.max_height, last)),
                replace(region, min_height=max(region.min_height, last + 1)),
            )
        case Part.PIXELS:
            return (
                replace(region, max_pixels=min(region.max_pixels, last)),
                replace(region, min_pixels=max(region.min_pixels, last + 1)),
            )
        case Part.RATIO:
            low, high = (mark.at, above(mark.at)) if mark.included else (below(mark.at), mark.at)
            return (
                replace(region, max_ratio=min(region.max_ratio, low)),
                replace(region, min_ratio=max(region.min_ratio, high)),
            )
        case _:
            return (region,)


def _grids(region: Region, part: Part | None, step: Fraction) -> Iterator[Region]:
    """The part on a coarser grid, and some of what lies off it."""
    size = region.simplest()
    if size is None:
        return
    if part is Part.WIDTH:
        yield replace(region, width_step=lcm(region.width_step, step.numerator))
        off = next((width for width in region.widths(size[1])[:_FEW] if width % step), None)
        if off is not None:
            yield replace(region, min_width=off, max_width=off)
    elif part is Part.HEIGHT:
        yield replace(region, height_step=lcm(region.height_step, step.numerator))
        off = next((height for height in region.heights()[:_FEW] if height % step), None)
        if off is not None:
            yield replace(region, min_height=off, max_height=off)
