"""The README of a client: a call that is legal and one that is refused, both judged while it is made."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

from safelight.interpret import violations
from safelight.model import ANY_MODEL, Json, Operation, Required, Spec
from safelight_codegen.python import view
from safelight_codegen.python.layout import INDENT, collection, fits
from safelight_codegen.python.records import attribute, way_to_images
from safelight_codegen.text import literal, sentence

__all__ = ["client_readme"]


def client_readme(spec: Spec, *, typed: bool) -> view.Readme:
    """Make the view-model of ``README.md``; *typed* tells whether calls have a type for each model."""
    operation = next(iter(spec.operations.values()))
    legal = _legal_example(spec, operation)
    wrong = next((dict(case.body) for rule in operation.rules for case in rule.rejects
                  if violations(spec, operation, case.body)), dict[str, Json]())  # fmt: skip
    faults = violations(spec, operation, wrong) if wrong else ()
    *objects, images = [attribute(name) for name in way_to_images(operation.response.fields)]
    ways = [".".join(("result", *objects[: depth + 1])) for depth in range(len(objects))]
    call = f"{operation.resource}.{operation.name}"
    return view.Readme(
        summary=sentence(spec.doc or spec.title),
        method=operation.name,
        legal=_call(f"result = client.{call}(", legal),
        images=".".join((*objects, images)),
        guard=" and ".join(f"{way} is not None" for way in ways),
        command=shlex.join(("-o", f"fox.{operation.response.picture.default_format}", *_options(operation, legal))),
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
        living = next((name for name, model in spec.models.items() if model.exists(spec.revised)), "")
        default = {operation.model_parameter: living, **default}
    return (
        min([default, *bodies], key=len)
        if not violations(spec, operation, default)
        else min(bodies, key=len, default=default)
    )


def _options(operation: Operation, legal: Mapping[str, Json]) -> Iterator[str]:
    """Yield the options without which the command makes no legal call, with the values of one that is."""
    for name, parameter in operation.tables[ANY_MODEL].parameters.items():
        needed = any(isinstance(one.check, Required) for one in parameter.constraints)
        if needed and name in legal and name != operation.response.picture.prompt:
            value = legal[name]
            yield from (f"--{name.replace('_', '-')}", value if isinstance(value, str) else json.dumps(value))


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
