"""The mutant: an API, or a fake of one, with exactly one thing wrong.

A mutant is a name and a function, and nothing is done until it is needed: a catalogue of a thousand is made in
milliseconds.  Functions cannot be sent to another process, but a catalogue is always the same for the same spec, so
processes name mutants to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from safelight.model import Spec
from safelight_mockserver.answers.answer import Answer, Call
from safelight_mockserver.exchange import App
from safelight_mockserver.pictures.picture import Picture

__all__ = ["Answering", "Change", "Group", "Mutant", "Reanswer", "Redraw", "Resite", "Respec", "Unkeyed"]


class Group(StrEnum):
    """What is wrong with a mutant, roughly; reports count by it."""

    BOUNDS = "bounds"
    VALUES = "values"
    TYPES = "types and presence"
    MODELS = "models"
    RULES = "rules"
    DEFAULTS = "defaults"
    KEYS = "keys and transport"
    ERRORS = "errors"
    PRECEDENCE = "precedence"
    FIELDS = "answer fields"
    USAGE = "usage"
    STREAM = "stream"
    IMAGES = "images"
    LINKS = "links"


Answering: TypeAlias = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Respec:
    """The fake follows another spec."""

    change: Callable[[Spec], Spec]


@dataclass(frozen=True, slots=True)
class Reanswer:
    """The fake answers otherwise: *change* gets what would answer, and the call."""

    change: Callable[[Answering, Call], Answer]


@dataclass(frozen=True, slots=True)
class Redraw:
    """The fake makes other files of its pictures: *change* gets what would draw, and the picture."""

    change: Callable[[Callable[[Picture], bytes], Picture], bytes]


@dataclass(frozen=True, slots=True)
class Resite:
    """Something stands before the fake and changes what goes through."""

    change: Callable[[App], App]


@dataclass(frozen=True, slots=True)
class Unkeyed:
    """The fake lets any key in."""


Change: TypeAlias = Respec | Reanswer | Redraw | Resite | Unkeyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One thing wrong.

    Attributes:
        id: What it is about and what is done to it: ``generate.n.maximum@dall-e-3/up``; always the same.
        group: What kind of thing.
        operation: The operation that it shows in; empty where it is the same for all.
        about: The constraint, field, event or error that it is about.
        text: What is wrong, in one sentence.
        change: How it is made.
        sayable: Whether a spec file could say it; only then can validators be made that follow it.
    """

    id: str
    group: Group
    operation: str
    about: str
    text: str
    change: Change
    sayable: bool = True

    @property
    def is_rule(self) -> bool:
        """Whether a request's verdict may change: then validators made from the mutant's spec err as well."""
        return isinstance(self.change, Respec) and self.group in _RULES and self.sayable


_RULES = frozenset({Group.BOUNDS, Group.VALUES, Group.TYPES, Group.MODELS, Group.RULES})
