"""The application: the fake API as a web server runs it.

What is answered has been decided in `answer`, and calls are served by `endpoint`, in plain ASGI: load tests meet them,
and they need nothing of a request object.  Starlette routes everything else and serves the small pages.

Beside the edge of the control API, this is the only module that imports Starlette.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, assert_never

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocketClose

from safelight import Operation, Spec
from safelight.records import dataclass

from .answers.answer import Responder
from .answers.links import Expired, Forged, Link, verify
from .calls.endpoint import Endpoint, Nowhere, base_path
from .calls.service import Service
from .clock import Clock
from .control import ROOT, Control
from .faults.spoil import NO_IMAGE, other_format
from .live import SpecSource
from .options import Options
from .pictures.renderer import RenderError
from .store.redis_state import StateError
from .store.state import State

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

__all__ = ["Fake", "base_path"]


class Fake(Service):
    """A fake API, as an ASGI application.

    Args:
        source: Where its spec comes from.
        options: What the spec leaves open.
        clock: The time that it tells, and by which links expire.
        state: What it remembers.
        responder: Makes what decides on the answers of an operation; one that errs shows what a test notices.
    """

    def __init__(
        self,
        source: SpecSource,
        options: Options,
        clock: Clock,
        state: State,
        *,
        responder: Callable[[Spec, Operation, Options], Responder] = Responder,
    ) -> None:
        super().__init__(source, options, clock, state, responder=responder)
        self._control = Control(self)
        self._site = self._made_site(source.current())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        spec = self.source.current()
        if self._site.spec is not spec:
            self._site = self._made_site(spec)
        endpoint = self._site.endpoints.get(scope["path"]) if scope["type"] == "http" else None
        try:
            await (endpoint or self._site.application)(scope, receive, send)
        except RenderError as error:
            with suppress(RuntimeError):  # The answer has begun, and now just ends.
                await _undrawn(error)(scope, receive, send)
        except StateError as error:
            with suppress(RuntimeError):  # As above.
                await _forgetful(error)(scope, receive, send)

    def reconfigure(self, options: Options) -> None:
        """Go on with other options; requests that have come are answered by those they met."""
        self.options = options
        self._site = self._made_site(self.source.current())

    def _made_site(self, spec: Spec) -> _Site:
        by_path: dict[str, list[Operation]] = {}
        for operation in spec.operations.values():
            by_path.setdefault(base_path(spec) + operation.path, []).append(operation)
        endpoints = {path: Endpoint(self, spec, operations) for path, operations in by_path.items()}
        application = Starlette(
            routes=[
                *(Route(path, endpoint) for path, endpoint in endpoints.items()),
                Route("/health", self._health),
                Route("/pictures/{name}", self._picture),
                *(Route(path, self._control) for path in (ROOT, f"{ROOT}/{{path:path}}") if self.options.control),
            ]
        )
        application.add_exception_handler(StateError, lambda _request, error: _forgetful(error))
        application.router.redirect_slashes = False
        nowhere = Nowhere(self, spec)

        async def default(scope: Scope, receive: Receive, send: Send) -> None:
            await (nowhere if scope["type"] == "http" else WebSocketClose())(scope, receive, send)

        application.router.default = default
        return _Site(spec, endpoints, application)

    async def _health(self, _request: Request) -> Response:
        spec = self.source.current()
        return JSONResponse(
            {
                "status": "ok" if self.source.problem is None else "stale",
                "spec": spec.name,
                "revised": spec.revised.isoformat(),
                "digest": spec.digest,
                "problem": self.source.problem,
            }
        )

    async def _picture(self, request: Request) -> Response:
        token, _, suffix = request.path_params["name"].rpartition(".")
        board = await self.state.board()
        if board.clock is not None:
            self.clock.setting = board.clock
        now = self.clock.now()
        link = verify(token, self._secret, now)
        match link:
            case Link() if link.picture.format == suffix and link.trouble != "missing":
                await asyncio.sleep(link.seconds)
                age = f"private, max-age={link.expires - int(now)}"
                try:
                    file = await self._file(link)
                except RenderError as error:
                    return _undrawn(error)
                return Response(file, media_type=f"image/{suffix}", headers={"cache-control": age})
            case Link(trouble="missing"):
                return PlainTextResponse("There is nothing here, by order.\n", 404)
            case Expired():
                return PlainTextResponse("This link was good for a time, which is over.\n", 403)
            case Link() | Forged():
                return PlainTextResponse("This link was not made by this server, or was changed since.\n", 403)
            case _:
                assert_never(link)

    async def _file(self, link: Link) -> bytes:
        """Return the file that a link stands for, with the flaw that was ordered."""
        match link.trouble:
            case "garbage":
                return NO_IMAGE
            case "format":
                return await self.gallery.file(other_format(link.picture))
            case "truncated":
                file = await self.gallery.file(link.picture)
                return file[: len(file) // 2]
            case _:
                return await self.gallery.file(link.picture)


def _undrawn(error: RenderError) -> Response:
    """Return what a client gets in place of a picture that a user's renderer did not give."""
    return PlainTextResponse(f"{error}\n", 500)


def _forgetful(error: Exception) -> Response:
    """Return what a client gets when nothing can be remembered: a request that no log has was not taken."""
    return JSONResponse({"safelight": str(error)}, 503, headers={"retry-after": "1"})


@dataclass(frozen=True, slots=True)
class _Site:
    """A spec as it is served.

    Attributes:
        spec: The spec.
        endpoints: Its calls, by path.  Most requests find theirs here, at half the cost of routing.
        application: Serves every path: the calls too, for an application that mounts the fake below a path of its own.
    """

    spec: Spec
    endpoints: Mapping[str, Endpoint]
    application: Starlette
