"""What the memory of a fake promises: the latest requests, within its bound."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from safelight import Violation
from safelight_mockserver import Entry, MemoryState, order

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


def test_requests_of_one_id_are_one_and_count_once() -> None:
    """Whoever records them: the bound holds, and nothing is lost track of."""

    async def run() -> list[str]:
        state = MemoryState(20_000)
        for index in range(100):
            await state.record(entry(index // 3, 1000))
        await state.clear()
        for index in range(5):
            await state.record(entry(index, 1000))
        return [one.id for one in await state.entries()]

    assert asyncio.run(run()) == [f"req_{index}" for index in range(5)]


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


def test_an_amended_entry_takes_the_place_of_the_one_it_was_and_is_news() -> None:
    """Whoever follows the log by its numbers sees it again; one that was forgotten stays so."""

    async def run() -> tuple[tuple[Entry, ...], ...]:
        state = MemoryState(1 << 20)
        for index in range(3):
            await state.record(entry(index, 10))
        await state.amend(entry(1, 10)._replace(end="cut"))
        await state.amend(entry(9, 10))
        return await state.entries(), await state.entries(after=3), await state.entries(limit=2)

    kept, news, newest = asyncio.run(run())
    assert [(one.id, one.seq, one.end) for one in kept] == [
        ("req_0", 1, "complete"),
        ("req_1", 4, "cut"),
        ("req_2", 3, "complete"),
    ]
    assert [one.id for one in news] == ["req_1"]
    assert [one.id for one in newest] == ["req_1", "req_2"]


def test_counting_is_exact_whoever_counts() -> None:
    """From any number of threads, each number is given once."""
    state = MemoryState(1000)

    def count(_: int) -> int:
        return asyncio.run(state.count("a"))

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(count, range(200)))
    assert sorted(numbers) == list(range(1, 201))


def test_an_order_that_is_given_again_counts_anew() -> None:
    """And one that is taken back is gone, with its count."""

    async def run() -> list[int]:
        state = MemoryState(1000)
        fault = order("reset", id="a")
        found: list[int] = []
        for step in (lambda: state.put_fault(fault), lambda: state.put_fault(fault), lambda: state.remove_fault("a")):
            await step()
            found += [await state.count(fault.counter), await state.count(fault.counter)]
        assert (await state.board()).faults == ()
        assert not await state.remove_fault("a")
        return found

    assert asyncio.run(run()) == [1, 2, 1, 2, 1, 2]


def test_orders_of_one_test_can_be_taken_back_together() -> None:
    """Those of others stand."""

    async def run() -> list[str]:
        state = MemoryState(1000)
        for id_, test in (("a", "one"), ("b", "two"), ("c", None)):
            await state.put_fault(order("reset", id=id_, when={"test": test} if test else {}))
        await state.clear_faults("one")
        return [one.id for one in (await state.board()).faults]

    assert asyncio.run(run()) == ["b", "c"]
