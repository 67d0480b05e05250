"""Counts that outlive their process: what a worker has counted is there for its parent, however the worker ended.

A process that is killed has no moment to write anything.  So its counts lie in the memory of a file that the system
keeps: to count is to add in memory, without a call into the system, and the file has it at once.

The names stand beside them.  A worker that took the place of another may have read the spec after an edit, and then
counts other things than its parent knows.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

__all__ = ["Counts", "left_behind"]

_FORMAT: Final = "Q"  # Unsigned, of eight bytes.
_SIZE: Final = 8
_NAMES: Final = ".names"
_NUMBERS: Final = ".counts"


class Counts:
    """Numbers that only rise, each by its name.

    Args:
        names: What is counted; anything else is passed over.
        file: Where the counts are kept, without a suffix; nowhere by default.

    Raises:
        OSError: The file cannot be written.
    """

    def __init__(self, names: Sequence[str], file: Path | None = None) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._numbers = memoryview(_memory(names, file)).cast(_FORMAT)

    def add(self, name: str, amount: int = 1) -> None:
        """Count so many more of *name*."""
        place = self._places.get(name)
        if place is not None:
            self._numbers[place] += amount

    def __getitem__(self, name: str) -> int:
        """Return how many there were of *name*."""
        return self._numbers[self._places[name]]


def left_behind(folder: Path) -> Iterator[Mapping[str, int]]:
    """Yield what processes have counted whose files are in a folder; some of them may have been killed."""
    for file in sorted(folder.glob(f"*{_NUMBERS}")):
        data = file.read_bytes()
        names: list[str] = json.loads(file.with_suffix(_NAMES).read_text("utf-8"))
        yield dict(zip(names, memoryview(data[: len(data) // _SIZE * _SIZE]).cast(_FORMAT), strict=False))


def _memory(names: Sequence[str], file: Path | None) -> bytearray | mmap.mmap:
    size = _SIZE * len(names)
    if file is None:
        return bytearray(size)
    file.with_suffix(_NAMES).write_text(json.dumps(names), "utf-8")  # First: numbers without names say nothing.
    with file.with_suffix(_NUMBERS).open("w+b") as opened:
        opened.write(bytes(size))
        opened.flush()
        return mmap.mmap(opened.fileno(), size)
