"""OpenAPI 3.1: one document for an API, with its operations, requests, answers and refusals.

The requests are the JSON Schemas that `safelight_codegen.exports.requests` makes.  A stream of events has a media type
and no schema: OpenAPI 3.1 has no form for a sequence of events, and the schema of one would be read as that of all the
text.  ``x-safelight-events`` names the schemas of their data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from safelight.judging.interpret import DOCUMENTED
from safelight.judging.lens import Lens
from safelight.model import Auth, Operation, Spec
from safelight.vocabulary.wording import condition_phrase
from safelight_codegen.exports.answers import answer_schema, event_schema, headers
from safelight_codegen.exports.jsonschema import examples, json_text, keys, reader
from safelight_codegen.exports.notes import left_out, origin
from safelight_codegen.exports.refusals import refusal_schema, refusals
from safelight_codegen.exports.requests import Requests
from safelight_codegen.exports.schema import Keywords
from safelight_codegen.names import camel
from safelight_codegen.text import sentence
from safelight_codegen.writer import MARK

__all__ = ["openapi"]

_SCHEMAS: Final = "#/components/schemas/"


def openapi(
    spec: Spec, source: str, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
) -> Mapping[str, str]:
    """Write the OpenAPI document of an API.

    Args:
        spec: The API.
        source: The name of its spec file.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count.

    Returns:
        The text by its path, ``<spec>.json``.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    lens = reader(spec, as_of, basis)
    paths: dict[str, Keywords] = {}
    schemas: Keywords = {}
    for operation in spec.operations.values():
        paths.setdefault(operation.path, {})[operation.verb.lower()] = _operation(spec, operation, lens, schemas)
    schemes = dict(_scheme(auth) for auth in spec.auth)
    document: Keywords = {
        "x-generated": f"{MARK} from {source}. Do not edit.",
        "openapi": "3.1.0",
        "info": {"title": spec.title, "description": sentence(spec.doc), "version": lens.as_of.isoformat()},
        **origin(spec, lens),
        **({"servers": [{"url": url} for url in spec.servers]} if spec.servers else {}),
        "security": [{name: []} for name in schemes],
        "paths": paths,
        "components": {"schemas": schemas, **({"securitySchemes": schemes} if schemes else {})},
    }
    return {f"{spec.name}.json": json_text(document)}


def _scheme(auth: Auth) -> tuple[str, Keywords]:
    """One way to send the key, and a name for it."""
    if auth.header is None:
        return "bearer", {"type": "http", "scheme": "bearer"}
    return auth.header, {"type": "apiKey", "in": "header", "name": auth.header}


def _operation(spec: Spec, operation: Operation, lens: Lens, schemas: Keywords) -> Keywords:
    """Describe an operation; its schemas are added to *schemas*."""
    requests = Requests(spec, operation, lens)
    request, answer, refusal = (camel(operation.name, word) for word in ("request", "answer", "refusal"))
    tables = requests.tables
    names = {name: f"{request}.{key}" for name, key in keys(table.name for table in tables).items()}
    schemas[request] = requests.of_operation(lambda name: _SCHEMAS + names[name])
    if operation.model_parameter is not None:
        schemas |= {names[table.name]: {"title": table.name, **table.keywords} for table in tables}
    schemas |= {answer: answer_schema(operation), refusal: refusal_schema(operation)}
    shown = {f"{id_} {number}": {"value": body} for number, (id_, body) in enumerate(examples(requests), 1)}
    content = {"schema": _reference(request), **({"examples": shown} if shown else {})}
    return {
        "operationId": operation.name,
        "tags": [operation.resource],
        "summary": operation.title,
        "description": f"{sentence(operation.doc)} What no schema can say of the request is in x-safelight-unsaid.",
        **left_out(requests, tables),
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": {
                "description": _description(operation),
                **headers(operation),
                "content": {
                    "application/json": {"schema": _reference(answer)},
                    **_stream(operation, refusal, schemas),
                },
            },
            **refusals(operation, _reference(refusal), takes_keys=bool(spec.auth)),
        },
    }


def _reference(name: str) -> Keywords:
    return {"$ref": f"{_SCHEMAS}{name}"}


def _description(operation: Operation) -> str:
    stream = operation.response.stream
    if stream is None:
        return "The answer."
    return (
        f"The answer. Where the request has {condition_phrase(stream.when)}, it is a stream of server-sent events: "
        f"{', '.join(event.name for event in stream.events)}. The data of each is JSON; the last one ends the stream. "
        f"A stream that breaks off ends in the event {stream.error}."
    )


def _stream(operation: Operation, refusal: str, schemas: Keywords) -> Keywords:
    """Describe the answer in events; the schemas of their data are added to *schemas*."""
    stream = operation.response.stream
    if stream is None:
        return {}
    names = keys(event.name for event in stream.events)
    events: dict[str, Keywords] = {}
    for event in stream.events:
        name = f"{camel(operation.name, 'event')}.{names[event.name]}"
        schemas[name] = event_schema(event, operation)
        events[event.name] = _reference(name)
    return {"text/event-stream": {"x-safelight-events": {**events, stream.error: _reference(refusal)}}}
