"""A client: its resources, its two flavours, its front door, its command and its README."""

from __future__ import annotations

from safelight.records import dataclass
from safelight_codegen.python.view.code import Imports

__all__ = [
    "Api",
    "Auth",
    "Command",
    "Example",
    "Flavour",
    "Front",
    "Home",
    "Loose",
    "Method",
    "OperationCommand",
    "OperationRecord",
    "Overload",
    "Readme",
    "Resource",
    "ResourceClass",
    "Setting",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """One signature of a method.

    Attributes:
        arguments: Its arguments, whole.
        result: What a call gives.
        mark: The decorator of a signature for wrong calls, laid out; empty for a right one.
    """

    arguments: tuple[str, ...]
    result: str
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """The type of the arguments of a wrong call, of which each *member* may be anything."""

    name: str
    doc: str
    members: tuple[str, ...]


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
        held: The variable that holds the answer; that of the raw answer is *raw_held*.
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
    held: str
    raw_held: str


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
    """The class of a resource for one flavour of client.

    *given* and *cast* are what its module calls the functions of these names: no parameter is called so.
    """

    name: str
    raw_name: str
    client: str
    doc: str
    def_: str
    await_: str
    given: str
    cast: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource: operations that are called through one attribute of the client.

    Attributes:
        attribute: The attribute.
        kind: The name of its class, without the flavour's prefix.
        module: The name of its module.
        operations: The records of its operations.
        loose: Types of the arguments of wrong calls.
        classes: Its classes, one for each flavour.
    """

    attribute: str
    kind: str
    module: str
    imports: Imports
    typing_imports: tuple[str, ...]
    exports: str
    operations: tuple[OperationRecord, ...]
    loose: tuple[Loose, ...]
    classes: tuple[ResourceClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """One way to send the key."""

    name: str
    header: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The API as a whole; *auth*, *rules* and *auth_names* are source."""

    title: str
    summary: str
    package: str
    version: str
    base_url: str
    base_url_variable: str
    key_variable: str
    key_variables: tuple[str, ...]
    auth: str
    rules: str
    auth_names: str
    url_lifetime: int | None
    request_id_header: str
    revised: str
    digest: str
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
    iter_raw: str
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
class OperationCommand:
    """The command of one operation: the word that chooses it, and the arguments of its `Command`."""

    word: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The command of the package.

    Attributes:
        doc: The docstring of its module.
        summary: What the API is, one sentence.
        prog: How it is called.
        several: Whether there are several operations, of which the command line names one.
        operations: The operations.
        imports: What its module imports.
    """

    doc: str
    summary: str
    prog: str
    several: bool
    operations: tuple[OperationCommand, ...]
    imports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A call of an operation that is legal.

    Attributes:
        name: What the function around it is called.
        legal: The call.
        images: What the images are of the answer, as attributes of attributes.
        guard: What must be true of the answer for them to be there; empty where they always are.
        fetched: Whether the answer has links to them.
        command: What the package's command is given for such a call, as a shell reads it.
    """

    name: str
    legal: str
    images: str
    guard: str
    fetched: bool
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readme:
    """What the README of a client shows.

    Attributes:
        summary: What the API is, one sentence or more.
        examples: A call of each operation.
        validator: The name of the first operation's validator.
        wrong: A call that is refused; empty where the spec shows none.
        refusal: What the error says.
        typed: Whether calls have a type for each model.
    """

    summary: str
    examples: tuple[Example, ...]
    validator: str
    wrong: str
    refusal: str
    typed: bool
