"""Headers of HTTP as a spec writes them: names that are tokens, values of printable ASCII (RFC 9110, 5.1 and 5.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from safelight.diagnostic import Report

from .nodes import Node
from .shape import Unreadable, read

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OF_MESSAGES: Final = frozenset(
    {
        "accept", "connection", "content-encoding", "content-length", "content-type", "host", "transfer-encoding",
        "user-agent",
    }
)  # fmt: skip


def is_header_name(name: str) -> bool:
    """Tell whether *name* can stand before the colon."""
    return _NAME.fullmatch(name) is not None


def is_of_messages(name: str) -> bool:
    """Tell whether every message has a header of this name by itself: a second one would contradict its body."""
    return name.lower() in _OF_MESSAGES


def read_headers(nodes: Mapping[str, Node], report: Report) -> Mapping[str, str]:
    """Read headers, each a text by its name; what no server could send goes to *report*."""
    headers: dict[str, str] = {}
    for name, node in nodes.items():
        value = read(node, str, report, f"the header {name!r}")
        if isinstance(value, Unreadable):
            continue
        headers[name] = value
        if not is_header_name(name) or not value.isascii() or not value.isprintable():
            report.add(node.place, "E204", f"{name!r}: {value!r} is no HTTP header")
        elif is_of_messages(name):
            report.add(node.place, "E302", f"{name!r} comes with every answer by itself", "leave it out")
    return MappingProxyType(headers)
