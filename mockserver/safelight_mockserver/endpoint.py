"""The endpoint: the calls of one path, answered.

Most calls take the short way: their answer is kept ready, nothing has been ordered, and it is sent.  Where a fault
stands, a header orders one, or a profile has a say (rate limits, latency, self-checking), the answer is worked out
anew, spoiled as ordered, and delivered by its course.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import urlsplit

from safelight import Operation, Spec

from .allowance import allowance
from .answer import Answer, Call, Responder, masked, read_json
from .delivery import Caller, ClientLeft, Delivery, Outcome, read_body, send_whole
from .faults.course import PLAIN, Course, course
from .faults.fault import Fault, Request, key_digest
from .faults.grammar import OrderError
from .faults.kinds import Pass, carried_out
from .faults.order import from_header
from .faults.spoil import arrives, damaged, spoiled
from .faults.texts import error_event
from .halves import halved
from .message import Message, RawHeaders, Stamp, filled, message
from .pace import seconds_for
from .refusal import refuse
from .reply import Events, Whole
from .service import Scope, Sent, Service
from .state import Entry
from .trouble import QUIET, Trouble, trouble
from .wire import event_text

__all__ = ["Endpoint", "Nowhere", "base_path"]

_LARGE_BODY: Final = 1 << 18  # Bytes; reading more than this would hold up other requests.
_KEPT_BODY: Final = 1 << 15  # Bytes; answers to larger requests are not kept.
_KEPT_ANSWERS: Final = 512
_LONGEST_TEST: Final = 200  # Characters of a test's id.

_STOPPED: Final = "the server was stopped before the answer had ended"

_FAULT: Final = b"x-safelight-fault"
_TEST: Final = b"x-safelight-test"


def base_path(spec: Spec) -> str:
    """Return the path under which the operations of an API are: that of its first server, as in ``/v1``."""
    return urlsplit(spec.servers[0]).path.rstrip("/") if spec.servers else ""


@dataclass(frozen=True, slots=True)
class _Received:
    """A request, once all of it has come.

    Attributes:
        caller: Who sent it.
        body: Its body; None where that is longer than the limit.
        operation: The operation that it calls; None where its path is of none.
        test: The test that it belongs to.
        began: Unix time by the machine's clock.
    """

    caller: Caller
    body: bytes | None
    operation: Operation | None
    test: str | None
    began: float


@dataclass(frozen=True, slots=True)
class _Answered:
    """An answer, and what becomes of it on its way.

    Attributes:
        ready: What is sent.
        met: The fault that it met.
        way: How it is delivered.
    """

    ready: Message
    met: Trouble = QUIET
    way: Course = PLAIN


class Endpoint:
    """Answers the calls of one path.

    Args:
        service: What all calls share.
        spec: The API.
        operations: The operations of this path, which differ in their methods.
    """

    def __init__(self, service: Service, spec: Spec, operations: Sequence[Operation]) -> None:
        self._service = service
        self._operations = {one.verb: one for one in operations}
        self._responders = {one.verb: service.responder(spec, one, service.options) for one in operations}
        self._first = operations[0]
        self._headers = operations[0].response.headers
        self._key_headers = frozenset(auth.header.lower().encode() for auth in spec.auth if auth.header is not None)
        self._telling = self._key_headers | {b"authorization", b"content-type"}
        self._kept_message = lru_cache(_KEPT_ANSWERS)(self._message)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI types them
        """Answer one request."""
        service = self._service
        caller = Caller(scope, receive, send, time.perf_counter())
        began = time.time()
        try:
            body = await read_body(receive, service.options.body_limit)
        except ClientLeft:
            return
        test = order = None
        telling: list[tuple[bytes, bytes]] = []
        for header in scope["headers"]:
            name = header[0]
            if name in self._telling:
                telling.append(header)
            elif name == _TEST:
                test = header[1].decode("latin-1")[:_LONGEST_TEST]
            elif name == _FAULT:
                order = header[1].decode("latin-1")
        received = _Received(caller, body, self._operations.get(scope["method"], self._first), test, began)
        board = await service.state.board()
        if board.clock is not None:
            service.clock.setting = board.clock
        if order is None and not board.faults and service.is_plain:
            await _deliver(service, received, _Answered(await self._ready(received, tuple(telling))))
        else:
            await self._by_order(received, tuple(telling), board.faults, order)

    async def _ready(self, received: _Received, telling: RawHeaders) -> Message:
        scope, body = received.caller.scope, received.body
        size = len(body or b"") + sum(len(value) for _, value in telling)
        if size <= _KEPT_BODY:
            return self._kept_message(scope["method"], scope["path"], telling, body)
        if size <= _LARGE_BODY:
            return self._message(scope["method"], scope["path"], telling, body)
        return await asyncio.to_thread(self._message, scope["method"], scope["path"], telling, body)

    def _message(self, verb: str, path: str, headers: RawHeaders, body: bytes | None) -> Message:
        """Find the answer.  Everything that it depends on is an argument, so that answers can be kept."""
        return self._sealed(self._answer(self._call(verb, path, headers, body)), body)

    def _sealed(self, answer: Answer, body: bytes | None) -> Message:
        ready = message(answer, self._headers)
        return ready if body is not None else replace(ready, headers=(*ready.headers, (b"connection", b"close")))

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

    async def _by_order(
        self, received: _Received, telling: RawHeaders, faults: tuple[Fault, ...], header: str | None
    ) -> None:
        """Answer where something was ordered, or a profile has a say."""
        service, scope, body = self._service, received.caller.scope, received.body
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
                orders = (from_header(header, body or b"", received.test), *faults) if header is not None else faults
                met = await trouble(service.state, orders, answer, operation, request)
            except OrderError as error:
                wrong = f"the header X-Safelight-Fault makes no sense: {error}"
                ready = message(Answer(Whole(400, {"safelight": wrong})), self._headers)
                await _deliver(service, received, _Answered(ready, replace(QUIET, note=wrong)))
                return
        if not isinstance(met.kind, Pass):
            facts = {
                "model": request.model or _text(request.body.get("model")),
                "verb": call.verb,
                "path": call.path,
                "content_type": call.content_type or "",
                "key": masked(keys[0]) if keys else "",
                "body": request.body,
            }
            answer = spoiled(met.kind, answer, operation, facts)
        ready = damaged(met.kind, self._sealed(answer, body))
        if extra:
            ready = replace(ready, headers=(*ready.headers, *((name.encode(), text.encode()) for name, text in extra)))
        await _deliver(service, received, _Answered(ready, met, self._course(met, answer)))

    def _course(self, met: Trouble, answer: Answer) -> Course:
        """Return how an answer is delivered, realistic latency included."""
        service = self._service
        way = course(met.kind, met.delay, service.dice)
        if answer.order is None or not service.options.latency or not _succeeds(answer):
            return way
        seconds = seconds_for(answer.order) * service.options.latency * service.dice.uniform(0.8, 1.2)
        if not isinstance(answer.reply, Events):
            return replace(way, wait=way.wait + seconds)
        return replace(way, pause=way.pause + seconds / max(1, len(answer.reply.events)))


class Nowhere:
    """Answers what no path is for.

    A client that leaves out the base path gets the same empty answer as from the real API, with a header beside it that
    says what is missing.

    Args:
        service: What all calls share.
        spec: The API.
    """

    def __init__(self, service: Service, spec: Spec) -> None:
        operations = tuple(spec.operations.values())
        headers = operations[0].response.headers
        base = base_path(spec)
        self._service = service
        self._message = message(Answer(refuse(operations[0].errors, "not_found", {})), headers)
        self._hints = {one.path: f"this call is at {base}{one.path}" for one in operations if base}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI types them
        """Answer one request."""
        ready, hint = self._message, self._hints.get(scope["path"], "")
        if hint:
            ready = replace(ready, headers=(*ready.headers, (b"x-safelight-hint", hint.encode())))
        caller = Caller(scope, receive, send, time.perf_counter())
        test = next((value.decode("latin-1") for name, value in scope["headers"] if name == _TEST), None)
        received = _Received(caller, b"", None, test, time.time())
        await _deliver(self._service, received, _Answered(ready, replace(QUIET, note=hint)))


async def _deliver(service: Service, received: _Received, answered: _Answered) -> None:
    """Remember a request and send its answer."""
    ready = answered.ready
    stamp = service.stamp(received.caller.scope)
    entry = _entry(received, answered, stamp)
    if ready.streams or answered.way is not PLAIN or answered.met.told:
        await _deliver_slowly(service, received, answered, entry, stamp)
        return
    pieces: list[bytes] = []
    for text in ready.texts:
        pieces += filled(text, stamp, await service.blocks(text))
    headers = ready.headers_for(stamp, round(_milliseconds(received.caller)))
    entry = replace(
        entry, sent=sum(map(len, pieces)), milliseconds=_milliseconds(received.caller), final=ready.images > 0
    )
    if service.check is not None and ready.is_judged:
        entry = _checked(service, entry, received, headers, b"".join(pieces))
    await service.state.record(entry)
    await send_whole(received.caller.send, ready.status, headers, pieces)
    service.observe(entry)


async def _deliver_slowly(
    service: Service, received: _Received, answered: _Answered, entry: Entry, stamp: Stamp
) -> None:
    """Send an answer that takes its time, or events, each when its picture is drawn; amend the log in the end."""
    ready, way, met, caller = answered.ready, answered.way, answered.met, received.caller
    kept: list[bytes] | None = [] if service.check is not None and ready.is_judged and not met.told else None
    entry = replace(entry, end="open")
    await service.state.record(entry)

    def headers() -> list[tuple[bytes, bytes]]:
        raw = ready.headers_for(stamp, round(_milliseconds(caller)))
        return [*raw, (b"cache-control", b"no-cache")] if ready.streams else raw

    async def chunks() -> AsyncIterator[list[bytes]]:
        for text in ready.texts:
            blocks = await halved(service.gallery, text) if way.halved else await service.blocks(text)
            now = replace(stamp, now=service.clock.now()) if ready.streams else stamp
            chunk = filled(text, now, blocks)
            if kept is not None:
                kept.extend(chunk)
            yield chunk

    delivery = Delivery(caller, way, service.farewell, _parting(received, stamp) if ready.streams else b"")
    if ready.streams:
        outcome = await delivery.run(ready.status, headers, chunks())
    else:
        body = [part async for chunk in chunks() for part in chunk]
        outcome = await delivery.run(ready.status, headers, _only(body), sum(map(len, body)))
    entry = _ended(entry, outcome, met, caller)
    if kept is not None and outcome.whole:
        entry = _checked(service, entry, received, headers(), b"".join(kept))
    await service.state.amend(entry)
    service.observe(entry)
    await delivery.finish(outcome)


def _entry(received: _Received, answered: _Answered, stamp: Stamp) -> Entry:
    ready, met = answered.ready, answered.met
    scope, operation = received.caller.scope, received.operation
    return Entry(
        id=stamp.request_id,
        at=stamp.now,
        verb=scope["method"],
        path=scope["path"],
        body=received.body,
        status=ready.status,
        violations=ready.violations,
        test=received.test,
        operation=operation.name if operation is not None else "",
        model=ready.model,
        began=received.began,
        fault=met.told,
        retry_after=_retry_after(ready) if ready.status >= 400 else None,
        images=ready.images if carried_out(met.kind) else 0,
        note=met.note,
    )


def _ended(entry: Entry, outcome: Outcome, met: Trouble, caller: Caller) -> Entry:
    """Write down how an answer ended; one that broke off before its status has none."""
    return replace(
        entry,
        status=entry.status if outcome.begun else 0,
        sent=outcome.sent,
        end=outcome.end,
        final=outcome.whole and entry.images > 0 and entry.status < 300 and arrives(met.kind),
        milliseconds=_milliseconds(caller),
        note="; ".join(filter(None, (entry.note, _STOPPED if outcome.stopped else ""))),
    )


def _checked(
    service: Service, entry: Entry, received: _Received, headers: list[tuple[bytes, bytes]], body: bytes
) -> Entry:
    """Judge an answer of our own, where that was asked for."""
    operation, request = received.operation, received.body
    if service.check is None or operation is None or request is None:
        return entry
    if entry.violations and service.options.face == "tolerant":
        return entry  # It breaks the spec on purpose.
    found = service.check(service.source.current(), operation, request, Sent(entry.status, headers, body))
    if not found:
        return entry
    note = f"this answer breaks the spec: {'; '.join(found)}"
    service.problems[:] = [*service.problems[-99:], f"{entry.id}: {note}"]
    return replace(entry, note="; ".join(filter(None, (entry.note, note))))


async def _only(chunk: list[bytes]) -> AsyncIterator[list[bytes]]:
    yield chunk


def _parting(received: _Received, stamp: Stamp) -> bytes:
    """Return the event that ends a stream when the server has to stop."""
    operation = received.operation
    if operation is None:
        return b""
    name = operation.response.stream.error if operation.response.stream is not None else None
    return b"".join(filled(event_text(name or "error", error_event(operation.errors)), stamp, {}))


def _milliseconds(caller: Caller) -> float:
    return (time.perf_counter() - caller.started) * 1000


def _retry_after(ready: Message) -> float | None:
    headers = dict(ready.headers)
    milliseconds, seconds = headers.get(b"retry-after-ms"), headers.get(b"retry-after")
    if milliseconds is not None:
        return float(milliseconds) / 1000
    return float(seconds) if seconds is not None else None


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
