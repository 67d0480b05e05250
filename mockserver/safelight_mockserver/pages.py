"""The pages of a fake beside its calls: its health, the pictures that links lead to, and whatever is no page at all.

Starlette routes them and writes their answers.  It comes with the first request for one of them: calls are answered
without it, and importing it takes a good part of the start of a server that is asked for calls alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocketClose

from safelight import Spec

from .answers.links import Expired, Forged, Link
from .calls.endpoint import Endpoint, Nowhere
from .control import ROOT, Control
from .faults.spoil import NO_IMAGE, other_format
from .pictures.renderer import RenderError
from .store.redis_state import StateError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from .app import Fake

__all__ = ["pages", "sorry"]


def pages(fake: Fake, spec: Spec, endpoints: Mapping[str, Endpoint], control: Control | None) -> Starlette:
    """Make the application that serves every path.

    Args:
        fake: Whose pages they are.
        spec: The API.
        endpoints: Its calls by path: served too, for an application that mounts the fake below a path of its own.
        control: The control API; None where there is none.
    """

    async def health(_request: Request) -> Response:
        return _health(fake)

    async def picture(request: Request) -> Response:
        return await _picture(fake, request.path_params["name"])

    nowhere = Nowhere(fake, spec)
    application = Starlette(
        routes=[
            *(Route(path, endpoint) for path, endpoint in endpoints.items()),
            Route("/health", health),
            *(Route(path, nowhere) for path in nowhere.hints),  # a call may be where pictures are, but for its base
            Route("/pictures/{name}", picture),
            *(Route(path, control) for path in (ROOT, f"{ROOT}/{{path:path}}") if control is not None),
        ]
    )
    application.add_exception_handler(StateError, lambda _request, error: sorry(error))
    application.router.redirect_slashes = False

    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        await (nowhere if scope["type"] == "http" else WebSocketClose())(scope, receive, send)

    application.router.default = default
    return application


def sorry(error: Exception) -> Response:
    """Return what a client gets in place of what a user's renderer, or a state that is out of reach, did not give.

    A request that nobody can remember was not taken: its client may send it again.
    """
    if isinstance(error, RenderError):
        return PlainTextResponse(f"{error}\n", 500)
    return JSONResponse({"safelight": str(error)}, 503, headers={"retry-after": "1"})


def _health(fake: Fake) -> Response:
    spec = fake.source.current()
    return JSONResponse(
        {
            "status": "ok" if fake.source.problem is None else "stale",
            "spec": spec.name,
            "revised": spec.revised.isoformat(),
            "digest": spec.digest,
            "problem": fake.source.problem,
        }
    )


async def _picture(fake: Fake, name: str) -> Response:
    token, _, suffix = name.rpartition(".")
    board = await fake.state.board()
    if board.clock is not None:
        fake.clock.setting = board.clock
    now = fake.clock.now()
    link = fake.opened(token, now)
    match link:
        case Link() if link.picture.format == suffix and link.trouble != "missing":
            await asyncio.sleep(link.seconds)
            age = f"private, max-age={link.expires - int(now)}"
            try:
                file = await _file(fake, link)
            except RenderError as error:
                return sorry(error)
            return Response(file, media_type=f"image/{suffix}", headers={"cache-control": age})
        case Link(trouble="missing"):
            return PlainTextResponse("There is nothing here, by order.\n", 404)
        case Expired():
            return PlainTextResponse("This link was good for a time, which is over.\n", 403)
        case Link() | Forged():
            return PlainTextResponse("This link was not made by this server, or was changed since.\n", 403)
        case _:
            assert_never(link)


async def _file(fake: Fake, link: Link) -> bytes:
    """Return the file that a link stands for, with the flaw that was ordered."""
    match link.trouble:
        case "garbage":
            return NO_IMAGE
        case "format":
            return await fake.gallery.file(other_format(link.picture))
        case "truncated":
            file = await fake.gallery.file(link.picture)
            return file[: len(file) // 2]
        case _:
            return await fake.gallery.file(link.picture)
