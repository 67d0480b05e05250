"""Refusals: which fault the API tells of, and in which words.

An API tells of one fault at a time.  Which one, its spec says in ``precedence``; in which words, in ``texts``, whose
placeholders are filled here from the fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from safelight.judging.interpret import Settlement
from safelight.judging.judge import located
from safelight.judging.lens import Lens
from safelight.model import (
    Check,
    Constraint,
    Errors,
    MaxItems,
    MaxLength,
    MinItems,
    MinLength,
    OneOf,
    Operation,
    Outcome,
    Parameter,
    Type,
    UnknownPolicy,
)
from safelight.records import dataclass
from safelight.vocabulary.checks import Violation, length, shown, type_word
from safelight.vocabulary.faults import text_name
from safelight.vocabulary.wording import ratio_text

from .reply import Empty, Headers, Json, Stamped, Whole

__all__ = ["facts_of", "refusal", "refuse", "with_nested"]

_LONGEST: Final = 200
"""Code points of a value or a name that an error repeats; an API that echoes a megabyte helps nobody."""

_MOST_RULES: Final = 20
"""Headers that name a rule; a request can break any number of them, and clients take only so many headers."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_EXPECTED: Final[Mapping[Type, str]] = {
    Type.STRING: "a string",
    Type.INTEGER: "an integer",
    Type.NUMBER: "a decimal number",
    Type.BOOLEAN: "a boolean",
    Type.SIZE: "a string",
    Type.MODEL: "a string",
    Type.ARRAY: "an array",
    Type.OBJECT: "an object",
}

_Plain: TypeAlias = "dict[str, _Plain] | list[_Plain] | str | float | bool | None"
_Owner: TypeAlias = tuple[Parameter, Constraint] | UnknownPolicy


@dataclass(frozen=True, slots=True)
class _Fault:
    """A violation with what it breaks.

    Attributes:
        kind: The text of the spec that tells of it.
        owner: The field of the body whose own constraint is broken; empty for rules and unknown fields.
        changes: Fields of the error that differ from the general text.
    """

    violation: Violation
    kind: str
    owner: str = ""
    constraint: Constraint | None = None
    parameter: Parameter | None = None
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])


def refuse(
    errors: Errors, kind: str, facts: Mapping[str, Any], changes: Mapping[str, Any] = _NOTHING, headers: Headers = ()
) -> Whole | Empty:
    """Refuse in the words that the spec has for one kind of fault.

    Args:
        errors: How the API refuses.
        kind: A key of its texts.
        facts: What the placeholders of the text stand for.
        changes: Fields of the text that are different this time.
        headers: Headers in addition to those of the text.
    """
    text = errors.texts[kind]
    headers = (*headers, *text.headers.items())
    if text.empty:
        return Empty(text.status, headers)
    fields = {name: _filled(template, facts) for name, template in {**text.fields, **changes}.items()}
    return Whole(text.status, _enveloped(errors.envelope, fields), headers)


def refusal(operation: Operation, settlement: Settlement, lens: Lens) -> Whole | Empty | None:
    """Refuse a request for the most urgent of its violations; headers name the rules of all, that one first.

    Args:
        operation: What was called.
        settlement: What the request comes to.
        lens: The day and the bases that it was judged by.

    Returns:
        The refusal, or None where the API refuses nothing.
    """
    refused = [one for one in settlement.violations if one.outcome == Outcome.REFUSE]
    if not refused:
        return None
    owners = _owners(settlement.table.parameters.values())
    faults = [_fault(operation, owners, one) for one in refused]
    ranks = {entry: rank for rank, entry in enumerate(operation.errors.precedence)}
    last = ranks.get("*", len(ranks))
    fault = min(faults, key=lambda one: min(ranks.get(one.kind, last), ranks.get(one.owner, last)))
    others = (one.violation.rule for one in faults if one is not fault)
    rules = tuple(("x-safelight-rule", one) for one in dict.fromkeys((fault.violation.rule, *others)))
    facts = {**facts_of(fault.violation, fault.parameter, fault.constraint, lens), "model": settlement.model}
    return refuse(operation.errors, fault.kind, facts, fault.changes, rules[:_MOST_RULES])


