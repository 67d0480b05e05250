"""An image of an answer gives its bytes, knows its format, and goes to disk whole or not at all."""

import base64
import copy
import io
import os
import pickle
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Drawing

from ttapi_images import ImageError, WrongSuffix
from ttapi_images._files import write_whole
from ttapi_images._formats import format_of, pixels_of
from ttapi_images._image import Image
from ttapi_images._records import Reader, text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Picture(Image):
    """An image as answers hold it."""

    _readers: ClassVar[Mapping[str, Reader]] = {"b64_json": text, "url": text}
    _base64: ClassVar[str | None] = "b64_json"
    _url: ClassVar[str | None] = "url"

    b64_json: str | None = None
    url: str | None = None


def picture(name: str, width: int = 3, height: int = 2, *, mode: str = "RGB", **options: object) -> bytes:
    """Draw a plain picture.

    Args:
        name: Pillow's name of the format.
        width: In pixels.
        height: In pixels.
        mode: Pillow's pixel mode.
        **options: Passed on to the encoder.
    """
    file = io.BytesIO()
    Drawing.new(mode, (width, height)).save(file, name, **options)
    return file.getvalue()


PNG = picture("PNG")
JPEG = picture("JPEG")
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'


def base64_of(data: bytes) -> str:
    """Write bytes as base64 text, as the API does."""
    return base64.b64encode(data).decode()


FILES = {
    "png": picture("PNG", 31, 7),
    "jpeg": picture("JPEG", 31, 7),
    "jpeg, progressive": picture("JPEG", 31, 7, progressive=True),
    "webp": picture("WEBP", 31, 7),
    "webp, lossless": picture("WEBP", 31, 7, lossless=True),
    "webp, extended": picture("WEBP", 31, 7, mode="RGBA", exif=b"Exif\0\0"),
    "gif": picture("GIF", 31, 7),
}


def image_of(data: bytes) -> Picture:
    """Make an image record as an answer would hold it."""
    return Picture.from_json({"b64_json": base64_of(data)})


