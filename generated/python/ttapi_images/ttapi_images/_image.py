"""One image of an answer: its bytes, its format, a place on disk.

An image arrives as base64 or as a URL.  Base64 of a megabyte is decoded only when somebody asks for the bytes, and then
once; the format is read from the first bytes of the file, because what was asked for and what came can differ.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from ._files import write_whole
from ._formats import SIGNED, claimed_format, format_of, pixels_of, suffix_of
from ._records import NO_LINK, Context, Link, Record
from .errors import ImageError, WrongSuffix

__all__ = ["Image"]

_Bytes: TypeAlias = bytes  # inside the class, `bytes` is the property
_HEAD = 1024  # characters of base64 that hold every signature: 768 bytes


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Image(Record):
    """A record that carries an image."""

    _base64: ClassVar[str | None] = None
    """The attribute that holds the file in base64, if the record has one."""
    _url: ClassVar[str | None] = None
    """The attribute that holds the file's URL, if the record has one."""

    _link: Link = field(default=NO_LINK, repr=False, compare=False)
    _file: _Bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def bytes(self) -> _Bytes:
        """The image file, decoded from base64 the first time, or as downloaded before.

        Raises:
            ImageError: The image is behind a URL and has not been downloaded, there is none, or its base64 is damaged.
        """
        if self._file is not None:
            return self._file
        encoded = self._attribute(self._base64)
        if encoded is None:
            raise ImageError(
                "there is no image in this record"
                if self._attribute(self._url) is None
                else "the image is behind a URL: call image.download(), or await image.adownload(), first"
            )
        return self._keep(_decoded(encoded))

    @property
    def format(self) -> str | None:
        """The format of the file, read from its first bytes: ``png``, ``jpeg``, ``webp``, ``gif``, ``svg``.

        None for a format that is not known here.  Raises what `bytes` raises.
        """
        encoded = self._attribute(self._base64)
        if self._file is None and encoded is not None and not encoded.startswith("data:"):
            return format_of(_decoded(encoded[:_HEAD]))
        return format_of(self.bytes)

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height of the file in pixels, read from its header; None where it does not say.

        Raises what `bytes` raises.
        """
        return pixels_of(self.bytes)

    def download(self) -> _Bytes:
        """Fetch the image from its URL, through the client it came from, and keep it.

        An image that is here already is not fetched.

        Returns:
            The image file.

        Raises:
            LinkExpired: The URL is no longer served.
            CallError: It cannot be fetched for another reason.
        """
        url = self._url_to_fetch()
        if url is None:
            return self.bytes
        if self._link.download is None:
            raise ImageError(
                "this image came from an asynchronous client: use await image.adownload()"
                if self._link.adownload is not None
                else "this image has no client to be fetched through: use client.download(url)"
            )
        return self._keep(self._link.download(url))

    async def adownload(self) -> _Bytes:
        """Fetch the image from its URL: `download` for the asynchronous client.

        Returns:
            The image file.

        Raises:
            LinkExpired: The URL is no longer served.
            CallError: It cannot be fetched for another reason.
        """
        url = self._url_to_fetch()
        if url is None:
            return self.bytes
        if self._link.adownload is None:
            raise ImageError(
                "this image came from a synchronous client: use image.download()"
                if self._link.download is not None
                else "this image has no client to be fetched through: use await client.download(url)"
            )
        return self._keep(await self._link.adownload(url))

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the image file, whole or not at all.  An image behind a URL is downloaded first.

        Args:
            path: Where to.  Its ending must be that of the format the image really has; a name without an ending, or
                with one that belongs to no image format, is taken as it is.  An existing file is replaced.

        Returns:
            The path written.

        Raises:
            WrongSuffix: The ending claims another format; the message names the right one.
            ImageError: As for `bytes` and `download`.
            OSError: The file cannot be written.
        """
        target = Path(path)
        data = self.download()
        claimed, real = claimed_format(target), format_of(data)
        if claimed is not None and real is not None and claimed != real:
            right = target.with_suffix(suffix_of(real)).name
            raise WrongSuffix(f"{target.name} claims to be {claimed}, but the image is {real}: save it as {right}")
        if claimed in SIGNED and real is None:
            raise WrongSuffix(
                f"{target.name} claims to be {claimed}, but what came is no image known here (it begins with "
                f"{data[:8]!r}): save it under a name without an ending, and look"
            )
        write_whole(target, data)
        return target

    def to_json(self, *, file: bool = True) -> dict[str, Any]:
        """The JSON object again, as of any record.

        Args:
            file: Whether the file in base64 is part of it; what remains without is fit for a log.
        """
        body = Record.to_json(self)
        if not file and self._base64 is not None:
            body.pop(self._base64, None)
        return body

    @classmethod
    def _of_context(cls, context: Context) -> dict[str, Any]:
        return {"_link": context.link}

    def _attribute(self, name: str | None) -> str | None:
        value = getattr(self, name) if name is not None else None
        return value if isinstance(value, str) else None

    def _url_to_fetch(self) -> str | None:
        """The URL of an image that is not here yet."""
        if self._file is not None or self._attribute(self._base64) is not None:
            return None
        return self._attribute(self._url)

    def _keep(self, data: _Bytes) -> _Bytes:
        object.__setattr__(self, "_file", data)  # a cache: what the record says does not change
        return data


def _decoded(encoded: str) -> bytes:
    """Decode base64; a ``data:`` prefix and line breaks, which some gateways add, are taken out."""
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError:
        bare = "".join((encoded.partition(",")[2] if encoded.startswith("data:") else encoded).split())
    try:
        return binascii.a2b_base64(bare, strict_mode=True)
    except ValueError as error:
        raise ImageError(f"the image's base64 is damaged ({error}; {len(encoded)} characters)") from error
