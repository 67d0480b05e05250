"""Naming specs on the command line, and reading them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO, Any

import click

from safelight.diagnostic import SpecError, suggest
from safelight.loading import load
from safelight.model import Operation, Spec
from safelight.shipped import shipped


class SpecPath(click.ParamType[str]):
    """The path of a spec file, or the name of a shipped spec."""

    name = "spec"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Turn a name into a path; paths stay as they were written, so that messages name them the same way."""
        if _may_be_there(value):
            return value
        known = shipped()
        if value not in known:
            hint = suggest(value, known) or f"shipped specs are {', '.join(known)}"
            self.fail(f"there is no file and no shipped spec {value!r}; {hint}", param, ctx)
        return str(known[value])


def _may_be_there(path: str) -> bool:
    """Tell whether there is something at *path* that can be read, or that can be said to be unreadable, and why."""
    try:
        Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError is of a text that is no path
        return False
    except OSError:
        return True
    return path != ""


class BrokenSpec(click.ClickException):
    """A spec that cannot be used: all its problems, on stderr."""

    exit_code = 2

    def __init__(self, error: SpecError) -> None:
        super().__init__(str(error))
        self.error = error

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the problems."""
        from safelight.cli.output import print_findings

        print_findings(self.error.render(), file=file, err=True)


def read(path: str) -> Spec:
    """Load the spec at *path*.

    Raises:
        BrokenSpec: The spec cannot be read or is not sound.
    """
    try:
        return load(path)
    except SpecError as error:
        raise BrokenSpec(error) from error


def check_ids(ids: Iterable[str], known: Collection[str]) -> None:
    """Make sure that every id of a constraint is one.

    Raises:
        click.UsageError: One is not.
    """
    for id_ in ids:
        if id_ not in known:
            hint = suggest(id_, known) or "`safelight explain SPEC` shows what there is"
            raise click.UsageError(f"there is no constraint {id_!r}; {hint}")


def pick_operation(spec: Spec, name: str) -> Operation:
    """Find an operation of *spec* by its name.

    Raises:
        click.UsageError: There is no such operation.
    """
    operation = spec.operations.get(name)
    if operation is None:
        hint = suggest(name, spec.operations) or f"it has {', '.join(spec.operations)}"
        raise click.UsageError(f"{spec.name} has no operation {name!r}; {hint}")
    return operation
