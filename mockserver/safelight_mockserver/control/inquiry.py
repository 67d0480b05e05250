"""The inquiry: what was asked of the control API, and what is said, before and after any web framework."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeAlias, cast

from safelight.records import dataclass
from safelight.vocabulary.checks import is_number, shown

from .problem import Problem

__all__ = ["Answer", "Feed", "Inquiry", "Said", "number_in", "object_in"]

Answer: TypeAlias = Any
"""What a call is answered: a JSON value, `Said`, `Feed`, or None for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What was asked.

    Attributes:
        path: The parameters in the path.
        query: The parameters behind it.
        body: The body as JSON; None where there was none.
        origin: Where the request was sent, as in ``http://127.0.0.1:8080``.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer that is not plain JSON, or not of the usual status.

    Attributes:
        content: The text, or a JSON value.
        status: The HTTP status.
        media: The content type of a text; empty for JSON.
        file: The name under which a browser saves it.
    """

    content: Any
    status: int = 200
    media: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """An answer in server-sent events."""

    events: AsyncIterator[str]


def object_in(inquiry: Inquiry) -> dict[str, Any]:
    """Return the body of a call that takes an object; nothing counts as an empty one.

    Raises:
        Problem: It is something else.
    """
    body: object = inquiry.body
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Problem(400, "the body must be a JSON object")
    return cast("dict[str, Any]", body)


def number_in(body: Mapping[str, Any], name: str) -> float:
    """Return a number of a body.

    Raises:
        Problem: It is none, or not there.
    """
    value = body.get(name)
    # An integer of a thousand digits is a number too, and no float.
    if not is_number(value) or abs(value) > sys.float_info.max:
        raise Problem(400, f"{name} must be a number, got {shown(value)}")
    return float(value)
