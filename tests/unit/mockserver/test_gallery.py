"""What the gallery promises: pictures drawn once, kept within bounds, whoever waits and whoever leaves."""

from __future__ import annotations

import asyncio
import base64
import threading

import pytest

from safelight_mockserver.answers.wire import Block
from safelight_mockserver.calls.gallery import Gallery
from safelight_mockserver.pictures.picture import Picture
from safelight_mockserver.pictures.renderer import BUILT_IN

PICTURES = [Picture(16, 16, index=index) for index in range(10)]


class Artist:
    """Draws ten bytes for each picture, when it is let."""

    def __init__(self) -> None:
        self.drawn: list[Picture] = []
        self.may_draw = threading.Event()
        self.may_draw.set()

    def draw(self, picture: Picture) -> bytes:
        """Draw *picture*."""
        assert self.may_draw.wait(60)
        self.drawn.append(picture)
        return b"picture %02d" % picture.index


def test_a_picture_is_drawn_for_the_first_who_wants_it() -> None:
    """A real file, which is kept."""
    gallery = Gallery(1 << 20)
    assert gallery.kept(PICTURES[0]) is None
    data = asyncio.run(gallery.file(PICTURES[0]))
    assert data == BUILT_IN["picture"](PICTURES[0]) == gallery.kept(PICTURES[0])


def test_a_stretch_of_text_is_put_together_once_with_the_pictures_that_belong_into_it() -> None:
    """In base64, each where it belongs; a picture that comes twice is drawn once."""
    artist = Artist()
    gallery = Gallery(1 << 20, artist.draw)
    block = Block((b"<", PICTURES[0], b"|", PICTURES[1], b"|", PICTURES[0], b">"))
    assert gallery.kept(block) is None
    text = asyncio.run(gallery.block(block))
    codes = [base64.b64encode(b"picture %02d" % index).decode() for index in (0, 1, 0)]
    assert text.decode() == f"<{codes[0]}|{codes[1]}|{codes[2]}>"
    assert asyncio.run(gallery.block(block)) is gallery.kept(block) is text
    assert sorted(picture.index for picture in artist.drawn) == [0, 1]


class Hasty(Gallery):
    """A gallery in which nobody sees what is kept, as if all had looked a moment too early."""

    def kept(self, work: Picture | Block) -> bytes | None:
        """Find nothing."""


def test_what_is_made_twice_counts_once() -> None:
    """It takes the room of one: two others fit beside it."""
    gallery = Hasty(3 * (1024 + 10), Artist().draw)
    for picture in (PICTURES[0], *PICTURES[:3]):
        asyncio.run(gallery.file(picture))
    assert all(Gallery.kept(gallery, picture) for picture in PICTURES[:3])


def test_a_picture_that_many_want_at_once_is_drawn_once() -> None:
    """From several event loops, too."""
    artist = Artist()
    artist.may_draw.clear()
    gallery = Gallery(1 << 20, artist.draw)
    got: list[list[bytes]] = []

    async def want() -> None:
        waiting = [asyncio.create_task(gallery.file(PICTURES[0])) for _ in range(20)]
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.01, artist.may_draw.set)
        got.append(await asyncio.gather(*waiting))

    threads = [threading.Thread(target=asyncio.run, args=(want(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [[b"picture 00"] * 20] * 3
    assert artist.drawn == [PICTURES[0]]


def test_whoever_stops_waiting_does_not_stop_the_others() -> None:
    """One task is cancelled; the other gets the picture."""
    artist = Artist()
    artist.may_draw.clear()
    gallery = Gallery(1 << 20, artist.draw)

    async def run() -> bytes:
        leaving, staying = (asyncio.create_task(gallery.file(PICTURES[0])) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        artist.may_draw.set()
        return await staying

    assert asyncio.run(run()) == b"picture 00"


def test_a_loop_that_is_gone_before_the_picture_is_drawn_disturbs_nobody() -> None:
    """The drawing ends, and the picture is there for the next."""
    artist = Artist()
    artist.may_draw.clear()
    gallery = Gallery(1 << 20, artist.draw)

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(gallery.file(PICTURES[0]), 0)

    asyncio.run(leave())
    artist.may_draw.set()
    assert asyncio.run(gallery.file(PICTURES[0])) == b"picture 00"


def test_what_was_not_wanted_the_longest_makes_room_for_the_new() -> None:
    """Three small pictures fit where each takes a kilobyte, whatever it holds, and its ten bytes."""
    gallery = Gallery(3 * (1024 + 10), Artist().draw)

    async def run() -> None:
        for picture in (*PICTURES[:3], PICTURES[0], PICTURES[3]):
            await gallery.file(picture)

    asyncio.run(run())
    assert [gallery.kept(picture) is not None for picture in PICTURES[:4]] == [True, False, True, True]


def test_pictures_of_a_few_bytes_do_not_fill_the_memory_by_their_number() -> None:
    """What tells of a picture is larger than the smallest files: a million of them would hold a gigabyte."""
    gallery = Gallery(10 << 10, Artist().draw)
    asyncio.run(asyncio.wait_for(_all(gallery), 60))
    assert sum(gallery.kept(picture) is not None for picture in PICTURES) < 10


async def _all(gallery: Gallery) -> None:
    for picture in PICTURES:
        await gallery.file(picture)


def test_a_picture_larger_than_all_the_room_is_drawn_and_not_kept() -> None:
    """Nor does it drive an error."""
    artist = Artist()
    gallery = Gallery(9, artist.draw)
    assert [asyncio.run(gallery.file(PICTURES[0])) for _ in range(2)] == [b"picture 00"] * 2
    assert len(artist.drawn) == 2


def test_a_picture_that_cannot_be_drawn_is_an_error_for_each_who_wants_it() -> None:
    """And is tried anew for the next."""
    attempts: list[Picture] = []

    def fail(picture: Picture) -> bytes:
        attempts.append(picture)
        raise ValueError("no ink")

    gallery = Gallery(1 << 20, fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="no ink"):
            asyncio.run(gallery.file(PICTURES[0]))
    assert len(attempts) == 2
