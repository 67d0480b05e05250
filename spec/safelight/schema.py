"""The language as JSON Schema, for editors that complete and check spec files.

The records of `safelight.reading.document` are read by `safelight.reading.shape` and written out here, from the same
annotations.  The schema knows the form of a spec and not its meaning: what it accepts may still have problems that only
loading finds.  It is committed as ``spec/language.schema.json``; ``python -m safelight.schema`` prints it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, TypeVar, get_args, get_origin

from safelight.model import Json, Operator
from safelight.reading.document import ChoiceDoc, SpecDoc
from safelight.reading.nodes import Node
from safelight.reading.shape import Hint, Key, Number, Stated, keys_of, optional

Schema = dict[str, Json]

_PLAIN: Final[Mapping[object, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    date: {"type": "string", "format": "date"},
    Number: {"type": "number"},
    Any: {},
    Node: {},
}
_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}
_SCALARS: Final[Schema] = {"type": "array", "items": _SCALAR}
_CONDITION: Final[Schema] = {"$ref": "#/$defs/condition"}
_CONDITIONS: Final[Schema] = {"type": "array", "items": _CONDITION, "minItems": 1}
_NAMES: Final[Schema] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_PAIR: Final[Schema] = {**_NAMES, "minItems": 2, "maxItems": 2}
_LIMIT: Final[Schema] = {"type": ["number", "string"]}

_WORDS: Final[Mapping[str, Schema]] = {
    "all": {"description": "Every one of these holds.", **_CONDITIONS},
    "any": {"description": "At least one of these holds.", **_CONDITIONS},
    "not": {"description": "This does not hold.", **_CONDITION},
    "sent": {"description": "The condition looks at what was sent.", **_CONDITION},
    "effective": {"description": "The condition looks at values after defaults.", **_CONDITION},
    "count_of": {"description": "How many of these parameters were sent; operators stand beside it.", **_NAMES},
    "sum_of": {"description": "The sum of these parameters; operators stand beside it.", **_NAMES},
    "pixels_of": {"description": "Width times height, two integers; operators stand beside it.", **_PAIR},
    "ratio_of": {"description": "Width to height, two integers; operators stand beside it.", **_PAIR},
}
_OPERATORS: Final[Mapping[str, Schema]] = {
    "is": {"description": "Equal to this.", **_SCALAR},
    "is_not": {"description": "Not equal to this.", **_SCALAR},
    Operator.IN.value: {"description": "Equal to one of these.", "anyOf": [_SCALAR, _SCALARS]},
    Operator.NOT_IN.value: {"description": "Equal to none of these.", "anyOf": [_SCALAR, _SCALARS]},
    Operator.AT_LEAST.value: {"description": "This or more.", **_LIMIT},
    Operator.AT_MOST.value: {"description": "This or less.", **_LIMIT},
    Operator.ABOVE.value: {"description": "More than this.", **_LIMIT},
    Operator.BELOW.value: {"description": "Less than this.", **_LIMIT},
    Operator.MULTIPLE_OF.value: {"description": "A multiple of this.", **_LIMIT},
    Operator.PRESENT.value: {"description": "Whether there is a value at all.", "type": "boolean"},
}


def language_schema() -> Schema:
    """Build the JSON Schema (2020-12) of a spec file."""
    definitions: dict[str, Schema] = {"condition": _condition(), "test": _test()}
    root = _record(SpecDoc, definitions)
    _refer(ChoiceDoc, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Safelight spec",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def record_schema(record: type, title: str) -> Schema:
    """Build the JSON Schema (2020-12) of another file that `reading.shape` reads, from the record of its root."""
    definitions: dict[str, Schema] = {}
    root = _record(record, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def language_schema_text() -> str:
    """Write the schema as it is committed."""
    return json.dumps(language_schema(), ensure_ascii=False, indent=2) + "\n"


def _record(record: type, definitions: dict[str, Schema]) -> Schema:
    keys = keys_of(record)
    return {
        "description": " ".join((inspect.getdoc(record) or "").split()),
        "type": "object",
        "properties": {key.name: _key(key, definitions) for key in keys},
        "required": [key.name for key in keys if key.required],
        "additionalProperties": False,
    }


def _refer(record: type, definitions: dict[str, Schema]) -> Schema:
    if record.__name__ not in definitions:
        definitions[record.__name__] = {}  # holds the place while a record that contains itself is written
        definitions[record.__name__] = _record(record, definitions)
    return {"$ref": f"#/$defs/{record.__name__}"}


def _key(key: Key, definitions: dict[str, Schema]) -> Schema:
    annotation = optional(key.annotation)
    origin: Hint = get_origin(annotation)
    if origin is not Stated:
        return {"description": key.doc, **_of(annotation, key.form, definitions)}
    value = _of(get_args(annotation)[0], key.form, definitions)
    kind = key.name if key.form else value.get("type", "enum")
    return {"description": key.doc, "anyOf": [value, _stated(f"stated-{kind}", value, definitions)]}


def _stated(name: str, value: Schema, definitions: dict[str, Schema]) -> Schema:
    """Define the annotated way to write *value*: a mapping that also says how it is known."""
    if name not in definitions:
        annotated = _record(Stated, definitions)
        documented = annotated["properties"]["is"]
        annotated["properties"] = {**annotated["properties"], "is": {**documented, **value}}
        definitions[name] = annotated
    return {"$ref": f"#/$defs/{name}"}


def _of(annotation: Hint, form: Mapping[str, Json] | None, definitions: dict[str, Schema]) -> Schema:
    """The schema of an annotation; *form* stands in for parts that have a grammar of their own."""
    if form is not None:
        return dict(form)
    plain = _PLAIN.get(annotation)
    if plain is not None:
        return dict(plain)
    if isinstance(annotation, TypeVar):
        return {}
    origin: Hint = get_origin(annotation)
    if origin is tuple:
        return {"type": "array", "items": _of(get_args(annotation)[0], None, definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(get_args(annotation)[1], None, definitions)}
    if issubclass(annotation, StrEnum):
        return {"enum": [choice.value for choice in annotation]}
    return _refer(annotation, definitions)


def _condition() -> Schema:
    return {
        "description": "A condition: parameters, or parts of them, with what they are compared with.",
        "type": "object",
        "minProperties": 1,
        "properties": dict(_WORDS),
        "additionalProperties": {"$ref": "#/$defs/test"},
    }


def _test() -> Schema:
    operators = {"type": "object", "minProperties": 1, "properties": dict(_OPERATORS), "additionalProperties": False}
    return {
        "description": "What a parameter is compared with: a value, one of several, or operators.",
        "anyOf": [_SCALAR, _SCALARS, operators],
    }


if __name__ == "__main__":
    import sys

    sys.stdout.write(language_schema_text())
