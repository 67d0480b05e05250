"""Looking into image files: format, size, transparency, or why it cannot be done.

Decoding costs much in a run against a fast server, and the same picture comes again and again, so what was seen is kept
by the file's digest, and no pixels are made where what is asked shows without them (see `png`).  Threads may decode at
once: decoders run without the interpreter's lock.  Pillow is imported with the first picture.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Final

from safelight_testkit.judging import png

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

__all__ = ["LARGEST", "Images", "Sight", "Unreadable"]

LARGEST: Final = 64_000_000
"""Pixels of the largest image that is decoded: four bytes each, a quarter of a gigabyte."""

_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class Sight:
    """What an image file holds.

    Attributes:
        format: The file format by its usual name: ``png``, ``jpeg``, ``webp``, ``gif`` …
        width: In pixels.
        height: In pixels.
        transparent: Whether any pixel lets through what is behind it; None where the image was too large to decode.
    """

    format: str
    width: int
    height: int
    transparent: bool | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is no image, or a broken one."""

    why: str


class Images:
    """Looks into image files and remembers what it saw."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Sight | Unreadable] = {}

    def look(self, data: bytes) -> Sight | Unreadable:
        """Tell what the image file *data* holds.  All of it is decoded, so that a file that is cut short is noticed."""
        key = _digest(data)
        found = self._seen.get(key)
        return self._keep(key, _look(data)) if found is None else found

    def begin(self, data: bytes) -> Callable[[], object] | None:
        """Begin to look into an image file.

        Returns:
            What remains to be done before `look` has its answer at once, and takes long: any thread may do it.  None
            where nothing remains.
        """
        key = _digest(data)
        if key in self._seen:
            return None
        image = _opened(data)
        if isinstance(image, Unreadable):
            self._keep(key, image)
            return None
        return lambda: self._keep(key, _decoded(image, data))

    def _keep(self, key: bytes, sight: Sight | Unreadable) -> Sight | Unreadable:
        self._seen[key] = sight
        while len(self._seen) > _KEPT:
            self._seen.pop(next(iter(self._seen)), None)
        return sight


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data, usedforsecurity=False).digest()


def _look(data: bytes) -> Sight | Unreadable:
    image = _opened(data)
    return image if isinstance(image, Unreadable) else _decoded(image, data)


def _opened(data: bytes) -> Image.Image | Unreadable:
    """Open an image file, which reads its header; in one thread, since warnings are silenced in all of them."""
    from PIL import Image, UnidentifiedImageError

    import_module("PIL.WebPImagePlugin")  # else Pillow imports all its formats, some forty, for the first WebP file

    if not data:
        return Unreadable("there are no bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of large images, which are told below.
            return Image.open(BytesIO(data))
    except UnidentifiedImageError:
        return Unreadable(f"it is no image file: it begins with {data[:16]!r}")
    except Exception as error:  # noqa: BLE001 - a decoder fed with foreign bytes raises whatever it likes
        return Unreadable(f"it cannot be decoded: {error}")


def _decoded(image: Image.Image, data: bytes) -> Sight | Unreadable:
    width, height = image.size
    format_ = (image.format or "").lower()
    if width * height > LARGEST:
        return Sight(format_, width, height, None)
    if format_ == "png" and (transparent := png.transparency(data)) is not None:
        return Sight(format_, width, height, transparent)
    try:
        # A JPEG file is read to its end at an eighth of its size too: only colors that nobody looks at are not made.
        image.draft("L", (1, 1))
        image.load()
        if not _is_whole(format_, data):
            return Unreadable(f"its end is missing: it has {len(data)} bytes")
        return Sight(format_, width, height, _lets_through(image))
    except Exception as error:  # noqa: BLE001 - as above
        return Unreadable(f"it cannot be decoded: {error}")


def _is_whole(format_: str, data: bytes) -> bool:
    """Whether a file has its end: decoders show an image without it, and some viewers do not."""
    match format_:
        case "png":
            return data.rfind(b"IEND\xaeB`\x82") >= 0  # the last chunk, with its checksum
        case "jpeg":
            return data.rfind(b"\xff\xd9") >= 0  # the marker EOI
        case "webp":
            return len(data) >= int.from_bytes(data[4:8], "little") + 8  # the length in the RIFF header
        case _:
            return True


def _lets_through(image: Image.Image) -> bool:
    if image.mode not in {"RGBA", "LA"}:
        if image.mode != "PA" and "transparency" not in image.info:
            return False
        image = image.convert("RGBA")
    alpha = image.getchannel("A").getextrema()
    return alpha[0] != 255
