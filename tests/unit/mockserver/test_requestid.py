"""What request ids promise: one for each call, never twice, repeatable where a test needs it."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.requestid import request_ids


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_ids_differ_and_look_like_those_of_a_real_service(seed: int | None) -> None:
    """The prefix and 32 hexadecimal digits, no id twice."""
    ids = list(islice(request_ids(seed), 1000))
    assert len(set(ids)) == 1000
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", one) for one in ids)


@given(st.integers())
def test_a_seed_repeats_its_ids_in_order(seed: int) -> None:
    """Two servers with one seed stamp the same ids."""
    assert list(islice(request_ids(seed), 5)) == list(islice(request_ids(seed), 5))


def test_seeds_and_servers_without_a_seed_do_not_share_ids() -> None:
    """Different seeds differ, and so do two runs without one."""
    assert len({next(request_ids(seed)) for seed in (1, 2, None, None)}) == 4
