"""The feed: the log as it grows, as server-sent events.

The log is asked a few times a second for what has changed.  Any store can answer that, so the feed also shows what
other replicas have answered, and a slow reader holds up nobody but itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.redis_state import StateError
from safelight_mockserver.store.state import State

from .records import Filter

__all__ = ["follow"]

_INTERVAL: Final = 0.2  # Seconds between two looks at the log.
_QUIET_LOOKS: Final = 50
"""Looks without news after which a comment is sent: proxies keep the connection, and a lost reader is noticed."""


async def follow(
    state: State,
    wanted: Filter,
    told: Callable[[Sequence[Entry]], list[dict[str, Any]]],
    is_over: Callable[[], bool],
) -> AsyncIterator[str]:
    """Yield the feed, until it is over, its reader has left, or the shared state is out of reach.

    Args:
        state: Holds the log.
        wanted: Which requests are told of; its limit is about those of the past.
        told: Makes JSON of requests; it is called in a thread.
        is_over: Tells whether the server is about to stop.
    """
    seq, limit, quiet = wanted.after, wanted.limit, 0
    yield "retry: 1000\n\n"
    while not is_over():
        try:
            changed = await state.entries(test=wanted.test, after=seq)
        except StateError as error:
            yield f"event: problem\ndata: {json.dumps(str(error))}\n\n"
            return
        chosen = [entry for entry in changed if wanted.matches(entry)]
        if limit is not None:
            chosen = chosen[max(len(chosen) - limit, 0) :]
        if chosen:
            yield await asyncio.to_thread(_events, told, chosen)
        seq = max((entry.seq for entry in changed), default=seq)
        limit = None
        quiet = 0 if chosen else quiet + 1
        if quiet >= _QUIET_LOOKS:
            yield ": still here\n\n"
            quiet = 0
        await asyncio.sleep(_INTERVAL)


def _events(told: Callable[[Sequence[Entry]], list[dict[str, Any]]], entries: Sequence[Entry]) -> str:
    texts = (json.dumps(one, separators=(",", ":")) for one in told(entries))
    return "".join(
        f"id: {entry.seq}\nevent: request\ndata: {text}\n\n" for entry, text in zip(entries, texts, strict=True)
    )
