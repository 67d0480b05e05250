"""Server-sent events out of the bytes of a whole stream, with what breaks the grammar told instead of forgiven.

The grammar is that of the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream".  A client's decoder lets
much pass that the standard lets pass; a test must tell it.  So this reader keeps what a decoder throws away: whether
there was an ``event`` line at all, and whether the last event was ended.  Cost: linear in the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["StreamEvent", "Transcript", "transcript"]

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event.

    Attributes:
        name: What its ``event`` line says; None where it has none.
        data: Its ``data`` lines, joined by line feeds.
    """

    name: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Transcript:
    """A stream that is over.

    Attributes:
        events: Those that were ended by a blank line, in order.
        rest: The event that was not; None where the stream ended cleanly.
    """

    events: tuple[StreamEvent, ...]
    rest: StreamEvent | None


def transcript(stream: bytes) -> Transcript:
    """Read a whole stream."""
    events: list[StreamEvent] = []
    name: str | None = None
    data: list[bytes] | None = None
    for line in _lines(stream):
        if not line:
            if data is not None:
                events.append(StreamEvent(name, b"\n".join(data)))
            name, data = None, None
            continue
        key, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"event":
            name = value.decode("utf-8", "replace")
        elif key == b"data":
            data = [] if data is None else data
            data.append(value)
    return Transcript(tuple(events), None if data is None else StreamEvent(name, b"\n".join(data)))


def _lines(stream: bytes) -> Iterator[bytes]:
    """The lines, which LF, CR or CRLF end: exactly what `bytes.splitlines` takes for line ends."""
    yield from stream.removeprefix(_BOM).splitlines()
