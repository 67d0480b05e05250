"""A renderer whose pictures cannot be compressed: files of several megabytes, for tests of slow clients."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image

from safelight_mockserver.pictures.picture import Picture


def draw(asked: Picture) -> bytes:
    """Return noise of the asked size, as PNG; the same noise for the same picture."""
    size = asked.width, asked.height
    data = Random(repr(asked)).randbytes(3 * asked.width * asked.height)
    file = BytesIO()
    Image.frombytes("RGB", size, data).save(file, "png", compress_level=0)
    return file.getvalue()
