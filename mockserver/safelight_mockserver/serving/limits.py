"""The limits of a server: what one client, and all of them together, can cost it.

What one call can cost is among the options (`safelight_mockserver.options`): that holds without a server as well.
"""

from __future__ import annotations

from safelight.records import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server puts up with.

    Attributes:
        head_bytes: The longest request line with its headers.
        headers: The most headers of a request.
        seconds: How long a client has to send a request, on top of a second for each KiB of it; and how long it may
            take nothing of its answer.
        connections: How many there may be at a time.
        grace: Seconds that answers have to end when the server is told to stop.

    Raises:
        ValueError: A limit leaves nothing.
    """

    head_bytes: int = 1 << 16
    headers: int = 200
    seconds: float = 30.0
    connections: int = 10_000
    grace: int = 5

    def __post_init__(self) -> None:
        """Refuse what no client could keep to."""
        for name in ("head_bytes", "headers", "seconds", "connections", "grace"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0, got {getattr(self, name)}")
