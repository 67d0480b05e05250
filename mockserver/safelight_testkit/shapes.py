"""Telling JSON objects and arrays apart, in a way that type checkers understand."""

from __future__ import annotations

from typing import TypeGuard

from safelight.model import Json

__all__ = ["is_array", "is_object"]


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell whether a parsed JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Tell whether a parsed JSON value is an array."""
    return isinstance(value, list)
