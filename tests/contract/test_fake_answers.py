"""What the fake answers is what the spec says it answers, seen from outside: JSON, events, and files that decode.

The judge here is a second reading of the answers, written from the API's documentation; it asks the fake for nothing
but what a client gets.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from safelight_mockserver import fake
from safelight_mockserver.transport import AppTransport

Body: TypeAlias = dict[str, Any]
SPEC = Path(__file__).parents[2] / "spec" / "ttapi-images.yaml"
GPT_IMAGE = ("gpt-image-2", "gpt-image-1.5", "gpt-image-1")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    """A client of a fake that keeps to the documented rules."""
    with httpx2.Client(
        transport=AppTransport(fake(SPEC)),
        base_url="http://fake/v1",
        headers={"TT-API-KEY": "any"},
    ) as one:
        yield one


@st.composite
def good_bodies(draw: st.DrawFn) -> Body:
    """Draw bodies that the documentation allows, mostly for small images."""
    model = draw(st.sampled_from([*GPT_IMAGE, "dall-e-3", "dall-e-2"]))
    body: Body = {"model": model, "prompt": draw(st.text(min_size=1, max_size=60))}
    options: dict[str, st.SearchStrategy[Any]] = {"user": st.text(max_size=5)}
    if model in GPT_IMAGE:
        options |= {
            "quality": st.sampled_from(["low", "medium", "high", "auto"]),
            "background": st.sampled_from(["transparent", "opaque", "auto"]),
            "output_format": st.sampled_from(["png", "jpeg", "webp"]),
            "moderation": st.sampled_from(["low", "auto"]),
            "n": st.integers(1, 2),
            "stream": st.booleans(),
        }
        if model == "gpt-image-2":
            sizes = st.tuples(st.integers(1, 20), st.integers(1, 20)).filter(lambda one: max(one) <= 3 * min(one))
            body["size"] = draw(sizes.map(lambda one: f"{one[0] * 16}x{one[1] * 16}"))
    else:
        options |= {"response_format": st.sampled_from(["url", "b64_json"])}
        if model == "dall-e-2":
            options |= {"n": st.integers(1, 3)}
            body["size"] = draw(st.sampled_from(["256x256", "512x512"]))
        else:
            options |= {"style": st.sampled_from(["vivid", "natural"])}
    for name in draw(st.lists(st.sampled_from([*options]), unique=True)):
        body[name] = draw(options[name])
    if body.get("output_format") == "jpeg" and body.get("background") == "transparent":
        del body["background"]
    if body.get("output_format", "png") != "png":
        body["output_compression"] = draw(st.integers(0, 100))
    if body.get("stream"):
        body["partial_images"] = draw(st.integers(0, 3))
    return body


def judge_file(data: bytes, body: Body) -> bytes:
    """Check that a file is what was asked for; return its pixels."""
    image = Image.open(io.BytesIO(data))
    image.load()
    size = body.get("size", "auto")
    transparent = body.get("background") == "transparent"
    assert image.format == body.get("output_format", "png").upper()
    assert f"{image.width}x{image.height}" == ("1024x1024" if size == "auto" else size)
    assert image.mode == ("RGBA" if transparent else "RGB")
    if transparent:
        assert image.getchannel("A").getextrema()[0] == 0
    return image.tobytes()


def judge_choices(told: Body, body: Body) -> None:
    """Check that what is told of the image is what was asked for, and never ``auto``."""
    for name, chosen in (("size", "1024x1024"), ("quality", "medium"), ("background", "opaque")):
        asked = body.get(name, "auto")
        assert told[name] == (chosen if asked == "auto" else asked)
    assert told["output_format"] == body.get("output_format", "png")


def judge_usage(usage: Body) -> None:
    """Check that tokens add up."""
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    for side in ("input", "output"):
        details = usage.get(f"{side}_tokens_details", {"tokens": usage[f"{side}_tokens"]})
        assert sum(details.values()) == usage[f"{side}_tokens"] > 0


def judge_stream(text: str, body: Body) -> None:
    """Check the grammar of a stream, its order, and each event."""
    *events, rest = text.split("\n\n")
    assert rest == ""
    told: list[Body] = []
    for event in events:
        first, second = event.split("\n")
        told.append(json.loads(second.removeprefix("data: ")))
        assert first == f"event: {told[-1]['type']}"
    partials = [one for one in told if one["type"] == "image_generation.partial_image"]
    completed = told[len(partials) :]
    assert [one["partial_image_index"] for one in partials] == [*range(body["partial_images"])]
    assert {one["type"] for one in completed} == {"image_generation.completed"}
    assert len(completed) == body.get("n", 1)
    pixels = [judge_file(base64.b64decode(one["b64_json"], validate=True), body) for one in told]
    assert len(set(pixels[len(partials) :])) == len(completed)
    for one in told:
        judge_choices(one, body)
    for one in completed:
        judge_usage(one["usage"])


def judge_whole(reply: Body, body: Body, client: httpx2.Client) -> None:
    """Check an answer in one piece, and the files that it carries or links to."""
    pixels: list[bytes] = []
    for item in reply["data"]:
        linked = body["model"] not in GPT_IMAGE and body.get("response_format", "url") == "url"
        assert set(item) - {"revised_prompt"} == ({"url"} if linked else {"b64_json"})
        assert ("revised_prompt" in item) == (body["model"] == "dall-e-3")
        data = client.get(item["url"]).content if linked else base64.b64decode(item["b64_json"], validate=True)
        pixels.append(judge_file(data, body))
    assert len(set(pixels)) == len(pixels) == body.get("n", 1)
    if body["model"] in GPT_IMAGE:
        judge_choices(reply, body)
        judge_usage(reply["usage"])
    else:
        assert set(reply) == {"created", "data"}


@settings(max_examples=40)
@given(body=good_bodies())
def test_every_good_request_gets_what_the_documentation_says(client: httpx2.Client, body: Body) -> None:
    """Real files of the asked size, format and transparency, no two alike; what is told of them is true."""
    reply = client.post("/images/generations", json=body)
    assert reply.status_code == 200, reply.text
    if body.get("stream"):
        judge_stream(reply.text, body)
    else:
        judge_whole(reply.json(), body, client)


@settings(max_examples=10)
@given(body=good_bodies().filter(lambda body: body["model"] in GPT_IMAGE and body.get("n", 1) == 1))
def test_a_stream_ends_with_the_very_image_of_a_plain_call(client: httpx2.Client, body: Body) -> None:
    """Byte for byte; and every partial image is nearer to it than the one before."""
    plain = client.post("/images/generations", json={**body, "stream": False, "partial_images": 0}).json()
    text = client.post("/images/generations", json={**body, "stream": True, "partial_images": 3}).text
    told = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    assert told[-1]["b64_json"] == plain["data"][0]["b64_json"]
    *partials, final = [_luminance(base64.b64decode(one["b64_json"])) for one in told]
    distances = [sum(abs(a - b) for a, b in zip(one, final, strict=True)) for one in partials]
    assert distances == sorted(distances, reverse=True)


def _luminance(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("L").tobytes()
