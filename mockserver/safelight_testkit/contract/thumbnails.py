"""Small copies of the images that were received, for a report that can be mailed."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterable
from io import BytesIO
from typing import Final

from safelight_testkit.contract.result import Thumbnail
from safelight_testkit.judging.images import LARGEST

__all__ = ["thumbnails"]

_EDGE: Final = 128
_QUALITY: Final = 70


def thumbnails(pictures: Iterable[tuple[str, bytes]]) -> tuple[Thumbnail, ...]:
    """Make small copies of image files, each with its place; what cannot be decoded has none."""
    return tuple(small for where, data in pictures if (small := _thumbnail(where, data)) is not None)


def _thumbnail(where: str, data: bytes) -> Thumbnail | None:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of large images, which are left out.
            image: Image.Image = Image.open(BytesIO(data))
        width, height = image.size
        if width * height > LARGEST:
            return None
        image.thumbnail((_EDGE, _EDGE))
        image = image.convert("RGBA")
    except Exception:  # noqa: BLE001 - a decoder fed with foreign bytes raises whatever it likes; the judge tells of it
        return None
    clear = image.getchannel("A").getextrema()[0] != 255
    file = BytesIO()
    if clear:
        image.save(file, "PNG")
    else:
        image.convert("RGB").save(file, "JPEG", quality=_QUALITY)
    text = base64.b64encode(file.getvalue()).decode()
    return Thumbnail(where, width, height, text, "image/png" if clear else "image/jpeg")
