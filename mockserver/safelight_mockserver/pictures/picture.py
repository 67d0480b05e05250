"""The picture: a record of everything that decides the bytes of a fake image.

Equal records give equal bytes: there is no clock and no shared random state.  A record is small, so it fits into a
signed link (see `links`), and any replica can draw the same file again from it.  What makes a file of it is a renderer
(see `renderer`), the usual one being that of `drawing`.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Literal

from safelight.records import dataclass

__all__ = ["LONGEST_SIDE", "Format", "Picture", "caption"]

Format = Literal["png", "jpeg", "webp"]

_CAPTION_POINTS = 180
LONGEST_SIDE = {"png": 2**31 - 1, "jpeg": 65_500, "webp": 16_383}
"""The longest side of a file: by the PNG specification, by libjpeg (``JPEG_MAX_DIMENSION``), by the WebP container."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that decides the bytes of one image.

    Attributes:
        width: In pixels.
        height: In pixels.
        format: The file format.
        transparent: Whether the background is left out, through an alpha channel; not possible with jpeg.
        compression: 0 (smallest file) to 100 (best picture); jpeg and webp only, png loses nothing.
        caption: What the picture says it shows; see `caption`.
        model: The model that claims to have drawn it.
        quality: By its name in the API; a finer one shows more detail of the same scene.
        seed: Another seed, another scene.
        index: Place among the pictures of one call, from 0.
        progress: How far it is drawn: 1 is the finished picture.
    """

    width: int
    height: int
    format: Format = "png"
    transparent: bool = False
    compression: int = 100
    caption: str = ""
    model: str = ""
    quality: str = ""
    seed: int = 0
    index: int = 0
    progress: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        """Refuse what no file can be.

        Raises:
            ValueError: A side below 1 or longer than the format can hold, a compression outside 0 to 100, a progress
                outside 0 to 1, a transparent jpeg.
        """
        longest = LONGEST_SIDE[self.format]
        if not (1 <= self.width <= longest and 1 <= self.height <= longest):
            raise ValueError(f"no {self.format} file is {self.width}x{self.height}: sides are 1 to {longest} pixels")
        if not 0 <= self.compression <= 100:
            raise ValueError(f"compression is 0 to 100, not {self.compression}")
        if not 0 <= self.progress <= 1:
            raise ValueError(f"progress is 0 to 1, not {self.progress}")
        if self.transparent and self.format == "jpeg":
            raise ValueError("jpeg has no alpha channel: a transparent picture needs png or webp")

    def __hash__(self) -> int:
        """Hash what tells most pictures apart: caches look pictures up for every answer, and a `Fraction` is slow."""
        return hash((self.caption, self.width, self.height, self.index))


def caption(prompt: str) -> str:
    """Return a caption for *prompt* that is short enough to draw and to carry in a link.

    A prompt that is cut keeps a mark of the whole text: two long prompts that begin alike still give two pictures.
    """
    if len(prompt) <= _CAPTION_POINTS:
        return prompt
    mark = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{prompt[: _CAPTION_POINTS - 14]}... ({mark})"
