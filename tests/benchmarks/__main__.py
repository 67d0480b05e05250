"""Measure everything: ``make bench``, or ``make bench ONLY=validator,import``.

Each row runs in a process of its own, and one that fails takes no other with it.  The results are written after each
row, so that an interrupted run leaves what it has; rows that were not asked for stay as they were.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from .machine import machine
from .registry import ROWS, chosen
from .report import markdown, summary
from .results import Row, read, written

__all__ = ["main", "measured", "merged"]

_HERE: Final = Path(__file__).resolve().parent
_ROOT: Final = _HERE.parents[1]
_LONGEST: Final = 300  # Seconds that a row may take: all of them together stay within 20 minutes on a quiet machine.


def main() -> int:
    """Measure the rows that the arguments name, all where there are none.

    Returns:
        0 where every row was measured, whatever the verdicts: a missed target is a result; 1 where one failed, 2 where
        there is no such row.
    """
    try:
        names = chosen(" ".join(sys.argv[1:]))
    except ValueError as error:
        _tell(str(error))
        return 2
    from .plots import draw  # its library is installed by `make bench-setup`, and tests of this module need it not

    file = _HERE / "results.json"
    rows = read(file.read_text("utf-8")) if file.exists() else ()
    failed = False
    for number, name in enumerate(names, 1):
        _tell(f"[{number}/{len(names)}] {name} ...")
        row = measured(name)
        failed = failed or bool(row.failure)
        _tell(f"[{number}/{len(names)}] {summary(row)}")
        rows = merged(rows, row)
        file.write_text(written(rows), "utf-8")
        (_HERE / "results.md").write_text(markdown(rows), "utf-8")
        draw(row, _HERE / "plots")
    sys.stdout.write(markdown([row for row in rows if row.name in names]))
    return int(failed)


def measured(name: str, longest: float = _LONGEST) -> Row:
    """Measure one row in a process of its own; what goes wrong there becomes the row's failure."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "row.json"
        command = [sys.executable, "-m", "tests.benchmarks.one", name, str(file)]
        try:
            done = subprocess.run(command, cwd=_ROOT, timeout=longest, check=False, stderr=subprocess.PIPE, text=True)
        except subprocess.TimeoutExpired:
            return _failed(name, f"not done after {longest:g} s")
        if done.returncode != 0:
            return _failed(name, _last_lines(done.stderr) or f"exit code {done.returncode}")
        (row,) = read(file.read_text("utf-8"))
        return row


def merged(rows: tuple[Row, ...], row: Row) -> tuple[Row, ...]:
    """Put a row where it belongs among those that are there, in place of its older self."""
    by_name = {one.name: one for one in rows} | {row.name: row}
    return tuple(by_name[name] for name in ROWS if name in by_name)


def _failed(name: str, why: str) -> Row:
    return Row(name=name, title=name.capitalize(), machine=machine(), failure=why)


def _last_lines(text: str) -> str:
    """The end of what a process said, without the paths of one machine."""
    lines = [line.replace(str(_ROOT), ".") for line in text.strip().splitlines()]
    return "\n".join(lines[-8:])


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
