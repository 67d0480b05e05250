"""The picture: a record of everything that decides how a fake image looks, and its encoding as a real file.

Equal records give equal bytes: there is no clock and no shared random state.  A record is small, so it fits into a
signed link (see `links`), and any replica can draw the same file again from it.

Pillow is imported when the first picture is encoded, not before: it is the slowest import of the server, and a server
that has not drawn anything should be up at once.
"""

from __future__ import annotations

import hashlib
import textwrap
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Literal, assert_never

from .scene import FINEST, INK, Scene, Shape, compose, ramp

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

__all__ = ["LONGEST_SIDE", "Format", "Picture", "caption", "encode"]

Format = Literal["png", "jpeg", "webp"]

_DETAILS = {"low": 1, "standard": 2, "medium": 2, "high": 3, "hd": 3, "xhigh": 4, "max": FINEST}
"""How fine a picture of each quality is; the names are those of the image APIs in use, any other draws as medium."""

_CAPTION_POINTS = 180
_SMALLEST_WITH_TEXT = 200  # Pixels of the shorter side; on less than this a caption would cover the picture.
_MOSAIC = 24  # Pixels of a cell in the mosaic that partial pictures start from.
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


def caption(prompt: str) -> str:
    """Return a caption for *prompt* that is short enough to draw and to carry in a link.

    A prompt that is cut keeps a mark of the whole text: two long prompts that begin alike still give two pictures.
    """
    if len(prompt) <= _CAPTION_POINTS:
        return prompt
    mark = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{prompt[: _CAPTION_POINTS - 14]}... ({mark})"


def encode(picture: Picture) -> bytes:
    """Draw *picture* and return it as a file of its format, of exactly its size.

    Cost: linear in the pixels; most of it is the file format's own compression.
    """
    image = _drawn(picture)
    file = BytesIO()
    match picture.format:
        case "png":
            image.save(file, "PNG")
        case "jpeg":
            # 1 to 95 is the range that Pillow recommends: above it files only grow.
            image.save(file, "JPEG", quality=1 + round(picture.compression * 0.94), optimize=True)
        case "webp":
            # The fastest method: on these pictures the next three cost up to half as much again and save nothing.
            image.save(file, "WEBP", quality=picture.compression, method=0)
        case _:
            assert_never(picture.format)
    return file.getvalue()


def _drawn(picture: Picture) -> Image.Image:
    from PIL import Image, ImageDraw

    size = picture.width, picture.height
    text = f"{picture.model}/{picture.caption}/{picture.seed}"
    scene = compose(text, picture.index, *size, _DETAILS.get(picture.quality, _DETAILS["medium"]))
    tones = Image.new("L", size, scene.sky)
    pen = ImageDraw.Draw(tones)
    for shape in scene.shapes:
        _draw(pen, shape, shape.tone)
    if min(size) >= _SMALLEST_WITH_TEXT:
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
    margin = points
    columns = int((picture.width - 2 * margin) / (0.51 * points))
    lines = textwrap.wrap(_printable(picture.caption), columns, max_lines=2, placeholder=" ...")
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
