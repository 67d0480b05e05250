"""Progress of a run: a bar with counts on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from safelight_testkit.contract.result import Result, Verdict

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ProgressDisplay"]

_LINES = 10
"""So many lines tell of a run where there is no terminal."""


class ProgressDisplay:
    """Shows on stderr how far a run is, and what it has found so far.

    Args:
        total: How many requests there are; more may come when failed ones are taken apart.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._failed = self._outages = 0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Show it."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
            self._task = self._bar.add_task("", total=self._total)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        if self._bar is not None:
            self._bar.stop()

    def tell(self, result: Result) -> None:
        """Count a result."""
        self._done += 1
        self._failed += result.verdict is Verdict.FAILED
        self._outages += result.verdict is Verdict.OUTAGE
        words = f"{self._failed} failed" + (f", {self._outages} not judged" if self._outages else "")
        if self._bar is not None and self._task is not None:
            total = max(self._total, self._done)
            self._bar.update(self._task, completed=self._done, total=total, description=words)
        elif self._done * _LINES // max(self._total, 1) != (self._done - 1) * _LINES // max(self._total, 1):
            print(f"{self._done}/{max(self._total, self._done)}: {words}", file=sys.stderr)  # noqa: T201 - its purpose
