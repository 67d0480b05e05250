"""Mutants of behaviour: what no spec can say, because every spec says it right.

They change the reply before anything is drawn, the files of pictures, or the bytes on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from safelight.model import Event as EventSpec
from safelight.model import Field, From, Operation, Spec
from safelight.model import Picture as PictureSpec
from safelight_mockserver.answers.answer import Answer, Call
from safelight_mockserver.answers.reply import Address, Event, Events, InBase64, Json, Reply, Whole
from safelight_mockserver.pictures.picture import Picture
from safelight_testkit.mutants.mutant import Answering, Change, Group, Mutant, Reanswer, Redraw

__all__ = ["behaviour_mutants"]


def behaviour_mutants(_spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of what an operation does with a good request."""
    yield from _bodies(operation)
    yield from _images(operation)
    yield from _files(operation)
    stream = operation.response.stream
    if stream is not None:
        yield from _streams(operation, stream.events)


def _make(operation: Operation, group: Group, about: str, what: str, text: str) -> Callable[[Change], Mutant]:
    name = f"{operation.name}.{about}"
    return lambda change: Mutant(
        id=f"{name}/{what}", group=group, operation=operation.name, about=name, text=text, change=change
    )


# --- whole bodies ---


def _reply(change: Callable[[Reply], Reply]) -> Reanswer:
    """Change replies."""

    def changed(answer: Answering, call: Call) -> Answer:
        found = answer(call)
        return replace(found, reply=change(found.reply))

    return Reanswer(changed)


def _bodies(operation: Operation) -> Iterator[Mutant]:
    made = _make(operation, Group.FIELDS, "response.status", "created", "good answers have the status 201")
    yield made(_reply(partial(_with_status, status=201)))
    made = _make(operation, Group.FIELDS, "response.status", "failed", "good requests are answered with an error")
    yield made(_reply(partial(_with_status, status=400)))
    for field in operation.response.fields:
        if field.source is From.USAGE:
            for count, amount in (("total_tokens", 1), ("input_tokens", 1), ("output_tokens", 1)):
                text = f"{count} is one too many"
                made = _make(operation, Group.USAGE, f"response.{field.name}.{count}", "wrong", text)
                yield made(_reply(partial(_recounted, field=field.name, count=count, amount=amount)))
            for count in ("input_tokens", "output_tokens", "total_tokens"):
                text = f"there is no {count}"
                made = _make(operation, Group.USAGE, f"response.{field.name}.{count}", "missing", text)
                yield made(_reply(partial(_recounted, field=field.name, count=count, amount=None)))


def _with_status(reply: Reply, *, status: int) -> Reply:
    return replace(reply, status=status) if isinstance(reply, Whole) and reply.status == 200 else reply


def _recounted(reply: Reply, *, field: str, count: str, amount: int | None) -> Reply:
    """Change one count of the usage object, or leave it out."""

    def recount(body: Json) -> Json:
        usage = body.get(field) if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(usage, Mapping):
            return body
        value = usage.get(count)
        changed = {
            name: value + amount if name == count and isinstance(value, int) and amount is not None else item
            for name, item in usage.items()
            if name != count or amount is not None
        }
        return {**body, field: changed}

    return _with_bodies(reply, recount)


def _with_bodies(reply: Reply, change: Callable[[Json], Json]) -> Reply:
    match reply:
        case Whole(200, body):
            return replace(reply, body=change(body))
        case Events(events):
            return replace(reply, events=tuple(replace(event, data=change(event.data)) for event in events))
        case _:
            return reply


# --- images ---


