"""The shortcut: a request that has come before is answered by the connection that it comes through.

For each request a server makes a task, an event and a record of how far the answer has got, asks the application for
messages, and looks through each header of the answer.  All of that is needed where an answer has to be waited for.  For
a request that is known, byte for byte, it would be half of the cost, and there is nothing to wait for: the answer is
ready, and its entry in the log is one step in memory.

What counts is asked anew for each request: the spec, the options, the clock, the faults that stand.  Where any of them,
or the connection, needs more than the answer that is kept, the request goes the usual way (`calls.endpoint`).  A client
can tell the two ways by the time that they take, and by nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from safelight_mockserver.app import Fake
from safelight_mockserver.calls.endpoint import Endpoint
from safelight_mockserver.calls.service import Scope
from safelight_mockserver.store.memory_state import MemoryState

from .breaking import Breakable
from .outlet import Outlet

if TYPE_CHECKING:
    from httptools import HttpRequestParser
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

__all__ = ["Prompt", "Shortcut", "shortcut"]


class Shortcut:
    """Answers requests that have come before.

    Args:
        app: The fake that knows them.
        state: What it remembers.
    """

    def __init__(self, app: Fake, state: MemoryState) -> None:
        self._app = app
        self._state = state
        self._headers: Sequence[tuple[bytes, bytes]] = ()
        self._lines = b""  # The same, as they are sent.

    def lead(self, scope: Scope, url: bytes) -> Endpoint | None:
        """Return what may know a request, by the URL that its first line names; None where it goes the usual way.

        What a request is known by, beside its method, is then in its scope.
        """
        app, path = self._app, url.decode("ascii", "replace")
        endpoint = app.endpoint(path)
        if endpoint is None or self._state.faults or app.check is not None or not app.is_plain:
            return None
        scope["path"], scope["query_string"] = path, b""
        return endpoint

    def answer(
        self,
        endpoint: Endpoint,
        scope: Scope,
        body: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        write: Callable[[bytes], object],
    ) -> bool:
        """Remember a request and send its answer, if both can be done at once.

        Args:
            endpoint: What may know it.
            scope: The request.
            body: Its body.
            headers: Those that the server sends with each answer; as long as they do not change, the same object.
            write: Sends the answer.

        Returns:
            Whether it was answered.
        """
        started, app = time.perf_counter(), self._app
        known, now = endpoint.recall(scope, body), app.clock.now()
        made = known.body_at(now) if known is not None else None
        if known is None or known.preamble is None or made is None:
            return False
        if headers is not self._headers:
            self._headers, self._lines = headers, b"".join([b"%b: %b\r\n" % header for header in headers])
        pieces, size = made
        brief = known.brief_at(app.new_id(), now, (time.perf_counter() - started) * 1000, size)
        self._state.keep(brief)
        app.replies.keep(brief.id, pieces, size)
        write(known.preamble.before(b"".join(pieces), self._lines, brief.id, brief.milliseconds))
        app.observe(brief.entry)
        return True


def shortcut(app: Fake) -> Shortcut | None:
    """Return the shortcut to a fake, if there is one.

    There is none where its state is shared, since that has to be waited for; nor to what is derived from a fake or from
    a state in memory, and may want to see each request.
    """
    return Shortcut(app, app.state) if type(app) is Fake and type(app.state) is MemoryState else None


class Prompt(Breakable):
    """A connection of uvicorn's that takes the shortcut where there is one.

    A request that may be known is not begun to be answered before its body is there.  One that comes in parts is begun
    with its first part, as uvicorn does with all.
    """

    SHORTCUT: ClassVar[Shortcut | None] = None

    parser: HttpRequestParser  # Uvicorn takes it away once the client has left; then nothing is received any more.
    _running: RequestResponseCycle | None = None  # The request that is being answered in the usual way, or was.
    _endpoint: Endpoint | None = None  # What may know the request that is arriving; None once it has been begun.
    _body = b""  # Of that request, as far as it has come.
    _outlet: Outlet

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        super().data_received(data)
        if self._endpoint is not None and not self.transport.is_closing():
            self._begin()

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the body decides whether that is needed."""
        if self.SHORTCUT is not None and (self._running is None or self._running.response_complete):
            self._endpoint = self.SHORTCUT.lead(cast("Scope", self.scope), self.url)
            self._body = b""
        if self._endpoint is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._endpoint is not None and not self._body:
            self._body = body
            return
        if self._endpoint is not None:
            self._begin()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request, or answer it."""
        if self._endpoint is not None and self._is_answered(self._endpoint):
            self._endpoint = None
            self.on_response_complete()
            return
        if self._endpoint is not None:
            self._begin()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _begin(self) -> None:
        """Begin to answer in the usual way."""
        self._endpoint = None
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)

    def _is_answered(self, endpoint: Endpoint) -> bool:
        """Answer a request that has come whole, if it is known and its connection asks for nothing else."""
        parser = self.parser
        if self.SHORTCUT is None or self.expect_100_continue or self.flow.write_paused or parser.should_upgrade():
            return False
        if parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        scope = cast("Scope", self.scope)
        scope["method"] = parser.get_method().decode("ascii")
        headers = self.server_state.default_headers
        try:
            return self.SHORTCUT.answer(endpoint, scope, self._body, headers, self._outlet.write_whole)
        except Exception:  # The parser would blame the client for it; uvicorn does the same with an application's.
            self.logger.exception("Exception in ASGI application")
            self.transport.close()
            return True
