"""The JSON Schemas of what the control API takes and gives, as OpenAPI 3.1 has them."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

__all__ = ["SCHEMAS"]

Schema: TypeAlias = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_MAYBE: Final[Schema] = {"type": ["string", "null"]}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Schema] = {"type": "number"}
_FLAG: Final[Schema] = {"type": "boolean"}
_ANY: Final[Schema] = {}
_TIME: Final[Schema] = {
    "description": "A time as people write it, in UTC unless it says otherwise; or seconds since 1970.",
    "anyOf": [{"type": "string", "examples": ["2026-11-22T12:00:00Z"]}, {"type": "number", "minimum": 0}],
}


def _object(properties: Schema, *optional: str, closed: bool = False) -> Schema:
    """Return the schema of an object that has every property but the optional ones."""
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }
    return schema | {"additionalProperties": False} if closed else schema


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_SOURCE: Final = _object({"id": _TEXT, "title": _TEXT, "url": _MAYBE, "read": _MAYBE})
_VIOLATION: Final = _object(
    {
        "rule": _TEXT,
        "parameter": _TEXT,
        "value": _ANY,
        "message": _TEXT,
        "allowed": _list(_ANY),
        "nearest": _ANY,
        "basis": {"enum": ["documented", "observed", "advisory"]},
        "outcome": _TEXT,
        "why": _MAYBE,
        "source": {"anyOf": [_ref("Source"), {"type": "null"}]},
    }
)
_REQUEST: Final = _object(
    {
        "id": _TEXT,
        "seq": _COUNT,
        "at": _NUMBER,
        "began": _NUMBER,
        "method": _TEXT,
        "path": _TEXT,
        "operation": _MAYBE,
        "model": _MAYBE,
        "test": _MAYBE,
        "status": _COUNT,
        "verdict": {"enum": ["accepted", "accepted with remarks", "refused", "fault"]},
        "milliseconds": _NUMBER,
        "end": {"enum": ["open", "complete", "cut", "left"]},
        "sent": _COUNT,
        "images": _COUNT,
        "final": _FLAG,
        "fault": _MAYBE,
        "retry_after": {"type": ["number", "null"]},
        "note": _MAYBE,
        "body_bytes": {"type": ["integer", "null"]},
        "body": _ANY,
        "body_text": _TEXT,
        "violations": _list(_ref("Violation")),
        "pictures": _list(_ref("Picture")),
    },
    "body",
    "body_text",
)
_CODE: Final = _object({"curl": _TEXT, "python": _TEXT, "pytest": _TEXT})

SCHEMAS: Final[dict[str, Schema]] = {
    "Source": _SOURCE,
    "Violation": _VIOLATION,
    "Picture": _object({"url": _TEXT, "index": _COUNT, "partial": _MAYBE, "width": _COUNT, "height": _COUNT}),
    "Code": _CODE,
    "Request": _REQUEST,
    "Requests": _object({"requests": _list(_ref("Request")), "seq": _COUNT}),
    "RequestInFull": {"allOf": [_ref("Request"), _object({"code": {"anyOf": [_ref("Code"), {"type": "null"}]}})]},
    "Violations": _object(
        {
            "violations": _list(
                _object(
                    {
                        "rule": _TEXT,
                        "count": _COUNT,
                        "message": _TEXT,
                        "last": _TEXT,
                        "source": {"anyOf": [_ref("Source"), {"type": "null"}]},
                    }
                )
            )
        }
    ),
    "Verdict": _object(
        {
            "findings": _list(_object({"kind": _TEXT, "message": _TEXT, "requests": _list(_TEXT)})),
            "calls": _list(
                _object(
                    {"requests": _list(_TEXT), "gaps": _list(_NUMBER), "billed": _COUNT, "final": _FLAG, "told": _TEXT}
                )
            ),
        }
    ),
    "FaultOrder": _object(
        {
            "fault": _TEXT,
            "id": _TEXT,
            "when": _object(
                {"operation": _TEXT, "model": _TEXT, "parameters": {"type": "object"}, "key": _TEXT, "test": _TEXT},
                *("operation", "model", "parameters", "key", "test"),
                closed=True,
            ),
            "times": {"type": "integer", "minimum": 1},
            "standing": _FLAG,
            "nth": {"type": "integer", "minimum": 1},
            "every": {"type": "integer", "minimum": 1},
            "probability": {"type": "number", "minimum": 0, "maximum": 1},
            "seed": {"type": "integer"},
            "delay": {"type": "number", "minimum": 0},
        },
        *("id", "when", "times", "standing", "nth", "every", "probability", "seed", "delay"),
        closed=True,
    ),
    "Fault": _object({"id": _TEXT, "fault": _TEXT, "when": {"type": "object"}}),
    "Faults": _object({"faults": _list(_ref("Fault"))}),
    "Kinds": _object(
        {
            "kinds": _list(
                _object(
                    {
                        "name": _TEXT,
                        "doc": _TEXT,
                        "parameters": _list(_object({"name": _TEXT, "type": _TEXT, "doc": _TEXT})),
                    }
                )
            )
        }
    ),
    "Clock": _object({"now": _NUMBER, "iso": _TEXT, "frozen": _FLAG, "ahead": _NUMBER}),
    "Moment": _object({"at": _TIME}, "at", closed=True),
    "Seconds": _object({"seconds": {"type": "number", "minimum": 0}}, closed=True),
    "Scope": _object({"test": _TEXT}, "test", closed=True),
    "Done": _object({"done": _TEXT}),
    "Seed": _object({"seed": {"type": "integer"}}, closed=True),
    "Spec": _object({"name": _TEXT, "title": _TEXT, "digest": _TEXT, "base_path": _TEXT, "operations": _list(_ANY)}),
    "Draft": _object({"operation": _TEXT, "body": _ANY}, closed=True),
    "Judgement": _object(
        {"accepted": _FLAG, "status": _COUNT, "violations": _list(_ref("Violation")), "code": _ref("Code")}
    ),
    "Health": _object(
        {"status": _TEXT, "spec": _TEXT, "revised": _TEXT, "digest": _TEXT, "problem": _MAYBE},
    ),
    "OpenAPI": {"type": "object"},
    "Problem": _object({"error": _object({"message": _TEXT, "help": _MAYBE})}),
}
"""By the names that calls use."""
