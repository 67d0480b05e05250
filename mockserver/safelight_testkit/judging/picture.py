"""What an image of a good answer must look like, by what the request comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from safelight.judging.interpret import Settlement
from safelight.judging.lens import separator_of
from safelight.model import Json, Response
from safelight.vocabulary.checks import edges, is_integer
from safelight_testkit.judging.images import Sight

__all__ = ["Portrait", "portrait", "resolved"]

_FORMATS: Final = {"jpg": "jpeg"}
_TRANSPARENT: Final = "transparent"
_RATIO: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?):(\d{1,6}(?:\.\d{1,6})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What an image must look like.

    Attributes:
        count: How many there are.
        width: In pixels; None where the spec does not tell.
        height: In pixels.
        slack: Pixels by which the shorter side may differ, where the spec tells it as a ratio.
        format: The file format.
        transparent: Whether it lets its background through; None where nothing tells.
    """

    count: int
    width: int | None
    height: int | None
    slack: int
    format: str
    transparent: bool | None

    def fits(self, sight: Sight) -> bool:
        """Whether an image has the right size."""
        if self.width is None or self.height is None:
            return True
        return abs(sight.width - self.width) <= self.slack and abs(sight.height - self.height) <= self.slack


def resolved(settlement: Settlement, parameter: str) -> Json:
    """What a parameter amounts to once the server has chosen as the spec says it does; None where it is absent."""
    value = settlement.effective.get(parameter)
    becomes = settlement.table.parameters[parameter].becomes
    return becomes.get(value, value) if isinstance(value, str) else value


def portrait(response: Response, settlement: Settlement) -> Portrait:
    """What the images of a request must look like."""
    picture = response.picture
    wanted = picture.count and resolved(settlement, picture.count)
    count = int(wanted) if is_integer(wanted) else 1
    format_ = _text(picture.format and resolved(settlement, picture.format)) or picture.default_format
    bare = Portrait(count=count, width=None, height=None, slack=0, format=_named(format_), transparent=None)
    sized = _sized(bare, response, settlement)
    background = _text(picture.background and resolved(settlement, picture.background))
    return with_background(sized, background) if background else sized


def echoed(expected: Portrait, parameter: str, value: Json, response: Response, settlement: Settlement) -> Portrait:
    """Change a portrait to what an answer says that the server has chosen for *parameter*."""
    picture, text = response.picture, _text(value)
    if is_integer(value) and parameter == picture.width:
        return replace(expected, width=int(value))
    if is_integer(value) and parameter == picture.height:
        return replace(expected, height=int(value))
    if not text:
        return expected
    if parameter == picture.size:
        pair = edges(text, separator_of(settlement.table.parameters[parameter]))
        return replace(expected, width=pair[0], height=pair[1]) if pair is not None else expected
    if parameter == picture.format:
        return replace(expected, format=_named(text))
    return with_background(expected, text) if parameter == picture.background else expected


def with_background(expected: Portrait, background: str) -> Portrait:
    """Ask for transparency where *background* says so; a format without an alpha channel cannot have it."""
    return replace(expected, transparent=background == _TRANSPARENT and expected.format != "jpeg")


def _sized(bare: Portrait, response: Response, settlement: Settlement) -> Portrait:
    picture = response.picture
    default = edges(picture.default_size, "x")
    if picture.size is not None:
        separator = separator_of(settlement.table.parameters[picture.size])
        pair = edges(_text(resolved(settlement, picture.size)), separator) or default
        return replace(bare, width=pair[0], height=pair[1]) if pair is not None else bare
    if picture.width is not None and picture.height is not None and default is not None:
        width, height = (resolved(settlement, name) for name in (picture.width, picture.height))
        return replace(
            bare,
            width=int(width) if is_integer(width) else default[0],
            height=int(height) if is_integer(height) else default[1],
        )
    shape = _text(resolved(settlement, picture.ratio)) if picture.ratio else picture.default_size.replace("x", ":")
    ratio = _RATIO.fullmatch(shape)
    longer = picture.edges.get(_text(picture.resolution and resolved(settlement, picture.resolution)))
    if ratio is None or longer is None or not Fraction(ratio[2]) or not Fraction(ratio[1]):
        return bare
    width, height = Fraction(ratio[1]), Fraction(ratio[2])
    shorter = round(longer * min(width, height) / max(width, height))
    wide = width >= height
    return replace(bare, width=longer if wide else shorter, height=shorter if wide else longer, slack=1)


def _named(format_: str) -> str:
    return _FORMATS.get(format_, format_)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
