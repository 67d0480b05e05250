"""The command line of a generated client, as a table.

The generated ``__main__`` states one `Command`, or `Commands` where the API has several operations; the parser follows
from it.  Numbers are read here, and judged by the rules of the API like those of any other call, so that the refusal is
the same sentence everywhere.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from ._operation import Api, Operation
from ._settings import DEFAULT_TIMEOUT

__all__ = ["Command", "Commands", "Flag", "FormatFlag", "parser_of", "read_line"]

Kind: TypeAlias = Literal["text", "integer", "number", "switch", "json"]

_OPERATION = "option operation"
_EXIT_CODES = "Exit codes: 0 saved, 1 refused or failed, 2 wrong usage, 130 interrupted."


class Flag(NamedTuple):
    """A parameter of the operation as an option of the command.

    Attributes:
        parameter: Its name in the request body.
        kind: How its text is read; the rules of the API judge the value, not the command line.
        help: What it is for, and what it takes.
        option: The option, where it is not the parameter's name: this command has options of its own.
    """

    parameter: str
    kind: Kind
    help: str
    option: str = ""

    @property
    def name(self) -> str:
        """The option, as it is written on the command line."""
        return self.option or f"--{self.parameter.replace('_', '-')}"


class FormatFlag(NamedTuple):
    """The parameter that chooses the file format.

    Attributes:
        parameter: Its name in the request body.
        default: The format that comes when it is not sent.
        values: By format, as in `_formats`: the parameter's value.
    """

    parameter: str
    default: str
    values: Mapping[str, str]


class Command(NamedTuple):
    """What the generated ``__main__`` knows of an operation.

    Attributes:
        prog: How the command is called, for the usage line.
        doc: What it does, one sentence.
        api: The API.
        operation: The operation it calls.
        prompt: The parameter that is the positional argument.
        flags: All other parameters, in the order of the spec.
        format: The parameter that chooses the file format, if the API has one.
        partials: The parameter that says how many partial images to stream, if the API has one.
    """

    prog: str
    doc: str
    api: Api
    operation: Operation[Any, Any]
    prompt: Flag
    flags: tuple[Flag, ...]
    format: FormatFlag | None = None
    partials: str | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters, the prompt first."""
        return (self.prompt.parameter, *(flag.parameter for flag in self.flags))

    def option(self, parameter: str) -> str:
        """The option by which one of them is given."""
        return next(flag.name for flag in self.flags if flag.parameter == parameter)


class Commands(NamedTuple):
    """What the generated ``__main__`` knows of an API of several operations.

    Attributes:
        prog: How the command is called, for the usage line.
        doc: What the API is, one sentence.
        operations: By the word that stands first on the command line: the command of an operation.
    """

    prog: str
    doc: str
    operations: Mapping[str, Command]


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


_READERS: Mapping[Kind, Callable[[str], Any]] = {"text": str, "integer": int, "number": float, "json": _json}


def read_line(command: Command | Commands, argv: Sequence[str] | None) -> tuple[Command, Mapping[str, Any]]:
    """Read a command line: which operation is called, and what is given, as `parser_of` names it.

    Raises:
        SystemExit: It asks for help, or it is wrong, and its reader has been told why.
    """
    options = vars(parser_of(command).parse_args(argv))
    return (command if isinstance(command, Command) else command.operations[options[_OPERATION]]), options


def parser_of(command: Command | Commands) -> argparse.ArgumentParser:
    """Make the parser.

    Parameters are in the results as ``api NAME``, the command's own options as ``option NAME``, those for the client as
    ``client NAME``: apart from one another, and from what objects of Python have themselves.  What is not given is not
    in the results.
    """
    parser = argparse.ArgumentParser(prog=command.prog, description=command.doc, epilog=_EXIT_CODES, allow_abbrev=False)
    if isinstance(command, Command):
        _fill(parser, command)
        return parser
    operations = parser.add_subparsers(
        title="operations of the API", dest=_OPERATION, metavar="OPERATION", required=True, prog=command.prog
    )
    for name, one in command.operations.items():
        doc = one.doc.replace("%", "%%")
        _fill(operations.add_parser(name, help=doc, description=one.doc, epilog=_EXIT_CODES, allow_abbrev=False), one)
    return parser


def _fill(parser: argparse.ArgumentParser, command: Command) -> None:
    """Add the arguments of an operation, and those of the command itself."""
    parser.add_argument(f"api {command.prompt.parameter}", metavar=command.prompt.parameter, help=_help(command.prompt))
    parameters = parser.add_argument_group("parameters of the API")
    for flag in command.flags:
        how: dict[str, Any] = {"dest": f"api {flag.parameter}", "default": argparse.SUPPRESS, "help": _help(flag)}
        if flag.kind == "switch":
            parameters.add_argument(flag.name, action=argparse.BooleanOptionalAction, **how)
        else:
            parameters.add_argument(flag.name, type=_READERS[flag.kind], metavar=flag.kind.upper(), **how)
    own = parser.add_argument_group("options of this command")
    own.add_argument(
        "-o",
        "--output",
        dest="option output",
        default="image",
        metavar="FILE",
        help="where to save; an ending chooses the format (default: image, with the ending of what comes)",
    )
    own.add_argument(
        "--format",
        dest="option format",
        choices=("text", "json"),
        default="text",
        help="what to print: the names of the files, or JSON",
    )
    own.add_argument(
        "--api-key",
        dest="client api_key",
        metavar="KEY",
        default=argparse.SUPPRESS,
        help=f"the key; the environment variable {command.api.key_variables[0]} keeps it from other eyes",
    )
    own.add_argument(
        "--base-url",
        dest="client base_url",
        metavar="URL",
        default=argparse.SUPPRESS,
        help=f"where the API is served (default: {command.api.base_url_variable}, or {command.api.base_url})",
    )
    own.add_argument(
        "--timeout",
        dest="client timeout",
        type=float,
        metavar="SECONDS",
        default=argparse.SUPPRESS,
        help=f"how long the server may be silent (default: {DEFAULT_TIMEOUT:.0f})",
    )
    own.add_argument(
        "--max-retries",
        dest="client max_retries",
        type=int,
        metavar="N",
        default=argparse.SUPPRESS,
        help="how many times to send again what was surely not billed (default: 2)",
    )
    own.add_argument(
        "--no-validate",
        dest="client validate",
        action="store_false",
        default=argparse.SUPPRESS,
        help="send the call unchecked",
    )
    own.add_argument(
        "--basis",
        dest="client basis",
        type=_names,
        metavar="NAMES",
        default=argparse.SUPPRESS,
        help="which rules to check, by how they are known: documented,observed,advisory (default: documented)",
    )
    own.add_argument(
        "--ignore",
        dest="client ignore",
        type=_names,
        metavar="IDS",
        default=argparse.SUPPRESS,
        help="ids of rules not to check, separated by commas",
    )
    own.add_argument("-q", "--quiet", dest="option quiet", action="store_true", help="show no progress")


def _help(flag: Flag) -> str:
    """The help of a flag; argparse takes a single percent sign for a placeholder."""
    return flag.help.replace("%", "%%")
