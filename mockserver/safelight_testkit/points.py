"""The values that show a constraint of one parameter: on its border, just beyond it, and far from both.

Each point is made for one constraint and is judged before it is told: a point that keeps it keeps everything the
parameter asks, and one that breaks it breaks nothing else, or says what else.  Where no value can break a constraint
(each listed value keeps it), a gap says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import Final, assert_never

from safelight.checks import is_number
from safelight.judge import judge
from safelight.lens import Enforced
from safelight.model import (
    ABSENT,
    AppliesTo,
    Check,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Grammar,
    Json,
    KnownModel,
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
    NotNull,
    OfType,
    OneOf,
    Pattern,
    Required,
    SizeCheck,
    Type,
    Unit,
)
from safelight_testkit.borders import beyond, finer, inside, outside
from safelight_testkit.domain import Arrays, Values, domain_of, grain, number, region_of, simplest
from safelight_testkit.patterns import examples
from safelight_testkit.sizes import Size
from safelight_testkit.texts import PLAIN, WIDE, text_of

_UNNAMED: Final = "unlisted_member"
_WRONG: Final[tuple[Json, ...]] = (True, 7, 1.5, "seven", [], {})
"""One value of each JSON type but null."""


class Side(StrEnum):
    """Which side of a constraint a request lies on."""

    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value that shows one side of a constraint.

    Attributes:
        constraint: The id.
        side: Which side.
        label: What the value is, in a few words.
        value: What is sent; `ABSENT` where nothing is.
        border: Whether it lies on the border of the constraint, or just beyond it.
        breaks: Every constraint that the value breaks.
    """

    constraint: str
    side: Side
    label: str
    value: Json
    border: bool
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A constraint that no value was found to break, why, and whether there is none."""

    constraint: str
    why: str
    certain: bool


@dataclass(frozen=True, slots=True)
class _Idea:
    """A value that might show a side; *instead* of it others may do."""

    label: str
    value: Json
    border: bool = True


def points(enforced: Enforced, foreign: tuple[Json, ...] = ()) -> Iterator[Point | Unbroken]:
    """Tell the points of every constraint of *enforced*, in the order they are judged.

    Args:
        enforced: A parameter with the constraints that count.
        foreign: Values that are legal for other models; the likeliest mistakes where values are listed.
    """
    absent = judge(enforced, ABSENT, enforced.parameter.name)
    yield from _presence(enforced, required=bool(absent))
    if enforced.barred is not None:
        return
    yield from _types(enforced)
    for one in enforced.content:
        yield from _content(enforced, one, foreign)
    yield from _items(enforced)
    yield from _members(enforced)


def _found(enforced: Enforced, constraint: str, idea: _Idea, side: Side) -> Point | None:
    """Judge an idea; None where the value does not show the side of the constraint."""
    breaks = tuple(fault.rule for fault in judge(enforced, idea.value, enforced.parameter.name))
    shows = not breaks if side is Side.KEPT else constraint in breaks
    if not shows:
        return None
    return Point(
        constraint=constraint, side=side, label=idea.label, value=idea.value, border=idea.border, breaks=breaks
    )


def _kept(enforced: Enforced, constraint: str, ideas: Iterable[_Idea]) -> Iterator[Point]:
    for idea in ideas:
        point = _found(enforced, constraint, idea, Side.KEPT)
        if point is not None:
            yield point


def _broken(enforced: Enforced, constraint: str, ideas: Iterable[_Idea]) -> Iterator[Point]:
    """The points that break *constraint* alone; where there are none, one that breaks others too."""
    found = [point for idea in ideas if (point := _found(enforced, constraint, idea, Side.BROKEN)) is not None]
    alone = [point for point in found if len(point.breaks) == 1]
    yield from alone or found[:1]


# --- presence and type ---


def _presence(enforced: Enforced, *, required: bool) -> Iterator[Point]:
    domain = domain_of(replace(enforced, barred=None))
    legal = None if domain is None else simplest(domain)
    nothing = [_Idea("not sent", ABSENT, border=False)]
    null = _Idea("null", None, border=False)
    if enforced.barred is not None:
        constraint = enforced.barred[0].id
        yield from _kept(enforced, constraint, nothing)
        yield from _broken(enforced, constraint, [] if domain is None else [_Idea("sent", legal)])
        return
    if enforced.required is not None:
        yield from _kept(enforced, enforced.required.id, [] if domain is None else [_Idea("sent", legal, border=False)])
        yield from _broken(enforced, enforced.required.id, [*nothing, null])
    elif not required and enforced.of_type is not None:
        yield from _kept(enforced, enforced.of_type.id, [*nothing, null])
    if enforced.not_null is not None:
        yield from _broken(enforced, enforced.not_null.id, [null])


def _types(enforced: Enforced) -> Iterator[Point]:
    if enforced.of_type is None:
        return
    domain = domain_of(enforced)
    legal = None if domain is None else simplest(domain)
    if isinstance(legal, int) and not isinstance(legal, bool):
        yield from _kept(enforced, enforced.of_type.id, [_Idea(f"{legal}.0", float(legal), border=False)])
    wrong: list[Json] = [*([json.dumps(legal)] if isinstance(legal, int | float) else []), *_WRONG]
    ideas = [_Idea(json.dumps(value), value, border=False) for value in wrong]
    yield from _broken(enforced, enforced.of_type.id, ideas)


# --- content ---


def _content(enforced: Enforced, one: Constraint, foreign: tuple[Json, ...]) -> Iterator[Point | Unbroken]:
    kept, broken = _ideas(enforced, one.check, foreign)
    yield from _kept(enforced, one.id, kept)
    found = list(_broken(enforced, one.id, broken))
    yield from found
    if not found:
        yield _unbroken(enforced, one)


def _unbroken(enforced: Enforced, one: Constraint) -> Unbroken:
    """Say why no value breaks *one*, and whether that is certain."""
    check = one.check
    if any(isinstance(other.check, OneOf) for other in enforced.content):
        listed = isinstance(check, OneOf)
        why = "every value of its type is listed" if listed else "the values are listed, and every listed one keeps it"
        return Unbroken(one.id, why, certain=not listed or enforced.parameter.type is Type.BOOLEAN)
    certain = _is_unbreakable(enforced, check)
    return Unbroken(one.id, "no value breaks it alone" if certain else "no value was found that breaks it", certain)


def _is_unbreakable(enforced: Enforced, check: Check) -> bool:
    """Whether *check* asks nothing that the other checks do not ask."""
    match check:
        case MinLength(0) | MinItems(0) | EdgesMultipleOf(1):
            return True
        case MinEdge() | MaxEdge() | MinRatio() | MaxRatio() | MinPixels() | MaxPixels():
            return all(part.is_surely_empty for part in beyond(region_of(enforced), check))
        case _:
            return False


def _ideas(  # noqa: C901, PLR0912 - one case a check
    enforced: Enforced, check: Check, foreign: tuple[Json, ...]
) -> tuple[list[_Idea], list[_Idea]]:
    """Values that should keep *check*, and values that should break it."""
    match check:
        case OneOf():
            return _listed(check.allowed(enforced.as_of), foreign)
        case Minimum(limit):
            return _below(enforced, Fraction(repr(limit)))
        case Maximum(limit):
            return _beyond(enforced, Fraction(repr(limit)))
        case MultipleOf():
            return _off_step(enforced)
        case MinLength(limit):
            return _lengths(enforced, limit, limit - 1)
        case MaxLength(limit):
            return _lengths(enforced, limit, limit + 1)
        case Pattern(regex):
            return _matches(enforced, regex)
        case MinItems(limit):
            return _counts(enforced, limit, limit - 1)
        case MaxItems(limit):
            return _counts(enforced, limit, limit + 1)
        case Grammar(separator):
            return _sizes_written(enforced, separator)
        case EdgesMultipleOf() | MinEdge() | MaxEdge() | MinRatio() | MaxRatio() | MinPixels() | MaxPixels():
            return _bordering(enforced, check)
        case Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel():
            return [], []
        case _:
            assert_never(check)


def _listed(allowed: tuple[Json, ...], foreign: tuple[Json, ...]) -> tuple[list[_Idea], list[_Idea]]:
    kept = [_Idea(json.dumps(value), value) for value in allowed]
    near = [*foreign, *(other for value in allowed[:1] for other in _misspelt(value))]
    near += [value + step for value in allowed if is_number(value) for step in (1, -1)]
    misses: list[Json] = []
    for value in near:
        if value not in misses and value not in allowed:
            misses.append(value)
    return kept, [_Idea(json.dumps(value), value, border=False) for value in misses]


def _misspelt(value: Json) -> tuple[Json, ...]:
    """Values close to a listed string or boolean."""
    if isinstance(value, bool):
        return (not value,)
    return (f"{value}x", value.upper(), value.capitalize(), f" {value}") if isinstance(value, str) else ()


def _below(enforced: Enforced, limit: Fraction) -> tuple[list[_Idea], list[_Idea]]:
    step = grain(enforced)
    least = -(-limit // step) * step
    return _numbers((least,), (least - step if least == limit else limit // step * step, least - 100 * step))


def _beyond(enforced: Enforced, limit: Fraction) -> tuple[list[_Idea], list[_Idea]]:
    step = grain(enforced)
    most = limit // step * step
    return _numbers((most,), (most + step, most + 100 * step))


def _off_step(enforced: Enforced) -> tuple[list[_Idea], list[_Idea]]:
    step = grain(enforced)
    low = Fraction(0) if enforced.low is None else Fraction(repr(enforced.low))
    off = Fraction(finer(int(step))) if enforced.parameter.type is Type.INTEGER else step / 2
    first = -(-low // step) * step
    return _numbers((first, first + step), (first + off, first + step - off))


def _numbers(kept: tuple[Fraction, ...], broken: tuple[Fraction, ...]) -> tuple[list[_Idea], list[_Idea]]:
    """The first of each lies on the border."""
    return (
        [_Idea(str(number(value)), number(value), border=place == 0) for place, value in enumerate(kept)],
        [_Idea(str(number(value)), number(value), border=place == 0) for place, value in enumerate(broken)],
    )


def _lengths(enforced: Enforced, kept: int, broken: int) -> tuple[list[_Idea], list[_Idea]]:
    """At the limit, characters that count more than one unit tell the units apart; beyond it, only for other units."""
    apart = enforced.parameter.unit is not Unit.CODE_POINTS
    beyond = enumerate(_texts(enforced, broken))
    return (
        [_Idea(label, text) for label, text in _texts(enforced, kept)],
        [_Idea(label, text, border=place == 0 or apart) for place, (label, text) in beyond],
    )


def _texts(enforced: Enforced, count: int) -> Iterator[tuple[str, str]]:
    """Strings of *count* units: those that match the pattern, if there is one, plain ones and wide ones."""
    unit = enforced.parameter.unit
    regex = next((one.check.regex for one in enforced.content if isinstance(one.check, Pattern)), None)
    if regex is not None:
        yield from ((f"{count} {unit}", text) for text in examples(regex, count, count))
    if count >= 0:
        yield f"{count} {unit}", text_of(count, unit, PLAIN)
        if count > 1:
            yield f"{count} {unit} of wide characters", text_of(count, unit, WIDE)


def _matches(enforced: Enforced, regex: str) -> tuple[list[_Idea], list[_Idea]]:
    domain = domain_of(enforced)
    matches = domain.values if isinstance(domain, Values) else examples(regex)
    kept = [_Idea(json.dumps(text), text, border=place == 0) for place, text in enumerate(matches)]
    spoilt = [text for match in matches[:1] for text in _spoilt(match)]
    return kept, [_Idea(json.dumps(text), text, border=place == 0) for place, text in enumerate(spoilt)]


def _spoilt(text: str) -> Iterator[str]:
    """Strings close to *text*: one character wrong, one missing, one too many, the other case."""
    for wrong in "!\n é0":
        yield text[:-1] + wrong
        yield text + wrong
    yield from (text[:-1], text.swapcase(), text * 50)


def _counts(enforced: Enforced, kept: int, broken: int) -> tuple[list[_Idea], list[_Idea]]:
    domain = domain_of(enforced.items) if enforced.items is not None else None
    item = None if domain is None else simplest(domain)

    def ideas(count: int) -> list[_Idea]:
        if count < 0 or (domain is None and count):
            return []
        return [_Idea(f"{count} items", [item] * count)]

    return ideas(kept), ideas(broken)


# --- sizes ---


def _sizes_written(enforced: Enforced, separator: str) -> tuple[list[_Idea], list[_Idea]]:
    region = region_of(enforced).handy()
    size = region.simplest() or (1, 1)
    domain = domain_of(enforced)
    tokens = [] if domain is None else [simplest(domain)] if isinstance(domain, Values) else _tokens(enforced)
    text = _written(size, separator)
    other = "*" if separator == "x" else "x"
    wrong = (
        text.replace(separator, other),
        text.upper() if separator == "x" else text.replace(separator, "X"),
        f"0{text}",
        f" {text}",
        f"{text}\n",
        text.replace(separator, f" {separator} "),
        f"{size[0]}{separator}",
        f"{text}{separator}{size[1]}",
        f"+{text}",
        f"{size[0]}.0{separator}{size[1]}",
        f"0{separator}0",
        text.translate({ord("0") + digit: ord("\N{FULLWIDTH DIGIT ZERO}") + digit for digit in range(10)}),
        "",
        *(f"{token}x" for token in tokens),
    )
    kept = [_Idea(json.dumps(value), value) for value in (*tokens, text)]
    broken = [_Idea(json.dumps(value), value, border=False) for value in dict.fromkeys(wrong)]
    return kept, broken


def _tokens(enforced: Enforced) -> list[str]:
    """The listed words of a grammar that are legal."""
    grammar = next((one.check for one in enforced.content if isinstance(one.check, Grammar)), None)
    words = () if grammar is None else tuple(token.value for token in grammar.tokens)
    return [word for word in words if not judge(enforced, word, enforced.parameter.name)]


def _written(size: Size, separator: str) -> str:
    return f"{size[0]}{separator}{size[1]}"


def _bordering(enforced: Enforced, check: SizeCheck) -> tuple[list[_Idea], list[_Idea]]:
    region = region_of(enforced)

    def ideas(sizes: Iterable[Size]) -> list[_Idea]:
        texts = (_written(size, enforced.limits.separator) for size in sizes)
        return [_Idea(text, text) for text in texts]

    return ideas(inside(region, check)), ideas(outside(region, check))


# --- items and members ---


def _nested(parts: Iterator[Point | Unbroken], wrap: Callable[[Json], Json]) -> Iterator[Point | Unbroken]:
    for part in parts:
        yield replace(part, value=wrap(part.value)) if isinstance(part, Point) else part


def _items(enforced: Enforced) -> Iterator[Point | Unbroken]:
    """The points of the items, each in an array that is as short as it may be."""
    domain = domain_of(enforced)
    if enforced.items is None or not isinstance(domain, Arrays) or domain.items is None:
        return
    rest = [simplest(domain.items)] * (max(domain.low, 1) - 1)
    inner = (part for part in points(enforced.items) if isinstance(part, Unbroken) or part.value is not ABSENT)
    yield from _nested(inner, lambda item: [item, *rest])


def _members(enforced: Enforced) -> Iterator[Point | Unbroken]:
    """The points of the members, each in an object with no more than it must have; then the members not named."""
    if enforced.parameter.type is not Type.OBJECT:
        return
    domain = domain_of(enforced)
    if domain is None:
        return
    base: dict[str, Json] = simplest(domain)
    for key, member in enforced.members.items():
        yield from _nested(points(member), partial(_with, base, key))
    if enforced.unknown_members is not None:
        extra = _Idea(f"{_UNNAMED} beside them", base | {_UNNAMED: True})
        yield from _kept(enforced, enforced.unknown_members.id, [_Idea("known members only", base, border=False)])
        yield from _broken(enforced, enforced.unknown_members.id, [extra])


def _with(base: dict[str, Json], key: str, value: Json) -> dict[str, Json]:
    """*base* with one member set, or left out where *value* is `ABSENT`."""
    rest = {name: one for name, one in base.items() if name != key}
    return rest if value is ABSENT else rest | {key: value}
