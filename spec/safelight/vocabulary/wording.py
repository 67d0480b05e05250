"""Constraints and conditions in English: one wording for messages, docstrings, docs and ``explain``.

A requirement is a whole clause without a full stop (``n must be at most 1 for dall-e-3``); messages append what was
found to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import assert_never

from safelight.model import (
    All,
    AnyOf,
    AppliesTo,
    Check,
    Condition,
    CountOf,
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
    Not,
    NotNull,
    OfType,
    OneOf,
    Operand,
    Operator,
    Part,
    Pattern,
    Required,
    SizeOf,
    SumOf,
    Test,
    Type,
    Value,
)

from .checks import listed, shown

_ARTICLES: Mapping[Type, str] = {
    Type.STRING: "a string",
    Type.INTEGER: "an integer",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.SIZE: "a string",
    Type.MODEL: "a string",
    Type.ARRAY: "an array",
    Type.OBJECT: "an object",
}


def type_phrase(type_: Type) -> str:
    """Name a type with its article, as in ``an integer``."""
    return _ARTICLES[type_]


def ratio_text(value: Fraction) -> str:
    """Write a ratio as ``3:1``."""
    return f"{value.numerator}:{value.denominator}"


def requirement(parameter: str, check: Check, titles: Mapping[str, str], scope: str | None, as_of: date) -> str:
    """Say what *check* asks of *parameter*, as a clause.

    Args:
        parameter: The parameter's name or path.
        check: What is asked.
        titles: Family names with their titles, for people.
        scope: The family or model that the check is about, or None for all.
        as_of: The day whose legal values are listed.
    """
    suffix = f" for {titles.get(scope, scope)}" if scope else ""
    return f"{parameter} {_predicate(check, titles, as_of)}{suffix}"


def _predicate(check: Check, titles: Mapping[str, str], as_of: date) -> str:  # noqa: C901, PLR0912 - one line a check
    match check:
        case Required():
            return "must be sent"
        case Dated(since, until):
            bounds = (f"from {since} on" if since else "", f"until {until}" if until else "")
            return f"is known {' and '.join(bound for bound in bounds if bound)}"
        case AppliesTo(names):
            return f"is only for {_names(tuple(titles.get(name, name) for name in names))}"
        case NotNull():
            return "must not be null"
        case OfType(type_):
            return f"must be {_ARTICLES[type_]}"
        case KnownModel(others):
            return "must not be a model that is retired or still to come" if others else "must be a model that exists"
        case OneOf(_, any_case):
            return f"must be {listed(check.allowed(as_of))}{', in letters of either case' if any_case else ''}"
        case Grammar(separator, tokens):
            words = "".join(f"{shown(token.value)} or " for token in tokens)
            return f"must be {words}WIDTH{separator}HEIGHT"
        case Minimum(limit):
            return f"must be at least {limit}"
        case Maximum(limit):
            return f"must be at most {limit}"
        case MultipleOf(step):
            return f"must be a multiple of {step}"
        case EdgesMultipleOf(step):
            return f"must have a width and a height divisible by {step}"
        case MinLength(limit, unit):
            return f"must have at least {limit} {units(limit, unit)}"
        case MaxLength(limit, unit):
            return f"must have at most {limit} {units(limit, unit)}"
        case Pattern(regex):
            return f"must match {regex}"
        case MinItems(limit):
            return f"must have at least {limit} {units(limit, 'items')}"
        case MaxItems(limit):
            return f"must have at most {limit} {units(limit, 'items')}"
        case MinEdge(limit):
            return f"must have edges of at least {limit} pixels"
        case MaxEdge(limit):
            return f"must have edges of at most {limit} pixels"
        case MinRatio(limit):
            return f"must have a ratio of width to height of at least {ratio_text(limit)}"
        case MaxRatio(limit):
            return f"must have a ratio of width to height of at most {ratio_text(limit)}"
        case MinPixels(limit):
            return f"must have at least {limit} pixels in all"
        case MaxPixels(limit):
            return f"must have at most {limit} pixels in all"
        case _:
            assert_never(check)


def units(number: int, unit: str) -> str:
    """Name the unit of a number, which *unit* names in the plural: ``item`` of 1, else ``items``."""
    return unit[:-1] if number == 1 and unit.endswith("s") else unit


def _names(names: tuple[str, ...]) -> str:
    *others, last = names or ("nothing",)
    return f"{', '.join(others)} and {last}" if others else last


def rule_requirement(when: Condition, require: Condition) -> str:
    """Say what a rule asks: ``background "transparent" needs output_format "png" or "webp"``."""
    needed = condition_phrase(require)
    return f"{condition_phrase(when)} needs {needed}" if when != All(()) else f"the request needs {needed}"


def exclusion_requirement(parameters: tuple[str, ...], *, exactly: bool) -> str:
    """Say what at-most-one-of and exactly-one-of ask."""
    return f"{'exactly' if exactly else 'at most'} one of {_names(parameters)} {'must' if exactly else 'may'} be sent"


def condition_phrase(condition: Condition) -> str:
    """Say a condition as a noun phrase: ``output_compression below 100``."""
    match condition:
        case Test(operand, operator, value):
            return (
                f"{_operand(operand)}{_comparison(operator, value)}"
                if operator is not Operator.PRESENT
                else (_operand(operand) if value else f"no {_operand(operand)}")
            )
        case All(conditions):
            return " and ".join(condition_phrase(one) for one in conditions)
        case AnyOf(conditions):
            return " or ".join(condition_phrase(one) for one in conditions)
        case Not(inner):
            return f"not ({condition_phrase(inner)})"
        case _:
            assert_never(condition)


def _operand(operand: Operand) -> str:
    match operand:
        case Value(parameter, _, None):
            return parameter
        case Value(parameter, _, part):
            return f"{part} of {parameter}"
        case CountOf(parameters):
            return f"a number of {_names(parameters)}"
        case SumOf(values):
            return f"a sum of {_names(tuple(_operand(value) for value in values))}"
        case SizeOf(width, height, part):
            if part is Part.RATIO:
                return f"a ratio of {_operand(width)} to {_operand(height)}"
            return f"a product of {_operand(width)} and {_operand(height)}"
        case _:
            assert_never(operand)


def _comparison(operator: Operator, value: Json) -> str:
    if operator in {Operator.IN, Operator.NOT_IN}:
        values: tuple[Json, ...] = value
        words = listed(tuple(ratio_text(one) if isinstance(one, Fraction) else one for one in values))
        return f" {words}" if operator is Operator.IN else f" other than {words}"
    return f" {operator.value.replace('_', ' ')} {ratio_text(value) if isinstance(value, Fraction) else value}"
