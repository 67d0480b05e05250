"""The clock of a fake API: real time, until somebody freezes it or moves it ahead.

Links expire and time stamps are written by this clock alone, so a test can let an hour pass in no time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Unix time that can be frozen, set and advanced.

    Args:
        source: Where the real time comes from.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01 UTC."""
        return self._source() + self._ahead if self._frozen is None else self._frozen

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock.

        Args:
            at: The time at which it shall stand; by default the one it shows.
        """
        self._frozen = self.now() if at is None else at

    def advance(self, seconds: float) -> None:
        """Move the clock ahead, or back by a negative number; a frozen clock stays frozen."""
        if self._frozen is None:
            self._ahead += seconds
        else:
            self._frozen += seconds

    def resume(self) -> None:
        """Let a frozen clock go on from the time that it shows."""
        if self._frozen is not None:
            self._ahead = self._frozen - self._source()
            self._frozen = None

    def reset(self) -> None:
        """Return to real time."""
        self._ahead, self._frozen = 0.0, None
