"""How fast Hypothesis gets valid bodies: ``python -m tests.benchmarks.strategies``.

Two ways to the same bodies take turns: `safelight_testkit.strategies.valid`, which builds them from few draws, and what
a tester writes by hand for the first API, one dictionary with optional keys for each model and its rules as filters.
Hypothesis' health checks are on for both.

`measured` is what other benchmarks call: seconds for so many examples, by side and round.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from statistics import median, quantiles
from typing import Any, Final, TypeAlias

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from safelight_testkit.strategies import valid
from tests.benchmarks.measure import Rounds, Work, divided, interleave
from tests.strategies import SPEC_FILES, subject

__all__ = ["EXAMPLES", "NATURAL", "OURS", "drawing", "measured", "natural", "sides"]

Body: TypeAlias = dict[str, Any]

OURS: Final = "by construction"
NATURAL: Final = "natural form"
ROUNDS: Final = 9
EXAMPLES: Final = 300


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


def drawing(strategy: st.SearchStrategy[Any], examples: int = EXAMPLES) -> Work:
    """The work of drawing so many examples as a test would, with all health checks on.

    Raises:
        AssertionError: When it is done: Hypothesis gave up before it had so many.
    """

    def work() -> None:
        seen = 0

        @settings(max_examples=examples, database=None, phases=[Phase.generate], deadline=None)
        @given(strategy)
        def draw(_: object) -> None:
            nonlocal seen
            seen += 1

        draw()
        if seen != examples:
            raise AssertionError(f"Hypothesis drew {seen} examples of {examples}")

    return work


def sides() -> Mapping[str, st.SearchStrategy[Any]]:
    """What is compared, by name."""
    first = subject(SPEC_FILES[0])
    return {OURS: valid(first.spec, first.operation), NATURAL: natural()}


def measured(rounds: int = ROUNDS, examples: int = EXAMPLES) -> Rounds:
    """Measure every side in turns.

    Args:
        rounds: How many rounds count.
        examples: How many examples a side draws in a round.

    Returns:
        By side: the processor time that *examples* took in each round, in seconds.
    """
    return interleave({name: drawing(strategy, examples) for name, strategy in sides().items()}, rounds, repeat=False)


def main() -> None:
    """Measure, and print rates, their ratio and its quartiles."""
    found = measured()
    ratios = divided(found[NATURAL], found[OURS])
    low, _, high = quantiles(ratios, n=4)
    for name, times in found.items():
        sys.stdout.write(f"{EXAMPLES / median(times):,.0f} examples a second, {name}\n")
    sys.stdout.write(f"{median(ratios):.2f} times as many ({low:.2f} to {high:.2f}), {ROUNDS} rounds of {EXAMPLES}\n")


if __name__ == "__main__":
    main()
