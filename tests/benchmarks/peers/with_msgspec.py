"""The first API's rules for msgspec: a struct for each group of models, chosen by hand.

That is its fastest form: converting to a union of structs rebuilds what it knows of the types for each call, and a
tagged union has no default for a missing tag.  What types cannot say stands in ``__post_init__``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, ValidationError

from .by_hand import GPT_ONLY

__all__ = ["is_valid"]


class _Gpt(Struct, forbid_unknown_fields=True, gc=False):
    prompt: Annotated[str, Meta(min_length=1, max_length=32000)]
    model: Literal["gpt-image-2", "gpt-image-1.5", "gpt-image-1"] = "gpt-image-1"
    background: Literal["transparent", "opaque", "auto"] | None = None
    moderation: Literal["auto", "low"] | None = None
    n: Annotated[int, Meta(ge=1, le=10)] | None = None
    output_compression: Annotated[int, Meta(ge=0, le=100)] | None = None
    output_format: Literal["png", "webp", "jpeg"] | None = None
    partial_images: Annotated[int, Meta(ge=0, le=3)] | None = None
    quality: Literal["low", "medium", "high", "auto"] | None = None
    stream: bool | None = None
    user: str = ""

    def __post_init__(self) -> None:
        form = self.output_format
        if self.background == "transparent" and form == "jpeg":
            raise ValueError("background transparent needs png or webp")
        compression = self.output_compression
        if compression is not None and compression < 100 and (form is None or form == "png"):
            raise ValueError("compression needs webp or jpeg")
        if self.partial_images and self.stream is not True:
            raise ValueError("partial images need stream")


class GptImage1(_Gpt, forbid_unknown_fields=True, gc=False):
    """Requests for the models with listed sizes."""

    size: Literal["1024x1024", "1024x1536", "1536x1024", "auto"] | None = None


class GptImage2(_Gpt, forbid_unknown_fields=True, gc=False):
    """Requests for the model with free sizes."""

    size: Annotated[str, Meta(pattern=r"^(?:auto|[1-9][0-9]{0,8}x[1-9][0-9]{0,8})\Z")] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        size = self.size
        if size is not None and size != "auto":
            left, _, right = size.partition("x")
            width, height = int(left), int(right)
            if width % 16 or height % 16:
                raise ValueError("edges are multiples of 16")
            if width > 3 * height or height > 3 * width:
                raise ValueError("a ratio is from 1:3 to 3:1")


class DallE2(Struct, forbid_unknown_fields=True, gc=False):
    """Requests for the older model."""

    prompt: Annotated[str, Meta(min_length=1, max_length=1000)]
    model: Literal["dall-e-2"] = "dall-e-2"
    n: Annotated[int, Meta(ge=1, le=10)] | None = None
    quality: Literal["standard", "auto"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    size: Literal["256x256", "512x512", "1024x1024"] | None = None
    user: str = ""


class DallE3(Struct, forbid_unknown_fields=True, gc=False):
    """Requests for the model that has styles."""

    prompt: Annotated[str, Meta(min_length=1, max_length=4000)]
    model: Literal["dall-e-3"] = "dall-e-3"
    n: Annotated[int, Meta(ge=1, le=1)] | None = None
    quality: Literal["standard", "hd", "auto"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    size: Literal["1024x1024", "1792x1024", "1024x1792"] | None = None
    style: Literal["vivid", "natural"] | None = None
    user: str = ""


CLASSES = {
    "gpt-image-2": GptImage2,
    "gpt-image-1.5": GptImage1,
    "gpt-image-1": GptImage1,
    "dall-e-3": DallE3,
    "dall-e-2": DallE2,
}


def is_valid(body: Mapping[str, Any]) -> bool:
    """Tell whether *body* is valid; msgspec names the first fault in a sentence, which is made and thrown away."""
    if "model" in body:
        model = body["model"]
        kind = CLASSES.get(model) if type(model) is str else None
        if kind is None:
            return False
    else:
        kind = DallE2 if GPT_ONLY.isdisjoint(body) else GptImage1
    try:
        msgspec.convert(body, kind)
    except ValidationError:
        return False
    return True
