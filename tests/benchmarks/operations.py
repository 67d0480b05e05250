"""What work costs, counted and not timed: the same on a fast machine and on a busy one.

Two things are counted.  The instructions of Python's own machine show what the interpreter does, one by one.  The bytes
that methods of bytes, bytearrays and strings may look at show what it leaves to C, where one instruction can hide a
search through megabytes.  Instructions differ from one Python to the next, so a ceiling is best a multiple of what
something else costs in the same interpreter.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Any, Final, TypeAlias

from tests.benchmarks.corpus import Body, corpus
from tests.benchmarks.looks import and_seek
from tests.benchmarks.peers import by_hand
from ttapi_images import validators
from ttapi_images._sse import Decoder

__all__ = ["Cost", "cost_of", "decoding", "event_stream", "judging"]

Work: TypeAlias = Callable[[], object]

_BODIES: Final = 200
_SEARCHING: Final = frozenset(
    {"count", "decode", "find", "index", "join", "partition", "replace", "rfind", "split", "splitlines", "translate"}
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What work costs.

    Attributes:
        instructions: Instructions of Python's machine.
        searched: Bytes or characters that searching methods may have looked at.
    """

    instructions: int
    searched: int


def cost_of(work: Work) -> Cost:
    """Count what *work* costs.  It is slow, and neither a debugger nor a coverage tool sees what is done meanwhile."""
    return Cost(_instructions(work), _searched(work))


def judging(judge: Callable[[Body], object], bodies: tuple[Body, ...]) -> Work:
    """The work of judging every one of *bodies*."""

    def work() -> None:
        for body in bodies:
            judge(body)

    return work


def decoding(decoder: Callable[[], Any], stream: bytes, chunk: int) -> Work:
    """The work of decoding a stream that comes in chunks; *decoder* makes what is fed."""
    parts = [stream[start : start + chunk] for start in range(0, len(stream), chunk)]

    def work() -> None:
        made = decoder()
        for part in parts:
            deque(made.feed(part), maxlen=0)

    return work


def event_stream(size: int, many: int = 4) -> bytes:
    """So many events of one line of data each, of *size* bytes."""
    return (b"event: image_generation.partial_image\ndata: " + b"x" * size + b"\n\n") * many


def _instructions(work: Work) -> int:
    executed = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401 - it is its own type
        nonlocal executed
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        executed += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return executed


def _searched(work: Work) -> int:
    searched = 0

    def profile(_frame: FrameType, event: str, called: Any) -> None:  # noqa: ANN401 - whatever is called
        nonlocal searched
        if event == "c_call" and called.__name__ in _SEARCHING:
            owner = getattr(called, "__self__", None)
            if isinstance(owner, bytes | bytearray | str):
                searched += len(owner)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return searched


def _twice(body: Body) -> object:
    return validators.generate(body), validators.generate(body)


_JUDGES: Final[Mapping[str, Callable[[Body], object]]] = {
    "validator": validators.generate,
    "validator that seeks": and_seek,
    "validator, twice": _twice,
    "by hand": by_hand.validate,
}
"""What judges a body; the second and the third do what a validator is not to do."""


def main() -> None:
    """Count what the validator, the function by hand and the decoder cost, and print it as JSON."""
    bodies = corpus(_BODIES)
    costs = {
        f"{name}, {kind}": cost_of(judging(judge, group))
        for name, judge in _JUDGES.items()
        for kind, group in (("valid", bodies.valid), ("faulty", bodies.faulty))
    }
    for chunk in (1400, 65536):
        for size in (100_000, 1_000_000):
            costs[f"decoder, {size}, {chunk}"] = cost_of(decoding(Decoder, event_stream(size), chunk))
    sys.stdout.write(json.dumps({name: asdict(cost) for name, cost in costs.items()}) + "\n")


if __name__ == "__main__":
    main()
