"""What a picture promises: a real file of exactly what was asked, the same one every time."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from safelight_mockserver.pictures.picture import Format, Picture, caption
from safelight_mockserver.pictures.renderer import picture as encode

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS: tuple[Format, ...] = ("png", "jpeg", "webp")
QUALITIES = st.sampled_from(["low", "medium", "high", "xhigh", "max", "standard", "hd", "", "unheard-of"])
FOX = Picture(256, 256, caption="a red fox in fresh snow", model="gpt-image-2", quality="high", seed=7)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Draw any small picture that is allowed."""
    form: Format = draw(st.sampled_from(FORMATS))
    return Picture(
        draw(st.integers(1, 300)),
        draw(st.integers(1, 300)),
        form,
        transparent=form != "jpeg" and draw(st.booleans()),
        compression=draw(st.integers(0, 100)),
        caption=draw(st.text(st.characters(), max_size=60)),
        model=draw(st.text(max_size=12)),
        quality=draw(QUALITIES),
        seed=draw(st.integers()),
        index=draw(st.integers(0, 9)),
        progress=draw(st.sampled_from([Fraction(1), Fraction(1, 4), Fraction(2, 3)])),
    )


def opened(data: bytes) -> Image.Image:
    """Decode a file completely, as a client would."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def distance(left: bytes, right: bytes) -> float:
    """Return the mean difference of two files' colours where they are not clear, 0 to 255."""
    one, other = opened(left).convert("RGBA"), opened(right).convert("RGBA")
    return sum(ImageStat.Stat(ImageChops.difference(one, other), mask=one.getchannel("A")).mean[:3]) / 3


@settings(deadline=None)
@given(pictures())
def test_a_picture_is_a_file_of_exactly_the_asked_size_and_format_and_the_same_bytes_each_time(
    picture: Picture,
) -> None:
    """Any allowed record encodes to a decodable file of its size and format, twice the same."""
    data = encode(picture)
    image = opened(data)
    assert image.size == (picture.width, picture.height)
    assert image.format == picture.format.upper()
    assert data == encode(picture)


@pytest.mark.parametrize("size", [(16, 16), (48, 16), (16, 48), (1024, 1024), (3840, 1280), (2880, 2880)])
def test_sizes_from_the_smallest_to_the_largest_and_the_most_stretched_are_drawn(size: tuple[int, int]) -> None:
    """The extremes of the size rules are drawn in full."""
    assert opened(encode(Picture(*size, "jpeg", caption="wide", model="m", quality="high"))).size == size


@pytest.mark.parametrize("form", ["png", "webp"])
@pytest.mark.parametrize("size", [(16, 16), (256, 256), (96, 288), (288, 96)])
def test_a_transparent_picture_has_clear_and_opaque_areas_and_others_have_no_alpha(
    form: Format, size: tuple[int, int]
) -> None:
    """Transparent means that the corner of the sky is clear and the ground opaque; other pictures have no alpha."""
    alpha = opened(encode(Picture(*size, form, transparent=True))).getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((0, size[1] - 1)) == 255
    assert 0.1 < ImageStat.Stat(alpha).mean[0] / 255 < 0.9
    assert opened(encode(Picture(*size, form))).mode == "RGB"


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_lower_compression_makes_smaller_files(form: Format) -> None:
    """Over the range of the parameter each step down in quality saves bytes."""
    sizes = [len(encode(replace(FOX, format=form, compression=level))) for level in (100, 75, 50, 25, 0)]
    assert sizes == sorted(set(sizes), reverse=True)


def test_compression_changes_nothing_in_a_png() -> None:
    """PNG loses nothing: the parameter has no effect on it."""
    assert encode(replace(FOX, compression=0)) == encode(FOX)


@pytest.mark.parametrize("size", [16, 256])
@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_each_picture_of_one_call_is_clearly_another_one(size: int, form: Format) -> None:
    """Ten indexes give ten pictures whose colours differ visibly, at the worst compression too."""
    files = [encode(Picture(size, size, form, compression=0, index=index)) for index in range(10)]
    assert all(distance(files[a], files[b]) > 3 for a in range(10) for b in range(a))


@pytest.mark.parametrize(
    "other",
    [replace(FOX, seed=8), replace(FOX, model="dall-e-2"), replace(FOX, caption="a red fox in fresh snow.")],
    ids=["seed", "model", "caption"],
)
def test_seed_model_and_caption_each_give_another_picture(other: Picture) -> None:
    """What was asked can be told from the pixels, without the caption: it holds on pictures too small for text."""
    small = (encode(replace(picture, width=64, height=64)) for picture in (FOX, other))
    assert distance(*small) > 3


