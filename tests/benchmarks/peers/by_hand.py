"""The first API's rules as a careful person would write them for speed: one function for each group of models.

It names every violation: the rule, the parameter, the value and the bound.  It makes no sentences, lists no allowed
values and seeks no nearest one, so it does less than the compiled validator where a body is faulty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Fault", "validate"]

Body: TypeAlias = Mapping[str, Any]


class Fault(NamedTuple):
    """One violation."""

    rule: str
    parameter: str
    value: Any
    bound: Any = None


MODELS = ("gpt-image-2", "gpt-image-1.5", "gpt-image-1", "dall-e-3", "dall-e-2")
GPT_ONLY = frozenset({"background", "moderation", "output_compression", "output_format", "partial_images", "stream"})
BACKGROUNDS = ("transparent", "opaque", "auto")
MODERATIONS = ("auto", "low")
FORMATS = ("png", "webp", "jpeg")
ANSWERS = ("url", "b64_json")
STYLES = ("vivid", "natural")
GPT_QUALITIES = ("low", "medium", "high", "auto")
GPT_SIZES = ("1024x1024", "1024x1536", "1536x1024", "auto")
DALL_E_3_QUALITIES = ("standard", "hd", "auto")
DALL_E_3_SIZES = ("1024x1024", "1792x1024", "1024x1792")
DALL_E_2_QUALITIES = ("standard", "auto")
DALL_E_2_SIZES = ("256x256", "512x512", "1024x1024")
GPT_KEYS = GPT_ONLY | {"model", "prompt", "n", "quality", "size", "user"}
DALL_E_2_KEYS = frozenset({"model", "prompt", "n", "quality", "response_format", "size", "user"})
DALL_E_3_KEYS = DALL_E_2_KEYS | {"style"}


def validate(body: Body) -> list[Fault]:
    """Tell every rule that *body* breaks; an empty list where it breaks none."""
    faults: list[Fault] = []
    model = body["model"] if "model" in body else "dall-e-2" if GPT_ONLY.isdisjoint(body) else "gpt-image-1"
    if model in ("gpt-image-2", "gpt-image-1.5", "gpt-image-1"):
        _gpt(body, model, faults)
    elif model == "dall-e-3":
        _dall_e(body, faults, 4000, 1, DALL_E_3_QUALITIES, DALL_E_3_SIZES, DALL_E_3_KEYS)
        style = body.get("style")
        if style is not None and style not in STYLES:
            faults.append(Fault("style", "style", style, STYLES))
    elif model == "dall-e-2":
        _dall_e(body, faults, 1000, 10, DALL_E_2_QUALITIES, DALL_E_2_SIZES, DALL_E_2_KEYS)
    else:
        faults.append(Fault("model", "model", model, MODELS))
        _prompt(body, 32000, faults)
    return faults


def _gpt(body: Body, model: str, faults: list[Fault]) -> None:
    _prompt(body, 32000, faults)
    get = body.get
    background = get("background")
    if background is not None and background not in BACKGROUNDS:
        faults.append(Fault("background", "background", background, BACKGROUNDS))
    moderation = get("moderation")
    if moderation is not None and moderation not in MODERATIONS:
        faults.append(Fault("moderation", "moderation", moderation, MODERATIONS))
    n = get("n")
    if n is not None and (type(n) is not int or not 1 <= n <= 10):
        faults.append(Fault("n", "n", n, (1, 10)))
    compression = get("output_compression")
    if compression is not None and (type(compression) is not int or not 0 <= compression <= 100):
        faults.append(Fault("output_compression", "output_compression", compression, (0, 100)))
        compression = None
    form = get("output_format")
    if form is not None and form not in FORMATS:
        faults.append(Fault("output_format", "output_format", form, FORMATS))
        background = compression = None
    partials = get("partial_images")
    if partials is not None and (type(partials) is not int or not 0 <= partials <= 3):
        faults.append(Fault("partial_images", "partial_images", partials, (0, 3)))
        partials = None
    quality = get("quality")
    if quality is not None and quality not in GPT_QUALITIES:
        faults.append(Fault("quality", "quality", quality, GPT_QUALITIES))
    size = get("size")
    if size is not None:
        if model == "gpt-image-2":
            _free_size(size, faults)
        elif size not in GPT_SIZES:
            faults.append(Fault("size", "size", size, GPT_SIZES))
    stream = get("stream")
    if stream is not None and type(stream) is not bool:
        faults.append(Fault("stream", "stream", stream))
        partials = None
    _user(body, faults)
    if not body.keys() <= GPT_KEYS:
        _unknown(body, GPT_KEYS, faults)
    if background == "transparent" and form == "jpeg":
        faults.append(Fault("transparent-needs-alpha", "background", background, ("png", "webp")))
    if compression is not None and compression < 100 and (form is None or form == "png"):
        faults.append(Fault("compression-needs-lossy-format", "output_compression", compression, ("webp", "jpeg")))
    if partials and stream is not True:
        faults.append(Fault("partials-need-stream", "partial_images", partials, True))


def _dall_e(
    body: Body,
    faults: list[Fault],
    longest: int,
    most: int,
    qualities: tuple[str, ...],
    sizes: tuple[str, ...],
    keys: frozenset[str],
) -> None:
    _prompt(body, longest, faults)
    get = body.get
    n = get("n")
    if n is not None and (type(n) is not int or not 1 <= n <= most):
        faults.append(Fault("n", "n", n, (1, most)))
    quality = get("quality")
    if quality is not None and quality not in qualities:
        faults.append(Fault("quality", "quality", quality, qualities))
    answer = get("response_format")
    if answer is not None and answer not in ANSWERS:
        faults.append(Fault("response_format", "response_format", answer, ANSWERS))
    size = get("size")
    if size is not None and size not in sizes:
        faults.append(Fault("size", "size", size, sizes))
    _user(body, faults)
    if not body.keys() <= keys:
        _unknown(body, keys, faults)


def _prompt(body: Body, longest: int, faults: list[Fault]) -> None:
    prompt = body.get("prompt")
    if type(prompt) is not str:
        faults.append(Fault("prompt", "prompt", prompt))
    elif not 1 <= len(prompt) <= longest:
        faults.append(Fault("prompt-length", "prompt", prompt, (1, longest)))


def _user(body: Body, faults: list[Fault]) -> None:
    if "user" in body and type(body["user"]) is not str:
        faults.append(Fault("user", "user", body["user"]))


def _unknown(body: Body, keys: frozenset[str], faults: list[Fault]) -> None:
    faults.extend(Fault("unknown", key, value) for key, value in body.items() if key not in keys)


def _free_size(size: Any, faults: list[Fault]) -> None:
    if size == "auto":
        return
    if type(size) is not str:
        faults.append(Fault("size", "size", size))
        return
    left, _, right = size.partition("x")
    if (
        not (left.isdecimal() and right.isdecimal() and size.isascii() and left[0] != "0" and right[0] != "0")
        or len(left) > 9
        or len(right) > 9
    ):
        faults.append(Fault("size-form", "size", size, "WIDTHxHEIGHT"))
        return
    width, height = int(left), int(right)
    if width % 16 or height % 16:
        faults.append(Fault("size-multiple", "size", size, 16))
    if width > 3 * height or height > 3 * width:
        faults.append(Fault("size-ratio", "size", size, 3))
