"""Reading a stream of four events of 1.5 MB, in chunks as a network gives them and as a proxy does."""

from __future__ import annotations

import tracemalloc
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import httpx2
import openai

import ttapi_images
from tests.benchmarks.answers import KEY, Chunks, chunks, events, transport
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Work, interleave
from tests.benchmarks.peers import event_streams
from tests.benchmarks.results import Line, Row, Target, at_most, lines
from ttapi_images._sse import Decoder

__all__ = ["run"]

_ROUNDS: Final = 11
_CHARACTERS: Final = 1_500_000
_SIZES: Final = {"1.4 kB": 1400, "64 kB": 65536}

_HOW: Final = """\
- Every side reads the same chunks through `httpx2.MockTransport` and parses each event's JSON; images stay in base64.
- ttapi_images: `client.images.generate(..., stream=True)`, typed events. It reads JSON as it does for a whole answer:
  long strings are copied out of the event, and `json.loads` reads what is left.
- bytes.find: the floor: a splitter of a few lines in `tests/benchmarks/peers/event_streams.py` and `json.loads`; it
  knows LF, one data line and nothing else of the standard.
- openai: `client.images.generate(..., stream=True)`, typed events.
- httpx2.EventSource with `max_event_size=None` (by default it refuses events over 1 MiB), and httpx-sse; `json.loads`.
- Memory is the peak that `tracemalloc` sees. Of the decoder alone, fed chunk by chunk, it is compared with the size of
  an event; of the whole stream, which also holds the event's text and its records, with the other ways to read it.
"""
_TARGETS: Final[dict[str, Target | None]] = {
    "bytes.find": at_most(1.2),
    "openai": at_most(0.25),
    "httpx2.EventSource": at_most(1),
    "httpx-sse": at_most(1),
}


def run() -> Row:
    """Measure."""
    stream = events(_CHARACTERS)
    found: list[Line] = []
    for name, size in _SIZES.items():
        parts = chunks(stream, size)
        sides = _sides(parts)
        for side, work in sides.items():
            many = work()
            if many != 4:
                raise AssertionError(f"{side} reads {many} events, not 4")
        took = interleave(sides, _ROUNDS)
        found += lines(f"4 events, chunks of {name}", took, "ttapi_images", _TARGETS)
        found += lines(f"the floor itself, chunks of {name}", took, "bytes.find", {"openai": None})
        peaks = interleave(sides, 3, measure=_peak, repeat=False)
        found += lines(f"memory, chunks of {name}", peaks, "ttapi_images", dict.fromkeys(_TARGETS), "MB")
        held = interleave({"decoder": partial(_decode, parts)}, 3, measure=_peak, repeat=False)
        sizes = {"the event's own size": (len(stream) / 4 / 1e6,) * 3}
        what = f"memory of the decoder, chunks of {name}"
        found += lines(what, {**held, **sizes}, "decoder", dict.fromkeys(sizes, at_most(1.3)), "MB")
    return Row(
        name="stream",
        title="Reading a stream of four events of 1.5 MB",
        how=_HOW,
        lines=tuple(found),
        machine=machine(),
        versions=versions("httpx2", "openai", "httpx-sse"),
    )


def _sides(parts: tuple[bytes, ...]) -> dict[str, Callable[[], int]]:
    headers = {"content-type": "text/event-stream"}
    sending = transport(lambda: httpx2.Response(200, stream=Chunks(parts), headers=headers))
    bare = httpx2.Client(transport=sending, headers={"authorization": f"Bearer {KEY}"})
    ours = ttapi_images.Client(KEY, transport=sending, base_url="https://images.test/v1")
    other = openai.OpenAI(api_key=KEY, base_url="https://images.test/v1", http_client=httpx2.Client(transport=sending))

    def by_us() -> int:
        with ours.images.generate(model="gpt-image-1", prompt="a fox", stream=True, partial_images=3) as coming:
            return sum(1 for _ in coming)

    def by_openai() -> int:
        with other.images.generate(model="gpt-image-1", prompt="a fox", stream=True, partial_images=3) as coming:
            return sum(1 for _ in coming)

    def by(read: Callable[[httpx2.Client], list[Any]]) -> int:
        return len(read(bare))

    return {
        "ttapi_images": by_us,
        "bytes.find": partial(by, event_streams.with_find),
        "openai": by_openai,
        "httpx2.EventSource": partial(by, event_streams.with_event_source),
        "httpx-sse": partial(by, event_streams.with_httpx_sse),
    }


def _decode(parts: tuple[bytes, ...]) -> None:
    decoder = Decoder()
    for part in parts:
        deque(decoder.feed(part), maxlen=0)  # an event that is kept would count as the decoder's


def _peak(work: Work) -> float:
    """The most megabytes that *work* holds at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
