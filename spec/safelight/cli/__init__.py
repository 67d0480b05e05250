"""The command line: ``safelight COMMAND``.

Each command is a module of this package, imported when it is called: ``safelight --help`` loads neither a YAML parser
nor a server.  The summaries therefore stand here, and a test holds them to the commands' own.

Exit codes are the same for all: 0 fine, 1 there are findings, 2 a command that makes no sense or a spec that is broken,
130 interrupted.  What is wrong goes to stderr as text; nothing that a user can type or feed ends in a traceback.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NoReturn

import click

from safelight import __version__
from safelight.cli.streams import make_usable

__all__ = ["COMMANDS", "main", "safelight"]

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lint": "Check that specs are sound.",
        "test-spec": "Run the cases that stand beside the rules of specs.",
        "validate": "Tell what a spec says about a request body.",
        "explain": "Say in words what a spec says about a parameter or a rule.",
        "generate": "Write the clients and schemas of specs.",
        "serve": "Serve a fake of an API.",
        "contract": "Try every rule of a spec against a server.",
        "mutants": "Show that the contract suite can fail.",
    }
)
"""The commands in the order of a spec's life, each with its summary."""

_INTERRUPTED: Final = 130
_ALLOCATIONS: Final = 20_000
"""After how many new objects to look for cycles among them.  Modules, specs and answers are made of very many objects
and hold no cycles that anybody lets go of: with Python's own number, every command spends a twentieth of its start on
looking."""


class _LazyGroup(click.Group):
    """A group that imports a command when it is called, not when it is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - same
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from safelight.diagnostic import suggest

            hint = suggest(name, COMMANDS) or f"there are {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - same
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="safelight %(version)s")
def safelight() -> None:
    """One spec for an image-generation API, and everything else follows from it.

    SPEC is the path of a spec file or the name of a shipped spec, such as ttapi-images.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Args:
        arguments: The words after ``safelight``; those of the process by default.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    gc.set_threshold(_ALLOCATIONS)
    atexit.register(gc.freeze)  # a process that ends gives its memory back as a whole: no search for cycles in it
    make_usable()
    try:
        with safelight.make_context("safelight", words) as context:
            status: object = safelight.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = _INTERRUPTED
    except OSError as error:
        # Commands tell of files themselves, so this is our output, which has no more room.  Give the interpreter
        # something else to flush into.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = "cannot write" if error.filename is None else os.fsdecode(error.filename)
        click.echo(f"{what}: {error.strerror or error}", err=True)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)