def facts_of(
    violation: Violation, parameter: Parameter | None, constraint: Constraint | None, lens: Lens
) -> Mapping[str, Any]:
    """Return what the placeholders of a text stand for, all but the model.

    Args:
        violation: What is told of.
        parameter: The parameter whose constraint is broken; None where it is a rule, or a field that nobody knows.
        constraint: The constraint; None as above.
        lens: The day and the bases that the request was judged by.
    """
    return {
        "param": violation.parameter,
        "value": violation.value,
        "got": type_word(violation.value),
        "requirement": violation.message
        if constraint is None
        else located(constraint.requirement, violation.parameter),
        "allowed": _listed(violation.allowed, "and"),
        "expected": _expected(parameter, lens) if parameter is not None else "",
        "limit": _limit(constraint.check) if constraint is not None else "",
        "length": _length(constraint.check, violation.value) if constraint is not None else "",
    }


def _fault(operation: Operation, owners: Mapping[str, _Owner], violation: Violation) -> _Fault:
    if violation.rule == operation.body_type.id:
        return _Fault(violation, "body")
    if violation.rule == operation.unknown_fields.id:
        return _Fault(violation, "unknown_fields")
    owner = re.split(r"[.\[]", violation.parameter, maxsplit=1)[0]
    broken = owners.get(violation.rule)
    if isinstance(broken, UnknownPolicy):
        return _Fault(violation, "unknown_members", owner)
    if broken is not None:
        parameter, constraint = broken
        return _Fault(violation, text_name(constraint.check.kind), owner, constraint, parameter, constraint.error)
    changes = next(rule.error for rule in operation.rules if rule.id == violation.rule)
    return _Fault(violation, "rule", changes=changes)


def _owners(parameters: Iterable[Parameter]) -> Mapping[str, _Owner]:
    """Find, for each constraint of a table, the parameter that it is about; by the constraint's id."""
    owners: dict[str, _Owner] = {}
    for parameter in with_nested(parameters):
        owners |= {one.id: (parameter, one) for one in parameter.constraints}
        if parameter.unknown_members is not None:
            owners[parameter.unknown_members.id] = parameter.unknown_members
    return owners


def with_nested(parameters: Iterable[Parameter]) -> Iterator[Parameter]:
    """Yield parameters, each with its members and items behind it."""
    for parameter in parameters:
        yield parameter
        yield from with_nested(parameter.members)
        if parameter.items is not None:
            yield from with_nested((parameter.items,))


def _expected(parameter: Parameter, lens: Lens) -> str:
    """Say what type was expected; a parameter of few values is told by these."""
    for one in parameter.constraints:
        if isinstance(one.check, OneOf) and lens.in_force(one.provenance):
            values = one.check.allowed(lens.as_of)
            return f"{'one of ' if len(values) > 1 else ''}{_listed(values, 'or')}"
    return _EXPECTED[parameter.type]


def _limit(check: Check) -> object:
    limit = getattr(check, "limit", getattr(check, "step", ""))
    return ratio_text(limit) if isinstance(limit, Fraction) else limit


def _length(check: Check, value: Any) -> object:  # noqa: ANN401 - any JSON value
    match check:
        case MinLength(unit=unit) | MaxLength(unit=unit):
            return length(value, unit)
        case MinItems() | MaxItems():
            return len(value)
        case _:
            return ""


def _listed(values: tuple[Any, ...], joiner: str) -> str:
    """Write *values* as this family of APIs does: ``'low' and 'high'``, ``'low', 'medium', and 'high'``."""
    words = [_quoted(value) for value in values]
    if len(words) <= 2:
        return f" {joiner} ".join(words)
    return f"{', '.join(words[:-1])}, {joiner} {words[-1]}"


def _quoted(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return f"'{value}'" if isinstance(value, str) else shown(value)


def _filled(template: Any, facts: Mapping[str, Any]) -> Json:  # noqa: ANN401 - any JSON value
    """Fill a template's placeholders; one that is nothing but a placeholder of null is null."""
    if not isinstance(template, str):
        plain: Json = template
        return plain
    whole = _PLACEHOLDER.fullmatch(template)
    if whole and facts.get(whole[1], "") is None:
        return None
    text = _PLACEHOLDER.sub(lambda found: _written(facts.get(found[1], found[0])), template)
    return Stamped(text) if Stamped.PLACEHOLDER in template else text


def _written(fact: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(fact, str):
        return fact if len(fact) <= _LONGEST else f"{fact[: _LONGEST - 1]}…"
    return shown(fact)


def _enveloped(envelope: _Plain, fields: Mapping[str, Json]) -> Json:
    """Put the fields of an error where the envelope has their names; a field that the text lacks is null."""
    match envelope:
        case str():
            whole = _PLACEHOLDER.fullmatch(envelope)
            return fields.get(whole[1]) if whole else envelope
        case dict():
            return {key: _enveloped(item, fields) for key, item in envelope.items()}
        case list():
            return [_enveloped(item, fields) for item in envelope]
        case _:
            return envelope
