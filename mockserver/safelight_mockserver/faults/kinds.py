"""The kinds of faults: everything a client can meet in production, as records.

The union `Kind` is closed, so type checkers see where a kind is forgotten.  What a kind can be told stands in its
fields, and only there: the grammar of orders, the JSON Schema of scenarios and the guide are made from them.  What a
kind does is said in `spoil` (to the answer) and in `course` (to its delivery).

Whether a call that meets a fault was *carried out*, and so costs money, is part of the kind: a gateway that loses a
finished answer has been paid for, a rate limit has not.  See `carried_out`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from safelight.reading.shape import Doc
from safelight.records import dataclass

__all__ = [
    "KINDS",
    "REFUSALS",
    "Blank",
    "ExtraFields",
    "Flaw",
    "FlawedImage",
    "Framing",
    "Kind",
    "Late",
    "Link",
    "Malformed",
    "Mistyped",
    "Moderated",
    "NewEvents",
    "NewValues",
    "Page",
    "Pass",
    "Range",
    "Refusal",
    "Reset",
    "StreamCut",
    "StreamDribble",
    "StreamError",
    "StreamFramed",
    "StreamMalformed",
    "StreamPauses",
    "StreamUnfinished",
    "Truncated",
    "Unreachable",
    "carried_out",
    "name_of",
    "needs_stream",
]


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a number of an order may have, both ends included."""

    least: float
    most: float


_SECONDS: Final = Range(0, 3600)
_EVENTS: Final = Range(0, 100)
_BYTES: Final = Range(0, 1 << 30)

Flaw: TypeAlias = Literal["garbage", "format", "truncated", "size"]
Framing: TypeAlias = Literal["crlf", "comments", "done", "no-blank-line"]


@dataclass(frozen=True, slots=True)
class Pass:
    """Nothing: the request is answered as it would be anyway."""

    NAME: ClassVar = "ok"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The API refuses, in the words of its spec, or in common ones where the spec has none.

    Attributes:
        name: The word for it in orders.
    """

    name: str
    text: Annotated[str, Doc("Which text of the spec's errors, such as maximum.")] = ""
    retry_after: Annotated[float | None, Doc("Seconds after which to come back."), _SECONDS] = None
    should_retry: Annotated[bool | None, Doc("What a header x-should-retry says.")] = None


@dataclass(frozen=True, slots=True)
class Moderated:
    """The safety system refuses, with details of what it found and when."""

    NAME: ClassVar = "moderation"
    stage: Annotated[str, Doc("Where it was found: input, output or unknown.")] = "input"
    categories: Annotated[str, Doc("What was found, with + between several.")] = "sexual"


@dataclass(frozen=True, slots=True)
class Late:
    """The answer comes late, or slowly."""

    NAME: ClassVar = "latency"
    seconds: Annotated[float, Doc("How late it begins; the median where sigma is given."), _SECONDS] = 1.0
    to: Annotated[float | None, Doc("A time between seconds and this one, each as likely."), _SECONDS] = None
    sigma: Annotated[float | None, Doc("The spread of a lognormal distribution around seconds."), Range(0, 5)] = None
    per_byte: Annotated[float, Doc("Seconds for each byte of the body."), Range(0, 60)] = 0.0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody listens: the connection is refused."""

    NAME: ClassVar = "refuse"
    seconds: Annotated[float, Doc("How long the port is closed, where there is one."), _SECONDS] = 1.0


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset."""

    NAME: ClassVar = "reset"
    after: Annotated[
        int | None, Doc("Bytes of the body that arrive first; not even the status by default."), _BYTES
    ] = None


@dataclass(frozen=True, slots=True)
class Truncated:
    """The body is shorter than the answer says it is, and the connection is closed."""

    NAME: ClassVar = "truncate"
    keep: Annotated[float, Doc("The share of the body that arrives."), Range(0, 1)] = 0.5


@dataclass(frozen=True, slots=True)
class Malformed:
    """The body is no JSON: its end is missing, and the answer's length agrees."""

    NAME: ClassVar = "malformed-json"


@dataclass(frozen=True, slots=True)
class Mistyped:
    """The body is what it should be, and the content type is not."""

    NAME: ClassVar = "content-type"
    type: Annotated[str, Doc("The content type that is sent.")] = "text/plain"


@dataclass(frozen=True, slots=True)
class Page:
    """A proxy between client and API answers with a page in HTML."""

    NAME: ClassVar = "html"
    status: Annotated[int, Doc("The status of the page."), Range(200, 599)] = 502


@dataclass(frozen=True, slots=True)
class Blank:
    """The status is 200, and there is no body."""

    NAME: ClassVar = "empty"


@dataclass(frozen=True, slots=True)
class StreamCut:
    """The connection breaks after some events."""

    NAME: ClassVar = "stream-cut"
    after: Annotated[int, Doc("Events that arrive first."), _EVENTS] = 1


@dataclass(frozen=True, slots=True)
class StreamError:
    """An event tells of an error, and the stream ends."""

    NAME: ClassVar = "stream-error"
    after: Annotated[int, Doc("Events that arrive first."), _EVENTS] = 1


@dataclass(frozen=True, slots=True)
class StreamMalformed:
    """An event's data is no JSON."""

    NAME: ClassVar = "stream-malformed"
    after: Annotated[int, Doc("Events that arrive first."), _EVENTS] = 0


