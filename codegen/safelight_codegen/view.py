"""What templates place: records whose strings are finished.

A view-model asks and decides everything; a template only says where things go.  Most fields are Python source; those
that come from the spec as they are (names, sentences, ids) go through the filters.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Acceptance",
    "Alias",
    "Api",
    "Auth",
    "Command",
    "Constant",
    "Flag",
    "Flavour",
    "Front",
    "Function",
    "Helper",
    "Home",
    "Imports",
    "Member",
    "Method",
    "Models",
    "OperationRecord",
    "Overload",
    "Readme",
    "Record",
    "RecordField",
    "Resource",
    "ResourceClass",
    "Setting",
    "Step",
    "Types",
    "Union",
    "Validator",
    "Validators",
    "Violation",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """The making of one violation: *more* are further arguments, a line each."""

    rule: str
    parameter: str
    value: str
    message: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A statement: the yielding of a violation, or a line with what stands below it."""

    text: str = ""
    fault: Violation | None = None
    body: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant of a module; *text* is its value."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A function that makes the limits of a size for one reader; *fields* are the arguments of `SizeLimits`."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of a module.

    Attributes:
        name: Its name.
        arguments: The names of its arguments.
        head: From ``def`` to the colon.
        doc: Its docstring, filled into lines.
        steps: Its body.
        constants: What stands before it, for it alone; so do *helpers*.
        uses: The names that it uses, to tell what must be imported.
    """

    name: str
    arguments: tuple[str, ...]
    head: str
    doc: str
    steps: tuple[Step, ...]
    constants: tuple[Constant, ...]
    helpers: tuple[Helper, ...]
    uses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """The import statements of a module, whole."""

    standard: tuple[str, ...]
    siblings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of an object that is sent; *declaration* is source."""

    declaration: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A type of ``types.py``: *text* is its definition, or empty for a `TypedDict` of *members*."""

    name: str
    doc: str
    text: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The table of models, and the function that finds the one whose rules judge a request."""

    table: str
    function: Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The quick way for one or more models.

    Attributes:
        name: The name of the function.
        doc: Its docstring, filled into lines.
        keys: A constant: the parameters that a body may have.
        get: Whether the body looks parameters up.
        result: The statement that returns the answer.
        sizes: The functions that it calls.
    """

    name: str
    doc: str
    keys: Constant
    get: bool
    result: str
    sizes: tuple[Function, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """The validator of one operation.

    Attributes:
        name: The name of the public function.
        doc: Its docstring, filled into lines.
        functions: The functions that it is made of.
        parameters: A constant: by parameter, the models that take it.
        defaults: A constant: what holds without being sent; none where no rule looks at that.
        report: The function that tells every violation.
        lens: The statement that takes the reader's choice.
        report_call: A call of it.
        acceptances: The quick ways.
        accept: The function that takes one of them, if there are any.
        table: A constant: by model, the quick way.
    """

    name: str
    doc: str
    functions: tuple[Function, ...]
    parameters: Constant
    defaults: Constant | None
    report: Function
    lens: str
    report_call: str
    acceptances: tuple[Acceptance, ...]
    table: str
    accept: Function | None
    uses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """The module of the validators."""

    revised: str
    imports: Imports
    models: Models | None
    operations: tuple[Validator, ...]
    exports: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordField:
    """A field of an answer's record.

    Attributes:
        key: Its name in JSON.
        reader: The function that reads it, as source.
        declaration: The attribute with its type and default, as source.
    """

    key: str
    reader: str
    declaration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of an answer.

    Attributes:
        name: The name of the class.
        base: The class it stands on.
        doc: Its docstring, filled into lines.
        fields: Its fields, in spec order.
        renamed: By name in JSON, the attribute where it has another name; empty for none.
        base64: The attribute that holds an image in base64, or none.
        url: The attribute that holds its URL, or none.
    """

    name: str
    base: str
    doc: str
    fields: tuple[RecordField, ...]
    renamed: str
    base64: str | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """A type that is one of several: *text* is its definition."""

    name: str
    text: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """The module of the types: what calls take and what they give; *shapes* are those of objects that are sent."""

    imports: Imports
    exports: str
    aliases: tuple[Alias, ...]
    shapes: tuple[Alias, ...]
    records: tuple[Record, ...]
    unions: tuple[Union, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """One signature of a method: *arguments* are whole, *result* names what a call gives."""

    arguments: tuple[str, ...]
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of a resource, for one flavour of client.

    Attributes:
        name: Its name.
        constant: The name of the operation's record.
        overloads: Its signatures.
        raw_overloads: Those of the same method that keeps the raw answer.
        arguments: The arguments of the method itself.
        result: What it gives.
        raw_result: What the other one gives.
        doc: Its docstring, filled into lines.
        names: The names of the arguments.
        streams: Whether it may give a stream of events instead of *record*, its answer.
    """

    name: str
    constant: str
    overloads: tuple[Overload, ...]
    raw_overloads: tuple[Overload, ...]
    arguments: tuple[str, ...]
    result: str
    raw_result: str
    doc: str
    names: tuple[str, ...]
    streams: bool
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """An argument of an operation's record, as source."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRecord:
    """The record of an operation: *result* and *event* are the types of what it gives."""

    constant: str
    result: str
    event: str
    doc: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceClass:
    """The class of a resource for one flavour of client."""

    name: str
    raw_name: str
    client: str
    doc: str
    def_: str
    await_: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource: operations that are called through one attribute of the client.

    Attributes:
        attribute: The attribute.
        kind: The name of its class, without the flavour's prefix.
        module: The name of its module.
        operations: The records of its operations.
        classes: Its classes, one for each flavour.
    """

    attribute: str
    kind: str
    module: str
    imports: Imports
    typing_imports: tuple[str, ...]
    exports: str
    operations: tuple[OperationRecord, ...]
    classes: tuple[ResourceClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """One way to send the key."""

    name: str
    header: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The API as a whole; *auth* and *auth_names* are source."""

    title: str
    summary: str
    package: str
    version: str
    base_url: str
    base_url_variable: str
    key_variable: str
    key_variables: tuple[str, ...]
    auth: str
    auth_names: str
    url_lifetime: int | None
    request_id_header: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """The words in which synchronous and asynchronous Python differ."""

    adjective: str
    prefix: str
    client: str
    stream: str
    http_client: str
    transport: str
    def_: str
    await_: str
    for_: str
    enter: str
    exit: str
    iter: str
    next: str
    next_of: str
    iterator: str
    generator: str
    abstract_types: str
    close: str
    read: str
    iter_bytes: str
    sleeper: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A module that the package exports names of."""

    module: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The package's front door.

    Attributes:
        doc: Its docstring, filled into lines.
        version: The version of the client.
        homes: What is imported at once.
        lazy: What is imported when it is first asked for: for type checkers.
        table: The same, as a constant: by name, the module.
        exports: All names, as a list, laid out.
    """

    doc: str
    version: str
    homes: tuple[Home, ...]
    lazy: tuple[Home, ...]
    table: str
    exports: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A parameter as an option of the command: the arguments of `Flag`, laid out."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The command of the package: its first operation.

    Attributes:
        doc: The docstring of its module.
        summary: What the command does, one sentence.
        prog: How it is called.
        constant: The operation's record.
        prompt: The parameter that is the positional argument.
        flags: All other parameters.
        settings: Further arguments.
        imports: What its module imports.
    """

    doc: str
    summary: str
    prog: str
    constant: str
    prompt: Flag
    flags: tuple[Flag, ...]
    settings: tuple[Setting, ...]
    imports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readme:
    """What the README of a client shows.

    Attributes:
        summary: What the API is, one sentence or more.
        method: The name of the first operation.
        legal: A call of it that is legal.
        images: The field of the answer that holds the images.
        wrong: A call that is refused; empty where the spec shows none.
        refusal: What the error says.
    """

    summary: str
    method: str
    legal: str
    images: str
    wrong: str
    refusal: str
