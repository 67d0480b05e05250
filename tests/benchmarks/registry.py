"""The rows of the table, in the order a reader meets the product in."""

from __future__ import annotations

from typing import Final

__all__ = ["ROWS", "chosen"]

ROWS: Final = (
    "validator",
    "importing",
    "call",
    "large",
    "stream",
    "serving",
    "pictures",
    "starting",
    "generating",
    "contract",
    "strategies",
    "growth",
)
"""Each is a module of `tests.benchmarks.rows` with a function ``run``."""


def chosen(names: str) -> tuple[str, ...]:
    """The rows that *names* asks for, separated by commas or blanks; all where it is empty.

    Raises:
        ValueError: A name is that of no row.
    """
    wanted = names.replace(",", " ").split()
    strange = [name for name in wanted if name not in ROWS]
    if strange:
        raise ValueError(f"there is no row {', '.join(strange)}; there are {', '.join(ROWS)}")
    return tuple(name for name in ROWS if name in wanted) if wanted else ROWS
