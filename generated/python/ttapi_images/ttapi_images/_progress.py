"""What a person sees while an image is being made, which takes seconds to minutes.

On a terminal: one line with a sign that turns and the seconds so far, redrawn ten times a second.  Anywhere else (a
file, a CI log): plain lines, one per thing that happened.  A line that cannot be written is lost and nothing else: an
image that is being paid for does not depend on who watches.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import cycle
from threading import Event, Lock, Thread
from time import monotonic
from typing import Self, TextIO

__all__ = ["Progress"]

_CLEAR = "\r\x1b[K"
_TICK = 0.1


class Progress:
    """A live line on *out*; a context manager.

    Args:
        out: Where to write; a terminal gets the live line, anything else plain lines.
        doing: What is being done, for the line.
        quiet: Whether to write nothing at all.
    """

    def __init__(self, out: TextIO, doing: str, *, quiet: bool = False) -> None:
        self._out = out
        self._doing = doing
        self._quiet = quiet
        self._live = not quiet and out.isatty()
        self._started = monotonic()
        self._lock = Lock()
        self._over = Event()
        self._thread: Thread | None = None

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return monotonic() - self._started

    def note(self, text: str) -> None:
        """Write a line that stays."""
        if not self._quiet:
            with self._lock:
                self._write(f"{_CLEAR if self._live else ''}{text}\n")

    def __enter__(self) -> Self:
        if self._live:
            self._thread = Thread(target=self._turn, daemon=True)
            self._thread.start()
        else:
            self.note(f"{self._doing} …")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._write(_CLEAR)

    def _turn(self) -> None:
        for sign in cycle("|/-\\"):
            with self._lock:
                self._write(f"{_CLEAR}{sign} {self._doing} {self.seconds:.1f} s")
            if self._over.wait(_TICK):
                return

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._out.write(text)
            self._out.flush()
