"""What the request shell must know of an operation, as data.

A generated resource method collects its arguments and hands them over with one of these records; everything else
(checking, sending, retrying, reading the answer) is the same for every operation and is written once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ._checks import Violation
from ._envelope import NO_ENVELOPE, Envelope
from ._records import Record, Result, is_array

__all__ = ["Api", "Auth", "Check", "Operation"]

R = TypeVar("R", bound=Result)
E = TypeVar("E", bound=Record)


class Auth(NamedTuple):
    """One way to send the key.

    Attributes:
        name: What the caller names it by.
        header: The request header.
        prefix: What stands before the key in the header, for example ``Bearer``, with its blank.
    """

    name: str
    header: str
    prefix: str = ""


class Api(NamedTuple):
    """An API as a whole.

    Attributes:
        title: Its name for people.
        package: The name of the client package, for the User-Agent.
        version: The version of the client package.
        base_url: Where it is served; the paths of operations are appended.
        base_url_variable: The environment variable that overrides it.
        key_variables: The environment variables that may hold the key; the first that is set is taken.
        auth: The ways to send the key; the first is the usual one.
        rules: The ids of all rules, by which a caller may switch them off.
        url_lifetime: Seconds for which the URLs of images are served, if the API says.
        request_id_header: The response header that tells the request id.
    """

    title: str
    package: str
    version: str
    base_url: str
    base_url_variable: str
    key_variables: tuple[str, ...]
    auth: tuple[Auth, ...]
    rules: tuple[str, ...]
    url_lifetime: int | None = None
    request_id_header: str = "x-request-id"


class Check(Protocol):
    """A compiled validator: every violation of the body, in the order of the spec.  It never raises."""

    def __call__(self, body: Mapping[str, Any], /, *, basis: Collection[str]) -> Sequence[Violation]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[R, E]):
    """One operation.

    Attributes:
        verb: The HTTP method.
        path: The path below the base URL, with its leading slash.
        check: The validator of the request.
        result: The record of the answer.
        images: The way to the images in the answer: a field, or fields of objects in one another, the last of which
            holds the images.  An answer without it is none.
        events: By name: the record of a stream event.
        final: The names of those events that carry a finished image.
        stream: The parameter that asks for events when it is sent as true; None where the operation has no stream.
        count: The parameter that says how many images are asked for; None where it is always one.
        envelope: Where its errors say what.
        error_event: The name of the event that tells of an error.
    """

    verb: str
    path: str
    check: Check
    result: type[R]
    images: tuple[str, ...]
    events: Mapping[str, type[E]] = field(default_factory=dict[str, Any])
    final: frozenset[str] = frozenset()
    stream: str | None = None
    count: str | None = None
    envelope: Envelope = NO_ENVELOPE
    error_event: str = "error"

    def streams(self, body: Mapping[str, Any]) -> bool:
        """Tell whether *body* asks for events."""
        return self.stream is not None and body.get(self.stream) is True

    def images_in(self, answer: Result) -> Sequence[Any]:
        """The images of an answer."""
        found: Any = answer
        for name in self.images:
            found = found.attribute(name) if isinstance(found, Record) else ()
        return found if is_array(found) else ()

    def images_asked(self, body: Mapping[str, Any]) -> int:
        """How many images *body* asks for, at least 1."""
        asked = body.get(self.count) if self.count is not None else None
        return asked if isinstance(asked, int) and asked > 1 else 1
