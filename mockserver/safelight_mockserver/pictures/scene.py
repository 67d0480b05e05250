"""The scene of a picture: hills under a low sun, composed from a text, as shapes with a tone each.

A scene is data and needs no imaging library: shapes in drawing order, from far to near, with tones from 0 (darkest) to
255 (lightest).  Colour comes later, from one ramp over the tones.  That order is what makes a large picture cheap: all
drawing is on one byte for each pixel, and colouring is one table look-up for each.

A finer quality refines the same scene, it never makes another one.  Ridges grow by midpoint displacement, coarse to
fine, so a higher level only adds points between the points that a lower level already has.
"""

from __future__ import annotations

import colorsys
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FINEST", "INK", "Scene", "Shape", "compose", "hue_of", "ramp"]

FINEST = 5
"""The highest level of detail that a scene has."""

INK = 255
"""The tone for text: it stands on the nearest hill, which is the darkest tone."""

_SKY_TOP, _SKY_LOW, _SUN = 150, 226, 250
_FAR, _NEAR = 132, 6
_HILLS_BY_DETAIL = (5, 1, 3, 0, 4, 2)  # The places from far (0) to near (5), in the order in which levels add them.
_DETAIL_WITH_TREES = 3
_GOLDEN = 0.381966  # The golden angle as a part of a turn: neighbouring indexes get hues that are far apart.


