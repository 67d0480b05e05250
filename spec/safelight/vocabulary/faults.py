"""What can go wrong with a request, by the names that ``errors.texts`` uses, and what error texts can tell.

Both lists are closed: lint refuses a spec that leaves out a fault it can produce or asks for a placeholder that nobody
fills, so a reader of specs (the fake, the docs) can rely on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, cast, get_args

from safelight.model import Check, Errors, ErrorText, Json, Operation, Outcome, Parameter

PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "param": "where the fault is, as in n or images[2].url",
        "value": "what was sent",
        "limit": "the number that the constraint sets; of a rate limit, the seconds to wait",
        "allowed": "the legal values; of a moderation, what was found",
        "expected": "the type that is asked for",
        "got": "the type that was sent",
        "length": "the length of the string, or of the list, that was sent",
        "model": "the model of the request",
        "requirement": "the constraint as a clause in English",
        "verb": "the HTTP method",
        "path": "the path of the URL",
        "content_type": "the Content-Type that was sent",
        "key": "the API key, with its middle hidden",
        "request_id": "the id of the request",
    }
)
"""What ``{name}`` stands for in the texts of errors."""

TRANSPORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_key": "there is no API key",
        "bad_key": "the API key is not accepted",
        "malformed_json": "the body is not JSON",
        "content_type": "the Content-Type is not the one that the call takes",
        "method": "the path knows no such HTTP method",
        "not_found": "there is no such path",
        "body_too_large": "the body is longer than the server takes",
        "pixel_budget": "the image is larger than the server draws",
        "body": "the body is JSON, but no object",
    }
)
"""The faults that a request can have before, or beside, what its parameters say."""

UNPROVOKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rate_limit": "the key has sent too many requests for the moment",
        "quota": "the quota of the key is used up",
        "spend_cap": "the key may not spend any more",
        "unverified": "the owner of the key has to be verified for this model",
        "moderation": "the safety system rejects what was asked for, or what was drawn",
        "server_error": "the server has failed",
        "bad_gateway": "a gateway got no good answer from the server",
        "unavailable": "the server has too much to do",
        "gateway_timeout": "a gateway got no answer from the server in time",
    }
)
"""The errors that no request brings about by what it says; a spec may have words for them, and the fake plays them."""

_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(TRANSPORT, 400),
        "no_key": 401,
        "bad_key": 401,
        "not_found": 404,
        "method": 405,
        "body_too_large": 413,
        "content_type": 415,
    }
)
"""What HTTP says for faults of the transport, where the spec has no words of its own for them (RFC 9110)."""

DEFAULT_TEXT: Final = "default"
"""The key in ``errors.texts`` of the words for every fault that has none of its own."""

_SAME_TEXT: Final[Mapping[str, str]] = MappingProxyType({"dated": "unknown_fields"})
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


KINDS: Final = frozenset(
    (
        *TRANSPORT,
        "unknown_fields",
        "unknown_members",
        "rule",
        *(_SAME_TEXT.get(one.kind, one.kind) for one in get_args(Check)),
    )
)
"""The names of all faults that a request can have."""


def text_name(kind: str) -> str:
    """The key in ``errors.texts`` for a broken check of *kind*: outside its dates, a parameter is an unknown field."""
    return _SAME_TEXT.get(kind, kind)


def faults_of(operation: Operation) -> tuple[str, ...]:
    """The names of all faults for which *operation* refuses requests, each once, in the order of the spec."""
    found: dict[str, None] = dict.fromkeys(TRANSPORT)
    if operation.unknown_fields.outcome is Outcome.REFUSE:
        found["unknown_fields"] = None
    for table in operation.tables.values():
        for parameter in table.parameters.values():
            found.update(dict.fromkeys(_parameter_faults(parameter)))
    if any(rule.outcome is Outcome.REFUSE for rule in operation.rules):
        found["rule"] = None
    return tuple(found)


def _parameter_faults(parameter: Parameter) -> Iterator[str]:
    for constraint in parameter.constraints:
        if constraint.outcome is Outcome.REFUSE:
            yield text_name(constraint.check.kind)
    if parameter.unknown_members is not None and parameter.unknown_members.outcome is Outcome.REFUSE:
        yield "unknown_members"
    for nested in (*parameter.members, *([parameter.items] if parameter.items else [])):
        yield from _parameter_faults(nested)


def completed(operation: Operation) -> Errors:
    """Give the default words to every fault of *operation* that has none of its own."""
    texts = {kind: text for kind, text in operation.errors.texts.items() if kind != DEFAULT_TEXT}
    default = operation.errors.texts.get(DEFAULT_TEXT)
    if default is not None:
        for kind in faults_of(operation):
            if kind not in texts:
                texts[kind] = _of_transport(kind, default) if kind in TRANSPORT else default
    return replace(operation.errors, texts=MappingProxyType(texts))


def _of_transport(kind: str, default: ErrorText) -> ErrorText:
    """Say the default words of a fault of the transport: it has a status of its own, and breaks no constraint.

    So ``{requirement}`` is what is wrong, and a field that tells of anything else is null.
    """
    fields = dict(default.fields)
    for name, template in fields.items():
        told = set(placeholders_in(template))
        if "requirement" in told:
            fields[name] = TRANSPORT[kind]
        elif told:
            fields[name] = None
    return replace(default, status=_STATUS[kind], fields=MappingProxyType(fields))


def placeholders_in(value: Json) -> Iterator[str]:
    """The names of the placeholders in the texts of a JSON value, in order."""
    if isinstance(value, str):
        yield from _PLACEHOLDER.findall(value)
    elif isinstance(value, list | dict):
        for part in cast("Iterable[Json]", value.values() if isinstance(value, dict) else value):
            yield from placeholders_in(part)
