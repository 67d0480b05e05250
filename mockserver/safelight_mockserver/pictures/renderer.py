"""The renderer: what makes the file of a picture, chosen by name.

``picture`` draws what was asked, so that people can tell pictures apart.  ``plain`` is one colour of the full size:
little work and small files, for load.  ``tiny`` is one pixel whatever was asked: for tests that look at everything but
the picture.  Anything else is a renderer of the user's own: a function that gets a `Picture` and returns the bytes of a
file, named as ``module:function`` or by an entry point of the group ``safelight.images``.

What a user's renderer returns is looked at before a client gets it.  A wrong file would otherwise be blamed on the
client that cannot open it.
"""

from __future__ import annotations

import colorsys
import importlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Final, TypeAlias

from .picture import Picture

__all__ = ["BUILT_IN", "GROUP", "RenderError", "Renderer", "picture", "plain", "renderer", "tiny"]

Renderer: TypeAlias = Callable[[Picture], bytes]

GROUP: Final = "safelight.images"
"""The group of entry points by whose names users' renderers are found."""

_WITH_ALPHA: Final = " with alpha"


class RenderError(Exception):
    """A renderer cannot be found, or does not give what was asked; the text says which, why and what would be right."""


def picture(asked: Picture) -> bytes:
    """Draw what was asked: a scene of its own with the prompt and the parameters legible on it."""
    from .drawing import drawn
    from .encoding import encode

    return encode(drawn(asked), asked)


def plain(asked: Picture) -> bytes:
    """Fill the asked size with one colour, which is the picture's own; the upper half is clear if it is transparent.

    Partial pictures come from white to the colour in even steps.
    """
    from PIL import Image

    from .encoding import encode
    from .scene import hue_of

    colour = colorsys.hsv_to_rgb(hue_of(f"{asked.model}/{asked.caption}/{asked.seed}", asked.index), 0.5, 0.85)
    done = float(asked.progress)
    size = asked.width, asked.height
    image = Image.new("RGB", size, tuple(round(255 * (1 - done * (1 - part))) for part in colour))
    if asked.transparent:
        alpha = Image.new("L", size, 255)
        alpha.paste(0, (0, 0, asked.width, asked.height // 2 or 1))
        image.putalpha(alpha)
    return encode(image, asked)


def tiny(asked: Picture) -> bytes:
    """Return a file of one pixel in the asked format, whatever size was asked."""
    return plain(replace(asked, width=1, height=1))


BUILT_IN: Final[dict[str, Renderer]] = {"picture": picture, "plain": plain, "tiny": tiny}


def renderer(name: str) -> Renderer:
    """Find a renderer.

    Args:
        name: ``picture``, ``plain``, ``tiny``, ``module:function``, or the name of an entry point.

    Raises:
        RenderError: There is none of this name.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    found = _by_path(name) if ":" in name else _by_entry_point(name)
    if not callable(found):
        raise RenderError(f"{name} is {found!r}: a renderer is a function from a Picture to the bytes of a file")
    return _checked(name, found)


def _by_path(name: str) -> object:
    module, _, path = name.partition(":")
    try:
        found: object = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, ValueError, AttributeError) as error:
        raise RenderError(f"there is no renderer {name}: {error}") from error
    return found


def _by_entry_point(name: str) -> object:
    from importlib.metadata import entry_points

    known = entry_points(group=GROUP)
    if name not in known.names:
        others = ", ".join(sorted({*BUILT_IN, *known.names}))
        raise RenderError(f"there is no renderer {name!r}: choose {others}, or name a function as module:function")
    try:
        return known[name].load()
    except (ImportError, AttributeError) as error:
        raise RenderError(f"the renderer {name} ({known[name].value}) cannot be loaded: {error}") from error


def _checked(name: str, render: Callable[[Picture], object]) -> Renderer:
    def checked(asked: Picture) -> bytes:
        wanted = f"{asked.format} of {asked.width}x{asked.height}{_WITH_ALPHA if asked.transparent else ''}"
        try:
            file = render(asked)
        except Exception as error:  # it is not ours, and may raise anything
            raise RenderError(f"{name} raised {type(error).__name__} for a {wanted}: {error}") from error
        if not isinstance(file, bytes):
            raise RenderError(f"{name} returned {type(file).__name__}, where the bytes of a {wanted} were asked")
        given = _seen(file)
        if given not in {wanted, wanted + _WITH_ALPHA}:  # An alpha channel that nobody asked for does no harm.
            raise RenderError(f"{name} returned {given}, where a {wanted} was asked")
        return file

    return checked


def _seen(file: bytes) -> str:
    """Say what a file is, from its header: its pixels are not decoded."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(file)) as image:
            alpha = _WITH_ALPHA if image.has_transparency_data else ""
            return f"{(image.format or 'nothing').lower()} of {image.width}x{image.height}{alpha}"
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return f"{len(file)} bytes that are no image"