def _images(operation: Operation) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.IMAGES)
    for field in operation.response.fields:
        if field.source is From.IMAGES:
            yield from _items(operation, field)
    rows: tuple[tuple[str, str, str, Callable[[Picture], Picture]], ...] = (
        ("size", "turned", "width and height are swapped", _turned),
        ("size", "wider", "images are two pixels too wide", lambda one: replace(one, width=one.width + 2)),
        ("size", "square", "images are as high as they are wide", lambda one: replace(one, height=one.width)),
        ("format", "other", "images are of another file format", _reformatted),
        ("background", "opaque", "transparent images are opaque", lambda one: replace(one, transparent=False)),
        ("background", "transparent", "opaque images are transparent", _cleared),
    )
    for about, what, text, change in rows:
        if about not in _stated(operation.response.picture):
            continue
        yield make(f"images.{about}", what, text)(_reply(partial(_repainted, change=change)))
    carriers = {field.source for field in _carriers(operation.response.fields)}
    for source, what in ((From.URL, "base64"), (From.BASE64, "link")):
        if source in carriers:
            text = f"images come as {what} under the name of the other"
            yield make(f"images.{source}", what, text)(_reply(partial(_recarried, source=source)))
    if carriers >= {From.URL, From.BASE64}:
        text = "images that were asked for as links come as base64, and the other way round"
        yield make("images.carrier", "exchanged", text)(_reply(partial(_exchanged, names=_carrier_names(operation))))


def _stated(picture: PictureSpec) -> frozenset[str]:
    """What a request can say of how images look, and an answer can so get wrong."""
    sized = picture.size is not None or picture.width is not None or None not in {picture.ratio, picture.resolution}
    return frozenset(
        name
        for name, is_stated in (("size", sized), ("format", True), ("background", picture.background is not None))
        if is_stated
    )


def _carriers(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        if field.source in {From.URL, From.BASE64}:
            yield field
        yield from _carriers(field.fields)


def _carrier_names(operation: Operation) -> Mapping[str, str]:
    """The name of each carrier of an image, and that of the other kind."""
    links = [field.name for field in _carriers(operation.response.fields) if field.source is From.URL]
    files = [field.name for field in _carriers(operation.response.fields) if field.source is From.BASE64]
    return {links[0]: files[0], files[0]: links[0]}


def _items(operation: Operation, field: Field) -> Iterator[Mutant]:
    rows: tuple[tuple[str, str, Callable[[list[Json]], list[Json]]], ...] = (
        ("one-fewer", "there is an image too few", lambda items: items[:-1]),
        ("one-more", "there is an image too many", lambda items: [*items, *items[-1:]]),
        ("repeated", "all images are the first one", lambda items: items[:1] * len(items)),
    )
    for what, text, change in rows:
        made = _make(operation, Group.IMAGES, f"response.{field.name}", what, text)
        yield made(_reply(partial(_with_items, field=field.name, change=change)))


def _with_items(reply: Reply, *, field: str, change: Callable[[list[Json]], list[Json]]) -> Reply:
    def changed(body: Json) -> Json:
        items = body.get(field) if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(items, list):
            return body
        return {**body, field: change(items)}

    return _with_bodies(reply, changed)


def _holes(value: Json, change: Callable[[InBase64 | Address], Json]) -> Json:
    """Change every place of a value where a picture goes."""
    match value:
        case InBase64() | Address():
            return change(value)
        case Mapping():
            return {key: _holes(item, change) for key, item in value.items()}
        case list():
            return [_holes(item, change) for item in value]
        case _:
            return value


def _repainted(reply: Reply, *, change: Callable[[Picture], Picture]) -> Reply:
    return _with_bodies(reply, partial(_holes, change=lambda hole: replace(hole, picture=change(hole.picture))))


def _turned(picture: Picture) -> Picture:
    return replace(picture, width=picture.height, height=picture.width)


def _reformatted(picture: Picture) -> Picture:
    return replace(picture, format="webp" if picture.format == "png" else "png")


def _cleared(picture: Picture) -> Picture:
    return picture if picture.format == "jpeg" else replace(picture, transparent=True)


def _recarried(reply: Reply, *, source: From) -> Reply:
    def change(hole: InBase64 | Address) -> Json:
        if source is From.URL and isinstance(hole, Address):
            return InBase64(hole.picture)
        return Address(hole.picture, 3600) if source is From.BASE64 and isinstance(hole, InBase64) else hole

    return _with_bodies(reply, partial(_holes, change=change))


def _exchanged(reply: Reply, *, names: Mapping[str, str]) -> Reply:
    """Let images come in the other way, under the name that belongs to it."""

    def renamed(value: Json) -> Json:
        match value:
            case Mapping():
                return {names.get(key, key): renamed(item) for key, item in value.items()}
            case list():
                return [renamed(item) for item in value]
            case InBase64(picture):
                return Address(picture, 3600)
            case Address(picture):
                return InBase64(picture)
            case _:
                return value

    return _with_bodies(reply, renamed) if isinstance(reply, Whole) else reply


# --- files ---


def _files(operation: Operation) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.IMAGES)
    yield make("images.file", "cut", "files of images end too early")(Redraw(lambda draw, picture: draw(picture)[:-16]))
    yield make("images.file", "text", "files of images are text")(Redraw(lambda _, __: b"<html>No image.</html>"))
    yield make("images.file", "empty", "files of images are empty")(Redraw(lambda _, __: b""))


