"""Looking into images, and the small copies that reports show."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from safelight_testkit.contract.thumbnails import thumbnails
from safelight_testkit.judging.images import LARGEST, Images, Sight, Unreadable


def file(mode: str, size: tuple[int, int], file_format: str, color: int | tuple[int, ...] = 0) -> bytes:
    """An image file of one color."""
    data = BytesIO()
    Image.new(mode, size, color).save(data, file_format)
    return data.getvalue()


SEEN: dict[str, tuple[bytes, Sight]] = {
    "png": (file("RGB", (3, 4), "PNG"), Sight("png", 3, 4, transparent=False)),
    "jpeg": (file("RGB", (30, 40), "JPEG"), Sight("jpeg", 30, 40, transparent=False)),
    "webp": (file("RGB", (5, 6), "WEBP"), Sight("webp", 5, 6, transparent=False)),
    "gif": (file("P", (7, 8), "GIF"), Sight("gif", 7, 8, transparent=False)),
    "alpha that hides nothing": (
        file("RGBA", (3, 3), "PNG", (1, 2, 3, 255)),
        Sight("png", 3, 3, transparent=False),
    ),
    "alpha": (file("RGBA", (3, 3), "PNG", (1, 2, 3, 0)), Sight("png", 3, 3, transparent=True)),
    "half of it": (file("LA", (3, 3), "PNG", (1, 128)), Sight("png", 3, 3, transparent=True)),
}


@pytest.mark.parametrize(("data", "sight"), SEEN.values(), ids=SEEN)
def test_format_size_and_transparency_are_seen(data: bytes, sight: Sight) -> None:
    """By decoding, not by the name; the same file is looked into once."""
    images = Images()

    assert images.look(data) == sight
    assert images.look(data) is images.look(bytes(data))


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "text": b"a fox",
    "a signature": b"\x89PNG\r\n\x1a\n",
    **{f"a {name} without its end": SEEN[name][0][:-1] for name in ("png", "jpeg", "webp")},
    **{f"half a {name}": SEEN[name][0][: len(SEEN[name][0]) // 2] for name in ("png", "jpeg", "webp", "gif")},
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_image_is_told_and_not_raised(data: bytes) -> None:
    """Whatever bytes a server sends."""
    assert isinstance(Images().look(data), Unreadable)


def test_an_image_that_would_fill_the_memory_is_not_decoded() -> None:
    """Its size is told from its header; what is in it is not known."""
    side = 8100
    data = file("1", (side, side), "PNG")

    assert side * side > LARGEST
    assert Images().look(data) == Sight("png", side, side, transparent=None)
    assert thumbnails([("data[0]", data)]) == ()


def test_what_was_seen_is_forgotten_in_time() -> None:
    """A long run does not fill the memory either."""
    images = Images()
    for number in range(1100):
        images.look(b"%d" % number)
    seen = images.look(b"1099")

    assert images.look(b"1099") is seen


def test_small_copies_are_small_and_keep_their_transparency() -> None:
    """A report can be mailed."""
    wide, clear = file("RGB", (1000, 500), "PNG"), file("RGBA", (300, 300), "WEBP", (0, 0, 0, 0))

    first, second = thumbnails([("data[0]", wide), ("data[1]", clear), ("data[2]", b"a fox")])

    assert (first.where, first.width, first.height, first.media_type) == ("data[0]", 1000, 500, "image/jpeg")
    assert Image.open(BytesIO(base64.b64decode(first.data))).size == (128, 64)
    assert second.media_type == "image/png"
    assert len(first.data) < 10_000


def test_a_file_that_was_begun_is_decoded_by_whoever_finishes_it() -> None:
    """Threads do the long part; what was seen is known then, and what cannot be opened is known at once."""
    images, data = Images(), SEEN["webp"][0]

    decode = images.begin(data)
    assert decode is not None
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(decode), pool.submit(decode)]:
            done.result()

    assert images.begin(data) is None
    assert images.look(data) == SEEN["webp"][1]
    assert images.begin(b"a fox") is None
    assert isinstance(images.look(b"a fox"), Unreadable)


def photo(**how: Any) -> bytes:  # noqa: ANN401 - options of Pillow's writer
    """A JPEG file with something on it."""
    data = BytesIO()
    Image.effect_mandelbrot((61, 47), (-2.0, -1.5, 1.0, 1.5), 100).convert("RGB").save(data, "JPEG", **how)
    return data.getvalue()


PHOTOS = (
    photo(),
    photo(progressive=True),
    photo(quality=95, subsampling=0, optimize=True),
    photo(restart_marker_rows=1),
)


@given(st.sampled_from(PHOTOS), st.data())
def test_a_jpeg_file_is_read_as_critically_as_by_whoever_needs_its_pixels(file: bytes, data: st.DataObject) -> None:
    """Pixels that nobody looks at are not made, and cut or damaged files are refused exactly as if they were."""
    damaged = bytearray(file[: data.draw(st.integers(1, len(file)), label="length")])
    for place, value in data.draw(
        st.dictionaries(st.integers(0, len(damaged) - 1), st.integers(0, 255), max_size=4), label="damage"
    ).items():
        damaged[place] = value

    seen = Images().look(bytes(damaged))

    try:
        Image.open(BytesIO(damaged)).load()
    except Exception:  # noqa: BLE001 - a decoder raises whatever it likes
        assert isinstance(seen, Unreadable)
    else:
        assert isinstance(seen, Sight) or "its end is missing" in seen.why
