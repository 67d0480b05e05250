"""The reply: what the fake answers, before anything is drawn and before any web framework has seen it.

A reply holds pictures, not bytes, and holes for what is only known when it is sent.  So the same request always has the
same reply, tests can compare replies without drawing, and a reply can be kept and sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import ClassVar, TypeAlias

from safelight.records import dataclass
from safelight_mockserver.pictures.picture import Picture

__all__ = [
    "Address",
    "Empty",
    "Event",
    "Events",
    "Headers",
    "Hole",
    "InBase64",
    "Json",
    "Now",
    "Reply",
    "Stamped",
    "Whole",
]


@dataclass(frozen=True, slots=True)
class Now:
    """The time at which the answer is sent, in whole seconds since 1970."""


@dataclass(frozen=True, slots=True)
class InBase64:
    """A picture's file in base64, as a string."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Address:
    """A link to a picture, as a string, good for *lifetime* seconds.

    Attributes:
        trouble: What is wrong with what it leads to, see `safelight_mockserver.answers.links.Link`.
        seconds: How late the picture comes.
    """

    picture: Picture
    lifetime: int
    trouble: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Stamped:
    """A string in which `PLACEHOLDER` stands for the id of the request."""

    text: str
    PLACEHOLDER: ClassVar[str] = "{request_id}"


Hole: TypeAlias = Now | InBase64 | Address | Stamped
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | float | bool | Hole | None"
"""A JSON value that may have holes.  (``float`` includes ``int`` here, as everywhere.)"""
Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A JSON body."""

    status: int
    body: Json
    headers: Headers = field(default=())


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    name: str
    data: Json


@dataclass(frozen=True, slots=True)
class Events:
    """A stream of server-sent events, each of which is sent as soon as its picture is drawn."""

    events: tuple[Event, ...]
    headers: Headers = field(default=())


@dataclass(frozen=True, slots=True)
class Empty:
    """No body at all."""

    status: int
    headers: Headers = field(default=())


Reply: TypeAlias = Whole | Events | Empty
