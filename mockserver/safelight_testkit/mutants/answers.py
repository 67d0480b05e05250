"""Mutants of good answers: each field missing, forbidden or with another value, usage, headers and streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from safelight.model import (
    ALWAYS,
    Event,
    Field,
    From,
    Not,
    Operation,
    Place,
    Provenance,
    Response,
    Spec,
    Stream,
    TokenGrid,
    TokenTable,
    Usage,
)
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from safelight_testkit.mutants.rewrite import Respeccing, in_response, other_value, swapped, without

__all__ = ["answer_mutants"]

_Fields = tuple[Field, ...]
_Refield = Callable[[_Fields], _Fields]
_Within = Callable[[_Refield], Respeccing]

_UNLISTED: Final = Field(
    name="unlisted",
    doc="",
    source=From.LITERAL,
    of=True,
    when=ALWAYS,
    fields=(),
    provenance=Provenance(),
    place=Place(1, 1),
)


def answer_mutants(_spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of what an operation answers."""
    response = operation.response
    whole = f"{operation.name}.response"
    within: _Within = lambda change: in_response(  # noqa: E731 - a function of a function, named for its type
        operation.name, lambda one: replace(one, fields=change(one.fields))
    )
    yield from _fields(operation, response.fields, whole, Group.FIELDS, within)
    yield from _rest(operation, whole)
    if response.usage is not None:
        yield from _usage(operation, response.usage)
    if response.stream is not None:
        yield from _stream(operation, response.stream)


def _mutant(  # noqa: PLR0917 - a row of a table: one short word after the other
    operation: Operation, group: Group, about: str, what: str, text: str, change: Respeccing
) -> Mutant:
    id_ = f"{about}/{what}"
    return Mutant(id=id_, group=group, operation=operation.name, about=about, text=text, change=Respec(change))


# --- fields ---


def _fields(operation: Operation, fields: _Fields, path: str, group: Group, within: _Within) -> Iterator[Mutant]:
    """Each field of an object changed, and one too many; then the same of what is nested."""
    yield _mutant(operation, group, path, "extra", "there is a field too many", within(lambda all_: (*all_, _UNLISTED)))
    for place, field in enumerate(fields):
        about = f"{path}.{field.name}"
        fewer = within(partial(_replaced, place=place, field=None))
        yield _mutant(operation, group, about, "missing", f"{field.name} is missing", fewer)
        for what, text, other in _others(operation, field):
            yield _mutant(operation, group, about, what, text, within(partial(_replaced, place=place, field=other)))
        if field.fields:
            inner = partial(_inside, within=within, place=place)
            yield from _fields(operation, field.fields, about, group, inner)


def _replaced(fields: _Fields, *, place: int, field: Field | None) -> _Fields:
    return (*fields[:place], *([field] if field is not None else []), *fields[place + 1 :])


def _inside(change: _Refield, *, within: _Within, place: int) -> Respeccing:
    """Change the fields of the field at *place*."""
    return within(
        lambda fields: _replaced(fields, place=place, field=replace(fields[place], fields=change(fields[place].fields)))
    )


def _literal(field: Field, value: object) -> Field:
    return replace(field, source=From.LITERAL, of=value, fields=())


def _others(operation: Operation, field: Field) -> Iterator[tuple[str, str, Field]]:  # noqa: C901 - one case a source
    """A field with another value, of another type, or under another condition."""
    name = field.name
    yield "null", f"{name} is null", _literal(field, None)
    if field.when != ALWAYS:
        yield "always", f"{name} is there whatever was asked for", replace(field, when=ALWAYS)
        yield "otherwise", f"{name} is there where it should not be", replace(field, when=Not(field.when))
    match field.source:
        case From.CLOCK:
            yield "long-ago", f"{name} is the time 0", _literal(field, 0)
            yield "text", f"{name} is a string", _literal(field, "2026-11-22T12:00:00Z")
        case From.ECHO:
            others = [one for one in operation.parameters if one != field.of]
            yield "wrong", f"{name} is another word than was asked for", _literal(field, "other")
            for other in others[:1]:
                yield "mistaken", f"{name} is the value of {other}", replace(field, of=other)
        case From.LITERAL:
            yield "wrong", f"{name} has another value", _literal(field, other_value(field.of))
        case From.REVISED_PROMPT | From.USAGE | From.IMAGES | From.OBJECT:
            yield "number", f"{name} is a number", _literal(field, 7)
        case From.INDEX:
            yield "standing", f"{name} is always 0", _literal(field, 0)
            yield "text", f"{name} is a string", _literal(field, "0")
        case From.BASE64:
            yield "link", f"{name} is a link", replace(field, source=From.URL)
        case From.URL:
            yield "base64", f"{name} is base64", replace(field, source=From.BASE64)
            yield "no-address", f"{name} is no address", _literal(field, "somewhere")
    if field.source is From.USAGE:
        for details in ("all_details", "input_details", None):
            if _tells_less(details, field.of):
                yield f"{details or 'sums'}-only", f"{name} tells fewer details", replace(field, of=details)


