"""The banner: what a fake API tells whoever starts it, so that nobody takes a switched-off rule for a kept one."""

from __future__ import annotations

import json
import shlex
from typing import Final

from safelight import Basis, Spec
from safelight.index import identified
from safelight.interpret import bases

from .options import Options

__all__ = ["KEY_VARIABLE", "banner"]

KEY_VARIABLE: Final = "SAFELIGHT_API_KEY"
"""The environment variable that ``safelight serve`` takes the key from."""


def banner(spec: Spec, path: str, base: str, options: Options) -> str:
    """Say where a fake API is, what it enforces and how it is called; a key that was given is not repeated.

    Args:
        spec: The API.
        path: The spec file, as it was named.
        base: The URL under which the operations are.
        options: What the spec leaves open.
    """
    operation = next(iter(spec.operations.values()))
    cases = [case for rule in operation.rules for case in rule.accepts]
    body = json.dumps(dict(cases[0].body)) if cases else "{}"
    key = "any-key" if options.api_key is None else f"${KEY_VARIABLE}"
    headers = [f"Authorization: Bearer {key}" if one.header is None else f"{one.header}: {key}" for one in spec.auth]
    curl = f"curl {base}{operation.path} -H 'Content-Type: application/json'"
    curl += "".join(f' -H "{header}"' for header in headers[:1])
    lines = [
        f"Safelight fakes {spec.title} as {path} has it, and follows the file when it is edited.",
        f"  base URL  {base}",
        f"  rules     {_enforced(spec, options)}",
        f"  key       {'the one given' if options.api_key else 'any key will do, but there must be one'}",
        f"  try       {curl} -d {shlex.quote(body)}",
    ]
    if any(auth.header is None for auth in spec.auth):
        lines.append(f"  or        OPENAI_BASE_URL={base} OPENAI_API_KEY={key} python your_program.py")
    return "\n".join(lines)


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
