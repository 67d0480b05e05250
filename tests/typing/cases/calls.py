"""Calls, right and wrong.  Both type checkers must flag exactly the lines marked as errors: the calls themselves.

Mypy needs ``enable_error_code = ["deprecated"]`` for calls that are wrong for their model, Pyright its strict mode.
"""

from typing import Any, assert_type

from ttapi_images import (
    AsyncClient,
    AsyncStream,
    Client,
    GenerateEvent,
    GenerateResult,
    ImageGenerationCompleted,
    ImageGenerationPartialImage,
    RawResponse,
    Stream,
)


def keep(_result: GenerateResult | Stream[GenerateEvent] | AsyncStream[GenerateEvent]) -> None:
    """Use a result as what a call gives."""


def right(client: Client) -> None:
    """Legal calls are let pass, and their results are known."""
    images = client.images
    assert_type(images.generate(prompt="a fox"), GenerateResult)
    assert_type(images.generate(model="gpt-image-2", prompt="a fox", size="1616x912"), GenerateResult)
    assert_type(images.generate(model="gpt-image-1.5", prompt="a fox", quality="high", n=10), GenerateResult)
    assert_type(images.generate(model="gpt-image-1", prompt="a fox", stream=None, n=None), GenerateResult)
    assert_type(images.generate(model="gpt-image-1", prompt="a fox", partial_images=0), GenerateResult)
    assert_type(images.generate(model="gpt-image-1", prompt="a fox", stream=False), GenerateResult)
    assert_type(images.generate(model="gpt-image-2", prompt="a fox", stream=True), Stream[GenerateEvent])
    assert_type(
        images.generate(model="gpt-image-1", prompt="a fox", stream=True, partial_images=3), Stream[GenerateEvent]
    )
    assert_type(images.generate(model="dall-e-3", prompt="a fox", n=1, style="vivid", quality="hd"), GenerateResult)
    assert_type(images.generate(model="dall-e-2", prompt="a fox", n=10, size="256x256"), GenerateResult)
    assert_type(images.generate(prompt="a fox", response_format="b64_json", size="512x512"), GenerateResult)
    assert_type(images.generate(prompt="a fox", background="opaque", stream=True), Stream[GenerateEvent])


def right_for_names_of_tomorrow(client: Client, model: str, quality: str, stream: bool) -> None:
    """A model that is known only at run time, or only to its maker, takes what any model takes."""
    images = client.images
    assert_type(images.generate(model=model, prompt="a fox", style="vivid", n=3), GenerateResult)
    assert_type(images.generate(model=model, prompt="a fox", quality=quality, style=quality), GenerateResult)
    assert_type(images.generate(model="gpt-image-3", prompt="a fox", quality=quality), GenerateResult)
    assert_type(images.generate(model=model, prompt="a fox", stream=True), Stream[GenerateEvent])
    assert_type(images.generate(model=model, prompt="a fox", stream=stream), GenerateResult | Stream[GenerateEvent])
    keep(images.generate(model="gpt-image-2", prompt="a fox", stream=stream))


def right_events(client: Client) -> str | None:
    """Events are told apart by their type."""
    for event in client.images.generate(model="gpt-image-2", prompt="a fox", stream=True, partial_images=2):
        if event.type == "image_generation.completed":
            assert_type(event, ImageGenerationCompleted)
            event.save("fox.png")
            return event.size
        assert_type(event, ImageGenerationPartialImage)
    return None


def right_answers(client: Client) -> None:
    """Attributes of answers have types; words in them are strings, since tomorrow's may be others."""
    result = client.images.generate(prompt="a fox")
    assert_type(result.quality, str | None)
    assert_type(result.data[0].bytes, bytes)
    assert_type(result.request_id, str | None)
    assert_type(dict(result.extra), dict[str, Any])
    raw = client.images.with_raw_response.generate(prompt="a fox")
    assert_type(raw, RawResponse[GenerateResult])
    assert_type(raw.parse(), GenerateResult)


