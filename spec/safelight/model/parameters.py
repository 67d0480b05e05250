"""Parameters as one model takes them, and the models themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from safelight.model.basics import Absent, Json, Outcome, Place, Provenance, Type, Unit, in_force
from safelight.model.checks import Constraint, OneOf
from safelight.model.conditions import Condition
from safelight.records import dataclass


@dataclass(frozen=True, slots=True)
class ConditionalDefault:
    """A default that takes the place of the plain one where *when* holds of what was sent."""

    when: Condition
    value: Json
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter as one model takes it.

    Attributes:
        name: Its key in the body; of a nested one, its path (``images[].url``).
        constraints: In the order they are judged: presence, type, then the rest.
        applies: Whether this table's model takes it at all.
        nullable: Whether an explicit null counts as not sent.
        default: The value that holds when it is not sent, or `ABSENT`.
        unit: What the length of its string is counted in.
        becomes: What a value stands for once the server has chosen, for example ``auto`` for ``opaque``.
        items: The items of an array.
        members: The members of an object, in spec order.
        unknown_members: What happens to members the spec does not name.
        places: Where the spec states what is no constraint: ``default`` and ``becomes``.
        others: In a table of several models that list different values: those that some of them take in letters of
            either case.
    """

    name: str
    type: Type
    doc: str
    constraints: tuple[Constraint, ...]
    applies: bool
    required: bool
    nullable: bool
    default: Json | Absent
    default_when: tuple[ConditionalDefault, ...]
    unit: Unit
    becomes: Mapping[str, Json]
    items: Parameter | None
    members: tuple[Parameter, ...]
    unknown_members: UnknownPolicy | None
    place: Place
    places: Mapping[str, Place]
    others: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """The values as they are listed, where letters of either case are the same.

        Conditions see them so, also while it is still to be found out which model is meant.
        """
        lists = (one.check for one in self.constraints if isinstance(one.check, OneOf))
        return next((one.spellings for one in lists), self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPolicy:
    """What the API does about a field that the spec does not name.  Its *id* is a constraint's."""

    id: str
    outcome: Outcome
    provenance: Provenance
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """The parameters of an operation as one model takes them, in spec order."""

    name: str
    parameters: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that share rules."""

    name: str
    title: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the API, under its canonical name.  From *retired* on, it does not exist."""

    name: str
    title: str
    families: tuple[str, ...]
    aliases: tuple[str, ...]
    since: date | None
    deprecated: date | None
    retired: date | None
    place: Place

    def exists(self, as_of: date) -> bool:
        """Tell whether the API has the model on the day *as_of*."""
        return in_force(self.since, self.retired, as_of)
