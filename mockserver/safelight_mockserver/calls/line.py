"""The line: a client's connection, as far as an application may break it by order.  ASGI has no words for that.

A server offers it through the extension `LINE` of a request's scope.  Uvicorn's connections do (`breaking`), and those
of the in-process transports (`exchange`).  Where a server does not, the application raises `BrokenOff`, and the server
does with the connection what it does when an application fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol, TypeAlias

__all__ = ["LINE", "BrokenOff", "Door", "Line", "line_of"]

Door: TypeAlias = Callable[[float], Awaitable[None]]
"""Closes the port of a server for so many seconds."""

LINE: Final = "safelight.line"
"""The name of the extension."""


class BrokenOff(Exception):
    """An answer breaks off by order, on a server whose connections cannot be told to."""


class Line(Protocol):
    """The connection of one client."""

    async def refuse(self, seconds: float) -> None:
        """Behave as if nobody listened, for so long where there is a port to close."""

    async def reset(self) -> None:
        """Reset it: the client gets what was sent so far, and an error."""

    async def close(self) -> None:
        """Close it: the client gets what was sent so far, and an end."""


def line_of(scope: MutableMapping[str, Any]) -> Line | None:
    """Return the connection that a request came through; None where the server does not offer it."""
    extensions: dict[str, Any] = scope.get("extensions") or {}
    line: Line | None = extensions.get(LINE)
    return line
