"""The records: requests of the log as JSON, and which of them are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from safelight_mockserver.store.entry import Entry

from .problem import Problem
from .sources import SourceBook, violation_record

__all__ = ["FILTERS", "Filter", "body_of", "record"]

_SHOWN_BODY: Final = 1 << 16
"""Bytes of a body up to which a list has it; one alone is told whole."""

FILTERS: Final[dict[str, str]] = {
    "test": "Only requests of this test, by the header X-Safelight-Test.",
    "operation": "Only requests for this operation.",
    "model": "Only requests judged by this model.",
    "status": "Only answers with this HTTP status; 4xx stands for all from 400 to 499.",
    "rule": "Only requests that break this constraint.",
    "fault": "Only requests that met a fault whose order begins so.",
    "end": "Only answers that ended so: open, complete, cut or left.",
    "after": "Only requests recorded or amended after the change of this number (seq).",
    "limit": "Only the newest, so many.",
}
"""What a list of requests can be narrowed by, with what each does."""

_ENDS: Final = ("open", "complete", "cut", "left")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests are asked for.

    Attributes:
        test: Their test, if it matters; so are the others.
        after: The change after which they were recorded or amended.
        limit: How many of the newest; None for all.
        matches: Tells whether one of them is meant, by everything else.
    """

    test: str | None
    after: int
    limit: int | None
    matches: Callable[[Entry], bool]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filter:
        """Read a filter.

        Raises:
            Problem: A value makes no sense.
        """
        limit = _number(query, "limit")
        return cls(query.get("test"), _number(query, "after") or 0, limit, _matching(query))

    def select(self, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return those that are meant, oldest first."""
        found = tuple(entry for entry in entries if self.matches(entry))
        return found if self.limit is None else found[max(len(found) - self.limit, 0) :]


def record(entry: Entry, book: SourceBook, *, whole: bool = True) -> dict[str, Any]:
    """Return a request as JSON.

    Args:
        entry: The request.
        book: Finds the sources of what it breaks.
        whole: Whether to tell a large body too.
    """
    told: dict[str, Any] = {
        "id": entry.id,
        "seq": entry.seq,
        "at": entry.at,
        "began": entry.began,
        "method": entry.verb,
        "path": entry.path,
        "operation": entry.operation or None,
        "model": entry.model or None,
        "test": entry.test,
        "status": entry.status,
        "verdict": _verdict(entry),
        "milliseconds": entry.milliseconds,
        "end": entry.end,
        "sent": entry.sent,
        "images": entry.images,
        "final": entry.final,
        "fault": entry.fault or None,
        "retry_after": entry.retry_after,
        "note": entry.note or None,
        "body_bytes": len(entry.body) if entry.body is not None else None,
        "violations": [violation_record(one, book) for one in entry.violations],
    }
    if entry.body is not None and (whole or len(entry.body) <= _SHOWN_BODY):
        body = body_of(entry)
        told |= {"body": body} if body is not None else {"body_text": entry.body.decode("utf-8", "replace")}
    return told


def body_of(entry: Entry) -> Any:  # noqa: ANN401 - any JSON value
    """Return the body of a request as JSON; None where it is none."""
    try:
        return json.loads(entry.body or b"", parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _verdict(entry: Entry) -> str:
    """Say in a word what became of a request."""
    if entry.fault:
        return "fault"
    if entry.status >= 400:
        return "refused"
    return "accepted with remarks" if entry.violations else "accepted"


def _matching(query: Mapping[str, str]) -> Callable[[Entry], bool]:
    """Return what tells whether a request is meant."""
    tests: list[Callable[[Entry], bool]] = []
    if (operation := query.get("operation")) is not None:
        tests.append(lambda entry: entry.operation == operation)
    if (model := query.get("model")) is not None:
        tests.append(lambda entry: entry.model == model)
    if (rule := query.get("rule")) is not None:
        tests.append(lambda entry: any(one.rule == rule for one in entry.violations))
    if (fault := query.get("fault")) is not None:
        tests.append(lambda entry: bool(entry.fault) and entry.fault.startswith(fault))
    if (end := query.get("end")) is not None:
        if end not in _ENDS:
            raise Problem(400, f"end must be one of {', '.join(_ENDS)}, got {end!r}")
        tests.append(lambda entry: entry.end == end)
    if (status := query.get("status")) is not None:
        low, high = _statuses(status)
        tests.append(lambda entry: low <= entry.status <= high)
    return lambda entry: all(test(entry) for test in tests)


def _statuses(text: str) -> tuple[int, int]:
    if len(text) == 3 and text[0] in "12345" and text[1:] == "xx":
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    if len(text) == 3 and text.isascii() and text.isdigit():
        return int(text), int(text)
    raise Problem(400, f"status must be a number such as 429, or 4xx, got {text!r}")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Problem(400, f"{name} must be a whole number, 0 or more, got {text!r}")
    return int(text)
