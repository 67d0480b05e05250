"""What refusals promise: the words of the real API, and of several faults the one that it would tell of.

The expected texts are those that were seen from the real service; none is computed from the spec.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from safelight import Spec, loads
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.answers.reply import Empty, Stamped, Whole
from safelight_mockserver.options import Options

from .conftest import ROOT, Ask

Body: TypeAlias = dict[str, Any]
OBSERVED = Options(basis=("documented", "observed"))
USER_ERROR = "image_generation_user_error"
REQUEST_ERROR = "invalid_request_error"


def refused(answer: Answer) -> dict[str, Any]:
    """Return the error that an answer tells of."""
    assert isinstance(answer.reply, Whole)
    body: Any = answer.reply.body
    error: dict[str, Any] = body["error"]
    assert list(error) == ["message", "type", "param", "code"]
    return error


def gpt(**fields: object) -> Body:
    """Return a good body for a model of fixed sizes, with some fields changed."""
    return {"model": "gpt-image-1", "prompt": "a fox", **fields}


def gpt2(**fields: object) -> Body:
    """Return a good body for the model of free sizes, with some fields changed."""
    return {"model": "gpt-image-2", "prompt": "a fox", **fields}


def fault(param: str | None, code: str | None, message: str, *, kind: str = REQUEST_ERROR) -> Body:
    """Return an error, in the order in which the real API writes it."""
    return {"message": message, "type": kind, "param": param, "code": code}


TEXTS: list[tuple[Body, Body]] = [
    ({"model": "gpt-image-1"}, fault("prompt", "missing_required_parameter", "Missing required parameter: 'prompt'.")),
    (
        gpt(response_format="url"),
        fault("response_format", "unknown_parameter", "Unknown parameter: 'response_format'."),
    ),
    (gpt(mask="x"), fault("mask", "unknown_parameter", "Unknown parameter: 'mask'.")),
    (gpt(n="1"), fault("n", "invalid_type", "Invalid type for 'n': expected an integer, but got a string instead.")),
    (
        gpt(n=1.5),
        fault("n", "invalid_type", "Invalid type for 'n': expected an integer, but got a decimal number instead."),
    ),
    (gpt(n=True), fault("n", "invalid_type", "Invalid type for 'n': expected an integer, but got a boolean instead.")),
    (
        gpt(stream="yes"),
        fault("stream", "invalid_type", "Invalid type for 'stream': expected a boolean, but got a string instead."),
    ),
    (
        gpt(prompt=["a"]),
        fault("prompt", "invalid_type", "Invalid type for 'prompt': expected a string, but got an array instead."),
    ),
    (
        gpt(prompt=None),
        fault("prompt", "invalid_type", "Invalid type for 'prompt': expected a string, but got null instead."),
    ),
    (
        gpt(user=None),
        fault("user", "invalid_type", "Invalid type for 'user': expected a string, but got null instead."),
    ),
    (
        gpt(quality=3),
        fault(
            "quality",
            "invalid_type",
            "Invalid type for 'quality': expected one of 'low', 'medium', 'high', or 'auto', "
            "but got an integer instead.",
        ),
    ),
    (
        gpt(moderation={}),
        fault(
            "moderation",
            "invalid_type",
            "Invalid type for 'moderation': expected one of 'auto' or 'low', but got an object instead.",
        ),
    ),
    (
        gpt(quality="ultra"),
        fault(
            "quality",
            "invalid_value",
            "Invalid value: 'ultra'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
        ),
    ),
    (
        gpt(quality=""),
        fault(
            "quality", "invalid_value", "Invalid value: ''. Supported values are: 'low', 'medium', 'high', and 'auto'."
        ),
    ),
    (
        gpt(output_format="gif"),
        fault(
            "output_format", "invalid_value", "Invalid value: 'gif'. Supported values are: 'png', 'webp', and 'jpeg'."
        ),
    ),
    (
        gpt(moderation="high"),
        fault("moderation", "invalid_value", "Invalid value: 'high'. Supported values are: 'auto' and 'low'."),
    ),
    (
        gpt(background="red"),
        fault(
            "background",
            "invalid_value",
            "Invalid value: 'red'. Supported values are: 'transparent', 'opaque', and 'auto'.",
        ),
    ),
    (
        gpt(n=0),
        fault(
            "n",
            "integer_below_min_value",
            "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
    ),
    (
        gpt(n=11),
        fault(
            "n",
            "integer_above_max_value",
            "Invalid 'n': integer above maximum value. Expected a value <= 10, but got 11 instead.",
        ),
    ),
    (
        gpt(output_compression=101),
        fault(
            "output_compression",
            "integer_above_max_value",
            "Invalid 'output_compression': integer above maximum value. Expected a value <= 100, but got 101 instead.",
        ),
    ),
    (
        gpt(partial_images=4, stream=True),
        fault(
            "partial_images",
            "integer_above_max_value",
            "Invalid 'partial_images': integer above maximum value. Expected a value <= 3, but got 4 instead.",
        ),
    ),
    (
        gpt(prompt=""),
        fault(
            "prompt",
            "empty_string",
            "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.",
        ),
    ),
    (
        gpt(prompt="x" * 50733),
        fault(
            "prompt",
            "string_above_max_length",
            "Invalid 'prompt': string too long. Expected a string with maximum length 32000, "
            "but got a string with length 50733 instead.",
        ),
    ),
    (gpt(model="dall-e-9"), fault("model", "invalid_value", "The model 'dall-e-9' does not exist.", kind=USER_ERROR)),
    (gpt(model=""), fault("model", "invalid_value", "The model '' does not exist.", kind=USER_ERROR)),
    (
        gpt2(size="bogus"),
        fault(
            "size",
            "invalid_value",
            "Invalid size 'bogus'. Expected WIDTHxHEIGHT, for example '1824x1024'.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt2(size="0x0"),
        fault(
            "size",
            "invalid_value",
            "Invalid size '0x0'. Expected WIDTHxHEIGHT, for example '1824x1024'.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt2(size="9x9"),
        fault(
            "size",
            "invalid_value",
            "Invalid size '9x9'. Width and height must both be divisible by 16.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt2(size="4096x4096"),
        fault(
            "size",
            "invalid_value",
            "Invalid size '4096x4096'. The longest edge must be less than or equal to 3840.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt2(size="1792x592"),
        fault(
            "size",
            "invalid_value",
            "Invalid size '1792x592'. The maximum supported aspect ratio is 3:1.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt2(size="800x800"),
        fault(
            "size",
            "invalid_value",
            "Invalid size '800x800'. Requested resolution is below the current minimum pixel budget.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt2(size="3008x3008"),
        fault(
            "size",
            "invalid_value",
            "Invalid size '3008x3008'. Requested resolution exceeds the current pixel budget.",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt(size="1254x836"),
        fault(
            "size",
            "invalid_value",
            "Invalid value: '1254x836'. Supported values are: '1024x1024', '1024x1536', '1536x1024', and 'auto'.",
        ),
    ),
    (
        gpt(output_compression=50),
        fault(
            "output_compression",
            "invalid_png_output_compression",
            "Compression less than 100 is not supported for PNG output format",
            kind=USER_ERROR,
        ),
    ),
    (
        gpt(background="transparent", output_format="jpeg"),
        fault(
            "background",
            "invalid_value",
            "Transparent background is not supported for JPEG output format",
            kind=USER_ERROR,
        ),
    ),
    (gpt(stream=True, n=2), fault("n", None, "Streaming is only supported with n=1.")),
    ({"model": "dall-e-3", "prompt": "a fox", "n": 2}, fault(None, None, "You must provide n=1 for this model.")),
]


def told(answer: Answer) -> Whole:
    """Return what the body of a refusal says, without the headers that name the rules."""
    assert isinstance(answer.reply, Whole)
    return replace(answer.reply, headers=())


@pytest.mark.parametrize(("body", "error"), TEXTS, ids=[str(error["message"])[:60] for _, error in TEXTS])
def test_a_fault_is_told_in_the_words_of_the_real_api(ask: Ask, body: Body, error: Body) -> None:
    """Status, message, type, param and code, each as it was seen."""
    assert told(ask(body, options=OBSERVED)) == Whole(400, {"error": error})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param({"model": "no", "extra": 1, "prompt": "", "n": 0, "quality": "no"}, "model", id="model first"),
        pytest.param({"model": None, "extra": 1}, "model", id="model by type too"),
        pytest.param(gpt(extra=1, prompt="", n=0, quality="no"), "extra", id="then unknown keys"),
        pytest.param(gpt(style="vivid", prompt="", n=0), "style", id="parameters of other models are unknown keys"),
        pytest.param(gpt(prompt="", n=0, quality="no"), "prompt", id="then the prompt"),
        pytest.param({"model": "gpt-image-1", "n": 0}, "prompt", id="the prompt too where it is missing"),
        pytest.param(gpt(quality="no", n=0, background="no"), "n", id="then n"),
        pytest.param(gpt(size="no", quality="no", background="no"), "background", id="then the rest in spec order"),
        pytest.param(gpt(quality="no", background="transparent", output_format="jpeg"), "quality", id="rules last"),
    ],
)
def test_of_several_faults_the_one_is_told_that_the_real_api_looks_at_first(ask: Ask, body: Body, param: str) -> None:
    """Model, unknown keys, prompt, n, and then the rest; the log knows all of them."""
    answer = ask(body, options=OBSERVED)
    assert refused(answer)["param"] == param
    assert len(answer.violations) > 1


def test_a_body_that_is_no_object_is_refused_as_such(ask: Ask) -> None:
    """Whatever else it is."""
    words = {b"[]": "an array", b'"x"': "a string", b"null": "null", b"3": "an integer", b"true": "a boolean"}
    for body, word in words.items():
        expected = f"Invalid type for the request body: expected an object, but got {word} instead."
        assert refused(ask(body))["message"] == expected


def test_a_long_value_is_not_repeated_in_full(ask: Ask) -> None:
    """Half a megabyte of nonsense gets a short answer."""
    message = refused(ask(gpt(quality="x" * 500_000)))["message"]
    assert message.startswith("Invalid value: 'xxx")
    assert len(message) < 400


def test_what_a_client_sends_is_never_taken_for_a_placeholder(ask: Ask) -> None:
    """Braces in a value stay braces."""
    assert refused(ask(gpt(quality="{allowed}")))["message"].startswith("Invalid value: '{allowed}'. Supported")
    assert refused(ask(gpt(**{"{message}": 1})))["message"] == "Unknown parameter: '{message}'."


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({}, 422, {"code": "422", "error": "Missing field: model"}),
        (
            {"model": "grok-imagine-image", "prompt": "a fox", "quality": "high"},
            400,
            {"code": "400", "error": "Argument not supported: quality"},
        ),
        (
            {"model": "gpt-image-1", "prompt": "a fox"},
            404,
            {"code": "404", "error": "The model gpt-image-1 does not exist or your team does not have access to it."},
        ),
        (
            {"model": "grok-imagine-image", "prompt": "a fox", "images": [{}, {"url": ""}]},
            422,
            {"code": "422", "error": "Missing field: images[0].url"},
        ),
        (
            {"model": "grok-imagine-image", "prompt": "a fox", "images": [{"url": "u"}] * 4},
            400,
            {"code": "400", "error": "images must have at most 3 items"},
        ),
        (
            {"model": "grok-imagine-image", "prompt": "a fox", "image": {"url": "u", "hue": 1}},
            422,
            {"code": "422", "error": "Unknown field: image.hue"},
        ),
        (
            {"model": "grok-imagine-image", "prompt": "a fox", "image": {"url": "u"}, "images": [{"url": "u"}]},
            400,
            {"code": "400", "error": "at most one of image and images may be sent"},
        ),
    ],
)
def test_an_api_of_another_shape_refuses_in_its_own_shape(
    ask: Ask, xai: Spec, body: Body, status: int, expected: Body
) -> None:
    """Another envelope, other statuses, faults inside lists and objects."""
    assert told(ask(body, spec=xai)) == Whole(status, expected)


def test_a_refusal_names_every_rule_that_is_broken_the_one_it_tells_of_first(ask: Ask) -> None:
    """In headers, which the real API does not have and no client minds."""
    reply = ask(gpt(n=11, quality="no", extra=1)).reply
    assert isinstance(reply, Whole)
    assert [value for name, value in reply.headers if name == "x-safelight-rule"] == [
        "generate.unknown_fields",
        "generate.n.maximum",
        "generate.quality.values",
    ]


def test_an_error_can_carry_the_id_of_its_request(ask: Ask) -> None:
    """The text asks for it where the real one has it; it is filled in when the answer is sent."""
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text(encoding="utf-8")
    spec = loads(text.replace("The model '{value}' does not exist.", "No {value}, see {request_id}."))
    assert refused(ask(gpt(model="x"), spec=spec))["message"] == Stamped("No x, see {request_id}.")


def test_an_error_without_a_body_has_none(ask: Ask, xai: Spec) -> None:
    """As the spec says of some."""
    assert ask({}, spec=xai, verb="GET").reply == Empty(405, (("allow", "POST, OPTIONS"),))