@dataclass(frozen=True, slots=True)
class StreamDribble:
    """The stream comes in tiny pieces."""

    NAME: ClassVar = "stream-bytes"
    size: Annotated[int, Doc("Bytes of a piece."), Range(1, 1 << 20)] = 1


@dataclass(frozen=True, slots=True)
class StreamPauses:
    """The stream pauses before each event."""

    NAME: ClassVar = "stream-pauses"
    seconds: Annotated[float, Doc("How long."), _SECONDS] = 1.0


@dataclass(frozen=True, slots=True)
class StreamUnfinished:
    """The stream ends in good order, and the finished image has not come."""

    NAME: ClassVar = "stream-no-final"


@dataclass(frozen=True, slots=True)
class StreamFramed:
    """The stream is written in another way: most of them are legal, and clients trip over them all the same.

    Attributes:
        framing: Lines end in CRLF; comments keep the connection alive; ``[DONE]`` comes last; or the blank line that
            ends the last event is missing.
    """

    framing: Framing


@dataclass(frozen=True, slots=True)
class FlawedImage:
    """The images are not what the answer says.

    Attributes:
        flaw: No image at all; another format under the name of the one asked for, such as JPEG named PNG; the end is
            missing; other dimensions.
    """

    flaw: Flaw


@dataclass(frozen=True, slots=True)
class Link:
    """The links to images do not work.

    Attributes:
        state: Their time is over; they lead nowhere; or what they lead to is slow.
    """

    state: Literal["expired", "missing", "slow"]
    seconds: Annotated[float, Doc("How late the image comes."), Range(0, 60)] = 1.0


@dataclass(frozen=True, slots=True)
class ExtraFields:
    """Every object of the answer has a field that the spec does not know."""

    NAME: ClassVar = "extra-fields"


@dataclass(frozen=True, slots=True)
class NewValues:
    """Fields that repeat a choice have a value that the spec does not know."""

    NAME: ClassVar = "new-values"


@dataclass(frozen=True, slots=True)
class NewEvents:
    """A stream has an event that the spec does not know."""

    NAME: ClassVar = "new-events"


_Named: TypeAlias = (
    Pass
    | Moderated
    | Late
    | Unreachable
    | Reset
    | Truncated
    | Malformed
    | Mistyped
    | Page
    | Blank
    | StreamCut
    | StreamError
    | StreamMalformed
    | StreamDribble
    | StreamPauses
    | StreamUnfinished
    | ExtraFields
    | NewValues
    | NewEvents
)
Kind: TypeAlias = _Named | Refusal | StreamFramed | FlawedImage | Link

REFUSALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rate-limit": "rate_limit",
        "quota": "quota",
        "spend-cap": "spend_cap",
        "bad-key": "bad_key",
        "unverified": "unverified",
        "server-error": "server_error",
        "bad-gateway": "bad_gateway",
        "unavailable": "unavailable",
        "gateway-timeout": "gateway_timeout",
        "error": "",
    }
)
"""The words for refusals, each with the key of its text in ``errors.texts``; ``error`` takes any of them."""

_NAMED: Final[tuple[_Named, ...]] = (
    Pass(),
    Moderated(),
    Late(),
    Unreachable(),
    Reset(),
    Truncated(),
    Malformed(),
    Mistyped(),
    Page(),
    Blank(),
    StreamCut(),
    StreamError(),
    StreamMalformed(),
    StreamDribble(),
    StreamPauses(),
    StreamUnfinished(),
    ExtraFields(),
    NewValues(),
    NewEvents(),
)
_FLAWS: Final[tuple[Flaw, ...]] = ("garbage", "format", "truncated", "size")
_FRAMINGS: Final[tuple[Framing, ...]] = ("crlf", "comments", "done", "no-blank-line")

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        **{name: Refusal(name, text) for name, text in REFUSALS.items()},
        **{one.NAME: one for one in _NAMED},
        **{f"stream-{framing}": StreamFramed(framing) for framing in _FRAMINGS},
        **{f"image-{flaw}": FlawedImage(flaw) for flaw in _FLAWS},
        "url-expired": Link("expired"),
        "url-missing": Link("missing"),
        "url-slow": Link("slow"),
    }
)
"""Every kind by its word in orders, as it is where an order says no more."""


def needs_stream(kind: Kind) -> bool:
    """Tell whether a kind troubles nothing but streams."""
    return isinstance(
        kind,
        StreamCut
        | StreamError
        | StreamMalformed
        | StreamDribble
        | StreamPauses
        | StreamUnfinished
        | StreamFramed
        | NewEvents,
    )


def name_of(kind: Kind) -> str:
    """Return the word for a kind in orders."""
    match kind:
        case Refusal(name):
            return name
        case StreamFramed(framing):
            return f"stream-{framing}"
        case FlawedImage(flaw):
            return f"image-{flaw}"
        case Link(state):
            return f"url-{state}"
        case _:
            return kind.NAME


def carried_out(kind: Kind) -> bool:
    """Tell whether a good request that meets this fault is carried out all the same, and billed.

    A gateway that gives up, a connection that breaks and a body that is damaged come after the work; what the API
    itself refuses comes before it.
    """
    match kind:
        case Refusal(name):
            return name in {"bad-gateway", "gateway-timeout"}
        case Moderated() | Unreachable():
            return False
        case _:
            return True
