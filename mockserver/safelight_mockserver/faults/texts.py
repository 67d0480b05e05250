"""The errors that no request can provoke by itself: what a server answers when it is busy, broken, or not paid.

A spec may have its own words for them, in ``errors.texts`` under the names of `safelight.vocabulary.faults.UNPROVOKED`.
Where it has none these are used, in the envelope of the spec.  They hold for any API, so they name no company and lead
nowhere: a link that belongs to somebody else would be a lie of the fake.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from safelight.model import Errors, ErrorText, Operation, Place
from safelight_mockserver.answers.refusal import refuse
from safelight_mockserver.answers.reply import Empty, Json, Whole

from .kinds import Moderated, Refusal

__all__ = ["TEXTS", "error_event", "moderated", "refused", "wait_headers"]

_NOWHERE: Final = Place(1, 1)
_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


def _text(status: int, type_: str, message: str, code: str | None = None, **headers: str) -> ErrorText:
    fields = {"message": message, "type": type_, "param": None, "code": code}
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return ErrorText(status=status, fields=fields, headers=told, empty=False, place=_NOWHERE)


TEXTS: Final[Mapping[str, ErrorText]] = MappingProxyType(
    {
        "rate_limit": _text(
            429,
            "requests",
            "There were too many requests. Please slow down, and try again after {limit} seconds.",
            "rate_limit_exceeded",
        ),
        "quota": _text(429, "insufficient_quota", "Your quota is used up.", "insufficient_quota"),
        "spend_cap": _text(400, "invalid_request_error", "Your spending limit is reached.", "spending_limit_reached"),
        "unverified": _text(403, "invalid_request_error", "You have to be verified to use the model `{model}`."),
        "moderation": _text(
            400,
            "invalid_request_error",
            "The safety system has rejected your request {request_id}. What it found: {allowed}.",
            "moderation_blocked",
        ),
        "server_error": _text(500, "server_error", "The server has failed.", "server_error"),
        "bad_gateway": _text(502, "server_error", "A gateway got no good answer from the server."),
        "unavailable": _text(
            503, "server_error", "The server has too much to do. Please try again later.", "overloaded"
        ),
        "gateway_timeout": _text(504, "server_error", "A gateway got no answer from the server in time."),
    }
)
"""The words for each, by its name."""


def refused(
    operation: Operation, kind: Refusal, facts: Mapping[str, Any], changes: Mapping[str, Json] = _NOTHING
) -> Whole | Empty | None:
    """Refuse as a fault says; None where neither the spec nor this module has words for it.

    Args:
        operation: What was called.
        kind: The fault.
        facts: What placeholders stand for, as far as it is known.
        changes: Fields of the error that are different this time.
    """
    errors = _with_texts(operation.errors)
    if kind.text not in errors.texts:
        return None
    seconds = 20.0 if kind.retry_after is None else kind.retry_after
    headers = [] if kind.retry_after is None else [*wait_headers(kind.retry_after)]
    if kind.should_retry is not None:
        headers.append(("x-should-retry", str(kind.should_retry).lower()))
    if kind.text == "rate_limit":
        headers += [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", f"{seconds:g}s")]
    told = {**facts, "limit": f"{seconds:g}"} if kind.text in TEXTS else facts
    return refuse(errors, kind.text, told, changes, headers=tuple(headers))


def moderated(errors: Errors, kind: Moderated, facts: Mapping[str, Any]) -> Whole | Empty:
    """Refuse for what the safety system found; details stand beside the message, wherever the envelope has that."""
    categories = kind.categories.split("+")
    found = refuse(_with_texts(errors), "moderation", {**facts, "allowed": ", ".join(categories)})
    if isinstance(found, Empty):
        return found
    details: Json = {"moderation_stage": kind.stage, "categories": categories}
    return Whole(found.status, _beside_message(found.body, details, errors.envelope), found.headers)


def error_event(errors: Errors) -> Json:
    """Return the data of an event that tells of a failure: the envelope, with its type before it."""
    reply = refuse(_with_texts(errors), "server_error", {})
    body: Json = reply.body if isinstance(reply, Whole) else None
    match body:
        case Mapping():
            return {"type": "error", **body}
        case _:
            return {"type": "error"}


def wait_headers(seconds: float) -> tuple[tuple[str, str], ...]:
    """Return the headers that tell when to come back: whole seconds, and milliseconds where these are not exact."""
    whole = math.ceil(seconds)
    exact = () if whole == seconds else (("retry-after-ms", f"{math.ceil(seconds * 1000)}"),)
    return (*exact, ("retry-after", str(whole)))


def _with_texts(errors: Errors) -> Errors:
    return Errors(
        envelope=errors.envelope,
        texts={**TEXTS, **errors.texts},
        precedence=errors.precedence,
        place=errors.place,
    )


def _beside_message(body: Json, details: Json, envelope: Any) -> Json:  # noqa: ANN401 - any JSON value
    if not isinstance(body, Mapping) or not isinstance(envelope, Mapping):
        return body
    shape = cast("Mapping[str, Any]", envelope)
    changed: dict[str, Json] = {}
    for name, item in body.items():
        changed[name] = _beside_message(item, details, shape.get(name))
    if "{message}" in shape.values():
        changed["moderation_details"] = details
    return changed
