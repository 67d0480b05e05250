"""``safelight mutants``: show that the contract suite can fail."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import click

from safelight.cli.options import judging_options
from safelight.cli.output import columns, format_option, print_json
from safelight.cli.specs import SpecPath, pick_operation, read
from safelight.model import Basis, Spec

if TYPE_CHECKING:
    from safelight_testkit.mutants.fate import Fate
    from safelight_testkit.mutants.hunt import Half, Job, Quarry
    from safelight_testkit.mutants.mutant import Mutant
    from safelight_testkit.mutants.report import Report

_INTERRUPTED: Final = 130
_MOST_WORKERS: Final = 8


@click.command("mutants")
@click.argument("spec", metavar="SPEC", type=SpecPath())
@click.option("--operation", metavar="NAME", help="Only what shows in this call.")
@click.option("--only", metavar="PATTERN", multiple=True, help="Only mutants such as 'generate.n.*'; may be repeated.")
@click.option("--fake", "half", flag_value="fake", help="Only mutants of the fake.  [default: both]")
@click.option("--validators", "half", flag_value="validator", help="Only mutants of the compiled validators.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that hunt at once.  [default: one a processor]")
@click.option("--list", "only_list", is_flag=True, help="Only list the mutants.")
@judging_options
@format_option
def command(
    *,
    spec: str,
    operation: str | None,
    only: tuple[str, ...],
    half: str | None,
    workers: int | None,
    only_list: bool,
    basis: frozenset[Basis],
    as_of: date | None,
    form: str,
) -> int:
    """Show that the contract suite can fail.

    A mutant is a fake with one thing wrong: a limit off by one, a value lost, a rule turned round, a field missing, a
    dead link.  The suite, which follows SPEC, is let loose on each until it finds something.  So are compiled
    validators that follow a mutant, against the interpreter.

    Exit code 0: the suite noticed every mutant that can be noticed. 1: some survived. 2: nothing could be shown.
    """
    loaded = read(spec)
    if operation is not None:
        pick_operation(loaded, operation)
    quarries, mutants = _chosen(loaded, operation, only, half)
    if not quarries:
        raise click.UsageError(f"no mutant of {loaded.name} fits; --list tells what there is")
    if only_list:
        _print_list(quarries, mutants, form)
        return 0
    stated = click.get_current_context().get_parameter_source("basis")
    every = stated is click.core.ParameterSource.DEFAULT
    from safelight_codegen.python.compiling import compiled
    from safelight_testkit.mutants.hunt import Job

    counting = tuple(one.value for one in (Basis if every else sorted(basis)))
    job = Job(path=spec, as_of=as_of, basis=counting, compile=compiled)
    report = _hunted(job, loaded, quarries, workers or min(os.cpu_count() or 1, _MOST_WORKERS))
    from safelight_testkit.mutants.report import report_record, report_text

    if form == "json":
        print_json(report_record(report))
    else:
        click.echo(report_text(report), nl=False)
    if report.missing:
        return _INTERRUPTED
    return int(bool(report.survivors))


class _NothingShown(click.ClickException):
    """The hunt shows nothing."""

    exit_code = 2


def _chosen(
    spec: Spec, operation: str | None, only: tuple[str, ...], half: str | None
) -> tuple[list[Quarry], dict[str, Mutant]]:
    """Choose what is hunted."""
    from safelight_testkit.mutants.catalogue import catalogue
    from safelight_testkit.mutants.hunt import Half, Quarry

    mutants = {
        id_: mutant
        for id_, mutant in catalogue(spec).items()
        if (operation is None or mutant.operation in {"", operation})
        and (not only or any(fnmatchcase(id_, pattern) for pattern in only))
    }
    halves: Sequence[Half] = [Half(half)] if half is not None else list(Half)
    return [
        Quarry(one, id_) for one in halves for id_, mutant in mutants.items() if one is Half.FAKE or mutant.is_rule
    ], mutants


def _print_list(quarries: Sequence[Quarry], mutants: dict[str, Mutant], form: str) -> None:
    rows = [(one.half.value, mutants[one.mutant].group.value, one.mutant, mutants[one.mutant].text) for one in quarries]
    if form == "json":
        print_json([dict(zip(("half", "group", "mutant", "text"), row, strict=True)) for row in rows])
    else:
        click.echo(columns(("half", "group", "mutant", "what is wrong"), rows))


def _hunted(job: Job, spec: Spec, quarries: Sequence[Quarry], workers: int) -> Report:
    from safelight_testkit.mutants.hunt import hunt
    from safelight_testkit.mutants.hunter import Unsound
    from safelight_testkit.mutants.report import report_of

    fates: dict[Quarry, Fate] = {}
    started = time.perf_counter()
    with click.progressbar(length=len(quarries), label="hunting", file=sys.stderr) as bar:

        def tell(quarry: Quarry, fate: Fate) -> None:
            fates[quarry] = fate
            bar.update(1)

        try:
            hunt(job, quarries, workers=workers, tell=tell)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
        except Unsound as error:
            raise _NothingShown(str(error)) from error
    return report_of(spec, quarries, fates, time.perf_counter() - started)
