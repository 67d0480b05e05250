"""The application: the fake API as a web server runs it.

This is the edge: what is answered has been decided in `answer`, and here it is read, sent and remembered.  Starlette
routes, sends streams and serves the small pages.  The call itself is plain ASGI: load tests meet it, and it needs
nothing of a request object.

This is the only module that imports Starlette.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final, assert_never
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.websockets import WebSocketClose

from safelight import Operation, Spec

from .answer import Answer, Call, Responder
from .clock import Clock
from .delivery import ClientLeft, read_body, send_whole
from .gallery import Gallery
from .links import Expired, Forged, Link, sign, verify
from .live import SpecSource
from .message import Message, RawHeaders, Stamp, blocks_in, filled, message
from .options import Options
from .picture import Picture
from .refusal import refuse
from .reply import Address
from .requestid import new_request_id
from .state import Entry, State
from .wire import Block, Text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

__all__ = ["Fake", "base_path"]

_LARGE_BODY: Final = 1 << 18  # Bytes; reading more than this would hold up other requests.
_KEPT_BODY: Final = 1 << 15  # Bytes; answers to larger requests are not kept.
_KEPT_ANSWERS: Final = 512
_KEPT_LINKS: Final = 512  # Links of one second are equal.

_HOST: Final = re.compile(rb"[A-Za-z0-9._:\[\]-]+")


class Fake:
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
        self.source = source
        self.options = options
        self.clock = clock
        self.state = state
        self.gallery = Gallery(options.cache_bytes)
        self.responder = responder
        self._secret = options.secret or secrets.token_bytes(32)
        self._token = lru_cache(_KEPT_LINKS)(self._sign)
        self._site = self._made_site(source.current())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        spec = self.source.current()
        if self._site.spec is not spec:
            self._site = self._made_site(spec)
        endpoint = self._site.endpoints.get(scope["path"]) if scope["type"] == "http" else None
        await (endpoint or self._site.application)(scope, receive, send)

    def stamp(self, scope: Scope) -> Stamp:
        """Return what the answer to a request is stamped with."""
        return Stamp(new_request_id(), self.clock.now(), partial(self._address, scope))

    def _address(self, scope: Scope, hole: Address, now: float) -> str:
        return f"{self._origin(scope)}/pictures/{self._token(hole.picture, int(now) + hole.lifetime)}"

    def _sign(self, picture: Picture, expires: int) -> str:
        return f"{sign(Link(picture, expires), self._secret)}.{picture.format}"

    async def blocks(self, text: Text) -> dict[Block, bytes]:
        """Return the stretches of a text that have pictures in them, drawn if need be."""
        return {block: await self.gallery.block(block) for block in blocks_in(text)}

    def _made_site(self, spec: Spec) -> _Site:
        by_path: dict[str, list[Operation]] = {}
        for operation in spec.operations.values():
            by_path.setdefault(base_path(spec) + operation.path, []).append(operation)
        endpoints = {path: _Endpoint(self, spec, operations) for path, operations in by_path.items()}
        application = Starlette(
            routes=[
                *(Route(path, endpoint) for path, endpoint in endpoints.items()),
                Route("/health", self._health),
                Route("/pictures/{name}", self._picture),
            ]
        )
        application.router.redirect_slashes = False
        application.router.default = _Nowhere(self, spec)
        return _Site(spec, endpoints, application)

    def _origin(self, scope: Scope) -> str:
        """The start of links: where the request was sent, unless the options know better."""
        if self.options.public_url is not None:
            return self.options.public_url.rstrip("/")
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if not _HOST.fullmatch(host):
            host = "{}:{}".format(*(scope.get("server") or ("127.0.0.1", 80))).encode()
        return f"{scope['scheme']}://{host.decode()}"

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
        now = self.clock.now()
        link = verify(token, self._secret, now)
        match link:
            case Link(picture, expires) if picture.format == suffix:
                data = await self.gallery.file(picture)
                age = f"private, max-age={expires - int(now)}"
                return Response(data, media_type=f"image/{picture.format}", headers={"cache-control": age})
            case Expired():
                return PlainTextResponse("This link was good for a time, which is over.\n", 403)
            case Link() | Forged():
                return PlainTextResponse("This link was not made by this server, or was changed since.\n", 403)
            case _:
                assert_never(link)


def base_path(spec: Spec) -> str:
    """Return the path under which the operations of an API are: that of its first server, as in ``/v1``."""
    return urlsplit(spec.servers[0]).path.rstrip("/") if spec.servers else ""


@dataclass(frozen=True, slots=True)
class _Site:
    """A spec as it is served.

    Attributes:
        spec: The spec.
        endpoints: Its calls, by path.  Most requests find theirs here, at half the cost of routing.
        application: Serves every path: the calls too, for an application that mounts the fake below a path of its own.
    """

    spec: Spec
    endpoints: Mapping[str, _Endpoint]
    application: Starlette


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who is to be answered, and since when (by `time.perf_counter`)."""

    scope: Scope
    receive: Receive
    send: Send
    started: float

    def milliseconds(self) -> int:
        """How long the answer has taken so far."""
        return round((time.perf_counter() - self.started) * 1000)


