"""Mutants of what stands before a fake: links, headers and bytes changed on their way to the client."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from safelight.model import Field, From, Operation, Spec
from safelight_mockserver.exchange import App, Message, Scope
from safelight_testkit.mutants.mutant import Group, Mutant, Resite

__all__ = ["site_mutants"]

_PICTURES: Final = "/pictures/"
_STREAM: Final = "text/event-stream"
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class _Sent:
    """A whole answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def media_type(self) -> str:
        found = next((value for name, value in self.headers if name == b"content-type"), b"")
        return found.decode().partition(";")[0]


def site_mutants(_spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of how answers get to the client."""
    sources = {field.source for field in _all(operation.response.fields)}
    if From.URL in sources:
        yield from _links(operation)
    yield from _types(operation)
    if From.BASE64 in sources:
        yield from _base64(operation)
    if operation.response.stream is not None:
        yield from _streams(operation)


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _all(field.fields)


def _make(
    operation: Operation, group: Group, about: str, what: str, text: str
) -> Callable[[Callable[[App], App]], Mutant]:
    name = f"{operation.name}.{about}"
    return lambda change: Mutant(
        id=f"{name}/{what}", group=group, operation=operation.name, about=name, text=text, change=Resite(change)
    )


def _edited(edit: Callable[[str, _Sent], _Sent]) -> Callable[[App], App]:
    """Change whole answers; *edit* gets the path and what was to be sent."""

    def around(app: App) -> App:
        async def edited(
            scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
        ) -> None:
            head: MutableMapping[str, Any] = {}
            body = bytearray()

            async def keep(message: Message) -> None:
                if message["type"] == "http.response.start":
                    head.update(message)
                else:
                    body.extend(message.get("body", b""))

            await app(scope, receive, keep)
            sent = edit(scope["path"], _Sent(head["status"], tuple(head["headers"]), bytes(body)))
            kept = [one for one in sent.headers if one[0] != b"content-length"]
            await send({"type": "http.response.start", "status": sent.status, "headers": kept})
            await send({"type": "http.response.body", "body": sent.body, "more_body": False})

        return edited

    return around


# --- links ---


def _links(operation: Operation) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.LINKS, "links")
    yield make("dead", "links to images answer with 404")(_edited(_dead))
    yield make("other-file", "links lead to other bytes than images")(_edited(_elsewhere))
    if operation.response.url_lifetime is not None:
        yield make("everlasting", "links work after their time")(_everlasting)
    yield make("moved", "links lead to another page")(_edited(_moved))


def _dead(path: str, sent: _Sent) -> _Sent:
    return replace(sent, status=404, body=b"Not Found") if path.startswith(_PICTURES) else sent


def _elsewhere(path: str, sent: _Sent) -> _Sent:
    return replace(sent, body=b"<html>Welcome.</html>") if path.startswith(_PICTURES) else sent


def _moved(path: str, sent: _Sent) -> _Sent:
    return replace(sent, status=302, headers=((b"location", b"/"),), body=b"") if path.startswith(_PICTURES) else sent


def _everlasting(app: App) -> App:
    """Serve again what was once served."""
    served: dict[str, _Sent] = {}

    def kept(path: str, sent: _Sent) -> _Sent:
        if not path.startswith(_PICTURES):
            return sent
        if sent.status == 200:
            served[path] = sent
        return served.get(path, sent)

    return _edited(kept)(app)


# --- bytes ---


def _types(operation: Operation) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.FIELDS, "response.content-type")
    yield make("text", "the content type of JSON is text/plain")(_edited(partial(_typed, was=_JSON, to="text/plain")))
    page = make("page", "a page comes in the place of JSON")
    yield page(_edited(partial(_rewritten, kind=_JSON, change=lambda _: b"<html>Oops.</html>")))
    cut = make("cut", "JSON comes without its end")
    yield cut(_edited(partial(_rewritten, kind=_JSON, change=lambda body: body[:-1])))


def _typed(path: str, sent: _Sent, *, was: str, to: str) -> _Sent:
    if path.startswith(_PICTURES) or sent.media_type != was:
        return sent
    return replace(
        sent, headers=(*(one for one in sent.headers if one[0] != b"content-type"), (b"content-type", to.encode()))
    )


def _rewritten(path: str, sent: _Sent, *, kind: str, change: Callable[[bytes], bytes]) -> _Sent:
    if path.startswith(_PICTURES) or sent.media_type != kind or sent.status != 200:
        return sent
    return replace(sent, body=change(sent.body))


_FILE: Final = re.compile(rb'"([A-Za-z0-9+/]{200,}={0,2})"')


def _base64(operation: Operation) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.IMAGES, "images.base64")
    rows: tuple[tuple[str, str, Callable[[re.Match[bytes]], bytes]], ...] = (
        ("data-uri", "images are data URIs", lambda found: b'"data:image/png;base64,' + found[1] + b'"'),
        ("broken", "a character of the base64 is none of it", lambda found: b'"!' + found[1] + b'"'),
        ("short", "the base64 has lost its end", lambda found: b'"' + found[1][:-5] + b'"'),
    )
    for what, text, change in rows:
        recode: Callable[[bytes], bytes] = partial(_FILE.sub, change)
        yield make(what, text)(_edited(partial(_rewritten, kind=_JSON, change=recode)))


# --- streams ---


def _streams(operation: Operation) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.STREAM, "stream.bytes")
    rows: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
        ("unnamed", "there are no event lines", lambda body: re.sub(rb"(?m)^event:.*\n", b"", body)),
        ("unended", "the last event has no blank line after it", lambda body: body[:-1]),
        ("cut", "the stream ends within its last event", lambda body: body[: -len(body) // 8]),
        ("no-json", "the data of events is no JSON", lambda body: body.replace(b"data: {", b"data: ")),
        ("done", "the stream ends with [DONE]", lambda body: body + b"data: [DONE]\n\n"),
        ("joined", "events have no blank line between them", lambda body: body.replace(b"\n\nevent", b"\nevent")),
    )
    for what, text, change in rows:
        yield make(what, text)(_edited(partial(_rewritten, kind=_STREAM, change=change)))
    typed = make("typed", "the content type of a stream is application/json")
    yield typed(_edited(partial(_typed, was=_STREAM, to=_JSON)))
    failed = json.dumps({"error": {"message": "The server had an error."}}).encode()
    broken = make("failed", "the stream ends with a failure")
    error = operation.response.stream.error if operation.response.stream is not None else ""
    event = b"event: " + error.encode() + b"\ndata: " + failed + b"\n\n"
    yield broken(_edited(partial(_rewritten, kind=_STREAM, change=lambda body: body + event)))
