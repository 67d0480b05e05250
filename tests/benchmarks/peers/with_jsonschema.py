"""The first API's rules as JSON Schema, for the three engines: one flat schema for each model, chosen by hand.

A schema for all models with ``if`` and ``then`` is several times slower in every engine.  That an edge is a multiple
of 16 and a ratio within bounds is what no keyword says: all three ask a Python function, by way of ``format``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import fastjsonschema
import jsonschema
import jsonschema_rs

from .by_hand import GPT_ONLY

__all__ = [
    "fastjsonschema_faults",
    "fastjsonschema_is_valid",
    "jsonschema_faults",
    "jsonschema_rs_faults",
    "jsonschema_rs_is_valid",
]

Body: TypeAlias = Mapping[str, Any]
Schema: TypeAlias = dict[str, Any]

_SIZE = re.compile(r"auto|([1-9][0-9]{0,8})x([1-9][0-9]{0,8})")


def is_free_size(size: object) -> bool:
    """Tell whether *size* is legal for the model with free sizes."""
    if not isinstance(size, str):
        return True  # a format judges strings only
    found = _SIZE.fullmatch(size)
    if found is None:
        return False
    if size == "auto":
        return True
    width, height = int(found[1]), int(found[2])
    return width % 16 == 0 and height % 16 == 0 and width <= 3 * height and height <= 3 * width


def _one_of(*values: str) -> Schema:
    return {"enum": [*values, None]}


def _integer(least: int, most: int) -> Schema:
    return {"type": ["integer", "null"], "minimum": least, "maximum": most}


def _request(longest: int, *, default: bool, model: str, properties: Schema, **others: Any) -> Schema:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "required": ["prompt"] if default else ["prompt", "model"],
        "additionalProperties": False,
        "properties": {
            "model": {"const": model},
            "prompt": {"type": "string", "minLength": 1, "maxLength": longest},
            "user": {"type": "string"},
            **properties,
        },
        **others,
    }


_GPT = {
    "background": _one_of("transparent", "opaque", "auto"),
    "moderation": _one_of("auto", "low"),
    "n": _integer(1, 10),
    "output_compression": _integer(0, 100),
    "output_format": _one_of("png", "webp", "jpeg"),
    "partial_images": _integer(0, 3),
    "quality": _one_of("low", "medium", "high", "auto"),
    "stream": {"type": ["boolean", "null"]},
}
_ACROSS: list[Schema] = [
    {
        "if": {"properties": {"background": {"const": "transparent"}}, "required": ["background"]},
        "then": {"properties": {"output_format": {"not": {"const": "jpeg"}}}},
    },
    {
        "if": {
            "properties": {"output_compression": {"type": "integer", "exclusiveMaximum": 100}},
            "required": ["output_compression"],
        },
        "then": {"properties": {"output_format": {"enum": ["webp", "jpeg"]}}, "required": ["output_format"]},
    },
    {
        "if": {
            "properties": {"partial_images": {"type": "integer", "minimum": 1}},
            "required": ["partial_images"],
        },
        "then": {"properties": {"stream": {"const": True}}, "required": ["stream"]},
    },
]
_GPT_1 = _GPT | {"size": _one_of("1024x1024", "1024x1536", "1536x1024", "auto")}
_GPT_2 = _GPT | {"size": {"type": ["string", "null"], "format": "free-size"}}
_DALL_E_3 = {
    "n": {"enum": [1, None]},
    "quality": _one_of("standard", "hd", "auto"),
    "response_format": _one_of("url", "b64_json"),
    "size": _one_of("1024x1024", "1792x1024", "1024x1792"),
    "style": _one_of("vivid", "natural"),
}
_DALL_E_2 = {
    "n": _integer(1, 10),
    "quality": _one_of("standard", "auto"),
    "response_format": _one_of("url", "b64_json"),
    "size": _one_of("256x256", "512x512", "1024x1024"),
}

SCHEMAS: dict[str, Schema] = {
    "gpt-image-2": _request(32000, default=False, model="gpt-image-2", properties=_GPT_2, allOf=_ACROSS),
    "gpt-image-1.5": _request(32000, default=False, model="gpt-image-1.5", properties=_GPT_1, allOf=_ACROSS),
    "gpt-image-1": _request(32000, default=True, model="gpt-image-1", properties=_GPT_1, allOf=_ACROSS),
    "dall-e-3": _request(4000, default=False, model="dall-e-3", properties=_DALL_E_3),
    "dall-e-2": _request(1000, default=True, model="dall-e-2", properties=_DALL_E_2),
}


def _model_of(body: Body) -> str | None:
    if "model" in body:
        model = body["model"]
        return model if type(model) is str and model in SCHEMAS else None
    return "dall-e-2" if GPT_ONLY.isdisjoint(body) else "gpt-image-1"


_RUST = {
    model: jsonschema_rs.Draft7Validator(schema, validate_formats=True, formats={"free-size": is_free_size})
    for model, schema in SCHEMAS.items()
}


def jsonschema_rs_is_valid(body: Body) -> bool:
    """Tell whether *body* is valid, and nothing else."""
    model = _model_of(body)
    return model is not None and _RUST[model].is_valid(body)


def jsonschema_rs_faults(body: Body) -> list[Any]:
    """Tell everything that is wrong with *body*."""
    model = _model_of(body)
    return ["model"] if model is None else list(_RUST[model].iter_errors(body))


_FAST: dict[str, Callable[[Body], Any]] = {
    model: fastjsonschema.compile(schema, formats={"free-size": is_free_size}, use_default=False)
    for model, schema in SCHEMAS.items()
}


def fastjsonschema_is_valid(body: Body) -> bool:
    """Tell whether *body* is valid; the first fault is put into words, which are thrown away."""
    model = _model_of(body)
    if model is None:
        return False
    try:
        _FAST[model](body)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


_FAST_ALL: dict[str, Callable[[Body], Any]] = {
    model: fastjsonschema.compile(schema, formats={"free-size": is_free_size}, use_default=False, fast_fail=False)
    for model, schema in SCHEMAS.items()
}


def fastjsonschema_faults(body: Body) -> list[Any]:
    """Tell everything that is wrong with *body*."""
    model = _model_of(body)
    if model is None:
        return ["model"]
    try:
        _FAST_ALL[model](body)
    except fastjsonschema.JsonSchemaValuesException as error:
        return error.errors
    return []


_CHECKER = jsonschema.FormatChecker(formats=())
_CHECKER.checks("free-size")(is_free_size)
_PURE = {
    model: jsonschema.Draft7Validator(schema, format_checker=_CHECKER).iter_errors for model, schema in SCHEMAS.items()
}


def jsonschema_faults(body: Body) -> list[Any]:
    """Tell everything that is wrong with *body*."""
    model = _model_of(body)
    return ["model"] if model is None else list(_PURE[model](body))
