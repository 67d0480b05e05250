"""The menu: the kinds of faults that can be ordered, with what each does and can be told."""

from __future__ import annotations

import re
from typing import Any, Final

from safelight.model import Spec
from safelight_mockserver.faults.grammar import parameters_of
from safelight_mockserver.faults.kinds import (
    KINDS,
    REFUSALS,
    FlawedImage,
    Kind,
    Link,
    Refusal,
    StreamFramed,
    needs_stream,
)
from safelight_mockserver.faults.texts import TEXTS

__all__ = ["menu"]

_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_VARIANTS: Final = {
    "garbage": "Images are bytes that are no image at all.",
    "format": "Images are of another format than the answer says, such as JPEG named PNG.",
    "truncated": "Images end too early.",
    "size": "Images have other dimensions than were asked for.",
    "crlf": "Lines of the stream end in CR LF, which is legal.",
    "comments": "Comments between the events keep the connection alive, which is legal.",
    "done": "The stream ends with [DONE], as streams of chat models do.",
    "no-blank-line": "The blank line that ends the last event is missing.",
    "expired": "Links to images are past their time.",
    "missing": "Links to images lead nowhere: 404.",
    "slow": "Images behind links come late.",
}


def menu(spec: Spec) -> list[dict[str, Any]]:
    """Return the kinds as JSON, without those that the API could never meet.

    Args:
        spec: The API, whose words refusals are in.
    """
    streams = any(one.response.stream is not None for one in spec.operations.values())
    return [
        {
            "name": name,
            "doc": _doc(spec, name, kind),
            "parameters": [
                {"name": one.name, "type": one.type.__name__, "doc": one.doc} for one in parameters_of(kind).values()
            ],
        }
        for name, kind in KINDS.items()
        if streams or not needs_stream(kind)
    ]


def _doc(spec: Spec, name: str, kind: Kind) -> str:
    match kind:
        case Refusal():
            return _refusal(spec, name)
        case FlawedImage(flaw=variant) | StreamFramed(framing=variant) | Link(state=variant):
            return _VARIANTS[variant]
        case _:
            return (type(kind).__doc__ or "").partition("\n")[0]


def _refusal(spec: Spec, name: str) -> str:
    for operation in spec.operations.values():
        text = operation.errors.texts.get(REFUSALS[name]) or TEXTS.get(REFUSALS[name])
        if text is not None:
            message = text.fields.get("message")
            if not isinstance(message, str):
                return f"{text.status}, without a message."
            return f"{text.status}: {_PLACEHOLDER.sub('…', message)}"
    return "The API refuses, with any of the errors that its spec has."
