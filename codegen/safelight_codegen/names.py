"""Names of a spec as names of Python."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from typing import Final

__all__ = ["camel", "constant", "distinct", "in_order", "is_identifier", "snake"]

_WORD: Final = re.compile(r"[A-Za-z0-9]+")


def camel(*parts: str) -> str:
    """Write *parts* as the name of a class: ``output_format``, ``dall-e-3`` give ``OutputFormatDallE3``."""
    words = [word for part in parts for word in _WORD.findall(part)]
    name = "".join(word[0].upper() + word[1:] for word in words)
    return f"_{name}" if name[:1].isdigit() else name


def snake(*parts: str) -> str:
    """Write *parts* as the name of a function or a variable: ``gpt-image-1.5`` gives ``gpt_image_1_5``.

    What has neither letters nor digits of English gives ``_``.
    """
    name = "_".join(word.lower() for part in parts for word in _WORD.findall(part)) or "_"
    return f"_{name}" if name[:1].isdigit() else name


def constant(*parts: str) -> str:
    """Write *parts* as the name of a constant: ``gpt-image-1.5`` gives ``GPT_IMAGE_1_5``."""
    return snake(*parts).upper()


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names as imports and lists of exports are sorted: constants, then classes, then the rest."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[:1].isupper() else 2, name))


def is_identifier(name: str) -> bool:
    """Tell whether *name* can stand for a parameter in Python as it is."""
    return name.isidentifier() and not keyword.iskeyword(name)


def distinct(name: str, taken: Iterable[str]) -> str:
    """Change *name* until it is a free identifier: no keyword, no builtin constant, none of *taken*."""
    used = set(taken)
    while name in used or keyword.iskeyword(name) or (name in vars(builtins) and name[:1].isupper()):
        name += "_"
    return name
