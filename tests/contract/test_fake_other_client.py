"""A client and a fake of an API of another shape: what holds for the first spec holds for it, with no line of code.

Ratio and resolution take the place of a size, images to start from are objects, errors have two fields, and there is
one way to send the key.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from PIL import Image

from safelight import load
from safelight_codegen import Mode, generate
from safelight_mockserver import Fake, Options, fake
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

SPEC = Path(__file__).parents[1] / "specs" / "xai-images.yaml"

FOX = {"model": "grok-imagine-image", "prompt": "a fox"}
LINK = {"url": "https://example.com/fox.png"}

Package: TypeAlias = Any
"""A generated client: no type checker knows it, since it is made by the test."""
Caller: TypeAlias = Any
"""Something of that package."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    """The generated client of the other API, imported as a user would."""
    out = tmp_path_factory.mktemp("out")
    generate(SPEC, out, Mode.WRITE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(out / "python" / "xai_images"), *sys.path])
        yield importlib.import_module("xai_images")
    for name in [name for name in sys.modules if name.partition(".")[0] == "xai_images"]:
        del sys.modules[name]


@pytest.fixture
def app() -> Fake:
    """A fake of the other API that knows one key."""
    return fake(SPEC, Options(api_key="k"))


@pytest.fixture
def client(package: Package, app: Fake) -> Iterator[Caller]:
    """A client with that key."""
    with package.Client(api_key="k", base_url="http://fake/v1", transport=AppTransport(app)) as one:
        yield one


def size_of(data: bytes) -> tuple[str | None, tuple[int, int]]:
    """The format and the size of a picture."""
    picture = Image.open(io.BytesIO(data))
    return picture.format, picture.size


@pytest.mark.parametrize("model", load(SPEC).names)
def test_it_gets_pictures_from_every_model(client: Caller, model: str) -> None:
    """By any of its names, by link and in base64, in the ratio and the resolution that were asked for."""
    wide = client.images.generate(model=model, prompt="a fox", aspect_ratio="16:9", resolution="2k", n=2)
    square = client.images.generate(model=model, prompt="a fox", response_format="b64_json")

    assert [size_of(image.download()) for image in wide.data] == [("JPEG", (2048, 1152))] * 2
    assert [size_of(image.bytes) for image in square.data] == [("JPEG", (1024, 1024))]


@pytest.mark.parametrize("start", [{"image": LINK}, {"images": [LINK, LINK]}], ids=["image", "images"])
def test_it_starts_from_images(client: Caller, start: dict[str, Any]) -> None:
    """Objects and lists of them are sent as they were given."""
    assert len(client.images.generate(**FOX, **start).data) == 1


def test_its_asynchronous_twin_does_the_same(package: Package, app: Fake) -> None:
    """A call, and its picture."""

    async def run() -> None:
        transport = AsyncAppTransport(app)
        async with package.AsyncClient(api_key="k", base_url="http://fake/v1", transport=transport) as client:
            result = await client.images.generate(**FOX, response_format="b64_json")
            assert size_of(result.data[0].bytes) == ("JPEG", (1024, 1024))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("fields", "rule", "refusal"),
    [
        ({"image": LINK, "images": [LINK]}, "image-or-images", (400, "at most one of image and images")),
        ({"images": [LINK] * 4}, "images.max_items", (400, "images must have at most 3 items")),
        ({"images": [LINK, {}]}, "images[].url.required", (422, "Missing field: images[1].url")),
        ({"images": [LINK, {"url": ""}]}, "images[].url.min_length", (400, "images[1].url must have at least 1 code")),
        ({"image": {**LINK, "alt": "x"}}, "image.unknown_members", (422, "Unknown field: image.alt")),
        ({"aspect_ratio": "5:4"}, "aspect_ratio.values", (400, "Invalid value for aspect_ratio: 5:4.")),
        ({"resolution": 2}, "resolution.type", (422, "Invalid type for resolution: expected one of '1k' or '2k'")),
        ({"n": 11}, "n.maximum", (400, "n must be at most 10")),
        ({"model": "grok-2-image"}, "model.known", (404, "The model grok-2-image does not exist")),
        ({"size": "1024x1024"}, "unknown_fields", (400, "Argument not supported: size")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_refuses_the_fake_refuses_too(
    package: Package,
    client: Caller,
    fields: dict[str, Any],
    rule: str,
    refusal: tuple[int, str],
) -> None:
    """Before sending, by the id of the rule; past the client's own check, in the API's words and form."""
    with pytest.raises(package.RuleError) as own:
        client.call(operation_of(package), {**FOX, **fields})
    with pytest.raises(package.StatusError) as answered:
        client.with_options(validate=False).call(operation_of(package), {**FOX, **fields})

    status, told = refusal
    assert [one.rule for one in own.value.violations] == [f"generate.{rule}"]
    assert (answered.value.status, answered.value.code) == (status, str(status))
    assert told in str(answered.value)


def operation_of(package: Package) -> Caller:
    """The operation, which takes calls that the method's types would not."""
    return importlib.import_module(f"{package.__name__}.images").GENERATE


def test_its_key_has_one_way(package: Package, app: Fake) -> None:
    """As a bearer token; the first spec's header is none of its own, and a wrong key is refused in its form."""
    with package.Client(api_key="wrong", base_url="http://fake/v1", transport=AppTransport(app)) as client:
        with pytest.raises(package.BadRequest, match=r"Incorrect API key provided") as caught:
            client.images.generate(**FOX)
        assert caught.value.code == "400"
    with pytest.raises(package.NotConfigured, match="'bearer'"):
        package.Client(api_key="k", auth="TT-API-KEY")
