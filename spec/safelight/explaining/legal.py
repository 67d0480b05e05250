"""The legal values of a parameter in short, as tables and pages show them: ``1 to 10``, ``"png", "webp"``.

What is not documented, or holds only for a time, says so: ``edges at most 3840 (observed)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from safelight.model import (
    ABSENT,
    Basis,
    Check,
    Choice,
    Constraint,
    EdgesMultipleOf,
    Grammar,
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
    OneOf,
    Parameter,
    Pattern,
    Provenance,
    Type,
)
from safelight.vocabulary.checks import shown
from safelight.vocabulary.wording import condition_phrase, ratio_text, units

NOT_TAKEN: Final = "–"
"""Stands in tables for a parameter that a model does not take."""

_MOST_LISTED: Final = 4
_SPANS: Final[tuple[tuple[type[Check], type[Check], str, str], ...]] = (
    (Minimum, Maximum, "", ""),
    (MinLength, MaxLength, "", ""),
    (MinItems, MaxItems, "", "items"),
    (MinRatio, MaxRatio, "ratio ", ""),
    (MinEdge, MaxEdge, "edges ", ""),
    (MinPixels, MaxPixels, "", "pixels"),
)


def legal_values(parameter: Parameter) -> str:
    """The legal values of a parameter in short: ``1 to 10``, ``"png", "webp"``, ``WIDTHxHEIGHT with edges …``.

    What is not documented, or holds only for a time, says so: ``edges at most 3840 (observed)``.
    """
    constraints: dict[type[Check], Constraint] = {type(one.check): one for one in parameter.constraints}
    parts: list[str] = []
    for one in constraints.values():
        match one.check:
            case OneOf(choices, any_case):
                letters = " in letters of either case" if any_case else ""
                parts.append(f"{', '.join(map(_choice, choices))}{letters}{_note(one.provenance)}")
            case Grammar(separator, tokens):
                words = " or ".join((*map(_choice, tokens), f"WIDTH{separator}HEIGHT"))
                parts.append(f"{words}{_note(one.provenance)}")
            case Pattern(regex):
                parts.append(f"matching {regex}{_note(one.provenance)}")
            case _:
                pass
    text = "; ".join((*parts, *_limits(parameter, constraints), *_inside(parameter)))
    return text or {Type.BOOLEAN: "true, false", Type.MODEL: "a model's name"}.get(parameter.type, "any")


def _inside(parameter: Parameter) -> Iterator[str]:
    """The members of an object, by their names alone, and the items of an array unless anything may be one."""
    members = [one.name.rpartition(".")[2] for one in parameter.members if one.applies]
    if members:
        yield f"{{{', '.join(members)}}}"
    if parameter.items is not None and (each := legal_values(parameter.items)) != "any":
        yield f"each {each}"


def _choice(choice: Choice) -> str:
    return f"{shown(choice.value)}{_note(Provenance(since=choice.since, until=choice.until))}"


def _note(provenance: Provenance) -> str:
    """Say for whom, and when, something holds that does not always hold."""
    words = [provenance.basis.value] if provenance.basis is not Basis.DOCUMENTED else []
    words += [f"from {provenance.since} on"] if provenance.since else []
    words += [f"until {provenance.until}"] if provenance.until else []
    return f" ({', '.join(words)})" if words else ""


def default_text(parameter: Parameter) -> str:
    """What holds when a parameter is not sent."""
    given = [f"{shown(one.value)} with {condition_phrase(one.when)}" for one in parameter.default_when]
    if parameter.default is not ABSENT:
        given.append(f"else {shown(parameter.default)}" if given else shown(parameter.default))
    return ", ".join(given) or "none"


def cell(parameter: Parameter) -> str:
    """The same for a cell of a table, where long lists are counted."""
    if not parameter.applies:
        return NOT_TAKEN
    for constraint in parameter.constraints:
        match constraint.check:
            case OneOf(choices) if len(choices) > _MOST_LISTED:
                return f"{len(choices)} values"
            case Grammar(separator, tokens):
                return ", ".join((*map(_choice, tokens), f"WIDTH{separator}HEIGHT"))
            case _:
                pass
    return legal_values(parameter)


def _limits(parameter: Parameter, constraints: Mapping[type[Check], Constraint]) -> Iterator[str]:
    """The ranges and steps of a parameter in words."""
    for low, high, subject, unit in _SPANS:
        counted = parameter.unit if low is MinLength else unit
        for span, note in _spans(constraints.get(low), constraints.get(high)):
            number = 1 if span.removeprefix("at least ").removeprefix("at most ") == "1" else 2
            yield f"{subject}{span} {units(number, counted)}".rstrip() + note
    for one in constraints.values():
        note = _note(one.provenance)
        if isinstance(one.check, MultipleOf):
            yield f"multiples of {one.check.step}{note}"
        if isinstance(one.check, EdgesMultipleOf):
            yield f"edges divisible by {one.check.step}{note}"


def _spans(low: Constraint | None, high: Constraint | None) -> Iterator[tuple[str, str]]:
    """A range in words, and its note; in two parts where its ends do not hold for the same readers."""
    lower, upper = (_note(one.provenance) if one else "" for one in (low, high))
    if low and high and lower != upper:
        yield from (*_spans(low, None), *_spans(None, high))
        return
    least, most = (_limit(one.check) if one else "" for one in (low, high))
    if least and most:
        yield least if least == most else f"{least} to {most}", lower
    elif least or most:
        yield (f"at least {least}", lower) if least else (f"at most {most}", upper)


def _limit(check: Check) -> str:
    limit: int | float | Fraction | None = getattr(check, "limit", None)
    return ratio_text(limit) if isinstance(limit, Fraction) else "" if limit is None else str(limit)
