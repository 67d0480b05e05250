"""When to send a request again, and after how long.

Politeness: what the server asks for comes before what this module would choose, attempts are few, and a server that
asks one request to wait makes all of them wait.  Money: a request that is answered with images may have been billed
even if the answer was lost, so on a paid host it is repeated only where it surely was not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from safelight_testkit.judging.verdict import Answer, Ended, NoAnswer, Received

__all__ = ["Retries"]

_LIMITED: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Retries:
    """How requests are repeated.

    Attributes:
        most: How often one is sent at most.
        longest: The longest wait that a server may ask for, in seconds; who asks for more gets no other attempt.
        first: Seconds before the second attempt where the server asks for none; each further wait is twice as long.
    """

    most: int = 4
    longest: float = 60.0
    first: float = 0.5

    def pause(self, received: Received, tries: int, *, costs: bool) -> float | None:
        """Tell how many seconds to wait before the next attempt; None where there should be none.

        Args:
            received: What came of the last attempt.
            tries: How many there were.
            costs: Whether the request costs money when it is answered as the spec says.
        """
        if tries >= self.most or not self._failed(received, costs=costs):
            return None
        asked = _asked(received)
        if asked is None:
            return min(self.first * float(1 << (tries - 1)), self.longest)
        return asked if asked <= self.longest else None

    def _failed(self, received: Received, *, costs: bool) -> bool:
        match received:
            case NoAnswer(sent=sent, late=late):
                return not sent or not (costs or late)
            case Answer(status=status, ended=ended):
                if status in _LIMITED:
                    return True
                return not costs and (status >= 500 or ended is Ended.CUT)


def _asked(received: Received) -> float | None:
    """The seconds that a server asks to wait, by ``retry-after-ms`` or ``retry-after``."""
    if isinstance(received, NoAnswer):
        return None
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = received.header(name)
        if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 12:
            return float(text) * unit
    return None
