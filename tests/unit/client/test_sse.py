"""Server-sent events come out of bytes as the standard says, however the bytes are cut, in linear time and space."""

import re
import tracemalloc
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import SupportsIndex

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ttapi_images._sse import Decoder, Event, EventTooLarge

Told = tuple[str, str, str, int | None]

PIECES = [
    b"data",
    b"event",
    b"id",
    b"retry",
    b":",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"x",
    b"17",
    b"\0",
    b"\xff",
    "é".encode(),
    b"\xef\xbb\xbf",
    b"data: {}\n\n",
    b"data: a\r\n",
    b": note\n",
    b"event: part\r",
]
streams = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


def decode(chunks: Sequence[bytes]) -> list[Event]:
    """Feed the chunks to a decoder of their own and collect the events."""
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def told(events: Sequence[Event]) -> list[Told]:
    """Make the events comparable: their data as text."""
    return [(event.event, event.data.decode("utf-8", "replace"), event.id, event.retry) for event in events]


def read_slowly(stream: bytes) -> Iterator[Told]:
    """Interpret a whole stream word by word as the WHATWG HTML standard (9.2.6) puts it."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = re.split(r"\r\n|\n|\r", text)[:-1]  # what follows the last line end is an incomplete line
    kind, data, last_id = "", "", ""
    retry: int | None = None
    for line in lines:
        if not line:
            if data:
                yield kind or "message", data.removesuffix("\n"), last_id, retry
            kind, data, retry = "", "", None
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                kind = value
            case "data":
                data += value + "\n"
            case "id" if "\0" not in value:
                last_id = value
            case "retry" if value.isascii() and value.isdigit():
                retry = int(value)
            case _:
                pass


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut a stream at the given places."""
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in pairwise(edges)]


@given(streams, st.lists(st.integers(min_value=0, max_value=400), max_size=12))
@example(b"data: a\r\n\r\ndata: b\r\r", [8, 10])
@example(b"\xef\xbb\xbfdata: a\n\n", [1, 2])
def test_any_cut_of_the_bytes_gives_the_same_events(stream: bytes, places: list[int]) -> None:
    """Network chunks mean nothing: a CRLF, a byte order mark or a letter cut in two reads as if it were whole."""
    whole = told(decode([stream]))

    assert told(decode(cut(stream, places))) == whole
    assert told(decode([stream[i : i + 1] for i in range(len(stream))])) == whole


@given(streams)
@example(b"data\ndata:\n\ndata: \ndata:  x\n\n: only a note\n\nid: 1\n\nevent: e\ndata: d\nretry: 5\n\n")
def test_events_are_those_of_the_standard(stream: bytes) -> None:
    """The fast decoder and a slow word-by-word reading of the standard tell the same events."""
    assert told(decode([stream])) == list(read_slowly(stream))


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b.c"]), st.text("xyz é:{}", min_size=1)), min_size=1))
def test_well_formed_streams_read_as_httpx2_reads_them(events: list[tuple[str, str]]) -> None:
    """For what servers really send, the HTTP library's own reader is a third witness."""
    stream = "".join(f"event: {kind}\ndata: {data}\n\n" if kind else f"data: {data}\n\n" for kind, data in events)
    response = httpx2.Response(
        200,
        headers={"content-type": "text/event-stream"},
        content=stream.encode(),
        request=httpx2.Request("POST", "https://images.example"),
    )
    witness = [(event.event, event.data) for event in httpx2.EventSource(response)]

    assert [(kind, data) for kind, data, _, _ in told(decode([stream.encode()]))] == witness


class Counted(bytes):
    """Bytes that count how far they are searched."""

    searched = 0

    def find(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # only what is used
        self, sub: bytes, start: SupportsIndex = 0, /
    ) -> int:
        """Search, and note the distance."""
        found = super().find(sub, start)
        Counted.searched += (found if found >= 0 else len(self)) - int(start) + 1
        return found


LONG = b'data: {"b64_json": "' + b"A" * 60_000 + b'"}\n\n'
SHORT = b"data: x\n\n" * 7_000


@pytest.mark.parametrize("stream", [LONG, SHORT, SHORT.replace(b"\n", b"\r\n")], ids=["one long", "many", "many CRLF"])
@pytest.mark.parametrize("size", [1, 1400, 10**6])
def test_no_byte_is_searched_more_than_once_for_each_line_end(stream: bytes, size: int) -> None:
    """The work follows the bytes, not the number of chunks or lines: two searches, one for LF and one for CR."""
    Counted.searched = 0
    chunks = [Counted(stream[i : i + size]) for i in range(0, len(stream), size)]

    assert decode(chunks)
    assert Counted.searched <= 2 * (len(stream) + len(chunks)) + 2 * stream.count(b"\n")


def test_a_large_event_is_held_once() -> None:
    """Reading an event of a megabyte and a half in small chunks takes at most 1.3 times its size."""
    event = b"data: " + b"A" * 1_500_000 + b"\n\n"
    chunks = [event[i : i + 1400] for i in range(0, len(event), 1400)]

    tracemalloc.start()
    (read,) = decode(chunks)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(read.data) == 1_500_000
    assert peak <= 1.3 * len(event)


def test_an_event_has_no_bound_unless_one_is_given() -> None:
    """An image larger than the usual cap of 1 MiB comes through."""
    (event,) = decode([b"data: " + b"A" * 3_000_000 + b"\n\n"])

    assert len(event.data) == 3_000_000


@given(st.lists(st.integers(min_value=0, max_value=100), max_size=5))
def test_an_explicit_bound_stops_the_event_that_passes_it(places: list[int]) -> None:
    """Events before the large one are yielded, the large one raises, wherever the bytes are cut."""
    stream = b"data: small\n\ndata: " + b"A" * 50 + b"\n\ndata: never\n\n"
    decoder = Decoder(max_event_bytes=40)
    seen: list[bytes] = []

    with pytest.raises(EventTooLarge, match="max_event_bytes=40"):
        seen.extend(bytes(event.data) for chunk in cut(stream, places) for event in decoder.feed(chunk))

    assert seen == [b"small"]


def test_the_bound_counts_all_lines_of_an_event() -> None:
    """Many short data lines cannot grow past the bound."""
    decoder = Decoder(max_event_bytes=40)

    with pytest.raises(EventTooLarge):
        list(decoder.feed(b"data: 0123456789\n" * 10))


@pytest.mark.parametrize(
    ("stream", "rest"),
    [
        (b"data: whole\n", b"whole"),
        (b"data: cut", b"cut"),
        (b"data: a\n\n", None),
        (b"", None),
        (b"event: x\n", None),
        (b"data: a\ndata: b", b"a\nb"),
    ],
)
def test_the_end_of_the_stream_hands_over_what_lacks_its_blank_line(stream: bytes, rest: bytes | None) -> None:
    """The caller decides about an unfinished event; the decoder does not throw it away."""
    decoder = Decoder()
    list(decoder.feed(stream))
    event = decoder.finish()

    assert (event and bytes(event.data)) == rest


def test_a_retry_time_of_absurd_length_is_passed_over() -> None:
    """Thousands of digits are no time and no crash."""
    (event,) = decode([b"retry: " + b"9" * 5000 + b"\ndata: x\n\n"])

    assert event.retry is None
