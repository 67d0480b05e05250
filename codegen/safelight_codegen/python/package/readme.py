"""The README of a client: for each operation a call that is legal, and one that is refused, judged while it is made."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from safelight.judging.interpret import settle, violations
from safelight.judging.truth import holds
from safelight.model import ANY_MODEL, From, Json, Operation, Outcome, Required, Spec, Type
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import INDENT, collection, fits
from safelight_codegen.python.code.naming import method_name, resource_names, validator_name
from safelight_codegen.python.package.command import options_of, word_of
from safelight_codegen.python.surface.records import attribute, way_to_images
from safelight_codegen.text import literal, sentence

__all__ = ["client_readme"]

_WORDS: Final = re.compile(r"[\w .,:;/-]+")

_PLAIN: Final[Mapping[Type, Json]] = {
    Type.STRING: "a fox",
    Type.INTEGER: 1,
    Type.NUMBER: 1,
    Type.BOOLEAN: False,
    Type.SIZE: "1024x1024",
    Type.MODEL: "",
    Type.ARRAY: (),
    Type.OBJECT: {},
}
"""What is tried where nothing better is known."""


def client_readme(spec: Spec, *, typed: bool) -> view.Readme:
    """Make the view-model of ``README.md``; *typed* tells whether calls have a type for each model."""
    names = resource_names(spec)
    calls = {one.name: f"{names[one.resource].attribute}.{method_name(one)}" for one in spec.operations.values()}
    refused = next((one for operation in spec.operations.values() for one in _refused(spec, operation)), None)
    wrong = "" if refused is None else _call(f'Client(api_key="any").{calls[refused[0]]}(', refused[1])
    return view.Readme(
        summary=sentence(spec.doc or spec.title),
        examples=tuple(_example(spec, one, calls[one.name]) for one in spec.operations.values()),
        validator=validator_name(next(iter(spec.operations.values()))),
        wrong=wrong,
        refusal="" if refused is None else refused[2],
        typed=typed,
    )


def _refused(spec: Spec, operation: Operation) -> Iterator[tuple[str, Mapping[str, Json], str]]:
    """Yield the requests that the cases show to be refused, each after its operation and before what is told of it."""
    for body in (case.body for rule in operation.rules for case in rule.rejects):
        faults = violations(spec, operation, body)
        if faults and all(one.outcome == Outcome.REFUSE for one in faults):
            yield operation.name, body, faults[0].message


def _example(spec: Spec, operation: Operation, call: str) -> view.Example:
    """A call that is legal, from Python and from the command line."""
    body = _legal_example(spec, operation)
    prompt = operation.response.picture.prompt
    word = [word_of(operation)] if len(spec.operations) > 1 else []
    file = f"fox.{operation.response.picture.default_format}"
    *objects, images = [attribute(name) for name in way_to_images(operation.response.fields)]
    ways = [".".join(("result", *objects[: depth + 1])) for depth in range(len(objects))]
    return view.Example(
        name=validator_name(operation),
        legal=_call(f"result = client.{call}(", body),
        images=".".join((*objects, images)),
        guard=" and ".join(f"{way} is not None" for way in ways),
        fetched=_is_link(spec, operation, body),
        command=_shell((*word, str(body[prompt]), "-o", file, *_options(operation, body))),
    )


def _is_link(spec: Spec, operation: Operation, body: Mapping[str, Json]) -> bool:
    """Whether the answer to a request has links to its images, and not the images themselves."""
    views, fields = settle(spec, operation, body).views, operation.response.fields
    *objects, images = way_to_images(fields)
    for name in (*objects, images):
        fields = next(one for one in fields if one.name == name).fields
    return not any(one.source is From.BASE64 and holds(one.when, views) for one in fields)


def _legal_example(spec: Spec, operation: Operation) -> Mapping[str, Json]:
    """The shortest request that the spec's cases show to be legal, or one that what it breaks has led to."""
    bodies = [
        case.body for rule in operation.rules for case in rule.accepts if not violations(spec, operation, case.body)
    ]
    prompt = operation.response.picture.prompt
    default: dict[str, Json] = {prompt: "a fox"}
    if operation.model_parameter is not None:
        living = next((name for name, model in spec.models.items() if model.exists(spec.revised)), "")
        default = {operation.model_parameter: living, **default}
    legal = [default] if not violations(spec, operation, default) else []
    shown = [body for body in bodies if isinstance(body.get(prompt), str)]
    return min([*legal, *shown], key=len, default=None) or _mended(spec, operation, default)


def _mended(spec: Spec, operation: Operation, body: Mapping[str, Json]) -> Mapping[str, Json]:
    """Follow what the violations of a request say until it has none, or they say nothing more."""
    parameters = operation.tables[ANY_MODEL].parameters
    for _ in range(2 * len(parameters)):
        fault = next(iter(violations(spec, operation, body)), None)
        if fault is None or fault.parameter not in parameters:
            break
        value = fault.nearest if fault.parameter in body else _PLAIN[parameters[fault.parameter].type]
        body = {**body, fault.parameter: fault.allowed[0] if value is None and fault.allowed else value}
    return body


def _options(operation: Operation, legal: Mapping[str, Json]) -> Iterator[str]:
    """Yield the options without which the command makes no legal call, with the values of one that is."""
    options = options_of(operation)
    for name, parameter in operation.tables[ANY_MODEL].parameters.items():
        needed = any(isinstance(one.check, Required) for one in parameter.constraints)
        if needed and name in legal and name != operation.response.picture.prompt:
            value = legal[name]
            if parameter.type is Type.BOOLEAN:
                yield options[name] if value else f"--no-{options[name].removeprefix('--')}"
            else:
                yield from (options[name], value if isinstance(value, str) else json.dumps(value))


def _shell(words: Iterable[str]) -> str:
    """Write words for a shell: in double quotes, as people do, where that means the same."""
    return " ".join(f'"{word}"' if " " in word and _WORDS.fullmatch(word) else shlex.quote(word) for word in words)


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
