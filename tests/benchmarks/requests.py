"""How fast requests are made: ``python -m tests.benchmarks.requests``.

Numbers, not verdicts: what is measured depends on the machine, so compare the ratios.  The natural form is that of
`tests.benchmarks.strategies`, which measures valid bodies more closely.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from statistics import median
from time import process_time

from safelight.model import Operation, Spec
from safelight_testkit import bodies, cover, plan
from safelight_testkit.strategies import invalid, nearly, valid
from tests.benchmarks.strategies import EXAMPLES, drawing, natural
from tests.strategies import SPEC_FILES, subject

ROUNDS = 7
BODIES = 20_000


def seconds(work: Callable[[], object]) -> float:
    """The processor time that *work* takes."""
    start = process_time()
    work()
    return process_time() - start


def measure(spec: Spec, operation: Operation) -> list[str]:
    """Measure everything about one operation, in rounds, so that a busy moment spoils no comparison."""
    made = plan(spec, operation)
    found = cover(spec, operation)
    stream = bodies(spec, operation)
    forms = {
        "natural": natural(),
        "valid": valid(spec, operation),
        "invalid": invalid(spec, operation, plan=made),
        "nearly": nearly(spec, operation, plan=made),
    }
    rates: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(ROUNDS):
        for name, strategy in forms.items():
            rates[name].append(EXAMPLES / seconds(drawing(strategy)))
    plan_time = median(seconds(lambda: plan(spec, operation)) for _ in range(ROUNDS))
    cover_time = median(seconds(lambda: cover(spec, operation)) for _ in range(ROUNDS))
    body_time = median(seconds(lambda: list(islice(stream, BODIES))) for _ in range(ROUNDS))
    lines = [
        f"{len(made.cases)} cases in {plan_time * 1000:.0f} ms",
        f"{len(found.requests)} requests cover {found.coverage.share:.0%} of them, in {cover_time * 1000:.0f} ms",
        f"{BODIES / body_time:,.0f} valid bodies a second without Hypothesis",
    ]
    for name, rate in rates.items():
        ratio = median(mine / base for mine, base in zip(rate, rates["natural"], strict=True))
        lines.append(f"{median(rate):,.0f} {name} examples a second, {ratio:.1f} of the natural form")
    return lines


def main() -> None:
    """Measure the first API."""
    first = subject(SPEC_FILES[0])
    sys.stdout.write("".join(f"{line}\n" for line in measure(first.spec, first.operation)))


if __name__ == "__main__":
    main()
