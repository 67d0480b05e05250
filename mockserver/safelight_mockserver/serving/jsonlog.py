"""The log for machines: one JSON object a line, for each request and for whatever else a server has to tell.

Keys are not among what is told, nor are bodies: a prompt can be private, and a log goes places.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from safelight_mockserver.store.entry import Entry

__all__ = ["event_line", "request_object"]


def event_line(event: str, facts: dict[str, Any], *, now: Callable[[], float] = time.time) -> str:
    """Return the line of an event.

    Args:
        event: What happened: ``request``, ``message``, ``warning``.
        facts: What there is to say about it, as JSON.
        now: Real time, as logs of other programs have it.
    """
    moment = now()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"
    return json.dumps({"time": stamp, "event": event, **facts}, separators=(",", ":"))


def request_object(entry: Entry) -> dict[str, Any]:
    """Return what is told of a request.

    >>> request_object(Entry(id="req_1", at=0.0, verb="POST", path="/v1/x", body=b"", status=429, violations=(),
    ...                      fault="rate-limit", milliseconds=3.21, sent=164, retry_after=1.0))["fault"]
    'rate-limit'
    """
    return {
        "id": entry.id,
        "test": entry.test,
        "method": entry.verb,
        "path": entry.path,
        "operation": entry.operation or None,
        "model": entry.model or None,
        "status": entry.status or None,
        "rules": list(dict.fromkeys(one.rule for one in entry.violations)),
        "fault": entry.fault or None,
        "retry_after": entry.retry_after,
        "images": entry.images,
        "ms": round(entry.milliseconds, 1),
        "bytes": entry.sent,
        "end": entry.end,
        "note": entry.note or None,
    }
