"""The meaning of a spec: frozen records that every reading starts from.

A loaded `Spec` is sound and resolved.  Names are looked up, per-family and per-model overrides are merged, and each
operation holds one `Table` per model: the parameters exactly as that model takes them.  Three kinds of table exist: one
per model, one per family (for names that the spec treats as a member of a family), and `ANY_MODEL`, which keeps only
what is true of every model and judges requests whose model is not known.

Nothing here reads files, knows YAML or decides anything; `place` says where in the file a record came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

__all__ = [
    "ABSENT",
    "ANY_MODEL",
    "Absent",
    "All",
    "Any_",
    "AppliesTo",
    "AtLeastOf",
    "Auth",
    "Basis",
]

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict of such."""

ANY_MODEL: Final = "*"


class Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""What a parameter that was not sent and has no default amounts to; distinct from JSON's null."""


class Basis(StrEnum):
    """How a constraint is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ADVISORY = "advisory"


class Outcome(StrEnum):
    """What the API does with a request that breaks a constraint."""

    REFUSE = "refuse"
    WARN = "warn"
    IGNORE = "ignore"
    DROP = "drop"
    CLAMP = "clamp"
    TRUNCATE = "truncate"
    REPLACE = "replace"
