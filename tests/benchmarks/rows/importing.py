"""Importing the generated client, in time and in memory, against what else one would import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Rounds, interleave, told
from tests.benchmarks.results import Row, at_most, lines

__all__ = ["run"]

_OURS: Final = "ttapi_images"
_ROUNDS: Final = 11

_HOW: Final = """\
- Each round starts a fresh interpreter for each side (`python -I -c`), with compiled files in place.
- Time is the processor time between the line before and the line after the import.
- That the client imports its HTTP library only when it is used shows in the second comparison: there each side also
  makes a client.
- Memory is what the process holds (resident set) after the import, the interpreter included.
"""

_TIME: Final = "import time; start = time.process_time(); {0}; print(time.process_time() - start)"
_MEMORY: Final = """\
{0}
with open("/proc/self/status") as file:
    print(next(line.split()[1] for line in file if line.startswith("VmRSS:")))
"""
_SIDES: Final = {
    "ttapi_images": "ttapi_images.Client('key')",
    "httpx2": "httpx2.Client()",
    "openai": "openai.OpenAI(api_key='key')",
}
"""Each with how a client is made."""


def run() -> Row:
    """Measure."""
    importing = {name: f"import {name}" for name in _SIDES}
    making = {name: f"import {name}; {make}" for name, make in _SIDES.items()}
    rows = (
        *lines(
            "time of the import", _measured(_TIME, importing), _OURS, {"httpx2": at_most(1.2), "openai": at_most(0.25)}
        ),
        *lines("time of the import and a client", _measured(_TIME, making), _OURS, {"httpx2": None, "openai": None}),
    )
    missing: tuple[str, ...] = ("memory: this system has no /proc to read it from",)
    if Path("/proc/self/status").exists():
        held = _measured(_MEMORY, importing, rounds=5, scale=1 / 1024)
        rows += lines("memory after the import", held, _OURS, {"openai": at_most(0.55), "httpx2": None}, "MB")
        used = _measured(_MEMORY, making, rounds=5, scale=1 / 1024)
        rows += lines("memory after the import and a client", used, _OURS, {"openai": None, "httpx2": None}, "MB")
        missing = ()
    return Row(
        name="importing",
        title="Importing the generated client",
        how=_HOW,
        lines=rows,
        missing=missing,
        machine=machine(),
        versions=versions("httpx2", "openai"),
    )


def _measured(script: str, statements: Mapping[str, str], rounds: int = _ROUNDS, scale: float = 1) -> Rounds:
    sides = {name: _printed(script.format(statement), scale) for name, statement in statements.items()}
    return interleave(sides, rounds, measure=told, repeat=False)


def _printed(script: str, scale: float) -> Callable[[], float]:
    def work() -> float:
        command = [sys.executable, "-I", "-c", script]
        return scale * float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return work
