"""A run of ``safelight contract``: from what was asked for to the files it leaves behind."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from safelight.cli.output import print_json
from safelight.cli.specs import pick_operation
from safelight.diagnostic import suggest
from safelight.model import Basis, Spec
from safelight.records import dataclass
from safelight.vocabulary.index import identified

if TYPE_CHECKING:
    from safelight_testkit.contract.report import Report
    from safelight_testkit.contract.result import Result
    from safelight_testkit.contract.workload import Workload

__all__ = ["Asked", "Run", "Stopped"]

_INTERRUPTED: Final = 130
_THUMBNAILS: Final = 2


class Stopped(click.ClickException):
    """Nothing could be tested."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of the command."""

    base_url: str | None
    api_key: str | None
    operations: tuple[str, ...]
    models: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    basis: frozenset[Basis]
    as_of: date | None
    refused_only: bool
    each_model: bool
    examples: int
    seed: int
    max_requests: int | None
    workers: int
    timeout: float
    budget: float | None
    yes: bool
    dry_run: bool
    narrow: bool | None
    replay: str | None
    resume: str | None
    form: str
    json_file: str | None
    junit: str | None
    html: str | None
    fail_under: float | None


class Run:
    """One run of the command.

    Args:
        spec: The spec.
        asked: The options.
    """

    def __init__(self, spec: Spec, asked: Asked) -> None:
        self._spec = spec
        self._asked = asked

    def run(self) -> int:
        """Do what was asked for.

        Returns:
            The exit code: 0 where all that was sent passed.

        Raises:
            click.ClickException: The options make no sense together, or nothing can be tested.
        """
        asked, work = self._asked, self._workload()
        if not work.trials:
            return self._idle()
        if asked.dry_run:
            self._show(work)
            return 0
        if asked.base_url is None:
            raise click.UsageError("say where the server is, with --base-url")
        for path in (asked.json_file, asked.junit, asked.html, asked.resume):
            if path is not None and not _can_be_written(path):
                raise click.UsageError(f"{path} cannot be written: name a file in a folder of yours that is there")
        report = self._conduct(work, _checked_url(asked.base_url))
        self._write(report)
        if report.interrupted:
            return _INTERRUPTED
        from safelight_testkit.contract.report import exit_code

        return exit_code(report, asked.fail_under)

    def _idle(self) -> int:
        """Say that there is nothing to send: fine where nothing had failed, a mistake where nothing was left over."""
        if not (self._asked.replay or self._asked.dry_run):
            raise Stopped("there is nothing to send: the options leave out every request")
        click.echo("there is nothing to send")
        return 0

    # --- what is sent ---

    def _workload(self) -> Workload:
        from safelight_testkit.contract.archive import read_report
        from safelight_testkit.contract.report import failed_trials
        from safelight_testkit.contract.selection import Selection
        from safelight_testkit.contract.workload import again, workload

        asked, spec = self._asked, self._spec
        if asked.replay is not None:
            return again(spec, failed_trials(read_report(asked.replay)), as_of=asked.as_of, basis=asked.basis)
        for name in asked.operations:
            pick_operation(spec, name)
        known = (*spec.names, *spec.families)
        for name in asked.models:
            if name not in known:
                raise click.UsageError(f"{spec.name} has no model {name!r}; {suggest(name, known)}".removesuffix("; "))
        work = workload(
            spec,
            Selection(
                operations=asked.operations,
                models=tuple(spec.names.get(name, name) for name in asked.models),
                only=asked.only,
                skip=asked.skip,
                refused_only=asked.refused_only,
                each_model=asked.each_model,
                examples=asked.examples,
                seed=asked.seed,
                most=asked.max_requests,
            ),
            as_of=asked.as_of,
            basis=asked.basis,
        )
        if not work.trials and asked.only:
            ids = [name for operation in spec.operations.values() for name in identified(operation)]
            hint = suggest(asked.only[0], ids)
            raise click.UsageError(f"no constraint fits {' or '.join(asked.only)}; {hint}".removesuffix("; "))
        return work

    def _show(self, work: Workload) -> None:
        from safelight_testkit.contract.terminal import plan_text

        if self._asked.form == "text":
            click.echo(plan_text(work, rows=True), nl=False)
            return
        rows = [
            {
                "number": trial.number,
                "operation": trial.operation,
                "model": trial.model,
                "refused": trial.refused,
                "constraints": list(trial.constraints),
                "usd": trial.usd,
                "body": trial.body,
            }
            for trial in work.trials
        ]
        totals = {"refused": work.refused, "billable": work.billable, "usd": work.usd, "risk": work.risk}
        print_json({"requests": rows, **totals})

    # --- the run ---

    def _conduct(self, work: Workload, base_url: str) -> Report:
        from safelight_testkit.contract.archive import Progress
        from safelight_testkit.contract.progress import ProgressDisplay
        from safelight_testkit.contract.runner import Options
        from safelight_testkit.contract.session import Session, contract
        from safelight_testkit.contract.wire import is_loopback

        asked, paid = self._asked, not is_loopback(base_url)
        key = self._key(paid=paid)
        self._ask(work, base_url, paid=paid)
        options = Options(
            base_url=base_url,
            key=key,
            workers=asked.workers,
            budget=asked.budget,
            paid=paid,
            pictures=_THUMBNAILS if asked.html is not None else 0,
            ignore=asked.skip,
        )
        session = Session(
            spec=self._spec,
            options=options,
            as_of=asked.as_of,
            basis=asked.basis,
            seed=asked.seed,
            narrow=not paid if asked.narrow is None else asked.narrow,
        )
        with ExitStack() as stack:
            display = stack.enter_context(ProgressDisplay(len(work.trials)))
            kept = Progress(asked.resume, self._identity(base_url)) if asked.resume is not None else None
            known: Mapping[str, Result] = {}
            if kept is not None:
                known = kept.known()
                stack.callback(kept.close)

            def tell(result: Result) -> None:
                display.tell(result)
                if kept is not None:
                    kept.add(result)

            return contract(session, work, timeout=asked.timeout, known=known, tell=tell)

    def _key(self, *, paid: bool) -> str:
        key = self._asked.api_key or os.environ.get(self._spec.key_variable, "")
        if not key and paid and self._spec.auth:
            raise click.UsageError(f"there is no API key: set {self._spec.key_variable}, or give one with --api-key")
        if not (key.isascii() and key.isprintable()):
            raise click.UsageError("an API key is printable ASCII: no other fits into a header")
        return key or "safelight"

    def _ask(self, work: Workload, base_url: str, *, paid: bool) -> None:
        """Say what a run may cost, and make sure that it is meant."""
        from safelight_testkit.contract.terminal import plan_text

        asked = self._asked
        if asked.budget is not None and work.usd is None:
            raise click.UsageError(f"a budget needs prices, and {self._spec.name} does not tell all of them")
        if not paid:
            return
        click.echo(plan_text(work, rows=False), nl=False, err=True)
        if asked.yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError(f"{urlsplit(base_url).hostname} may send a bill: say --yes if that is meant")
        click.confirm(f"Send them to {urlsplit(base_url).hostname}?", abort=True, err=True)

    def _identity(self, base_url: str) -> Mapping[str, str]:
        """What tells this run from others, for a file to resume it from: results must have been judged the same way."""
        from safelight_testkit.judging.verdict import FINDINGS

        ignored = sorted(kind for kind in FINDINGS if any(fnmatchcase(kind, one) for one in self._asked.skip))
        day = (self._asked.as_of or self._spec.revised).isoformat()
        basis = ",".join(sorted(self._asked.basis))
        return {
            "spec": self._spec.digest,
            "base_url": base_url,
            "as_of": day,
            "basis": basis,
            "--skip": ",".join(ignored),
        }

    # --- the report ---

    def _write(self, report: Report) -> None:
        from safelight_testkit.contract.archive import report_text
        from safelight_testkit.contract.terminal import summary_text

        asked = self._asked
        try:
            if asked.json_file is not None:
                _write_whole(Path(asked.json_file), report_text(report))
            if asked.junit is not None:
                from safelight_testkit.contract.junit import junit_text

                _write_whole(Path(asked.junit), junit_text(report))
            if asked.html is not None:
                from safelight_testkit.contract.page import page_text

                _write_whole(Path(asked.html), page_text(report))
        finally:  # What was found, and perhaps paid for, is told even where a disk has become full meanwhile.
            click.echo(report_text(report) if asked.form == "json" else summary_text(report), nl=False)


def _can_be_written(path: str) -> bool:
    """Tell whether a file can be written, as far as it can be known before: the requests are sent first."""
    file = Path(path).absolute()
    try:
        is_file = not stat.S_ISDIR(file.stat().st_mode)
    except FileNotFoundError:
        return file.parent.is_dir() and os.access(file.parent, os.W_OK | os.X_OK)
    except (OSError, ValueError):  # as of a name that is too long, or of a folder that may not be looked into
        return False
    return is_file and os.access(file, os.W_OK)


def _write_whole(path: Path, text: str) -> None:
    """Write a report, or, where somebody loses patience meanwhile, leave the one that was there as it was."""
    aside = path.with_name(f"{path.name}.part") if path.is_file() or not path.exists() else path
    try:
        try:
            aside.write_text(text, "utf-8", errors="backslashreplace")
            if aside != path:
                aside.replace(path)
        finally:
            if aside != path:
                aside.unlink(missing_ok=True)
    except OSError as error:
        raise Stopped(f"{path}: {error.strerror or error}") from error


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable():
        raise click.UsageError(f"--base-url is an address such as http://127.0.0.1:8080/v1, not {url!r}")
    return url.rstrip("/")
