"""``safelight contract``: try every rule of a spec against a server."""

from __future__ import annotations

from typing import Any, Final

import click
from click.core import ParameterSource

from safelight.cli.options import judging_options
from safelight.cli.output import format_option
from safelight.cli.specs import SpecPath, read

_COMPARING: Final = frozenset({"specs", "compare", "form", "json_file", "html"})
"""The options that have a meaning where reports are compared."""


@click.command("contract")
@click.argument("specs", metavar="SPEC", nargs=-1)
@click.option("--base-url", metavar="URL", help="Where the server is, as in http://127.0.0.1:8080/v1.")
@click.option("--api-key", help="The key.  [default: from the environment variable that SPEC names]")
@click.option("--operation", "operations", metavar="NAME", multiple=True, help="Only this call; may be repeated.")
@click.option("--model", "models", metavar="NAME", multiple=True, help="Only this model; may be repeated.")
@click.option(
    "--only", metavar="PATTERN", multiple=True, help="Only requests about constraints such as 'generate.n.*'."
)
@click.option(
    "--skip", metavar="PATTERN", multiple=True, help="No requests about these constraints, no findings of these kinds."
)
@judging_options
@click.option("--refused-only", is_flag=True, help="Only requests that the spec refuses: free if the server does too.")
@click.option("--each-model", is_flag=True, help="Break what several models share for each of them, not only once.")
@click.option(
    "--examples", type=click.IntRange(0), default=0, show_default=True, help="So many random requests on top."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other random requests.")
@click.option("--max-requests", type=click.IntRange(1), help="Send so many at most: those that show most.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests under way at once.")
@click.option("--timeout", type=click.FloatRange(0.1), default=120.0, show_default=True, help="Seconds for a request.")
@click.option("--budget", metavar="USD", type=click.FloatRange(0), help="Spend no more than this, by SPEC's prices.")
@click.option("--yes", is_flag=True, help="Do not ask before calling a host that may send a bill.")
@click.option("--dry-run", is_flag=True, help="Only list what would be sent, and what it would cost.")
@click.option("--narrow/--no-narrow", default=None, help="Take failed requests apart.  [default: where it is free]")
@click.option(
    "--replay",
    metavar="REPORT",
    type=click.Path(),
    help="Send what failed in this JSON report again, to its server or to another.",
)
@click.option("--resume", metavar="FILE", type=click.Path(), help="Keep results in FILE, and go on from there.")
@click.option("--compare", is_flag=True, help="Name JSON reports in place of SPEC, and put their servers side by side.")
@format_option
@click.option("--json", "json_file", metavar="FILE", type=click.Path(), help="Write the report as JSON.")
@click.option("--junit", metavar="FILE", type=click.Path(), help="Write the report as JUnit XML.")
@click.option("--html", metavar="FILE", type=click.Path(), help="Write the report as one HTML page.")
@click.option("--fail-under", metavar="PERCENT", type=click.FloatRange(0, 100), help="Fail if less is tried.")
@click.pass_context
def command(ctx: click.Context, /, *, specs: tuple[str, ...], compare: bool, **given: Any) -> int:  # noqa: ANN401 - click passes options of many types
    """Try every rule of a spec against a server.

    A computed list of requests breaks each constraint of SPEC alone and hits each border from both sides; random ones
    may come on top.  What the server does differently is reported.  With --replay, SPEC and --base-url are those of the
    report unless they are given.

    Exit code 0: the server does what SPEC says. 1: it does not, or not all could be judged. 2: nothing could be tested,
    or a report could not be written. With --compare, 0: the servers do the same. 1: they differ.
    """
    if compare:
        return _compare(ctx, specs, form=given["form"], json_file=given["json_file"], html=given["html"])
    if len(specs) > 1:
        several = "several reports are put side by side with --compare"
        raise click.UsageError(f"name one SPEC, not {len(specs)}; {several}")
    spec = next(iter(specs), None)
    if spec is None and given["replay"] is None:
        raise click.UsageError("name a SPEC, or reports with --compare")
    from safelight.cli.contract_run import Asked, Run, Stopped
    from safelight_testkit.contract.archive import BrokenArchive, read_report
    from safelight_testkit.contract.runner import CannotRun

    try:
        if given["replay"] is not None:
            origin = read_report(given["replay"]).origin
            spec = spec or origin.spec
            given["base_url"] = given["base_url"] or origin.base_url
        path = SpecPath().convert(str(spec), next(one for one in ctx.command.params if one.name == "specs"), ctx)
        return Run(read(path), Asked(**given)).run()
    except (BrokenArchive, CannotRun) as error:
        raise Stopped(str(error)) from error


def _compare(
    ctx: click.Context, reports: tuple[str, ...], *, form: str, json_file: str | None, html: str | None
) -> int:
    """Put the servers of reports side by side."""
    for option in ctx.command.params:
        name = option.name or ""
        if name not in _COMPARING and ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{option.opts[0]} has no meaning with --compare, which sends nothing")
    if len(reports) < 2:
        raise click.UsageError("--compare takes two JSON reports or more, as in --compare a.json b.json")
    from safelight.cli.contract_compare import side_by_side

    return side_by_side(reports, form=form, json_file=json_file, html=html)