async def right_awaited(client: AsyncClient) -> None:
    """The asynchronous client has the same types."""
    assert_type(await client.images.generate(prompt="a fox"), GenerateResult)
    stream = await client.images.generate(model="gpt-image-1", prompt="a fox", stream=True)
    assert_type(stream, AsyncStream[GenerateEvent])


def wrong_for_the_model(client: Client) -> None:
    """What the model does not take is flagged."""
    images = client.images
    images.generate(model="gpt-image-1", prompt="a fox", style="vivid")  # error: style is only for dall-e-3
    images.generate(model="gpt-image-2", prompt="a fox", response_format="url")  # error: not for GPT Image
    images.generate(model="dall-e-2", prompt="a fox", style="vivid")  # error: style is only for dall-e-3
    images.generate(model="dall-e-3", prompt="a fox", background="opaque")  # error: only for GPT Image
    images.generate(model="dall-e-3", prompt="a fox", n=2)  # error: n is 1
    images.generate(model="dall-e-3", prompt="a fox", stream=True)  # error: dall-e-3 has no stream
    images.generate(model="dall-e-3", prompt="a fox", quality="high")  # error: hd, standard or auto
    images.generate(model="dall-e-2", prompt="a fox", quality="hd")  # error: standard or auto
    images.generate(model="gpt-image-1", prompt="a fox", quality="hd")  # error: low, medium, high or auto
    images.generate(model="gpt-image-1", prompt="a fox", size="512x512")  # error: only for dall-e-2
    images.generate(model="dall-e-3", prompt="a fox", size="1536x1024")  # error: only for GPT Image
    images.generate(model="dall-e-3", prompt="a fox", stream=False)  # error: dall-e-3 has no stream
    images.generate(model="gpt-image-1", prompt="a fox", n="2")  # error: n is an integer
    result = images.generate(model="gpt-image-1", prompt="a fox", style="vivid")  # error: a result of no use
    keep(result)  # error: for the same reason


def wrong_without_a_model(client: Client) -> None:
    """The default model is known, and with it what it takes."""
    images = client.images
    images.generate(prompt="a fox", style="vivid")  # error: neither dall-e-2 nor gpt-image-1 has styles
    images.generate(prompt="a fox", background="opaque", response_format="url")  # error: no model takes both
    images.generate(prompt="a fox", quality="hd")  # error: only for dall-e-3


def wrong_for_the_stream(client: Client) -> None:
    """Partial images are events of a stream."""
    images = client.images
    images.generate(model="gpt-image-2", prompt="a fox", partial_images=2)  # error: needs stream true
    images.generate(model="gpt-image-2", prompt="a fox", partial_images=2, stream=False)  # error: the same
    images.generate(prompt="a fox", partial_images=1)  # error: the same without a model


def wrong_for_every_model(client: Client) -> None:
    """What no model takes is flagged at the call, for unknown models too."""
    images = client.images
    images.generate(model="gpt-image-2")  # error: prompt is required
    images.generate("a fox")  # error: arguments have names
    images.generate(model="gpt-image-2", prompt="a fox", sise="auto")  # error: there is no such parameter
    images.generate(model="gpt-image-9", prompt="a fox", n="2")  # error: n is an integer
    images.generate(model="gpt-image-9", prompt="a fox", stream="yes")  # error: stream is true or false
    images.generate(model=None, prompt="a fox")  # error: null is no model
    images.generate(model="gpt-image-2", prompt=None)  # error: null is no prompt
    images.generate(prompt="a fox", user=None)  # error: null is no user
    _ = client.images.generate(prompt="a fox").data[0].size  # error: an image has no such attribute


async def wrong_awaited(client: AsyncClient) -> None:
    """The asynchronous client flags the same."""
    images = client.images
    await images.generate(model="dall-e-3", prompt="a fox", n=2)  # error: n is 1
    await images.generate(model="gpt-image-2", prompt="a fox", partial_images=2)  # error: needs stream true
    await images.generate(prompt="a fox", style="vivid")  # error: neither dall-e-2 nor gpt-image-1 has styles
