"""What the API answers: fields, events, usage and errors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from safelight.model.basics import Json, Place, Provenance
from safelight.model.conditions import Condition, Operand
from safelight.records import dataclass


class From(StrEnum):
    """Where the value of a response field comes from."""

    CLOCK = "clock"  # seconds since the epoch
    ECHO = "echo"  # the effective value of a parameter, resolved
    LITERAL = "literal"
    IMAGES = "images"  # an array with one item per image
    BASE64 = "base64"  # of an image: its bytes
    URL = "url"  # of an image: a link to its bytes
    REVISED_PROMPT = "revised_prompt"
    INDEX = "index"  # of a stream event: how many of its kind came before
    USAGE = "usage"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an answer: its name, the condition of its presence, and where its value comes from.

    Attributes:
        of: The parameter echoed, for ECHO; the value itself, for LITERAL.
        fields: The fields of the object (OBJECT) or of each item (IMAGES).
        provenance: How the field is known.
    """

    name: str
    doc: str
    source: From
    of: Json
    when: Condition
    fields: tuple[Field, ...]
    provenance: Provenance
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A kind of stream event.  It comes *least* to *most* times; None for the number of images."""

    name: str
    doc: str
    least: int
    most: Operand | int | None
    fields: tuple[Field, ...]
    final: bool
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The answer as server-sent events: asked for by *when*, told in *events*, broken off by *error*."""

    when: Condition
    events: tuple[Event, ...]
    error: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTable:
    """Output tokens of one image, by quality and size."""

    models: frozenset[str]
    tokens: Mapping[str, Mapping[str, int]]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrid:
    """Output tokens of one image of any size: quality gives the number of cells along the longer edge.

    With a cells along the longer edge and b = round_half_up(a * short / long) along the shorter one, an image costs
    ceil(a * b * (2000000 + width * height) / 4000000) tokens.
    """

    models: frozenset[str]
    cells: Mapping[str, int]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How the tokens of a call are counted.

    Attributes:
        quality: The parameter that the tables are keyed by.
        size: The parameter that holds the size; None where that is no single one.
        bytes_per_text_token: The fake's estimate of prompt tokens: UTF-8 bytes for one token.
        partial_tokens: What each partial image adds to the output.
    """

    quality: str
    size: str | None
    bytes_per_text_token: int
    partial_tokens: int
    output: tuple[TokenTable | TokenGrid, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """What tokens cost, in USD per million."""

    models: frozenset[str]
    text_in: float
    image_out: float
    source: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePrice:
    """What one image costs, in USD: by quality, then by size or resolution; ``*`` stands for any."""

    models: frozenset[str]
    usd: Mapping[str, Mapping[str, float]]
    source: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Which parameters say what an image looks like; None where the API has no such parameter.

    *size* names a size parameter, *width* and *height* two integers in pixels; an API that has neither names *ratio*
    and *resolution*, and *edges* maps a resolution to the length of the longer edge in pixels.
    """

    count: str | None
    size: str | None
    width: str | None
    height: str | None
    ratio: str | None
    resolution: str | None
    edges: Mapping[str, int]
    default_size: str
    format: str | None
    default_format: str
    compression: str | None
    background: str | None
    quality: str | None
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer to a good request.

    Attributes:
        url_lifetime: Seconds for which a link to an image works; None where the API says nothing of it.
        headers: Headers of every answer, refusals too, with ``{request_id}`` and ``{processing_ms}`` to be filled in.
        prices: What a call costs; empty where the spec does not say.
    """

    fields: tuple[Field, ...]
    picture: Picture
    usage: Usage | None
    stream: Stream | None
    url_lifetime: int | None
    headers: Mapping[str, str]
    prices: tuple[TokenPrice | ImagePrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText:
    """An error of the API: status, and texts with ``{placeholders}`` for the fields of the envelope.

    *empty* errors have no body at all.
    """

    status: int
    fields: Mapping[str, Json]
    headers: Mapping[str, str]
    empty: bool
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How the API refuses.

    Attributes:
        envelope: The body, with ``"{field}"`` where a field of the error goes; None for an empty body.
        texts: By what went wrong: the kind of a check, a rule's ``rule``, or an event of the transport (``no_key`` …).
        precedence: Which fault is told when there are several: names of parameters, ``unknown_fields``, ``*``.
    """

    envelope: Json
    texts: Mapping[str, ErrorText]
    precedence: tuple[str, ...]
    place: Place
