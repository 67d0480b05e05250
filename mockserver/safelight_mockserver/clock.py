"""The clock of a fake API: real time, until somebody freezes it or moves it ahead.

Links expire and time stamps are written by this clock alone, so a test can let an hour pass in no time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from safelight.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock was set, in a form that several servers can share.

    Attributes:
        ahead: Seconds by which it is ahead of real time.
        frozen: Unix time at which it stands; None while it goes.
    """

    ahead: float = 0.0
    frozen: float | None = None


class Clock:
    """Unix time that can be frozen, set and advanced.

    Args:
        source: Where the real time comes from.

    Attributes:
        setting: How it is set; it may be replaced as a whole.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.setting = Setting()

    def now(self) -> float:
        """Return the time in seconds since 1970-01-01 UTC."""
        setting = self.setting
        return self._source() + setting.ahead if setting.frozen is None else setting.frozen

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock.

        Args:
            at: The time at which it shall stand; by default the one it shows.
        """
        self.setting = Setting(self.setting.ahead, self.now() if at is None else at)

    def advance(self, seconds: float) -> None:
        """Move the clock ahead; a frozen clock stays frozen, at a later time.

        Raises:
            ValueError: It would go back: links that have expired do not come to life again.  A clock is set back by
                `freeze`, at a time, or by `reset`.
        """
        if seconds < 0:
            raise ValueError(f"seconds must be 0 or more, got {seconds:g}: a clock is moved ahead")
        ahead, frozen = self.setting.ahead, self.setting.frozen
        self.setting = Setting(ahead + seconds) if frozen is None else Setting(ahead, frozen + seconds)

    def resume(self) -> None:
        """Let a frozen clock go on from the time that it shows."""
        if self.setting.frozen is not None:
            self.setting = Setting(self.setting.frozen - self._source())

    def reset(self) -> None:
        """Return to real time."""
        self.setting = Setting()
