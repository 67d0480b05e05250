"""Reading the answer to a good request: its fields, the events of a stream, what an image looks like and costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from safelight.diagnostic import Report, suggest
from safelight.model import (
    Basis,
    Event,
    Field,
    From,
    ImagePrice,
    Operator,
    Picture,
    Place,
    Provenance,
    Response,
    Stream,
    Test,
    TokenGrid,
    TokenPrice,
    TokenTable,
    Type,
    Usage,
    Value,
    View,
)
from safelight.vocabulary.checks import edges
from safelight.vocabulary.faults import placeholders_in
from safelight.vocabulary.mentions import tests_of

from .conditions import ConditionReader, models_of
from .document import EventDoc, FieldDoc, PictureDoc, PriceDoc, ResponseDoc, StreamDoc, UsageDoc
from .headers import read_headers
from .names import Names
from .nodes import Node
from .shape import UNREADABLE, read_record

USAGE_DETAILS: Final = ("all_details", "input_details")
"""What a usage field tells: details of input and output tokens, or of input tokens only."""

HEADER_PLACEHOLDERS: Final = ("request_id", "processing_ms")
"""What a header of an answer can tell."""

_FORMATS: Final = ("png", "jpeg", "webp")
_BODY: Final = "the body"
_IMAGE: Final = "an image"
_EVENT: Final = "an event"
_NEEDED: Final[Mapping[str, Type]] = MappingProxyType(
    {"count": Type.INTEGER, "size": Type.SIZE, "compression": Type.INTEGER}
)
_PLACES: Final[Mapping[From, tuple[str, ...]]] = MappingProxyType(
    {
        From.IMAGES: (_BODY,),
        From.INDEX: (_EVENT,),
        **dict.fromkeys((From.BASE64, From.URL, From.REVISED_PROMPT), (_IMAGE, _EVENT)),
    }
)
"""What a field must stand in, where its source tells of that; an object stands for what it is in."""


def resolve_response(
    doc: ResponseDoc, types: Mapping[str, Type], names: Names, conditions: ConditionReader, report: Report
) -> Response:
    """Build the answer to a good request."""
    reader = _Reader(types, names, conditions, report)
    if doc.url_lifetime is not None and doc.url_lifetime <= 0:
        report.add(doc.place, "E204", "url_lifetime must be above 0")
    before = len(report.problems)
    fields = reader.fields(doc.fields, _BODY)
    if len(report.problems) == before:  # a field that cannot be read may have been the one that is missing
        _check_images(tuple(_lists_of_images(fields)), doc.place, report)
    return Response(
        fields=fields,
        picture=reader.picture(doc.picture),
        usage=reader.usage(doc.usage) if doc.usage else None,
        stream=reader.stream(doc.stream) if doc.stream else None,
        url_lifetime=doc.url_lifetime,
        headers=reader.headers(doc.headers),
        prices=tuple(price for one in doc.prices if (price := reader.price(one)) is not None),
    )


def _lists_of_images(fields: Iterable[Field]) -> Iterator[Field]:
    for field in fields:
        if field.source is From.IMAGES:
            yield field
        yield from _lists_of_images(field.fields)


def _has_image(fields: Iterable[Field]) -> bool:
    return any(one.source in {From.BASE64, From.URL} for one in fields)


def _check_images(lists: tuple[Field, ...], place: Place, report: Report) -> None:
    """Report an answer from which nobody could take the images, since it has none or does not say how they come."""
    if not lists:
        report.add(place, "E202", "an answer lists its images: one field has from: images")
    for field in lists[1:]:
        report.add(field.place, "E205", f"the images are listed in {lists[0].name!r} already")
    for field in lists:
        if not _has_image(field.fields):
            report.add(
                field.place, "E202", "an image has its bytes or a link: one of its fields has from: base64 or url"
            )


class _Reader:
    def __init__(self, types: Mapping[str, Type], names: Names, conditions: ConditionReader, report: Report) -> None:
        self._types = types
        self._names = names
        self._conditions = conditions
        self._report = report

    def _known(self, parameter: str | None, place: Place) -> str | None:
        if parameter is not None and parameter not in self._types:
            self._report.add(place, "E301", f"there is no parameter {parameter!r}", suggest(parameter, self._types))
        return parameter

    def fields(self, docs: Mapping[str, FieldDoc], around: str) -> tuple[Field, ...]:
        """Build fields that stand in what is *around* them: the body, an image or an event."""
        return tuple(self._field(name, doc, around) for name, doc in docs.items())

    def _field(self, name: str, doc: FieldDoc, around: str) -> Field:
        if around not in _PLACES.get(doc.from_, {around}):
            told = " and of ".join(_PLACES[doc.from_])
            self._report.add(doc.place, "E205", f"from: {doc.from_} tells of {told}, and stands in {around}")
        if doc.from_ is From.ECHO:
            self._known(doc.of or "", doc.place)
        if doc.from_ is From.USAGE and doc.of is not None and doc.of not in USAGE_DETAILS:
            self._report.add(
                doc.place, "E204", f"usage tells {' or '.join(USAGE_DETAILS)}", suggest(doc.of, USAGE_DETAILS)
            )
        self._check_source(doc.source, doc.place)
        if bool(doc.fields) != (doc.from_ in {From.IMAGES, From.OBJECT}):
            self._report.add(doc.place, "E205", "fields go with from: images and from: object, and these need them")
        nested = {
            key: read
            for key, node in doc.fields.items()
            if (read := read_record(node, FieldDoc, self._report, f"the field {key!r}")) is not UNREADABLE
        }
        return Field(
            name=name,
            doc=doc.doc,
            source=doc.from_,
            of=doc.is_ if doc.from_ is From.LITERAL else doc.of,
            when=self._conditions.read(doc.when, View.EFFECTIVE),
            fields=self.fields(nested, _IMAGE if doc.from_ is From.IMAGES else around),
            provenance=Provenance(basis=doc.basis or Basis.DOCUMENTED, source=doc.source),
            place=doc.place,
        )

    def stream(self, doc: StreamDoc) -> Stream:
        finals = [event for event in doc.events if event.final]
        if len(finals) != 1 or not doc.events[-1].final:
            self._report.add(
                doc.place, "E205", "a stream ends with its one final event; mark the last with final: true"
            )
        when = self._conditions.read(doc.when, View.EFFECTIVE)
        if not any(map(self._asks, tests_of(when))):
            help_ = "name a boolean parameter, as in { stream: true }"
            self._report.add(doc.place, "E205", "a stream is asked for by a parameter that is true", help_)
        self._check_names(doc)
        return Stream(
            when=when,
            events=tuple(self._event(event) for event in doc.events),
            error=doc.error,
            place=doc.place,
        )

    def _asks(self, test: Test) -> bool:
        match test:
            case Test(Value(name, part=None), Operator.IN, (True,)):
                return self._types.get(name, Type.BOOLEAN) is Type.BOOLEAN
            case _:
                return False

    def _check_names(self, doc: StreamDoc) -> None:
        """Report events that a client could not tell apart, or whose names do not fit the line that tells them."""
        taken: set[str] = set()
        for name, place in (*((event.name, event.place) for event in doc.events), (doc.error, doc.place)):
            if not name.isprintable() or name != name.strip() or not name:
                self._report.add(place, "E204", f"{name!r} is no name of an event: it stands on a line of its own")
            if name in taken:
                self._report.add(place, "E302", f"there is an event {name!r} already")
            taken.add(name)

    def _event(self, doc: EventDoc) -> Event:
        parameter = self._known(doc.at_most, doc.place)
        if parameter is not None and self._types.get(parameter, Type.INTEGER) is not Type.INTEGER:
            self._report.add(doc.place, "E504", f"at_most names a number of events, {parameter!r} is no integer")
        if doc.at_least is not None and doc.at_least < 0:
            self._report.add(doc.place, "E204", "at_least must be 0 or more")
        before = len(self._report.problems)
        fields = self.fields(doc.fields, _EVENT)
        if doc.final and len(self._report.problems) == before and not _has_image(fields):
            self._report.add(
                doc.place, "E202", "the final event has the image: one of its fields has from: base64 or url"
            )
        return Event(
            name=doc.name,
            doc=doc.doc,
            least=1 if doc.at_least is None else doc.at_least,
            most=Value(parameter, View.EFFECTIVE) if parameter is not None else None,
            fields=fields,
            final=doc.final,
            place=doc.place,
        )

    def usage(self, doc: UsageDoc) -> Usage:
        self._known(doc.quality, doc.place)
        self._known(doc.size, doc.place)
        output: list[TokenTable | TokenGrid] = []
        for one in doc.output:
            models = frozenset(models_of(one.models, self._names.members, one.place, self._report))
            if (one.table is None) == (one.grid is None):
                self._report.add(one.place, "E205", "tokens are told by a table or by a grid")
            if one.table is not None:
                output.append(TokenTable(models=models, tokens=one.table, place=one.place))
            elif one.grid is not None:
                output.append(TokenGrid(models=models, cells=one.grid, place=one.place))
        return Usage(
            quality=doc.quality,
            size=doc.size,
            bytes_per_text_token=doc.bytes_per_text_token,
            partial_tokens=doc.partial_tokens,
            output=tuple(output),
        )

    def price(self, doc: PriceDoc) -> TokenPrice | ImagePrice | None:
        models = frozenset(models_of(doc.models, self._names.members, doc.place, self._report))
        self._check_source(doc.source, doc.place)
        if (doc.per_million_tokens is None) == (doc.per_image is None):
            self._report.add(doc.place, "E205", "a price is told per_million_tokens or per_image")
        if doc.per_million_tokens is not None:
            tokens = doc.per_million_tokens
            self._check_amounts((tokens.text_in, tokens.image_out), tokens.place)
            return TokenPrice(
                models=models,
                text_in=tokens.text_in,
                image_out=tokens.image_out,
                source=doc.source,
                place=doc.place,
            )
        if doc.per_image is not None:
            self._check_amounts((usd for row in doc.per_image.values() for usd in row.values()), doc.place)
            return ImagePrice(models=models, usd=doc.per_image, source=doc.source, place=doc.place)
        return None

    def _check_amounts(self, amounts: Iterable[float], place: Place) -> None:
        for usd in amounts:
            if usd < 0:
                self._report.add(place, "E204", f"a price is 0 or more, this is {usd}")

    def _check_source(self, source: str | None, place: Place) -> None:
        if source is not None and source not in self._names.sources:
            self._report.add(place, "E301", f"there is no source {source!r}", suggest(source, self._names.sources))

    def headers(self, docs: Mapping[str, Node]) -> Mapping[str, str]:
        headers = read_headers(docs, self._report)
        for name, value in headers.items():
            for placeholder in placeholders_in(value):
                if placeholder not in HEADER_PLACEHOLDERS:
                    help_ = suggest(placeholder, HEADER_PLACEHOLDERS)
                    help_ = help_ or f"the placeholders of a header are {', '.join(HEADER_PLACEHOLDERS)}"
                    self._report.add(docs[name].place, "E601", f"a header cannot tell {{{placeholder}}}", help_)
        return headers

    def _check_edges(self, doc: PictureDoc) -> None:
        """Report edges that make no size, or that say what another parameter says too."""
        if (doc.width is None) != (doc.height is None):
            self._report.add(doc.place, "E205", "width and height go together")
        if doc.size is not None and doc.width is not None:
            self._report.add(doc.place, "E205", "the size of an image is told by size, or by width and height")
        for name in (doc.width, doc.height):
            if name is not None and self._types.get(name, Type.INTEGER) is not Type.INTEGER:
                self._report.add(doc.place, "E504", f"an edge is a number of pixels, {name!r} is no integer")

    def picture(self, doc: PictureDoc) -> Picture:
        for parameter in (
            doc.prompt, doc.count, doc.size, doc.width, doc.height, doc.ratio, doc.resolution, doc.format,
            doc.compression, doc.background, doc.quality,
        ):  # fmt: skip
            self._known(parameter, doc.place)
        for key, name in (("count", doc.count), ("size", doc.size), ("compression", doc.compression)):
            if name is not None and self._types.get(name, _NEEDED[key]) is not _NEEDED[key]:
                self._report.add(doc.place, "E504", f"{key} names a parameter of type {_NEEDED[key]}, {name!r} is none")
        self._check_edges(doc)
        if edges(doc.default_size, "x") is None:
            self._report.add(doc.place, "E204", f"default_size {doc.default_size!r} is not WIDTHxHEIGHT")
        if doc.default_format not in _FORMATS:
            self._report.add(
                doc.place,
                "E204",
                f"default_format is one of {', '.join(_FORMATS)}",
                suggest(doc.default_format, _FORMATS),
            )
        return Picture(
            count=doc.count,
            size=doc.size,
            width=doc.width,
            height=doc.height,
            ratio=doc.ratio,
            resolution=doc.resolution,
            edges=doc.edges,
            default_size=doc.default_size,
            format=doc.format,
            default_format=doc.default_format,
            compression=doc.compression,
            background=doc.background,
            quality=doc.quality,
            prompt=doc.prompt,
        )
