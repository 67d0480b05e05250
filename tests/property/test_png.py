"""Looking over PNG files: what is told of one without its pixels is what its pixels show."""

from __future__ import annotations

import zlib
from io import BytesIO
from struct import pack
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from safelight_testkit.judging.images import Images, Sight, Unreadable
from safelight_testkit.judging.png import transparency


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk as the specification has it."""
    return pack(">I", len(content)) + name + content + pack(">I", zlib.crc32(name + content))


def drawn(mode: str, **how: Any) -> bytes:  # noqa: ANN401 - options of Pillow's writer
    """A PNG file with something on it, its image in several chunks."""
    waves = [Image.effect_mandelbrot((37, 29), (-2.0, -1.5, edge, 1.5), 60) for edge in (1.0, 0.5, 0.0, -0.5)]
    image = Image.merge(mode, waves[: len(mode)]) if mode not in {"1", "P", "I;16"} else waves[0].convert(mode)
    corner = how.pop("corner", 0)
    if "A" in mode:
        image.putpixel((0, 0), (1,) * (len(mode) - 1) + (corner,))
    file, text = BytesIO(), PngImagePlugin.PngInfo()
    text.add_itxt("Description", "a fox")
    image.save(file, "PNG", pnginfo=text, **how)
    data = file.getvalue()
    start = data.index(b"IDAT") - 4
    stream = data[start + 8 : -16]
    return data[:start] + b"".join(chunk(b"IDAT", part) for part in (stream[:50], b"", stream[50:])) + data[-12:]


WHOLE: dict[str, tuple[bytes, bool]] = {
    "grey": (drawn("L"), False),
    "colors": (drawn("RGB"), False),
    "grey with alpha": (drawn("LA"), True),
    "colors with alpha": (drawn("RGBA", corner=254), True),
}
OTHERS: dict[str, bytes] = {
    "one bit": drawn("1"),
    "a palette": drawn("P"),
    "a transparent color": drawn("RGB", transparency=(0, 0, 0)),
    "sixteen bits": drawn("I;16"),
    "an opaque first pixel": drawn("RGBA", corner=255),
    "an animation": drawn("RGB", save_all=True, append_images=[Image.new("RGB", (37, 29))]),
    "a text after the image": drawn("RGB")[:-12] + chunk(b"tEXt", b"a\0fox") + drawn("RGB")[-12:],
    "another format": b"GIF89a",
    "nothing": b"",
}


@pytest.mark.parametrize(("data", "expected"), WHOLE.values(), ids=WHOLE)
def test_a_whole_file_is_told_of_without_its_pixels(data: bytes, expected: bool) -> None:
    """Whatever chunks its image comes in, and whatever stands behind its end."""
    assert transparency(data) is expected
    assert transparency(data + b"behind the end") is expected
    agrees(data + b"behind the end")


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_of_a_rarer_kind_of_file_nothing_is_told(data: bytes) -> None:
    """A decoder looks into it."""
    assert transparency(data) is None


def rows(width: int, height: int, stream: bytes) -> bytes:
    """An RGB file of a given size with a given stream."""
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", stream) + chunk(b"IEND", b"")


ROW = b"\4" + b"fox"
STREAMS: dict[str, bytes] = {
    "a row too few": rows(1, 3, zlib.compress(ROW * 2)),
    "a row too many": rows(1, 3, zlib.compress(ROW * 4)),
    "a filter that there is not": rows(1, 3, zlib.compress(ROW * 2 + b"\5fox")),
    "no checksum of the stream": rows(1, 3, zlib.compress(ROW * 3)[:-4]),
    "another checksum of the stream": rows(1, 3, zlib.compress(ROW * 3)[:-1] + b"\0"),
    "something behind the stream": rows(1, 3, zlib.compress(ROW * 3) + b"\0"),
    "no rows": rows(1, 0, zlib.compress(b"")),
    "no stream": rows(1, 3, b""),
}


def test_a_stream_of_the_right_length_is_right() -> None:
    """This is the file that the next test spoils."""
    assert transparency(rows(1, 3, zlib.compress(ROW * 3))) is False


@pytest.mark.parametrize("data", STREAMS.values(), ids=STREAMS)
def test_of_a_file_whose_stream_is_not_right_nothing_is_told(data: bytes) -> None:
    """Even where all chunks have the right checksums."""
    assert transparency(data) is None


def test_a_file_that_holds_more_than_it_says_takes_no_memory_for_it() -> None:
    """A small file can be made to unpack to gigabytes; it is left at the first piece."""
    assert transparency(rows(1, 1, zlib.compress(bytes(1 << 26)))) is None


@given(st.sampled_from([data for data, _ in WHOLE.values()]), st.data())
def test_of_a_damaged_file_nothing_is_told_that_its_pixels_do_not_show(file: bytes, data: st.DataObject) -> None:
    """Cut anywhere, with bytes changed, chunks left out or twice: a decoder agrees, or it is asked."""
    parts = [file[:33], *pieces(file)]
    kept = data.draw(st.lists(st.sampled_from(range(len(parts))), max_size=9) | st.just([*range(len(parts))]))
    damaged = bytearray(b"".join(parts[place] for place in kept))
    del damaged[data.draw(st.integers(0, len(damaged)) | st.just(len(damaged)), label="length") :]
    if damaged:
        changes = st.dictionaries(st.integers(0, len(damaged) - 1), st.integers(0, 255), max_size=3)
        for place, value in data.draw(changes, label="changes").items():
            damaged[place] = value

    agrees(bytes(damaged))


@given(st.binary(max_size=40), st.integers(1, 4), st.integers(1, 4), st.booleans())
@example(b"\0fox\1fox", 1, 2, False)
def test_of_a_stream_of_any_bytes_nothing_is_told_that_its_pixels_do_not_show(
    stream: bytes,
    width: int,
    height: int,
    ends: bool,
) -> None:
    """Filters that there are not, and rows too few or too many, under checksums that are right."""
    compressed = zlib.compress(stream)
    agrees(rows(width, height, compressed if ends else compressed[:-5]))


def pieces(file: bytes) -> list[bytes]:
    """The chunks behind the header."""
    found: list[bytes] = []
    place = 33
    while place < len(file):
        end = place + 12 + int.from_bytes(file[place : place + 4])
        found.append(file[place:end])
        place = end
    return found


def agrees(data: bytes) -> None:
    """What is told of a file is what a decoder sees, and what a decoder refuses is refused."""
    told = transparency(data)
    try:
        image = Image.open(BytesIO(data))
        image.load()
        shown = "A" in image.getbands() and image.getchannel("A").getextrema()[0] != 255
    except Exception:  # noqa: BLE001 - a decoder raises whatever it likes
        assert told is None
        assert isinstance(Images().look(data), Unreadable)
        return
    if told is not None:
        assert Images().look(data) == Sight("png", *image.size, transparent=shown)
        assert told is shown
