"""The official ``openai`` package as a witness: pointed at the fake by base URL alone, it notices nothing.

It was not written for the fake, and it reads answers by its own types.  Each test runs twice, over a socket and in
process.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types import ImageGenCompletedEvent, ImageGenPartialImageEvent
from PIL import Image

from safelight_mockserver import Fake, Options, fake, running
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

SPEC = Path(__file__).parents[2] / "spec" / "ttapi-images.yaml"

GPT_IMAGE = ("gpt-image-2", "gpt-image-1.5", "gpt-image-1")
DALL_E = ("dall-e-3", "dall-e-2")


@dataclass(frozen=True)
class Place:
    """A fake, and how the package reaches it."""

    app: Fake
    base_url: str
    in_process: bool

    def client(self, api_key: str = "right-key") -> openai.OpenAI:
        """Return a client that was told the base URL and nothing else about the fake."""
        http = httpx2.Client(transport=AppTransport(self.app)) if self.in_process else None
        return openai.OpenAI(base_url=self.base_url, api_key=api_key, max_retries=0, http_client=http)

    def async_client(self) -> openai.AsyncOpenAI:
        """Return an asynchronous one."""
        http = httpx2.AsyncClient(transport=AsyncAppTransport(self.app)) if self.in_process else None
        return openai.AsyncOpenAI(base_url=self.base_url, api_key="right-key", max_retries=0, http_client=http)

    def get(self, url: str) -> httpx2.Response:
        """Follow a link."""
        with httpx2.Client(transport=AppTransport(self.app) if self.in_process else None) as client:
            return client.get(url)


@pytest.fixture(scope="module", params=["socket", "in process"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A fake that knows one key."""
    app = fake(SPEC, Options(api_key="right-key", basis=("documented", "observed")))
    if request.param == "socket":
        with running(app) as url:
            yield Place(app, url, in_process=False)
    else:
        yield Place(app, "http://fake/v1", in_process=True)


def opened(data: bytes) -> Image.Image:
    """Decode a file completely."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def decoded(text: str | None) -> Image.Image:
    """Decode a file in base64."""
    assert text is not None
    return opened(base64.b64decode(text, validate=True))


@pytest.mark.parametrize("model", GPT_IMAGE)
def test_it_generates_with_every_gpt_image_model(place: Place, model: str) -> None:
    """Base64 of real files in the format asked for, as many as asked for, no two alike; usage adds up."""
    with place.client() as client:
        result = client.images.generate(
            model=model, prompt="a fox", n=2, size="1536x1024", output_format="webp", background="transparent"
        )
    assert result.data is not None
    images = [decoded(item.b64_json) for item in result.data]
    assert [(image.format, image.size, image.mode) for image in images] == [("WEBP", (1536, 1024), "RGBA")] * 2
    assert all(image.getchannel("A").getextrema() == (0, 255) for image in images)
    assert images[0].tobytes() != images[1].tobytes()
    assert (result.size, result.output_format, result.background) == ("1536x1024", "webp", "transparent")
    assert result.usage is not None
    assert result.usage.total_tokens == result.usage.input_tokens + result.usage.output_tokens


@pytest.mark.parametrize("model", DALL_E)
def test_it_generates_with_every_dall_e_model_as_link_and_as_base64(place: Place, model: str) -> None:
    """Both ways to the same picture."""
    with place.client() as client:
        linked = client.images.generate(model=model, prompt="a fox")
        inline = client.images.generate(model=model, prompt="a fox", response_format="b64_json")
    assert linked.data is not None
    assert inline.data is not None
    assert linked.data[0].url is not None
    reply = place.get(linked.data[0].url)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert opened(reply.content).size == (1024, 1024)
    assert base64.b64encode(reply.content).decode() == inline.data[0].b64_json
    assert (linked.data[0].revised_prompt is not None) == (model == "dall-e-3")


def check_events(events: list[Any]) -> None:
    """Check a stream with three partial images."""
    *partials, completed = events
    assert all(isinstance(event, ImageGenPartialImageEvent) for event in partials)
    assert isinstance(completed, ImageGenCompletedEvent)
    assert [event.partial_image_index for event in partials] == [0, 1, 2]
    assert {decoded(event.b64_json).size for event in events} == {(1616, 912)}
    assert len({event.b64_json for event in events}) == 4
    assert completed.usage.output_tokens > 300
    assert (completed.size, completed.quality, completed.background) == ("1616x912", "low", "opaque")


def test_it_streams(place: Place) -> None:
    """Partial images in order, then the finished one, each as a typed event."""
    with place.client() as client:
        stream = client.images.generate(
            model="gpt-image-2",
            prompt="a fox",
            stream=True,
            partial_images=3,
            size="1616x912",
            quality="low",
            output_format="jpeg",
        )
        check_events(list(stream))


def test_its_asynchronous_client_generates_and_streams(place: Place) -> None:
    """The same through the other client."""

    async def run() -> None:
        async with place.async_client() as client:
            result = await client.images.generate(model="gpt-image-2", prompt="a fox", size="1024x1024")
            assert result.data is not None
            assert decoded(result.data[0].b64_json).size == (1024, 1024)
            stream = await client.images.generate(
                model="gpt-image-2",
                prompt="a fox",
                stream=True,
                partial_images=3,
                size="1616x912",
                quality="low",
            )
            check_events([event async for event in stream])
            with pytest.raises(openai.BadRequestError) as caught:
                await client.images.generate(model="gpt-image-2", prompt="a fox", size="9x9")
            assert caught.value.param == "size"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("arguments", "code", "param"),
    [
        ({"model": "gpt-image-9"}, "invalid_value", "model"),
        ({"prompt": ""}, "empty_string", "prompt"),
        ({"n": 11}, "integer_above_max_value", "n"),
        ({"style": "vivid"}, "unknown_parameter", "style"),
        ({"quality": "hd"}, "invalid_value", "quality"),
        ({"output_compression": 50}, "invalid_png_output_compression", "output_compression"),
        ({"extra_body": {"seed": 1}}, "unknown_parameter", "seed"),
        ({"model": "gpt-image-2", "size": "160000x160000"}, "invalid_value", "size"),
        ({"n": 2, "stream": True}, None, "n"),
    ],
)
def test_it_raises_its_own_error_with_code_and_param(
    place: Place, arguments: dict[str, Any], code: str | None, param: str
) -> None:
    """`BadRequestError`, from a stream too, with the id of the request."""
    call: dict[str, Any] = {"model": "gpt-image-1", "prompt": "a fox", **arguments}
    with place.client() as client, pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**call)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert (caught.value.request_id or "").startswith("req_")


def test_a_wrong_key_raises_its_own_error(place: Place) -> None:
    """`AuthenticationError`, with the code that programs look for."""
    with place.client("wrong-key") as client, pytest.raises(openai.AuthenticationError) as caught:
        client.images.generate(model="gpt-image-1", prompt="a fox")
    assert caught.value.code == "invalid_api_key"


def test_a_wrong_base_url_raises_its_own_error(place: Place) -> None:
    """`NotFoundError`, as with the real API when the version is left out; a header says what is missing."""
    client = place.client().with_options(base_url=place.base_url.removesuffix("/v1"))
    with client, pytest.raises(openai.NotFoundError) as caught:
        client.images.generate(model="gpt-image-1", prompt="a fox")
    assert caught.value.response.headers["x-safelight-hint"] == "this call is at /v1/images/generations"
