"""What answering a request that has come before is made of: the same bytes, given to connections that do ever more.

No network takes part, and no client: the bytes are handed to a connection as an event loop would, and what it writes
goes nowhere.  What the kernel takes for both is the same for every server, or less where an answer is written at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from safelight_mockserver import Clock, Limits, MemoryState, Options, fake
from safelight_mockserver.calls.endpoint import Endpoint
from safelight_mockserver.calls.service import Scope
from safelight_mockserver.serving.connection import limited
from safelight_mockserver.serving.server import listen, made_server
from safelight_mockserver.serving.shortcut import Shortcut

from .corpus import SPEC
from .measure import interleave
from .profiles import Profile, by_steps

__all__ = ["where_time_goes"]

_DATE: Final = (b"date", b"Sun, 22 Nov 2026 00:00:00 GMT")
_LOG: Final = 4 << 20  # Bytes: the log is full soon, as that of a server under load is.
_HOW: Final = (
    "In one process and without a network, the same requests are given to connections of which each does more than the "
    "one before; processor time for each request."
)


def where_time_goes(requests: Sequence[bytes], rounds: int) -> Profile:
    """Profile the answers to *requests*, each of which is known when the measuring begins."""
    return asyncio.run(_profile(requests, rounds))


async def _profile(requests: Sequence[bytes], rounds: int) -> Profile:
    clock, state = Clock(), MemoryState(_LOG)
    clock.freeze()
    app = fake(SPEC, Options(api_key="key"), clock=clock, state=state)
    with closing(listen("127.0.0.1", 0)) as listening:
        config = made_server(app, listening, Limits()).config
    config.load()

    app.check = None  # Tests let every fake judge itself; a user's does not.
    server_state = ServerState()
    server_state.default_headers = [_DATE]

    def fed(kind: type[HttpToolsProtocol], *these: bytes) -> Callable[[], None]:
        connection = kind(config, server_state, {}, asyncio.get_running_loop())
        connection.connection_made(_Sink())

        def feed() -> None:
            for one in these:
                connection.data_received(one)

        return feed

    for one in requests:
        fed(limited(Limits()), one)()
    await asyncio.gather(*server_state.tasks)  # From now on they are known.
    connections: dict[str, type[HttpToolsProtocol]] = {
        "reading HTTP: httptools and uvicorn": _Reading,
        "limits, the connection's timer, and whether spec, faults and options are what they were": limited(
            Limits(), _Asking(app, state)
        ),
        "finding the request among those that came before": limited(Limits(), _Finding(app, state)),
        "its entry in the log, the head of the answer, counters": limited(Limits(), Shortcut(app, state)),
    }
    rounds_of = interleave({name: fed(kind, *requests) for name, kind in connections.items()}, rounds)
    found = {name: tuple(one / len(requests) for one in times) for name, times in rounds_of.items()}
    return by_steps("an answer from the warm cache, without the network", _HOW, found)


class _Sink(asyncio.Transport):
    """A transport that leads nowhere."""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Lose *data*."""

    def is_closing(self) -> bool:
        """Tell that it is open."""
        return False

    def close(self) -> None:
        """Do nothing: the connection is over with the measuring."""

    def resume_reading(self) -> None:
        """Do nothing: nothing is read."""


class _Reading(HttpToolsProtocol):
    """A connection that reads requests, and does nothing about them."""

    def on_headers_complete(self) -> None:
        """Begin no answer."""

    def on_body(self, body: bytes) -> None:
        """Take no body."""

    def on_message_complete(self) -> None:
        """End no request."""


class _Asking(Shortcut):
    """Asks what counts for a request, and then takes it for answered."""

    def answer(
        self,
        endpoint: Endpoint,
        scope: Scope,
        body: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        write: Callable[[bytes], object],
    ) -> bool:
        """Say nothing."""
        del endpoint, scope, body, headers, write
        return True


class _Finding(Shortcut):
    """Finds the answer to a request, and then keeps it."""

    def answer(
        self,
        endpoint: Endpoint,
        scope: Scope,
        body: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        write: Callable[[bytes], object],
    ) -> bool:
        """Say nothing, unless the request is not known."""
        del headers, write
        return endpoint.recall(scope, body) is not None
