"""The message: a reply made ready to be sent, again and again.

What does not change from one sending to the next is worked out once: the text with its holes, the headers.  Filling the
holes is what is left for each request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, assert_never

from safelight.records import dataclass
from safelight.vocabulary.checks import Violation

from .answer import Answer
from .reply import Address, Empty, Events, Headers, Now, Stamped, Whole
from .wire import Block, Text, event_text, json_text

__all__ = ["Head", "Message", "RawHeaders", "Stamp", "blocks_in", "filled", "message"]

RawHeaders = tuple[tuple[bytes, bytes], ...]

_KEPT_HEADS: Final = 256
_NO_CONTENT: Final = 204

_DEFAULT_HEADERS: Final[Mapping[str, str]] = {"x-request-id": "{request_id}"}
"""Headers of every answer where the spec names none: an id costs nothing and helps in every log."""


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of an answer.  Answers that have equal ones share them, and so does the log.

    Attributes:
        fixed: Those that are always the same.
        stamps: Those that tell of one request, with placeholders.
    """

    fixed: RawHeaders
    stamps: tuple[tuple[bytes, str], ...] = ()

    def raw(self, request_id: str, milliseconds: float, size: int | None) -> list[tuple[bytes, bytes]]:
        """Return all headers for one request.

        Args:
            request_id: The id of the request.
            milliseconds: How long it took to answer.
            size: The length of the body; None where it is not told.
        """
        headers = [*self.fixed]
        for name, template in self.stamps:
            value = template.replace("{request_id}", request_id)
            headers.append((name, value.replace("{processing_ms}", str(round(milliseconds))).encode()))
        if size is not None:
            headers.append((b"content-length", b"%d" % size))
        return headers


@dataclass(frozen=True, slots=True)
class Message:
    """A reply, ready to be sent.

    Attributes:
        status: The HTTP status.
        head: Its headers.
        texts: The body in one text; or the events, one text for each; or nothing.
        streams: Whether it is events.
        violations: Every constraint that the request breaks.
        model: The model that the request was judged by.
        images: How many images are drawn for it.
        is_judged: Whether the request came as far as the rules of the spec.
        retry_after: Seconds after which the client is told to come back; None where it is told nothing.
    """

    status: int
    head: Head
    texts: tuple[Text, ...]
    streams: bool
    violations: tuple[Violation, ...]
    model: str = ""
    images: int = 0
    is_judged: bool = False
    retry_after: float | None = None

    def length(self, size: int) -> int | None:
        """Return the length that its headers tell of a body of so many bytes; None where they tell none."""
        return None if self.streams or self.status == _NO_CONTENT else size

    def having(self, *headers: tuple[bytes, bytes]) -> Message:
        """Return the same reply with more headers."""
        return replace(self, head=replace(self.head, fixed=(*self.head.fixed, *headers)))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is only known when a reply is sent.

    Attributes:
        request_id: The id of the request.
        now: Unix time.
        address: Makes the link for a hole.
    """

    request_id: str
    now: float
    address: Callable[[Address, float], str]


def message(answer: Answer, headers: Mapping[str, str]) -> Message:
    """Make an answer ready.

    Args:
        answer: What is said.
        headers: Headers of every answer, with placeholders, as the spec has them.
    """
    reply = answer.reply
    texts: tuple[Text, ...]
    match reply:
        case Whole(status, body):
            texts, kind = (json_text(body),), b"application/json"
        case Events(events):
            status, texts, kind = 200, tuple(event_text(one.name, one.data) for one in events), b"text/event-stream"
        case Empty(status):
            texts, kind = (), b""
        case _:
            assert_never(reply)
    return Message(
        status=status,
        head=_head(tuple((headers or _DEFAULT_HEADERS).items()), reply.headers, kind),
        texts=texts,
        streams=isinstance(reply, Events),
        violations=answer.violations,
        model=answer.model,
        images=answer.order.count if answer.order is not None else 0,
        is_judged=answer.is_judged,
        retry_after=_retry_after(reply.headers),
    )


@lru_cache(_KEPT_HEADS)
def _head(always: Headers, own: Headers, kind: bytes) -> Head:
    fixed = [(name, value) for name, value in always if "{" not in value]
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in (*fixed, *own)]
    if kind:
        raw.append((b"content-type", kind))
    return Head(tuple(raw), tuple((name.lower().encode(), value) for name, value in always if "{" in value))


def _retry_after(headers: Headers) -> float | None:
    """Read when a client is told to come back; milliseconds are exact where both are there."""
    told = dict(headers)
    if "retry-after-ms" in told:
        return float(told["retry-after-ms"]) / 1000
    seconds = told.get("retry-after", "")
    return float(seconds) if seconds.isdecimal() else None


def blocks_in(text: Text) -> list[Block]:
    """Return the stretches of a text that have pictures in them."""
    return [part for part in text if isinstance(part, Block)]


def filled(text: Text, stamp: Stamp, blocks: Mapping[Block, bytes]) -> list[bytes]:
    """Fill the holes of a text; return it in pieces, of which those with pictures are not copied."""
    pieces: list[bytes] = []
    for part in text:
        match part:
            case bytes():
                pieces.append(part)
            case Block():
                pieces.append(blocks[part])
            case Now():
                pieces.append(b"%d" % stamp.now)
            case Address():
                pieces.append(stamp.address(part, stamp.now).encode())
            case Stamped(template):
                pieces.append(json.dumps(template.replace(Stamped.PLACEHOLDER, stamp.request_id))[1:-1].encode())
            case _:
                assert_never(part)
    return pieces