def _tells_less(details: str | None, than: object) -> bool:
    order = (None, "input_details", "all_details")
    return than in order and order.index(details) < order.index(str(than) if than is not None else None)


# --- headers, links and what decides on pictures ---


def _rest(operation: Operation, whole: str) -> Iterator[Mutant]:
    response, name = operation.response, operation.name
    for header, template in response.headers.items():
        about = f"{whole}.headers.{header}"
        text = f"there is no header {header}"
        fewer = in_response(name, partial(_without_header, header=header))
        # Without any header of its own, an API would get the one that the fake gives where a spec names none.
        if len(response.headers) > 1 or "{" not in template:
            yield _mutant(operation, Group.FIELDS, about, "missing", text, fewer)
        if "{" not in template:
            other = in_response(name, partial(_with_header, header=header, value="other"))
            yield _mutant(operation, Group.FIELDS, about, "wrong", f"the header {header} is 'other'", other)
    if response.url_lifetime is not None:
        for what, lifetime in (("longer", response.url_lifetime * 2), ("shorter", response.url_lifetime // 2)):
            changed = in_response(name, partial(_lasting, seconds=lifetime))
            text = f"links work for {lifetime} seconds, not for {response.url_lifetime}"
            yield _mutant(operation, Group.LINKS, f"{whole}.url_lifetime", what, text, changed)
    yield from _pictures(operation, response, whole)


def _without_header(response: Response, header: str) -> Response:
    return replace(response, headers=without(response.headers, header))


def _with_header(response: Response, header: str, value: str) -> Response:
    return replace(response, headers=swapped(response.headers, header, value))


def _lasting(response: Response, seconds: int) -> Response:
    return replace(response, url_lifetime=seconds)


def _drawn(response: Response, resolution: str, edge: int) -> Response:
    picture = response.picture
    return replace(response, picture=replace(picture, edges=swapped(picture.edges, resolution, edge)))


def _pictures(operation: Operation, response: Response, whole: str) -> Iterator[Mutant]:
    """What a request asks for is not looked at when images are made."""
    picture = response.picture
    for role in ("count", "size", "width", "height", "ratio", "resolution", "format", "background"):
        parameter: str | None = getattr(picture, role)
        if parameter is None:
            continue
        changed = in_response(operation.name, partial(_blind, role=role))
        about, text = f"{whole}.picture.{role}", f"images are made without looking at {parameter}"
        yield _mutant(operation, Group.IMAGES, about, "ignored", text, changed)
    for resolution, edge in picture.edges.items():
        changed = in_response(operation.name, partial(_drawn, resolution=resolution, edge=edge // 2))
        about, text = f"{whole}.picture.edges.{resolution}", f"images of {resolution} are half as long"
        yield _mutant(operation, Group.IMAGES, about, "halved", text, changed)


def _blind(response: Response, role: str) -> Response:
    picture = response.picture
    match role:
        case "count":
            return replace(response, picture=replace(picture, count=None))
        case "size":
            return replace(response, picture=replace(picture, size=None))
        case "width":
            return replace(response, picture=replace(picture, width=None))
        case "height":
            return replace(response, picture=replace(picture, height=None))
        case "ratio":
            return replace(response, picture=replace(picture, ratio=None))
        case "resolution":
            return replace(response, picture=replace(picture, resolution=None))
        case "format":
            return replace(response, picture=replace(picture, format=None))
        case _:
            return replace(response, picture=replace(picture, background=None))


# --- usage ---


def _usage(operation: Operation, usage: Usage) -> Iterator[Mutant]:
    about = f"{operation.name}.response.usage"

    def make(what: str, text: str, change: Callable[[Usage], Usage]) -> Mutant:
        respeccing = in_response(
            operation.name, lambda one: one if one.usage is None else replace(one, usage=change(one.usage))
        )
        return _mutant(operation, Group.USAGE, about, what, text, respeccing)

    if operation.response.stream is not None:
        yield make(
            "partials-free",
            "partial images cost no tokens",
            lambda one: replace(one, partial_tokens=0),
        )
    for place, counted in enumerate(usage.output):
        qualities = counted.tokens if isinstance(counted, TokenTable) else counted.cells
        for quality in qualities:
            change = partial(_dearer, place=place, quality=quality)
            models = ", ".join(sorted(counted.models))
            yield make(f"{place}.{quality}", f"{models}: images of quality {quality} cost more tokens", change)


def _dearer(usage: Usage, place: int, quality: str) -> Usage:
    counted = usage.output[place]
    other: TokenTable | TokenGrid
    match counted:
        case TokenTable(tokens=tokens):
            sizes = MappingProxyType({size: count + 1 for size, count in tokens[quality].items()})
            other = replace(counted, tokens=swapped(tokens, quality, sizes))
        case TokenGrid(cells=cells):
            other = replace(counted, cells=swapped(cells, quality, cells[quality] + 1))
    return replace(usage, output=(*usage.output[:place], other, *usage.output[place + 1 :]))


# --- streams ---


def _stream(operation: Operation, stream: Stream) -> Iterator[Mutant]:
    about = f"{operation.name}.stream"
    name = operation.name

    def streaming(change: Callable[[Stream], Stream]) -> Respeccing:
        return in_response(name, lambda one: one if one.stream is None else replace(one, stream=change(one.stream)))

    never = in_response(name, lambda one: replace(one, stream=None))
    yield _mutant(operation, Group.STREAM, about, "never", "a body comes where a stream was asked for", never)
    always = streaming(lambda one: replace(one, when=ALWAYS))
    yield _mutant(operation, Group.STREAM, about, "always", "a stream comes where a body was asked for", always)
    if len(stream.events) > 1:
        turned = streaming(lambda one: replace(one, events=one.events[::-1]))
        yield _mutant(operation, Group.STREAM, about, "reversed", "kinds of events come in another order", turned)
    for place, event in enumerate(stream.events):
        here = f"{about}.{event.name}"
        within = partial(_in_event, streaming=streaming, place=place)
        yield from _fields(operation, event.fields, here, Group.STREAM, within)
        yield from _events(operation, event, here, partial(_with_event, streaming=streaming, place=place))


_Reevent = Callable[[Event], Event | None]


def _with_event(
    change: _Reevent, *, streaming: Callable[[Callable[[Stream], Stream]], Respeccing], place: int
) -> Respeccing:
    def changed(stream: Stream) -> Stream:
        other = change(stream.events[place])
        kept = [other] if other is not None else []
        return replace(stream, events=(*stream.events[:place], *kept, *stream.events[place + 1 :]))

    return streaming(changed)


def _in_event(
    change: _Refield, *, streaming: Callable[[Callable[[Stream], Stream]], Respeccing], place: int
) -> Respeccing:
    return _with_event(lambda event: replace(event, fields=change(event.fields)), streaming=streaming, place=place)


def _events(
    operation: Operation, event: Event, about: str, within: Callable[[_Reevent], Respeccing]
) -> Iterator[Mutant]:
    make = partial(_mutant, operation, Group.STREAM, about)
    if event.least or event.most is None:
        yield make("missing", f"{event.name} does not come", within(lambda _: None))
    twice = f"{event.name} comes once more than it should"
    if isinstance(event.most, int):
        more = event.most + 1
        yield make("once-more", twice, within(lambda one: replace(one, least=more, most=more)))
    other = f"{event.name}.other"
    yield make("renamed", f"the event line says {other}", within(lambda one: replace(one, name=other)))
