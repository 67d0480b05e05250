"""How fast requests are made: ``python -m tests.benchmarks.requests``.

Numbers, not verdicts: what is measured depends on the machine, so compare the ratios.  The natural form is what a
tester writes by hand for the first API: one dictionary with optional keys for each model, and its rules as filters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from statistics import median
from time import process_time
from typing import Any, TypeAlias

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from safelight.model import Operation, Spec
from safelight_testkit import bodies, cover, plan
from safelight_testkit.strategies import invalid, nearly, valid
from tests.strategies import SPEC_FILES, subject

Body: TypeAlias = dict[str, Any]

ROUNDS = 7
EXAMPLES = 300
BODIES = 20_000


def natural() -> st.SearchStrategy[Body]:
    """Valid bodies of the first API, as one would write them without a kit."""
    every = {"n": st.none() | st.integers(1, 10), "user": st.text(max_size=64)}
    gpt = every | {
        "background": st.sampled_from(["transparent", "opaque", "auto", None]),
        "moderation": st.sampled_from(["auto", "low", None]),
        "output_compression": st.none() | st.integers(0, 100),
        "output_format": st.sampled_from(["png", "webp", "jpeg", None]),
        "partial_images": st.none() | st.integers(0, 3),
        "quality": st.sampled_from(["low", "medium", "high", "auto", None]),
        "stream": st.none() | st.booleans(),
    }
    dall_e = every | {"response_format": st.sampled_from(["url", "b64_json", None])}
    listed = st.sampled_from(["1024x1024", "1024x1536", "1536x1024", "auto", None])
    free = st.tuples(st.integers(1, 256), st.integers(1, 256)).filter(
        lambda size: size[0] <= 3 * size[1] <= 9 * size[0]
    )
    sized = free.map(lambda size: f"{16 * size[0]}x{16 * size[1]}")
    models: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
        "gpt-image-2": (32_000, gpt | {"size": listed | sized}),
        "gpt-image-1.5": (32_000, gpt | {"size": listed}),
        "gpt-image-1": (32_000, gpt | {"size": listed}),
        "dall-e-3": (
            4000,
            dall_e
            | {
                "n": st.just(1),
                "quality": st.sampled_from(["standard", "hd", "auto", None]),
                "size": st.sampled_from(["1024x1024", "1792x1024", "1024x1792", None]),
                "style": st.sampled_from(["vivid", "natural", None]),
            },
        ),
        "dall-e-2": (
            1000,
            dall_e
            | {
                "quality": st.sampled_from(["standard", "auto", None]),
                "size": st.sampled_from(["256x256", "512x512", "1024x1024", None]),
            },
        ),
    }
    forms = [
        st.fixed_dictionaries(
            {"model": st.just(name), "prompt": st.text(min_size=1, max_size=longest)}, optional=optional
        )
        for name, (longest, optional) in models.items()
    ]
    return st.one_of(forms).filter(keeps_the_rules)


def keeps_the_rules(body: Body) -> bool:
    """The rules across parameters of the first API, by hand."""
    form = body.get("output_format") or "png"
    compression = body.get("output_compression")
    return not (
        (body.get("background") == "transparent" and form == "jpeg")
        or (compression is not None and compression < 100 and form == "png")
        or ((body.get("partial_images") or 0) > 0 and body.get("stream") is not True)
    )


def examples_a_second(strategy: st.SearchStrategy[Any], examples: int = EXAMPLES) -> float:
    """Draw from *strategy* as a test would, and tell how many examples that makes in a second of processor time."""
    seen = 0

    @settings(max_examples=examples, database=None, phases=[Phase.generate], deadline=None)
    @given(strategy)
    def draw(_: object) -> None:
        nonlocal seen
        seen += 1

    start = process_time()
    draw()
    return seen / (process_time() - start)


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
            rates[name].append(examples_a_second(strategy))
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
