"""What the memory of a fake promises: the latest requests, within its bound."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from safelight import Violation
from safelight_mockserver import Entry, MemoryState

VIOLATION = Violation(rule="generate.n.maximum", parameter="n", value=11, message="n must be at most 10, got 11")


def entry(index: int, size: int | None, *, bad: bool = False) -> Entry:
    """Return the entry of a request with a body of *size* bytes."""
    return Entry(
        id=f"req_{index}",
        at=float(index),
        verb="POST",
        path="/v1/images/generations",
        body=None if size is None else b"x" * size,
        status=400 if bad else 200,
        violations=(VIOLATION,) if bad else (),
        seq=index + 1,
    )


@given(st.lists(st.tuples(st.none() | st.integers(0, 30_000), st.booleans())), st.integers(1, 100_000))
def test_it_holds_the_latest_requests_in_order_and_never_more_than_its_bound(
    sizes: list[tuple[int | None, bool]], bound: int
) -> None:
    """Bodies count in full, and more where violations hold on to their values."""
    entries = [entry(index, size, bad=bad) for index, (size, bad) in enumerate(sizes)]

    async def run() -> tuple[Entry, ...]:
        state = MemoryState(bound)
        for one in entries:
            await state.record(one)
        return await state.entries()

    kept = list(asyncio.run(run()))
    assert kept == entries[len(entries) - len(kept) :]
    assert sum(len(one.body or b"") for one in kept) <= bound


def test_it_holds_a_good_many_small_requests_and_forgets_them_when_told() -> None:
    """A thousand in a few megabytes."""

    async def run() -> tuple[int, int]:
        state = MemoryState(4 << 20)
        for index in range(1000):
            await state.record(entry(index, 100))
        before = len(await state.entries())
        await state.clear()
        return before, len(await state.entries())

    assert asyncio.run(run()) == (1000, 0)
