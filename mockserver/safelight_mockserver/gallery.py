"""The gallery: pictures that were drawn, kept for a while, and drawn only once when several clients want them.

Drawing is work for a processor, so it is done by a few threads: an event loop never waits for it, and a hundred calls
at once do not draw a hundred pictures at once.  The gallery may be used from several event loops.
"""

from __future__ import annotations

import asyncio
import base64
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Literal, TypeAlias

from .picture import Picture, encode

__all__ = ["Form", "Gallery"]

Form: TypeAlias = Literal["file", "base64"]
"""A picture's file, or the same in base64, which is kept as well because making it costs as much as sending it."""

_Key: TypeAlias = tuple[Form, Picture]
_THREADS: Final = min(4, os.cpu_count() or 1)


class Gallery:
    """Draws pictures and keeps the latest.

    Args:
        max_bytes: How much is kept; what was not asked for the longest goes first.
        draw: Makes the file of a picture.
    """

    def __init__(self, max_bytes: int, draw: Callable[[Picture], bytes] = encode) -> None:
        self._max_bytes = max_bytes
        self._draw = draw
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[_Key, Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="safelight-draw")

    def kept(self, form: Form, picture: Picture) -> bytes | None:
        """Return a picture if it can be had without drawing."""
        key = form, picture
        with self._lock:
            data = self._kept.get(key)
            if data is not None:
                self._kept.move_to_end(key)
        return data

    async def get(self, form: Form, picture: Picture) -> bytes:
        """Return a picture, drawn if need be."""
        data = self.kept(form, picture)
        if data is not None:
            return data
        drawn = self._drawn((form, picture))
        # Not `asyncio.wrap_future`: there, whoever stops waiting cancels the drawing, and others may wait for it too.
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        drawn.add_done_callback(lambda _: _wake(loop, done))
        await done.wait()
        return drawn.result()

    def _drawn(self, key: _Key) -> Future[bytes]:
        with self._lock:
            future = self._drawing.get(key)
            if future is None:
                future = self._drawing[key] = self._threads.submit(self._make, *key)
        return future

    def _make(self, form: Form, picture: Picture) -> bytes:
        try:
            data = self._draw(picture)
            if form == "base64":
                data = base64.b64encode(data)
            self._keep((form, picture), data)
            return data
        finally:
            with self._lock:
                del self._drawing[form, picture]

    def _keep(self, key: _Key, data: bytes) -> None:
        with self._lock:
            self._kept[key] = data
            self._bytes += len(data)
            while self._bytes > self._max_bytes:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)


def _wake(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    with suppress(RuntimeError):  # The loop has been closed: nobody waits any more.
        loop.call_soon_threadsafe(done.set)
