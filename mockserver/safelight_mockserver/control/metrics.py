"""The metrics: the tally of a fake in the text format of Prometheus.

Labels are names of the spec and of the fault grammar alone: no key, no prompt and no path of a client's own gets into a
monitoring system, and the number of series is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from safelight_mockserver.store.tally import BOUNDS, Tally

if TYPE_CHECKING:
    from safelight_mockserver.app import Fake

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics(Collector):
    """Writes the metrics of one fake; each has a registry of its own.

    Args:
        fake: Whose spec and clock are told.
        tally: What was counted.
    """

    def __init__(self, fake: Fake, tally: Tally) -> None:
        self._fake = fake
        self._tally = tally
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """Return all metrics in the text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics, as the library asks for them."""
        tally = self._tally
        requests = CounterMetricFamily(
            "safelight_requests", "Requests answered.", labels=["operation", "model", "status"]
        )
        for (operation, model, status), count in sorted(tally.requests.items()):
            requests.add_metric([operation, model, str(status)], count)
        yield requests
        yield _counted("safelight_violations", "Broken constraints.", "rule", tally.violations)
        yield _counted("safelight_faults", "Faults played.", "kind", tally.faults)
        yield _counted("safelight_images", "Images billed.", "model", tally.images)
        seconds = HistogramMetricFamily(
            "safelight_request_seconds", "From the arrival of a request to the end of its answer.", labels=["operation"]
        )
        for operation, timing in sorted(tally.timings.items()):
            sums = accumulate(timing.buckets)
            names = [*(str(bound) for bound in BOUNDS), "+Inf"]
            seconds.add_metric([operation], list(zip(names, sums, strict=True)), timing.seconds)
        yield seconds
        spec = self._fake.source.current()
        told = GaugeMetricFamily(
            "safelight_spec_info", "The spec that is served.", labels=["name", "revised", "digest"]
        )
        told.add_metric([spec.name, spec.revised.isoformat(), spec.digest], 1)
        yield told
        stale = GaugeMetricFamily("safelight_spec_stale", "1 while the spec file is broken and an older one is served.")
        stale.add_metric([], 0 if self._fake.source.problem is None else 1)
        yield stale
        clock = GaugeMetricFamily("safelight_clock_seconds", "Unix time by the clock of the fake.")
        clock.add_metric([], self._fake.clock.now())
        yield clock


def _counted(name: str, doc: str, label: str, counts: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, doc, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family
