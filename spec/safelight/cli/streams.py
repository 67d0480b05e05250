"""The standard streams of a command, whatever the shell made of them.

A stream that is closed (``>&-``) is one that nobody reads, and so is a pipe whose reader has left, as ``head`` does.
Neither is a reason to fail, nor to lose the exit code, so what is written to such a stream is thrown away.  Of stderr
that is true of every trouble: there is no place left to tell of it.

What an encoding has no bytes for is written as JSON escapes it: whoever reads the output as JSON reads what was meant,
and whoever reads it as text sees what is missing.  (In the locale C, which has hardly any letters, click writes UTF-8.)
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_ESCAPED: Final = "safelight.escaped"


def make_usable() -> None:
    """See to it that a command can read stdin, and write to stdout and stderr."""
    if sys.stdin is None:  # Python's word for a stream that is closed, whatever its stubs say
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - open until the process ends
    codecs.register_error(_ESCAPED, _escaped)
    sys.stdout = _patient(sys.stdout, _Descriptor)
    sys.stderr = _patient(sys.stderr, _LastDescriptor)


class _Descriptor(io.FileIO):
    """A descriptor that takes what nobody reads any more."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some bytes."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


class _LastDescriptor(io.FileIO):
    """A descriptor that takes what cannot be told."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some bytes."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Write what cannot be encoded as JSON would; a handler of errors as `codecs` has them."""
    import json

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _patient(stream: TextIO | None, kind: type[io.FileIO]) -> TextIO:
    """Give a stream that outlives its reader; one that is not the process's own, as in a test, stays as it is."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    buffer: object = getattr(stream, "buffer", None)
    raw: object = getattr(buffer, "raw", buffer)  # where output is not buffered, they are one
    own = stream is sys.__stdout__ or stream is sys.__stderr__
    if not own or not isinstance(raw, io.FileIO):
        return stream
    descriptor = kind(raw.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        descriptor if buffer is raw else io.BufferedWriter(descriptor),
        stream.encoding,
        _ESCAPED,
        line_buffering=bool(stream.line_buffering),
        write_through=buffer is raw,
    )
