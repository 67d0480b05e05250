"""The drawing: a scene with its caption, as an image in memory.

What was asked can be read on it: the prompt, and below it the model, the size, the quality, the seed and the place
among the pictures of the call.  A picture too small for the prompt shows the facts alone, and a yet smaller one none.
What was asked then still decides the scene and its colours, and stands in the metadata of the file (see `encoding`).

Pillow is imported when the first picture is drawn, not before: it is the slowest import of the server, and a server
that has not drawn anything should be up at once.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, assert_never

from .picture import Picture
from .scene import FINEST, INK, Scene, Shape, compose, ramp

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

__all__ = ["drawn"]

_DETAILS: Final[Mapping[str, int]] = {
    "low": 1,
    "standard": 2,
    "medium": 2,
    "high": 3,
    "hd": 3,
    "xhigh": 4,
    "max": FINEST,
}
"""How fine a picture of each quality is; the names are those of the image APIs in use, any other draws as medium."""

_SMALLEST_WITH_CAPTION: Final = 200  # Pixels of the shorter side; on less than this a caption would cover the picture.
_SMALLEST_WITH_FACTS: Final = 112
_MOSAIC: Final = 24  # Pixels of a cell in the mosaic that partial pictures start from.


def drawn(picture: Picture) -> Image.Image:
    """Draw *picture*: in colour, with an alpha channel where it is transparent, of exactly its size.

    Cost: linear in the pixels.
    """
    from PIL import Image, ImageDraw

    size = picture.width, picture.height
    text = f"{picture.model}/{picture.caption}/{picture.seed}"
    scene = compose(text, picture.index, *size, _DETAILS.get(picture.quality, _DETAILS["medium"]))
    tones = Image.new("L", size, scene.sky)
    pen = ImageDraw.Draw(tones)
    for shape in scene.shapes:
        _draw(pen, shape, shape.tone)
    if min(size) >= _SMALLEST_WITH_FACTS:
        _write(pen, picture)
    tones.putpalette(ramp(scene.hue))
    image = tones.convert("RGB")
    if picture.progress < 1:
        image = Image.blend(_undeveloped(image), image, float(picture.progress))
    if picture.transparent:
        image.putalpha(_silhouette(scene, size))
    return image


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, tone: int) -> None:
    match shape.kind:
        case "ellipse":
            pen.ellipse(shape.points, fill=tone)
        case "polygon":
            pen.polygon(shape.points, fill=tone)
        case _:
            assert_never(shape.kind)


def _silhouette(scene: Scene, size: tuple[int, int]) -> Image.Image:
    """Return the alpha channel: opaque where something solid stands, clear where there is only sky."""
    from PIL import Image, ImageDraw

    alpha = Image.new("L", size, 0)
    pen = ImageDraw.Draw(alpha)
    for shape in scene.shapes:
        if shape.solid:
            _draw(pen, shape, 255)
    return alpha


def _undeveloped(image: Image.Image) -> Image.Image:
    """Return what every partial picture starts from: a pale mosaic of the finished one.

    All partials of a picture are blends of these same two, so each one is nearer to the finished picture than the one
    before, whatever the picture shows.
    """
    from PIL import Image

    cells = max(1, image.width // _MOSAIC), max(1, image.height // _MOSAIC)
    small = image.resize(cells, Image.Resampling.BOX)  # pyright: ignore[reportUnknownMemberType]  # names NumPy's types
    mosaic = small.resize(image.size, Image.Resampling.NEAREST)  # pyright: ignore[reportUnknownMemberType]  # same
    return Image.blend(Image.new("RGB", image.size, "white"), mosaic, 0.4)


def _write(pen: ImageDraw.ImageDraw, picture: Picture) -> None:
    """Write the caption, and below it what sets this picture apart from others, at the bottom of the picture."""
    from PIL import ImageFont

    unit = min(picture.width, picture.height)
    points = max(11, unit // 36)
    font = ImageFont.load_default(size=points)
    margin = points if unit >= _SMALLEST_WITH_CAPTION else points // 2
    columns = int((picture.width - 2 * margin) / (0.51 * points))
    lines: list[str] = []
    if unit >= _SMALLEST_WITH_CAPTION:
        lines += textwrap.wrap(_printable(picture.caption), columns, max_lines=2, placeholder=" ...")
    size = f"{picture.width}x{picture.height}"
    facts = (picture.model, size, picture.quality, f"seed {picture.seed}", f"#{picture.index + 1}")
    lines += textwrap.wrap("  ".join(fact for fact in facts if fact), columns)
    leading = round(points * 1.3)
    top = picture.height - margin // 2 - leading * len(lines)
    for row, line in enumerate(lines):
        pen.text((margin, top + leading * row), line, font=font, fill=INK)


def _printable(text: str) -> str:
    """Return *text* in the letters of Pillow's bundled font: without accents, other scripts as question marks."""
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = "".join(letters).encode("ascii", "replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in plain)