@dataclass(frozen=True, slots=True)
class Shape:
    """One filled shape.

    Attributes:
        kind: An ellipse is given by the two corners of its box, a polygon by its points.
        points: x and y by turns, in pixels.
        tone: 0 (darkest) to 255.
        solid: False for what belongs to the background, and is left out where the background is transparent.
    """

    kind: Literal["ellipse", "polygon"]
    points: tuple[float, ...]
    tone: int
    solid: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What to draw.

    Attributes:
        sky: The tone that everything is drawn on.
        shapes: In drawing order.
        hue: The turn of the colour wheel that the colours start from, 0 to 1.
    """

    sky: int
    shapes: tuple[Shape, ...]
    hue: float


def compose(text: str, index: int, width: int, height: int, detail: int) -> Scene:
    """Compose the scene that belongs to *text*.

    Args:
        text: Whatever sets this scene apart from others; equal texts give equal scenes.
        index: Place among pictures of the same text; each place has another scene and clearly other colours.
        width: In pixels, 1 or more.
        height: In pixels, 1 or more.
        detail: 1 to `FINEST`; more layers, finer ridges, trees.

    Returns:
        The same scene for the same arguments, on every machine and in every version of Python: only
        ``Random.random`` is used, whose numbers Python promises to keep.
    """
    seed = f"{text}/{index}"
    shapes = (*_sun(seed, width, height, detail), *_hills(seed, width, height, detail))
    return Scene(_SKY_TOP, shapes, hue_of(text, index))


def hue_of(text: str, index: int) -> float:
    """Return the turn of the colour wheel, 0 to 1, that belongs to *text*, and far from it for each further *index*."""
    return (_dice(text).random() + index * _GOLDEN) % 1


def ramp(hue: float) -> bytes:
    """Return 256 colours, three bytes each, that lead from a deep shade over *hue* to a pale light.

    Args:
        hue: Where on the colour wheel the middle of the ramp lies, 0 to 1.
    """
    stops = (
        (0, colorsys.hsv_to_rgb((hue + 0.62) % 1, 0.60, 0.10)),
        (70, colorsys.hsv_to_rgb((hue + 0.66) % 1, 0.52, 0.34)),
        (140, colorsys.hsv_to_rgb((hue + 0.86) % 1, 0.42, 0.64)),
        (200, colorsys.hsv_to_rgb(hue, 0.46, 0.92)),
        (235, colorsys.hsv_to_rgb((hue + 0.06) % 1, 0.28, 1.0)),
        (256, colorsys.hsv_to_rgb((hue + 0.10) % 1, 0.05, 1.0)),
    )
    return bytes(
        round(255 * (before + (after - before) * (tone - low) / (high - low)))
        for (low, start), (high, end) in pairwise(stops)
        for tone in range(low, high)
        for before, after in zip(start, end, strict=True)
    )


def _sun(text: str, width: int, height: int, detail: int) -> list[Shape]:
    """Return the sun and, before it, the rings of light around it, the widest first."""
    dice = _dice(f"{text}/sun")
    unit = min(width, height)
    x, y = width * (0.25 + 0.5 * dice.random()), height * (0.26 + 0.2 * dice.random())
    radius = unit * (0.09 + 0.06 * dice.random())
    reach = max(width, height)
    rings = 4 + 3 * detail
    shapes = [
        _disc(x, y, radius + reach * (ring / rings) ** 1.4, _mix(_SKY_LOW, _SKY_TOP, ring / rings), solid=False)
        for ring in range(rings, 0, -1)
    ]
    return [*shapes, _disc(x, y, radius, _SUN, solid=True)]


def _hills(text: str, width: int, height: int, detail: int) -> list[Shape]:
    """Return the hills from far to near; every hill has a lighter rim, which also softens its edge."""
    rim = max(1.0, min(width, height) / 512)
    shapes: list[Shape] = []
    for place in sorted(_HILLS_BY_DETAIL[: detail + 1]):
        nearness = place / (len(_HILLS_BY_DETAIL) - 1)
        # Each hill has dice of its own, so that hills added by a higher level leave the others as they were.
        dice = _dice(f"{text}/hill {place}")
        ridge = _ridge(dice, height * (0.5 + 0.27 * nearness), 0.24 * (1 - 0.6 * nearness) * height, detail + 1)
        line = [(width * step / (len(ridge) - 1), y) for step, y in enumerate(ridge)]
        if nearness == 1 and detail >= _DETAIL_WITH_TREES:
            line = list(_planted(dice, line, width, height, detail))
        tone = _mix(_FAR, _NEAR, nearness**0.8)
        floor = ((width, height), (0, height))
        shapes.append(_polygon([*((x, y - rim) for x, y in line), *floor], min(tone + 26, 255)))
        shapes.append(_polygon([*line, *floor], tone))
    return shapes


def _ridge(dice: random.Random, level: float, relief: float, depth: int) -> list[float]:
    """Return the heights of a ridge by midpoint displacement: 2 ** depth + 1 of them, coarse ones drawn first."""
    heights = [level + relief * (dice.random() - 0.5) for _ in range(3)]
    for _ in range(depth):
        relief *= 0.5
        middles = [(left + right) / 2 + relief * (dice.random() - 0.5) for left, right in pairwise(heights)]
        heights = [y for pair in zip(heights, middles, strict=False) for y in pair] + heights[-1:]
    return heights


def _planted(
    dice: random.Random, line: list[tuple[float, float]], width: int, height: int, detail: int
) -> Iterator[tuple[float, float]]:
    """Yield *line* with firs along it; more detail gives more and narrower ones."""
    half = min(width, height) * 0.022 / detail
    reach = min(width, height) * 0.055
    x = 0.0
    for (start, low), (end, high) in pairwise(line):
        yield start, low
        while start <= x < end:
            y = low + (high - low) * (x - start) / (end - start)
            yield x, y
            yield x + half, y - reach * (0.3 + 0.7 * dice.random())
            yield x + 2 * half, y
            x += half * (2 + 3 * dice.random() ** 3)
    yield line[-1]


def _dice(text: str) -> random.Random:
    # As bytes, because JSON can carry half a surrogate pair, which has no UTF-8 form.
    return random.Random(text.encode("utf-8", "surrogatepass"))  # noqa: S311 - numbers that repeat, not secret ones.


def _disc(x: float, y: float, radius: float, tone: int, *, solid: bool) -> Shape:
    return Shape("ellipse", (x - radius, y - radius, x + radius, y + radius), tone, solid)


def _polygon(points: list[tuple[float, float]], tone: int) -> Shape:
    return Shape("polygon", tuple(value for point in points for value in point), tone, solid=True)


def _mix(start: int, end: int, part: float) -> int:
    return round(start + (end - start) * part)
