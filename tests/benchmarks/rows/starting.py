"""The fake server's start, from the command to the first answer, and the memory that it holds after some load."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from tests.benchmarks.load import send
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import interleave, told
from tests.benchmarks.results import Row, Target, at_most, lines
from tests.benchmarks.rows.serving import PEERS, files_for, node_versions, small_requests, starting_here
from tests.benchmarks.servers import BARE, FAKE, started

__all__ = ["run"]

_ROUNDS: Final = 9
_LOAD: Final = 2.0  # Seconds

_HOW: Final = """\
- Time is from starting the process to its first answer with status 200, asked for over and over; the servers and their
  options are those of `serving`. The bare server is a script that calls `uvicorn.run`, without a command line to read.
  Compiled files are in place for both, as they are after an installation.
- What the fake does beyond the bare server, most of it first: it reads, resolves and lints the spec, since nothing is
  served that is not sound; it imports PyYAML and the language; it imports itself. Starlette, the control API and the
  drawing library wait for the first who asks. Records are defined without compiling their methods
  (`safelight.records`); with those of `dataclasses` this row measured 1.76 where it measured 1.28.
- Memory is the resident set of the server's processes after two seconds of load over 32 connections.
"""


def run() -> Row:
    """Measure."""
    with TemporaryDirectory() as folder:
        files = Path(folder)
        requests = small_requests()
        files_for(files, requests[0])
        running, missing = starting_here(files, requests[0])
        took = interleave(
            {name: partial(_start, name, files, requests[0]) for name in running}, _ROUNDS, measure=told, repeat=False
        )
        held = interleave(
            {name: partial(_loaded, name, files, requests) for name in running}, 3, measure=told, repeat=False
        )
    peers: dict[str, Target | None] = {name: None for name in PEERS if name in running}
    return Row(
        name="starting",
        title="Starting, and memory after load",
        how=_HOW,
        lines=(
            *lines("start to the first answer", took, FAKE, {BARE: at_most(1.4), **peers}),
            *lines("memory after load", held, FAKE, {BARE: at_most(2), **peers}, "MB"),
        ),
        missing=missing,
        machine=machine(),
        versions=versions("starlette", "uvicorn") | node_versions(),
    )


def _start(name: str, files: Path, probe: bytes) -> float:
    start = perf_counter()
    with started(name, files, probe):
        return perf_counter() - start


def _loaded(name: str, files: Path, requests: Sequence[bytes]) -> float:
    with started(name, files, requests[0]) as server:
        send(server.port, requests, 32, _LOAD)
        return server.megabytes()
