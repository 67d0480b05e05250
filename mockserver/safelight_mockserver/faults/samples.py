"""Samples: what an error about a constraint tells when it is ordered for a request that breaks none.

An error that says "expected a value <= 10, but got null instead" is one that no API ever sent, and a client's code for
it would be tried with nonsense.  So a value is found that does break such a constraint, as close to the request as can
be: of the model that was called, of what the request sent itself if that breaks it, and otherwise just beyond the
limit.  The error then tells of this value as if it had been sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import count
from typing import Any, Final, assert_never

from safelight.judging.judge import fits, is_of_type, violation
from safelight.judging.lens import Lens, separator_of
from safelight.model import (
    ANY_MODEL,
    AppliesTo,
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
    Operation,
    Outcome,
    Parameter,
    Pattern,
    Required,
    Rule,
    Type,
)
from safelight.records import dataclass
from safelight.vocabulary.checks import edges, is_number
from safelight.vocabulary.faults import text_name
from safelight.vocabulary.patterns import FLAGS
from safelight_mockserver.answers.refusal import facts_of, with_nested

from .kinds import Moderated

__all__ = ["NOTHING", "Sample", "sample"]

_STRANGE: Final = "no-such-value"
_STRANGE_FIELD: Final = "no_such_parameter"
_STRINGS: Final = ("", " ", "?", "x", "no such text", "\n", "0")
_LARGEST: Final = "65536x65536"
_EDGE: Final = 1024  # Of a size whose ratio is what is wrong with it.
_OF_TRANSPORT: Final[Mapping[str, Mapping[str, Any]]] = {
    "content_type": {"content_type": "text/plain"},
    "method": {"verb": "PUT"},
    "body": {"param": "", "value": [], "got": "an array"},
    "unknown_fields": {"param": _STRANGE_FIELD, "value": True},
    "unknown_members": {"param": _STRANGE_FIELD, "value": True},
    "moderation": {"allowed": Moderated().categories},
}
"""What errors tell that are about no constraint of one parameter, by their names."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What an error tells.

    Attributes:
        facts: What its placeholders stand for, by the names of `safelight.vocabulary.faults.PLACEHOLDERS`.
        changes: Fields of it that the constraint has in words of its own.
    """

    facts: Mapping[str, Any]
    changes: Mapping[str, Json]


NOTHING: Final = Sample({}, {})


def sample(operation: Operation, text: str, model: str, body: Mapping[str, Any], lens: Lens) -> Sample:
    """Find what an error tells.

    Args:
        operation: What was called.
        text: The error, by its name among the texts of the spec.
        model: The model that the request was judged by; empty where none is known.
        body: The fields of the request.
        lens: The day and the bases that it was judged by.

    Returns:
        A sample; `NOTHING` where the error is about no constraint.
    """
    if text == "pixel_budget":
        return Sample(_budget(operation, model), {})
    if text == "rule":
        return _rule(operation, model, body, lens)
    if text in _OF_TRANSPORT:
        return Sample(_OF_TRANSPORT[text], {})
    found = _broken(operation, text, model, body, lens)
    if found is None:
        return NOTHING
    parameter, constraint = found
    path = parameter.name.replace("[]", "[0]")
    value = _value(parameter, constraint, body.get(path), lens)
    told = violation(constraint, path, value, allowed=_allowed(constraint, lens))
    return Sample(facts_of(told, parameter, constraint, lens), constraint.error)


def _broken(
    operation: Operation, text: str, model: str, body: Mapping[str, Any], lens: Lens
) -> tuple[Parameter, Constraint] | None:
    """Find the constraint that an error is about: if it can be, in force, of the model itself, and of what was sent."""
    tables = operation.tables
    own = tables[model if model in tables else ANY_MODEL]
    absence = text in {"required", "applies_to"}  # What was sent is not missing, and what was taken is not unknown.
    found = [
        (parameter, one)
        for table in (own, *tables.values())
        for parameter in with_nested(table.parameters.values())
        for one in parameter.constraints
        if text_name(one.check.kind) == text and one.outcome is Outcome.REFUSE
        if parameter.applies is not isinstance(one.check, AppliesTo)
    ]

    def rank(candidate: tuple[Parameter, Constraint]) -> tuple[bool, ...]:
        parameter, one = candidate
        is_own = own.parameters.get(parameter.name) is parameter
        return not lens.in_force(one.provenance), not is_own, (parameter.name in body) is absence

    return min(found, key=rank, default=None)


def _value(parameter: Parameter, constraint: Constraint, sent: Json, lens: Lens) -> Json:  # noqa: C901, PLR0912 - a case a check
    """Return a value that breaks a constraint, just so."""
    check = constraint.check
    match check:
        case Required() | NotNull():
            return None
        case Dated() | AppliesTo():
            return _STRANGE if sent is None else sent
        case OfType():
            return 7 if is_of_type("", parameter.type) else "seven"
        case KnownModel():
            return "no-such-model"
        case OneOf():
            return _unlisted(parameter, _allowed(constraint, lens))
        case Grammar():
            return "large"
        case Minimum(limit):
            return limit - _step(parameter)
        case Maximum(limit):
            return limit + _step(parameter)
        case MultipleOf(step):
            return step + (1 if parameter.type is Type.INTEGER else step / 2)
        case MinLength(limit):
            return "x" * (limit - 1)
        case MaxLength(limit):
            return "x" * (limit + 1)
        case Pattern(regex):
            return next((one for one in _STRINGS if not re.fullmatch(regex, one, FLAGS)), _STRINGS[0])
        case MinItems(limit):
            return [_STRANGE] * (limit - 1)
        case MaxItems(limit):
            return [_STRANGE] * (limit + 1)
        case _:
            separator = separator_of(parameter)
            size = edges(sent, separator) if isinstance(sent, str) else None
            if size is not None and not fits(size, check):
                return sent
            return separator.join(map(str, _size(check)))


def _unlisted(parameter: Parameter, allowed: tuple[Json, ...]) -> Json:
    """Return a value of a parameter's type that is none of the legal ones."""
    if parameter.type is Type.SIZE:
        separator = separator_of(parameter)
        return next(size for edge in count(7) if (size := f"{edge}{separator}{edge}") not in allowed)
    if parameter.type in {Type.INTEGER, Type.NUMBER}:
        return max((one for one in allowed if is_number(one)), default=0) + 1
    return _STRANGE