def names_in(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("name", FILES)
def test_format_and_size_are_read_from_the_file(name: str) -> None:
    """Not what was asked for counts, but what came."""
    image = image_of(FILES[name])

    assert image.format == name.partition(",")[0]
    assert image.pixels == (31, 7)


@pytest.mark.parametrize("data", [SVG, b"\xef\xbb\xbf  <svg/>", b"<!-- by hand -->\n<svg></svg>"])
def test_vector_images_are_known_and_have_no_pixels(data: bytes) -> None:
    """SVG is text; its size is not in pixels."""
    assert image_of(data).format == "svg"
    assert image_of(data).pixels is None


@pytest.mark.parametrize("data", [b"", b"BM", b"<html></html>", b"RIFF....WAVE", b"\x89PNG"])
def test_an_unknown_format_is_none(data: bytes) -> None:
    """Answers are open: an image in a format of tomorrow can be had all the same."""
    image = Picture(b64_json=base64_of(data) or "")

    assert image.format is None
    assert image.bytes == data


@pytest.mark.parametrize(
    ("head", "pixels"),
    [
        (b"\xff\xd8\xff\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08\x00\x02\x00\x03", (3, 2)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff", None),
        (b"RIFF    WEBPVP8 ", None),
        (b"RIFF    WEBPVP9 " + bytes(20), None),
        (b"GIF89a", None),
    ],
    ids=["fill byte", "no frame", "cut", "new kind", "no size"],
)
def test_unusual_headers_are_read_or_give_none(head: bytes, pixels: tuple[int, int] | None) -> None:
    """A filled-up JPEG still tells its size; what does not tell one has none."""
    assert pixels_of(head) == pixels


@given(st.sampled_from(sorted(FILES)), st.integers(min_value=0, max_value=60), st.binary(max_size=40))
def test_damaged_headers_never_raise(name: str, kept: int, junk: bytes) -> None:
    """A file that is cut short or overwritten gives some answer or None."""
    pixels_of(FILES[name][:kept] + junk)
    format_of(FILES[name][:kept] + junk)


def test_bytes_are_decoded_once() -> None:
    """Asking again gives the same object."""
    image = image_of(PNG)

    assert image.bytes == PNG
    assert image.bytes is image.bytes


@pytest.mark.parametrize("wrap", ["data:image/png;base64,{}", "{}\n", " {}"])
def test_what_gateways_do_to_base64_is_undone(wrap: str) -> None:
    """A data URL or white space around the text does no harm."""
    image = Picture(b64_json=wrap.format(base64_of(PNG)))

    assert image.bytes == PNG
    assert image.format == "png"


@pytest.mark.parametrize("text", ["A", "AAA", "!!!!", "AAAA*AAA", "é"])
def test_damaged_base64_is_an_error_that_says_so(text: str) -> None:
    """Silently skipping signs would give a broken picture."""
    with pytest.raises(ImageError, match="base64 is damaged"):
        _ = Picture(b64_json=text).bytes


def test_a_record_without_an_image_says_so() -> None:
    """Neither base64 nor URL: there is nothing to decode or fetch."""
    with pytest.raises(ImageError, match="no image in this record"):
        _ = Picture().bytes
    with pytest.raises(ImageError, match="no image in this record"):
        Picture().download()


def test_an_image_behind_a_url_names_the_call_that_fetches_it() -> None:
    """`bytes` does not go to the network behind the caller's back."""
    image = Picture(url="https://images.example/1.png")

    with pytest.raises(ImageError, match=r"image\.download\(\)"):
        _ = image.bytes
    with pytest.raises(ImageError, match=r"client\.download\(url\)"):
        image.download()


def test_images_travel() -> None:
    """Copies and pickles of an image are equal to it and still decode."""
    image = image_of(PNG)
    _ = image.bytes

    for twin in (copy.deepcopy(image), pickle.loads(pickle.dumps(image))):
        assert twin == image
        assert twin.bytes == PNG


@pytest.mark.parametrize(
    ("name", "data"),
    [("fox.png", PNG), ("fox.PNG", PNG), ("fox.jpg", JPEG), ("fox.jpeg", JPEG), ("fox", PNG), ("fox.v2", PNG)],
)
def test_an_image_is_saved_as_it_came(tmp_path: Path, name: str, data: bytes) -> None:
    """An ending in any case, another spelling of it, none, or one that is no image's."""
    path = image_of(data).save(tmp_path / name)

    assert path == tmp_path / name
    assert path.read_bytes() == data
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize(("name", "right"), [("fox.jpg", "fox.png"), ("a.b.webp", "a.b.png"), ("fox.tiff", "fox.png")])
def test_a_name_that_claims_another_format_is_refused(tmp_path: Path, name: str, right: str) -> None:
    """The message names the right ending, and nothing is written."""
    with pytest.raises(WrongSuffix, match=f"is png: save it as {right}"):
        image_of(PNG).save(str(tmp_path / name))

    assert not names_in(tmp_path)


@pytest.mark.parametrize("name", ["fox.png", "fox.jpeg", "fox.webp", "fox.gif"])
def test_what_is_no_image_is_not_saved_as_one(tmp_path: Path, name: str) -> None:
    """An error page under the name of a picture is found by nobody; under a name without an ending it is kept."""
    image = Picture(b64_json=base64.b64encode(b"<html>oops</html>").decode())

    with pytest.raises(WrongSuffix, match=rf"{name} claims to be \w+, but what came is no image known here .*<html>oo"):
        image.save(tmp_path / name)

    assert image.save(tmp_path / "fox").read_bytes() == b"<html>oops</html>"
    assert [path.name for path in tmp_path.iterdir()] == ["fox"]


def test_saving_replaces_a_file_and_follows_a_link(tmp_path: Path) -> None:
    """The old file is gone, a link stays a link."""
    target, link = tmp_path / "real.png", tmp_path / "link.png"
    target.write_bytes(b"old")
    link.symlink_to(target)

    image_of(PNG).save(link)

    assert link.is_symlink()
    assert target.read_bytes() == PNG


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs the new picture, not the old one."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "fox.png"
    target.write_bytes(b"old")
    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match="No space left"):
        image_of(PNG).save(target)

    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["fox.png"]


def test_a_missing_directory_is_an_ordinary_error(tmp_path: Path) -> None:
    """Directories are not made by accident."""
    with pytest.raises(FileNotFoundError):
        image_of(PNG).save(tmp_path / "nowhere" / "fox.png")


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """What is no regular file, such as /dev/null, stays what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()

    write_whole(pipe, PNG)
    reader.join()

    assert read == [PNG]
    assert pipe.is_fifo()


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    """Like any file the user makes, it follows the umask."""
    plain, saved = tmp_path / "plain", tmp_path / "fox.png"
    plain.write_bytes(b"")

    image_of(PNG).save(saved)

    assert saved.stat().st_mode == plain.stat().st_mode


def test_what_is_known_of_an_image_can_be_told_without_the_file() -> None:
    """A log wants the facts and no megabytes."""
    image = Picture.from_json({"b64_json": base64_of(PNG), "url": "https://a.test/1", "mood": "calm"})

    assert image.to_json(file=False) == {"url": "https://a.test/1", "mood": "calm"}
    assert image.to_json() == image.to_json(file=True) == {"b64_json": base64_of(PNG), **image.to_json(file=False)}
    assert Image.from_json({"b64_json": "kept"}).to_json(file=False) == {"b64_json": "kept"}
