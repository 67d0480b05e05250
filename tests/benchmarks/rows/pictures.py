"""The first rendering of a picture, which no cache can help, against Pillow writing the same picture to a file."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Final

from PIL import Image

from safelight_mockserver.pictures.picture import Format, Picture
from safelight_mockserver.pictures.renderer import picture
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Work, interleave
from tests.benchmarks.results import Line, Row, at_most, lines

__all__ = ["run"]

_ROUNDS: Final = 15
_PROMPTS: Final = (
    "a fox in the snow",
    "two boats at a quay, early light",
    "the same street a hundred years ago",
    "a lamp",
)

_HOW: Final = """\
- fake: the picture of a request from nothing to the bytes of the file: scene, caption, encoding, metadata; 1024x1024,
  medium quality, four different ones in each round, each with a prompt of its own. No picture is kept; the shapes of
  the letters are, as any program that writes text keeps them.
- Pillow: the same four, as pixels in memory, to files of the same format, same quality and method, without metadata.
"""


def run() -> Row:
    """Measure."""
    found: list[Line] = []
    formats: tuple[Format, ...] = ("png", "jpeg", "webp")
    for name in formats:
        asked = [_asked(name, seed) for seed in range(len(_PROMPTS))]
        pixels = [_pixels(picture(one)) for one in asked]
        sides: dict[str, Work] = {
            "fake": partial(_all_drawn, asked),
            "Pillow": partial(_all_saved, pixels, name, asked[0].compression),
        }
        found += lines(
            f"{len(_PROMPTS)} pictures, {name}", interleave(sides, _ROUNDS), "fake", {"Pillow": at_most(1.3)}
        )
    return Row(
        name="pictures",
        title="Drawing a 1024x1024 picture for the first time",
        how=_HOW,
        lines=tuple(found),
        machine=machine(),
        versions=versions("pillow"),
    )


def _asked(name: Format, seed: int) -> Picture:
    return Picture(1024, 1024, name, caption=_PROMPTS[seed], model="gpt-image-1", quality="medium", seed=seed)


def _pixels(file: bytes) -> Image.Image:
    image = Image.open(BytesIO(file))
    image.load()
    return image.copy()


def _all_drawn(asked: list[Picture]) -> None:
    for one in asked:
        picture(one)


def _all_saved(pixels: list[Image.Image], name: Format, compression: int) -> None:
    for image in pixels:
        match name:
            case "png":
                image.save(BytesIO(), "PNG")
            case "jpeg":
                image.save(BytesIO(), "JPEG", quality=min(compression, 95))
            case "webp":
                image.save(BytesIO(), "WEBP", quality=compression, method=0)
