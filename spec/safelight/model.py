"""The meaning of a spec: frozen records that every reading starts from.

A loaded `Spec` is sound and resolved.  Names are looked up, per-family and per-model overrides are merged, and each
operation holds one `Table` per model: the parameters exactly as that model takes them.  Three kinds of table exist: one
per model, one per family (for unknown names that the spec treats as a member), and `ANY_MODEL`, which keeps only what
is true of every model and judges requests whose model is not known.

A constraint is an id, a `Check` (one of a closed union) and its provenance.  A condition is a `Test` of an operand, or
a combination of conditions.  Both are data: readings `match` on them and `assert_never` closes the match.

Nothing here reads files, knows YAML or decides anything; `Place` says where in the file a record came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar, Final, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict of such."""

ANY_MODEL: Final = "*"
"""The name of the table that holds what is true of every model."""


class Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""What a parameter amounts to that was not sent and has no default; distinct from JSON's null."""


class Basis(StrEnum):
    """How a constraint is known."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ADVISORY = "advisory"


class Outcome(StrEnum):
    """What the API does about a request that breaks a constraint."""

    REFUSE = "refuse"
    WARN = "warn"
    IGNORE = "ignore"
    DROP = "drop"
    CLAMP = "clamp"
    TRUNCATE = "truncate"
    REPLACE = "replace"


class Type(StrEnum):
    """The type of a parameter.  A size is a string that has parts; a model is a string that names one."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    SIZE = "size"
    MODEL = "model"
    ARRAY = "array"
    OBJECT = "object"


class Unit(StrEnum):
    """What a string's length is counted in."""

    CODE_POINTS = "code points"
    UTF16 = "utf-16 units"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a spec file.  Lines and columns count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A text that a constraint is taken from."""

    id: str
    title: str
    url: str | None = None
    read: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a constraint is known, and in which time it holds: from *since* (included) to *until* (not included)."""

    basis: Basis = Basis.DOCUMENTED
    source: str | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, basis: frozenset[Basis], as_of: date) -> bool:
        """Tell whether the constraint is in force on the day *as_of* for a reader who accepts *basis*."""
        return self.basis in basis and in_force(self.since, self.until, as_of)


def in_force(since: date | None, until: date | None, as_of: date) -> bool:
    """Tell whether *as_of* lies from *since* (included) to *until* (not included)."""
    return (since is None or since <= as_of) and (until is None or as_of < until)


# --- checks: what one constraint asks of one parameter -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One legal value of an enumeration, and the time in which it is legal."""

    value: Json
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Required:
    """The parameter must be sent."""

    kind: ClassVar[str] = "required"


@dataclass(frozen=True, slots=True)
class Dated:
    """The API knows the parameter only from *since* to *until*; outside, it is an unknown field."""

    since: date | None
    until: date | None
    kind: ClassVar[str] = "dated"


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Only these models take the parameter.  *names* are as the spec wrote them (families or models)."""

    names: tuple[str, ...]
    models: frozenset[str]
    kind: ClassVar[str] = "applies_to"


@dataclass(frozen=True, slots=True)
class NotNull:
    """An explicit null is a fault."""

    kind: ClassVar[str] = "nullable"


@dataclass(frozen=True, slots=True)
class OfType:
    """The value has the parameter's JSON type."""

    type: Type
    kind: ClassVar[str] = "type"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """The value names a model or an alias of one."""

    kind: ClassVar[str] = "known"


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of *choices*."""

    choices: tuple[Choice, ...]
    kind: ClassVar[str] = "values"

    def allowed(self, as_of: date) -> tuple[Json, ...]:
        """The values that are legal on the day *as_of*, in the spec's order."""
        return tuple(choice.value for choice in self.choices if in_force(choice.since, choice.until, as_of))


@dataclass(frozen=True, slots=True)
class Grammar:
    """The string is WIDTH *separator* HEIGHT, both positive integers without leading zeros, or one of *tokens*."""

    separator: str
    tokens: tuple[Choice, ...]
    kind: ClassVar[str] = "grammar"


@dataclass(frozen=True, slots=True)
class Minimum:
    """The number is at least *limit*."""

    limit: int | float
    kind: ClassVar[str] = "minimum"


@dataclass(frozen=True, slots=True)
class Maximum:
    """The number is at most *limit*."""

    limit: int | float
    kind: ClassVar[str] = "maximum"


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """The number is a multiple of *step*."""

    step: int | float
    kind: ClassVar[str] = "multiple_of"


@dataclass(frozen=True, slots=True)
class MinLength:
    """The string has at least *limit* units."""

    limit: int
    unit: Unit
    kind: ClassVar[str] = "min_length"


