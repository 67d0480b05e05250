"""Request ids: what a server stamps on each answer, so that both sides can speak about the same call."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Iterator

__all__ = ["request_ids"]


def request_ids(seed: int | None = None) -> Iterator[str]:
    """Yield ids without end, each ``req_`` and 32 hexadecimal digits.

    Args:
        seed: Equal seeds yield equal ids in the same order, for tests that compare whole answers.  By default the ids
            are random, so that those of two servers never meet.
    """
    if seed is None:
        return (f"req_{uuid.uuid4().hex}" for _ in itertools.repeat(None))
    return (f"req_{hashlib.sha256(f'{seed}/{call}'.encode()).hexdigest()[:32]}" for call in itertools.count())
