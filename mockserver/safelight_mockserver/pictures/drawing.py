"""The drawing: a scene with its caption, as an image in memory.

What was asked can be read on it: the prompt, and below it the model, the size, the quality, the seed and the place
among the pictures of the call.  A picture too small for the prompt shows the facts alone, and a yet smaller one none.
What was asked then still decides the scene and its colours, and stands in the metadata of the file (see `encoding`).

Everything is drawn in its last colours, and most of it once: encoding a JPEG takes two nanoseconds for a pixel, so that
a further pass over all pixels, if only to look up colours, would be felt.

Pillow is imported when the first picture is drawn, not before: it is the slowest import of the server, and a server
that has not drawn anything should be up at once.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .lettering import SHADES, lettered, printable
from .picture import Picture
from .scene import FINEST, GROUND, INK, Disc, Ramp, Scene, compose, hue_of

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
    size = picture.width, picture.height
    text = f"{picture.model}/{picture.caption}/{picture.seed}"
    scene = compose(text, picture.index, *size, _DETAILS.get(picture.quality, _DETAILS["medium"]))
    ramp = Ramp(hue_of(text, picture.index))
    image = _painted(scene, ramp, size, transparent=picture.transparent)
    if min(size) >= _SMALLEST_WITH_FACTS:
        _write(image, picture, ramp)
    if picture.progress < 1:
        image = _developing(image, float(picture.progress))
    return image


def _painted(scene: Scene, ramp: Ramp, size: tuple[int, int], *, transparent: bool) -> Image.Image:
    """Return the scene; what belongs to its background is left out where the picture is transparent."""
    from PIL import Image, ImageDraw

    width, height = size
    if transparent:
        image = Image.new("RGBA", size, (*ramp[scene.sky], 0))
        pen = ImageDraw.Draw(image)
    else:
        image = Image.new("RGB", size, ramp[scene.sky])
        for band in scene.bands:
            image.paste(ramp[band.tone], (0, band.top, width, band.bottom))
        pen = ImageDraw.Draw(image)
        for disc in scene.halo:
            _fill(pen, disc, ramp)
    _fill(pen, scene.sun, ramp)
    floors = (*(hill.base for hill in scene.hills[1:]), height)  # Below its floor the next hill hides a hill.
    for hill, floor in zip(scene.hills, floors, strict=True):
        left, right = (0.0, float(hill.base)), (float(width), float(hill.base))
        if hill.rim:
            raised = (y - hill.rim for y in hill.ridge[1::2])
            rim = (value for point in zip(hill.ridge[::2], raised, strict=True) for value in point)
            pen.polygon((*left, *rim, *right), fill=ramp[hill.rim_tone])
        colour = ramp[hill.tone]
        pen.polygon((*left, *hill.ridge, *right), fill=colour)
        if hill.base < floor:
            image.paste(colour, (0, hill.base, width, floor))
    return image


def _fill(pen: ImageDraw.ImageDraw, disc: Disc, ramp: Ramp) -> None:
    x, y, radius = disc.x, disc.y, disc.radius
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ramp[disc.tone])


def _developing(image: Image.Image, progress: float) -> Image.Image:
    """Return a partial picture: a blend of the finished one with a pale mosaic of itself.

    All partials of a picture are blends of these same two, so each one is nearer to the finished picture than the one
    before, whatever the picture shows.
    """
    from PIL import Image

    finished = image.convert("RGB")
    cells = max(1, image.width // _MOSAIC), max(1, image.height // _MOSAIC)
    small = finished.resize(cells, Image.Resampling.BOX)  # pyright: ignore[reportUnknownMemberType]  # names NumPy's types
    pale = Image.blend(Image.new("RGB", cells, "white"), small, 0.4)
    mosaic = pale.resize(image.size, Image.Resampling.NEAREST)  # pyright: ignore[reportUnknownMemberType]  # same
    blend = Image.blend(mosaic, finished, progress)
    if image.mode == "RGBA":
        blend.putalpha(image.getchannel("A"))
    return blend


def _write(image: Image.Image, picture: Picture, ramp: Ramp) -> None:
    """Write the caption, and below it what sets this picture apart from others, at the bottom of the picture.

    Text brings its own ground, of the nearest hill's colour: it is legible where it stands higher than that hill too.
    """
    unit = min(picture.width, picture.height)
    points = max(11, unit // 36)
    margin = points if unit >= _SMALLEST_WITH_CAPTION else points // 2
    columns = int((picture.width - 2 * margin) / (0.51 * points))
    lines: list[str] = []
    if unit >= _SMALLEST_WITH_CAPTION:
        lines += _wrapped(picture.caption, columns, 2)
    size = f"{picture.width}x{picture.height}"
    facts = (picture.model, size, picture.quality, f"seed {picture.seed}", f"#{picture.index + 1}")
    lines += _wrapped("  ".join(fact for fact in facts if fact), columns, len(facts))
    leading = round(points * 1.3)
    top = picture.height - margin // 2 - leading * len(lines)
    shades = _shades(ramp)
    for row, line in enumerate(lines):
        strip = lettered(line, points)
        strip.putpalette(shades)
        image.paste(strip.convert(image.mode), (margin, top + leading * row))


def _wrapped(text: str, columns: int, at_most: int) -> list[str]:
    line = printable(text).strip()
    if len(line) <= columns:
        return [line] if line else []
    return textwrap.wrap(line, columns, max_lines=at_most, placeholder=" ...")


def _shades(ramp: Ramp) -> bytes:
    """Return the colours of lettering, from the ground to the ink, three bytes each."""
    steps = SHADES - 1
    channels = tuple(zip(ramp[GROUND], ramp[INK], strict=True))
    return bytes([low + (high - low) * shade // steps for shade in range(SHADES) for low, high in channels])
