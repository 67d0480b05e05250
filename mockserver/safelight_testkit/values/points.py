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
from functools import partial
from typing import Final

from safelight.judging.judge import judge
from safelight.judging.lens import Enforced
from safelight.model import (
    ABSENT,
    Check,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Json,
    MaxEdge,
    MaxPixels,
    MaxRatio,
    MinEdge,
    MinItems,
    MinLength,
    MinPixels,
    MinRatio,
    OneOf,
    Outcome,
    Type,
)
from safelight_testkit.values.borders import beyond
from safelight_testkit.values.domain import Arrays, domain_of, region_of, simplest
from safelight_testkit.values.ideas import Idea, ideas

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


def _found(enforced: Enforced, constraint: str, idea: Idea, side: Side) -> Point | None:
    """Judge an idea; None where the value does not show the side of the constraint."""
    breaks = tuple(fault.rule for fault in judge(enforced, idea.value, enforced.parameter.name))
    shows = not breaks if side is Side.KEPT else constraint in breaks
    if not shows:
        return None
    return Point(
        constraint=constraint, side=side, label=idea.label, value=idea.value, border=idea.border, breaks=breaks
    )


def _kept(enforced: Enforced, constraint: str, ideas: Iterable[Idea]) -> Iterator[Point]:
    for idea in ideas:
        point = _found(enforced, constraint, idea, Side.KEPT)
        if point is not None:
            yield point


def _broken(enforced: Enforced, constraint: str, ideas: Iterable[Idea]) -> Iterator[Point]:
    """The points that break *constraint* alone; where there are none, one that breaks others too."""
    found = [point for idea in ideas if (point := _found(enforced, constraint, idea, Side.BROKEN)) is not None]
    alone = [point for point in found if len(point.breaks) == 1]
    yield from alone or found[:1]


# --- presence and type ---


def _presence(enforced: Enforced, *, required: bool) -> Iterator[Point]:
    domain = domain_of(replace(enforced, barred=None))
    legal = None if domain is None else simplest(domain)
    nothing = [Idea("not sent", ABSENT, border=False)]
    null = Idea("null", None, border=False)
    if enforced.barred is not None:
        constraint = enforced.barred[0].id
        yield from _kept(enforced, constraint, nothing)
        yield from _broken(enforced, constraint, [] if domain is None else [Idea("sent", legal)])
        if isinstance(enforced.barred[0].check, Dated):  # whether null is nothing, no model shows on another day
            yield from _kept(enforced, constraint, [replace(null, border=True)])
            yield from _broken(enforced, constraint, [replace(null, border=True)])
        if enforced.barred[0].outcome is not Outcome.REFUSE:  # whoever takes it by mistake refuses what no model takes
            yield from _broken(enforced, constraint, [Idea("sent, of another type", _foreign(legal))])
        return
    if enforced.required is not None:
        yield from _kept(enforced, enforced.required.id, [] if domain is None else [Idea("sent", legal, border=False)])
        yield from _broken(enforced, enforced.required.id, [*nothing, null])
    elif not required and enforced.of_type is not None:
        yield from _kept(enforced, enforced.of_type.id, [*nothing, null])
    if enforced.not_null is not None:
        yield from _broken(enforced, enforced.not_null.id, [null])


def _foreign(legal: Json) -> Json:
    """A value of another JSON type."""
    return next(value for value in _WRONG if type(value) is not type(legal))


def _types(enforced: Enforced) -> Iterator[Point]:
    if enforced.of_type is None:
        return
    domain = domain_of(enforced)
    legal = None if domain is None else simplest(domain)
    if isinstance(legal, int) and not isinstance(legal, bool):
        yield from _kept(enforced, enforced.of_type.id, [Idea(f"{legal}.0", float(legal), border=False)])
    wrong: list[Json] = [*([json.dumps(legal)] if isinstance(legal, int | float) else []), *_WRONG]
    ideas = [Idea(json.dumps(value), value, border=False) for value in wrong]
    yield from _broken(enforced, enforced.of_type.id, ideas)


# --- content ---


def _content(enforced: Enforced, one: Constraint, foreign: tuple[Json, ...]) -> Iterator[Point | Unbroken]:
    kept, broken = ideas(enforced, one.check, foreign)
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
        extra = Idea(f"{_UNNAMED} beside them", base | {_UNNAMED: True})
        yield from _kept(enforced, enforced.unknown_members.id, [Idea("known members only", base, border=False)])
        yield from _broken(enforced, enforced.unknown_members.id, [extra])


def _with(base: dict[str, Json], key: str, value: Json) -> dict[str, Json]:
    """*base* with one member set, or left out where *value* is `ABSENT`."""
    rest = {name: one for name, one in base.items() if name != key}
    return rest if value is ABSENT else rest | {key: value}
