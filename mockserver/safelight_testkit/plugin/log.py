"""The request log of a test: what the code under test sent, what came of it, and how to tell.

It is complete, unlike that of a server which is left running: an assertion about what was *not* called may not depend
on how much fits into memory.  Keys are part of it, because whether the right one was sent is worth a test.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import httpx2

from safelight.model import Json, Spec
from safelight.vocabulary.checks import Violation, shown
from safelight_mockserver import Entry, Fake, MemoryState
from safelight_mockserver.app import base_path
from safelight_testkit.shapes import is_object

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

__all__ = ["Journal", "Logged", "Received", "Requests"]

_RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]

_headers: ContextVar[_RawHeaders] = ContextVar("headers", default=())
"""The headers of the request that is being answered: the log of a fake is told of everything else."""

_MOST_SHOWN: Final = 20
_EVERYTHING: Final = 1 << 62  # Bytes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request that was received, and how it was answered.

    Attributes:
        operation: The operation of the spec that it called; empty where the path or the method is of none.
        method: The HTTP method.
        path: The path of the URL.
        headers: The headers that came with it, by names in any case.
        content: The bytes of the body; None where it was longer than the server reads.
        status: The HTTP status of the answer.
        violations: Every constraint of the spec that it breaks.
        id: The id that the answer carries.
        at: Unix time by the clock of the server.
    """

    operation: str
    method: str
    path: str
    headers: httpx2.Headers
    content: bytes | None
    status: int
    violations: tuple[Violation, ...]
    id: str
    at: float

    @property
    def body(self) -> Json:
        """The body as JSON has it; None where it is no JSON."""
        try:
            return json.loads(self.content or b"")
        except (ValueError, RecursionError):
            return None

    def __str__(self) -> str:
        """Tell of the request in a line, with another one for each violation."""
        lines = [f"{self.method} {self.path}, answered {self.status}: {self._body_text()}"]
        return "\n".join(lines + [f"  breaks {one.rule}: {one.message}" for one in self.violations])

    def _body_text(self) -> str:
        body = self.body
        if is_object(body):
            return f"{{{', '.join(f'{shown(name)}: {shown(value)}' for name, value in body.items())}}}"
        if self.content is None:
            return "a body longer than the server reads"
        return shown(body) if body is not None else f"{len(self.content)} bytes that are no JSON"


class Requests(tuple[Received, ...]):
    """The requests that were received, oldest first."""

    __slots__ = ()

    @property
    def last(self) -> Received:
        """The latest request.

        Raises:
            AssertionError: There was none.
        """
        __tracebackhide__ = True
        if not self:
            raise AssertionError("no request was received")
        return self[-1]

    def __str__(self) -> str:
        """Tell of the requests in a numbered list."""
        return self.listing(lambda _: ())

    def listing(self, remarks: Callable[[Received], Iterable[str]]) -> str:
        """Tell of the requests in a numbered list, each with remarks on lines of their own."""
        texts = ["\n".join([str(one), *remarks(one)]) for one in self[:_MOST_SHOWN]]
        lines = [f"{number}. {text}".replace("\n", "\n   ") for number, text in enumerate(texts, 1)]
        rest = len(self) - len(lines)
        return "\n".join([*lines, *([f"... and {rest} more"] if rest else [])])


class Journal(MemoryState):
    """The memory of a fake API for the length of a test: complete, and with the headers of requests.

    Args:
        spec: The API.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__(_EVERYTHING)
        base = base_path(spec)
        self._names = {(one.verb, base + one.path): one.name for one in spec.operations.values()}
        self._kept_lock = threading.Lock()
        self._kept: list[Received] = []

    async def record(self, entry: Entry) -> None:
        """Remember a request."""
        await super().record(entry)
        received = Received(
            operation=self._names.get((entry.verb, entry.path), ""),
            method=entry.verb,
            path=entry.path,
            headers=httpx2.Headers(list(_headers.get())),
            content=entry.body,
            status=entry.status,
            violations=entry.violations,
            id=entry.id,
            at=entry.at,
        )
        with self._kept_lock:
            self._kept.append(received)

    def forget(self, test: str | None = None) -> None:
        """Forget every request, or those of one test of several that share the server."""
        gone = {entry.id for entry in self.kept(test=test)}
        super().forget(test)
        with self._kept_lock:
            self._kept = [one for one in self._kept if one.id not in gone]

    def requests(self) -> Requests:
        """Return what was received so far."""
        with self._kept_lock:
            return Requests(self._kept)


class Logged:
    """A fake API whose journal sees the headers of requests, too; an ASGI application.

    Args:
        app: The fake.
    """

    def __init__(self, app: Fake) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        token = _headers.set(tuple(scope["headers"]))
        try:
            await self._app(scope, receive, send)
        finally:
            _headers.reset(token)
