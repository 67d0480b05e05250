"""Servers as their users start them: the command, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "ttapi-images.yaml"
COMMAND = (sys.executable, "-m", "safelight.cli", "serve")


PATIENCE = 20.0  # Seconds that a server has to stop by itself.


@contextmanager
def serving(
    *arguments: str, spec: Path = SPEC, checked: bool = True, command: Sequence[str] = COMMAND
) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Start a server on a free port; yields the process and the base URL that it told.

    Args:
        arguments: Options of the command.
        spec: What is served.
        checked: Whether it judges its own answers, and fails the test if one is wrong.
        command: What starts it.
    """
    process = subprocess.Popen(
        [*command, str(spec), "--port", "0", *arguments, *(["--check-responses"] if checked else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        told = ""
        while not (found := re.search(r"base URL +(http://[\w.:/-]+)", told)):
            line = process.stdout.readline()
            assert line, process.communicate()
            told += line
        yield process, found[1]
        if checked and process.poll() is None:
            process.terminate()
            _, errors = process.communicate(timeout=PATIENCE)
            assert "The fake broke its own spec" not in errors, errors
    finally:
        process.kill()
        process.communicate()
