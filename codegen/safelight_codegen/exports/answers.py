"""The answers of an operation for OpenAPI: the body, the events of a stream, and every way to be refused.

Answers are open: an API may add fields and values on any day, and a client that knows fewer must not break.  So nothing
here forbids a field, and values are told in words.  A field is required where nothing makes it depend on the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, assert_never

from safelight.faults import PLACEHOLDERS, TRANSPORT, placeholders_in, text_name
from safelight.index import identified
from safelight.model import (
    ABSENT,
    ALWAYS,
    ANY_MODEL,
    Constraint,
    ErrorText,
    Event,
    Field,
    From,
    Json,
    Operation,
    Rule,
    UnknownPolicy,
)
from safelight.wording import condition_phrase
from safelight_codegen.exports.schema import Keywords
from safelight_codegen.exports.values import TYPES
from safelight_codegen.text import sentence

__all__ = ["answer_schema", "event_schema", "headers", "refusal_schema", "refusals"]

_COUNT: Final[Keywords] = {"type": "integer", "minimum": 0}
_WHOLE: Final = re.compile(r"\{(\w+)\}")
_MAY_BE_NULL: Final = frozenset({"value", "model"})
"""Placeholders that may stand for null, if a field is nothing but one."""

_NOT_OF_A_CALL: Final = frozenset({"not_found"})
"""Faults of requests for other paths, which no operation answers."""

_ABOUT_KEYS: Final = frozenset({"no_key", "bad_key"})

_OTHER_REASONS: Final[Mapping[str, str]] = {
    "applies_to": "the model does not take a parameter",
    "known": "there is no such model",
    "nullable": "a value is null and may not be",
    "required": "a parameter is missing",
    "rule": "a rule across parameters is broken",
    "type": "a value has the wrong type",
    "unknown_fields": "a field is no parameter",
    "unknown_members": "a field of an object is not known",
    "values": "a value is none of the legal ones",
}

_HEADER_DOCS: Final[Mapping[str, str]] = {
    "request_id": "The id of the request, for support.",
    "processing_ms": "How long the answer took, in milliseconds.",
}


# --- a good answer -------------------------------------------------------------------------------------------------


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


# --- refusals ------------------------------------------------------------------------------------------------------


def refusals(operation: Operation, schema: Keywords, *, takes_keys: bool) -> Mapping[str, Keywords]:
    """Say how the API refuses, by status.

    Args:
        operation: The operation.
        schema: What the body of a refusal is, see `refusal_schema`.
        takes_keys: Whether the API asks for a key.
    """
    by_status: dict[int, dict[str, ErrorText]] = {}
    for kind, text in operation.errors.texts.items():
        if kind not in _NOT_OF_A_CALL and (takes_keys or kind not in _ABOUT_KEYS):
            by_status.setdefault(text.status, {})[kind] = text
    return {str(status): _refusal(operation, by_status[status], schema) for status in sorted(by_status)}


def _refusal(operation: Operation, texts: Mapping[str, ErrorText], schema: Keywords) -> Keywords:
    envelope = operation.errors.envelope
    shown = {
        kind: {"summary": _reason(kind), "value": _filled(envelope, text.fields)}
        for kind, text in texts.items()
        if not text.empty
    }
    return {
        "description": _reasons(texts, envelope),
        **headers(operation, *(text.headers for text in texts.values())),
        **({"content": {"application/json": {"schema": schema, "examples": shown}}} if shown else {}),
    }


def refusal_schema(operation: Operation) -> Keywords:
    """Say what the body of a refusal is."""
    envelope, texts = operation.errors.envelope, operation.errors.texts
    templates: dict[str, list[Json]] = {
        name: [text.fields.get(name) for text in texts.values()] for name in placeholders_in(envelope)
    }
    for changes in _changes(operation, texts):
        for name in templates.keys() & changes.keys():
            templates[name].append(changes[name])
    return _envelope(envelope, templates)


def _changes(operation: Operation, kinds: Mapping[str, object]) -> Iterator[Mapping[str, Json]]:
    """Yield what single constraints and rules say differently from the text of their kind."""
    for one in identified(operation).values():
        match one:
            case Constraint():
                kind = text_name(one.check.kind)
            case Rule():
                kind = "rule"
            case UnknownPolicy():
                continue
        if kind in kinds:
            yield one.error


def _envelope(envelope: Json, templates: Mapping[str, list[Json]]) -> Keywords:
    """Say what the envelope of an error is; *templates* are all that may fill each field."""
    match envelope:
        case str() if whole := _WHOLE.fullmatch(envelope):
            types = dict.fromkeys(type_ for one in templates[whole[1]] for type_ in _types(one))
            return {"type": list(types) if len(types) > 1 else next(iter(types))}
        case dict():
            properties: Any = {key: _envelope(item, templates) for key, item in envelope.items()}
            return {"type": "object", "properties": properties, "required": list(properties)}
        case list():
            items: Any = [_envelope(item, templates) for item in envelope]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        case _:
            return {"const": envelope}


def _types(template: Json) -> tuple[str, ...]:
    """The types that a field may have which is filled from *template*."""
    match template:
        case str():
            whole = _WHOLE.fullmatch(template)
            return ("string", "null") if whole and whole[1] in _MAY_BE_NULL else ("string",)
        case None:
            return ("null",)
        case bool():
            return ("boolean",)
        case int() | float():
            return ("number",)
        case list():
            return ("array",)
        case _:
            return ("object",)


def _filled(envelope: Json, fields: Mapping[str, Json]) -> Json:
    """Put the templates of an error into the envelope."""
    match envelope:
        case str() if whole := _WHOLE.fullmatch(envelope):
            return fields.get(whole[1])
        case dict():
            filled: Json = {key: _filled(item, fields) for key, item in envelope.items()}
            return filled
        case list():
            return [_filled(item, fields) for item in envelope]
        case _:
            return envelope


def _reasons(texts: Mapping[str, ErrorText], envelope: Json) -> str:
    lines = [f"- {kind}: {_reason(kind)}" for kind in texts]
    used = dict.fromkeys(
        name
        for text in texts.values()
        for field in placeholders_in(envelope)
        for name in placeholders_in(text.fields.get(field))
    )
    if used:
        lines += ["", "In the examples:", *(f"- {{{name}}} is {PLACEHOLDERS[name]}" for name in used)]
    return "\n".join(("The request is refused:", *lines))


def _reason(kind: str) -> str:
    """Say what the key of an error text stands for."""
    return TRANSPORT.get(kind) or _OTHER_REASONS.get(kind) or f"a value breaks its {kind}"
