"""Halves: stretches of an answer whose images are cut off in the middle of their files, by order."""

from __future__ import annotations

import base64

from safelight_mockserver.answers.message import blocks_in
from safelight_mockserver.answers.wire import Block, Text
from safelight_mockserver.pictures.picture import Picture

from .gallery import Gallery

__all__ = ["halved"]


async def halved(gallery: Gallery, text: Text) -> dict[Block, bytes]:
    """Return the stretches of a text that have pictures in them, with the first half of each file."""
    made: dict[Block, bytes] = {}
    for block in blocks_in(text):
        parts: list[bytes] = []
        for part in block.parts:
            if isinstance(part, Picture):
                file = await gallery.file(part)
                parts.append(base64.b64encode(file[: len(file) // 2]))
            else:
                parts.append(part)
        made[block] = b"".join(parts)
    return made
