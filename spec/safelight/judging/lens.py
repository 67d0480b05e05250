"""A parameter as one reader judges it.

Which constraints count depends on the day and on the bases that a reader accepts, and not on the request.  `enforce`
works this out once for each parameter of a table, so that judging a request looks only at constraints in force.  What
is not in force is as if the spec did not say it: a null that nothing forbids counts as not sent, and a value whose type
nothing asks for is not judged further.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

from safelight.model import (
    AppliesTo,
    Basis,
    Check,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Grammar,
    KnownModel,
    MaxEdge,
    Maximum,
    MaxPixels,
    MaxRatio,
    MinEdge,
    Minimum,
    MinPixels,
    MinRatio,
    MultipleOf,
    NotNull,
    OfType,
    Parameter,
    Provenance,
    Required,
    Type,
    UnknownPolicy,
    in_force,
)
from safelight.records import dataclass
from safelight.vocabulary.free_sizes import SizeLimits

C = TypeVar("C")
_NOT_CONTENT: Final = frozenset({Required, Dated, AppliesTo, NotNull, OfType, KnownModel})
_NO_LIMITS: Final = SizeLimits()


@dataclass(frozen=True, slots=True)
class Lens:
    """The day and the bases that a reader judges by."""

    as_of: date
    basis: frozenset[Basis]

    def in_force(self, provenance: Provenance) -> bool:
        """Tell whether a constraint counts."""
        return provenance.holds(self.basis, self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """One parameter of one table with the constraints that count for one reader.

    Attributes:
        barred: Why the parameter may not be sent at all: the constraint and what ends its message.
        required: That it must be sent; nothing that may not be there must be.
        not_null: That an explicit null is a fault; without it, null counts as not sent.
        of_type: That the value has the parameter's type.
        content: What a value of the right type must keep to, in the order it is judged.
        spellings: The values as they are listed, where letters of either case are the same.
        as_of: The day to judge by, for values that are legal for a time.
        low: The least legal number, for suggestions; so are *high*, *step* and *limits*.
        members: The members of an object by their keys.
        unknown_members: What happens to members the spec does not name; None where nothing does.
    """

    parameter: Parameter
    barred: tuple[Constraint, str] | None
    required: Constraint | None
    not_null: Constraint | None
    of_type: Constraint | None
    content: tuple[Constraint, ...]
    spellings: tuple[str, ...]
    as_of: date
    low: int | float | None
    high: int | float | None
    step: int | float | None
    limits: SizeLimits
    items: Enforced | None
    members: dict[str, Enforced]
    unknown_members: UnknownPolicy | None

    @property
    def applies(self) -> bool:
        """Whether the API takes the parameter at all: then it has a default, and a value is effective."""
        return self.barred is None


def enforce(parameter: Parameter, table: str, lens: Lens) -> Enforced:
    """Work out what *lens* leaves of a parameter of the table named *table*."""
    counting = {type(one.check): one for one in parameter.constraints if lens.in_force(one.provenance)}
    checks = {kind: one.check for kind, one in counting.items()}
    low, high, step = _find(checks, Minimum), _find(checks, Maximum), _find(checks, MultipleOf)
    unknown = parameter.unknown_members
    barred = _barred(counting, parameter, table, lens.as_of)
    return Enforced(
        parameter=parameter,
        barred=barred,
        required=counting.get(Required) if barred is None else None,
        not_null=counting.get(NotNull),
        of_type=counting.get(OfType),
        content=tuple(one for kind, one in counting.items() if kind not in _NOT_CONTENT),
        spellings=parameter.spellings,
        as_of=lens.as_of,
        low=low.limit if low else None,
        high=high.limit if high else None,
        step=step.step if step else None,
        limits=_size_limits(checks, separator_of(parameter)) if parameter.type is Type.SIZE else _NO_LIMITS,
        items=enforce(parameter.items, table, lens) if parameter.items else None,
        members={member.name.rpartition(".")[2]: enforce(member, table, lens) for member in parameter.members},
        unknown_members=unknown if unknown and lens.in_force(unknown.provenance) else None,
    )


def _barred(
    counting: Mapping[type, Constraint], parameter: Parameter, table: str, as_of: date
) -> tuple[Constraint, str] | None:
    dated, applies_to = counting.get(Dated), counting.get(AppliesTo)
    if dated and isinstance(dated.check, Dated) and not in_force(dated.check.since, dated.check.until, as_of):
        return dated, ""
    return (applies_to, f", not for {table}") if applies_to and not parameter.applies else None


def _size_limits(checks: Mapping[type, Check], separator: str) -> SizeLimits:
    step = _find(checks, EdgesMultipleOf)
    low, high = _find(checks, MinEdge), _find(checks, MaxEdge)
    narrow, wide = _find(checks, MinRatio), _find(checks, MaxRatio)
    few, many = _find(checks, MinPixels), _find(checks, MaxPixels)
    return SizeLimits(
        separator=separator,
        multiple_of=step.step if step else 1,
        min_edge=low.limit if low else 1,
        max_edge=high.limit if high else None,
        min_pixels=few.limit if few else 1,
        max_pixels=many.limit if many else None,
        min_ratio=narrow.limit.as_integer_ratio() if narrow else None,
        max_ratio=wide.limit.as_integer_ratio() if wide else None,
    )


def _find(checks: Mapping[type, Check], kind: type[C]) -> C | None:
    found = checks.get(kind)
    return found if isinstance(found, kind) else None


def separator_of(parameter: Parameter) -> str:
    """How a size parameter separates width and height; ``x`` where the spec lists sizes only."""
    return next((one.check.separator for one in parameter.constraints if isinstance(one.check, Grammar)), "x")
