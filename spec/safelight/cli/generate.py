"""``safelight generate``: write what follows from specs, or tell where it is not what the specs say."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from safelight.cli.output import format_option, print_json
from safelight.cli.specs import BrokenSpec, SpecPath
from safelight.diagnostic import SpecError, suggest
from safelight.shipped import shipped

if TYPE_CHECKING:
    from safelight_codegen import Changes, Http, Target


_TARGETS: Final = ("python", "openapi", "jsonschema")
_OUT: Final = "generated"
_ALL: Final = ",".join(_TARGETS)
_HTTP: Final = "httpx2"


class _NotWritten(click.ClickException):
    """A file cannot be written."""

    exit_code = 2


class TargetList(click.ParamType[tuple[str, ...]]):
    """Kinds of output with commas between them."""

    name = "kinds"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the list."""
        if not isinstance(value, str):
            return value
        names = tuple(dict.fromkeys(name.strip() for name in value.split(",")))
        for name in names:
            if name not in _TARGETS:
                self.fail(
                    f"{name!r} is no kind of output; {suggest(name, _TARGETS) or 'there are ' + ', '.join(_TARGETS)}",
                    param,
                    ctx,
                )
        return names


@click.command("generate")
@click.argument("specs", metavar="[SPEC]...", nargs=-1, type=SpecPath())
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(_OUT),
    show_default=True,
    help="The folder to write into.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail, with a diff, where a file is not as generated.")
@click.option("--diff", is_flag=True, help="Write nothing; print what writing would change.")
@click.option(
    "--only",
    type=TargetList(),
    default=_ALL,
    show_default=True,
    help="The kinds of output to make, with commas between them.",
)
@click.option(
    "--http",
    type=click.Choice(["httpx2", "httpx"]),
    default=_HTTP,
    show_default=True,
    help="The HTTP library of Python clients.",
)
@format_option
def command(
    *, specs: tuple[str, ...], out: Path, check: bool, diff: bool, only: tuple[Target, ...], http: Http, form: str
) -> int:
    """Write the clients and schemas of specs.

    Without a SPEC, those of every spec in the folder spec/, or else of the shipped ones.

    What JSON Schema and OpenAPI cannot say of a spec is listed in their files, and after writing them.

    Exit code 0: written, or nothing to change. 1: --check or --diff found something. 2: a SPEC is broken, or a file
    cannot be written.
    """
    from safelight_codegen import Mode, WriteError, generate

    mode = Mode.DIFF if check or diff else Mode.WRITE
    found: dict[str, Changes] = {}
    for path in specs or _default_specs():
        try:
            found[path] = generate(Path(path), out, mode, targets=only, http=http)
        except SpecError as error:
            raise BrokenSpec(error) from error
        except WriteError as error:
            raise _NotWritten(str(error)) from error
    if form == "json":
        print_json([{"spec": path, "out": str(out), **_as_json(changes)} for path, changes in found.items()])
    else:
        for path, changes in found.items():
            if mode is Mode.WRITE:
                _print_written(path, out, changes)
            else:
                _print_compared(path, out, changes, _command(path, out, only, http))
    return int(mode is not Mode.WRITE and not all(changes.clean for changes in found.values()))


def _default_specs() -> tuple[str, ...]:
    """The specs of the checkout that the command is run in; outside of one, those that come with Safelight."""
    here = sorted(Path("spec").glob("*.yaml"))
    return tuple(str(path) for path in (here or shipped().values()))


def _print_written(path: str, out: Path, changes: Changes) -> None:
    written, removed = len(changes.changed) + len(changes.missing), len(changes.extra) - len(changes.kept)
    told = [f"{word} {count}" for word, count in (("wrote", written), ("removed", removed)) if count]
    click.echo(f"{path}: {' and '.join(told) + ' files' if told else 'nothing to change'} in {out}")
    if changes.unsaid:
        click.echo(f"{path}: JSON Schema and OpenAPI cannot say {len(changes.unsaid)} of its constraints:")
        for line in changes.unsaid:
            click.echo(f"  {line}")
    for name in changes.kept:
        click.echo(f"{out / name}: not made by safelight generate, left alone", err=True)


def _command(path: str, out: Path, only: tuple[Target, ...], http: Http) -> str:
    """What to type to have written what was compared."""
    words = ["safelight", "generate", path]
    for option, given, usual in (("--out", str(out), _OUT), ("--only", ",".join(only), _ALL), ("--http", http, _HTTP)):
        if given != usual:
            words += [option, given]
    return shlex.join(words)


def _print_compared(path: str, out: Path, changes: Changes, command: str) -> None:
    for line in (*changes.diff, *changes.summary(command)):
        click.echo(line)
    if changes.clean:
        click.echo(f"{path}: {out} is up to date")


def _as_json(changes: Changes) -> dict[str, object]:
    return {
        "clean": changes.clean,
        "changed": changes.changed,
        "missing": changes.missing,
        "extra": changes.extra,
        "kept": changes.kept,
        "diff": changes.diff,
        "unsaid": changes.unsaid,
    }
