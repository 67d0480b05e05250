"""The arrival: what has come of an answer so far, and what it amounts to once nothing more comes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from safelight_testkit.judging.verdict import Answer, Ended, NoAnswer, Received

__all__ = ["Arrival", "Unreached"]


class Unreached(Exception):
    """There is no connection, so nothing was sent."""


@dataclass(slots=True)
class Arrival:
    """What has come of an answer so far.

    Attributes:
        started: When its request was sent, by `time.perf_counter`.
        largest: Bytes of the body that are kept.
        status: The HTTP status; 0 as long as there is none.
        headers: All of them.
        body: As much as has come of it.
        received: Unix time at which the status came.
        first: Seconds from the request to the status.
        large: Whether more has come than is kept.
    """

    started: float
    largest: int
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytearray = field(default_factory=bytearray)
    received: float = 0.0
    first: float = 0.0
    large: bool = False

    def begin(self, status: int, headers: tuple[tuple[str, str], ...], now: float) -> None:
        """Keep the head of the answer, which came at the Unix time *now*."""
        self.status, self.headers, self.received, self.first = status, headers, now, self._since()

    def take(self, chunk: bytes) -> bool:
        """Keep a part of the body; tell whether there is room for more."""
        self.body += chunk[: self.largest - len(self.body)]
        self.large = len(self.body) >= self.largest
        return not self.large

    def ended(self, how: Ended, why: str, *, sent: bool = True) -> Received:
        """Tell what has come, and how it ended.

        Args:
            how: How the receiving ended.
            why: What happened, in case that nothing has come.
            sent: Whether the request may have reached the server.
        """
        if not self.status:
            return NoAnswer(late=how is Ended.LATE, why=why, seconds=self._since(), sent=sent)
        return Answer(
            status=self.status,
            headers=self.headers,
            body=bytes(self.body),
            ended=how,
            received=self.received,
            first=self.first,
            seconds=self._since(),
        )

    def _since(self) -> float:
        return time.perf_counter() - self.started
