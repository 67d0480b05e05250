"""What one parameter may be, as a JSON Schema.

`accepted` says which values the API does not refuse; what it merely corrects or warns about is valid.  `flawless` says
which values break nothing that the API reacts to; rules need it, since a rule is silent where one of its parameters is
at fault.

Both follow the order of `safelight.judge`: a value that may not be there, or has another type, is not judged further,
and one that is none of the legal values neither.  As long as those faults are refused, keywords side by side say the
same; only where the API is gentle about one of them does what follows stand in an ``if``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, assert_never

from safelight.checks import MAX_EDGE_DIGITS
from safelight.judge import judge
from safelight.lens import Enforced
from safelight.model import (
    ABSENT,
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
    Outcome,
    Parameter,
    Pattern,
    Required,
    Rule,
    Type,
    Unit,
    in_force,
)
from safelight_codegen.exports.regex import portable
from safelight_codegen.exports.schema import (
    IMPOSSIBLE,
    NOT_NULL,
    NULL,
    Keywords,
    Schema,
    any_of,
    implied,
    merged,
    one_of_values,
    with_null,
    without_null,
)
from safelight_codegen.text import sentence

__all__ = [
    "TYPES",
    "Unsaid",
    "Unsayable",
    "accepted",
    "flawless",
    "identity",
    "is_refused",
    "legal",
    "may_be_corrected",
    "nulls",
]

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

_REFUSED: Final = frozenset({Outcome.REFUSE})
_FAULTS: Final = frozenset(Outcome) - {Outcome.WARN}
"""What stops a rule from being judged: everything but a warning."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A constraint that JSON Schema has no form for.

    Attributes:
        id: The constraint's id.
        requirement: What it asks, as a clause.
        reason: Why it cannot be said.
    """

    id: str
    requirement: str
    reason: str


class Unsayable(Exception):
    """JSON Schema has no form for this; the text says why."""


def accepted(enforced: Enforced, unsaid: list[Unsaid]) -> Keywords:
    """Say which values of a parameter the API does not refuse; with the docs and the ids of what is asked.

    Args:
        enforced: The parameter as the reader judges it.
        unsaid: Gets what cannot be said.
    """
    values = _Values(_REFUSED, described=True, unsaid=unsaid)
    return _described(values.bare(enforced), enforced)


def flawless(enforced: Enforced) -> Schema:
    """Say which values of a parameter break nothing but what the API warns about, or refuses in any case.

    Raises:
        Unsayable: There is no form for something that the API would correct.
    """
    unsaid: list[Unsaid] = []
    schema = _Values(_FAULTS, described=False, unsaid=unsaid).schema(enforced)
    gentle = {one.id for one in _constraints(enforced) if one.outcome is not Outcome.REFUSE}
    for one in unsaid:
        if one.id in gentle:
            raise Unsayable(f"it depends on {one.id}: {one.reason}")
    return schema


def may_be_corrected(enforced: Enforced) -> bool:
    """Tell whether the API does something gentler than to refuse about a fault of the parameter, or of a part of it."""
    gentle = _FAULTS - _REFUSED
    if any(one.outcome in gentle for one in _constraints(enforced)):
        return True
    policies = (one.unknown_members for one in _with_nested(enforced) if one.unknown_members is not None)
    return any(policy.outcome in gentle for policy in policies)


def legal(enforced: Enforced) -> tuple[Any, ...] | None:
    """List the values of which every accepted request has one, or None where the API would take others too."""
    for one in () if enforced.barred else enforced.content:
        if isinstance(one.check, OneOf) and one.outcome is Outcome.REFUSE:
            return one.check.allowed(enforced.as_of)
    return None


def is_refused(one: Constraint | None) -> bool:
    """Tell whether there is a constraint in force, and the API refuses what breaks it."""
    return one is not None and one.outcome is Outcome.REFUSE


def nulls(enforced: Enforced) -> bool:
    """Tell whether an explicit null counts as not sent."""
    return enforced.not_null is None


def identity(one: Constraint | Rule) -> Keywords:
    """Say which constraint it is, and how it is known."""
    return {
        "id": one.id,
        "requirement": one.requirement,
        "basis": one.provenance.basis.value,
        **({"source": one.provenance.source} if one.provenance.source else {}),
        **({"outcome": one.outcome.value} if one.outcome is not Outcome.REFUSE else {}),
    }


def _with_nested(enforced: Enforced) -> Iterator[Enforced]:
    yield enforced
    for part in (*enforced.members.values(), *([enforced.items] if enforced.items else [])):
        yield from _with_nested(part)


def _own_constraints(enforced: Enforced) -> Iterator[Constraint]:
    """Yield the constraints in force of a parameter itself, in the order they are judged."""
    first = (enforced.required, enforced.barred and enforced.barred[0], enforced.not_null, enforced.of_type)
    yield from (one for one in first if one is not None)
    yield from enforced.content


def _constraints(enforced: Enforced) -> Iterator[Constraint]:
    for part in _with_nested(enforced):
        yield from _own_constraints(part)


@dataclass(frozen=True, slots=True)
class _Values:
    """Says which values break none of the constraints that count.

    Attributes:
        counting: The outcomes of the constraints that count.
        described: Whether to say what it is for, in English and with ids.
        unsaid: Filled on the way: what cannot be said.
    """

    counting: frozenset[Outcome]
    described: bool
    unsaid: list[Unsaid] = field(default_factory=list[Unsaid])

    def schema(self, enforced: Enforced) -> Schema:
        """Say it of a parameter, where it is there."""
        found = self.bare(enforced)
        return _described(found, enforced) if self.described else found

    def _counts(self, one: Constraint | None) -> bool:
        return one is not None and one.outcome in self.counting

    def _null(self, enforced: Enforced) -> bool:
        """Tell whether null is valid, where the parameter is not barred or null is no value of it."""
        return not self._counts(enforced.required if nulls(enforced) else enforced.not_null)

    def bare(self, enforced: Enforced) -> Schema:
        """Say it without the docs."""
        null = self._null(enforced)
        if enforced.barred:
            if self._counts(enforced.barred[0]):
                return NULL if null and nulls(enforced) else False
            return True if null or not nulls(enforced) else NOT_NULL
        type_ = TYPES[enforced.parameter.type]
        if self._counts(enforced.of_type):
            named: Schema = {"type": [type_, "null"] if null else type_}
            return merged((named, *self._content(enforced.content, enforced, null=null)))
        content = implied({"type": type_}, merged(self._content(enforced.content, enforced, null=False)))
        return content if null else without_null(content)

    def _content(self, constraints: Sequence[Constraint], enforced: Enforced, *, null: bool) -> Iterator[Schema]:
        """Say what a value of the right type must keep to; *null* tells whether null must be valid beside it."""
        for place, one in enumerate(constraints):
            if self._counts(one):
                yield self._said(one, enforced, null=null)
            elif isinstance(one.check, OneOf | Grammar):
                rest = merged(self._content(constraints[place + 1 :], enforced, null=null))
                yield implied(self._said(one, enforced, null=False), rest)
                return
        yield self._nested(enforced)

    def _said(self, one: Constraint, enforced: Enforced, *, null: bool) -> Schema:
        try:
            return _keywords(one, enforced, null=null)
        except Unsayable as error:
            self.unsaid.append(Unsaid(one.id, one.requirement, str(error)))
            return True

    def _nested(self, enforced: Enforced) -> Schema:
        if enforced.items is not None:
            items = self.schema(enforced.items)
            return True if items is True else {"items": items}
        if enforced.parameter.type is not Type.OBJECT:
            return True
        required = [name for name, member in enforced.members.items() if self._counts(member.required)]
        policy = enforced.unknown_members
        closed = policy is not None and policy.outcome in self.counting
        return {
            "properties": {name: self.schema(member) for name, member in enforced.members.items()},
            **({"required": required} if required else {}),
            **({"additionalProperties": False} if closed else {}),
        }


def _keywords(one: Constraint, enforced: Enforced, *, null: bool) -> Schema:  # noqa: C901 - one case a check
    """Say one constraint of a value of the right type.

    Raises:
        Unsayable: There is no form for it.
    """
    match one.check:
        case OneOf() as check:
            values = one_of_values(check.allowed(enforced.as_of))
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
        case Pattern(regex) if (pattern := portable(regex)) is not None:
            return {"pattern": pattern}
        case _:
            return _listed(one, enforced)


def _among(values: list[Any], *, null: bool) -> Schema:
    schema = one_of_values(values)
    return with_null(schema) if null else schema


def _size(separator: str) -> Keywords:
    """Say WIDTHxHEIGHT; ``$`` also matches before a last line break in some validators, so other signs are ruled out."""
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
        case Pattern():
            return "the pattern means something else, or nothing, in ECMAScript"
        case EdgesMultipleOf() | MinEdge() | MaxEdge() | MinRatio() | MaxRatio() | MinPixels() | MaxPixels():
            return "JSON Schema cannot calculate with the numbers in a string"
        case (
            OneOf() | Grammar() | Minimum() | Maximum() | MinItems() | MaxItems()
            | Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel()
        ):  # fmt: skip
            raise AssertionError(f"{one.id} has a form")
        case _:
            assert_never(one.check)


# --- in English ----------------------------------------------------------------------------------------------------


def _described(schema: Schema, enforced: Enforced) -> Keywords:
    """Add what the parameter is for, its default, and the ids of what is asked."""
    parameter = enforced.parameter
    keywords: Keywords = {"description": _description(enforced)}
    keywords |= IMPOSSIBLE if schema is False else {} if schema is True else schema
    if enforced.applies and parameter.default is not ABSENT and not parameter.default_when:
        keywords["default"] = parameter.default
    constraints = [identity(one) for one in _own_constraints(enforced)]
    return keywords | ({"x-safelight-constraints": constraints} if constraints else {})


def _description(enforced: Enforced) -> str:
    parameter = enforced.parameter
    if enforced.barred:
        return sentence(f"{enforced.barred[0].requirement}{enforced.barred[1]}")
    return " ".join((sentence(parameter.doc), *_remarks(parameter, enforced.content)))


def _remarks(parameter: Parameter, content: Iterable[Constraint]) -> Iterator[str]:
    """Yield what a reader cannot see in the keywords."""
    for one in content:
        if isinstance(one.check, EdgesMultipleOf | MinEdge | MaxEdge | MinRatio | MaxRatio | MinPixels | MaxPixels):
            yield sentence(one.requirement)
    for value, stands_for in parameter.becomes.items():
        yield sentence(f"{value} stands for {stands_for}")
