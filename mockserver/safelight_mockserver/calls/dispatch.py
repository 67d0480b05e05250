"""The dispatch: a request is remembered, and its answer sent.

A request is in the log before its client has the answer.  Most answers are whole and undisturbed: these are remembered
once, as they will end.  Streams, and whatever a fault or a profile has a say in, are remembered as open, and amended
when they have ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Final

from safelight import Operation
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.answers.message import Message, RawHeaders, Stamp, filled, message
from safelight_mockserver.answers.reply import Empty
from safelight_mockserver.answers.wire import event_text
from safelight_mockserver.faults.kinds import Refusal, carried_out
from safelight_mockserver.faults.spoil import arrives
from safelight_mockserver.faults.texts import error_event, refused
from safelight_mockserver.pictures.renderer import RenderError
from safelight_mockserver.store.entry import End, Entry
from safelight_mockserver.store.state import Board

from .delivery import Caller, Delivery, Outcome, send_whole
from .halves import halved
from .known import Answered, Known, Received
from .service import Sent, Service

__all__ = ["dispatch", "send_at_once"]

_STOPPED: Final = "the server was stopped before the answer had ended"
_SORRY: Final = Refusal("unavailable", "unavailable", retry_after=1.0)


async def dispatch(
    service: Service, caller: Caller, received: Received, answered: Answered, board: Board | None = None
) -> None:
    """Remember a request and send its answer.

    Raises:
        Outdated: The answer was found by a *board* that is none any more; nothing has been done.
    """
    if answered.at_once:
        await send_at_once(service, caller, Known(received, answered), board)
    else:
        await _slowly(service, caller, Known(received, answered), board)


async def send_at_once(service: Service, caller: Caller, known: Known, board: Board | None = None) -> None:
    """Remember a request whose answer goes out whole, and send it; see `dispatch`."""
    ready, now, request_id = known.answered.ready, service.clock.now(), service.new_id()
    body = known.body_at(now)
    if body is None:
        try:
            made = await _filled(service, ready, service.stamp(caller.scope, request_id, now))
        except RenderError as error:
            entry = known.entry_at(request_id, now, caller.milliseconds(), 0)
            await service.state.record(_undrawn(entry, error))
            raise
        body = known.keep_body(now, made, sum(map(len, made)))
    pieces, size = body
    entry = known.entry_at(request_id, now, caller.milliseconds(), size)
    headers = ready.head.raw(request_id, entry.milliseconds, ready.length(size))
    if service.check is not None and ready.is_judged:
        entry = _checked(service, entry, known.received, Sent(entry.status, headers, b"".join(pieces)))
    await _remember(service, entry, board)
    service.replies.keep(entry.id, pieces, size)
    await send_whole(caller.send, ready.status, headers, pieces, size)
    service.observe(entry)


def _remember(service: Service, entry: Entry, board: Board | None) -> Awaitable[None]:
    """Remember a request; by a board that may have changed, only if it has not."""
    return service.state.record(entry) if board is None else service.state.record_under(entry, board)


async def _filled(service: Service, ready: Message, stamp: Stamp) -> list[bytes]:
    pieces: list[bytes] = []
    for text in ready.texts:
        pieces += filled(text, stamp, await service.blocks(text))
    return pieces


async def _slowly(service: Service, caller: Caller, known: Known, board: Board | None) -> None:
    """Send an answer that takes its time, or events, each when its picture is drawn; amend the log in the end."""
    received, answered = known.received, known.answered
    ready, way, met = answered.ready, answered.way, answered.met
    stamp = service.stamp(caller.scope, service.new_id(), service.clock.now())
    kept: list[bytes] | None = [] if service.check is not None and ready.is_judged and not met.told else None
    await _remember(service, _entry(known, stamp, caller, "open"), board)
    size = 0
    told: RawHeaders = ()

    def headers() -> RawHeaders:
        nonlocal told
        raw = ready.head.raw(stamp.request_id, caller.milliseconds(), ready.length(size))
        told = (*raw, (b"cache-control", b"no-cache")) if ready.streams else tuple(raw)
        return told

    async def chunks() -> AsyncIterator[list[bytes]]:
        for text in ready.texts:
            blocks = await halved(service.gallery, text) if way.halved else await service.blocks(text)
            now = replace(stamp, now=service.clock.now()) if ready.streams else stamp
            chunk = filled(text, now, blocks)
            if kept is not None:
                kept.extend(chunk)
            service.replies.keep(stamp.request_id, chunk, sum(map(len, chunk)))
            yield chunk

    delivery = Delivery(caller, way, service.farewell, _parting(received, stamp) if ready.streams else b"")
    try:
        if ready.streams:
            outcome = await delivery.run(ready.status, headers, chunks())
        else:
            body = [part async for chunk in chunks() for part in chunk]
            size = sum(map(len, body))
            outcome = await delivery.run(ready.status, headers, _only(body), size)
    except asyncio.CancelledError:
        await service.state.amend(_entry(known, stamp, caller, "left"))
        raise
    except RenderError as error:
        await service.state.amend(_undrawn(_entry(known, stamp, caller, "cut"), error))
        raise
    if outcome.stopped and not outcome.begun and received.operation is not None:
        await _excused(service, caller, _excuse(known, received.operation), stamp, delivery)
        return
    final = _is_final(outcome, answered)
    entry = _unbegun(_entry(known, stamp, caller, outcome.end, sent=outcome.sent, final=final, told=told), outcome)
    if kept is not None and outcome.whole:
        entry = _checked(service, entry, received, Sent(entry.status, told, b"".join(kept)))
    await service.state.amend(entry)
    service.observe(entry)
    await delivery.finish(outcome)


def _excuse(known: Known, operation: Operation) -> Known:
    """Return the answer to a client whose own has not begun when the server has to stop; nothing is billed."""
    reply, met = refused(operation, _SORRY, {}) or Empty(503), known.answered.met
    ready = message(Answer(reply), operation.response.headers).having((b"connection", b"close"))
    return Known(known.received, Answered(ready, replace(met, note="; ".join(filter(None, (met.note, _STOPPED))))))


async def _excused(service: Service, caller: Caller, known: Known, stamp: Stamp, delivery: Delivery) -> None:
    """Send another answer in the place of one that has not begun."""
    ready = known.answered.ready
    pieces = await _filled(service, ready, stamp)
    size = sum(map(len, pieces))
    entry = known.entry_at(stamp.request_id, stamp.now, caller.milliseconds(), size)
    service.replies.keep(entry.id, pieces, size)
    await service.state.amend(entry)
    service.observe(entry)
    await delivery.excuse(ready.status, ready.head.raw(entry.id, entry.milliseconds, ready.length(size)), pieces)


def _is_final(outcome: Outcome, answered: Answered) -> bool:
    """Whether the finished images went out, whole and readable."""
    ready, kind = answered.ready, answered.met.kind
    sent = outcome.whole and ready.images > 0 and ready.status < 300
    return sent and carried_out(kind) and arrives(kind)


def _undrawn(entry: Entry, error: RenderError) -> Entry:
    """Write down that a user's renderer did not give a picture: whoever sends the answer tells of it."""
    return entry._replace(status=500, images=0, final=False, told=(), note=str(error))


