"""The standard streams of a command, whatever the shell made of them.

A stream that is closed (``>&-``) is one that nobody reads, and so is a pipe whose reader has left, as ``head`` does.
Neither is a reason to fail, nor to lose the exit code, so what is written to such a stream is thrown away.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def make_usable() -> None:
    """See to it that a command can read stdin, and write to stdout and stderr."""
    if sys.stdin is None:  # Python's word for a stream that is closed, whatever its stubs say
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open until the process ends
    sys.stdout = _patient(sys.stdout)
    sys.stderr = _patient(sys.stderr)


class _Descriptor(io.FileIO):
    """A descriptor that takes what nobody reads any more."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some bytes."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _patient(stream: TextIO | None) -> TextIO:
    """Give a stream that outlives its reader; one that is not the process's own, as in a test, stays as it is."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    buffer: object = getattr(stream, "buffer", None)
    raw: object = getattr(buffer, "raw", buffer)  # where output is not buffered, they are one
    own = stream is sys.__stdout__ or stream is sys.__stderr__
    if not own or not isinstance(raw, io.FileIO):
        return stream
    descriptor = _Descriptor(raw.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        descriptor if buffer is raw else io.BufferedWriter(descriptor),
        stream.encoding,
        stream.errors,
        line_buffering=bool(stream.line_buffering),
        write_through=buffer is raw,
    )
