"""``safelight test-spec``: run the cases that stand beside the rules of specs."""

from __future__ import annotations

import click

from safelight.cli.output import format_option, print_findings, print_json
from safelight.cli.specs import SpecPath, read
from safelight.diagnostic import excerpt, lines_of
from safelight.judging.cases import CaseResult, run_cases
from safelight.loading import read_text
from safelight.model import Json


@click.command("test-spec")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=SpecPath())
@format_option
def command(specs: tuple[str, ...], form: str) -> int:
    """Run the cases that stand beside the rules of specs.

    A case under accepts must break nothing; one under rejects must break its rule and nothing else.

    Exit code 0: all cases do. 1: some do not. 2: a SPEC is broken.
    """
    results = {path: run_cases(read(path)) for path in specs}
    failures = {path: [one for one in cases if not one.passed] for path, cases in results.items()}
    if form == "json":
        print_json(
            [
                {"path": path, "cases": len(cases), "failures": [_as_json(one) for one in failures[path]]}
                for path, cases in results.items()
            ]
        )
    else:
        for path, cases in results.items():
            for one in failures[path]:
                where = f"{path}:{one.place.line}:{one.place.column}"
                case = f"number {one.number} under {one.kind} {one.explanation}"
                print_findings(f"{where}: error[{one.rule}]: {case}{excerpt(lines_of(read_text(path)), one.place)}")
            click.echo(f"{path}: {len(cases)} cases, {len(failures[path])} failed")
    return int(any(failures.values()))


def _as_json(result: CaseResult) -> Json:
    return {
        "rule": result.rule,
        "kind": result.kind,
        "number": result.number,
        "line": result.place.line,
        "column": result.place.column,
        "body": dict(result.body),
        "expected": list(result.expected),
        "found": [{"rule": finding.rule, "message": finding.message} for finding in result.found],
    }
