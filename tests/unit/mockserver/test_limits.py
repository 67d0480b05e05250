"""The limits of a server: what cannot work is refused when it is said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from safelight_mockserver import Entry, Limits, MemoryState


@pytest.mark.parametrize("name", ["head_bytes", "headers", "seconds", "connections", "grace"])
def test_a_limit_that_leaves_nothing_is_refused(name: str) -> None:
    """By its name."""
    with pytest.raises(ValueError, match=f"{name} must be more than 0, got 0"):
        replace(Limits(), **{name: 0})


@pytest.mark.parametrize("name", ["path", "note", "test"])
def test_the_log_is_bounded_whatever_requests_fill_it_with(name: str) -> None:
    """Long texts of every kind count."""
    state = MemoryState(100_000)

    async def fill() -> int:
        plain = Entry(id="", at=0.0, verb="GET", path="/", body=b"", status=404, violations=())
        for number in range(50):
            await state.record(plain._replace(id=str(number), **cast("Any", {name: "x" * 10_000})))
        return len(await state.entries())

    assert asyncio.run(fill()) < 10
