"""The form of a spec file: one record for each kind of block, one annotated field for each key.

These records hold what the author wrote, unresolved.  `safelight.reading.resolve` gives them their meaning; the docs
beside the fields become the JSON Schema that editors complete from.  A constraint may be written plainly
(``maximum: 10``) or with its provenance (``maximum: {is: 10, basis: observed, source: guide}``), see `Stated`.

Annotations are not postponed in this module (PEP 563): all of them are needed to read a spec, and those that come
compiled with the module need not be compiled at each start.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Annotated, Any

from safelight.model import Basis, From, Outcome, Place, Type, Unit
from safelight.records import dataclass

from .nodes import Node
from .shape import Doc, Form, Number, Stated

_CONDITION = Form({"$ref": "#/$defs/condition"})
_CASES = Form({"type": "array", "items": {"type": "object"}})
_BODY = Form({})
_SCALAR = {"type": ["string", "number", "boolean", "null"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceDoc:
    """A value of an enumeration that is legal only for a time."""

    place: Place
    is_: Annotated[Any, Doc("The value.")]
    since: Annotated[date | None, Doc("The first day on which it is legal.")] = None
    until: Annotated[date | None, Doc("The first day on which it no longer is.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultDoc:
    """A default that holds under a condition."""

    place: Place
    when: Annotated[Node, _CONDITION, Doc("When this default holds; looks at what was sent.")]
    use: Annotated[Any, Doc("The value that is then the default.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDoc:
    """What a parameter may be; the same keys state it for all models and, under ``per_model``, for some."""

    place: Place
    required: Annotated[Stated[bool] | None, Doc("Whether it must be sent.")] = None
    nullable: Annotated[
        Stated[bool] | None, Doc("Whether an explicit null counts as not sent. Default: true, unless required.")
    ] = None
    default: Annotated[Node | None, _BODY, Doc("The value that holds when it is not sent.")] = None
    values: Annotated[
        Stated[tuple[Node, ...]] | None,
        Form({"type": "array", "minItems": 1, "items": {"anyOf": [_SCALAR, {"$ref": "#/$defs/ChoiceDoc"}]}}),
        Doc("The legal values, each plain or {is: value, since: date, until: date}. For a size: sizes and tokens."),
    ] = None
    any_case: Annotated[
        bool | None, Doc("Whether values may be written in letters of either case. Default: false.")
    ] = None
    minimum: Annotated[Stated[Number] | None, Doc("The least legal number.")] = None
    maximum: Annotated[Stated[Number] | None, Doc("The greatest legal number.")] = None
    multiple_of: Annotated[
        Stated[Number] | None, Doc("A number, or both edges of a size, must be a multiple of this.")
    ] = None
    min_length: Annotated[Stated[int] | None, Doc("The least length of the string, in its unit.")] = None
    max_length: Annotated[Stated[int] | None, Doc("The greatest length of the string, in its unit.")] = None
    unit: Annotated[Unit | None, Doc("What lengths are counted in. Default: code points.")] = None
    pattern: Annotated[Stated[str] | None, Doc("A regular expression that the whole string must match.")] = None
    grammar: Annotated[
        Stated[str] | None, Doc("How a free size is written: WIDTHxHEIGHT, WIDTH*HEIGHT or WIDTH:HEIGHT.")
    ] = None
    min_edge: Annotated[Stated[int] | None, Doc("The least length of an edge, in pixels.")] = None
    max_edge: Annotated[Stated[int] | None, Doc("The greatest length of an edge, in pixels.")] = None
    min_ratio: Annotated[Stated[str] | None, Doc('The least ratio of width to height, as "1:3".')] = None
    max_ratio: Annotated[Stated[str] | None, Doc('The greatest ratio of width to height, as "3:1".')] = None
    min_pixels: Annotated[Stated[int] | None, Doc("The least product of width and height.")] = None
    max_pixels: Annotated[Stated[int] | None, Doc("The greatest product of width and height.")] = None
    min_items: Annotated[Stated[int] | None, Doc("The least number of items.")] = None
    max_items: Annotated[Stated[int] | None, Doc("The greatest number of items.")] = None
    becomes: Annotated[
        Node | None,
        Form({"type": "object"}),
        Doc("What a value stands for once the server has chosen, as {auto: opaque}."),
    ] = None
    basis: Annotated[Basis | None, Doc("How its constraints are known, unless they say otherwise.")] = None
    source: Annotated[str | None, Doc("The source of its constraints, unless they say otherwise.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDoc(DomainDoc):
    """A parameter of an operation, an item of an array, or a member of an object."""

    type: Annotated[Type, Doc("The type of its value.")]
    doc: Annotated[str, Doc("What it is for, one or two sentences.")]
    applies_to: Annotated[
        Stated[tuple[str, ...]] | None, Doc("The families and models that take it; without this key, all do.")
    ] = None
    default_when: Annotated[
        tuple[DefaultDoc, ...], Doc("Defaults that hold under conditions; the first that fits wins.")
    ] = ()
    items: Annotated[Node | None, Form({"$ref": "#/$defs/ParameterDoc"}), Doc("What each item of the array is.")] = None
    members: Annotated[
        Mapping[str, Node] | None,
        Form({"type": "object", "additionalProperties": {"$ref": "#/$defs/ParameterDoc"}}),
        Doc("The members of the object."),
    ] = None
    unknown_members: Annotated[
        Stated[Outcome] | None, Doc("What happens to members that are not named. Default: refuse.")
    ] = None
    per_model: Annotated[
        Mapping[str, DomainDoc], Doc("What differs for a family or a model; the more specific wins.")
    ] = field(default_factory=dict[str, DomainDoc])
    since: Annotated[date | None, Doc("The first day on which the API knows it.")] = None
    until: Annotated[date | None, Doc("The first day on which it no longer does.")] = None
    outcome: Annotated[
        Outcome | None, Doc("What the API does about a value that breaks its constraints. Default: refuse.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDoc:
    """A constraint across parameters."""

    place: Place
    id: Annotated[str, Doc("Its permanent name: lower case, with hyphens.")]
    when: Annotated[
        Node | None, _CONDITION, Doc("When the rule speaks; looks at what was sent. Without it: always.")
    ] = None
    require: Annotated[Node | None, _CONDITION, Doc("What must then hold; looks at what is effective.")] = None
    at_most_one: Annotated[tuple[str, ...] | None, Doc("Of these parameters at most one may be sent.")] = None
    exactly_one: Annotated[tuple[str, ...] | None, Doc("Of these parameters exactly one must be sent.")] = None
    applies_to: Annotated[
        tuple[str, ...] | None, Doc("The families and models it is about; without this key, all.")
    ] = None
    parameter: Annotated[str | None, Doc("The parameter at fault. Default: the first that the rule names.")] = None
    why: Annotated[str, Doc("The reason, one sentence.")]
    message: Annotated[str | None, Doc("The rule as a clause. Default: made from its conditions.")] = None
    basis: Annotated[Basis | None, Doc("How it is known. Default: documented.")] = None
    source: Annotated[str | None, Doc("The source that states it.")] = None
    since: Annotated[date | None, Doc("The first day on which it holds.")] = None
    until: Annotated[date | None, Doc("The first day on which it no longer holds.")] = None
    outcome: Annotated[Outcome | None, Doc("What the API does about a request that breaks it. Default: refuse.")] = None
    replace_with: Annotated[Any, Doc("The value that the parameter at fault takes, for the outcome replace.")] = None
    error: Annotated[Mapping[str, Any], Doc("Fields of the API's error that differ from the text for rules.")] = field(
        default_factory=dict[str, Any]
    )
    accepts: Annotated[tuple[Node, ...], _CASES, Doc("Requests that the rule lets pass.")] = ()
    rejects: Annotated[tuple[Node, ...], _CASES, Doc("Requests that break this rule and nothing else.")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDoc:
    """A field of an answer."""

    place: Place
    from_: Annotated[From, Doc("Where its value comes from.")]
    doc: Annotated[str, Doc("What it tells.")]
    of: Annotated[str | None, Doc("The parameter echoed (echo), or all_details or input_details (usage).")] = None
    is_: Annotated[Any, Doc("The value (literal).")] = None
    when: Annotated[
        Node | None, _CONDITION, Doc("When it is there; looks at what is effective. Without it: always.")
    ] = None
    fields: Annotated[
        Mapping[str, Node],
        Form({"type": "object", "additionalProperties": {"$ref": "#/$defs/FieldDoc"}}),
        Doc("The fields of the object, or of each image."),
    ] = field(default_factory=dict[str, Node])
    basis: Annotated[Basis | None, Doc("How it is known. Default: documented.")] = None
    source: Annotated[str | None, Doc("The source that states it.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDoc:
    """A kind of stream event."""

    place: Place
    name: Annotated[str, Doc("Its name, in the event line.")]
    doc: Annotated[str, Doc("What it tells.")]
    at_least: Annotated[int | None, Doc("How often it comes at least. Default: once for each image.")] = None
    at_most: Annotated[str | None, Doc("The parameter that says how often it comes at most.")] = None
    final: Annotated[bool, Doc("Whether it ends the stream with the finished image.")] = False
    fields: Annotated[Mapping[str, FieldDoc], Doc("The fields of its data.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDoc:
    """The answer as server-sent events."""

    place: Place
    when: Annotated[Node, _CONDITION, Doc("When the answer is a stream; looks at what is effective.")]
    events: Annotated[tuple[EventDoc, ...], Doc("The kinds of events, in the order they come.")]
    error: Annotated[str, Doc("The name of the event that tells of a failure in mid-stream.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensDoc:
    """Output tokens of one image, for some models."""

    place: Place
    models: Annotated[tuple[str, ...], Doc("The families and models it is about.")]
    table: Annotated[Mapping[str, Mapping[str, int]] | None, Doc("Tokens by quality and size.")] = None
    grid: Annotated[
        Mapping[str, int] | None, Doc("Cells along the longer edge by quality; see spec/README.md for the formula.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageDoc:
    """How the tokens of a call are counted."""

    place: Place
    quality: Annotated[str, Doc("The parameter that holds the quality.")]
    size: Annotated[str | None, Doc("The parameter that holds the size, where it is a single one.")] = None
    bytes_per_text_token: Annotated[int, Doc("The fake's estimate for prompts: UTF-8 bytes for one token.")] = 4
    partial_tokens: Annotated[int, Doc("What each partial image adds to the output.")] = 0
    output: Annotated[tuple[TokensDoc, ...], Doc("Output tokens of one image.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPriceDoc:
    """What tokens cost."""

    place: Place
    text_in: Annotated[Number, Doc("USD for a million tokens of text that go in.")]
    image_out: Annotated[Number, Doc("USD for a million tokens of images that come out.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDoc:
    """What a call costs, for some models: by tokens or by image."""

    place: Place
    models: Annotated[tuple[str, ...], Doc("The families and models it is about.")]
    per_million_tokens: Annotated[TokenPriceDoc | None, Doc("USD for a million tokens.")] = None
    per_image: Annotated[
        Mapping[str, Mapping[str, Number]] | None,
        Doc("USD for one image, by quality and by size (or resolution); * stands for any."),
    ] = None
    source: Annotated[str | None, Doc("The source that states it.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDoc:
    """Which parameters say what an image looks like."""

    place: Place
    prompt: Annotated[str, Doc("The parameter that holds the prompt.")]
    count: Annotated[str | None, Doc("The parameter that says how many images there are.")] = None
    size: Annotated[str | None, Doc("The size parameter, where there is one.")] = None
    width: Annotated[str | None, Doc("The parameter that holds the width in pixels, where sizes are two.")] = None
    height: Annotated[str | None, Doc("The parameter that holds the height in pixels; it goes with width.")] = None
    ratio: Annotated[str | None, Doc("The parameter that holds width:height, where there is no size.")] = None
    resolution: Annotated[str | None, Doc("The parameter that holds the resolution, where there is no size.")] = None
    edges: Annotated[Mapping[str, int], Doc("By resolution, the length of the longer edge in pixels.")] = field(
        default_factory=dict[str, int]
    )
    default_size: Annotated[str, Doc("The size of an image when no parameter tells, WIDTHxHEIGHT.")]
    format: Annotated[str | None, Doc("The parameter that holds the file format.")] = None
    default_format: Annotated[str, Doc("The file format when no parameter tells: png, jpeg or webp.")]
    compression: Annotated[str | None, Doc("The parameter that holds the compression level, 0 to 100.")] = None
    background: Annotated[str | None, Doc("The parameter whose value transparent asks for an alpha channel.")] = None
    quality: Annotated[str | None, Doc("The parameter that holds the quality.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDoc:
    """The answer to a good request."""

    place: Place
    fields: Annotated[Mapping[str, FieldDoc], Doc("The fields of the body.")]
    picture: Annotated[PictureDoc, Doc("Which parameters say what an image looks like.")]
    usage: Annotated[UsageDoc | None, Doc("How tokens are counted.")] = None
    prices: Annotated[tuple[PriceDoc, ...], Doc("What a call costs, for estimates and budgets.")] = ()
    stream: Annotated[StreamDoc | None, Doc("The answer as server-sent events.")] = None
    url_lifetime: Annotated[int | None, Doc("Seconds for which a link to an image works.")] = None
    headers: Annotated[
        Mapping[str, Node],
        Form({"type": "object", "additionalProperties": {"type": "string"}}),
        Doc("Headers of every answer, with {request_id} and {processing_ms} where these go."),
    ] = field(default_factory=dict[str, Node])


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorsDoc:
    """How the API refuses."""

    place: Place
    envelope: Annotated[Any, Doc('The body of an error, with "{field}" where a field of the error goes.')]
    precedence: Annotated[
        tuple[str, ...],
        Doc("Which fault is told when there are several: parameters, kinds of faults, and * for the rest."),
    ]
    texts: Annotated[
        Mapping[str, Node],
        Form({"type": "object", "additionalProperties": {"type": "object", "required": ["status"]}}),
        Doc("By kind of fault, or default for the rest: status, headers, and the fields of the envelope."),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDoc:
    """One call of the API."""

    place: Place
    resource: Annotated[str, Doc("The attribute of the client that holds the call.")]
    verb: Annotated[str, Doc("The HTTP method.")]
    path: Annotated[str, Doc("The path, after the server's URL.")]
    title: Annotated[str, Doc("What it does, in a few words.")]
    doc: Annotated[str, Doc("What it does, in a sentence or more.")]
    unknown_fields: Annotated[Stated[Outcome], Doc("What happens to fields that are not named.")]
    parameters: Annotated[Mapping[str, ParameterDoc], Doc("The fields of the body.")]
    rules: Annotated[tuple[RuleDoc, ...], Doc("Constraints across parameters.")] = ()
    response: Annotated[ResponseDoc, Doc("The answer to a good request.")]
    errors: Annotated[ErrorsDoc, Doc("The answer to a bad one.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDoc:
    """A text that constraints are taken from."""

    place: Place
    title: Annotated[str, Doc("What it is.")]
    url: Annotated[str | None, Doc("Where it is.")] = None
    read: Annotated[date | None, Doc("The day it was read.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyDoc:
    """Models that share rules."""

    place: Place
    title: Annotated[str, Doc("Its name for people.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDoc:
    """A model of the API."""

    place: Place
    title: Annotated[str, Doc("Its name for people.")]
    family: Annotated[str | None, Doc("The family it belongs to.")] = None
    aliases: Annotated[tuple[str, ...], Doc("Other names for it, dated snapshots too.")] = ()
    since: Annotated[date | None, Doc("The first day on which it exists.")] = None
    deprecated: Annotated[date | None, Doc("The day on which it was deprecated.")] = None
    retired: Annotated[date | None, Doc("The first day on which it no longer exists.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecDoc:
    """A spec file."""

    place: Place
    safelight: Annotated[int, Form({"const": 1}), Doc("The version of the language: 1.")]
    name: Annotated[str, Doc("The API's id: lower case, with hyphens.")]
    title: Annotated[str, Doc("The API's name for people.")]
    doc: Annotated[str, Doc("What the API is for.")]
    revised: Annotated[date, Doc("The day whose state of the API this file describes.")]
    servers: Annotated[tuple[str, ...], Doc("Base URLs; the first is the default.")]
    key_variable: Annotated[str, Doc("The environment variable that holds the key.")]
    auth: Annotated[
        tuple[Node, ...],
        Form(
            {
                "type": "array",
                "items": {
                    "oneOf": [
                        {"const": "bearer"},
                        {
                            "type": "object",
                            "properties": {
                                "header": {"type": "string", "description": "The header that holds the key."}
                            },
                            "required": ["header"],
                            "additionalProperties": False,
                        },
                    ]
                },
            }
        ),
        Doc("The ways to send the key: bearer, or {header: NAME}."),
    ]
    sources: Annotated[Mapping[str, SourceDoc], Doc("The texts that constraints are taken from.")]
    families: Annotated[Mapping[str, FamilyDoc], Doc("Groups of models that share rules.")] = field(
        default_factory=dict[str, FamilyDoc]
    )
    models: Annotated[Mapping[str, ModelDoc], Doc("The models, by their canonical names.")]
    unknown_model: Annotated[
        Node,
        Form(
            {
                "oneOf": [
                    {"enum": ["refuse", "warn"]},
                    {
                        "type": "object",
                        "properties": {"as": {"type": "string", "description": "The family to judge it by."}},
                        "required": ["as"],
                        "additionalProperties": False,
                    },
                ]
            }
        ),
        Doc("What happens to other model names: refuse, warn, or {as: FAMILY}."),
    ]
    operations: Annotated[Mapping[str, OperationDoc], Doc("The calls of the API.")]
