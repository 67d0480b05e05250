"""What one constraint asks of one parameter: a closed union of checks, and the constraint that names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from fractions import Fraction
from typing import ClassVar, TypeAlias

from safelight.model.basics import NOWHERE, Json, Outcome, Place, Provenance, Type, Unit, in_force
from safelight.records import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One legal value of an enumeration, and the time in which it is legal."""

    value: Json
    since: date | None = None
    until: date | None = None
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Required:
    """The parameter must be sent."""

    kind: ClassVar[str] = "required"


@dataclass(frozen=True, slots=True)
class Dated:
    """The API knows the parameter only from *since* to *until*; outside, it is an unknown field."""

    since: date | None
    until: date | None
    kind: ClassVar[str] = "dated"


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Only these models take the parameter.  *names* are as the spec wrote them (families or models)."""

    names: tuple[str, ...]
    models: frozenset[str]
    kind: ClassVar[str] = "applies_to"


@dataclass(frozen=True, slots=True)
class NotNull:
    """An explicit null is a fault."""

    kind: ClassVar[str] = "nullable"


@dataclass(frozen=True, slots=True)
class OfType:
    """The value has the parameter's JSON type."""

    type: Type
    kind: ClassVar[str] = "type"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """The value names a model or an alias of one.

    Attributes:
        others: Whether names of no model are taken as well, so that only models out of their time are refused.
    """

    kind: ClassVar[str] = "known"
    others: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of *choices*; where *any_case* is true, letters of either case are the same."""

    choices: tuple[Choice, ...]
    any_case: bool = False
    kind: ClassVar[str] = "values"

    def allowed(self, as_of: date) -> tuple[Json, ...]:
        """The values that are legal on the day *as_of*, in the spec's order."""
        return tuple(choice.value for choice in self.choices if in_force(choice.since, choice.until, as_of))

    @property
    def spellings(self) -> tuple[str, ...]:
        """The values as they are listed, on any day, for those that may be written in other letters; else nothing."""
        return tuple(one.value for one in self.choices if isinstance(one.value, str)) if self.any_case else ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """The string is WIDTH *separator* HEIGHT, both positive integers without leading zeros, or one of *tokens*."""

    separator: str
    tokens: tuple[Choice, ...]
    kind: ClassVar[str] = "grammar"


@dataclass(frozen=True, slots=True)
class Minimum:
    """The number is at least *limit*."""

    limit: int | float
    kind: ClassVar[str] = "minimum"


@dataclass(frozen=True, slots=True)
class Maximum:
    """The number is at most *limit*."""

    limit: int | float
    kind: ClassVar[str] = "maximum"


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """The number is a multiple of *step*."""

    step: int | float
    kind: ClassVar[str] = "multiple_of"


@dataclass(frozen=True, slots=True)
class MinLength:
    """The string has at least *limit* units."""

    limit: int
    unit: Unit
    kind: ClassVar[str] = "min_length"


@dataclass(frozen=True, slots=True)
class MaxLength:
    """The string has at most *limit* units."""

    limit: int
    unit: Unit
    kind: ClassVar[str] = "max_length"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The whole string matches *regex*, as `safelight.vocabulary.patterns` has it."""

    regex: str
    kind: ClassVar[str] = "pattern"


@dataclass(frozen=True, slots=True)
class MinItems:
    """The array has at least *limit* items."""

    limit: int
    kind: ClassVar[str] = "min_items"


@dataclass(frozen=True, slots=True)
class MaxItems:
    """The array has at most *limit* items."""

    limit: int
    kind: ClassVar[str] = "max_items"


@dataclass(frozen=True, slots=True)
class EdgesMultipleOf:
    """Width and height are multiples of *step*."""

    step: int
    kind: ClassVar[str] = "multiple_of"


@dataclass(frozen=True, slots=True)
class MinEdge:
    """The shorter edge has at least *limit* pixels."""

    limit: int
    kind: ClassVar[str] = "min_edge"


@dataclass(frozen=True, slots=True)
class MaxEdge:
    """The longer edge has at most *limit* pixels."""

    limit: int
    kind: ClassVar[str] = "max_edge"


@dataclass(frozen=True, slots=True)
class MinRatio:
    """Width : height is at least *limit*, exactly."""

    limit: Fraction
    kind: ClassVar[str] = "min_ratio"


@dataclass(frozen=True, slots=True)
class MaxRatio:
    """Width : height is at most *limit*, exactly."""

    limit: Fraction
    kind: ClassVar[str] = "max_ratio"


@dataclass(frozen=True, slots=True)
class MinPixels:
    """Width times height is at least *limit*."""

    limit: int
    kind: ClassVar[str] = "min_pixels"


@dataclass(frozen=True, slots=True)
class MaxPixels:
    """Width times height is at most *limit*."""

    limit: int
    kind: ClassVar[str] = "max_pixels"


SizeCheck: TypeAlias = EdgesMultipleOf | MinEdge | MaxEdge | MinRatio | MaxRatio | MinPixels | MaxPixels
Check: TypeAlias = (
    Required
    | Dated
    | AppliesTo
    | NotNull
    | OfType
    | KnownModel
    | OneOf
    | Grammar
    | Minimum
    | Maximum
    | MultipleOf
    | MinLength
    | MaxLength
    | Pattern
    | MinItems
    | MaxItems
    | SizeCheck
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A check with a name: what one parameter must keep to.

    Attributes:
        id: Permanent; ``operation.parameter.kind``, with ``@family`` or ``@model`` where an override states it.
        check: What is asked.
        requirement: The same in English, a whole clause: ``n must be at most 1 for dall-e-3``.
        provenance: How it is known and when it holds.
        outcome: What the API does about a value that breaks it.
        replacement: The value that takes its place, for the outcome *replace*.
        error: Fields of the API's error that differ from the text for this kind of check.
        place: Where the spec states it.
    """

    id: str
    check: Check
    requirement: str
    provenance: Provenance
    outcome: Outcome
    replacement: Json
    error: Mapping[str, Json]
    place: Place
