"""The voice of a server: what it tells whoever runs it, in words or as JSON, one object a line.

A server goes on where its lines can no longer be written, as on a disk that is full or to a reader that has left:
its clients have no part in that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from safelight_mockserver.store.entry import Entry

from .jsonlog import event_line, request_object
from .report import request_line

__all__ = ["Voice"]


class Voice:
    """Tells what happens.

    Args:
        out: Where it is told; stdout by default.
        err: Where it is told what goes wrong; stderr by default.
        as_json: Whether it is told as JSON.
    """

    def __init__(
        self, out: Callable[[str], None] | None = None, err: Callable[[str], None] | None = None, *, as_json: bool
    ) -> None:
        self._out = out or _to_stdout
        self._err = err or _to_stderr
        self._as_json = as_json
        self._is_heard = True

    def tell(self, text: str, **facts: str) -> None:
        """Say something; the facts in it are named in JSON."""
        self._out(event_line("message", {"text": text, **facts}) if self._as_json else text)

    def warn(self, text: str) -> None:
        """Say what is wrong."""
        with suppress(OSError):  # There is no other place to tell of it.
            self._err(event_line("warning", {"text": text}) if self._as_json else text)

    def request(self, entry: Entry) -> None:
        """Tell of a request; once that is not possible, say so, and tell of no more."""
        if not self._is_heard:
            return
        try:
            self._out(event_line("request", request_object(entry)) if self._as_json else request_line(entry))
        except OSError as error:
            self._is_heard = False
            if not isinstance(error, BrokenPipeError):
                self.warn(f"requests are no longer told: {error.strerror or error}")


def _to_stdout(text: str) -> None:
    print(_writable(text, sys.stdout), flush=True)  # noqa: T201 - it is for the person who runs the server


def _to_stderr(text: str) -> None:
    print(_writable(text, sys.stderr), file=sys.stderr, flush=True)  # noqa: T201 - as above


def _writable(text: str, stream: TextIO | None) -> str:
    """Escape what a stream has no bytes for: paths of URLs may have any letter, and a locale may have few."""
    encoding = (stream and stream.encoding) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
