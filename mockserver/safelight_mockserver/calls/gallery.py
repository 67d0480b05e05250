"""The gallery: pictures that were drawn, kept for a while, and drawn only once when several clients want them.

Drawing is work for a processor, so it is done by a few threads: an event loop never waits for it, and a hundred calls
at once do not draw a hundred pictures at once.  The gallery may be used from several event loops.

Beside the files of pictures it keeps the stretches of answers that they stand in, because base64 and copying cost as
much as sending.
"""

from __future__ import annotations

import asyncio
import base64
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

from safelight_mockserver.answers.wire import Block
from safelight_mockserver.pictures.picture import Picture
from safelight_mockserver.pictures.renderer import Renderer, picture

__all__ = ["Gallery"]

_Work: TypeAlias = Picture | Block
_OVERHEAD: Final = 1024
"""Bytes that keeping something takes beside it, roughly: a file of one pixel is shorter than what tells of it."""

_THREADS: Final = min(4, os.cpu_count() or 1)


class Gallery:
    """Draws pictures and keeps the latest.

    Args:
        max_bytes: How much is kept; what was not asked for the longest goes first.
        draw: Makes the file of a picture.
    """

    def __init__(self, max_bytes: int, draw: Renderer = picture) -> None:
        self._max_bytes = max_bytes
        self._draw = draw
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Work, bytes] = OrderedDict()
        self._bytes = 0
        self._making: dict[_Work, Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="safelight-draw")

    def kept(self, work: Picture | Block) -> bytes | None:
        """Return a file, or a block, if it can be had without making it."""
        with self._lock:
            data = self._kept.get(work)
            if data is not None:
                self._kept.move_to_end(work)
        return data

    async def file(self, picture: Picture) -> bytes:
        """Return the file of a picture, drawn if need be."""
        return self.kept(picture) or await self._made(picture, partial(self._draw, picture))

    async def block(self, block: Block) -> bytes:
        """Return a stretch of text with the pictures that belong into it, drawn if need be."""
        data = self.kept(block)
        if data is None:
            pictures = dict.fromkeys(part for part in block.parts if isinstance(part, Picture))
            files = dict(zip(pictures, await asyncio.gather(*map(self.file, pictures)), strict=True))
            data = await self._made(block, partial(_joined, block, files))
        return data

    async def _made(self, work: _Work, make: Callable[[], bytes]) -> bytes:
        with self._lock:
            future = self._making.get(work)
            if future is None:
                future = self._making[work] = self._threads.submit(self._make, work, make)
        # Not `asyncio.wrap_future`: there, whoever stops waiting cancels the work, and others may wait for it too.
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        future.add_done_callback(lambda _: _wake(loop, done))
        await done.wait()
        return future.result()

    def _make(self, work: _Work, make: Callable[[], bytes]) -> bytes:
        try:
            data = make()
            self._keep(work, data)
            return data
        finally:
            with self._lock:
                del self._making[work]

    def _keep(self, work: _Work, data: bytes) -> None:
        with self._lock:
            before = self._kept.pop(work, None)
            self._bytes += len(data) - len(before) if before is not None else len(data) + _OVERHEAD
            self._kept[work] = data
            while self._bytes > self._max_bytes:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped) + _OVERHEAD


def _joined(block: Block, files: Mapping[Picture, bytes]) -> bytes:
    return b"".join(part if isinstance(part, bytes) else base64.b64encode(files[part]) for part in block.parts)


def _wake(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    with suppress(RuntimeError):  # The loop has been closed: nobody waits any more.
        loop.call_soon_threadsafe(done.set)
