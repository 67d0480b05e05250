"""Spoiling: what a kind of fault makes of an answer, before anything is drawn or sent.

Pure, like the answer itself.  What happens to the bytes on their way is said in `course`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from safelight.model import Field, From, Operation
from safelight.records import dataclass
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.answers.message import Message
from safelight_mockserver.answers.reply import Address, Empty, Event, Events, InBase64, Json, Reply, Whole
from safelight_mockserver.answers.wire import Block, Text
from safelight_mockserver.pictures.picture import Picture

from .kinds import (
    Blank,
    ExtraFields,
    FlawedImage,
    Kind,
    Link,
    Malformed,
    Mistyped,
    Moderated,
    NewEvents,
    NewValues,
    Page,
    Refusal,
    StreamCut,
    StreamDribble,
    StreamError,
    StreamFramed,
    StreamMalformed,
    StreamPauses,
    StreamUnfinished,
    Truncated,
)
from .texts import TEXTS, error_event, moderated, refused

__all__ = ["NO_IMAGE", "arrives", "damaged", "obstacle", "other_format", "spoiled"]

_STREAMS: Final = (
    StreamCut,
    StreamError,
    StreamMalformed,
    StreamDribble,
    StreamPauses,
    StreamUnfinished,
    StreamFramed,
    NewEvents,
)
NO_IMAGE: Final = b"This is no image, by order.\n" * 40
"""The bytes of a file that is none."""

_EXTRA: Final = "field_of_the_future"
_PAGE: Final = b"""<!DOCTYPE html>
<html>
<head><title>%d %s</title></head>
<body>
<center><h1>%d %s</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""
_PAGE_TITLES: Final[Mapping[int, str]] = {200: "OK", 502: "Bad Gateway", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class _Found:
    """What is in an answer that faults can be about."""

    images: bool = False
    links: bool = False


def obstacle(kind: Kind, answer: Answer, operation: Operation) -> str:
    """Say in a clause why a fault cannot happen to this answer; empty where it can."""
    reply = answer.reply
    found = _found(reply)
    match kind:
        case _ if isinstance(kind, _STREAMS) and not isinstance(reply, Events):
            return "the answer is no stream"
        case Link() if not found.links:
            return "the answer has no links"
        case FlawedImage() if not (found.images or found.links):
            return "the answer has no images"
        case NewValues() if not _echoes(operation, reply):
            return "the answer repeats no choice"
        case Truncated() | Malformed() | Mistyped() | Blank() | ExtraFields() if isinstance(reply, Empty):
            return "the answer has no body"
        case Truncated() | Malformed() if isinstance(reply, Events):
            return "the answer is a stream"
        case Refusal(text=text) if text not in operation.errors.texts and text not in TEXTS:
            return f"the spec has no error {text!r}"
        case _:
            return ""


def spoiled(
    kind: Kind,
    answer: Answer,
    operation: Operation,
    facts: Mapping[str, Any],
    changes: Mapping[str, Json] = MappingProxyType({}),
) -> Answer:
    """Return what a fault makes of an answer.

    Args:
        kind: The fault.
        answer: What would be said.
        operation: What was called.
        facts: What the placeholders of errors stand for.
        changes: Fields of an error that are different this time.
    """
    reply = answer.reply
    match kind:
        case Refusal():
            reply = refused(operation, kind, facts, changes) or reply
        case Moderated():
            reply = moderated(operation.errors, kind, facts)
        case ExtraFields():
            reply = _mapped(reply, _with_extra)
        case NewValues():
            reply = _with_new_values(operation, reply)
        case FlawedImage():
            reply = _mapped(reply, lambda value: _each_hole(value, lambda hole: _flawed(kind, hole)))
        case Link():
            reply = _mapped(reply, lambda value: _each_hole(value, lambda hole: _misled(kind, hole)))
        case StreamError(after) if isinstance(reply, Events):
            name = operation.response.stream.error if operation.response.stream is not None else None
            last = Event(name or "error", error_event(operation.errors))
            reply = replace(reply, events=(*reply.events[:after], last))
        case StreamUnfinished() if isinstance(reply, Events):
            reply = replace(reply, events=tuple(one for one in reply.events if not _is_final(operation, one)))
        case NewEvents() if isinstance(reply, Events):
            extra = Event("something_of_the_future", {"type": "something_of_the_future", "progress": 0.5})
            reply = replace(reply, events=(extra, *reply.events[:-1], extra, *reply.events[-1:]))
        case _:
            pass
    return answer if reply is answer.reply else replace(answer, reply=reply)


def damaged(kind: Kind, message: Message) -> Message:
    """Return what a fault makes of an answer that is ready to be sent."""
    match kind:
        case Malformed():
            return replace(message, texts=tuple(map(_without_end, message.texts[-1:])), streams=False)
        case Mistyped(type_):
            return _typed(message, type_)
        case Page(status):
            title = _PAGE_TITLES.get(status, "Error").encode()
            head = replace(message.head, stamps=())
            page = _typed(replace(message, status=status, streams=False, head=head), "text/html")
            return replace(page, texts=((_PAGE % (status, title, status, title),),))
        case Blank():
            return replace(message, status=200, texts=(), streams=False)
        case StreamMalformed(after):
            place = min(after, len(message.texts) - 1)
            broken: Text = (b'event: image\ndata: {"type": "image_gener\n\n',)
            return replace(message, texts=(*message.texts[:place], broken, *message.texts[place + 1 :]))
        case StreamFramed("crlf"):
            return replace(
                message, texts=tuple(_edited(one, lambda data: data.replace(b"\n", b"\r\n")) for one in message.texts)
            )
        case StreamFramed("comments"):
            comment: Text = (b": keep-alive\n\n",)
            return replace(message, texts=tuple(one for text in message.texts for one in (comment, text)))
        case StreamFramed("done"):
            return replace(message, texts=(*message.texts, (b"data: [DONE]\n\n",)))
        case StreamFramed("no-blank-line"):
            return replace(message, texts=(*message.texts[:-1], _without_end(message.texts[-1])))
        case _:
            return message


def arrives(kind: Kind) -> bool:
    """Tell whether a client that does all right still gets the finished images."""
    match kind:
        case Link(state):
            return state == "slow"
        case StreamFramed(framing):
            return framing != "no-blank-line"
        case (
            Refusal()
            | Moderated()
            | Malformed()
            | Page()
            | Blank()
            | StreamError()
            | StreamMalformed()
            | StreamUnfinished()
            | FlawedImage()
        ):
            return False
        case _:
            return True


def other_format(picture: Picture) -> Picture:
    """Return the picture in a format that was not asked for."""
    return replace(picture, format="png" if picture.format == "jpeg" else "jpeg", transparent=False)


def _is_final(operation: Operation, event: Event) -> bool:
    stream = operation.response.stream
    return stream is not None and any(one.final and one.name == event.name for one in stream.events)


def _found(reply: Reply) -> _Found:
    seen: list[type] = []

    def note(hole: Json) -> Json:
        seen.append(type(hole))
        return hole

    _mapped(reply, lambda value: _each_hole(value, note))
    return _Found(InBase64 in seen, Address in seen)


def _mapped(reply: Reply, change: Callable[[Json], Json]) -> Reply:
    match reply:
        case Whole():
            return replace(reply, body=change(reply.body))
        case Events():
            return replace(reply, events=tuple(Event(one.name, change(one.data)) for one in reply.events))
        case Empty():
            return reply


def _each_hole(value: Json, change: Callable[[Json], Json]) -> Json:
    match value:
        case InBase64() | Address():
            return change(value)
        case Mapping():
            return {name: _each_hole(item, change) for name, item in value.items()}
        case list() | tuple():
            return [_each_hole(item, change) for item in value]
        case _:
            return value


def _flawed(kind: FlawedImage, hole: Json) -> Json:
    match hole, kind.flaw:
        case InBase64(), "garbage":
            return base64.b64encode(NO_IMAGE).decode()
        case Address(), "garbage" | "truncated" | "format":
            return replace(hole, trouble=kind.flaw)
        case InBase64(picture), "format":
            return InBase64(other_format(picture))
        case InBase64(picture) | Address(picture), "size":
            smaller = replace(picture, width=max(1, picture.width // 2), height=max(1, picture.height // 2))
            return replace(hole, picture=smaller)
        case _:
            return hole


def _misled(kind: Link, hole: Json) -> Json:
    if not isinstance(hole, Address):
        return hole
    match kind.state:
        case "expired":
            return replace(hole, lifetime=0)
        case "missing":
            return replace(hole, trouble="missing")
        case "slow":
            return replace(hole, trouble="slow", seconds=kind.seconds)


def _with_extra(value: Json) -> Json:
    match value:
        case Mapping():
            return {**{name: _with_extra(item) for name, item in value.items()}, _EXTRA: {"is": ["open", 1, None]}}
        case list() | tuple():
            return [_with_extra(item) for item in value]
        case _:
            return value


def _echo_fields(operation: Operation, event: str | None) -> tuple[Field, ...]:
    response = operation.response
    if event is None:
        fields = response.fields
    else:
        stream = response.stream
        fields = next((one.fields for one in (stream.events if stream else ()) if one.name == event), ())
    return tuple(one for one in fields if one.source is From.ECHO)


def _echoes(operation: Operation, reply: Reply) -> bool:
    return _with_new_values(operation, reply) != reply


def _with_new_values(operation: Operation, reply: Reply) -> Reply:
    match reply:
        case Whole(status) if status < 300:
            return replace(reply, body=_renewed(reply.body, _echo_fields(operation, None)))
        case Events():
            events = (Event(one.name, _renewed(one.data, _echo_fields(operation, one.name))) for one in reply.events)
            return replace(reply, events=tuple(events))
        case _:
            return reply


def _renewed(body: Json, fields: tuple[Field, ...]) -> Json:
    if not isinstance(body, Mapping):
        return body
    names = {one.name for one in fields}
    return {name: f"{item}-next" if name in names and isinstance(item, str) else item for name, item in body.items()}


def _typed(message: Message, type_: str) -> Message:
    others = tuple(one for one in message.head.fixed if one[0] != b"content-type")
    fixed = (*others, (b"content-type", type_.encode("latin-1", "replace")))
    return replace(message, head=replace(message.head, fixed=fixed))


def _edited(text: Text, change: Callable[[bytes], bytes]) -> Text:
    """Change the bytes of a text, those around its pictures too."""
    return tuple(
        change(part)
        if isinstance(part, bytes)
        else Block(tuple(change(one) if isinstance(one, bytes) else one for one in part.parts))
        if isinstance(part, Block)
        else part
        for part in text
    )


def _without_end(text: Text) -> Text:
    """Take the last byte off a text, which always ends in bytes."""
    last = text[-1]
    match last:
        case bytes():
            return (*text[:-1], last[:-1])
        case Block(parts) if isinstance(parts[-1], bytes):
            return (*text[:-1], Block((*parts[:-1], parts[-1][:-1])))
        case _:
            return text
