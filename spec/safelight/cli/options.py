"""Options that several commands take."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeVar

import click

from safelight.diagnostic import suggest
from safelight.judging.interpret import bases
from safelight.model import Basis

_LIKE_A_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
F = TypeVar("F", bound=Callable[..., Any])


class BasisList(click.ParamType[frozenset[Basis]]):
    """Bases with commas between them, ``documented`` among them."""

    name = "bases"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[Basis]:
        """Read the list."""
        names = [name.strip() for name in value.split(",")]
        known = [basis.value for basis in Basis]
        for name in names:
            if name not in known:
                hint = suggest(name, known) or f"there are {', '.join(known)}"
                self.fail(f"{name!r} is no basis; {hint}", param, ctx)
        try:
            return bases(names)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Day(click.ParamType[date]):
    """A day as in 2026-11-22."""

    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day."""
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            why = f": {error}" if _LIKE_A_DAY.fullmatch(value) else ""
            self.fail(f"{value!r} is no date, as in 2026-11-22{why}", param, ctx)
        if day.isoformat() != value:  # Python reads other forms of ISO 8601 too
            self.fail(f"{value!r} is no date, as in 2026-11-22; did you mean {day}?", param, ctx)
        return day


class Latency(click.ParamType[float]):
    """How long answers take, as a multiple of what they really take: none, realistic, or a number."""

    name = "none|realistic|FACTOR"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the factor."""
        try:
            return {"none": 0.0, "realistic": 1.0}[value] if value in {"none", "realistic"} else float(value)
        except ValueError:
            self.fail(f"{value!r} is neither none nor realistic nor a number", param, ctx)


def judging_options(function: F) -> F:
    """Add ``--basis`` and ``--as-of``: which constraints count."""
    function = click.option(
        "--as-of", type=Day(), default=None, help="Judge as on this day.  [default: the day the spec describes]"
    )(function)
    return click.option(
        "--basis",
        type=BasisList(),
        default="documented",
        show_default=True,
        help="Which constraints count: documented, and with it observed and advisory if named.",
    )(function)
