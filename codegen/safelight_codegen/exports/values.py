"""What one parameter may be, as a JSON Schema.

`accepted` says which values the API does not refuse; what it merely corrects or warns about is valid.  `flawless` says
which values break nothing that the API reacts to; rules need it, since a rule is silent where one of its parameters is
at fault.

Both follow the order of `safelight.judging.judge`: a value that may not be there, or has another type, is not judged
further, and one that is none of the legal values neither.  As long as those faults are refused, keywords side by side
say the same; only where the API is gentle about one of them does what follows stand in an ``if``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from safelight.judging.lens import Enforced
from safelight.model import Constraint, Grammar, OneOf, Outcome, Type
from safelight.records import dataclass
from safelight_codegen.exports.describe import described
from safelight_codegen.exports.keywords import TYPES, Unsayable, keywords_of
from safelight_codegen.exports.schema import NOT_NULL, NULL, Keywords, Schema, implied, merged, without_null

__all__ = ["Unsaid", "accepted", "flawless", "is_refused", "legal", "may_be_corrected", "nulls"]

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


def accepted(enforced: Enforced, unsaid: list[Unsaid]) -> Keywords:
    """Say which values of a parameter the API does not refuse; with the docs and the ids of what is asked.

    Args:
        enforced: The parameter as the reader judges it.
        unsaid: Gets what cannot be said.
    """
    return _Values(_REFUSED, unsaid).described(enforced)


def flawless(enforced: Enforced) -> Schema:
    """Say which values of a parameter break nothing but what the API warns about, or refuses in any case.

    Raises:
        Unsayable: There is no form for something that the API would correct.
    """
    unsaid: list[Unsaid] = []
    schema = _Values(_FAULTS, unsaid).bare(enforced)
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
        if isinstance(one.check, OneOf) and one.outcome is Outcome.REFUSE and not one.check.any_case:
            return one.check.allowed(enforced.as_of)
    return None


def is_refused(one: Constraint | None) -> bool:
    """Tell whether there is a constraint in force, and the API refuses what breaks it."""
    return one is not None and one.outcome is Outcome.REFUSE


def nulls(enforced: Enforced) -> bool:
    """Tell whether an explicit null counts as not sent."""
    return enforced.not_null is None


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
        unsaid: Filled on the way: what cannot be said.
    """

    counting: frozenset[Outcome]
    unsaid: list[Unsaid]

    def described(self, enforced: Enforced) -> Keywords:
        """Say it of a parameter, where it is there, with the docs."""
        schema, constraints = self.bare(enforced), tuple(_own_constraints(enforced))
        ids = {one.id for one in constraints}
        return described(schema, enforced, constraints, [one.requirement for one in self.unsaid if one.id in ids])

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
            return keywords_of(one, enforced, null=null)
        except Unsayable as error:
            self.unsaid.append(Unsaid(one.id, one.requirement, str(error)))
            return True

    def _nested(self, enforced: Enforced) -> Schema:
        if enforced.items is not None:
            return {"items": self.described(enforced.items)}
        if enforced.parameter.type is not Type.OBJECT:
            return True
        required = [name for name, member in enforced.members.items() if self._counts(member.required)]
        policy = enforced.unknown_members
        closed = policy is not None and policy.outcome in self.counting
        return {
            "properties": {name: self.described(member) for name, member in enforced.members.items()},
            **({"required": required} if required else {}),
            **({"additionalProperties": False} if closed else {}),
        }