# --- streams ---


def _streams(operation: Operation, kinds: tuple[EventSpec, ...]) -> Iterator[Mutant]:
    final = frozenset(kind.name for kind in kinds if kind.final)
    index = next((field.name for kind in kinds for field in kind.fields if field.source is From.INDEX), "")
    rows: tuple[tuple[str, str, Callable[[tuple[Event, ...]], tuple[Event, ...]]], ...] = (
        ("final-missing", "the stream ends before the finished image", partial(_without, names=final)),
        ("final-twice", "the finished image comes twice", partial(_again, names=final)),
        ("final-first", "the finished image comes first", partial(_first, names=final)),
        ("one-more", "there is an unfinished image too many", lambda events: (*events[:1], *events)),
        ("one-fewer", "an unfinished image is left out, and paid for", partial(_fewer, names=final)),
        ("backwards", "unfinished images come in the opposite order", partial(_backwards, names=final)),
        ("empty", "there are no events", lambda _: ()),
        ("foreign", "there is an event that the spec does not name", _foreign),
        ("broken-type", "the type in the data is not that of the event line", partial(_named, key="type")),
    )
    for what, text, change in rows:
        made = _make(operation, Group.STREAM, "stream.events", what, text)
        yield made(_reply(partial(_with_events, change=change)))
    if index:
        for what, text, offset in (("from-one", "indexes begin with 1", 1), ("negative", "indexes begin with -1", -1)):
            made = _make(operation, Group.STREAM, f"stream.{index}", what, text)
            yield made(_reply(partial(_with_events, change=partial(_numbered, key=index, offset=offset))))


def _with_events(reply: Reply, *, change: Callable[[tuple[Event, ...]], tuple[Event, ...]]) -> Reply:
    return replace(reply, events=change(reply.events)) if isinstance(reply, Events) else reply


def _without(events: tuple[Event, ...], *, names: frozenset[str]) -> tuple[Event, ...]:
    return tuple(event for event in events if event.name not in names)


def _again(events: tuple[Event, ...], *, names: frozenset[str]) -> tuple[Event, ...]:
    return (*events, *(event for event in events if event.name in names))


def _first(events: tuple[Event, ...], *, names: frozenset[str]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: event.name not in names))


def _fewer(events: tuple[Event, ...], *, names: frozenset[str]) -> tuple[Event, ...]:
    return events[1:] if events and events[0].name not in names else events


def _backwards(events: tuple[Event, ...], *, names: frozenset[str]) -> tuple[Event, ...]:
    finished = tuple(event for event in events if event.name in names)
    return (*(event for event in events[::-1] if event.name not in names), *finished)


def _foreign(events: tuple[Event, ...]) -> tuple[Event, ...]:
    return (*events, Event("unlisted", {"type": "unlisted"}))


def _named(events: tuple[Event, ...], *, key: str) -> tuple[Event, ...]:
    other = {events[0].name: events[-1].name, events[-1].name: events[0].name} if events else {}
    return tuple(
        replace(event, data={**event.data, key: other.get(event.name, event.name)})
        if isinstance(event.data, Mapping)
        else event
        for event in events
    )


def _numbered(events: tuple[Event, ...], *, key: str, offset: int) -> tuple[Event, ...]:
    def moved(data: Json) -> Json:
        value = data.get(key) if isinstance(data, Mapping) else None
        return {**data, key: value + offset} if isinstance(data, Mapping) and isinstance(value, int) else data

    return tuple(replace(event, data=moved(event.data)) for event in events)
