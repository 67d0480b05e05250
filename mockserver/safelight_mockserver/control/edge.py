"""The edge of the control API: requests read and answers sent; the only module of it that knows Starlette."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from safelight_mockserver.control import ROOT
from safelight_mockserver.exchange import App
from safelight_mockserver.store.redis_state import StateError

from .access import check
from .calls import CALLS, Call
from .desk import Desk
from .dials import Dials
from .inquiry import Feed, Inquiry, Said
from .problem import Problem, told

if TYPE_CHECKING:
    from safelight_mockserver.app import Fake

__all__ = ["application"]

_Answerer: TypeAlias = Callable[[Inquiry], Awaitable[Any]]

_LONGEST_BODY: Final = 1 << 20
_PAGE_FILES: Final[Mapping[str, str]] = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "elements.js": "text/javascript; charset=utf-8",
    "api.js": "text/javascript; charset=utf-8",
    "log.js": "text/javascript; charset=utf-8",
    "playground.js": "text/javascript; charset=utf-8",
    "switches.js": "text/javascript; charset=utf-8",
}
"""The files of the page; no other can be asked for."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


def application(fake: Fake) -> App:
    """Make the control API of a fake, with its page."""
    desk, dials = Desk(fake, ROOT), Dials(fake)
    app = Starlette(
        routes=[
            Route(ROOT, _to_page),
            Route(f"{ROOT}/", partial(_file, "index.html")),
            *(Route(f"{ROOT}/page/{name}", partial(_file, name)) for name in _PAGE_FILES if name != "index.html"),
            *(
                Route(f"{ROOT}{call.path}", _endpoint(fake, _answerer(call, desk, dials), call), methods=[call.verb])
                for call in _ordered()
            ),
        ],
        exception_handlers={HTTPException: _nowhere},
    )
    app.router.redirect_slashes = False
    return app


def _ordered() -> list[Call]:
    """Put paths without parameters before those that would match them too."""
    return sorted(CALLS, key=lambda call: "{" in call.path)


def _answerer(call: Call, *places: Desk | Dials) -> _Answerer:
    """Return the method that answers a call: the one of its name."""
    found: _Answerer = next(getattr(place, call.name) for place in places if hasattr(place, call.name))
    return found


def _endpoint(fake: Fake, answer: _Answerer, call: Call) -> Callable[[Request], Awaitable[Response]]:

    async def endpoint(request: Request) -> Response:
        try:
            if not call.is_open:
                check(request.headers, fake.options.control_key, fake.options.public_url)
            return _response(call, await answer(await _inquiry(fake, call, request)))
        except Problem as problem:
            return _problem(problem)
        except StateError as error:
            return _problem(Problem(503, str(error)))
        except ClientDisconnect:
            return Response(status_code=400)

    return endpoint


async def _inquiry(fake: Fake, call: Call, request: Request) -> Inquiry:
    for name in request.query_params:
        if name not in call.query:
            known = ", ".join(call.query) or "no parameters"
            raise Problem(400, f"there is no parameter {name!r}", f"{call.verb} {call.path} takes {known}")
    body = await _body(request) if call.takes else None
    query = dict(request.query_params)
    return Inquiry(path=request.path_params, query=query, body=body, origin=fake.origin(request.scope))


async def _body(request: Request) -> Any:  # noqa: ANN401 - any JSON value
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > _LONGEST_BODY:
            raise Problem(413, f"the body of a call has at most {_LONGEST_BODY} bytes")
    if not data:
        return None
    try:
        return json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"the body is no JSON: {error}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _response(call: Call, answer: Any) -> Response:  # noqa: ANN401 - what a method of the desk returns
    match answer:
        case Feed(events):
            headers = dict(_ALWAYS) | {"x-accel-buffering": "no"}
            return StreamingResponse(events, media_type="text/event-stream", headers=headers)
        case Said(content=content, status=status, media="", file=_):
            return _json(content, status)
        case Said(content=content, status=status, media=media, file=file):
            headers = dict(_ALWAYS) | ({"content-disposition": f'attachment; filename="{file}"'} if file else {})
            return Response(content, status, headers=headers, media_type=media)
        case None:
            return Response(status_code=204, headers=dict(_ALWAYS))
        case _:
            return _json(answer, call.status)


def _json(value: Any, status: int) -> Response:  # noqa: ANN401 - any JSON value
    # As ASCII: a request may have had half a surrogate pair in it, which has no form in UTF-8.
    return Response(json.dumps(value), status, headers=dict(_ALWAYS), media_type="application/json")


def _problem(problem: Problem) -> Response:
    response = _json(told(problem), problem.status)
    if problem.status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


async def _nowhere(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    here = f"{request.method} {request.url.path}"
    return _problem(Problem(status, f"there is no call {here}", f"{ROOT}/openapi.json lists them"))


async def _to_page(_: Request) -> Response:
    return RedirectResponse(f"{ROOT}/", headers=dict(_ALWAYS))


async def _file(name: str, _: Request) -> Response:
    data = files("safelight_mockserver.control").joinpath("page", name).read_bytes()
    headers = dict(_ALWAYS) | {"content-security-policy": _POLICY, "cache-control": "no-cache"}
    return Response(data, headers=headers, media_type=_PAGE_FILES[name])
