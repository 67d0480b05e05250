"""What a parameter can legally be, as something that can be counted and picked from.

A domain holds legal values only.  Where these are more than any test could use (prompts of 32000 characters, sizes
without limit), it holds a part: whatever shows a border, and plenty in between.  `pick` maps the numbers below `count`
to values, simple ones first, so that one small integer stands for one simple value; generators draw integers, and
shrinking an integer simplifies the value.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Final, TypeAlias, assert_never

from safelight.judging.judge import judge
from safelight.judging.lens import Enforced
from safelight.model import (
    Grammar,
    Json,
    MaxItems,
    MaxLength,
    MinItems,
    MinLength,
    OneOf,
    Pattern,
    Type,
    in_force,
)
from safelight_testkit.values.patterns import examples
from safelight_testkit.values.sizes import LONGEST, Region
from safelight_testkit.values.texts import FLAVOURS, PLAIN, text_of

_ENDLESS: Final = 2**31
_LONGEST_TEXT: Final = 2000
_SHORT_TEXT: Final = 16
_MORE_ITEMS: Final = 3


@dataclass(frozen=True, slots=True)
class Values:
    """These values, at least one."""

    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers *first*, *first* + *step* … , *count* of them, at least one."""

    first: Fraction
    step: Fraction
    count: int

    @property
    def last(self) -> Fraction:
        """The greatest of them."""
        return self.first + self.step * (self.count - 1)


