"""The door: a server of uvicorn's whose port can be closed for a while, so that connections are refused by order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import uvicorn

__all__ = ["ServerWithDoor"]

_AGAIN: Final = 0.1  # Seconds until a port is tried again that somebody else has taken meanwhile.


class ServerWithDoor(uvicorn.Server):
    """A server that can stop listening, and begin again.

    Args:
        config: As uvicorn has it.
        listen: Opens the port again.
    """

    def __init__(self, config: uvicorn.Config, listen: Callable[[], socket.socket]) -> None:
        super().__init__(config)
        self._listen = listen
        self._reopening: asyncio.Task[None] | None = None

    async def close_door(self, seconds: float) -> None:
        """Refuse connections for so long; those that exist go on.  A door that is closed stays so for its own time."""
        if self._reopening is None or self._reopening.done():
            for one in self.servers:
                one.close()
            self._reopening = asyncio.create_task(self._reopen(seconds))

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while not self.should_exit:
            try:
                listening = self._listen()
            except OSError:
                await asyncio.sleep(_AGAIN)
            else:
                await self.startup(sockets=[listening])
                return
