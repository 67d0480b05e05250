"""Uvicorn's connections, made to be broken by order: they offer `calls.line.Line` to applications."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from safelight_mockserver.calls.line import LINE, Door

__all__ = ["Breakable"]

_RESET: Final = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which closing a connection resets it: linger, for no time."""

_LOOKS: Final = 1000
_LOOK: Final = 0.005  # Seconds from one look to the next whether what was sent before has left: no event tells.


class Breakable(HttpToolsProtocol):
    """A connection of uvicorn's that can be broken by order."""

    def on_message_begin(self) -> None:
        """Begin a request, and offer the extension to it."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["extensions"] = {LINE: self}

    async def refuse(self, seconds: float) -> None:
        """Close the port for a while, where the server can, and reset the connection."""
        door: Door | None = getattr(self.config.app, "door", None)
        if door is not None:
            await door(seconds)
        await self.reset()

    async def reset(self) -> None:
        """Reset the connection."""
        await self._flush()
        line = self.transport.get_extra_info("socket")
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    async def close(self) -> None:
        """Close the connection."""
        await self._flush()
        self.transport.close()

    async def _flush(self) -> None:
        """Let what was sent before leave: a loop may write later than it is told to."""
        await asyncio.sleep(0)
        for _ in range(_LOOKS):
            if not self.transport.get_write_buffer_size():
                break
            await asyncio.sleep(_LOOK)
