"""The scene of a picture: hills under a low sun, composed from a text, as shapes with a tone each.

A scene is data and needs no imaging library: a sky in bands, light around a sun, hills from far to near, with tones
from 0 (darkest) to 255 (lightest).  Colour comes last, from one ramp over the tones.

What a picture costs is its pixels, and those of upright rectangles cost least: a library fills them many at a time, and
whatever is round or slanted one by one (with Pillow a seventh of the time).  So the sky has level bands, what is round
stays near the sun, and a hill is slanted no further down than its ridge.

A finer quality refines the same scene, it never makes another one.  Ridges grow by midpoint displacement, coarse to
fine, so a higher level only adds points between the points that a lower level already has.
"""

from __future__ import annotations

import colorsys
import random
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Final, TypeAlias

from safelight.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FINEST", "GROUND", "INK", "Band", "Colour", "Disc", "Hill", "Ramp", "Scene", "compose", "hue_of"]

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

FINEST: Final = 5
"""The highest level of detail that a scene has."""

INK: Final = 255
"""The tone for text."""

GROUND: Final = 6
"""The tone of the nearest hill, the darkest of all, which text stands on."""

_SKY_TOP, _SKY_LOW, _HALO_WIDE, _HALO_NEAR, _SUN = 150, 222, 230, 242, 250
_FARTHEST: Final = 132
_RIM: Final = 26  # How much lighter than its hill a rim is.
_HORIZON: Final = 0.62  # Where the sky is lightest, as a part of the height; what is below is mostly hills.
_HILLS_BY_DETAIL = (5, 1, 3, 0, 4, 2)  # The places from far (0) to near (5), in the order in which levels add them.
_DETAIL_WITH_RIMS: Final = 3
_DETAIL_WITH_TREES: Final = 3
_GOLDEN: Final = 0.381966  # The golden angle as a part of a turn: neighbouring indexes get hues that are far apart.


