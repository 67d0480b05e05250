"""The intake: how much of all requests together may be on its way in at a time.

Each body has a limit, but a thousand clients that each send most of one, and then pause, would still fill the memory.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["Crowded", "Intake", "Share"]


class Crowded(Exception):
    """Too much is on its way in already."""


class Intake:
    """Room for bodies that have not come whole, to servers in any number of event loops.

    Args:
        most: Bytes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._lock = threading.Lock()

    @contextmanager
    def share(self) -> Generator[Share]:
        """Take room for one request, as long as the context lasts."""
        share = Share(self)
        try:
            yield share
        finally:
            share.give_back()

    def use(self, size: int) -> None:
        """Use so many bytes more, or fewer by a negative number.

        Raises:
            Crowded: There is no room for them; they count as used all the same.
        """
        with self._lock:
            self._used += size
            if size > 0 and self._used > self._most:
                raise Crowded


class Share:
    """What one request has taken of an intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._size = 0

    def take(self, size: int) -> None:
        """Take so many bytes more.

        Raises:
            Crowded: There is no room for them.
        """
        self._size += size
        self._intake.use(size)

    def give_back(self) -> None:
        """Give back what was taken: it is not kept."""
        self._intake.use(-self._size)
        self._size = 0
