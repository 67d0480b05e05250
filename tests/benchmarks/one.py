"""Measure one row in a process of its own: ``python -m tests.benchmarks.one ROW FILE``.

What a row imports, and what it leaves behind, is then no part of the next one.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import monotonic

from .results import Row, written

__all__ = ["main"]


def main() -> None:
    """Measure the row that the first argument names and write it to the file that the second names."""
    name, file = sys.argv[1:]
    start = monotonic()
    row: Row = import_module(f"tests.benchmarks.rows.{name}").run()
    Path(file).write_text(written([replace(row, took=monotonic() - start)]), "utf-8")


if __name__ == "__main__":
    main()
