"""The good answers of an operation for OpenAPI: the body, the events of a stream, the headers.

Answers are open: an API may add fields and values on any day, and a client that knows fewer must not break.  So nothing
here forbids a field, and values are told in words.  A field is required where nothing makes it depend on the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from safelight.model import (
    ABSENT,
    ALWAYS,
    ANY_MODEL,
    Event,
    Field,
    From,
    Json,
    Operation,
)
from safelight.vocabulary.faults import placeholders_in
from safelight.vocabulary.wording import condition_phrase
from safelight_codegen.exports.keywords import TYPES
from safelight_codegen.exports.schema import Keywords
from safelight_codegen.text import sentence

__all__ = ["answer_schema", "event_schema", "headers"]

_COUNT: Final[Keywords] = {"type": "integer", "minimum": 0}
_HEADER_DOCS: Final[Mapping[str, str]] = {
    "request_id": "The id of the request, for support.",
    "processing_ms": "How long the answer took, in milliseconds.",
}


def answer_schema(operation: Operation) -> Keywords:
    """Say what the body of a good answer is."""
    return _object(operation.response.fields, operation)


def event_schema(event: Event, operation: Operation) -> Keywords:
    """Say what the data of an event is."""
    return {"description": sentence(event.doc), **_object(event.fields, operation)}


def _object(fields: Iterable[Field], operation: Operation) -> Keywords:
    properties = {one.name: {"description": _doc(one), **_value(one, operation)} for one in fields}
    required = [one.name for one in fields if _is_always_there(one, operation)]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _doc(one: Field) -> str:
    condition = "" if one.when == ALWAYS else f" Only where the request has {condition_phrase(one.when)}."
    return sentence(one.doc) + condition


def _is_always_there(one: Field, operation: Operation) -> bool:
    """Tell whether a field is in every answer; an echo is only where there is something to repeat."""
    if one.when != ALWAYS:
        return False
    if one.source is not From.ECHO:
        return True
    tables = operation.tables.values()
    parameters = [table.parameters[one.of] for table in tables]
    return all(
        parameter.applies and (parameter.required or parameter.default is not ABSENT) for parameter in parameters
    )


def _value(one: Field, operation: Operation) -> Keywords:  # noqa: C901 - one case a source
    match one.source:
        case From.CLOCK:
            return {"type": "integer"}
        case From.ECHO:
            return _echo(operation, one.of)
        case From.LITERAL:
            return {"const": one.of}
        case From.IMAGES:
            return {"type": "array", "items": _object(one.fields, operation)}
        case From.BASE64:
            return {"type": "string", "contentEncoding": "base64"}
        case From.URL:
            return {"type": "string", "format": "uri"}
        case From.REVISED_PROMPT:
            return {"type": "string"}
        case From.INDEX:
            return _COUNT
        case From.USAGE:
            return _usage(one.of)
        case From.OBJECT:
            return _object(one.fields, operation)
        case _:
            assert_never(one.source)


def _echo(operation: Operation, name: str) -> Keywords:
    """Say what an echo is: what the parameter is, unless the server chooses something else in its place."""
    chosen = [value for table in operation.tables.values() for value in table.parameters[name].becomes.values()]
    type_ = TYPES[operation.tables[ANY_MODEL].parameters[name].type]
    return {"type": type_} if all(isinstance(value, str) for value in chosen) else {}


def _usage(details: Json) -> Keywords:
    """Say what is told of tokens, in the form that every API has that tells of them."""
    by_kind: Keywords = {
        "type": "object",
        "properties": {"image_tokens": _COUNT, "text_tokens": _COUNT},
        "required": ["image_tokens", "text_tokens"],
    }
    properties = {
        "input_tokens": _COUNT,
        **({"input_tokens_details": by_kind} if details is not None else {}),
        "output_tokens": _COUNT,
        **({"output_tokens_details": by_kind} if details == "all_details" else {}),
        "total_tokens": _COUNT,
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def headers(operation: Operation, *more: Mapping[str, str]) -> Keywords:
    """Say which headers an answer has: those that every answer has, refusals too, and *more* that it may have."""
    found = {name: _header(value) for texts in more for name, value in texts.items()}
    found |= {name: {**_header(value), "required": True} for name, value in operation.response.headers.items()}
    return {"headers": found} if found else {}


def _header(template: str) -> Keywords:
    docs = [_HEADER_DOCS[name] for name in placeholders_in(template) if name in _HEADER_DOCS]
    return {"description": " ".join(docs) or f"Always {template}.", "schema": {"type": "string"}}
