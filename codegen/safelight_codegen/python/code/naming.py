"""What a client calls the calls of an API and what they give, where the API's own names would hide the client's.

An API may have a resource ``client``, a call ``date`` or an event ``image``; so have clients.  The name of the spec is
kept wherever it hides nothing.  Where it would, it gets an underscore behind it, as Python's own names have it, and a
class gets a word more.  Calls and resources that differ in nothing but underscores are refused when the spec is loaded,
so what is made of them here stays apart.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from typing import Final

from safelight.model import Operation, Spec
from safelight.records import dataclass
from safelight_codegen.names import camel, constant, distinct
from safelight_codegen.python.code.flavours import AIO, SYNC

__all__ = ["OWN_TYPES", "ResourceNames", "free_type", "method_name", "record_name", "resource_names", "validator_name"]

OWN_TYPES: Final = frozenset(
    {
        "API", "Answer", "Any", "AsyncClient", "AsyncGenerator", "AsyncIterator", "AsyncStream", "AuthName",
        "BadRequest", "COMMAND", "COMMANDS", "CallError", "ClassVar", "Client", "Collection", "Command", "Commands",
        "ConnectionFailed", "Context", "E", "Envelope", "EventReader", "Fault", "Final", "Flag", "FormatFlag",
        "Generator", "Generic", "Image", "ImageError", "Iterator", "Json", "Link", "LinkExpired", "Literal", "Mapping",
        "NotConfigured", "NotFound", "NotRequired", "OMIT", "Omit", "Operation", "PermissionDenied", "Policy", "R",
        "RateLimited", "RawResponse", "Reader", "Record", "Result", "RuleError", "RuleWarning", "Self", "Sequence",
        "ServerError", "Settings", "StatusError", "Stop", "Stream", "StreamError", "TimedOut", "TokenDetails",
        "TracebackType", "TypeAlias", "TypeVar", "TypedDict", "Unauthorized", "UnexpectedReply", "Unpack", "Usage",
        "Violation", "WrongForModel", "WrongSuffix",
    }
)  # fmt: skip
"""The types of a client that stand, or are imported, beside what is made of the spec."""

_BUILTINS: Final = frozenset(name for name in vars(builtins) if name.islower())
_OWN_MODULES: Final = frozenset(
    {*_BUILTINS, "api", "async_client", "client", "errors", "http_library", "types", "typing", "validators"}
)
"""A module of a package is a name in its ``__init__``, too, where it would hide a builtin."""

_OWN_CONSTANTS: Final = frozenset({"API", "COMMAND", "COMMANDS", "OMIT", "TYPE_CHECKING"})
_IN_ANNOTATIONS: Final = frozenset({"bool", "bytes", "dict", "float", "int", "object", "str", "tuple", "type"})
"""Builtin types that the classes of a client name: in a class, a method of the same name hides them."""

_IN_RESOURCES: Final = frozenset({*_IN_ANNOTATIONS, "deprecated", "overload", "property", "with_raw_response"})
_IN_CLIENTS: Final = frozenset(
    {*_IN_ANNOTATIONS, "call", "call_raw", "check", "close", "download", "httpx", "httpx2", "property", "with_options"}
)
_IN_VALIDATORS: Final = frozenset(
    {
        *_BUILTINS,
        "annotations", "count_of", "counted", "cut", "date", "edges", "fullmatch", "got", "how_many", "in_order",
        "is_array", "is_body", "is_integer", "is_multiple", "is_number", "is_object", "length", "length_of",
        "near_size", "nearest_number", "nearest_size", "nearest_value", "pair_of", "partial", "same", "settled",
        "size_of", "spelled", "sum_of", "taken", "unknown_field", "violation",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceNames:
    """What a client calls a resource.

    Attributes:
        attribute: The attribute of the client.
        module: The module of its classes.
        kind: Its class, without the prefix of a flavour.
    """

    attribute: str
    module: str
    kind: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes, of either flavour."""
        return _classes(self.kind)


def resource_names(spec: Spec) -> Mapping[str, ResourceNames]:
    """The names of each resource of an API, by its name in the spec."""
    found: dict[str, ResourceNames] = {}
    taken = {record_name(operation) for operation in spec.operations.values()}
    for resource in dict.fromkeys(operation.resource for operation in spec.operations.values()):
        kind = camel(resource)
        while not all(free_type(name, taken) for name in _classes(kind)):
            kind = camel(kind, "resource")
        taken.update(_classes(kind))
        found[resource] = ResourceNames(
            attribute=distinct(resource, _IN_CLIENTS), module=distinct(resource, _OWN_MODULES), kind=kind
        )
    return found


def _classes(kind: str) -> tuple[str, ...]:
    return tuple(f"{flavour.prefix}{raw}{kind}" for flavour in (SYNC, AIO) for raw in ("", "Raw"))


def free_type(name: str, taken: Iterable[str] = ()) -> bool:
    """Tell whether something made of a spec may be a type of this name, beside the types of *taken*."""
    return name != "" and name not in OWN_TYPES and name not in vars(builtins) and name not in taken


def method_name(operation: Operation) -> str:
    """The method of its resource that calls an operation."""
    return distinct(operation.name, _IN_RESOURCES)


def validator_name(operation: Operation) -> str:
    """The function of ``validators.py`` that judges requests for an operation."""
    return distinct(operation.name, _IN_VALIDATORS)


def record_name(operation: Operation) -> str:
    """The name of the constant that a method calls its operation by: no parameter of the method has it."""
    return distinct(constant(operation.name), (*operation.parameters, *_OWN_CONSTANTS))
