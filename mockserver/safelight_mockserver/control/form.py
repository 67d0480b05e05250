"""The form: a spec as a page needs it to offer a call, model by model.

It has only what the fake enforces: constraints that are not in force, by day, by basis or by order, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from safelight.explaining.legal import default_text, legal_values
from safelight.judging.interpret import bases
from safelight.judging.lens import Lens, enforce
from safelight.model import (
    ABSENT,
    ANY_MODEL,
    Grammar,
    MaxLength,
    OneOf,
    Operation,
    Parameter,
    Rule,
    Spec,
    Table,
    Type,
)
from safelight_mockserver.options import Options

from .sources import SourceBook

__all__ = ["form"]

_INPUTS: Final[Mapping[Type, str]] = {
    Type.STRING: "text",
    Type.INTEGER: "integer",
    Type.NUMBER: "number",
    Type.BOOLEAN: "boolean",
    Type.SIZE: "size",
    Type.MODEL: "model",
    Type.ARRAY: "json",
    Type.OBJECT: "json",
}


def form(spec: Spec, options: Options, base: str, book: SourceBook) -> dict[str, Any]:
    """Return a spec as JSON: what it is, its operations, and the parameters that each model takes.

    Args:
        spec: The API.
        options: What of it is enforced.
        base: The path below which the operations are, as in ``/v1``.
        book: Finds the sources of rules.
    """
    lens = Lens(options.as_of or spec.revised, bases(options.basis))
    return {
        "name": spec.name,
        "title": spec.title,
        "doc": spec.doc,
        "revised": spec.revised.isoformat(),
        "digest": spec.digest,
        "base_path": base,
        "key_variable": spec.key_variable,
        "key_header": next(("Authorization" if one.header is None else one.header for one in spec.auth), None),
        "key_scheme": "Bearer " if spec.auth and spec.auth[0].header is None else "",
        "enforced": {
            "basis": sorted(lens.basis),
            "as_of": lens.as_of.isoformat(),
            "ignored": sorted(options.ignore),
            "constraints": len(book),
        },
        "sources": [
            {"id": one.id, "title": one.title, "url": one.url, "read": one.read.isoformat() if one.read else None}
            for one in spec.sources.values()
        ],
        "operations": [_operation(spec, one, lens, book) for one in spec.operations.values()],
    }


def _operation(spec: Spec, operation: Operation, lens: Lens, book: SourceBook) -> dict[str, Any]:
    models = [one for one in spec.models.values() if one.exists(lens.as_of)]
    names = [one.name for one in models] if operation.model_parameter is not None else []
    return {
        "name": operation.name,
        "title": operation.title,
        "doc": operation.doc,
        "verb": operation.verb,
        "path": operation.path,
        "model_parameter": operation.model_parameter,
        "prompt_parameter": operation.response.picture.prompt,
        "models": [{"name": one.name, "title": one.title} for one in models] if names else [],
        "tables": {name: _table(operation.tables[name], lens) for name in names or [ANY_MODEL]},
        "rules": [_rule(one, book) for one in operation.rules if lens.in_force(one.provenance)],
    }


def _table(table: Table, lens: Lens) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for parameter in table.parameters.values():
        enforced = enforce(parameter, table.name, lens)
        if enforced.applies:
            found.append(_parameter(parameter, lens) | {"required": enforced.required is not None})
    return found


def _parameter(parameter: Parameter, lens: Lens) -> dict[str, Any]:
    checks = [one.check for one in parameter.constraints if lens.in_force(one.provenance)]
    choices = next((list(check.allowed(lens.as_of)) for check in checks if isinstance(check, OneOf)), None)
    tokens = next(([one.value for one in check.tokens] for check in checks if isinstance(check, Grammar)), None)
    longest = next((check.limit for check in checks if isinstance(check, MaxLength)), None)
    return {
        "name": parameter.name,
        "doc": parameter.doc,
        "input": _INPUTS[parameter.type],
        "choices": choices,
        "tokens": tokens,
        "longest": longest,
        "legal": legal_values(parameter),
        "default": None if parameter.default is ABSENT else parameter.default,
        "default_text": default_text(parameter),
    }


def _rule(rule: Rule, book: SourceBook) -> dict[str, Any]:
    return {
        "id": rule.id,
        "requirement": rule.requirement,
        "why": rule.why,
        "models": sorted(rule.models) if rule.models is not None else None,
        "basis": str(rule.provenance.basis),
        "source": book.record(rule.id),
    }
