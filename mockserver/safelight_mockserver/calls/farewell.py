"""The farewell: answers that still wait for something when a server has to stop end now, in good order.

A stream that pauses, or an answer that takes as long as a real one, can outlast the time that a server has to stop.
Cutting it off would look like a network that failed; so it is interrupted a moment before, and can still say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

__all__ = ["Farewell"]


class Farewell:
    """Interrupts what waits, each in the event loop that it waits in."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}

    @asynccontextmanager
    async def heard(self) -> AsyncGenerator[None]:
        """Let the farewell interrupt what is done in this context.

        Raises:
            TimeoutError: It did.
        """
        async with asyncio.timeout(None) as waiting:
            self._waiting[waiting] = asyncio.get_running_loop()
            try:
                yield
            finally:
                del self._waiting[waiting]

    def say(self) -> None:
        """Interrupt whatever waits in the running event loop."""
        loop = asyncio.get_running_loop()
        for waiting in [one for one, home in self._waiting.items() if home is loop]:
            waiting.reschedule(loop.time())
