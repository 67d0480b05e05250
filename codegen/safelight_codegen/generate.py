"""From a spec file to files, or to the difference between them and what is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from safelight import load
from safelight_codegen.exports import unsaid
from safelight_codegen.options import TARGETS, Http, Options, Target
from safelight_codegen.render import render
from safelight_codegen.writer import Changes, Mode, synchronise

__all__ = ["generate"]

_EXPORTS: Final = frozenset({"openapi", "jsonschema"})


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
        What was not as it must be; after writing, it is.  With it comes what the files say less of than the spec.

    Raises:
        SpecError: The spec file cannot be read, or has problems.
        WriteError: A file cannot be written, or a folder holds files of somebody else.
    """
    loaded = load(spec)
    changes = synchronise(render(loaded, Options(source=spec.name, targets=targets, http=http)), out, mode)
    notes = unsaid(loaded) if _EXPORTS.intersection(targets) else ()
    return replace(changes, unsaid=tuple(f"{one.id}: {one.requirement} ({one.reason})" for one in notes))
