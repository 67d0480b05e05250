"""The pace: how long image APIs take, by quality and size.

No API promises times, and none of our sources measures them, so these are a choice of this module: the order of
magnitude that users report for the qualities of GPT Image models, growing with the number of pixels.  A client whose
timeouts and progress bars work at this pace works at the real one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .order import Order

__all__ = ["seconds_for"]

_SQUARE: Final = 1024 * 1024
_SECONDS: Final[Mapping[str, float]] = MappingProxyType(
    {"low": 6.0, "standard": 12.0, "medium": 18.0, "hd": 25.0, "high": 45.0}
)
_OTHER: Final = 18.0


def seconds_for(order: Order) -> float:
    """Return how long the pictures of a call take together; several of them are drawn side by side."""
    picture = order.first
    each = _SECONDS.get(picture.quality, _OTHER) * math.sqrt(picture.width * picture.height / _SQUARE)
    return each * (1 + 0.2 * (order.count - 1))