@settings(deadline=None, max_examples=40)
@given(
    picture=pictures().filter(lambda picture: picture.width * picture.height >= 256),
    count=st.integers(1, 3),
)
def test_partial_pictures_come_strictly_nearer_to_the_finished_one(picture: Picture, count: int) -> None:
    """Of 1 to 3 partials each is closer to the final picture than the one before, as a client measures it."""
    final = encode(replace(picture, progress=Fraction(1)))
    partials = [encode(replace(picture, progress=Fraction(step, count + 1))) for step in range(1, count + 1)]
    distances = [*(distance(final, partial) for partial in partials), 0.0]
    assert all(earlier > later for earlier, later in pairwise(distances))


def test_a_finer_quality_shows_more() -> None:
    """More detail means more hills and softer light: each step up has more colours above the caption."""
    counts: list[int] = []
    for quality in ("low", "medium", "high", "xhigh", "max"):
        image = opened(encode(replace(FOX, width=512, height=512, quality=quality))).crop((0, 0, 512, 430))
        counts.append(len(image.getcolors() or ()))
    assert counts == sorted(set(counts))


@pytest.mark.parametrize("size", [256, 512, 1024])
@pytest.mark.parametrize(
    "other",
    [
        replace(FOX, caption="a red fax in fresh snow"),
        replace(FOX, model="gpt-image-1"),
        replace(FOX, quality="hd"),
        replace(FOX, seed=9),
    ],
    ids=["prompt", "model", "quality", "seed"],
)
def test_prompt_model_quality_and_seed_are_written_on_the_picture(size: int, other: Picture) -> None:
    """The band of text at the bottom changes with each of them, in light tones on a dark ground."""
    only_light = [0] * 161 + [255] * 95
    bands = [
        opened(encode(replace(picture, width=size, height=size)))
        .convert("L")
        .crop((0, size * 4 // 5, size, size))
        .point(only_light)  # pyright: ignore[reportUnknownMemberType]  # names NumPy's types
        for picture in (FOX, other)
    ]
    assert all(band.getbbox() for band in bands)
    assert ImageChops.difference(*bands).getbbox()


@pytest.mark.parametrize("size", [112, 160, 199])
@pytest.mark.parametrize(
    "other",
    [replace(FOX, model="gpt-image-1"), replace(FOX, quality="low"), replace(FOX, seed=9), replace(FOX, index=3)],
    ids=["model", "quality", "seed", "index"],
)
def test_what_is_too_small_for_the_prompt_still_shows_the_facts(size: int, other: Picture) -> None:
    """On small pictures model, size, quality, seed and place are written, and the prompt is left out."""
    light = [0] * 161 + [255] * 95
    bands = [
        opened(encode(replace(picture, width=size, height=size)))
        .convert("L")
        .crop((0, size - 42, size, size))  # three lines
        .point(light)  # pyright: ignore[reportUnknownMemberType]  # names NumPy's types
        for picture in (FOX, other)
    ]
    assert all(band.getbbox() for band in bands)
    assert ImageChops.difference(*bands).getbbox()


@given(st.text(st.characters(), min_size=181, max_size=4000))
def test_a_long_prompt_gives_a_short_caption_that_still_depends_on_its_end(prompt: str) -> None:
    """Cutting loses no distinction between prompts."""
    assert len(caption(prompt)) <= 180
    assert caption(prompt) != caption(prompt + "x")


@given(st.text(max_size=180))
def test_a_short_prompt_is_its_own_caption(prompt: str) -> None:
    """Nothing is cut without need."""
    assert caption(prompt) == prompt


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (partial(replace, FOX, width=0), "png"),
        (partial(replace, FOX, height=-1), "png"),
        (partial(replace, FOX, width=16_384, format="webp"), "16383"),
        (partial(replace, FOX, height=65_501, format="jpeg"), "65500"),
        (partial(replace, FOX, compression=101), "101"),
        (partial(replace, FOX, compression=-1), "-1"),
        (partial(replace, FOX, progress=Fraction(5, 4)), "5/4"),
        (partial(replace, FOX, transparent=True, format="jpeg"), "alpha"),
    ],
    ids=["no-width", "no-height", "wide-webp", "high-jpeg", "over-100", "below-0", "more-than-done", "clear-jpeg"],
)
def test_what_no_file_can_be_is_refused_with_the_reason(make: Callable[[], Picture], word: str) -> None:
    """An impossible record is refused when it is made, not somewhere inside an encoder."""
    with pytest.raises(ValueError, match=word):
        make()


def test_the_imaging_library_is_not_imported_before_the_first_picture() -> None:
    """A server that has drawn nothing has not paid for Pillow."""
    script = (
        "import sys; from safelight_mockserver.pictures import picture, renderer; draw = renderer.renderer('picture');"
        "assert 'PIL' not in sys.modules; draw(picture.Picture(1, 1)); assert 'PIL' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
