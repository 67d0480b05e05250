"""The hunt: all mutants of a spec, by several processes at once.

A mutant holds functions, and those cannot be sent to another process.  So each process loads the spec from its file and
makes the catalogue anew, which takes no longer than starting Python does, and is told ids.  Processes are started
afresh (``spawn``): the same on every system, and nothing of this process leaks into them.

They are ours and no pool of `concurrent.futures`: such a pool finishes what it has begun when somebody stops it, and
what a process keeps from one task to the next would have to be a global.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

from safelight.loading import load
from safelight.model import Spec
from safelight_testkit.mutants.catalogue import catalogue
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.hunter import ALL_BASES, Hunter, Unsound
from safelight_testkit.mutants.mutant import Mutant
from safelight_testkit.mutants.validators import Compile, ValidatorHunter

__all__ = ["Half", "Job", "Quarry", "hunt"]

_AT_ONCE: Final = 6
"""Mutants that a process is told at a time: many enough to be no chatter, few enough for all to end together."""


class Half(StrEnum):
    """What follows the mutant."""

    FAKE = "fake"
    VALIDATOR = "validator"


@dataclass(frozen=True, slots=True)
class Quarry:
    """One mutant to be hunted in one half."""

    half: Half
    mutant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a process needs to hunt.

    Attributes:
        path: The spec file.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count.
        compile: Makes validators; a function of a module, which other processes find by its name.
    """

    path: str | Path
    as_of: date | None = None
    basis: Collection[str] = ALL_BASES
    compile: Compile | None = None


@dataclass(slots=True)
class _Hunters:
    """The hunters of one process, made when they are needed."""

    job: Job
    runner: asyncio.Runner
    spec: Spec = field(init=False)
    mutants: Mapping[str, Mutant] = field(init=False)
    fake: Hunter | None = None
    validator: ValidatorHunter | None = None

    def __post_init__(self) -> None:
        self.spec = load(self.job.path)
        self.mutants = catalogue(self.spec)

    def hunt(self, quarry: Quarry) -> Fate:
        try:
            return self._hunt(quarry)
        except Unsound:
            raise
        except Exception as error:  # noqa: BLE001 - a mutant that nothing can follow must not hide the fate of the others
            why = f"the hunt failed, {type(error).__name__}: {error}"
            return Fate(mutant=quarry.mutant, outcome=Outcome.SURVIVED, why=why)

    def _hunt(self, quarry: Quarry) -> Fate:
        mutant = self.mutants[quarry.mutant]
        if quarry.half is Half.FAKE:
            self.fake = self.fake or Hunter(self.spec, as_of=self.job.as_of, basis=self.job.basis)
            return self.runner.run(self.fake.hunt(mutant))
        if self.job.compile is None:
            raise ValueError("nothing compiles validators")
        if self.validator is None:
            self.validator = ValidatorHunter(self.spec, self.job.compile, as_of=self.job.as_of, basis=self.job.basis)
        return self.validator.hunt(mutant)


def hunt(
    job: Job,
    quarries: Sequence[Quarry],
    *,
    workers: int = 1,
    tell: Callable[[Quarry, Fate], None],
) -> None:
    """Hunt mutants.

    Args:
        job: What is hunted, and how.
        quarries: The mutants.
        workers: How many processes hunt at once; with 1, this one does.
        tell: Is told of each fate as it comes, in any order.

    Raises:
        Unsound: The suite finds something at the honest fake.
        SpecError: The spec file is broken.
        KeyboardInterrupt: Somebody stopped it; what was told until then counts.
    """
    if workers <= 1 or len(quarries) <= _AT_ONCE:
        with asyncio.Runner() as runner:
            hunters = _Hunters(job, runner)
            for quarry in quarries:
                tell(quarry, hunters.hunt(quarry))
        return
    with _processes(job, min(workers, -(-len(quarries) // _AT_ONCE))) as connections:
        _share(connections, [quarries[i : i + _AT_ONCE] for i in range(0, len(quarries), _AT_ONCE)], tell)


def _share(connections: list[Connection], parts: list[Sequence[Quarry]], tell: Callable[[Quarry, Fate], None]) -> None:
    """Give each process a part, and another whenever it is done with one."""
    waiting = iter(parts)
    busy: dict[Connection, Sequence[Quarry]] = {}
    for connection, part in zip(connections, waiting, strict=False):
        busy[connection] = part
        connection.send(part)
    while busy:
        for ready in wait(list(busy)):
            connection = next(one for one in busy if one is ready)
            part = busy.pop(connection)
            try:
                fates: list[Fate] | str = connection.recv()
            except EOFError:
                raise RuntimeError("a process that hunted has ended before its time") from None
            if isinstance(fates, str):
                raise Unsound(fates)
            for quarry, fate in zip(part, fates, strict=True):
                tell(quarry, fate)
            more = next(waiting, None)
            if more is not None:
                busy[connection] = more
                connection.send(more)


@contextmanager
def _processes(job: Job, count: int) -> Generator[list[Connection]]:
    """Start processes, and see to it that none is left."""
    context = multiprocessing.get_context("spawn")
    processes: list[SpawnProcess] = []
    connections: list[Connection] = []
    try:
        for _ in range(count):
            mine, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, job), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            connections.append(mine)
        yield connections
    finally:
        for connection in connections:
            connection.close()
        for started in processes:
            started.terminate()
            started.join()


def _work(connection: Connection, job: Job) -> None:
    """Hunt what comes in, until nobody is there any more.  Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with asyncio.Runner() as runner:
        hunters = _Hunters(job, runner)
        while True:
            try:
                part: Sequence[Quarry] = connection.recv()
                connection.send([hunters.hunt(quarry) for quarry in part])
            except Unsound as error:
                connection.send(str(error))
            except (EOFError, BrokenPipeError):
                return