def _step(parameter: Parameter) -> int | float:
    """Return how far the next number is that a parameter could be given."""
    return next((one.check.step for one in parameter.constraints if isinstance(one.check, MultipleOf)), 1)


def _size(
    check: EdgesMultipleOf | MinEdge | MaxEdge | MinRatio | MaxRatio | MinPixels | MaxPixels,
) -> tuple[int, int]:
    """Return a size, (width, height) in pixels, that a check refuses."""
    match check:
        case EdgesMultipleOf(step):
            return step * 64 + 1, step * 64 + 1
        case MinEdge(limit):
            return limit - 1, limit - 1
        case MaxEdge(limit):
            return limit + 1, limit + 1
        case MinRatio(limit):
            return _EDGE, _EDGE * limit.denominator // limit.numerator + 1
        case MaxRatio(limit):
            return _EDGE * limit.numerator // limit.denominator + 1, _EDGE
        case MinPixels(limit):
            edge = math.isqrt(limit - 1)
            return edge, edge
        case MaxPixels(limit):
            edge = math.isqrt(limit) + 1
            return edge, edge
        case _:
            assert_never(check)


def _allowed(constraint: Constraint, lens: Lens) -> tuple[Json, ...]:
    return constraint.check.allowed(lens.as_of) if isinstance(constraint.check, OneOf) else ()


def _budget(operation: Operation, model: str) -> Mapping[str, Any]:
    tables = operation.tables
    table = tables[model if model in tables else ANY_MODEL]
    sizes = (one.name for one in table.parameters.values() if one.type is Type.SIZE)
    return {"param": next(sizes, ""), "value": _LARGEST}


def _rule(operation: Operation, model: str, body: Mapping[str, Any], lens: Lens) -> Sample:
    """Tell of a rule: rather one in force, about a parameter that the model takes."""
    tables = operation.tables
    own = tables[model if model in tables else ANY_MODEL].parameters
    rules = [one for one in operation.rules if one.outcome is Outcome.REFUSE]
    if not rules:
        return NOTHING

    def rank(rule: Rule) -> tuple[bool, bool]:
        taken = rule.parameter in own and own[rule.parameter].applies
        return not lens.in_force(rule.provenance), not taken

    rule = min(rules, key=rank)
    facts = {"param": rule.parameter, "value": body.get(rule.parameter), "requirement": rule.requirement}
    return Sample(facts, rule.error)
