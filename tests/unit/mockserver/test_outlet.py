"""The outlet of a connection: what is written arrives whole and in order, and a head does not travel alone."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.serving.outlet import Outlet

Done: TypeAlias = bytes | tuple[bytes, ...] | str

HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
LARGE = b"x" * (1 << 17)


class Sink(asyncio.Transport):
    """A transport that remembers what it is told to do."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[Done] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes."""
        self.done.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Take bytes from several places."""
        self.done.append(tuple(map(bytes, list_of_data)))

    def close(self) -> None:
        """Close."""
        self.done.append("close")

    def abort(self) -> None:
        """Abort."""
        self.done.append("abort")

    def get_write_buffer_size(self) -> int:
        """Hold nothing."""
        return 0


def after(*steps: Callable[[Outlet], None], has_more: Callable[[], bool] = bool) -> list[Done]:
    """Take *steps* in one go of a loop, let the loop go round once, and tell what reached the transport."""

    async def run() -> list[Done]:
        sink = Sink()
        outlet = Outlet(sink, asyncio.get_running_loop(), has_more)
        for step in steps:
            step(outlet)
        await asyncio.sleep(0)
        return sink.done

    return asyncio.run(run())


def write(data: bytes) -> Callable[[Outlet], None]:
    """The step of writing *data*."""
    return lambda outlet: outlet.write(data)


def test_a_head_leaves_with_the_first_of_its_body() -> None:
    """A small answer is one write, and one packet."""
    assert after(write(HEAD), write(b"{}")) == [HEAD + b"{}"]


def test_a_head_that_no_body_follows_at_once_does_not_wait_for_it() -> None:
    """A client of a stream knows that it was accepted while the first picture is being drawn."""
    assert after(write(HEAD)) == [HEAD]


def test_a_large_body_leaves_with_its_head_from_where_it_is() -> None:
    """Nothing of more than 64 KiB is copied to save a call."""
    assert after(write(HEAD), write(LARGE)) == [(HEAD, LARGE)]


def test_the_beginning_of_a_body_waits_for_the_rest_that_follows_at_once() -> None:
    """One call for a large answer whose first piece is small."""
    more = iter([True, False])

    assert after(write(HEAD), write(b"{"), write(LARGE), has_more=lambda: next(more)) == [(HEAD + b"{", LARGE)]


def test_the_beginning_of_a_body_does_not_wait_for_what_comes_later() -> None:
    """It leaves in the next moment."""
    assert after(write(HEAD), write(b"{"), has_more=lambda: True) == [HEAD + b"{"]


def test_closing_sends_what_is_held_first() -> None:
    """An answer without a body arrives although the connection ends with it."""
    assert after(write(HEAD), lambda outlet: outlet.close()) == [HEAD, "close"]


def test_aborting_sends_nothing_more() -> None:
    """Whoever aborts a connection wants no more of it."""
    assert after(write(HEAD), lambda outlet: outlet.abort()) == ["abort"]


@pytest.mark.parametrize("written", [(), (HEAD,)])
def test_what_is_held_counts_as_not_yet_sent(written: tuple[bytes, ...]) -> None:
    """Whoever waits until everything has left waits for the head, too."""
    sizes: list[int] = []
    after(*map(write, written), lambda outlet: sizes.append(outlet.get_write_buffer_size()))

    assert sizes == [sum(map(len, written))]


@given(
    st.lists(st.sampled_from([HEAD, b"{}", b"", b"x" * 40_000, LARGE, b"HTTP/1.1 in a body"]), max_size=8),
    st.booleans(),
)
def test_every_byte_arrives_once_and_in_order(parts: list[bytes], more: bool) -> None:
    """However an answer is written, and whatever its body begins with, the client gets it as it was meant."""
    done = after(*map(write, parts), has_more=lambda: more)
    arrived = [one if isinstance(one, bytes) else b"".join(one) for one in done if not isinstance(one, str)]

    assert b"".join(arrived) == b"".join(parts)
