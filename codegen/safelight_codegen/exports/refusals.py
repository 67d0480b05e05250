"""The refusals of an operation for OpenAPI: every status, with the faults that lead to it and what the body then is.

The examples are the spec's own texts, with their placeholders: no value that was made up here stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from safelight.model import Constraint, ErrorText, Json, Operation, Rule
from safelight.vocabulary.faults import KINDS, PLACEHOLDERS, TRANSPORT, UNPROVOKED, placeholders_in, text_name
from safelight.vocabulary.index import identified
from safelight_codegen.exports.answers import headers
from safelight_codegen.exports.schema import Keywords

__all__ = ["refusal_schema", "refusals"]

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | float | bool | None"

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
    envelope: Plain = operation.errors.envelope
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
    texts = {kind: text for kind, text in operation.errors.texts.items() if not text.empty}
    envelope: Plain = operation.errors.envelope
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
            case Constraint() if text_name(one.check.kind) in kinds:
                yield one.error
            case Rule() if "rule" in kinds:
                yield one.error
            case _:
                pass


def _envelope(envelope: Plain, templates: Mapping[str, list[Json]]) -> Keywords:
    """Say what the envelope of an error is; *templates* are all that may fill each field."""
    match envelope:
        case str() if whole := _WHOLE.fullmatch(envelope):
            types = [*dict.fromkeys(type_ for one in templates[whole[1]] for type_ in _types(one))]
            if not types:  # no error has a body
                return {}
            return {"type": types if len(types) > 1 else types[0]}
        case dict():
            properties = {key: _envelope(item, templates) for key, item in envelope.items()}
            return {"type": "object", "properties": properties, "required": list(properties)}
        case list():
            items = [_envelope(item, templates) for item in envelope]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        case _:
            return {"const": envelope}


def _types(template: Plain) -> tuple[str, ...]:
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


def _filled(envelope: Plain, fields: Mapping[str, Json]) -> Plain:
    """Put the templates of an error into the envelope."""
    match envelope:
        case str() if whole := _WHOLE.fullmatch(envelope):
            filled: Plain = fields.get(whole[1])
            return filled
        case dict():
            return {key: _filled(item, fields) for key, item in envelope.items()}
        case list():
            return [_filled(item, fields) for item in envelope]
        case _:
            return envelope


def _reasons(texts: Mapping[str, ErrorText], envelope: Plain) -> str:
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
    known = TRANSPORT.get(kind) or UNPROVOKED.get(kind) or _OTHER_REASONS.get(kind)
    return known or (f"a value breaks its {kind}" if kind in KINDS else f"the server has an error {kind}")
