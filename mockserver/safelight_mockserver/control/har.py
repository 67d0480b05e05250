"""The HTTP archive: requests of the log in the format that browsers, proxies and load tools read.

The format is HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/).  It has no place for rules and faults, so they
stand in a field of our own, whose name begins with an underscore as the format asks.

Bodies are told whole or not at all: half of a JSON text is none.  One that is too long, or that this server has not
kept, is named in a comment, and its size is told all the same.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from safelight import __version__
from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.heads import Pairs

__all__ = ["archive"]

_UNKNOWN: Final = -1  # What HAR has for sizes that are not known.
_UNKNOWN_TYPE: Final = "x-unknown"  # What browsers write for content of no known type.
_LONGEST: Final = 4 << 20
"""Bytes of a body that an archive has; a few pictures have room in it."""

_IN_PATH: Final = "/:@!$&'()*+,;=~"


def archive(entries: Iterable[Entry], origin: str, bodies: Mapping[str, bytes]) -> dict[str, Any]:
    """Return requests as an HTTP archive.

    Args:
        entries: The requests.
        origin: Where they were sent, as in ``http://127.0.0.1:8080``: the log has paths only.
        bodies: The bodies of answers by the ids of their requests, as far as they are kept.
    """
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "Safelight", "version": __version__},
            "pages": [],
            "entries": [_entry(entry, origin, bodies.get(entry.id)) for entry in entries],
        }
    }


def _entry(entry: Entry, origin: str, body: bytes | None) -> dict[str, Any]:
    return {
        "startedDateTime": datetime.fromtimestamp(entry.began or entry.at, UTC).isoformat(timespec="milliseconds"),
        "time": entry.milliseconds,
        "request": _request(entry, origin),
        "response": {
            "status": entry.status,
            "statusText": _phrase(entry.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _named(entry.response_headers),
            "content": _content(entry, body),
            "redirectURL": "",
            "headersSize": _UNKNOWN,
            "bodySize": entry.sent,
        },
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": entry.milliseconds, "receive": 0},
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


def _request(entry: Entry, origin: str) -> dict[str, Any]:
    query = entry.request_query
    told: dict[str, Any] = {
        "method": entry.verb,
        "url": f"{origin}{quote(entry.path, safe=_IN_PATH)}" + (f"?{urlencode(query, safe='*')}" if query else ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _named(entry.request_headers),
        "queryString": _named(query),
        "headersSize": _UNKNOWN,
        "bodySize": len(entry.body) if entry.body is not None else _UNKNOWN,
    }
    if entry.body is None:
        return told | {"comment": "the body was longer than the server takes, and was not kept"}
    if not entry.body:
        return told
    data: dict[str, Any] = {"mimeType": _header(entry.request_headers, "content-type"), "params": [], "text": ""}
    if len(entry.body) > _LONGEST:
        return told | {"postData": data | {"comment": _too_long(len(entry.body))}}
    text = entry.body.decode("utf-8", "replace")
    if "\N{REPLACEMENT CHARACTER}" in text:  # The format has no place for bytes here, only for a text.
        data["comment"] = "what is no UTF-8 stands here as U+FFFD"
    return told | {"postData": data | {"text": text}}


def _content(entry: Entry, body: bytes | None) -> dict[str, Any]:
    told: dict[str, Any] = {"size": entry.sent, "mimeType": _header(entry.response_headers, "content-type")}
    if not entry.sent:
        return told
    if entry.sent > _LONGEST:
        return told | {"comment": _too_long(entry.sent)}
    if body is None or len(body) < entry.sent:
        return told | {"comment": f"the body of {entry.sent} bytes is not kept here any more"}
    body = body[: entry.sent]  # It was ready to this end, and broke off before it.
    try:
        return told | {"text": body.decode()}
    except UnicodeDecodeError:
        return told | {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _too_long(size: int) -> str:
    return f"the body of {size} bytes is left out: more than {_LONGEST}"


def _named(pairs: Pairs) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(pairs: Pairs, name: str) -> str:
    return next((value for one, value in pairs if one == name), _UNKNOWN_TYPE)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
