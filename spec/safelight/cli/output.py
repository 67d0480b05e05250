"""Printing for people and for machines.

Text is made plain; where it goes to a terminal, rich adds colours and draws tables.  rich is imported only then: a pipe
should not pay for it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, Final

import click

from safelight.model import Json

if TYPE_CHECKING:
    from rich.console import Console

_FINDING: Final = r"(?m)^(?P<place>[^\s:][^:\n]*:\d+:\d+:) (?P<error>error\[[^\]\n]+\]):"
_HINT: Final = r"(?m)^ +=(?P<hint> [a-z]+:)"
_CARET: Final = r"(?m)\|(?P<caret> *\^+)$"
_NARROWEST: Final = 40
"""Columns.  A terminal that says it has fewer, or none, folds what is drawn for so many: rich would leave it out."""

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print: text for people, json for machines.",
)


def print_json(value: Json) -> None:
    """Print *value* as indented JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_findings(text: str, *, file: IO[Any] | None = None, err: bool = False) -> None:
    """Print text in the form of a compiler's, in colours on a terminal.

    Args:
        text: The findings, as `SpecError.render` writes them.
        file: Where to print; stdout, or stderr with *err*, by default.
        err: Whether to print to stderr.
    """
    stream = file or (sys.stderr if err else sys.stdout)
    if not stream.isatty():
        click.echo(text, file=file, err=err)
        return
    from rich.text import Text

    styled = Text(text)
    styles = {"place": "bold", "error": "bold red", "hint": "cyan", "caret": "bold red"}
    for pattern in (_FINDING, _HINT, _CARET):
        styled.highlight_regex(pattern, style_prefix="safelight.")
    _console(stream, {f"safelight.{name}": style for name, style in styles.items()}).print(styled, soft_wrap=True)


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn by rich on a terminal, in plain columns elsewhere."""
    if not sys.stdout.isatty():
        click.echo(columns(headers, rows))
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console(sys.stdout, {}).print(table)


def columns(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table as plain text in aligned columns, two spaces apart."""
    lines = [headers, *rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(headers))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _console(stream: IO[Any], styles: dict[str, str]) -> Console:
    from rich.console import Console
    from rich.theme import Theme

    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    return Console(file=stream, width=width, theme=Theme(styles), markup=False, highlight=False, emoji=False)
