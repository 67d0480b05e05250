"""The stored form of a log entry: what a shared store keeps of a request, and the way back.

One line of JSON, and then the body as it came.  A body is mostly JSON itself or, soon, pictures: as a value inside JSON
it would be escaped or encoded, and grow by a third or more.  Headers are stored as they are told: without keys.
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlencode

from safelight.vocabulary.checks import Violation

from .entry import Entry
from .heads import Asked, as_raw

__all__ = ["restored", "stored"]

_APART: Final = frozenset({"body", "violations", "seq", "asked", "told"})  # They are not simply values of JSON.
_ENTRY: Final = tuple(name for name in Entry._fields if name not in _APART)
_VIOLATION: Final = Violation._fields


def stored(entry: Entry) -> bytes:
    """Return the stored form of an entry, without the number of its latest change: that is for the store to give."""
    values: dict[str, Any] = {name: getattr(entry, name) for name in _ENTRY}
    values["violations"] = [[getattr(one, name) for name in _VIOLATION] for one in entry.violations]
    values["read"] = entry.body is not None
    values["asked"], values["told"] = entry.request_headers, entry.response_headers
    values["query"] = urlencode(entry.request_query)
    return json.dumps(values, separators=(",", ":")).encode() + b"\n" + (entry.body or b"")


def restored(data: bytes, seq: int) -> Entry:
    """Return the entry of a stored form.

    Args:
        data: What `stored` returned.
        seq: The number of the entry's latest change.
    """
    line, _, body = data.partition(b"\n")
    values = json.loads(line)
    read = values.pop("read")
    query = values.pop("query").encode()
    asked, told = Asked(as_raw(values.pop("asked")), query=query), as_raw(values.pop("told"))
    violations = tuple(_violation(one) for one in values.pop("violations"))
    return Entry(**values, body=body if read else None, violations=violations, seq=seq, asked=asked, told=told)


def _violation(values: list[Any]) -> Violation:
    named: dict[str, Any] = dict(zip(_VIOLATION, values, strict=True))
    named["allowed"] = tuple(named["allowed"])
    return Violation(**named)
