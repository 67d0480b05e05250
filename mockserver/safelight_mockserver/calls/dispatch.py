"""The dispatch: a request is remembered, and its answer sent.

A request is in the log before its client has the answer.  Most answers are whole and undisturbed: these are remembered
once, as they will end.  Streams, and whatever a fault or a profile has a say in, are remembered as open, and amended
when they have ended.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from safelight import Operation
from safelight_mockserver.answers.message import Head, Message, RawHeaders, Stamp, filled
from safelight_mockserver.answers.wire import event_text
from safelight_mockserver.faults.course import PLAIN, Course
from safelight_mockserver.faults.kinds import carried_out
from safelight_mockserver.faults.spoil import arrives
from safelight_mockserver.faults.texts import error_event
from safelight_mockserver.pictures.renderer import RenderError
from safelight_mockserver.store.heads import Asked
from safelight_mockserver.store.state import End, Entry

from .delivery import Caller, Delivery, Outcome, send_whole
from .halves import halved
from .service import Sent, Service
from .trouble import QUIET, Trouble

__all__ = ["Answered", "Received", "dispatch"]

_STOPPED: Final = "the server was stopped before the answer had ended"


class Received(NamedTuple):
    """A request, once all of it has come.

    Every request needs one, and a named tuple is made in a third of the time of a frozen dataclass.

    Attributes:
        caller: Who sent it.
        body: Its body; None where that is longer than the limit.
        operation: The operation that it calls; None where its path is of none.
        test: The test that it belongs to.
        asked: Its headers.
    """

    caller: Caller
    body: bytes | None
    operation: Operation | None
    test: str | None
    asked: Asked


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and what becomes of it on its way.

    Attributes:
        ready: What is sent.
        met: The fault that it met.
        way: How it is delivered.
    """

    ready: Message
    met: Trouble = QUIET
    way: Course = PLAIN


async def dispatch(service: Service, received: Received, answered: Answered) -> None:
    """Remember a request and send its answer."""
    ready, caller = answered.ready, received.caller
    stamp = service.stamp(caller.scope)
    if ready.streams or answered.way is not PLAIN or answered.met.told:
        await _slowly(service, received, answered, stamp)
        return
    pieces: list[bytes] = []
    try:
        for text in ready.texts:
            pieces += filled(text, stamp, await service.blocks(text))
    except RenderError as error:
        await service.state.record(_undrawn(_entry(received, answered, stamp, end="complete", sent=0), error))
        raise
    size = sum(map(len, pieces))
    entry = _entry(received, answered, stamp, end="complete", sent=size, final=ready.images > 0, told=ready.head)
    headers = ready.head.raw(entry.id, entry.milliseconds, ready.length(size))
    if service.check is not None and ready.is_judged:
        entry = _checked(service, entry, received, Sent(entry.status, headers, b"".join(pieces)))
    await service.state.record(entry)
    await send_whole(caller.send, ready.status, headers, pieces, size)
    service.observe(entry)


async def _slowly(service: Service, received: Received, answered: Answered, stamp: Stamp) -> None:
    """Send an answer that takes its time, or events, each when its picture is drawn; amend the log in the end."""
    ready, way, met, caller = answered.ready, answered.way, answered.met, received.caller
    kept: list[bytes] | None = [] if service.check is not None and ready.is_judged and not met.told else None
    await service.state.record(_entry(received, answered, stamp, end="open", sent=0))
    size = 0
    told: RawHeaders = ()

    def headers() -> RawHeaders:
        nonlocal told
        raw = ready.head.raw(stamp.request_id, _milliseconds(caller), ready.length(size))
        told = (*raw, (b"cache-control", b"no-cache")) if ready.streams else tuple(raw)
        return told

    async def chunks() -> AsyncIterator[list[bytes]]:
        for text in ready.texts:
            blocks = await halved(service.gallery, text) if way.halved else await service.blocks(text)
            now = replace(stamp, now=service.clock.now()) if ready.streams else stamp
            chunk = filled(text, now, blocks)
            if kept is not None:
                kept.extend(chunk)
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
        await service.state.amend(_entry(received, answered, stamp, end="left", sent=0))
        raise
    except RenderError as error:
        await service.state.amend(_undrawn(_entry(received, answered, stamp, end="cut", sent=0), error))
        raise
    final = _is_final(outcome, answered)
    entry = _entry(received, answered, stamp, end=outcome.end, sent=outcome.sent, final=final, told=told)
    if outcome.stopped or not outcome.begun:
        entry = _unbegun(entry, outcome)
    if kept is not None and outcome.whole:
        entry = _checked(service, entry, received, Sent(entry.status, told, b"".join(kept)))
    await service.state.amend(entry)
    service.observe(entry)
    await delivery.finish(outcome)


def _is_final(outcome: Outcome, answered: Answered) -> bool:
    """Whether the finished images went out, whole and readable."""
    ready, kind = answered.ready, answered.met.kind
    sent = outcome.whole and ready.images > 0 and ready.status < 300
    return sent and carried_out(kind) and arrives(kind)


def _undrawn(entry: Entry, error: RenderError) -> Entry:
    """Write down that a user's renderer did not give a picture: whoever sends the answer tells of it."""
    return entry._replace(status=500, images=0, note=str(error))


def _unbegun(entry: Entry, outcome: Outcome) -> Entry:
    """Write down that there was no status, and why an answer ended that nobody had ordered to."""
    note = "; ".join(filter(None, (entry.note, _STOPPED if outcome.stopped else "")))
    return entry._replace(status=entry.status if outcome.begun else 0, note=note)


def _entry(
    received: Received,
    answered: Answered,
    stamp: Stamp,
    *,
    end: End,
    sent: int,
    final: bool = False,
    told: Head | RawHeaders = (),
) -> Entry:
    ready, met, caller = answered.ready, answered.met, received.caller
    took = _milliseconds(caller)
    return Entry(
        id=stamp.request_id,
        at=stamp.now,
        verb=caller.scope["method"],
        path=caller.scope["path"],
        body=received.body,
        status=ready.status,
        violations=ready.violations,
        test=received.test,
        operation=received.operation.name if received.operation is not None else "",
        model=ready.model,
        began=time.time() - took / 1000,
        milliseconds=took,
        fault=met.told,
        retry_after=ready.retry_after,
        images=ready.images if met is QUIET or carried_out(met.kind) else 0,
        final=final,
        sent=sent,
        end=end,
        note=met.note,
        asked=received.asked,
        told=told,
    )


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


def _milliseconds(caller: Caller) -> float:
    return (time.perf_counter() - caller.started) * 1000
