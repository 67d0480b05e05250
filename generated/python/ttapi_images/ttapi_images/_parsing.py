"""Reading JSON that holds a few very long strings, as answers with images do.

``json.loads`` looks at every sign of a string for its end: of an image in base64, that takes as long as decoding it.
Here the ends are found with ``bytes.find``, which is fifty times as fast, long strings without escapes are copied out,
and ``json.loads`` reads the rest.  In the place of each stands the number ``Infinity``, which the library hands over in
the order of the document.

Every document that ``json.loads`` reads comes to the same value; what is wrong with others is told in its words.  There
is one kind that is read here alone: base64 with control characters in it.  Line breaks are the ones that come, since
some gateways wrap base64; that others are not there is seen when the image is decoded, which looks at every sign of it
anyway.  To look for them here as well would take four times as long as all the rest.  So a long string is searched for
them only where its beginning is no base64.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["LONG", "loads"]

LONG: Final = 0x10000
"""Bytes from which on a string is long.  Below, there is nothing to gain."""

_MOST_QUOTES = 2000  # that are looked at: in a document of so many short strings, a long one does not count
_PLACE = b"Infinity"
_BACKSLASH = 0x5C
_BEGINNING = 1024  # bytes of a long string by which it is taken for base64
_BASE64 = re.compile(rb"(?:data:[\w/+.;=-]*,)?[A-Za-z0-9+/=_\r\n-]*")
_CONTROL = re.compile(rb"[\x00-\x1f]")


def loads(data: bytes | bytearray, *, long: int = LONG) -> Any:  # noqa: ANN401 - JSON is anything
    """Read a JSON document.

    Args:
        data: The document.
        long: Bytes from which on a string is long.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    if len(data) < long or b"\0" in data[:4]:  # two or four bytes a sign, by which no search goes
        return json.loads(data)
    found = [(start, end) for start, end in _strings(data) if end - start >= long and _is_plain(data, start, end)]
    if not found:
        return json.loads(data)
    rest, taken = bytearray(), 0
    for start, end in found:
        rest += data[taken:start]
        rest += _PLACE
        taken = end
    rest += data[taken:]
    if rest.count(_PLACE) != len(found):  # the document has some of its own
        return json.loads(data)
    coming = iter(found)

    def constant(name: str) -> str | float:
        if name == "NaN":
            return float(name)
        start, end = next(coming)
        return str(view[start + 1 : end - 1], "utf-8")

    try:
        with memoryview(data) as view:
            return json.loads(rest, parse_constant=constant)
    except ValueError:  # the name of a member is long, or there is a mistake, to be told of where it is
        return json.loads(data)


def _strings(data: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Yield where the first strings of a document begin and end, quotes included."""
    start, quote = -1, data.find(b'"')
    for _ in range(_MOST_QUOTES):
        if quote < 0:
            return
        if start < 0:
            start = quote
        elif not _is_escaped(data, quote):
            yield start, quote + 1
            start = -1
        quote = data.find(b'"', quote + 1)


def _is_plain(data: bytes | bytearray, start: int, end: int) -> bool:
    """Tell whether what stands between the quotes at *start* and before *end* is the string, sign by sign."""
    if data.find(b"\\", start, end) >= 0:
        return False
    is_base64 = _BASE64.fullmatch(data, start + 1, min(end - 1, start + 1 + _BEGINNING))
    return is_base64 is not None or _CONTROL.search(data, start, end) is None


def _is_escaped(data: bytes | bytearray, position: int) -> bool:
    """Tell whether the sign at *position* follows an odd number of backslashes."""
    before = position
    while data[before - 1] == _BACKSLASH:
        before -= 1
    return (position - before) % 2 == 1
