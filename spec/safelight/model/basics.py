"""What every part of the model is made of: JSON, places, sources and the words of provenance."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeAlias

from safelight.records import dataclass

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict of such."""

ANY_MODEL: Final = "*"
"""The name of the table that holds what is true of every model."""


class Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""What a parameter amounts to that was not sent and has no default; distinct from JSON's null."""


class Basis(StrEnum):
    """How a constraint is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ADVISORY = "advisory"


class Outcome(StrEnum):
    """What the API does about a request that breaks a constraint."""

    REFUSE = "refuse"
    WARN = "warn"
    IGNORE = "ignore"
    DROP = "drop"
    CLAMP = "clamp"
    TRUNCATE = "truncate"
    REPLACE = "replace"


class Type(StrEnum):
    """The type of a parameter.  A size is a string that has parts; a model is a string that names one."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    SIZE = "size"
    MODEL = "model"
    ARRAY = "array"
    OBJECT = "object"


class Unit(StrEnum):
    """What a string's length is counted in."""

    CODE_POINTS = "code points"
    UTF16 = "utf-16 units"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a spec file.  Lines and columns count from 1."""

    line: int
    column: int


NOWHERE: Final = Place(1, 1)
"""Stands for the place of something that no file states."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text that a constraint is taken from."""

    id: str
    title: str
    url: str | None = None
    read: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a constraint is known, and in which time it holds: from *since* (included) to *until* (not included)."""

    basis: Basis = Basis.DOCUMENTED
    source: str | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, basis: frozenset[Basis], as_of: date) -> bool:
        """Tell whether the constraint is in force on the day *as_of* for a reader who accepts *basis*."""
        return self.basis in basis and in_force(self.since, self.until, as_of)


def in_force(since: date | None, until: date | None, as_of: date) -> bool:
    """Tell whether *as_of* lies from *since* (included) to *until* (not included)."""
    return (since is None or since <= as_of) and (until is None or as_of < until)
