"""The words in which synchronous and asynchronous Python differ: one template makes both clients."""

from __future__ import annotations

from typing import Final

from safelight_codegen.python.view import Flavour

__all__ = ["AIO", "SYNC"]

SYNC: Final = Flavour(
    adjective="synchronous",
    prefix="",
    client="Client",
    stream="Stream",
    http_client="Client",
    transport="BaseTransport",
    def_="def",
    await_="",
    for_="for",
    enter="__enter__",
    exit="__exit__",
    iter="__iter__",
    next="__next__",
    next_of="next",
    iterator="Iterator",
    generator="Generator[E, None, None]",
    abstract_types="Collection, Generator, Iterator, Mapping",
    close="close",
    read="read",
    iter_bytes="iter_bytes",
    iter_raw="iter_raw",
    sleeper="time",
    link="download",
)

AIO: Final = Flavour(
    adjective="asynchronous",
    prefix="Async",
    client="AsyncClient",
    stream="AsyncStream",
    http_client="AsyncClient",
    transport="AsyncBaseTransport",
    def_="async def",
    await_="await ",
    for_="async for",
    enter="__aenter__",
    exit="__aexit__",
    iter="__aiter__",
    next="__anext__",
    next_of="anext",
    iterator="AsyncIterator",
    generator="AsyncGenerator[E, None]",
    abstract_types="AsyncGenerator, AsyncIterator, Collection, Mapping",
    close="aclose",
    read="aread",
    iter_bytes="aiter_bytes",
    iter_raw="aiter_raw",
    sleeper="anyio",
    link="adownload",
)
