"""The banner: what a fake API tells whoever starts it, so that nobody takes a switched-off rule for a kept one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Final

from safelight import Basis, Operation, Spec
from safelight.judging.interpret import bases, violations
from safelight.model import ANY_MODEL, Json, OneOf, Type
from safelight.vocabulary.index import identified
from safelight_mockserver.calls.endpoint import base_path
from safelight_mockserver.control import ROOT
from safelight_mockserver.options import Options

__all__ = ["KEY_VARIABLE", "banner"]

KEY_VARIABLE: Final = "SAFELIGHT_API_KEY"
"""The environment variable that ``safelight serve`` takes the key from."""

_MOST_NAMED: Final = 5

_OPENAI_PATH: Final = "/images/generations"
"""Where OpenAI's SDKs call; they can be pointed at an API that has it."""


def banner(spec: Spec, path: str, base: str, options: Options) -> str:
    """Say where a fake API is, what it enforces and how it is called; a key that was given is not repeated.

    Args:
        spec: The API.
        path: The spec file, as it was named.
        base: The URL under which the operations are.
        options: What the spec leaves open.
    """
    operation = next(iter(spec.operations.values()))
    key = "any-key" if options.api_key is None else f"${KEY_VARIABLE}"
    headers = [f"Authorization: Bearer {key}" if one.header is None else f"{one.header}: {key}" for one in spec.auth]
    curl = f"curl {base}{operation.path} -H 'Content-Type: application/json'"
    curl += "".join(f' -H "{header}"' for header in headers[:1])
    lines = [
        f"Safelight fakes {spec.title} as {path} has it, and follows the file when it is edited.",
        f"  base URL  {base}",
        f"  rules     {_enforced(spec, options)}",
        *_not_enforced(spec, options),
        *_profile(options),
        f"  key       {'the one given' if options.api_key else 'any key will do, but there must be one'}",
    ]
    if options.control:
        lines.append(f"  page      {base.removesuffix(base_path(spec))}{ROOT}/")
    body = _example(spec, operation, options)
    if body is not None:
        lines.append(f"  try       {curl} -d {shlex.quote(json.dumps(dict(body)))}")
    paths = {one.path for one in spec.operations.values()}
    if _OPENAI_PATH in paths and any(auth.header is None for auth in spec.auth):
        lines.append(f"  or        OPENAI_BASE_URL={base} OPENAI_API_KEY={key} python your_program.py")
    return "\n".join(lines)


def _example(spec: Spec, operation: Operation, options: Options) -> Mapping[str, Json] | None:
    """Find a request that the fake takes: a case of a rule, or the least that must be sent; None if neither works."""
    model = next(iter(spec.models), None)
    table = operation.tables[model if model is not None and operation.model_parameter is not None else ANY_MODEL]
    least: dict[str, Json] = {}
    for one in table.parameters.values():
        if one.required:
            listed = (check.choices[0].value for each in one.constraints if isinstance(check := each.check, OneOf))
            least[one.name] = model if one.type is Type.MODEL else next(listed, "a fox")
    for body in (*(case.body for rule in operation.rules for case in rule.accepts), least):
        if not violations(spec, operation, body, basis=bases(options.basis), as_of=options.as_of):
            return body
    return None


def _not_enforced(spec: Spec, options: Options) -> list[str]:
    """Name what is not enforced, and why: nothing is let through in silence."""
    on, day = bases(options.basis), options.as_of or spec.revised
    off: dict[str, list[str]] = {}
    for operation in spec.operations.values():
        for id_, one in identified(operation).items():
            provenance = one.provenance
            if id_ in options.ignore:
                off.setdefault("--ignore", []).append(id_)
            elif provenance.basis not in on:
                off.setdefault(f"only {provenance.basis.value}, see --basis", []).append(id_)
            elif not provenance.holds(on, day):
                off.setdefault(f"not in force on {day.isoformat()}", []).append(id_)
    return [f"  not       {_listed(ids)} ({why})" for why, ids in off.items()]


def _listed(ids: list[str]) -> str:
    rest = len(ids) - _MOST_NAMED
    return ", ".join(ids[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _profile(options: Options) -> list[str]:
    """Say in what it differs from a strict server that is never busy."""
    told: list[str] = []
    if options.as_of is not None:
        told.append(f"the API as on {options.as_of.isoformat()}")
    if options.face == "tolerant":
        told.append("a tolerant relay: it mends requests instead of refusing them")
    if options.latency:
        told.append(f"answers take {options.latency:g} times what image APIs take")
    told += [f"{one.amount} {one.of} in {one.seconds:g} s for each key" for one in options.rate_limits]
    return [f"  profile   {'; '.join(told)}"] if told else []


def _enforced(spec: Spec, options: Options) -> str:
    """Count the constraints by basis: those enforced, and those that are not."""
    by_id = {id_: one for operation in spec.operations.values() for id_, one in identified(operation).items()}
    counts = {basis: sum(1 for one in by_id.values() if one.provenance.basis is basis) for basis in Basis}
    on = bases(options.basis)
    told = [f"{counts[basis]} {basis} enforced" for basis in Basis if basis in on and counts[basis]]
    told += [f"{counts[basis]} {basis} not" for basis in Basis if basis not in on and counts[basis]]
    if options.ignore:
        told.append(f"{len(by_id.keys() & set(options.ignore))} ignored by id")
    return ", ".join(told)
