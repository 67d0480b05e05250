"""Server-sent events out of bytes, in time and memory that follow the bytes.

Why not a library: an image event is one line of megabytes, and that is where decoders fail.  Some scan every byte with
a regular expression, some scan the whole buffer again for each chunk (97 times slower at 1.4 kB), some refuse events
over 1 MiB.  This one finds line ends with ``bytes.find``, looks at each byte twice (once for LF, once for CR), and
copies it once, into a buffer that becomes the event's data without another copy.

The grammar is that of the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream": LF, CR and CRLF end a
line, a byte order mark at the start is skipped, lines that start with a colon are comments, one space after a field's
colon is dropped, an event without data is no event.  The decoder does no input or output; it is fed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

__all__ = ["NOTHING", "Decoder", "Event", "EventTooLarge"]

_BOM = b"\xef\xbb\xbf"
_LF = 0x0A
_LONGEST_RETRY = 15  # digits; longer ones are no time, and Python refuses to read very long ones


class EventTooLarge(Exception):
    """An event has grown past the decoder's explicit bound."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"an event of the stream is larger than max_event_bytes={limit}")
        self.limit = limit


class Event(NamedTuple):
    """One event of a stream.

    Attributes:
        event: Its kind, from the ``event`` field; ``message`` where the stream names none.
        data: Its data, lines joined by LF.  The decoder's own buffer, handed over: decode it, or copy it to keep it.
        id: The last event id that the stream has told, which may come from an earlier event; empty if none.
        retry: The reconnection time in milliseconds that the stream told with this event, if any.
    """

    event: str
    data: bytearray
    id: str = ""
    retry: int | None = None


NOTHING: Final[Iterable[Event]] = ()
"""What comes of a chunk that ends no line; whoever asks for it by identity need not make a generator of it."""


class Decoder:
    """Turn chunks of a stream into events.

    Args:
        max_event_bytes: The most bytes that one event may have the decoder hold; None for no bound.
    """

    __slots__ = ("_after_cr", "_at_start", "_data", "_id", "_kind", "_limit", "_line", "_retry")

    def __init__(self, max_event_bytes: int | None = None) -> None:
        self._limit = max_event_bytes
        self._line = bytearray()  # the line that has not ended yet
        self._data: bytearray | None = None  # the data lines of the event that has not ended yet
        self._kind = ""
        self._id = ""
        self._retry: int | None = None
        self._after_cr = False  # the last byte was a CR: an LF that follows belongs to it
        self._at_start = True

    def feed(self, chunk: bytes) -> Iterable[Event]:
        """Take the next chunk and give the events that it completes.

        What is given must be read to its end before the next chunk is fed.

        Args:
            chunk: The next bytes of the stream, cut anywhere.

        Raises:
            EventTooLarge: The event is over the bound; where others come before it, once these have been read.
        """
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        lf, cr = chunk.find(b"\n"), chunk.find(b"\r")
        if lf >= 0 or cr >= 0:
            return self._end_lines(chunk, lf, cr)
        self._extend(chunk)
        return NOTHING

    def _end_lines(self, chunk: bytes, lf: int, cr: int) -> Iterator[Event]:
        """Take a chunk whose first LF and CR stand there; where one is negative, there is none."""
        start = 0
        view = memoryview(chunk)
        while lf >= 0 or cr >= 0:
            end = lf if cr < 0 or 0 <= lf < cr else cr
            self._extend(view[start:end])
            start = end + 1
            if end == cr:
                if start == len(chunk):
                    self._after_cr = True
                elif chunk[start] == _LF:
                    start += 1
            event = self._end_line()
            if event is not None:
                yield event
            # A position is looked for again only once it is passed, so that no byte is searched twice for one sign.
            if 0 <= lf < start:
                lf = chunk.find(b"\n", start)
            if 0 <= cr < start:
                cr = chunk.find(b"\r", start)
        self._extend(view[start:])

    def finish(self) -> Event | None:
        """End the stream.

        Returns:
            What was left without its closing blank line, as an event, or None.  The standard throws such a rest away;
            here the caller decides, because an image that came whole has been paid for.
        """
        event = self._end_line() if self._line else None
        return event if event is not None else self._dispatch()

    def _extend(self, part: bytes | memoryview) -> None:
        self._line += part
        if self._limit is not None and len(self._line) + len(self._data or b"") > self._limit:
            raise EventTooLarge(self._limit)

    def _end_line(self) -> Event | None:
        line = self._line
        if self._at_start:
            self._at_start = False
            if line.startswith(_BOM):
                del line[: len(_BOM)]
        if not line:
            return self._dispatch()
        if line.startswith(b"data:"):
            del line[: 6 if line.startswith(b"data: ") else 5]  # moves the buffer's start, copies nothing
            self._line = bytearray()
            self._append_data(line)
            return None
        name, _, value = bytes(line).partition(b":")
        line.clear()
        self._set_field(name, value.removeprefix(b" "))
        return None

    def _append_data(self, line: bytearray) -> None:
        if self._data is None:
            self._data = line
        else:
            self._data += b"\n"
            self._data += line

    def _set_field(self, name: bytes, value: bytes) -> None:
        """Take a field that is not ``data:``.  A comment has an empty name and is passed over like any unknown one."""
        if name == b"event":
            self._kind = value.decode("utf-8", "replace")
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry":
            if value.isdigit() and len(value) <= _LONGEST_RETRY:
                self._retry = int(value)
        elif name == b"data":
            self._append_data(bytearray())

    def _dispatch(self) -> Event | None:
        kind, data, retry = self._kind, self._data, self._retry
        self._kind, self._data, self._retry = "", None, None
        return None if data is None else Event(kind or "message", data, self._id, retry)
