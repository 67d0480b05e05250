"""The workers: several processes that take connections from one port, kept alive and told what to do by a parent.

The parent opens the port and serves nothing.  A worker that dies is replaced; a signal to the parent is one to all of
them, and waits for those that have only just been started.  Should the parent be killed, its workers stop: nobody would
replace them, and they would hold the port.

Uvicorn has such a parent too.  It restarts its workers where they are only to read a file again, and takes no server of
a class of one's own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Final

__all__ = ["supervise", "take_signals", "watch_parent"]

_LOOK: Final = 0.2  # Seconds from one look at signals to the next.
_SHORT: Final = 2.0  # Seconds; a worker that lives no longer is not replaced at once.
_UNFIT: Final = 2  # The exit code of a worker that cannot start: another could not either.
_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def supervise(work: Callable[[], int], count: int, *, grace: float, warn: Callable[[str], None]) -> int:
    """Run workers until this process is told to stop, by Ctrl-C or SIGTERM.

    Args:
        work: What a worker does; it has to survive pickling.  What it returns is its exit code.
        count: How many there are.
        grace: Seconds that they have to stop before they are killed.
        warn: Is told of workers that died.

    Returns:
        The exit code: 0 where all workers stopped well, otherwise the highest of theirs.
    """
    received: list[int] = []
    before = {number: signal.signal(number, _noting(received)) for number in _SIGNALS}
    crew = [_Worker(work) for _ in range(count)]
    try:
        while not any(number in received for number in (signal.SIGINT, signal.SIGTERM)):
            connection.wait([one.process.sentinel for one in crew], timeout=_LOOK)
            while received and received[0] not in (signal.SIGINT, signal.SIGTERM):
                number = received.pop(0)
                for one in crew:
                    one.send(number)
            if any(one.process.exitcode == _UNFIT for one in crew):
                break
            crew = [one if one.process.exitcode is None else _replaced(one, work, warn) for one in crew]
    finally:
        codes = _stopped(crew, grace)
        for number, handler in before.items():
            signal.signal(number, handler)
    return max(codes)


def take_signals() -> None:
    """Let this worker be told what to do, now that it listens: what it was told while it started comes now as well."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


def watch_parent() -> None:
    """Stop this worker, as SIGTERM would, when its parent is gone."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        connection.wait([sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="safelight-parent", daemon=True).start()


class _Worker:
    """A process that does the work."""

    def __init__(self, work: Callable[[], int]) -> None:
        self.began = time.monotonic()
        self.process: SpawnProcess = multiprocessing.get_context("spawn").Process(target=_worked, args=(work,))
        resource_tracker.ensure_running()  # Otherwise the first start does this, and unblocks signals after it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def send(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.process.exitcode is None and self.process.pid is not None:
            os.kill(self.process.pid, number)


def _worked(work: Callable[[], int]) -> None:
    raise SystemExit(work())


def _replaced(gone: _Worker, work: Callable[[], int], warn: Callable[[str], None]) -> _Worker:
    code = gone.process.exitcode or 0
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    warn(f"worker {gone.process.pid} {how}; another takes its place")
    if time.monotonic() - gone.began < _SHORT:
        time.sleep(_SHORT)
    return _Worker(work)


def _stopped(crew: list[_Worker], grace: float) -> list[int]:
    """Stop all workers, and return their exit codes; one that had to be killed counts as 1."""
    for one in crew:
        one.send(signal.SIGTERM)
    end = time.monotonic() + grace
    for one in crew:
        one.process.join(max(0.0, end - time.monotonic()))
        if one.process.exitcode is None:
            one.process.kill()
            one.process.join()
    return [code if (code := one.process.exitcode or 0) >= 0 else 1 for one in crew]


def _noting(received: list[int]) -> Callable[[int, FrameType | None], None]:
    return lambda number, _frame: received.append(number)
