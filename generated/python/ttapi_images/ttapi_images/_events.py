"""From the bytes of a stream to typed events, without input or output.

Both kinds of client feed the same reader, so what counts as a whole stream is decided once: every image that was asked
for has come.  A stream that ends before that raises, because a truncated stream taken for success is an image lost and
paid for.  What has come is never thrown away: the last image is in the error, an event that lacks only its closing
blank line counts, and a connection that breaks after the last image is no error.

Events of a kind that is not known here are passed over, as the event-stream standard has it, so that a new kind does
not break an old client.  ``[DONE]`` ends the stream for servers that send it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from ._envelope import fault_of
from ._image import Image
from ._operation import Operation
from ._parsing import loads
from ._records import Context, Record, is_object
from ._sse import NOTHING, Decoder, Event, EventTooLarge
from ._wire import excerpt
from .errors import Answer, Fault, StreamError

__all__ = ["EventReader"]

E = TypeVar("E", bound=Record)

_HEAD = 1024  # bytes of an event that are kept to show it, should it make no sense


class EventReader(Generic[E]):
    """Read one stream.

    Args:
        operation: What was called: its events, and which of them are final.
        asked: How many images were asked for.
        answer: The status and headers that the stream came with.
        context: What the records take from the call.
        max_event_bytes: The most bytes one event may have; None for no bound.

    Attributes:
        ended: Whether the server has said that the stream is over.
    """

    __slots__ = ("_answer", "_asked", "_context", "_decoder", "_finished", "_operation", "_partial", "ended")

    def __init__(
        self,
        operation: Operation[Any, E],
        *,
        asked: int,
        answer: Answer,
        context: Context,
        max_event_bytes: int | None = None,
    ) -> None:
        self._operation = operation
        self._asked = asked
        self._answer = answer
        self._context = context
        self._decoder = Decoder(max_event_bytes)
        self._finished = 0
        self._partial: Image | None = None
        self.ended = False

    @property
    def complete(self) -> bool:
        """Whether every image that was asked for has come."""
        return self._finished >= self._asked

    def feed(self, chunk: bytes) -> Iterable[E]:
        """Take the next chunk and give the typed events that it completes, to be read before the next one is fed.

        Raises:
            StreamError: The stream tells of an error, an event cannot be read, or it is over the bound; where events
                come before it, once these have been read.
        """
        try:
            events = self._decoder.feed(chunk)
        except EventTooLarge as error:
            raise self._error(str(error)) from error
        return () if events is NOTHING else self._all_typed(events)

    def _all_typed(self, events: Iterable[Event]) -> Iterator[E]:
        try:
            for event in events:
                typed = self._typed(event)
                if self.ended:
                    return
                if typed is not None:
                    yield typed
        except EventTooLarge as error:
            raise self._error(str(error)) from error

    def finish(self) -> Iterator[E]:
        """Yield what the end of the stream completes.

        Raises:
            StreamError: Not every image that was asked for has come.
        """
        rest = None if self.ended else self._decoder.finish()
        if rest is not None and _is_json(rest.data):
            typed = self._typed(rest)
            if typed is not None:
                yield typed
        if not self.complete:
            raise self.cut("the stream ended")

    def cut(self, how: str) -> StreamError:
        """Make the error of a stream that is over before its last image.

        Args:
            how: What happened, as a clause.
        """
        came = (
            "no image was finished" if self._asked == 1 else f"{self._finished} of {self._asked} images were finished"
        )
        kept = "" if self._partial is None else "; the last partial image is in this error's .partial"
        return self._error(f"{how} before its last event: {came}; the call may have been billed{kept}")

    def _typed(self, event: Event) -> E | None:
        """Read one event; None for one that is not known here, or that ends the stream."""
        if event.data.startswith(b"[DONE]"):
            self.ended = True
            return None
        head = bytes(event.data[:_HEAD])
        try:
            body = loads(event.data)
        except (ValueError, RecursionError) as error:
            raise self._error(f"an event of the stream is not JSON: {excerpt(head)}") from error
        event.data.clear()  # an image need not be held twice for as long as its record is looked at
        if not is_object(body):
            raise self._error(f"an event of the stream is not a JSON object: {excerpt(head)}")
        told = body.get("type")
        name = told if isinstance(told, str) and told in self._operation.events else event.event
        kind = self._operation.events.get(name)
        typed = None if kind is None else kind.from_json(body, self._context)
        # Proxies name it their own way, or not at all; an event of the API may well have a field of that name.
        names, unknown = (event.event, told), body if typed is None else typed.extra
        if self._operation.error_event in names or (typed is None and "error" in names) or unknown.get("error"):
            fault = fault_of(body, self._operation.envelope)
            said = fault.message if fault is not None and fault.message else excerpt(head)
            raise self._error(f"the stream told of an error: {said}", fault)
        if typed is None:
            return None
        if name in self._operation.final:
            self._finished += 1
            self._partial = None
        elif isinstance(typed, Image):
            self._partial = typed
        return typed

    def _error(self, message: str, fault: Fault | None = None) -> StreamError:
        if self._answer.request_id is not None:
            message = f"{message} (request id {self._answer.request_id})"
        return StreamError(message, answer=self._answer, fault=fault, partial=self._partial)


def _is_json(data: bytearray) -> bool:
    try:
        loads(data)
    except (ValueError, RecursionError):
        return False
    return True
