"""A trial in hand: between the moment it is taken up and the moment its result is told.

It is what a run that is stopped knows of requests that are under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safelight_testkit.contract.trial import Trial
from safelight_testkit.judging.reading import Reading
from safelight_testkit.judging.verdict import Answer, Received

__all__ = ["Exchange", "InHand"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of sending a trial.

    Attributes:
        received: The last answer, or why there was none.
        reading: What it says.
        fetched: What its links led to.
    """

    received: Received
    reading: Reading
    fetched: Mapping[str, Received]


@dataclass(slots=True)
class InHand:
    """A trial that is being sent or judged.

    Attributes:
        trial: The trial.
        tries: How often it was sent so far.
        exchange: What came of it; None as long as nothing has, or where it was not sent.
    """

    trial: Trial
    tries: int = 0
    exchange: Exchange | None = None

    @property
    def usd(self) -> float:
        """What it is estimated to have cost: nothing where it was refused; where no answer came, what the spec says."""
        trial = self.trial
        if self.exchange is None:
            return (trial.usd or 0.0) if self.tries else 0.0
        received = self.exchange.received
        accepted = isinstance(received, Answer) and 200 <= received.status < 300
        return (trial.risk or 0.0) if accepted else 0.0