@dataclass(frozen=True, slots=True)
class MaxLength:
    """The string has at most *limit* units."""

    limit: int
    unit: Unit
    kind: ClassVar[str] = "max_length"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The whole string matches *regex* (Python's ``re``, ``fullmatch``)."""

    regex: str
    kind: ClassVar[str] = "pattern"


@dataclass(frozen=True, slots=True)
class MinItems:
    """The array has at least *limit* items."""

    limit: int
    kind: ClassVar[str] = "min_items"


@dataclass(frozen=True, slots=True)
class MaxItems:
    """The array has at most *limit* items."""

    limit: int
    kind: ClassVar[str] = "max_items"


@dataclass(frozen=True, slots=True)
class EdgesMultipleOf:
    """Width and height are multiples of *step*."""

    step: int
    kind: ClassVar[str] = "multiple_of"


@dataclass(frozen=True, slots=True)
class MinEdge:
    """The shorter edge has at least *limit* pixels."""

    limit: int
    kind: ClassVar[str] = "min_edge"


@dataclass(frozen=True, slots=True)
class MaxEdge:
    """The longer edge has at most *limit* pixels."""

    limit: int
    kind: ClassVar[str] = "max_edge"


@dataclass(frozen=True, slots=True)
class MinRatio:
    """Width : height is at least *limit*, exactly."""

    limit: Fraction
    kind: ClassVar[str] = "min_ratio"


@dataclass(frozen=True, slots=True)
class MaxRatio:
    """Width : height is at most *limit*, exactly."""

    limit: Fraction
    kind: ClassVar[str] = "max_ratio"


@dataclass(frozen=True, slots=True)
class MinPixels:
    """Width times height is at least *limit*."""

    limit: int
    kind: ClassVar[str] = "min_pixels"


@dataclass(frozen=True, slots=True)
class MaxPixels:
    """Width times height is at most *limit*."""

    limit: int
    kind: ClassVar[str] = "max_pixels"


SizeCheck: TypeAlias = EdgesMultipleOf | MinEdge | MaxEdge | MinRatio | MaxRatio | MinPixels | MaxPixels
Check: TypeAlias = (
    Required
    | Dated
    | AppliesTo
    | NotNull
    | OfType
    | KnownModel
    | OneOf
    | Grammar
    | Minimum
    | Maximum
    | MultipleOf
    | MinLength
    | MaxLength
    | Pattern
    | MinItems
    | MaxItems
    | SizeCheck
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A check with a name: what one parameter must keep to.

    Attributes:
        id: Permanent; ``operation.parameter.kind``, with ``@family`` or ``@model`` where an override states it.
        check: What is asked.
        requirement: The same in English, a whole clause: ``n must be at most 1 for dall-e-3``.
        provenance: How it is known and when it holds.
        outcome: What the API does about a value that breaks it.
        replacement: The value that takes its place, for the outcome *replace*.
        error: Fields of the API's error that differ from the text for this kind of check.
        place: Where the spec states it.
    """

    id: str
    check: Check
    requirement: str
    provenance: Provenance
    outcome: Outcome
    replacement: Json
    error: Mapping[str, Json]
    place: Place


# --- conditions ----------------------------------------------------------------------------------------------------


class View(StrEnum):
    """Which value of a parameter a condition looks at."""

    SENT = "sent"
    EFFECTIVE = "effective"


class Part(StrEnum):
    """Something derived from a value, once."""

    WIDTH = "width"
    HEIGHT = "height"
    PIXELS = "pixels"
    RATIO = "ratio"
    LENGTH = "length"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter's value in one view, or a part of it."""

    parameter: str
    view: View
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many of these parameters were sent."""

    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of these values; what is absent counts as 0."""

    values: tuple[Value, ...]


Operand: TypeAlias = Value | CountOf | SumOf


class Operator(StrEnum):
    """How an operand is compared.  IN holds for one of several values; PRESENT compares with True or False."""

    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    MULTIPLE_OF = "multiple_of"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison.  *value* is a tuple for IN and NOT_IN, a bool for PRESENT, else a number (a ratio: a Fraction)."""

    operand: Operand
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


Condition: TypeAlias = Test | All | AnyOf | Not

ALWAYS: Final = All(())


@dataclass(frozen=True, slots=True)
class Case:
    """A hand-written request that a rule must let pass, or refuse."""

    body: Mapping[str, Json]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A constraint across parameters: where *when* holds of what was sent, *require* must hold of what is effective.

    Attributes:
        id: Permanent: ``operation.rule-id``.
        parameter: The parameter that is at fault when the rule is broken.
        parameters: Every parameter that the rule looks at, in the order it names them.
        models: The models it is about; None for all, known or not.
        requirement: The rule in English, one clause.
        why: The reason, as the spec gives it.
        error: Fields of the API's error that differ from the general text for broken rules.
    """

    id: str
    when: Condition
    require: Condition
    parameter: str
    parameters: tuple[str, ...]
    models: frozenset[str] | None
    requirement: str
    why: str
    provenance: Provenance
    outcome: Outcome
    replacement: Json
    error: Mapping[str, Json]
    accepts: tuple[Case, ...]
    rejects: tuple[Case, ...]
    place: Place


# --- parameters, models, operations --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConditionalDefault:
    """A default that takes the place of the plain one where *when* holds of what was sent."""

    when: Condition
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter as one model takes it.

    Attributes:
        name: Its key in the body; of a nested one, its path (``images[].url``).
        constraints: In the order they are judged: presence, type, then the rest.
        applies: Whether this table's model takes it at all.
        nullable: Whether an explicit null counts as not sent.
        default: The value that holds when it is not sent, or `ABSENT`.
        becomes: What a value stands for once the server has chosen, for example ``auto`` for ``opaque``.
        items: The items of an array.
        members: The members of an object, in spec order.
        unknown_members: What happens to members the spec does not name.
    """

    name: str
    type: Type
    doc: str
    constraints: tuple[Constraint, ...]
    applies: bool
    required: bool
    nullable: bool
    default: Json | Absent
    default_when: tuple[ConditionalDefault, ...]
    becomes: Mapping[str, Json]
    items: Parameter | None
    members: tuple[Parameter, ...]
    unknown_members: UnknownPolicy | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPolicy:
    """What the API does about a field that the spec does not name.  Its *id* is a constraint's."""

    id: str
    outcome: Outcome
    provenance: Provenance
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """The parameters of an operation as one model takes them, in spec order."""

    name: str
    parameters: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that share rules."""

    name: str
    title: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the API, under its canonical name.  From *retired* on, it does not exist."""

    name: str
    title: str
    families: tuple[str, ...]
    aliases: tuple[str, ...]
    since: date | None
    deprecated: date | None
    retired: date | None
    place: Place

    def exists(self, as_of: date) -> bool:
        """Tell whether the API has the model on the day *as_of*."""
        return in_force(self.since, self.retired, as_of)


# --- answers -------------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrid:
    """Output tokens of one image of any size: quality gives the number of cells along the longer edge.

    With a cells along the longer edge and b = round_half_up(a * short / long) along the shorter one, an image costs
    ceil(a * b * (2000000 + width * height) / 4000000) tokens.
    """

    models: frozenset[str]
    cells: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How the tokens of a call are counted.

    Attributes:
        quality: The parameter that the tables are keyed by.
        size: The parameter that holds the size.
        bytes_per_text_token: The fake's estimate of prompt tokens: UTF-8 bytes for one token.
        partial_tokens: What each partial image adds to the output.
    """

    quality: str
    size: str
    bytes_per_text_token: int
    partial_tokens: int
    output: tuple[TokenTable | TokenGrid, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Which parameters say what an image looks like; None where the API has no such parameter.

    *size* names a size parameter; an API that has none names *ratio* and *resolution*, and *edges* maps a resolution
    to the length of the longer edge in pixels.
    """

    count: str | None
    size: str | None
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
    """The answer to a good request."""

    fields: tuple[Field, ...]
    picture: Picture
    usage: Usage | None
    stream: Stream | None
    url_lifetime: int | None


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


@dataclass(frozen=True, slots=True)
class Auth:
    """One way to send the key: ``Authorization: Bearer`` where *header* is None, else the named header."""

    header: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the API.

    Attributes:
        name: Its name in ids and on the command line.
        resource: The attribute of the client that holds it: ``client.<resource>.<method>()``.
        tables: By model, by family, and `ANY_MODEL`.
        model_parameter: The name of the parameter that chooses the model, if there is one.
        body_type: The constraint that the body is an object.
    """

    name: str
    resource: str
    verb: str
    path: str
    title: str
    doc: str
    tables: Mapping[str, Table]
    model_parameter: str | None
    body_type: Constraint
    unknown_fields: UnknownPolicy
    rules: tuple[Rule, ...]
    response: Response
    errors: Errors

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters, in spec order."""
        return tuple(self.tables[ANY_MODEL].parameters)


@dataclass(frozen=True, slots=True)
class UnknownModel:
    """What happens to unknown model names: REFUSE, WARN, or IGNORE (judged as a member of *family*)."""

    outcome: Outcome
    family: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One API.

    Attributes:
        name: Its id: lower case, with hyphens; the client's package takes it with underscores.
        revised: The day whose state of the API the spec describes; readings judge as of that day unless told otherwise.
        unknown_model: What happens to a model that the spec does not name.
        names: Every accepted model name, aliases too, with the canonical name it stands for.
        digest: SHA-256 of the file's text, hex.
    """

    name: str
    title: str
    doc: str
    revised: date
    servers: tuple[str, ...]
    key_variable: str
    auth: tuple[Auth, ...]
    sources: Mapping[str, Source]
    families: Mapping[str, Family]
    models: Mapping[str, Model]
    names: Mapping[str, str]
    unknown_model: UnknownModel
    operations: Mapping[str, Operation]
    digest: str

    def names_as_of(self, as_of: date) -> tuple[str, ...]:
        """The model names, aliases too, that exist on the day *as_of*, in spec order."""
        return tuple(name for name, model in self.names.items() if self.models[model].exists(as_of))
