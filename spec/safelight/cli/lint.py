"""``safelight lint``: check that specs are sound."""

from __future__ import annotations

import click

from safelight.cli.output import format_option, print_findings, print_json
from safelight.cli.specs import SpecPath
from safelight.diagnostic import Problem, SpecError
from safelight.loading import load

_BROKEN = 2


@click.command("lint")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=SpecPath())
@format_option
def command(specs: tuple[str, ...], form: str) -> int:
    """Check that specs are sound.

    All problems of all SPECs are told, each with its line and, where there is one, a suggestion.  Whether what
    a SPEC says makes sense is asked of every part that could be read.

    Exit code 0: none. 2: at least one spec is broken.
    """
    errors = {path: _error(path) for path in specs}
    if form == "json":
        print_json(
            [
                {
                    "path": path,
                    "sound": error is None,
                    "problems": [_problem(one) for one in error.problems] if error else [],
                }
                for path, error in errors.items()
            ]
        )
    else:
        for path, error in errors.items():
            if error is None:
                click.echo(f"{path}: sound")
            else:
                print_findings(error.render(), err=True)
    return _BROKEN if any(errors.values()) else 0


def _error(path: str) -> SpecError | None:
    try:
        load(path)
    except SpecError as error:
        return error
    return None


def _problem(problem: Problem) -> dict[str, str | int]:
    return {
        "line": problem.place.line,
        "column": problem.place.column,
        "code": problem.code,
        "message": problem.message,
        "help": problem.help,
    }