def _unbegun(entry: Entry, outcome: Outcome) -> Entry:
    """Write down, if so it is, that there was no status, and why an answer ended that nobody had ordered to."""
    if outcome.begun and not outcome.stopped:
        return entry
    note = "; ".join(filter(None, (entry.note, _STOPPED if outcome.stopped else "")))
    return entry._replace(status=entry.status if outcome.begun else 0, note=note)


def _entry(
    known: Known, stamp: Stamp, caller: Caller, end: End, *, sent: int = 0, final: bool = False, told: RawHeaders = ()
) -> Entry:
    entry = known.entry_at(stamp.request_id, stamp.now, caller.milliseconds(), sent)
    return entry._replace(end=end, final=final, told=told)


def _checked(service: Service, entry: Entry, received: Received, sent: Sent) -> Entry:
    """Judge an answer of our own, where that was asked for."""
    operation, request = received.operation, received.body
    if service.check is None or operation is None or request is None:
        return entry
    if entry.violations and service.options.face == "tolerant":
        return entry  # It breaks the spec on purpose.
    found = service.check(service.source.current(), operation, request, sent)
    if not found:
        return entry
    note = f"this answer breaks the spec: {'; '.join(found)}"
    service.problems[:] = [*service.problems[-99:], f"{entry.id}: {note}"]
    return entry._replace(note="; ".join(filter(None, (entry.note, note))))


async def _only(chunk: list[bytes]) -> AsyncIterator[list[bytes]]:
    yield chunk


def _parting(received: Received, stamp: Stamp) -> bytes:
    """Return the event that ends a stream when the server has to stop."""
    operation = received.operation
    if operation is None:
        return b""
    name = operation.response.stream.error if operation.response.stream is not None else None
    return b"".join(filled(event_text(name or "error", error_event(operation.errors)), stamp, {}))