class _Endpoint:
    """Answers the calls of one path."""

    def __init__(self, fake: Fake, spec: Spec, operations: Sequence[Operation]) -> None:
        self._fake = fake
        self._responders = {one.verb: fake.responder(spec, one, fake.options) for one in operations}
        self._first = next(iter(self._responders.values()))
        self._headers = operations[0].response.headers
        self._key_headers = frozenset(auth.header.lower().encode() for auth in spec.auth if auth.header is not None)
        self._telling = self._key_headers | {b"authorization", b"content-type"}
        self._kept_message = lru_cache(_KEPT_ANSWERS)(self._message)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = _Caller(scope, receive, send, time.perf_counter())
        try:
            body = await read_body(receive, self._fake.options.body_limit)
        except ClientLeft:
            return
        telling = tuple(header for header in scope["headers"] if header[0] in self._telling)
        size = len(body or b"") + sum(len(value) for _, value in telling)
        if size <= _KEPT_BODY:
            ready = self._kept_message(scope["method"], scope["path"], telling, body)
        elif size <= _LARGE_BODY:
            ready = self._message(scope["method"], scope["path"], telling, body)
        else:
            ready = await asyncio.to_thread(self._message, scope["method"], scope["path"], telling, body)
        await _deliver(self._fake, ready, body, caller)

    def _message(self, verb: str, path: str, headers: RawHeaders, body: bytes | None) -> Message:
        """Find the answer.  Everything that it depends on is an argument, so that answers can be kept."""
        texts = {name: value.decode("latin-1") for name, value in headers}
        call = Call(
            verb=verb,
            path=path,
            authorization=texts.get(b"authorization"),
            keys={name.decode(): texts[name] for name in self._key_headers if name in texts},
            content_type=texts.get(b"content-type"),
            body=body,
        )
        ready = message(self._responders.get(verb, self._first).answer(call), self._headers)
        if body is None:
            return replace(ready, headers=(*ready.headers, (b"connection", b"close")))
        return ready


class _Nowhere:
    """Answers what no path is for.

    A client that leaves out the base path gets the same empty answer as from the real API, with a header beside it that
    says what is missing.
    """

    def __init__(self, fake: Fake, spec: Spec) -> None:
        operations = tuple(spec.operations.values())
        headers = operations[0].response.headers
        base = base_path(spec)
        self._fake = fake
        self._message = message(Answer(refuse(operations[0].errors, "not_found", {})), headers)
        self._hints = {one.path: f"this call is at {base}{one.path}".encode() for one in operations if base}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        ready, hint = self._message, self._hints.get(scope["path"])
        if hint is not None:
            ready = replace(ready, headers=(*ready.headers, (b"x-safelight-hint", hint)))
        await _deliver(self._fake, ready, b"", _Caller(scope, receive, send, time.perf_counter()))


async def _deliver(fake: Fake, ready: Message, body: bytes | None, caller: _Caller) -> None:
    """Remember a request and send its answer."""
    scope = caller.scope
    stamp = fake.stamp(scope)
    entry = Entry(
        id=stamp.request_id,
        at=stamp.now,
        verb=scope["method"],
        path=scope["path"],
        body=body,
        status=ready.status,
        violations=ready.violations,
    )
    await fake.state.record(entry)
    if ready.streams:
        await _stream(fake, ready, stamp, caller)
        return
    pieces: list[bytes] = []
    for text in ready.texts:
        pieces += filled(text, stamp, await fake.blocks(text))
    await send_whole(caller.send, ready.status, ready.headers_for(stamp, caller.milliseconds()), pieces)


async def _stream(fake: Fake, ready: Message, stamp: Stamp, caller: _Caller) -> None:
    """Send events, each when its picture is drawn, until there are no more or the client has left."""

    async def pieces() -> AsyncIterator[bytes]:
        for text in ready.texts:
            blocks = await fake.blocks(text)
            for piece in filled(text, replace(stamp, now=fake.clock.now()), blocks):
                yield piece

    response = StreamingResponse(pieces())
    response.raw_headers = [*ready.headers_for(stamp, caller.milliseconds()), (b"cache-control", b"no-cache")]
    await response(caller.scope, caller.receive, caller.send)
