"""The encoding: an image in memory as a file of the asked format, with what was asked in its metadata.

The metadata stands where viewers and libraries look for it: in text chunks of a PNG, in the comment of a JPEG, in the
EXIF data of a WebP.  ``Software`` says what made the file, ``Description`` the prompt; the comment is the whole
request, as far as a picture carries it, as JSON.  A JPEG has the comment alone, the software in it too: writing EXIF
data as well made its first rendering a tenth slower.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, assert_never

from .picture import Picture

if TYPE_CHECKING:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

__all__ = ["SOFTWARE", "encode", "request_of"]

SOFTWARE: Final = "Safelight (a fake image, drawn for a test)"
"""What the metadata names as the maker of a file: nobody shall take it for a model's work."""

# Tags of the EXIF standard (CIPA DC-008); a user comment begins with its character code, in eight bytes.
_IMAGE_DESCRIPTION, _SOFTWARE_TAG, _EXIF_IFD, _USER_COMMENT = 0x010E, 0x0131, 0x8769, 0x9286
_ASCII: Final = b"ASCII\0\0\0"


def encode(image: Image.Image, picture: Picture) -> bytes:
    """Return *image* as a file of the format, the compression and the metadata of *picture*.

    Cost: linear in the pixels; it is most of what a picture costs.
    """
    file = BytesIO()
    match picture.format:
        case "png":
            image.save(file, "PNG", pnginfo=_text_chunks(picture))
        case "jpeg":
            # 1 to 95 is the range that Pillow recommends: above it files only grow.  Optimised Huffman tables would
            # save a tenth of the bytes, and take half as long again.
            image.save(file, "JPEG", quality=1 + round(picture.compression * 0.94), comment=_comment(picture))
        case "webp":
            # The fastest method: on these pictures the next three cost up to half as much again and save nothing.
            image.save(file, "WEBP", quality=picture.compression, method=0, exif=_exif(picture))
        case _:
            assert_never(picture.format)
    return file.getvalue()


def request_of(picture: Picture) -> dict[str, Any]:
    """Return what was asked, as far as a picture carries it.  What changes nothing in a file does not stand in it."""
    request: dict[str, Any] = {
        "model": picture.model,
        "prompt": picture.caption,
        "size": f"{picture.width}x{picture.height}",
        "quality": picture.quality,
        "background": "transparent" if picture.transparent else "opaque",
        "output_format": picture.format,
    }
    if picture.format != "png":
        request["output_compression"] = picture.compression
    request |= {"seed": picture.seed, "index": picture.index}
    if picture.progress < 1:
        request["progress"] = str(picture.progress)
    return request


def _text_chunks(picture: Picture) -> PngInfo:
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_text("Software", SOFTWARE)
    chunks.add_itxt("Description", _described(picture))
    chunks.add_text("Comment", json.dumps(request_of(picture)))
    return chunks


def _comment(picture: Picture) -> bytes:
    return json.dumps({"software": SOFTWARE, **request_of(picture)}).encode()


def _exif(picture: Picture) -> Image.Exif:
    from PIL import Image

    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = _described(picture).encode()
    exif[_SOFTWARE_TAG] = SOFTWARE
    exif[_EXIF_IFD] = {_USER_COMMENT: _ASCII + json.dumps(request_of(picture)).encode()}
    return exif


def _described(picture: Picture) -> str:
    """Return the caption as text that a file can hold: no half of a surrogate pair, and no NUL, which ends a text."""
    return picture.caption.encode("utf-8", "replace").decode().replace("\0", " ")
