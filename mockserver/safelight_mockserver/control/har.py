"""The HTTP archive: requests of the log in the format that browsers, proxies and load tools read.

The format is HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/).  It has no place for rules and faults, so they
stand in a field of our own, whose name begins with an underscore as the format asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from safelight import __version__
from safelight_mockserver.store.state import Entry

__all__ = ["archive"]

_UNKNOWN: Final = -1  # What HAR has for sizes that are not known.


def archive(entries: Iterable[Entry], origin: str) -> dict[str, Any]:
    """Return requests as an HTTP archive.

    Args:
        entries: The requests.
        origin: Where they were sent, as in ``http://127.0.0.1:8080``: the log has paths only.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "Safelight", "version": __version__},
            "pages": [],
            "entries": [_entry(entry, origin) for entry in entries],
        }
    }


def _entry(entry: Entry, origin: str) -> dict[str, Any]:
    body = entry.body or b""
    request: dict[str, Any] = {
        "method": entry.verb,
        "url": f"{origin}{entry.path}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "queryString": [],
        "headersSize": _UNKNOWN,
        "bodySize": len(body) if entry.body is not None else _UNKNOWN,
    }
    if body:
        request["postData"] = {
            "mimeType": "application/json",
            "params": [],
            "text": body.decode("utf-8", "replace"),
        }
    return {
        "startedDateTime": datetime.fromtimestamp(entry.began or entry.at, UTC).isoformat(),
        "time": entry.milliseconds,
        "request": request,
        "response": {
            "status": entry.status,
            "statusText": _phrase(entry.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": entry.sent, "mimeType": "application/json"},
            "redirectURL": "",
            "headersSize": _UNKNOWN,
            "bodySize": entry.sent,
        },
        "cache": {},
        "timings": {"send": 0, "wait": entry.milliseconds, "receive": 0},
        "comment": entry.note,
        "_safelight": {
            "id": entry.id,
            "test": entry.test,
            "operation": entry.operation,
            "model": entry.model,
            "rules": [one.rule for one in entry.violations],
            "fault": entry.fault,
            "end": entry.end,
            "images": entry.images,
        },
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
