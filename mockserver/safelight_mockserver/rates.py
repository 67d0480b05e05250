"""Rate limits: so many requests, or images, in a while, for each key.

They refill steadily, and are told as OpenAI's chat calls tell theirs: ``x-ratelimit-{limit,remaining,reset}-requests``,
with times as in ``1s``, ``6m0s`` or ``250ms``.  (No recording shows its image calls sending these headers.)
"""

from __future__ import annotations

import math
import re
from typing import Final, Literal

from safelight.records import dataclass

__all__ = ["Rate", "duration", "read_rate"]

_PERIODS: Final = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "hour": 3600.0, "day": 86400.0}
_RATE: Final = re.compile(r"\s*([0-9]{1,9})\s*(requests|images)?\s*/\s*([a-z]+)\s*")


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit.

    Attributes:
        of: What it counts.
        amount: How many.
        seconds: In how long.
    """

    of: Literal["requests", "images"]
    amount: int
    seconds: float


def read_rate(text: str) -> tuple[Rate, ...]:
    """Read ``5/min``, which is about requests and images, or ``20 images/min``, or several with commas between them.

    Raises:
        ValueError: It is no rate limit.
    """
    found: list[Rate] = []
    for part in text.split(","):
        match = _RATE.fullmatch(part)
        if match is None or match[3] not in _PERIODS or int(match[1]) < 1:
            raise ValueError(f"{part.strip()!r} is no rate limit, as in 5/min, 20 images/min or 2 requests/s")
        amount, seconds = int(match[1]), _PERIODS[match[3]]
        match match[2]:
            case "requests" | "images" as of:
                found.append(Rate(of, amount, seconds))
            case _:
                found += [Rate("requests", amount, seconds), Rate("images", amount, seconds)]
    return tuple(found)


def duration(seconds: float) -> str:
    """Write a time as OpenAI's headers do: ``250ms``, ``12s``, ``6m0s``."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    whole = math.ceil(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"
