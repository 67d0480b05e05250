"""Looking over PNG files without making their pixels: whether all of a file is there, and whether it is transparent.

What shows that a file is broken is its checksums and its stream: a third and more of decoding it is undoing filters and
laying out pixels that nobody looks at.  Looked over here is only what nearly every file is: eight bits a channel, no
palette, not interlaced, not animated (PNG, third edition, W3C 2025: chunks in section 5, filters in 9, the stream in
10).  Of anything else, and of any file that is not right in every byte, nothing is told: a decoder has to say what it
is, or what is wrong with it.

zlib-ng inflates the fake's pictures twenty times as fast as the zlib that Pillow and most Pythons are run with.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct, error
from typing import Final, Protocol, cast

from zlib_ng import zlib_ng

__all__ = ["transparency"]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LENGTH: Final = Struct(">I")
_HEADER: Final = Struct(">IIBBBBB")
_CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}
"""How many channels a color type has: grey, RGB, and each of them with alpha."""

_ALPHA: Final = 4
"""The bit of a color type that says that the last channel is alpha."""

_OTHERWISE: Final = frozenset({b"tRNS", b"acTL"})
"""Chunks that make colors transparent, or the file an animation."""

_LAST_FILTER: Final = 4
_FED: Final = 1 << 14
_STEP: Final = 1 << 18
"""Bytes that are inflated at once: few enough to stay in memory that the process has, however large an image is."""

_BrokenStream: Final = cast("type[Exception]", zlib_ng.error)  # which its stubs take for an instance


class _Inflater(Protocol):
    """What the standard library's objects do too, with types that the stubs of zlib-ng leave out."""

    eof: bool
    unused_data: bytes
    unconsumed_tail: bytes

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes:
        """Inflate at most so many bytes."""
        ...


class _Unsure(Exception):
    """The file is broken, or of a kind that is not looked over."""


def transparency(data: bytes) -> bool | None:
    """Whether the image in a PNG file lets through what is behind it, where that shows without making its pixels.

    Cost: linear in the file and in the pixels, in memory that does not grow with them.

    Args:
        data: The file.

    Returns:
        An answer only if the file is whole, and right from its signature to its end.  None where it takes a decoder to
        tell: the file is broken or of a rarer kind, or it has alpha and its first pixel is opaque.
    """
    try:
        return _transparency(data)
    except (_Unsure, error, _BrokenStream):
        return None


def _transparency(data: bytes) -> bool | None:
    chunks = _chunks(data)
    name, header = next(chunks)
    width, height, depth, color, *methods = _HEADER.unpack(header)
    if name != b"IHDR" or not width or not height or depth != 8 or color not in _CHANNELS or any(methods):
        raise _Unsure
    channels = _CHANNELS[color]
    first = _inflated(chunks, 1 + width * channels, height)
    if not color & _ALPHA:
        return False
    # Filters tell a pixel from those before it: whatever its filter, the first one stands in the stream as it is.
    return True if first[channels] != 255 else None


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The chunks of a file to its end, with checksums that are right."""
    if not data.startswith(_SIGNATURE):
        raise _Unsure
    view, place, name = memoryview(data), len(_SIGNATURE), b""
    while name != b"IEND":
        (length,) = _LENGTH.unpack_from(data, place)
        end = place + 8 + length
        (checksum,) = _LENGTH.unpack_from(data, end)
        name = data[place + 4 : place + 8]
        if name in _OTHERWISE or zlib.crc32(view[place + 4 : end]) != checksum:
            raise _Unsure
        yield name, view[place + 8 : end]
        place = end + 4


def _inflated(chunks: Iterator[tuple[bytes, memoryview]], row: int, rows: int) -> bytes:
    """Inflate the image in the rest of a file, and return what it begins with: a filter and a pixel.

    Args:
        chunks: What follows the header.
        row: The bytes of a row, its filter among them.
        rows: How many rows there are.
    """
    inflater = cast("_Inflater", zlib_ng.decompressobj())  # pyright: ignore[reportUnknownMemberType] - see `_Inflater`
    place, first = 0, b""
    for fed in _stream(chunks):
        left: bytes | memoryview = fed
        while left:
            if inflater.eof:
                raise _Unsure
            piece = inflater.decompress(left, _STEP)
            if max(piece[-place % row :: row], default=0) > _LAST_FILTER:
                raise _Unsure
            first += piece[: 8 - len(first)]
            place += len(piece)
            left = inflater.unconsumed_tail
    if not inflater.eof or inflater.unused_data or place != row * rows:
        raise _Unsure
    return first


def _stream(chunks: Iterator[tuple[bytes, memoryview]]) -> Iterator[memoryview]:
    """The compressed image in small pieces, so that what is left of one is quickly copied."""
    begun = False
    for name, content in chunks:
        if name == b"IDAT":
            begun = True
            yield from (content[start : start + _FED] for start in range(0, len(content), _FED))
        elif name == b"IHDR" or (begun and name != b"IEND"):
            raise _Unsure
