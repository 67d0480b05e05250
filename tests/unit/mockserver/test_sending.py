"""How an answer goes out whole: all of it, in order, and in few pieces."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from itertools import pairwise
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.calls.delivery import send_whole

LARGE: Final = b"x" * 70_000
PIECES: Final = st.lists(st.sampled_from([b"", b"a", b"bc" * 1000, b"d" * 40_000, LARGE]), min_size=1, max_size=8)


def sent(pieces: list[bytes]) -> list[MutableMapping[str, Any]]:
    """What is sent after the head."""
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    asyncio.run(send_whole(send, 200, [(b"x-a", b"1")], pieces, sum(map(len, pieces))))
    head, *body = messages
    assert head == {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]}
    return body


@given(PIECES)
def test_all_of_an_answer_goes_out_in_order_and_ends_once(pieces: list[bytes]) -> None:
    """However it is cut."""
    body = sent(pieces)

    assert b"".join(one["body"] for one in body) == b"".join(pieces)
    assert [one["more_body"] for one in body] == [True] * (len(body) - 1) + [False]


@given(PIECES)
def test_small_pieces_travel_together(pieces: list[bytes]) -> None:
    """No two that follow each other would have fitted into one."""
    sizes = [len(one["body"]) for one in sent(pieces)]

    assert all(one + other > 1 << 16 for one, other in pairwise(sizes))


def test_a_large_piece_is_not_copied() -> None:
    """An answer of megabytes is sent from where it is kept."""
    body = sent([b'{"created":', b"1800000000", LARGE])

    assert [len(one["body"]) for one in body] == [21, 70_000]
    assert body[1]["body"] is LARGE
