"""What a server would answer, made in memory: the same bytes for every side of a comparison."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

import httpx2

__all__ = ["BODY", "KEY", "URL", "Chunks", "answer", "chunks", "events", "transport"]

URL: Final = "https://images.test/v1/images/generations"
KEY: Final = "sk-benchmark"
BODY: Final[dict[str, Any]] = {"model": "gpt-image-1", "prompt": "a fox in the snow", "size": "1024x1024"}

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ECHO: Final = {"background": "opaque", "output_format": "png", "quality": "medium", "size": "1024x1024"}
_USAGE: Final = {
    "input_tokens": 12,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 12},
    "output_tokens": 1056,
    "total_tokens": 1068,
}


def picture(characters: int) -> str:
    """A file that starts as a PNG does, in so many characters of base64."""
    many = characters * 3 // 4
    return b64encode(_SIGNATURE + Random(0).randbytes(many - len(_SIGNATURE))).decode()


def answer(characters: int) -> bytes:
    """A whole answer with one image of so many characters of base64."""
    body = {"created": 1_790_000_000, "data": [{"b64_json": picture(characters)}], "usage": _USAGE, **_ECHO}
    return json.dumps(body).encode()


def events(characters: int) -> bytes:
    """A stream of three partial images and the finished one, each of so many characters of base64."""
    drawn = picture(characters)
    common = {"b64_json": drawn, "created_at": 1_790_000_000, **_ECHO}
    partial = [{"type": "image_generation.partial_image", "partial_image_index": index, **common} for index in range(3)]
    done = {"type": "image_generation.completed", "usage": _USAGE, **common}
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in ([*partial, done]))


def chunks(stream: bytes, size: int) -> tuple[bytes, ...]:
    """Cut a stream as a network would."""
    return tuple(stream[start : start + size] for start in range(0, len(stream), size))


class Chunks(httpx2.SyncByteStream):
    """A body that comes in chunks."""

    def __init__(self, parts: tuple[bytes, ...]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)


def transport(respond: Callable[[], httpx2.Response]) -> httpx2.MockTransport:
    """A transport that answers every request with a fresh response, without a socket."""
    return httpx2.MockTransport(lambda _request: respond())
