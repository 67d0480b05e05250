"""Lettering: lines of text as small images, made of letters that are drawn once and kept.

Drawing a letter from its outlines takes ten times as long as putting it into its place, and texts have few different
ones.  Letters are kept lying on their side: so the columns of a letter are its lines, a line of text is nothing but
its letters one after the other, and one turn at the end stands them up.
"""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image, ImageFont

__all__ = ["SHADES", "lettered", "printable"]

SHADES: Final = 16
"""How many shades a line of text has, from bare ground (0) to full ink (`SHADES` - 1): enough for smooth edges."""

_LETTERS_KEPT: Final = 512  # Those of some five sizes; a large one takes 4 kB.
_FONTS_KEPT: Final = 16


def printable(text: str) -> str:
    """Return *text* in the letters of Pillow's bundled font: without accents, other scripts as question marks."""
    if text.isascii() and text.isprintable():
        return text
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = "".join(letters).encode("ascii", "replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in plain)


def lettered(line: str, points: int) -> Image.Image:
    """Return a line of text as an image with one byte for each pixel, which is one of `SHADES` shades.

    Args:
        line: Not empty, `printable`.
        points: The size of the letters, in pixels.
    """
    from PIL import Image

    columns = b"".join([_letter(letter, points) for letter in line])
    height = _height(points)
    lying = Image.frombytes("L", (height, len(columns) // height), columns)
    return lying.transpose(Image.Transpose.TRANSPOSE)


@lru_cache(_LETTERS_KEPT)
def _letter(letter: str, points: int) -> bytes:
    """Return a letter column by column, a byte for each pixel."""
    from PIL import Image, ImageDraw

    font = _font(points)
    image = Image.new("L", (round(font.getlength(letter)), _height(points)))
    ImageDraw.Draw(image).text((0, 0), letter, fill=255, font=font)
    columns = image.transpose(Image.Transpose.TRANSPOSE).tobytes()
    return bytes(coverage * SHADES // 256 for coverage in columns)


@lru_cache(_FONTS_KEPT)
def _height(points: int) -> int:
    return ceil(_font(points).getbbox(string.ascii_letters + string.punctuation)[3])


@lru_cache(_FONTS_KEPT)
def _font(points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size=points)
