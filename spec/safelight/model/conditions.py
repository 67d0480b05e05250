"""Conditions, and the rules across parameters that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from safelight.model.basics import NOWHERE, Json, Outcome, Place, Provenance
from safelight.records import dataclass


class View(StrEnum):
    """Which value of a parameter a condition looks at."""

    SENT = "sent"
    EFFECTIVE = "effective"


class Part(StrEnum):
    """Something derived from a value, once."""

    WIDTH = "width"
    HEIGHT = "height"
    PIXELS = "pixels"
    RATIO = "ratio"
    LENGTH = "length"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter's value in one view, or a part of it."""

    parameter: str
    view: View
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many of these parameters were sent."""

    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of these values; what is absent counts as 0."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SizeOf:
    """The pixels, or the ratio, of the size that two parameters make; nothing where one is absent or not above 0."""

    width: Value
    height: Value
    part: Part


Operand: TypeAlias = Value | CountOf | SumOf | SizeOf


class Operator(StrEnum):
    """How an operand is compared.  IN holds for one of several values; PRESENT compares with True or False."""

    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    MULTIPLE_OF = "multiple_of"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison.  *value* is a tuple for IN and NOT_IN, a bool for PRESENT, else a number or a Fraction."""

    operand: Operand
    operator: Operator
    value: Any
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


Condition: TypeAlias = Test | All | AnyOf | Not

ALWAYS: Final = All(())


@dataclass(frozen=True, slots=True)
class Case:
    """A hand-written request that a rule must let pass, or refuse."""

    body: Mapping[str, Json]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A constraint across parameters: where *when* holds of what was sent, *require* must hold of what is effective.

    Attributes:
        id: Permanent: ``operation.rule-id``.
        parameter: The parameter that is at fault when the rule is broken.
        parameters: Every parameter that the rule looks at, in the order it names them.
        models: The models it can be about, by what it is for and by its condition; None for all, known or not.
        requirement: The rule in English, one clause.
        why: The reason, as the spec gives it.
        error: Fields of the API's error that differ from the general text for broken rules.
    """

    id: str
    when: Condition
    require: Condition
    parameter: str
    parameters: tuple[str, ...]
    models: frozenset[str] | None
    requirement: str
    why: str
    provenance: Provenance
    outcome: Outcome
    replacement: Json
    error: Mapping[str, Json]
    accepts: tuple[Case, ...]
    rejects: tuple[Case, ...]
    place: Place
