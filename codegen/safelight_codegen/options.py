"""What can be chosen about generated code."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from safelight.records import dataclass

__all__ = ["TARGETS", "Http", "Options", "Target"]

Target: TypeAlias = Literal["python", "openapi", "jsonschema"]
"""A kind of output; each has a folder of its own below the output folder."""

TARGETS: Final[tuple[Target, ...]] = ("python", "openapi", "jsonschema")
"""Every kind of output, in the order in which they are made."""

Http: TypeAlias = Literal["httpx2", "httpx"]
"""The HTTP library of a Python client.  The part of it that a client uses is the same in both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be chosen about generated code.

    Attributes:
        source: The name of the spec file, for the first line of each generated file.
        targets: The kinds of output to make.
        http: The HTTP library of a Python client.
    """

    source: str
    targets: tuple[Target, ...] = TARGETS
    http: Http = "httpx2"
