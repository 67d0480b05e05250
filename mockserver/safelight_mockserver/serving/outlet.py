"""The outlet of a connection: the head of an answer leaves together with the first of its body.

Uvicorn writes both by themselves, and each write is a call into the kernel and a packet, for which the client is woken.
For a small answer that is a good part of its cost, on both sides.  A head that no body follows at once, as that of a
stream whose first picture is still being drawn, leaves when the loop has run what was ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

__all__ = ["Outlet"]

_HEAD: Final = b"HTTP/1.1 "
_SMALL: Final = 1 << 16  # Bytes; to copy more than this costs more than to hand it over by itself.


class Outlet(asyncio.Transport):
    """A transport that holds back the head of an answer for a moment, and otherwise is the one that it stands for.

    Args:
        transport: What carries the bytes.
        loop: Where the moment is counted.
        has_more: Tells whether more of the body is about to be written than has been.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, has_more: Callable[[], bool] = bool
    ) -> None:
        super().__init__()
        self._has_more = has_more
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send *data* after all that came before."""
        held = self._held
        if held:
            if len(held) + len(data) <= _SMALL and self._has_more():
                self._held = held + data
                return
            self._held = b""
            if len(data) <= _SMALL:
                self._transport.write(held + data)
            else:
                self._transport.writelines((held, data))
            return
        if len(data) <= _SMALL and isinstance(data, bytes) and data.startswith(_HEAD):
            self._held = data
            self._loop.call_soon(self._release)
            return
        self._transport.write(data)

    def write_whole(self, data: bytes) -> None:
        """Send a whole answer after all that came before."""
        self._release()
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection once everything has left."""
        self._release()
        self._transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self._held = b""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as asyncio types it
        """Tell something about the connection."""
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Tell how many bytes have not left yet."""
        return len(self._held) + self._transport.get_write_buffer_size()

    def pause_reading(self) -> None:
        """Take nothing more from the client for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the client again."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection over."""
        self._transport.set_protocol(protocol)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Choose how many bytes may wait before the application is asked to."""
        self._transport.set_write_buffer_limits(high, low)

    def _release(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)
