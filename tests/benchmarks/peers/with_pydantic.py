"""The first API's rules for pydantic: a model for each group of models, chosen by a callable discriminator.

Strict types, unknown fields refused, rules across fields in a model validator, one adapter made once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from .by_hand import GPT_ONLY

__all__ = ["faults"]


def _free_size(size: str) -> str:
    if size != "auto":
        left, _, right = size.partition("x")
        width, height = int(left), int(right)
        if width % 16 or height % 16:
            raise ValueError("edges are multiples of 16")
        if width > 3 * height or height > 3 * width:
            raise ValueError("a ratio is from 1:3 to 3:1")
    return size


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    user: str = ""


class _Gpt(_Request):
    prompt: Annotated[str, Field(min_length=1, max_length=32000)]
    background: Literal["transparent", "opaque", "auto"] | None = None
    moderation: Literal["auto", "low"] | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    output_format: Literal["png", "webp", "jpeg"] | None = None
    partial_images: Annotated[int, Field(ge=0, le=3)] | None = None
    quality: Literal["low", "medium", "high", "auto"] | None = None
    stream: bool | None = None

    @model_validator(mode="after")
    def _across(self) -> Self:
        form = self.output_format
        if self.background == "transparent" and form == "jpeg":
            raise ValueError("background transparent needs png or webp")
        compression = self.output_compression
        if compression is not None and compression < 100 and (form is None or form == "png"):
            raise ValueError("compression needs webp or jpeg")
        if self.partial_images and self.stream is not True:
            raise ValueError("partial images need stream")
        return self


class GptImage1(_Gpt):
    """Requests for the models with listed sizes."""

    model: Literal["gpt-image-1.5", "gpt-image-1"] = "gpt-image-1"
    size: Literal["1024x1024", "1024x1536", "1536x1024", "auto"] | None = None


class GptImage2(_Gpt):
    """Requests for the model with free sizes."""

    model: Literal["gpt-image-2"]
    size: (
        Annotated[
            str,
            Field(pattern=r"^(?:auto|[1-9][0-9]{0,8}x[1-9][0-9]{0,8})$"),
            AfterValidator(_free_size),
        ]
        | None
    ) = None


class DallE2(_Request):
    """Requests for the older model."""

    prompt: Annotated[str, Field(min_length=1, max_length=1000)]
    model: Literal["dall-e-2"] = "dall-e-2"
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    quality: Literal["standard", "auto"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    size: Literal["256x256", "512x512", "1024x1024"] | None = None


class DallE3(_Request):
    """Requests for the model that has styles."""

    prompt: Annotated[str, Field(min_length=1, max_length=4000)]
    model: Literal["dall-e-3"]
    n: Annotated[int, Field(ge=1, le=1)] | None = None
    quality: Literal["standard", "hd", "auto"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    size: Literal["1024x1024", "1792x1024", "1024x1792"] | None = None
    style: Literal["vivid", "natural"] | None = None


TAGS = {
    "gpt-image-2": "gpt-image-2",
    "gpt-image-1.5": "gpt-image-1",
    "gpt-image-1": "gpt-image-1",
    "dall-e-3": "dall-e-3",
    "dall-e-2": "dall-e-2",
}


def _tag(body: Mapping[str, Any]) -> str | None:
    if "model" in body:
        model = body["model"]
        return TAGS.get(model) if type(model) is str else None
    return "dall-e-2" if GPT_ONLY.isdisjoint(body) else "gpt-image-1"


REQUEST: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        Annotated[GptImage2, Tag("gpt-image-2")]
        | Annotated[GptImage1, Tag("gpt-image-1")]
        | Annotated[DallE3, Tag("dall-e-3")]
        | Annotated[DallE2, Tag("dall-e-2")],
        Discriminator(_tag),
    ]
)


def faults(body: Mapping[str, Any]) -> list[Any]:
    """Tell what is wrong with *body*: nothing, or the errors as pydantic lists them, made into records."""
    try:
        REQUEST.validate_python(body)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []
