"""From a spec file to files, or to the difference between them and what is there."""

from __future__ import annotations

from pathlib import Path

from safelight import load
from safelight_codegen.options import TARGETS, Http, Options, Target
from safelight_codegen.render import render
from safelight_codegen.writer import Changes, Mode, synchronise

__all__ = ["generate"]


def generate(
    spec: Path, out: Path, mode: Mode, *, targets: tuple[Target, ...] = TARGETS, http: Http = "httpx2"
) -> Changes:
    """Make everything that follows from a spec file, below the folder *out*.

    Args:
        spec: The spec file.
        out: The folder that holds a folder for each kind of output.
        mode: Whether to write, or only to compare.
        targets: The kinds of output to make.
        http: The HTTP library of a Python client.

    Returns:
        What was not as it must be; after writing, it is.

    Raises:
        SpecError: The spec file cannot be read, or has problems.
        WriteError: A file cannot be written, or a folder holds files of somebody else.
    """
    files = render(load(spec), Options(source=spec.name, targets=targets, http=http))
    return synchronise(files, out, mode)
