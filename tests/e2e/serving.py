"""Servers as their users start them: the command, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "ttapi-images.yaml"
COMMAND = (sys.executable, "-m", "safelight.cli", "serve")


@contextmanager
def serving(*arguments: str, spec: Path = SPEC) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Start a server on a free port; yields the process and the base URL that it told."""
    process = subprocess.Popen(
        [*COMMAND, str(spec), "--port", "0", *arguments],
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
    finally:
        process.kill()
        process.communicate()
