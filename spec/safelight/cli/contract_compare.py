"""``safelight contract --compare``: servers side by side, by their reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from safelight.cli.contract_run import Stopped
from safelight.cli.output import print_json

__all__ = ["side_by_side"]


def side_by_side(paths: Sequence[str], *, form: str, json_file: str | None, html: str | None) -> int:
    """Compare reports, and print and write what differs.

    Args:
        paths: Where the reports are.
        form: How to print: ``text`` or ``json``.
        json_file: Where to write the comparison as JSON.
        html: Where to write it as an HTML page.

    Returns:
        The exit code: 0 where the servers do the same, as far as they were asked the same.

    Raises:
        Stopped: The reports cannot be read or compared, or a file cannot be written.
    """
    from safelight_testkit.contract.archive import BrokenArchive, read_report
    from safelight_testkit.contract.compare import compare
    from safelight_testkit.contract.side_by_side import comparison_json, comparison_page, comparison_text, servers

    try:
        reports = [read_report(path) for path in paths]
        found = compare(reports)
    except (BrokenArchive, ValueError) as error:
        raise Stopped(str(error)) from error
    of = servers(paths, reports)
    machine = comparison_json(found, of, paths)
    if json_file is not None:
        _write(json_file, json.dumps(machine, ensure_ascii=False, indent=1) + "\n")
    if html is not None:
        _write(html, comparison_page(found, of))
    if form == "json":
        print_json(machine)
    else:
        click.echo(comparison_text(found, of), nl=False)
    return int(not found.same)


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, "utf-8", errors="backslashreplace")
    except OSError as error:
        raise Stopped(f"{path}: {error.strerror or error}") from error
