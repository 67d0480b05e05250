"""The endpoint: the calls of one path, answered.

Most calls take the short way: their answer is kept ready, nothing has been ordered, and it is sent.  Where a fault
stands, a header orders one, or a profile has a say (rate limits, latency, self-checking), the answer is worked out
anew, spoiled as ordered, and delivered by its course.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import urlsplit

from safelight import Operation, Spec
from safelight_mockserver.answers.answer import Answer, Call, Responder, masked, read_json
from safelight_mockserver.answers.message import Message, RawHeaders, message
from safelight_mockserver.answers.pace import seconds_for
from safelight_mockserver.answers.refusal import refuse
from safelight_mockserver.answers.reply import Events, Whole
from safelight_mockserver.faults.course import PLAIN, Course, course
from safelight_mockserver.faults.fault import Fault, Request, key_digest
from safelight_mockserver.faults.grammar import OrderError
from safelight_mockserver.faults.kinds import Kind, Pass, Refusal
from safelight_mockserver.faults.order import from_header
from safelight_mockserver.faults.samples import NOTHING, sample
from safelight_mockserver.faults.spoil import damaged, spoiled
from safelight_mockserver.faults.strangers import check_strangers
from safelight_mockserver.options import Options
from safelight_mockserver.store.heads import Asked
from safelight_mockserver.store.state import Board, Outdated

from .allowance import allowance
from .delivery import Caller, ClientLeft, read_body, send_whole
from .dispatch import dispatch, send_at_once
from .intake import Crowded
from .known import Answered, Known, Received
from .preamble import preamble_for
from .service import Scope, Service
from .trouble import QUIET, Trouble, trouble

__all__ = ["Endpoint", "Nowhere", "base_path"]

_LARGE_BODY: Final = 1 << 18  # Bytes; reading more than this would hold up other requests.
_KEPT_BODY: Final = 1 << 15  # Bytes; answers to larger requests are not kept.
_KEPT_ANSWERS: Final = 512
_LONGEST_ORDER: Final = 1000  # Characters of an order, or of a test's id.

_FAULT: Final = b"x-safelight-fault"
_TEST: Final = b"x-safelight-test"
_TOO_MANY: Final = b"Too many large requests are on their way in.\n"
_CROWDED: Final = (
    (b"content-type", b"text/plain"),
    (b"retry-after", b"1"),
    (b"connection", b"close"),
    (b"content-length", b"%d" % len(_TOO_MANY)),
)


def base_path(spec: Spec) -> str:
    """Return the path under which the operations of an API are: that of its first server, as in ``/v1``."""
    return urlsplit(spec.servers[0]).path.rstrip("/") if spec.servers else ""


class Endpoint:
    """Answers the calls of one path.

    Args:
        service: What all calls share.
        spec: The API.
        operations: The operations of this path, which differ in their methods.
    """

    def __init__(self, service: Service, spec: Spec, operations: Sequence[Operation]) -> None:
        self._service = service
        self._spec = spec
        self._operations = {one.verb: one for one in operations}
        self._first = operations[0]
        self._headers = operations[0].response.headers
        self._key_headers = _key_headers(spec)
        self._told = self._key_headers | {b"authorization", b"content-type"}
        self._begin(service.options)

    def _begin(self, options: Options) -> None:
        """Answer by these options from now on."""
        operations, service = self._operations.values(), self._service
        self._options = options
        self._responders = {one.verb: service.responder(self._spec, one, options) for one in operations}
        self._known: dict[tuple[object, ...], Known] = {}
        self._kept_answer = lru_cache(_KEPT_ANSWERS)(self._undisturbed)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI types them
        """Answer one request."""
        service = self._service
        caller = Caller(scope, receive, send, time.perf_counter())
        try:
            body = await read_body(receive, service.options.body_limit, service.intake)
        except ClientLeft:
            return
        except Crowded:
            await send_whole(send, 503, _CROWDED, [_TOO_MANY], len(_TOO_MANY))
            return
        latest = service.state.latest_board
        if latest is not None and await self._answer_under(latest, caller, body):
            return
        board = await service.state.board()
        if board.clock is not None:
            self._follow(board)
        known = None
        if not board.faults and service.is_plain:
            known = self.recall(scope, body) or await self._meet(scope, body)
        if known is None:
            await self._by_order(caller, body, board.faults)
        elif known.answered.at_once:
            await send_at_once(service, caller, known)
        else:
            await dispatch(service, caller, known.received, known.answered)

    async def _answer_under(self, board: Board, caller: Caller, body: bytes | None) -> bool:
        """Answer by the board as it was known last, and tell whether that went well.

        A shared state then has to be asked once: it remembers the request only if the board is still the same.
        """
        if board.faults or not self._service.is_plain:
            return False
        self._follow(board)
        scope = caller.scope
        known = self.recall(scope, body) or await self._meet(scope, body)
        if known is None:
            return False
        try:
            await dispatch(self._service, caller, known.received, known.answered, board)
        except Outdated:
            return False
        return True

    def _follow(self, board: Board) -> None:
        """Take over what another server of the same state was told."""
        service = self._service
        if board.clock is not None:
            service.clock.setting = board.clock
        if board.seed is not None and board.seed != service.options.seed:
            service.reconfigure(replace(service.options, seed=board.seed))
        if self._options is not service.options:  # This request has come to what was there before.
            self._begin(service.options)

    def recall(self, scope: Scope, body: bytes | None) -> Known | None:
        """Return what is kept of a request that came before; the key of a large one is not worth making."""
        return self._known.get(_key(scope, body)) if body is None or len(body) <= _KEPT_BODY else None

    async def _meet(self, scope: Scope, body: bytes | None) -> Known | None:
        """Answer a request that is not known, and keep the answer; None where a header orders a fault."""
        received = self._received(scope, body)
        if any(name == _FAULT for name, _ in scope["headers"]):
            return None
        telling = self._telling(scope)
        size = len(body or b"") + received.asked.size
        if size <= _KEPT_BODY:
            ready = self._kept_answer(received.verb, received.path, telling, body)
            if len(self._known) >= _KEPT_ANSWERS:
                self._known.clear()
            preamble = preamble_for(scope, ready.ready) if ready.at_once else None
            known = self._known[_key(scope, body)] = Known(received, ready, preamble)
            return known
        if size <= _LARGE_BODY:
            return Known(received, self._undisturbed(received.verb, received.path, telling, body))
        return Known(received, await asyncio.to_thread(self._undisturbed, received.verb, received.path, telling, body))

    def _received(self, scope: Scope, body: bytes | None) -> Received:
        operation = self._operations.get(scope["method"], self._first)
        asked = Asked(scope["headers"], self._key_headers, scope["query_string"])
        return Received(scope["method"], scope["path"], body, operation, _header(scope, _TEST), asked)

    def _telling(self, scope: Scope) -> RawHeaders:
        """Return the headers that answers depend on."""
        return tuple([header for header in scope["headers"] if header[0] in self._told])

    def _undisturbed(self, verb: str, path: str, headers: RawHeaders, body: bytes | None) -> Answered:
        """Find the answer.  Everything that it depends on is an argument, so that answers can be kept."""
        return Answered(self._sealed(self._answer(self._call(verb, path, headers, body)), body))

    def _sealed(self, answer: Answer, body: bytes | None) -> Message:
        ready = message(answer, self._headers)
        return ready if body is not None else ready.having((b"connection", b"close"))

    def _answer(self, call: Call) -> Answer:
        return self._responder(call.verb).answer(call)

    def _responder(self, verb: str) -> Responder:
        return self._responders.get(verb, self._responders[self._first.verb])

    def _call(self, verb: str, path: str, headers: RawHeaders, body: bytes | None) -> Call:
        texts = {name: value.decode("latin-1") for name, value in headers}
        return Call(
            verb=verb,
            path=path,
            authorization=texts.get(b"authorization"),
            keys={name.decode(): texts[name] for name in self._key_headers if name in texts},
            content_type=texts.get(b"content-type"),
            body=body,
        )

    async def _by_order(self, caller: Caller, body: bytes | None, faults: tuple[Fault, ...]) -> None:
        """Answer where something was ordered, or a profile has a say."""
        service, scope = self._service, caller.scope
        received, telling, header = self._received(scope, body), self._telling(scope), _header(scope, _FAULT)
        operation = received.operation or self._first
        call = self._call(scope["method"], scope["path"], telling, body)
        answer = await asyncio.to_thread(self._answer, call) if len(body or b"") > _LARGE_BODY else self._answer(call)
        keys = self._responder(call.verb).keys(call)
        request = Request(
            operation=operation.name, model=answer.model, body=_fields(body), keys=keys, test=received.test
        )
        limited, extra = await allowance(service, operation, answer, key_digest(keys[0]) if keys else "")
        met = QUIET
        if limited is not None:
            answer = limited
        else:
            try:
                orders = faults if call.verb in self._operations else ()  # A question about methods is no call.
                if header is not None:
                    own = from_header(header, body or b"", received.test)
                    check_strangers(own, service.source.current())
                    orders = (own, *orders)
                met = await trouble(service.state, orders, answer, operation, request)
            except OrderError as error:
                wrong = f"the header X-Safelight-Fault makes no sense: {error}"
                ready = message(Answer(Whole(400, {"safelight": wrong})), self._headers)
                await dispatch(service, caller, received, Answered(ready, replace(QUIET, note=wrong)))
                return
        if not isinstance(met.kind, Pass):
            answer = self._spoiled(met.kind, answer, call, request)
        ready = damaged(met.kind, self._sealed(answer, body))
        if extra:
            ready = ready.having(*((name.encode(), text.encode()) for name, text in extra))
        await dispatch(service, caller, received, Answered(ready, met, self._course(met, answer)))

    def _spoiled(self, kind: Kind, answer: Answer, call: Call, request: Request) -> Answer:
        """Return what a fault makes of an answer to this call."""
        operation, responder = self._operations.get(call.verb, self._first), self._responder(call.verb)
        told = NOTHING
        if isinstance(kind, Refusal):
            told = sample(operation, kind.text, request.model, request.body, responder.lens)
        facts = {
            "model": request.model or _text(request.body.get("model")),
            "verb": call.verb,
            "path": call.path,
            "content_type": call.content_type or "",
            "key": masked(responder.keys(call)[0]) if responder.keys(call) else "",
            "limit": self._service.options.body_limit,
        }
        return spoiled(kind, answer, operation, {**facts, **told.facts}, told.changes)

    def _course(self, met: Trouble, answer: Answer) -> Course:
        """Return how an answer is delivered, realistic latency included."""
        service = self._service
        way = course(met.kind, met.delay, service.dice)
        if answer.order is None or not service.options.latency or not _succeeds(answer):
            return PLAIN if way == PLAIN else way
        seconds = seconds_for(answer.order) * service.options.latency * service.dice.uniform(0.8, 1.2)
        if not isinstance(answer.reply, Events):
            return replace(way, wait=way.wait + seconds)
        return replace(way, pause=way.pause + seconds / max(1, len(answer.reply.events)))


class Nowhere:
    """Answers what no path is for.

    What is below the path of a call is answered in the words of that call, all else in those of the first.  A client
    that leaves out the base path gets the same empty answer as from the real API, with a header beside it that says
    what is missing.

    Args:
        service: What all calls share.
        spec: The API.

    Attributes:
        hints: By path: what is told of a call that leaves out the base path.
    """

    def __init__(self, service: Service, spec: Spec) -> None:
        operations = tuple(spec.operations.values())
        base = base_path(spec)
        self._service = service
        self._key_headers = _key_headers(spec)
        self._message = _not_found(operations[0])
        by_depth = sorted(operations, key=lambda one: len(one.path), reverse=True)
        self._below = tuple((f"{base}{one.path}/", _not_found(one)) for one in by_depth)
        self.hints: Mapping[str, str] = {one.path: f"this call is at {base}{one.path}" for one in operations if base}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI types them
        """Answer one request."""
        path = scope["path"]
        ready = next((words for below, words in self._below if path.startswith(below)), self._message)
        hint = self.hints.get(path, "")
        if hint:
            ready = ready.having((b"x-safelight-hint", hint.encode()))
        caller = Caller(scope, receive, send, time.perf_counter())
        asked = Asked(scope["headers"], self._key_headers, scope["query_string"])
        received = Received(scope["method"], path, b"", None, _header(scope, _TEST), asked)
        await dispatch(self._service, caller, received, Answered(ready, replace(QUIET, note=hint)))


def _not_found(operation: Operation) -> Message:
    return message(Answer(refuse(operation.errors, "not_found", {})), operation.response.headers)


def _key_headers(spec: Spec) -> frozenset[bytes]:
    return frozenset(auth.header.lower().encode() for auth in spec.auth if auth.header is not None)


def _key(scope: Scope, body: bytes | None) -> tuple[object, ...]:
    """Return all that an answer, and what the log says of it, can depend on."""
    where = scope["method"], scope["path"], scope["query_string"], scope["scheme"], scope.get("server")
    return *where, tuple(scope["headers"]), body


def _header(scope: Scope, wanted: bytes) -> str | None:
    """Return the last header of a name."""
    found = [value for name, value in scope["headers"] if name == wanted]
    return found[-1].decode("latin-1")[:_LONGEST_ORDER] if found else None


def _succeeds(answer: Answer) -> bool:
    return isinstance(answer.reply, Events) or (isinstance(answer.reply, Whole) and answer.reply.status < 300)


def _fields(body: bytes | None) -> Mapping[str, Any]:
    """Read the fields of a body, as scopes look at them; none where it is no JSON object."""
    try:
        value = read_json(body or b"")
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
