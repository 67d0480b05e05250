"""``safelight serve``: serve a fake of an API."""

from __future__ import annotations

from datetime import date

import click

from safelight.cli.options import judging_options
from safelight.cli.specs import SpecPath, check_ids, read
from safelight.index import identified
from safelight.model import Basis


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
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other pictures.")
@click.option(
    "--public-url", help="Where clients reach the server, for the links in answers.  [default: where they called]"
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
    seed: int,
    public_url: str | None,
) -> int:
    """Serve a fake of an API.

    It keeps to the rules of SPEC, draws real pictures, costs nothing, and follows the file when it is edited.  Ctrl-C
    stops it.

    Exit code 0: stopped. 2: SPEC is broken, or the port is taken.
    """
    from safelight_mockserver import Options, serve

    operations = read(spec).operations.values()
    check_ids(ignore, [id_ for operation in operations for id_ in identified(operation)])
    try:
        options = Options(api_key=api_key, basis=basis, as_of=as_of, ignore=ignore, seed=seed, public_url=public_url)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return serve(spec, host=host, port=port, options=options)
