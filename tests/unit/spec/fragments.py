"""A whole spec around a fragment of one, so that a test shows only what it is about."""

from __future__ import annotations

from textwrap import dedent, indent

from safelight.diagnostic import SpecError
from safelight.loading import loads
from safelight.model import Spec

_KINDS = (
    *("required", "applies_to", "nullable", "type", "known", "values", "grammar", "minimum", "maximum", "multiple_of"),
    *(
        "min_length",
        "max_length",
        "pattern",
        "min_items",
        "max_items",
        "min_edge",
        "max_edge",
        "min_ratio",
        "max_ratio",
    ),
    *("min_pixels", "max_pixels", "unknown_fields", "unknown_members", "rule", "no_key", "bad_key", "malformed_json"),
    *("content_type", "method", "not_found", "body_too_large", "pixel_budget", "body"),
)

_SPEC = """\
safelight: 1
name: api
title: API
doc: An API.
revised: 2026-06-15
servers: [https://api.test/v1]
key_variable: API_KEY
auth: [bearer]
sources: {{ manual: {{ title: The manual }} }}
{models}
operations:
  draw:
    resource: images
    verb: POST
    path: /draw
    title: Draw
    doc: Draws a picture.
    unknown_fields: {unknown_fields}
    parameters:
{parameters}
    rules:
{rules}
    response:
      picture: {{ prompt: prompt, default_size: 64x64, default_format: png }}
      fields: {{ data: {{ from: images, doc: The images., fields: {{ b64_json: {{ from: base64, doc: Bytes. }} }} }} }}
    errors:
      envelope: {{ message: "{{message}}" }}
      precedence: ["*"]
      texts:
{texts}
"""

MODELS = """\
families: { pen: { title: Pens }, wet: { title: Wet ones } }
models:
  biro: { title: Biro, family: pen }
  quill: { title: Quill, family: pen, aliases: [feather] }
  brush: { title: Brush, family: wet }
unknown_model: refuse
"""


def text_with(parameters: str, rules: str = "[]", *, models: str = MODELS, unknown_fields: str = "refuse") -> str:
    """The text of a spec with these parameters, beside ``model`` and ``prompt``, and these rules."""
    model = "model: { type: model, doc: The model., default: biro }\n" if "biro" in models else ""
    prompt = "prompt: { type: string, doc: What to draw. }\n"
    return _SPEC.format(
        models=dedent(models),
        unknown_fields=unknown_fields,
        parameters=indent(model + prompt + dedent(parameters), " " * 6),
        rules=indent(dedent(rules), " " * 6),
        texts=indent("\n".join(f'{kind}: {{ status: 400, message: "{{requirement}}" }}' for kind in _KINDS), " " * 8),
    )


def spec_with(parameters: str, rules: str = "[]", *, models: str = MODELS, unknown_fields: str = "refuse") -> Spec:
    """The spec itself."""
    return loads(text_with(parameters, rules, models=models, unknown_fields=unknown_fields))


def problems_with(parameters: str, rules: str = "[]", *, models: str = MODELS) -> list[str]:
    """What is wrong with it: each problem as its code and message."""
    try:
        spec_with(parameters, rules, models=models)
    except SpecError as error:
        return [f"{one.code} {one.message}" for one in error.problems]
    return []
