"""One constraint of a value as keywords of JSON Schema, and why some have no form there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, assert_never

from safelight.judging.judge import judge
from safelight.judging.lens import Enforced
from safelight.model import (
    AppliesTo,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Grammar,
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
    Type,
    Unit,
    in_force,
)
from safelight.vocabulary.checks import MAX_EDGE_DIGITS
from safelight_codegen.exports.regex import ecmascript
from safelight_codegen.exports.schema import Keywords, Schema, any_of, one_of_values, with_null

__all__ = ["TYPES", "Unsayable", "keywords_of", "of_choices"]

TYPES: Final = {
    Type.STRING: "string",
    Type.SIZE: "string",
    Type.MODEL: "string",
    Type.INTEGER: "integer",
    Type.NUMBER: "number",
    Type.BOOLEAN: "boolean",
    Type.ARRAY: "array",
    Type.OBJECT: "object",
}
"""The types of parameters as JSON Schema names them."""


class Unsayable(Exception):
    """JSON Schema has no form for this; the text says why."""


def keywords_of(one: Constraint, enforced: Enforced, *, null: bool) -> Schema:  # noqa: C901 - one case a check
    """Say one constraint of a value of the right type.

    Args:
        one: The constraint.
        enforced: The parameter that it is about.
        null: Whether null must be valid as well.

    Raises:
        Unsayable: There is no form for it.
    """
    match one.check:
        case OneOf() as check:
            values = of_choices(check.allowed(enforced.as_of), any_case=check.any_case)
            return with_null(values) if null else values
        case Grammar(separator, tokens):
            words = [token.value for token in tokens if in_force(token.since, token.until, enforced.as_of)]
            return any_of((_among(words, null=null), _size(separator)))
        case Minimum(limit):
            return {"minimum": limit}
        case Maximum(limit):
            return {"maximum": limit}
        case MinLength(limit, Unit.CODE_POINTS):
            return {"minLength": limit}
        case MaxLength(limit, Unit.CODE_POINTS):
            return {"maxLength": limit}
        case MultipleOf(step) if step == int(step):
            return {"multipleOf": int(step)}
        case MinItems(limit):
            return {"minItems": limit}
        case MaxItems(limit):
            return {"maxItems": limit}
        case Pattern(regex):
            return {"pattern": ecmascript(regex)}
        case _:
            return _listed(one, enforced)


def of_choices(values: Iterable[Any], *, any_case: bool) -> Schema:
    """Ask for one of *values*; where *any_case* is true, all of them strings, in letters of either case."""
    if not any_case:
        return one_of_values(values)
    written = ["".join(map(_in_either_case, value)) for value in values]
    return {"type": "string", "pattern": ecmascript("|".join(written))} if written else False


def _in_either_case(sign: str) -> str:
    if sign.isascii() and sign.isalpha():
        return f"[{sign.upper()}{sign.lower()}]"
    return f"\\{sign}" if sign in "\\.^$*+?{}[]|()" else sign


def _among(values: list[Any], *, null: bool) -> Schema:
    schema = one_of_values(values)
    return with_null(schema) if null else schema


def _size(separator: str) -> Keywords:
    """Say WIDTHxHEIGHT; to some validators ``$`` is also before a last line break, so other signs are ruled out."""
    edge = f"[1-9][0-9]{{0,{MAX_EDGE_DIGITS - 1}}}"
    return {"pattern": f"^{edge}{re.escape(separator)}{edge}$", "not": {"pattern": f"[^0-9{separator}]"}}


def _listed(one: Constraint, enforced: Enforced) -> Schema:
    """Say a constraint that has no keyword by listing the legal values that break it.

    Raises:
        Unsayable: The legal values cannot be listed.
    """
    before = enforced.content[: enforced.content.index(one)]
    values = next((found.check.allowed(enforced.as_of) for found in before if isinstance(found.check, OneOf)), None)
    if values is None:
        raise Unsayable(_reason(one))
    broken = [value for value in values if any(fault.rule == one.id for fault in judge(enforced, value, ""))]
    return {"not": one_of_values(broken)} if broken else True


def _reason(one: Constraint) -> str:
    match one.check:
        case MinLength(_, unit) | MaxLength(_, unit):
            return f"JSON Schema counts code points, not {unit}"
        case MultipleOf():
            return "validators divide in binary, where a decimal step has no exact multiples"
        case EdgesMultipleOf() | MinEdge() | MaxEdge() | MinRatio() | MaxRatio() | MinPixels() | MaxPixels():
            return "JSON Schema cannot calculate with the numbers in a string"
        case (
            OneOf() | Grammar() | Minimum() | Maximum() | MinItems() | MaxItems() | Pattern()
            | Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel()
        ):  # fmt: skip
            raise AssertionError(f"{one.id} has a form")
        case _:
            assert_never(one.check)
