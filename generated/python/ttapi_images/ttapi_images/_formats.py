"""What an image file says of itself in its first bytes, and what a file name claims.

Only the signature and the size fields are read, by the formats' own specifications (PNG 3rd edition 5.2 and 11.2.1,
JPEG ITU-T T.81 annex B, RFC 9649 for WebP, GIF89a); nothing is decoded, so no image library is needed.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

__all__ = ["SIGNED", "SUFFIXES", "claimed_format", "format_of", "pixels_of", "suffix_of"]

SUFFIXES: Final = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "webp": (".webp",),
    "gif": (".gif",),
    "svg": (".svg",),
    "avif": (".avif",),
    "bmp": (".bmp",),
    "heic": (".heic", ".heif"),
    "tiff": (".tif", ".tiff"),
}
"""File name endings by format, the usual one first.  An ending that is not here claims nothing."""

SIGNED: Final = frozenset({"png", "jpeg", "webp", "gif"})
"""Formats whose every file begins with a signature that `format_of` knows: what it does not take for one is none."""

_FORMATS = {suffix: name for name, suffixes in SUFFIXES.items() for suffix in suffixes}
_SVG_PROLOGUE = 256  # bytes in which <svg must come: an XML declaration and a comment fit
_JPEG_SIZE_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # start of frame; the three others are tables


def format_of(head: bytes) -> str | None:
    """Name the format of an image by its first bytes; None where it is none of those known here.

    Args:
        head: The first 256 bytes or more, or the whole file.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    start = head[:_SVG_PROLOGUE].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "svg" if start.startswith((b"<svg", b"<?xml", b"<!--")) and b"<svg" in start else None


def claimed_format(path: PurePath) -> str | None:
    """Name the format that the ending of *path* claims; None where it claims none."""
    return _FORMATS.get(path.suffix.lower())


def suffix_of(name: str) -> str:
    """The usual file name ending of the format *name*, with its dot."""
    return SUFFIXES[name][0] if name in SUFFIXES else f".{name}"


def pixels_of(data: bytes) -> tuple[int, int] | None:
    """Read width and height, in pixels; None where the file does not say (SVG) or is cut short."""
    match format_of(data):
        case "png" if len(data) >= 24:
            return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
        case "gif" if len(data) >= 10:
            return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
        case "webp":
            return _webp_pixels(data)
        case "jpeg":
            return _jpeg_pixels(data)
        case _:
            return None


def _webp_pixels(data: bytes) -> tuple[int, int] | None:
    if len(data) < 30:
        return None
    match data[12:16]:
        case b"VP8 ":  # lossy: 14 bits each, after the start code of the key frame
            return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
        case b"VP8L":  # lossless: 14 bits each, minus one, packed
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":  # extended: the canvas, 24 bits each, minus one
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case _:
            return None


def _jpeg_pixels(data: bytes) -> tuple[int, int] | None:
    """Walk the segments up to the start of the frame, which holds height and then width."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in _JPEG_SIZE_MARKERS:
            return int.from_bytes(data[position + 7 : position + 9]), int.from_bytes(data[position + 5 : position + 7])
        if marker == 0xFF:  # a fill byte
            position += 1
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return None
