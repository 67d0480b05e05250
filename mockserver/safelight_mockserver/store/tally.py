"""The tally: how many requests had which outcome, and how long they took, since the fake was started.

The log forgets its oldest entries and can be cleared; a monitoring system needs numbers that only rise.  So they are
counted when an answer has ended, in plain dictionaries: the library that writes them for Prometheus is imported when
somebody asks (see `metrics`).

Servers that share a state count in it, so that whichever of them is asked tells of all: there a count is a name and a
number (`counts`), and `Tally.of` makes a tally of them again.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from safelight_mockserver.store.entry import Entry

__all__ = ["BOUNDS", "Tally", "Timing", "counts"]

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""The upper bounds of the buckets of a histogram, in seconds: from an answer that was kept to a realistic latency."""


@dataclass(slots=True)
class Timing:
    """How long requests took.

    Attributes:
        buckets: How many fell below each of `BOUNDS` and not below the one before; the last took longer than all.
        seconds: How long they took together.
    """

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one request."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Tally:
    """Counts requests.  It may be used from several event loops.

    Attributes:
        requests: By operation, model and status.
        violations: By the id of the constraint.
        faults: By the kind of fault.
        images: Those that calls are billed for, by model.
        timings: By operation.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.violations: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.images: Counter[str] = Counter()
        self.timings: dict[str, Timing] = {}

    def add(self, entry: Entry) -> None:
        """Count a request whose answer has ended; the others are passed over."""
        if entry.end == "open":
            return
        operation, seconds = entry.operation, entry.milliseconds / 1000
        with self._lock:
            self.requests[operation, entry.model, entry.status] += 1
            for one in entry.violations:
                self.violations[one.rule] += 1
            if entry.fault:
                self.faults[entry.fault.partition(";")[0]] += 1
            if entry.images:
                self.images[entry.model] += entry.images
            timing = self.timings.get(operation)
            if timing is None:
                timing = self.timings[operation] = Timing()
            timing.add(seconds)

    @classmethod
    def of(cls, counted: Mapping[str, float]) -> Tally:
        """Make a tally of what `counts` has yielded, added up by name."""
        tally = cls()
        for text, amount in counted.items():
            match json.loads(text):
                case ["request", str(operation), str(model), int(status)]:
                    tally.requests[operation, model, status] = int(amount)
                case ["violation", str(rule)]:
                    tally.violations[rule] = int(amount)
                case ["fault", str(kind)]:
                    tally.faults[kind] = int(amount)
                case ["images", str(model)]:
                    tally.images[model] = int(amount)
                case ["bucket", str(operation), int(place)]:
                    tally.timings.setdefault(operation, Timing()).buckets[place] = int(amount)
                case ["seconds", str(operation)]:
                    tally.timings.setdefault(operation, Timing()).seconds = amount
                case _:
                    raise ValueError(f"nothing is counted as {text}")
        return tally


def counts(entry: Entry) -> Iterator[tuple[str, float]]:
    """Yield what a request counts for once its answer has ended: names, each with how often."""
    if entry.end == "open":
        return
    seconds = entry.milliseconds / 1000
    yield _name("request", entry.operation, entry.model, entry.status), 1
    for one in entry.violations:
        yield _name("violation", one.rule), 1
    if entry.fault:
        yield _name("fault", entry.fault.partition(";")[0]), 1
    if entry.images:
        yield _name("images", entry.model), entry.images
    yield _name("bucket", entry.operation, bisect_left(BOUNDS, seconds)), 1
    yield _name("seconds", entry.operation), seconds


def _name(*parts: str | int) -> str:
    return json.dumps(parts)
