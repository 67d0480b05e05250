"""The door: a server of uvicorn's that closes its port and its connections when it is told to, in good order.

Its port can be closed for a while, so that connections are refused by order.  And when it stops, answers that would not
end in time are told to end, and after them the connections of clients that take nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import uvicorn

__all__ = ["ServerWithDoor"]

_TO_END: Final = 0.6  # The share of the grace in which answers may end by themselves.
_TO_TAKE: Final = 0.8  # The share in which clients may take the rest.
_AGAIN: Final = 0.1  # Seconds until a port is tried again that somebody else has taken meanwhile.


class ServerWithDoor(uvicorn.Server):
    """A server that can stop listening, and begin again.

    Args:
        config: As uvicorn has it.
        listen: Opens the port again.
        say_farewell: Tells answers that still wait that the server has to stop.
        let_go: Closes what answers needed, once there are no more.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listen: Callable[[], socket.socket],
        say_farewell: Callable[[], None],
        let_go: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._listen = listen
        self._say_farewell = say_farewell
        self._let_go = let_go
        self._reopening: asyncio.Task[None] | None = None

    async def close_door(self, seconds: float) -> None:
        """Refuse connections for so long; those that exist go on.  A door that is closed stays so for its own time."""
        if self._reopening is None or self._reopening.done():
            for one in self.servers:
                one.close()
            self._reopening = asyncio.create_task(self._reopen(seconds))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: answers have most of the grace to end, and a part of it to end early."""
        loop, grace = asyncio.get_running_loop(), self.config.timeout_graceful_shutdown or 0
        loop.call_later(grace * _TO_END, self._say_farewell)
        loop.call_later(grace * _TO_TAKE, self._leave)
        await super().shutdown(sockets)
        await self._let_go()

    def _leave(self) -> None:
        for one in tuple(self.server_state.connections):
            transport: asyncio.Transport | None = getattr(one, "transport", None)
            if transport is not None:
                transport.abort()

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
