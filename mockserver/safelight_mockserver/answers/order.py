"""The order: what is to be drawn for a request, after the spec has said which parameters tell.

An order can always be drawn.  Where rules are switched off, or a spec is generous, values arrive here that no picture
can have; they count as not told.  What would cost the machine too much is the one thing that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from safelight.judging.interpret import Settlement
from safelight.judging.lens import separator_of
from safelight.model import Json, Response
from safelight.records import dataclass
from safelight.vocabulary.checks import edges, is_integer
from safelight_mockserver.options import Options
from safelight_mockserver.pictures.picture import LONGEST_SIDE, Format, Picture, caption

__all__ = ["Order", "OverBudget", "order", "resolved"]

_FORMATS: Final[Mapping[str, Format]] = {"png": "png", "jpeg": "jpeg", "jpg": "jpeg", "webp": "webp"}
_LEAST_PIXELS: Final = 1 << 16
"""What a picture counts for at least: a million pictures of one pixel are work as well."""

_RATIO_TERM: Final = re.compile(r"(?!0+(?:\.0+)?\Z)[0-9]{1,6}(?:\.[0-9]{1,6})?")
_LONGEST_NAME: Final = 64  # Code points of a model's or a quality's name; anything longer is none.


@dataclass(frozen=True, slots=True)
class Order:
    """Pictures to be drawn.

    Attributes:
        first: The first picture; the others differ in their index.
        count: How many there are.
    """

    first: Picture
    count: int

    def picture(self, index: int, progress: Fraction = Fraction(1)) -> Picture:
        """Return one of the pictures, finished or not."""
        return replace(self.first, index=index, progress=progress)


@dataclass(frozen=True, slots=True)
class OverBudget:
    """The pictures are larger than the fake is willing to draw.

    Attributes:
        parameter: The parameter that says how large they are; empty where none does.
        size: Their size, ``WIDTHxHEIGHT``.
    """

    parameter: str
    size: str


def order(response: Response, settlement: Settlement, options: Options) -> Order | OverBudget:
    """Say what is to be drawn for a request that is not refused."""
    picture = response.picture
    width, height = _size(response, settlement)
    format_ = _format(response, settlement)
    count = _integer(resolved(settlement, picture.count), 1)
    pixels = width * height
    if (
        pixels > options.picture_pixels
        or max(width, height) > LONGEST_SIDE[format_]
        or count * max(pixels, _LEAST_PIXELS) > options.call_pixels
    ):
        telling = picture.size or picture.width or picture.resolution or picture.ratio or ""
        return OverBudget(telling, f"{width}x{height}")
    compression = _integer(resolved(settlement, picture.compression), 100)
    first = Picture(
        width=width,
        height=height,
        format=format_,
        transparent=resolved(settlement, picture.background) == "transparent" and format_ != "jpeg",
        compression=compression if 0 <= compression <= 100 else 100,
        caption=caption(_text(resolved(settlement, picture.prompt))),
        model=_name(settlement.model or resolved(settlement, settlement.views.model_parameter)),
        quality=_name(resolved(settlement, picture.quality)),
        seed=options.seed,
    )
    return Order(first, max(count, 1))


def resolved(settlement: Settlement, parameter: str | None) -> Json:
    """Return what a parameter amounts to once the server has chosen: ``auto`` has become something; None if absent."""
    if parameter is None:
        return None
    value = settlement.effective.get(parameter)
    stands_for = settlement.table.parameters[parameter].becomes
    return stands_for.get(value, value) if isinstance(value, str) else value


def _size(response: Response, settlement: Settlement) -> tuple[int, int]:
    """Return width and height in pixels."""
    picture = response.picture
    default = edges(picture.default_size, "x") or (1, 1)
    if picture.size is not None:
        text = resolved(settlement, picture.size)
        separator = separator_of(settlement.table.parameters[picture.size])
        return (edges(text, separator) if isinstance(text, str) else None) or default
    if picture.width is not None or picture.height is not None:
        edges_ = (_integer(resolved(settlement, name), 0) for name in (picture.width, picture.height))
        width, height = (edge if edge > 0 else usual for edge, usual in zip(edges_, default, strict=True))
        return width, height
    longer = picture.edges.get(_text(resolved(settlement, picture.resolution)), max(default))
    ratio = _ratio(resolved(settlement, picture.ratio)) or Fraction(*default)
    if ratio >= 1:
        return longer, max(1, round(longer / ratio))
    return max(1, round(longer * ratio)), longer


def _ratio(text: Json) -> Fraction | None:
    """Read ``16:9`` or ``19.5:9``; None where it is no ratio."""
    if not isinstance(text, str):
        return None
    left, _, right = text.partition(":")
    if not (_RATIO_TERM.fullmatch(left) and _RATIO_TERM.fullmatch(right)):
        return None
    return Fraction(left) / Fraction(right)


def _format(response: Response, settlement: Settlement) -> Format:
    picture = response.picture
    return _FORMATS.get(_text(resolved(settlement, picture.format))) or _FORMATS[picture.default_format]


def _integer(value: Json, default: int) -> int:
    return int(value) if is_integer(value) else default


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _name(value: Json) -> str:
    text = _text(value)
    return text if len(text) <= _LONGEST_NAME else ""
