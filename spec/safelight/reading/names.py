"""The names that a spec may use: families, models, sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from safelight.model import Family, Model, Source
from safelight.records import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The names that an operation's parameters may use, and the day that its texts describe.

    Attributes:
        takes_others: Whether the API takes names of models that are not among *models*, as members of a family.
    """

    families: Mapping[str, Family]
    models: Mapping[str, Model]
    members: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, Source]
    revised: date
    takes_others: bool

    @property
    def titles(self) -> Mapping[str, str]:
        """Family names with their titles, for people."""
        return {name: family.title for name, family in self.families.items()}
