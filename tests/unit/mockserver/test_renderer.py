"""What a renderer promises: a file as asked, or an error that says which renderer gave what instead."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import EntryPoint, EntryPoints
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from safelight_mockserver.pictures.picture import Format, Picture
from safelight_mockserver.pictures.renderer import BUILT_IN, RenderError, renderer

FORMATS: tuple[Format, ...] = ("png", "jpeg", "webp")
ASKED = Picture(320, 200, caption="a red fox", model="gpt-image-2", quality="high", seed=7)

WRITTEN = '''
import io
from PIL import Image

SCALE = 2

def right(picture):
    """Draw red."""
    file = io.BytesIO()
    Image.new("RGB", (picture.width, picture.height), "red").save(file, picture.format)
    return file.getvalue()

def clear(picture):
    file = io.BytesIO()
    Image.new("RGBA", (picture.width, picture.height)).save(file, "PNG")
    return file.getvalue()

def small(picture):
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, picture.format)
    return file.getvalue()

def always_png(picture):
    file = io.BytesIO()
    Image.new("RGB", (picture.width, picture.height), "red").save(file, "PNG")
    return file.getvalue()

def text(picture):
    return "red"

def noise(picture):
    return b"red"

def failing(picture):
    raise KeyError("no ink")

class Studio:
    render = staticmethod(right)
'''


@pytest.fixture(autouse=True)
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of a user's, which can be imported."""
    (tmp_path / "users_studio.py").write_text(WRITTEN)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


def opened(file: bytes) -> Image.Image:
    """Decode a file completely."""
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("name", "size"),
    [("picture", (320, 200)), ("plain", (320, 200)), ("tiny", (1, 1)), ("users_studio:right", (320, 200))],
)
def test_each_renderer_makes_files_of_the_asked_format_and_its_size(
    name: str, size: tuple[int, int], form: Format
) -> None:
    """All but ``tiny`` have the asked size; each gives the same bytes again."""
    asked = replace(ASKED, format=form)
    render = renderer(name)
    image = opened(render(asked))
    assert (image.format, image.size) == (form.upper(), size)
    assert render(asked) == render(asked)


def test_plain_pictures_are_one_colour_and_smaller_than_drawn_ones() -> None:
    """That is what they are for."""
    drawn, plain = (BUILT_IN[name](replace(ASKED, width=512, height=512)) for name in ("picture", "plain"))
    assert len(opened(plain).getcolors() or ()) == 1
    assert len(plain) * 4 < len(drawn)


@pytest.mark.parametrize("name", ["plain", "tiny"])
def test_plain_pictures_of_one_call_differ_in_colour(name: str) -> None:
    """Ten of them can be told apart."""
    colours = [opened(BUILT_IN[name](replace(ASKED, index=index))).getpixel((0, 0)) for index in range(10)]
    assert len(set(colours)) == 10


def test_partials_of_plain_pictures_come_strictly_nearer_to_the_finished_one() -> None:
    """As those of drawn ones do."""
    render = BUILT_IN["plain"]
    final = opened(render(ASKED))
    steps = [opened(render(replace(ASKED, progress=Fraction(step, 4)))) for step in (1, 2, 3, 4)]
    distances = [sum(ImageStat.Stat(ImageChops.difference(final, step)).mean) for step in steps]
    assert all(before > after for before, after in pairwise(distances))
    assert distances[-1] == 0


@pytest.mark.parametrize("form", ["png", "webp"])
@pytest.mark.parametrize(("name", "clear"), [("plain", 0.5), ("tiny", 1)])
def test_a_transparent_plain_picture_is_clear_above(name: str, clear: float, form: Format) -> None:
    """A client that asks for transparency finds some."""
    alpha = opened(BUILT_IN[name](replace(ASKED, format=form, transparent=True))).getchannel("A")
    assert ImageStat.Stat(alpha).mean[0] == pytest.approx(255 * (1 - clear))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("oil", ["no renderer 'oil'", "picture, plain, tiny", "module:function"]),
        ("no_such_module:draw", ["no_such_module:draw", "No module named"]),
        ("users_studio:paint", ["users_studio:paint", "has no attribute 'paint'"]),
        ("users_studio:SCALE", ["users_studio:SCALE is 2", "a function from a Picture to the bytes"]),
        (":draw", [":draw", "Empty module name"]),
    ],
)
def test_a_renderer_that_is_not_there_is_an_error_that_says_why(name: str, words: list[str]) -> None:
    """At start, before anybody asks for a picture."""
    with pytest.raises(RenderError) as error:
        renderer(name)
    assert [word for word in words if word not in str(error.value)] == []


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("small", "users_studio:small returned webp of 8x8, where a webp of 320x200 was asked"),
        ("always_png", "users_studio:always_png returned png of 320x200, where a webp of 320x200 was asked"),
        ("text", "users_studio:text returned str, where the bytes of a webp of 320x200 were asked"),
        ("noise", "users_studio:noise returned 3 bytes that are no image, where a webp of 320x200 was asked"),
        ("failing", "users_studio:failing raised KeyError for a webp of 320x200: 'no ink'"),
    ],
)
def test_a_users_renderer_that_does_not_give_what_was_asked_is_told_so(function: str, words: str) -> None:
    """What it gave and what was asked, in one line."""
    with pytest.raises(RenderError) as error:
        renderer(f"users_studio:{function}")(replace(ASKED, format="webp"))
    assert str(error.value) == words


def test_a_transparent_picture_must_come_with_an_alpha_channel_and_others_may() -> None:
    """A client that checks for transparency fails for the renderer's reason, not for its own."""
    with pytest.raises(RenderError, match="returned png of 320x200, where a png of 320x200 with alpha was asked"):
        renderer("users_studio:right")(replace(ASKED, transparent=True))
    assert opened(renderer("users_studio:clear")(ASKED)).mode == "RGBA"


def test_a_renderer_may_be_a_member_of_something() -> None:
    """``module:Class.method`` as in entry points."""
    assert opened(renderer("users_studio:Studio.render")(ASKED)).size == (320, 200)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Installs an entry point, as a user's package would."""

    def install(name: str, value: str) -> None:
        def entry_points(*, group: str) -> EntryPoints:
            return EntryPoints([EntryPoint(name, value, "safelight.images")]).select(group=group)

        monkeypatch.setattr("importlib.metadata.entry_points", entry_points)

    return install


def test_an_installed_package_can_bring_a_renderer(installed: Callable[[str, str], None]) -> None:
    """By an entry point of the group ``safelight.images``."""
    installed("oil", "users_studio:right")
    assert opened(renderer("oil")(ASKED)).getpixel((0, 0)) == (255, 0, 0)


def test_an_entry_point_that_leads_nowhere_is_named_with_where_it_leads(
    installed: Callable[[str, str], None],
) -> None:
    """The author of the package then knows which line to mend."""
    installed("oil", "users_studio:paint")
    with pytest.raises(RenderError, match=r"oil \(users_studio:paint\) cannot be loaded"):
        renderer("oil")
    with pytest.raises(RenderError, match="choose oil, picture, plain, tiny"):
        renderer("acryl")
