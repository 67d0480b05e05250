"""The live spec: the file as it is now, or as it was when it last made sense.

Whoever edits a spec sees the fake follow.  The file is looked at when a request comes, not by a watcher: there is no
thread to stop, no dependency, and a request that comes after an edit never meets the old rules for longer than the
interval.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from safelight import Spec, SpecError, load

__all__ = ["FixedSpec", "LiveSpec", "SpecSource"]

_INTERVAL: Final = 0.25  # Seconds.


class SpecSource(Protocol):
    """Where a fake API has its spec from.

    Attributes:
        problem: Why the spec is not the newest; None when it is.
    """

    problem: str | None

    @property
    def path(self) -> Path | None:
        """The file, as it was named; None where no file is known."""
        ...

    def current(self) -> Spec:
        """Return the spec; the same object as long as nothing has changed."""
        ...

    def reload(self) -> None:
        """Look for changes now, however little seems to have changed."""


class FixedSpec:
    """A spec that does not change."""

    def __init__(self, spec: Spec) -> None:
        self.problem: str | None = None
        self.path = None
        self._spec = spec

    def current(self) -> Spec:
        """Return the spec."""
        return self._spec

    def reload(self) -> None:
        """Do nothing: it does not change."""


class LiveSpec:
    """A spec in a file that may be edited at any time.

    Args:
        path: The file.
        tell: Is told of each reload, and once of each edit that broke the spec; may be set later.
        now: A clock in seconds; how late an edit is noticed depends on it, nothing else.

    Raises:
        SpecError: The file is broken from the start, so that there is nothing to serve.
    """

    def __init__(
        self, path: Path, tell: Callable[[str], None] = lambda _: None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.problem: str | None = None
        self.path = path
        self.tell = tell
        self._now = now
        self._looked = now()
        self._seen = self._state()
        self._spec = load(path)

    def current(self) -> Spec:
        """Return the spec as the file has it, or the last good one."""
        now = self._now()
        if now - self._looked >= _INTERVAL:
            self._looked = now
            state = self._state()
            if state != self._seen:
                self._seen = state
                self._reload()
        return self._spec

    def reload(self) -> None:
        """Read the file again, also where neither its time nor its size tell of an edit."""
        self._seen = self._state()
        self._reload(asked=True)

    def _state(self) -> tuple[int, int, int] | None:
        """What tells one state of the file from another; None where it is not there."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _reload(self, *, asked: bool = False) -> None:
        try:
            spec = load(self.path)
        except SpecError as error:
            self.problem = str(error)
            self.tell(f"{error}\n{self.path} is broken; the fake goes on with the last spec that was not.")
            return
        changed = spec.digest != self._spec.digest
        if changed or asked or self.problem is not None:
            self.tell(f"{self.path} was read again{'' if changed else ', and is as it was'}.")
        self.problem = None
        if changed:
            self._spec = spec
