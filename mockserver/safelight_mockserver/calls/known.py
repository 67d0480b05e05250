"""What is known of a request that has come before: its answer, and most of what the log will say of it.

A request that comes again, byte for byte, is found by one look into a dictionary.  What is left to do for it is what
differs each time: the time, an id, and how long it took.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from safelight import Operation
from safelight.records import dataclass
from safelight_mockserver.answers.message import Message
from safelight_mockserver.answers.reply import Stamped
from safelight_mockserver.answers.wire import Block
from safelight_mockserver.faults.course import PLAIN, Course
from safelight_mockserver.faults.kinds import carried_out
from safelight_mockserver.store.entry import Brief, Entry, Form
from safelight_mockserver.store.heads import Asked

from .preamble import Preamble
from .trouble import QUIET, Trouble

__all__ = ["Answered", "Known", "Received"]

_SMALL: Final = 1 << 16  # Bytes; a larger body is not kept here, but by the gallery.


class Received(NamedTuple):
    """A request, once all of it has come; requests that are alike share it.

    Attributes:
        verb: The HTTP method.
        path: The path of the URL.
        body: Its body; None where that is longer than the limit.
        operation: The operation that it calls; None where its path is of none.
        test: The test that it belongs to.
        asked: Its headers.
    """

    verb: str
    path: str
    body: bytes | None
    operation: Operation | None
    test: str | None
    asked: Asked


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and what becomes of it on its way.

    Attributes:
        ready: What is sent.
        met: The fault that it met.
        way: How it is delivered.
    """

    ready: Message
    met: Trouble = QUIET
    way: Course = PLAIN

    @property
    def at_once(self) -> bool:
        """Whether it goes out whole, and nothing happens to it."""
        return not self.ready.streams and self.way is PLAIN and not self.met.told


class Known:
    """A request and its answer.

    Args:
        received: The request.
        answered: The answer.
        preamble: The head of the answer, for a connection that sends it by itself; None where it may not.

    Attributes:
        form: What the log says, as if the answer had gone out whole, but for what differs each time.
    """

    __slots__ = ("_lasts", "_latest", "answered", "form", "preamble", "received")

    def __init__(self, received: Received, answered: Answered, preamble: Preamble | None = None) -> None:
        ready, met = answered.ready, answered.met
        self.preamble = preamble
        self.received = received
        self.answered = answered
        entry = Entry(
            id="",
            at=0.0,
            verb=received.verb,
            path=received.path,
            body=received.body,
            status=ready.status,
            violations=ready.violations,
            test=received.test,
            operation=received.operation.name if received.operation is not None else "",
            model=ready.model,
            fault=met.told,
            retry_after=ready.retry_after,
            images=ready.images if met is QUIET or carried_out(met.kind) else 0,
            final=ready.images > 0,
            note=met.note,
            asked=received.asked,
            told=ready.head,
        )
        self.form = Form(entry)
        self._lasts = not any(isinstance(part, Block | Stamped) for text in ready.texts for part in text)
        self._latest: tuple[int, tuple[bytes, ...], int] = (-1, (), 0)

    def entry_at(self, request_id: str, now: float, milliseconds: float, sent: int) -> Entry:
        """Return what the log says of one request that took so long."""
        return self.brief_at(request_id, now, milliseconds, sent).entry

    def brief_at(self, request_id: str, now: float, milliseconds: float, sent: int) -> Brief:
        """Return the same in short."""
        return Brief(self.form, request_id, now, time.time() - milliseconds / 1000, milliseconds, sent)

    def body_at(self, now: float) -> tuple[Sequence[bytes], int] | None:
        """Return the body of the answer, and its length, where it is kept for this second.

        Links and times are told in seconds.  Whatever remembers a body shares it with all who do, in this second.
        """
        second, pieces, size = self._latest
        return (pieces, size) if second == int(now) else None

    def keep_body(self, now: float, pieces: list[bytes], size: int) -> tuple[Sequence[bytes], int]:
        """Keep the body for this second, if it is small and tells of no single request; return it as it is kept."""
        if not self._lasts or size > _SMALL:
            return pieces, size
        joined = (b"".join(pieces),)
        self._latest = int(now), joined, size
        return joined, size
