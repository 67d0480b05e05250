"""What a file says of itself: who made it, and what was asked."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from safelight_mockserver.pictures.encoding import SOFTWARE, request_of
from safelight_mockserver.pictures.picture import Format, Picture, caption
from safelight_mockserver.pictures.renderer import picture, plain

FORMATS: tuple[Format, ...] = ("png", "jpeg", "webp")
FOX = Picture(64, 48, caption="ein Fuchs im Schnee, 狐", model="gpt-image-2", quality="high", seed=7, index=2)


def told(file: bytes) -> tuple[str, str, dict[str, Any]]:
    """Read software, description and request from the metadata of a file, as a viewer does."""
    with Image.open(io.BytesIO(file)) as image:
        image.load()
        if image.format == "PNG":
            texts = image.info
            return texts["Software"], texts["Description"], json.loads(texts["Comment"])
        if image.format == "JPEG":
            request: dict[str, Any] = json.loads(image.info["comment"])
            return request.pop("software"), request["prompt"], request
        exif = image.getexif()
        comment: bytes = exif.get_ifd(0x8769)[0x9286]
        description: str = exif[0x010E]
        assert comment.startswith(b"ASCII\0\0\0")
        return exif[0x0131], description.encode("latin-1").decode(), json.loads(comment[8:])


@pytest.mark.parametrize("form", FORMATS)
def test_the_metadata_of_every_format_tells_the_request(form: Format) -> None:
    """Model, prompt, size, quality, background, format, seed and place can be read with any library."""
    software, description, request = told(picture(replace(FOX, format=form)))
    assert software == SOFTWARE
    assert description == FOX.caption
    expected = {
        "model": "gpt-image-2",
        "prompt": FOX.caption,
        "size": "64x48",
        "quality": "high",
        "background": "opaque",
        "output_format": form,
        "seed": 7,
        "index": 2,
    }
    assert request == expected | ({} if form == "png" else {"output_compression": 100})


@given(form=st.sampled_from(FORMATS), prompt=st.text(st.characters(), max_size=400))
def test_whatever_the_prompt_its_text_can_be_read_again(form: Format, prompt: str) -> None:
    """Line breaks, NUL, other scripts and halves of surrogate pairs make no file that cannot be read."""
    asked = Picture(1, 1, form, caption=caption(prompt))
    _, _, request = told(plain(asked))
    assert request == request_of(asked)
    assert request["prompt"] == asked.caption


def test_a_partial_picture_says_how_far_it_is() -> None:
    """So a test can tell the first partial from the second without looking at pixels."""
    assert told(picture(replace(FOX, progress=Fraction(2, 3))))[2]["progress"] == "2/3"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("prompt", ["", "a", "ab", "abc", "abcd", "狐"])
def test_a_prompt_of_any_length_is_the_description(form: Format, prompt: str) -> None:
    """The shortest texts too, which Exif keeps elsewhere than longer ones."""
    assert told(plain(Picture(1, 1, form, caption=prompt)))[:2] == (SOFTWARE, prompt)