@dataclass(frozen=True, slots=True)
class Band:
    """A band across the sky, from the line *top* to the line *bottom*, which is not in it, in pixels."""

    top: int
    bottom: int
    tone: int


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc around *x* and *y*, in pixels."""

    x: float
    y: float
    radius: float
    tone: int


@dataclass(frozen=True, slots=True)
class Hill:
    """A hill.

    Attributes:
        ridge: Its upper edge from left to right: x and y by turns, in pixels.
        base: The line from which on there is nothing but the hill, in pixels.
        tone: 0 (darkest) to 255.
        rim: How high a lighter rim stands on the ridge, which softens its edge, in pixels; 0 without one.
        rim_tone: The tone of the rim.
    """

    ridge: tuple[float, ...]
    base: int
    tone: int
    rim: float
    rim_tone: int


@dataclass(frozen=True, slots=True)
class Scene:
    """What to draw, in this order.

    Attributes:
        sky: The tone of the sky where it meets the hills.
        bands: What of the sky has another tone.
        halo: The light around the sun, the widest disc first.  It belongs to the background, as the sky does.
        sun: Stands before it.
        hills: From far to near; at least one.
    """

    sky: int
    bands: tuple[Band, ...]
    halo: tuple[Disc, ...]
    sun: Disc
    hills: tuple[Hill, ...]


def compose(text: str, index: int, width: int, height: int, detail: int) -> Scene:
    """Compose the scene that belongs to *text*.

    Args:
        text: Whatever sets this scene apart from others; equal texts give equal scenes.
        index: Place among pictures of the same text; each place has another scene and clearly other colours.
        width: In pixels, 1 or more.
        height: In pixels, 1 or more.
        detail: 1 to `FINEST`; more layers, finer ridges, rims, trees.

    Returns:
        The same scene for the same arguments, on every machine and in every version of Python: only
        ``Random.random`` is used, whose numbers Python promises to keep.
    """
    seed = f"{text}/{index}"
    sun, halo = _sun(f"{seed}/sun", width, height, detail)
    return Scene(_SKY_LOW, _bands(height, detail), halo, sun, _hills(seed, width, height, detail))


def hue_of(text: str, index: int) -> float:
    """Return the turn of the colour wheel, 0 to 1, that belongs to *text*, and far from it for each further *index*."""
    return (_dice(text).random() + index * _GOLDEN) % 1


class Ramp:
    """The colours of the tones, which lead from a deep shade over a hue to a pale light.

    Args:
        hue: Where on the colour wheel the middle of the ramp lies, 0 to 1.
    """

    def __init__(self, hue: float) -> None:
        stops = (
            (0, colorsys.hsv_to_rgb((hue + 0.62) % 1, 0.60, 0.10)),
            (70, colorsys.hsv_to_rgb((hue + 0.66) % 1, 0.52, 0.34)),
            (140, colorsys.hsv_to_rgb((hue + 0.86) % 1, 0.42, 0.64)),
            (200, colorsys.hsv_to_rgb(hue, 0.46, 0.92)),
            (235, colorsys.hsv_to_rgb((hue + 0.06) % 1, 0.28, 1.0)),
            (256, colorsys.hsv_to_rgb((hue + 0.10) % 1, 0.05, 1.0)),
        )
        self._stretches = tuple((*start, *end) for start, end in pairwise(stops))

    def __getitem__(self, tone: int) -> Colour:
        """Return the colour of *tone*, 0 to 255."""
        for low, (red, green, blue), high, (next_red, next_green, next_blue) in self._stretches:
            if tone < high:
                there = 255 * (tone - low) / (high - low)
                here = 255 - there
                return (
                    round(red * here + next_red * there),
                    round(green * here + next_green * there),
                    round(blue * here + next_blue * there),
                )
        raise ValueError(f"a tone is 0 to 255, not {tone}")


def _bands(height: int, detail: int) -> tuple[Band, ...]:
    """Return the bands from the top of the sky down to the one that is as light as the sky gets."""
    count = 3 * detail + 1
    edges = [round(height * _HORIZON * edge / (count + 1)) for edge in range(count + 1)]
    return tuple(
        Band(top, bottom, _mix(_SKY_TOP, _SKY_LOW, number / count))
        for number, (top, bottom) in enumerate(pairwise(edges))
        if top < bottom
    )


def _sun(text: str, width: int, height: int, detail: int) -> tuple[Disc, tuple[Disc, ...]]:
    """Return the sun and its halo."""
    dice = _dice(text)
    x, y = width * (0.25 + 0.5 * dice.random()), height * (0.26 + 0.2 * dice.random())
    radius = min(width, height) * (0.09 + 0.06 * dice.random())
    rings = detail - 1
    halo = tuple(
        Disc(x, y, radius * (1 + 0.4 * ring / rings), _mix(_HALO_NEAR, _HALO_WIDE, ring / rings))
        for ring in range(rings, 0, -1)
    )
    return Disc(x, y, radius, _SUN), halo


def _hills(text: str, width: int, height: int, detail: int) -> tuple[Hill, ...]:
    rim = max(1.0, min(width, height) / 512) if detail >= _DETAIL_WITH_RIMS else 0.0
    hills: list[Hill] = []
    for place in sorted(_HILLS_BY_DETAIL[: detail + 1]):
        nearness = place / (len(_HILLS_BY_DETAIL) - 1)
        # Each hill has dice of its own, so that hills added by a higher level leave the others as they were.
        dice = _dice(f"{text}/hill {place}")
        heights = _ridge(dice, height * (0.5 + 0.27 * nearness), 0.24 * (1 - 0.6 * nearness) * height, detail + 1)
        step = width / (len(heights) - 1)
        ridge = [value for number, y in enumerate(heights) for value in (number * step, y)]
        if nearness == 1 and detail >= _DETAIL_WITH_TREES:
            ridge = list(_planted(dice, ridge, width, height, detail))
        tone = _mix(_FARTHEST, GROUND, nearness**0.8)
        hills.append(Hill(tuple(ridge), min(height, ceil(max(heights))), tone, rim, tone + _RIM))
    return tuple(hills)


def _ridge(dice: random.Random, level: float, relief: float, depth: int) -> list[float]:
    """Return the heights of a ridge by midpoint displacement: 2 ** (depth + 1) + 1 of them, coarse ones drawn first."""
    heights = [level + relief * (dice.random() - 0.5) for _ in range(3)]
    for _ in range(depth):
        relief *= 0.5
        middles = [(left + right) / 2 + relief * (dice.random() - 0.5) for left, right in pairwise(heights)]
        heights = [y for pair in zip(heights, middles, strict=False) for y in pair] + heights[-1:]
    return heights


def _planted(dice: random.Random, ridge: Sequence[float], width: int, height: int, detail: int) -> Iterator[float]:
    """Yield *ridge* with firs along it; more detail gives more and narrower ones."""
    half = min(width, height) * 0.022 / detail
    reach = min(width, height) * 0.055
    x = 0.0
    for (start, low), (end, high) in pairwise(zip(ridge[::2], ridge[1::2], strict=True)):
        yield from (start, low)
        while start <= x < end:
            y = low + (high - low) * (x - start) / (end - start)
            yield from (x, y)
            yield from (x + half, y - reach * (0.3 + 0.7 * dice.random()))
            yield from (x + 2 * half, y)
            x += half * (2 + 3 * dice.random() ** 3)
    yield from ridge[-2:]


def _dice(text: str) -> random.Random:
    # As bytes, because JSON can carry half a surrogate pair, which has no UTF-8 form.
    return random.Random(text.encode("utf-8", "surrogatepass"))  # noqa: S311 - numbers that repeat, not secret ones.


def _mix(start: int, end: int, part: float) -> int:
    return round(start + (end - start) * part)
