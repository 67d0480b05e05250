"""The README of a client: a call that is legal and one that is refused, both judged while it is made."""

from __future__ import annotations

from collections.abc import Mapping

from safelight.interpret import violations
from safelight.model import From, Json, Operation, Spec
from safelight_codegen.python import view
from safelight_codegen.python.layout import INDENT, collection, fits
from safelight_codegen.text import literal, sentence

__all__ = ["client_readme"]


def client_readme(spec: Spec, *, typed: bool) -> view.Readme:
    """Make the view-model of ``README.md``; *typed* tells whether calls have a type for each model."""
    operation = next(iter(spec.operations.values()))
    legal = _legal_example(spec, operation)
    wrong = next((dict(case.body) for rule in operation.rules for case in rule.rejects
                  if violations(spec, operation, case.body)), dict[str, Json]())  # fmt: skip
    faults = violations(spec, operation, wrong) if wrong else ()
    images = next((one.name for one in operation.response.fields if one.source is From.IMAGES), "data")
    call = f"{operation.resource}.{operation.name}"
    return view.Readme(
        summary=sentence(spec.doc or spec.title),
        method=operation.name,
        legal=_call(f"result = client.{call}(", legal),
        images=images,
        wrong=_call(f'Client(api_key="any").{call}(', wrong) if wrong else "",
        refusal=faults[0].message if faults else "",
        typed=typed,
    )


def _legal_example(spec: Spec, operation: Operation) -> Mapping[str, Json]:
    """The shortest request that the spec's cases show to be legal."""
    bodies = [
        case.body for rule in operation.rules for case in rule.accepts if not violations(spec, operation, case.body)
    ]
    default = {operation.response.picture.prompt: "a fox"}
    if operation.model_parameter is not None:
        default = {operation.model_parameter: next(iter(spec.models)), **default}
    return (
        min([default, *bodies], key=len)
        if not violations(spec, operation, default)
        else min(bodies, key=len, default=default)
    )


def _call(before: str, body: Mapping[str, Json]) -> str:
    """Write a call in a block of the README, indented once."""
    arguments = [f"{name}={literal(value)}" for name, value in body.items()]
    line = f"{before}{', '.join(arguments)})"
    if fits(line, INDENT):
        return line
    joined = ", ".join(arguments)
    if fits(joined, 2 * INDENT):
        return f"{before}\n    {joined}\n)".replace("\n", "\n    ")
    return collection(before, arguments, ")", INDENT).replace("\n", "\n    ")
