"""JSON Schemas as values: how they are combined, and kept short while they are.

A schema is True (everything is valid), False (nothing is) or a JSON object of keywords.  Combining simplifies where the
meaning stays: what is always true vanishes, and ``not`` of ``not`` is nothing.  People read these schemas too, so a
conjunction of fields is one object and not a list of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

__all__ = [
    "IMPOSSIBLE",
    "NOT_NULL",
    "NULL",
    "Keywords",
    "Schema",
    "all_of",
    "any_of",
    "choice",
    "field",
    "implied",
    "merged",
    "negated",
    "one_of_values",
    "with_null",
    "without_null",
]

Keywords: TypeAlias = dict[str, Any]
Schema: TypeAlias = bool | Keywords

NULL: Final[Keywords] = {"type": "null"}

NOT_NULL: Final[Keywords] = {"not": NULL}

IMPOSSIBLE: Final[Keywords] = {"not": {}}
"""What False means, for tools that expect an object in its place."""

_FIELDS: Final = frozenset({"properties", "required"})


def all_of(parts: Iterable[Schema]) -> Schema:
    """Ask for everything that *parts* ask for."""
    found: list[Keywords] = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            found += part["allOf"] if part.keys() == {"allOf"} else [part]
    found = _with_fields_joined(_distinct(found))
    return True if not found else found[0] if len(found) == 1 else {"allOf": found}


def any_of(parts: Iterable[Schema]) -> Schema:
    """Ask for at least one of *parts*."""
    found: list[Keywords] = []
    for part in parts:
        if part is True:
            return True
        if part is not False:
            found += part["anyOf"] if part.keys() == {"anyOf"} else [part]
    found = _distinct(found)
    return False if not found else found[0] if len(found) == 1 else {"anyOf": found}


def negated(schema: Schema) -> Schema:
    """Ask for the opposite."""
    if isinstance(schema, bool):
        return not schema
    if schema.keys() == {"not"}:
        inner: Schema = schema["not"]
        return inner
    for keyword, dual in (("anyOf", all_of), ("allOf", any_of)):
        if schema.keys() == {keyword} and all(
            isinstance(one, dict) and one.keys() == {"not"} for one in schema[keyword]
        ):
            return dual(one["not"] for one in schema[keyword])
    return {"not": schema}


def implied(condition: Schema, consequence: Schema) -> Schema:
    """Ask for *consequence* of what meets *condition*."""
    if condition is True or consequence is True:
        return consequence
    if condition is False:
        return True
    return negated(condition) if consequence is False else {"if": condition, "then": consequence}


def choice(condition: Schema, then: Schema, otherwise: Schema) -> Schema:
    """Ask for *then* of what meets *condition*, and for *otherwise* of the rest."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if then == otherwise:
        return then
    if isinstance(then, bool) and isinstance(otherwise, bool):
        return condition if then else negated(condition)
    if then is True or otherwise is True:
        return implied(negated(condition), otherwise) if then is True else implied(condition, then)
    return {"if": condition, "then": then, "else": otherwise}


def field(name: str, values: Schema, *, required: bool) -> Schema:
    """Ask that the member *name* of an object meets *values*, where it is there, and whether it must be."""
    if values is False:
        return False if required else {"not": {"required": [name]}}
    if values is True:
        return {"required": [name]} if required else True
    return {"properties": {name: values}} | ({"required": [name]} if required else {})


def one_of_values(values: Iterable[Any]) -> Schema:
    """Ask for one of *values*."""
    listed = list(values)
    return False if not listed else {"const": listed[0]} if len(listed) == 1 else {"enum": listed}


def without_null(schema: Schema) -> Schema:
    """Ask for the same, and that it is not null."""
    if schema is True:
        return NOT_NULL
    if schema is False or _excludes_null(schema):
        return schema
    if schema.keys() == {"not"} and _lists_values(schema["not"]):
        return {"not": with_null(schema["not"])}
    return {"allOf": [NOT_NULL, schema]}


def with_null(schema: Schema) -> Schema:
    """Ask for the same, or null."""
    if isinstance(schema, bool):
        return schema or NULL
    if schema.keys() == {"const"}:
        return {"enum": [schema["const"], None]}
    if schema.keys() == {"enum"}:
        return {"enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str) and not schema.keys() & {"const", "enum", "not", "anyOf", "allOf", "oneOf"}:
        return schema | {"type": [schema["type"], "null"]}  # all other keywords speak of one type, and null has another
    if schema.keys() == {"not"} and _lists_values(schema["not"]):
        return schema
    return any_of((schema, NULL))


def merged(parts: Iterable[Schema]) -> Schema:
    """Ask of one value everything that *parts* ask for, in one object as far as their keywords differ.

    The keywords must not depend on each other across parts, as ``properties`` and ``additionalProperties`` do.
    """
    keywords: Keywords = {}
    rest: list[Schema] = []
    for part in parts:
        if isinstance(part, bool) or part.keys() & keywords.keys():
            rest.append(part)
        else:
            keywords |= part
    further = all_of(rest)
    if isinstance(further, bool):
        return (keywords or True) if further else False
    if not further.keys() & keywords.keys():
        return keywords | further
    return keywords | {"allOf": [*keywords.get("allOf", ()), *(further.get("allOf") or [further])]}


def _excludes_null(schema: Keywords) -> bool:
    """Tell whether *schema* says by itself that null is not valid."""
    type_ = schema.get("type")
    return (isinstance(type_, str) and type_ != "null") or _lists_values(schema)


def _lists_values(schema: Schema) -> bool:
    """Tell whether *schema* is nothing but a list of valid values, null not among them."""
    if isinstance(schema, bool) or len(schema) != 1:
        return False
    return "const" in schema or ("enum" in schema and None not in schema["enum"])


def _distinct(schemas: list[Keywords]) -> list[Keywords]:
    """Drop repetitions; to JSON, though not to Python, true and 1 are different."""
    return list({json.dumps(one): one for one in schemas}.values())


def _with_fields_joined(schemas: list[Keywords]) -> list[Keywords]:
    """Make one object of the schemas that ask for different members."""
    joined: Keywords = {}
    others: list[Keywords] = []
    for one in schemas:
        properties, required = one.get("properties", {}), one.get("required", [])
        if one.keys() <= _FIELDS and not properties.keys() & joined.get("properties", {}).keys():
            if properties:
                joined["properties"] = joined.get("properties", {}) | properties
            if required:
                joined["required"] = list(dict.fromkeys((*joined.get("required", ()), *required)))
        else:
            others.append(one)
    return [joined, *others] if joined else others
