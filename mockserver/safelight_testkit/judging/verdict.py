"""The verdict: an answer as it was received, and what is found to be wrong with it.

The judge is pure: an `Answer` holds bytes and times, and nothing of any HTTP library, so that recorded answers, answers
of a server and answers made up by a test are judged alike.  Every finding has one of the names in `FINDINGS`; the names
are permanent, because reports are compared with each other and CI jobs filter by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from safelight.model import Json

__all__ = ["FINDINGS", "Answer", "Ended", "Finding", "Kind", "NoAnswer", "Received", "Severity"]


class Severity(StrEnum):
    """How bad a finding is."""

    FAULT = "fault"  # the server does not do what the spec says
    OUTAGE = "outage"  # the server did not get so far; this is no judgement of its rules
    NOTE = "note"  # nothing that a client may rely on


class Ended(StrEnum):
    """How the receiving of an answer ended."""

    WHOLE = "whole"
    CUT = "cut"  # the connection broke
    LATE = "late"  # the time was over
    LARGE = "large"  # it was longer than is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of a server.

    Attributes:
        status: The HTTP status.
        headers: All of them, in the order and spelling in which they came.
        body: The bytes that came, the content encoding undone.
        ended: How the receiving ended.
        received: Unix time at which the status came; 0 where it is not known, then no clock is judged.
        first: Seconds from the request to the status.
        seconds: Seconds from the request to the end.
        links: What was fetched from the links in the answer, by address; links that are not here are not judged.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    ended: Ended = Ended.WHOLE
    received: float = 0.0
    first: float = 0.0
    seconds: float = 0.0
    links: Mapping[str, Received] = field(default_factory=dict[str, "Received"])

    def header(self, name: str) -> str:
        """The first header of this name, whatever its case; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """A request without an answer.

    Attributes:
        late: Whether the time was over; otherwise there was no connection, or it broke.
        why: What happened, in the words of the library that noticed.
        seconds: Seconds from the request to the end.
        sent: Whether the request may have reached the server.
    """

    late: bool
    why: str
    seconds: float = 0.0
    sent: bool = True


Received = Answer | NoAnswer


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: how bad it is, and what it means."""

    severity: Severity
    title: str


def _kinds(severity: Severity, titles: Mapping[str, str]) -> Mapping[str, Kind]:
    return {name: Kind(severity, title) for name, title in titles.items()}


FINDINGS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        **_kinds(
            Severity.FAULT,
            {
                "accepts": "accepts what the spec refuses",
                "refuses": "refuses what the spec accepts",
                "refusal.status": "refuses with another status",
                "refusal.envelope": "refuses in a body of another shape",
                "refusal.field": "refuses with another field of the error",
                "refusal.precedence": "tells of another fault than the one that comes first",
                "access.header": "does not take the key in a header that the spec names",
                "answer.status": "answers a good request with another status than 200",
                "answer.type": "says that the body is something else than it is",
                "answer.json": "the body is no JSON object",
                "answer.form": "a stream where a body was asked for, or a body for a stream",
                "field.missing": "a field is not there",
                "field.unexpected": "a field is there that should not be",
                "field.type": "a field is of another type",
                "field.value": "a field has another value",
                "field.choice": "what the server chose is not what the spec says it chooses",
                "images.count": "more or fewer images than were asked for",
                "image.missing": "an image is neither in the answer nor behind a link",
                "image.base64": "an image is no base64",
                "image.unreadable": "an image cannot be decoded",
                "image.format": "an image is of another file format",
                "image.size": "an image has another width or height",
                "image.transparency": "an image is opaque and should not be, or is not and should be",
                "link.address": "a link to an image is no http address",
                "link.dead": "a link to an image does not lead to one",
                "link.expired": "a link still works after its time",
                "usage.sum": "the tokens do not add up",
                "stream.grammar": "an event is not written as events are",
                "stream.name": "the event line and the type in the data differ",
                "stream.order": "events come in another order",
                "stream.index": "the indexes of partial images do not rise from 0",
                "stream.count": "more or fewer events of a kind than there may be",
                "stream.final": "not exactly one final event for each image",
                "stream.cut": "the stream broke off",
            },
        ),
        **_kinds(
            Severity.OUTAGE,
            {
                "outage.connection": "the server cannot be reached, or the connection broke",
                "outage.timeout": "no answer in time",
                "outage.rate": "the server asks for fewer requests",
                "outage.server": "the server failed",
                "outage.access": "the server does not let this key in",
                "outage.redirect": "the server sends the client elsewhere",
                "outage.size": "the answer is longer than is read",
                "outage.stream": "the stream tells of a failure",
                "outage.link": "the server of a link failed",
                "outage.stopped": "the run was stopped before the answer came",
            },
        ),
        **_kinds(
            Severity.NOTE,
            {
                "refusal.message": "refuses in other words",
                "refusal.budget": "refuses an image for its size alone, as the spec allows",
                "answer.header": "a header is missing or different",
                "access.key": "any key is let in",
                "field.unknown": "a field that the spec does not name",
                "field.null": "a field that should not be there is null",
                "image.repeated": "two images of one answer are the same",
                "image.unchecked": "an image of a format or size that is not looked into",
                "usage.tokens": "another number of tokens than the spec's tables say",
                "stream.unknown": "an event that the spec does not name",
            },
        ),
    }
)
"""Every kind of finding by its permanent name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with an answer, or worth a note.

    Attributes:
        kind: A key of `FINDINGS`.
        message: One sentence: what was found, and what was expected.
        constraint: The id of the constraint that it is about; empty where it is about the answer alone.
        where: The part of the answer, as in ``data[0].b64_json``; empty for the whole.  Of a wrongful refusal, the
            parameter that it names.
        expected: What the spec says, where one value says it.
        got: What came instead.
    """

    kind: str
    message: str
    constraint: str = ""
    where: str = ""
    expected: Json = None
    got: Json = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return FINDINGS[self.kind].severity
