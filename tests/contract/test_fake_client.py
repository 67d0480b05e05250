"""The generated client and the fake, made from one spec by two ways, understand each other."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import ttapi_images
from safelight_mockserver import Clock, Fake, Options, fake
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

SPEC = Path(__file__).parents[2] / "spec" / "ttapi-images.yaml"


MODELS: tuple[str, ...] = ("gpt-image-2", "gpt-image-1.5", "gpt-image-1", "dall-e-3", "dall-e-2")


@pytest.fixture
def app() -> Fake:
    """A fake that knows one key, and whose clock stands still."""
    clock = Clock()
    clock.freeze(1_000_000)
    return fake(SPEC, Options(api_key="k"), clock=clock)


@pytest.fixture
def client(app: Fake) -> Iterator[ttapi_images.Client]:
    """A client with that key."""
    with ttapi_images.Client(api_key="k", base_url="http://fake/v1", transport=AppTransport(app)) as one:
        yield one


def size_of(data: bytes) -> tuple[int, int]:
    """Return the size of a picture."""
    return Image.open(io.BytesIO(data)).size


def test_it_gets_pictures_from_every_model(client: ttapi_images.Client) -> None:
    """In base64 or by link, each a file of the asked size, with the id of the request."""
    for model in MODELS:
        result = client.images.generate(model=model, prompt="a fox", size="1024x1024")
        assert result.data is not None
        (image,) = result.data
        data = image.bytes if image.b64_json is not None else image.download()
        assert size_of(data) == (1024, 1024)
        assert (result.request_id or "").startswith("req_")


def test_it_streams(client: ttapi_images.Client) -> None:
    """Typed events, the last of them the finished picture."""
    with client.images.generate(
        model="gpt-image-2", prompt="a fox", size="512x512", stream=True, partial_images=2
    ) as stream:
        events = list(stream)
    partials = [one for one in events if isinstance(one, ttapi_images.ImageGenerationPartialImage)]
    assert [one.partial_image_index for one in partials] == [0, 1]
    assert isinstance(events[-1], ttapi_images.ImageGenerationCompleted)
    assert size_of(events[-1].bytes) == (512, 512)


def test_its_asynchronous_twin_does_the_same(app: Fake) -> None:
    """A call, and a stream."""

    async def run() -> None:
        transport = AsyncAppTransport(app)
        async with ttapi_images.AsyncClient(api_key="k", base_url="http://fake/v1", transport=transport) as client:
            result = await client.images.generate(model="gpt-image-1", prompt="a fox")
            assert result.data is not None
            assert size_of(result.data[0].bytes) == (1024, 1024)
            async with await client.images.generate(model="gpt-image-1", prompt="a fox", stream=True) as stream:
                assert len([event async for event in stream]) == 1

    asyncio.run(run())


def test_what_the_client_would_have_refused_the_fake_refuses_too(client: ttapi_images.Client) -> None:
    """With the client's own check switched off, the same fault comes back from the other side."""
    with pytest.raises(ttapi_images.RuleError) as own:
        client.images.generate(model="gpt-image-1", prompt="a fox", n=11)
    with pytest.raises(ttapi_images.BadRequest) as told:
        client.with_options(validate=False).images.generate(model="gpt-image-1", prompt="a fox", n=11)
    assert [one.parameter for one in own.value.violations] == ["n"] == [told.value.param]
    assert told.value.code == "integer_above_max_value"


def test_a_wrong_key_and_a_link_that_is_over_have_errors_of_their_own(app: Fake, client: ttapi_images.Client) -> None:
    """As with the real service."""
    with (
        ttapi_images.Client(api_key="wrong", base_url="http://fake/v1", transport=AppTransport(app)) as other,
        pytest.raises(ttapi_images.Unauthorized),
    ):
        other.images.generate(model="gpt-image-1", prompt="a fox")
    result = client.images.generate(model="dall-e-2", prompt="a fox", size="256x256")
    assert result.data is not None
    app.clock.advance(3600)
    with pytest.raises(ttapi_images.LinkExpired):
        result.data[0].download()
