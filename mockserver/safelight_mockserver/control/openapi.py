"""The OpenAPI document of the control API, made from the table of its calls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from safelight import __version__

from .access import KEY_HEADER
from .calls import CALLS, Call, Media
from .schemas import SCHEMAS

__all__ = ["document"]

_MEDIA: Final[dict[Media, str]] = {
    "json": "application/json",
    "text": "text/plain",
    "stream": "text/event-stream",
    "page": "text/html",
}
_NUMBERS: Final = frozenset({"after", "limit"})


def document(root: str, calls: Iterable[Call] = CALLS) -> dict[str, Any]:
    """Return the document, in OpenAPI 3.1.

    Args:
        root: The path below which the calls are.
        calls: The calls.
    """
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.verb.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Safelight, control API of the fake",
            "version": __version__,
            "description": "What was asked of the fake, seen, asserted and steered.",
        },
        "servers": [{"url": root}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(call: Call) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", call.path)
    ]
    parameters += [
        {
            "name": name,
            "in": "query",
            "description": doc,
            "schema": {"type": "integer", "minimum": 0} if name in _NUMBERS else {"type": "string"},
        }
        for name, doc in call.query.items()
    ]
    told: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.summary,
        "parameters": parameters,
        "responses": {str(call.status): _response(call), "default": _problem()},
        "security": [] if call.is_open else [{"key": []}, {"bearer": []}],
    }
    if call.takes:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{call.takes}"}}}
        told["requestBody"] = {"required": bool(SCHEMAS[call.takes]["required"]), "content": content}
    return told


def _response(call: Call) -> dict[str, Any]:
    if call.media == "none":
        return {"description": "Done."}
    schema = {"$ref": f"#/components/schemas/{call.gives}"} if call.gives else {"type": "string"}
    return {"description": call.summary, "content": {_MEDIA[call.media]: {"schema": schema}}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "What is wrong, and what would be right.",
        "content": {"application/json": {"schema": schema}},
    }