@dataclass(frozen=True, slots=True)
class Texts:
    """Strings of *low* to *high* units, but none of *excluded*."""

    low: int
    high: int
    unit: str
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a region that is not empty, written with *separator*."""

    region: Region
    separator: str


@dataclass(frozen=True, slots=True)
class Arrays:
    """Arrays of *low* to *high* items; *items* is None where only the empty array is legal."""

    items: Domain | None
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object that may be sent."""

    key: str
    domain: Domain
    required: bool


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects with all required members, and any of the others."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """What is in one of *parts*, at least one."""

    parts: tuple[Domain, ...]


Domain: TypeAlias = Values | Numbers | Texts | Sizes | Arrays | Objects | Either


# --- what is legal ---


def domain_of(enforced: Enforced) -> Domain | None:
    """Tell what *enforced* lets be sent; None where nothing can be."""
    if enforced.barred is not None:
        return None
    listed = next((one.check for one in enforced.content if isinstance(one.check, OneOf)), None)
    if listed is not None:
        return _legal(enforced, listed.allowed(enforced.as_of))
    match enforced.parameter.type:
        case Type.BOOLEAN:
            return Values((False, True))
        case Type.INTEGER | Type.NUMBER:
            return _numbers(enforced)
        case Type.STRING | Type.MODEL:
            return _texts(enforced)
        case Type.SIZE:
            return _sizes(enforced)
        case Type.ARRAY:
            return _arrays(enforced)
        case Type.OBJECT:
            return _objects(enforced)
        case _:
            assert_never(enforced.parameter.type)


def _legal(enforced: Enforced, values: tuple[Json, ...]) -> Values | None:
    kept = tuple(value for value in values if not judge(enforced, value, enforced.parameter.name))
    return Values(kept) if kept else None


def grain(enforced: Enforced) -> Fraction:
    """The distance between neighbouring numbers: the step, else 1, or for decimals one digit more than their limits."""
    if enforced.step is not None:
        return Fraction(repr(enforced.step))
    if enforced.parameter.type is Type.INTEGER:
        return Fraction(1)
    limits = [Fraction(repr(limit)) for limit in (enforced.low, enforced.high) if limit is not None]
    return Fraction(1, 10 * max((limit.denominator for limit in limits), default=1))


def _numbers(enforced: Enforced) -> Numbers | None:
    step = grain(enforced)
    low = None if enforced.low is None else -(-Fraction(repr(enforced.low)) // step)
    high = None if enforced.high is None else Fraction(repr(enforced.high)) // step
    if low is None:
        low = 0 if high is None or high >= 0 else high - _ENDLESS
    if high is None:
        high = low + _ENDLESS
    return Numbers(low * step, step, int(high - low + 1)) if low <= high else None


def _texts(enforced: Enforced) -> Texts | Values | None:
    low = next((one.check.limit for one in enforced.content if isinstance(one.check, MinLength)), 0)
    high = next((one.check.limit for one in enforced.content if isinstance(one.check, MaxLength)), None)
    regex = next((one.check.regex for one in enforced.content if isinstance(one.check, Pattern)), None)
    if regex is not None:
        return _legal(enforced, examples(regex, low, high))
    high = max(low, _LONGEST_TEXT) if high is None else high
    return Texts(low, high, enforced.parameter.unit) if low <= high else None


def region_of(enforced: Enforced) -> Region:
    """The region of the sizes that *enforced* lets be sent, tokens aside."""
    limits = enforced.limits
    return Region(
        width_step=limits.multiple_of,
        height_step=limits.multiple_of,
        min_width=limits.min_edge,
        min_height=limits.min_edge,
        max_width=limits.max_edge or LONGEST,
        max_height=limits.max_edge or LONGEST,
        min_pixels=limits.min_pixels,
        max_pixels=limits.max_pixels or LONGEST**2,
        min_ratio=Fraction(*limits.min_ratio) if limits.min_ratio else Fraction(1, LONGEST),
        max_ratio=Fraction(*limits.max_ratio) if limits.max_ratio else Fraction(LONGEST),
    )


def _sizes(enforced: Enforced) -> Domain | None:
    region = region_of(enforced).modest()
    parts: list[Domain] = []
    for one in enforced.content:
        if isinstance(one.check, Grammar):
            tokens = tuple(
                token.value for token in one.check.tokens if in_force(token.since, token.until, enforced.as_of)
            )
            legal = _legal(enforced, tokens)
            parts += [] if legal is None else [legal]
    if region.simplest() is not None:
        parts.append(Sizes(region, enforced.limits.separator))
    return _either(parts)


def _either(parts: list[Domain]) -> Domain | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _arrays(enforced: Enforced) -> Arrays | None:
    low = next((one.check.limit for one in enforced.content if isinstance(one.check, MinItems)), 0)
    high = next((one.check.limit for one in enforced.content if isinstance(one.check, MaxItems)), low + _MORE_ITEMS)
    items = domain_of(enforced.items) if enforced.items is not None else None
    if items is None:
        return Arrays(None, 0, 0) if low == 0 else None
    return Arrays(items, low, high) if low <= high else None


def _objects(enforced: Enforced) -> Objects | None:
    members: list[Member] = []
    for key, member in enforced.members.items():
        domain = domain_of(member)
        if domain is not None:
            members.append(Member(key, domain, member.required is not None))
        elif member.required is not None:
            return None
    return Objects(tuple(members))


# --- counting and picking ---


def count(domain: Domain) -> int:
    """How many numbers `pick` knows; of the parts of `Either`, each is as likely, and smaller ones repeat."""
    match domain:
        case Values(values):
            return len(values)
        case Numbers():
            return domain.count
        case Texts():
            return len(lengths(domain)) * len(FLAVOURS)
        case Sizes(region):
            return _stack(region)[1][-1]
        case Arrays(items, low, high):
            return (high - low + 1) * (1 if items is None else count(items))
        case Objects(members):
            total = 1
            for member in members:
                total *= count(member.domain) + (not member.required)
            return total
        case Either(parts):
            return len(parts) * max(count(part) for part in parts)
        case _:
            assert_never(domain)


def pick(domain: Domain, index: int) -> Json:
    """The value with the number *index*, from 0, below `count`; 0 is the simplest."""
    match domain:
        case Values(values):
            return values[index]
        case Numbers(first, step):
            return number(first + step * index)
        case Texts():
            return _text(domain, index)
        case Sizes(region, separator):
            heights, ends, widths = _stack(region)
            row = bisect_right(ends, index)
            return f"{widths[row][index - (ends[row - 1] if row else 0)]}{separator}{heights[row]}"
        case Arrays(items, low, high):
            extra, which = index % (high - low + 1), index // (high - low + 1)
            return [] if items is None else [pick(items, which) for _ in range(low + extra)]
        case Objects(members):
            return _object(members, index)
        case Either(parts):
            part = parts[index % len(parts)]
            return pick(part, index // len(parts) % count(part))
        case _:
            assert_never(domain)


def simplest(domain: Domain) -> Json:
    """The simplest value: for strings one that people can read, else the first."""
    if isinstance(domain, Texts):
        text = text_of(max(domain.low, min(5, domain.high)), domain.unit)
        return pick(domain, 0) if text in domain.excluded else text
    return pick(domain, 0)


def ends(domain: Domain) -> tuple[Json, ...]:
    """The simplest value and those at the ends, each once."""
    match domain:
        case Values() | Objects():
            return (pick(domain, 0),)
        case Numbers(first):
            return tuple(dict.fromkeys((number(first), number(domain.last))))
        case Texts():
            kinds = len(FLAVOURS)
            found = (simplest(domain), _text(domain, PLAIN), _text(domain, (len(lengths(domain)) - 1) * kinds + PLAIN))
            return tuple(dict.fromkeys(found))
        case Sizes(region, separator):
            return tuple(f"{width}{separator}{height}" for width, height in region.extremes())
        case Arrays(_, low, high):
            return tuple(pick(domain, index) for index in dict.fromkeys((0, high - low)))
        case Either(parts):
            return tuple(value for part in parts for value in ends(part))
        case _:
            assert_never(domain)


def number(value: Fraction) -> Json:
    """Write a fraction as a JSON number: an integer where it is one."""
    return value.numerator if value.denominator == 1 else float(value)


@lru_cache(maxsize=256)
def lengths(texts: Texts) -> tuple[int, ...]:
    """The lengths that are picked: all short ones, then twice as long each time, and the longest."""
    found = list(range(texts.low, min(texts.high, texts.low + _SHORT_TEXT) + 1))
    while found[-1] < texts.high:
        found.append(min(found[-1] * 2, texts.high))
    return tuple(found)


def _text(texts: Texts, index: int) -> str:
    which, flavour = divmod(index, len(FLAVOURS))
    size = lengths(texts)[which]
    text = text_of(size, texts.unit, flavour)
    letter = ord("a")
    while text in texts.excluded:
        text, letter = text_of(size - 1, texts.unit) + chr(letter), letter + 1
    return text


def _object(members: tuple[Member, ...], index: int) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for member in members:
        index, which = divmod(index, count(member.domain) + (not member.required))
        if member.required:
            found[member.key] = pick(member.domain, which)
        elif which:
            found[member.key] = pick(member.domain, which - 1)
    return found


@lru_cache(maxsize=256)
def _stack(region: Region) -> tuple[tuple[int, ...], tuple[int, ...], tuple[range, ...]]:
    """The rows of a region: heights, how many sizes lie up to each, and widths."""
    rows = tuple(region.modest().rows())
    return (
        tuple(height for height, _ in rows),
        tuple(accumulate(len(widths) for _, widths in rows)),
        tuple(widths for _, widths in rows),
    )


def narrowed(domain: Numbers, start: int, stop: int) -> Numbers:
    """The numbers with the places *start* (included) to *stop* (not included) in *domain*."""
    return replace(domain, first=domain.first + domain.step * start, count=stop - start)
