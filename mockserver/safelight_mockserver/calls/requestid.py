"""Request ids: what a server stamps on each answer, so that both sides can speak about the same call."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["RequestIds"]

_DIGITS: Final = 32
_AT_ONCE: Final = 64


class RequestIds:
    """Makes ids: ``req_`` and 32 hexadecimal digits; random, so that the ids of two servers never meet.

    Each piece of chance is a call into the kernel, so it is taken for many ids at once.  Ids may be taken from several
    event loops.
    """

    def __init__(self) -> None:
        self._ready: list[str] = []

    def __call__(self) -> str:
        """Return an id that was not returned before."""
        try:
            return self._ready.pop()
        except IndexError:
            digits = os.urandom(_AT_ONCE * _DIGITS // 2).hex()
            first, *others = [f"req_{digits[start : start + _DIGITS]}" for start in range(0, len(digits), _DIGITS)]
            self._ready += others
            return first
