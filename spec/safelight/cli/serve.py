"""``safelight serve``: serve a fake of an API."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from safelight import Spec, SpecError
from safelight.cli.options import Latency, judging_options
from safelight.cli.specs import BrokenSpec, SpecPath, check_ids
from safelight.model import Basis
from safelight.vocabulary.index import identified

if TYPE_CHECKING:
    from safelight_mockserver import Fault, Options
    from safelight_mockserver.calls.service import Check


@click.command("serve")
@click.argument("spec", metavar="SPEC", type=SpecPath())
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="The port; 0 for any that is free."
)
@click.option(
    "--api-key", envvar="SAFELIGHT_API_KEY", show_envvar=True, help="The only key to accept.  [default: any, but one]"
)
@judging_options
@click.option("--ignore", metavar="ID", multiple=True, help="Do not enforce this constraint; may be repeated.")
@click.option(
    "--face",
    type=click.Choice(["strict", "tolerant"]),
    default="strict",
    show_default=True,
    help="A tolerant relay mends requests instead of refusing them.",
)
@click.option(
    "--latency",
    type=Latency(),
    default="none",
    show_default=True,
    help="How long answers take: none, realistic, or a multiple of realistic, as 0.1.",
)
@click.option("--rate-limit", metavar="RATE", help="What each key may use: 5/min, or 5 requests/min, 20 images/min.")
@click.option(
    "--scenario", metavar="FILE", type=click.Path(dir_okay=False), help="Order the faults of this file from the start."
)
@click.option("--check-responses", is_flag=True, help="Judge every answer that is sent; exit code 1 if one is wrong.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other pictures.")
@click.option(
    "--images",
    metavar="NAME",
    default="picture",
    show_default=True,
    help="What draws: picture, plain (one colour), tiny (one pixel), or a function of yours as module:function.",
)
@click.option("--control-key", envvar="SAFELIGHT_CONTROL_KEY", show_envvar=True, help="The key of the control API.")
@click.option("--no-control", is_flag=True, help="Serve no control API and no page at /_safelight/.")
@click.option(
    "--public-url", help="Where clients reach the server, for the links in answers.  [default: where they called]"
)
@click.option(
    "--state",
    metavar="URL",
    envvar="SAFELIGHT_STATE",
    show_envvar=True,
    help="Where log, faults, rate limits and clock are: memory, or redis://HOST:PORT/DB for servers that share them."
    "  [default: memory]",
)
@click.option(
    "--workers", type=click.IntRange(1), default=1, show_default=True, help="How many processes serve from one port."
)
@click.option(
    "--max-connections",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="How many connections a process takes at a time.",
)
@click.option(
    "--grace",
    metavar="SECONDS",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How long answers have to end when the server is told to stop.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Whether requests and everything else are told in words or as JSON, one object a line.",
)
def command(
    *,
    spec: str,
    host: str,
    port: int,
    api_key: str | None,
    basis: frozenset[Basis],
    as_of: date | None,
    ignore: tuple[str, ...],
    face: Literal["strict", "tolerant"],
    latency: float,
    rate_limit: str | None,
    scenario: str | None,
    check_responses: bool,
    seed: int,
    images: str,
    control_key: str | None,
    no_control: bool,
    public_url: str | None,
    state: str | None,
    workers: int,
    max_connections: int,
    grace: int,
    log_format: str,
) -> int:
    """Serve a fake of an API.

    It keeps to the rules of SPEC, draws real pictures, costs nothing, and follows the file when it is edited.  Ctrl-C
    stops it, after the answers that are under way.

    At /_safelight/ is a page that shows every request as it comes, and a control API for tests.

    Exit code 0: stopped. 1: an answer was wrong. 2: SPEC or the scenario is broken, or the port is taken.
    """
    from safelight_mockserver import Limits, Options, serve
    from safelight_mockserver.live import LiveSpec
    from safelight_mockserver.rates import read_rate

    try:
        source = LiveSpec(Path(spec))
    except SpecError as error:
        raise BrokenSpec(error) from error
    loaded = source.current()
    check_ids(ignore, [id_ for operation in loaded.operations.values() for id_ in identified(operation)])
    try:
        options = Options(
            api_key=api_key,
            basis=basis,
            as_of=as_of,
            ignore=ignore,
            face=face,
            latency=latency,
            rate_limits=read_rate(rate_limit) if rate_limit is not None else (),
            seed=seed,
            images=images,
            control=not no_control,
            control_key=control_key,
            public_url=public_url,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    faults = _faults(scenario, loaded)
    return serve(
        source,
        host=host,
        port=port,
        options=options,
        limits=Limits(connections=max_connections, grace=grace),
        faults=faults,
        check=_check(options) if check_responses else None,
        state=state or None,
        workers=workers,
        as_json=log_format == "json",
    )


def _faults(scenario: str | None, spec: Spec) -> tuple[Fault, ...]:
    """Read the scenario, if there is one."""
    if scenario is None:
        return ()
    from safelight_mockserver.faults.scenario import load_scenario

    try:
        return load_scenario(scenario, spec)
    except SpecError as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(2) from error


def _check(options: Options) -> Check:
    """Return the judge of answers; it is part of the test kit, which stands on the fake."""
    from safelight_testkit.selfcheck import SelfCheck

    return SelfCheck.of(options)
