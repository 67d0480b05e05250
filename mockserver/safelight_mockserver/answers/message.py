"""The message: a reply made ready to be sent, again and again.

What does not change from one sending to the next is worked out once: the text with its holes, the headers.  Filling the
holes is what is left for each request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from safelight.checks import Violation

from .answer import Answer
from .reply import Address, Empty, Events, Headers, Now, Stamped, Whole
from .wire import Block, Text, event_text, json_text

__all__ = ["Message", "RawHeaders", "Stamp", "blocks_in", "filled", "message"]

RawHeaders = tuple[tuple[bytes, bytes], ...]

_DEFAULT_HEADERS: Final[Mapping[str, str]] = {"x-request-id": "{request_id}"}
"""Headers of every answer where the spec names none: an id costs nothing and helps in every log."""


@dataclass(frozen=True, slots=True)
class Message:
    """A reply, ready to be sent.

    Attributes:
        status: The HTTP status.
        headers: Those that are always the same.
        stamps: The headers that tell of one request.
        texts: The body in one text; or the events, one text for each; or nothing.
        streams: Whether it is events.
        violations: Every constraint that the request breaks.
        model: The model that the request was judged by.
        images: How many images are drawn for it.
        is_judged: Whether the request came as far as the rules of the spec.
        retry_after: Seconds after which the client is told to come back; None where it is told nothing.
    """

    status: int
    headers: RawHeaders
    stamps: tuple[tuple[bytes, str], ...]
    texts: tuple[Text, ...]
    streams: bool
    violations: tuple[Violation, ...]
    model: str = ""
    images: int = 0
    is_judged: bool = False
    retry_after: float | None = None

    def headers_for(self, stamp: Stamp, milliseconds: int) -> list[tuple[bytes, bytes]]:
        """Return all headers for one request, which took so long to answer."""
        headers = [*self.headers]
        for name, template in self.stamps:
            value = template.replace("{request_id}", stamp.request_id)
            headers.append((name, value.replace("{processing_ms}", str(milliseconds)).encode()))
        return headers


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
    stamps = headers or _DEFAULT_HEADERS
    always = [(name, value) for name, value in stamps.items() if "{" not in value]
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in (*always, *reply.headers)]
    if kind:
        raw.append((b"content-type", kind))
    return Message(
        status=status,
        headers=tuple(raw),
        stamps=tuple((name.lower().encode(), value) for name, value in stamps.items() if "{" in value),
        texts=texts,
        streams=isinstance(reply, Events),
        violations=answer.violations,
        model=answer.model,
        images=answer.order.count if answer.order is not None else 0,
        is_judged=answer.is_judged,
        retry_after=_retry_after(reply.headers),
    )


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
