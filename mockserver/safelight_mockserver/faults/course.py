"""The course: how an answer is delivered, where a fault or a profile has a say in it.

A record of numbers, so that what will happen can be tested without waiting for it.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Final, Literal

from safelight.records import dataclass

from .kinds import (
    FlawedImage,
    Kind,
    Late,
    Reset,
    StreamCut,
    StreamDribble,
    StreamPauses,
    Truncated,
    Unreachable,
)

__all__ = ["PLAIN", "Course", "Stop", "course"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a delivery breaks off.

    Attributes:
        how: The connection is reset, or closed in good order.
        events: After so many events.
        bytes: After so many bytes of the body; not even the status is sent where neither this nor any other is given.
        share: After this share of the body.
    """

    how: Literal["reset", "close"]
    events: int | None = None
    bytes: int | None = None
    share: float | None = None

    @property
    def at_once(self) -> bool:
        """Whether not even the status is sent."""
        return self.events is None and self.bytes is None and self.share is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an answer is delivered.

    Attributes:
        wait: Seconds before the status.
        per_byte: Seconds for each byte of the body.
        piece: Bytes of a piece; as it is by default.
        pause: Seconds before each event.
        stop: Where it breaks off.
        closed: Seconds for which nobody listens any more.
        halved: Whether the files of images are cut in half.
    """

    wait: float = 0.0
    per_byte: float = 0.0
    piece: int | None = None
    pause: float = 0.0
    stop: Stop | None = None
    closed: float | None = None
    halved: bool = False


PLAIN: Final = Course()


def course(kind: Kind, delay: float, dice: random.Random) -> Course:
    """Return how an answer is delivered that meets a fault.

    Args:
        kind: The fault.
        delay: Seconds that come before it.
        dice: Decides where times are random.
    """
    if isinstance(kind, Late):
        return Course(wait=delay + _seconds(kind, dice), per_byte=kind.per_byte)
    return replace(_of(kind), wait=delay)


def _of(kind: Kind) -> Course:
    match kind:
        case Unreachable(seconds):
            return Course(stop=Stop(how="reset"), closed=seconds)
        case Reset(after):
            return Course(stop=Stop(how="reset", bytes=after))
        case Truncated(keep):
            return Course(stop=Stop(how="close", share=keep))
        case StreamCut(after):
            return Course(stop=Stop(how="reset", events=after))
        case StreamDribble(size):
            return Course(piece=size)
        case StreamPauses(seconds):
            return Course(pause=seconds)
        case FlawedImage("truncated"):
            return Course(halved=True)
        case _:
            return PLAIN


def _seconds(kind: Late, dice: random.Random) -> float:
    """Return how late this answer is."""
    if kind.sigma is not None:
        return min(kind.seconds * math.exp(dice.gauss(0.0, kind.sigma)), 3600.0)
    return kind.seconds if kind.to is None else dice.uniform(kind.seconds, kind.to)
