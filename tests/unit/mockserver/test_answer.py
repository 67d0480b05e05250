"""What answers promise: decided by the spec, in the order of a gateway and a service, with nothing drawn."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, TypeAlias

import pytest

from safelight import Spec
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.answers.reply import Address, Empty, Events, InBase64, Now, Whole
from safelight_mockserver.options import Options

from .conftest import Ask

Body: TypeAlias = dict[str, Any]
FOX: Body = {"model": "gpt-image-1", "prompt": "a fox"}
KEYED = Options(api_key="right-key")
OBSERVED = Options(basis=("documented", "observed"))


def whole(answer: Answer, status: int = 200) -> Any:  # noqa: ANN401 - a body, to be looked into
    """Return the body of an answer in one piece."""
    assert isinstance(answer.reply, Whole)
    assert answer.reply.status == status
    return answer.reply.body


def code_of(answer: Answer, status: int) -> str:
    """Return the code of an error."""
    code: str = whole(answer, status)["error"]["code"]
    return code


def events(answer: Answer) -> list[tuple[str, Any]]:
    """Return the names and data of a stream."""
    assert isinstance(answer.reply, Events)
    return [(event.name, event.data) for event in answer.reply.events]


# --- before the body ---


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic a2V5", "a-key"])
def test_a_call_without_a_key_is_told_how_to_send_one(ask: Ask, authorization: str | None) -> None:
    """401 in the words of the real API."""
    error = whole(ask(FOX, authorization=authorization), 401)["error"]
    assert error["message"].startswith("You didn't provide an API key.")
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, None)


@pytest.mark.parametrize(
    ("authorization", "keys"),
    [
        ("Bearer right-key", {}),
        ("bearer  right-key ", {}),
        (None, {"tt-api-key": "right-key"}),
        ("Bearer wrong", {"tt-api-key": "right-key"}),
    ],
)
def test_either_header_carries_the_key(ask: Ask, authorization: str | None, keys: dict[str, str]) -> None:
    """One right key is enough, wherever it stands."""
    whole(ask(FOX, options=KEYED, authorization=authorization, keys=keys))


def test_a_wrong_key_is_refused_without_being_repeated(ask: Ask) -> None:
    """Its owner knows it again by both ends; only one too short to be real is told as it is."""
    answer = ask(FOX, options=KEYED, authorization="Bearer sk-abcdefghijklmnop")
    assert "provided: sk-a***********mnop. You can find" in whole(answer, 401)["error"]["message"]
    assert isinstance(answer.reply, Whole)
    assert answer.reply.headers == (("WWW-Authenticate", 'Bearer realm="OpenAI API"'),)
    assert "fake_key" in whole(ask(FOX, options=KEYED, authorization="Bearer fake_key"), 401)["error"]["message"]


def test_any_key_will_do_unless_one_is_set(ask: Ask) -> None:
    """Nobody needs a real key to try things out."""
    whole(ask(FOX, authorization="Bearer anything"))


def test_a_header_that_the_api_does_not_name_carries_no_key(ask: Ask, xai: Spec) -> None:
    """An API that knows the bearer scheme only ignores keys elsewhere."""
    assert whole(ask({}, spec=xai, authorization=None, keys={"tt-api-key": "x"}), 401)["code"] == "401"


@pytest.mark.parametrize("kind", [None, "", "text/plain", "multipart/form-data; boundary=x", "application/jsonp"])
def test_a_body_that_does_not_say_it_is_json_is_refused(ask: Ask, kind: str | None) -> None:
    """The message names what was said."""
    answer = ask(FOX, content_type=kind)
    assert code_of(answer, 400) == "unsupported_content_type"
    assert f"Unsupported content type: '{kind or ''}'" in whole(answer, 400)["error"]["message"]


@pytest.mark.parametrize("kind", ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8"])
def test_json_may_be_said_with_parameters_and_in_any_case(ask: Ask, kind: str) -> None:
    """As RFC 9110 has it."""
    whole(ask(FOX, content_type=kind))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"n": NaN}',
        b'{"n": -Infinity}',
        b'{"a": 1} {"b": 2}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        '{"prompt": "füchse"}'.encode("latin-1"),
        b"[" * 200_000,
        b'{"n": ' + b"9" * 5000 + b"}",
        b"\x00",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_refused_whatever_it_is(ask: Ask, body: bytes) -> None:
    """NaN, half a text, another encoding, a nest without end, a number without end: one answer, no crash."""
    assert whole(ask(body), 400)["error"]["message"].startswith("We could not parse the JSON body of your request.")


def test_of_a_key_that_comes_twice_the_last_one_counts(ask: Ask) -> None:
    """As most JSON readers have it."""
    body = whole(ask(b'{"model": "no", "model": "gpt-image-1", "prompt": "a", "prompt": "a fox"}'))
    assert body["data"][0]["b64_json"].picture.caption == "a fox"


def test_a_body_over_the_limit_is_refused(ask: Ask) -> None:
    """413, with the limit in the message."""
    answer = ask(None, options=Options(body_limit=1000))
    assert whole(answer, 413)["error"]["message"] == "The request body is larger than 1000 bytes."


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "HEAD", "BREW"])
def test_another_method_is_refused_with_the_one_that_works(ask: Ask, verb: str) -> None:
    """405, whatever else is wrong, with an Allow header as RFC 9110 asks."""
    answer = ask(b"", verb=verb, authorization=None)
    message = f"Invalid method for URL ({verb} /v1/images/generations)"
    assert whole(answer, 405)["error"]["message"] == message
    assert isinstance(answer.reply, Whole)
    assert answer.reply.headers == (("allow", "POST, OPTIONS"),)


def test_a_client_may_ask_what_is_allowed(ask: Ask) -> None:
    """OPTIONS, without a key."""
    assert ask(b"", verb="OPTIONS", authorization=None).reply == Empty(204, (("allow", "POST, OPTIONS"),))


# --- good requests ---


def test_a_gpt_image_model_answers_with_base64_and_tells_what_it_chose(ask: Ask) -> None:
    """The fields of a recorded answer, in their order; what was ``auto`` is told as what it became."""
    body = whole(ask({**FOX, "n": 2, "size": "auto", "output_format": "webp", "background": "transparent"}))
    assert list(body) == ["created", "background", "data", "output_format", "quality", "size", "usage"]
    assert body["created"] == Now()
    assert (body["background"], body["output_format"], body["quality"]) == ("transparent", "webp", "medium")
    assert body["size"] == "1024x1024"
    assert [list(item) for item in body["data"]] == [["b64_json"], ["b64_json"]]
    first, second = (item["b64_json"].picture for item in body["data"])
    assert (first.width, first.height, first.format, first.transparent) == (1024, 1024, "webp", True)
    assert (first.index, second.index) == (0, 1)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"prompt": "a fox"}, ["url"]),
        ({"model": "dall-e-2", "prompt": "a fox", "response_format": "b64_json"}, ["b64_json"]),
        ({"model": "dall-e-3", "prompt": "a fox"}, ["url", "revised_prompt"]),
        ({"model": "dall-e-3", "prompt": "a fox", "response_format": "b64_json"}, ["b64_json", "revised_prompt"]),
    ],
)
def test_a_dall_e_model_answers_with_a_link_or_base64_and_nothing_beside_it(
    ask: Ask, body: Body, fields: list[str]
) -> None:
    """``created`` and ``data`` only; a revised prompt from dall-e-3 alone; links are good for an hour."""
    told = whole(ask(body))
    assert list(told) == ["created", "data"]
    (item,) = told["data"]
    assert list(item) == fields
    if "url" in fields:
        assert isinstance(item["url"], Address)
        assert item["url"].lifetime == 3600


def test_a_model_is_chosen_by_what_was_sent_where_none_is_named(ask: Ask) -> None:
    """dall-e-2, unless a parameter was sent that only GPT image models have."""
    assert whole(ask({"prompt": "a fox"}))["data"][0]["url"].picture.model == "dall-e-2"
    assert whole(ask({"prompt": "a fox", "moderation": "low"}))["data"][0]["b64_json"].picture.model == "gpt-image-1"


@pytest.mark.parametrize(
    ("fields", "image_tokens"),
    [
        ({"model": "gpt-image-1", "quality": "high", "size": "1024x1536"}, 6240),
        ({"model": "gpt-image-1", "quality": "high", "size": "1024x1536", "n": 2}, 12480),
        ({"model": "gpt-image-1.5"}, 1056),
        ({"model": "gpt-image-2", "quality": "low"}, 196),
        ({"model": "gpt-image-2", "quality": "high", "size": "3840x2160"}, 13342),
        ({"model": "gpt-image-2", "quality": "medium", "size": "2048x1152"}, 1413),
    ],
)
def test_usage_is_what_the_real_api_was_seen_to_count(ask: Ask, fields: Body, image_tokens: int) -> None:
    """Output from the tables and the formula; the prompt counts once for each image; everything adds up."""
    text_tokens = 3 * fields.get("n", 1)
    assert whole(ask({"prompt": "nine byte", **fields}))["usage"] == {
        "input_tokens": text_tokens,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": text_tokens},
        "output_tokens": image_tokens,
        "output_tokens_details": {"image_tokens": image_tokens, "text_tokens": 0},
        "total_tokens": text_tokens + image_tokens,
    }


def test_a_number_may_be_written_as_a_decimal(ask: Ask) -> None:
    """JSON knows one kind of number: ``2.0`` images are two."""
    assert len(whole(ask({**FOX, "n": 2.0}))["data"]) == 2


def test_two_requests_that_differ_get_different_pictures_and_equal_ones_the_same(ask: Ask) -> None:
    """Everything that a picture shows comes from the request, and from the seed of the fake."""
    same = whole(ask(FOX))["data"][0], whole(ask(json.dumps(FOX, indent=2).encode()))["data"][0]
    others = [
        whole(ask({**FOX, "prompt": "a hen"}))["data"][0],
        whole(ask({**FOX, "model": "gpt-image-2"}))["data"][0],
        whole(ask({**FOX, "quality": "high"}))["data"][0],
        whole(ask(FOX, options=Options(seed=1)))["data"][0],
    ]
    assert same[0] == same[1]
    assert all(other != same[0] for other in others)


# --- streams ---


def test_a_stream_is_the_partial_images_in_order_and_then_the_finished_one(ask: Ask) -> None:
    """As it was captured: the fields and their order, an index from 0, a picture nearer to the end each time."""
    partial, completed = "image_generation.partial_image", "image_generation.completed"
    told = events(ask({**FOX, "stream": True, "partial_images": 3}))
    assert [name for name, _ in told] == [partial, partial, partial, completed]
    assert all(data["type"] == name for name, data in told)
    assert [data["partial_image_index"] for _, data in told[:-1]] == [0, 1, 2]
    pictures = [data["b64_json"].picture for _, data in told]
    assert [picture.progress for picture in pictures] == [Fraction(1, 4), Fraction(2, 4), Fraction(3, 4), 1]
    assert list(told[0][1]) == [
        "type", "partial_image_index", "b64_json", "created_at", "size", "quality", "background", "output_format",
    ]  # fmt: skip
    assert list(told[-1][1]) == [
        "type", "b64_json", "created_at", "usage", "size", "quality", "background", "output_format",
    ]  # fmt: skip


def test_the_last_event_is_the_image_that_a_plain_call_gets(ask: Ask) -> None:
    """Streaming changes how an image comes, not which."""
    plain = whole(ask(FOX))["data"][0]["b64_json"]
    assert events(ask({**FOX, "stream": True, "partial_images": 1}))[-1][1]["b64_json"] == plain
    assert [name for name, _ in events(ask({**FOX, "stream": True}))] == ["image_generation.completed"]


def test_each_partial_image_costs_a_hundred_tokens_more(ask: Ask) -> None:
    """4460 = 4160 + 3 * 100, as it was billed; a stream tells no details of what went out."""
    told = events(ask({**FOX, "quality": "high", "stream": True, "partial_images": 3}))[-1][1]["usage"]
    assert told == {
        "input_tokens": 2,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 2},
        "output_tokens": 4460,
        "total_tokens": 4462,
    }


def test_a_stream_of_several_images_ends_with_one_event_for_each_where_that_is_allowed(ask: Ask) -> None:
    """The rule against it was observed, not documented; the sum of the events' usage is that of the call."""
    body = {**FOX, "n": 3, "stream": True, "partial_images": 2}
    assert isinstance(ask(body, options=OBSERVED).reply, Whole)
    told = events(ask(body))
    completed = [data for name, data in told if name == "image_generation.completed"]
    assert len(told) == 2 + len(completed) == 5
    assert [data["b64_json"].picture.index for data in completed] == [0, 1, 2]
    plain = whole(ask({**FOX, "n": 3}))["usage"]["total_tokens"]
    assert sum(data["usage"]["total_tokens"] for data in completed) == plain + 200


# --- options ---


def test_observed_rules_hold_where_they_are_asked_for(ask: Ask) -> None:
    """A size beyond the edge that was observed is drawn otherwise."""
    body = {**FOX, "model": "gpt-image-2", "size": "5120x2880"}
    whole(ask(body))
    assert code_of(ask(body, options=OBSERVED), 400) == "invalid_value"


def test_a_rule_can_be_switched_off_by_its_id(ask: Ask) -> None:
    """And the picture is still one that can be drawn: a jpeg is never transparent."""
    body = {**FOX, "background": "transparent", "output_format": "jpeg"}
    assert code_of(ask(body), 400) == "invalid_value"
    relaxed = Options(ignore=("generate.transparent-needs-alpha",))
    assert not whole(ask(body, options=relaxed))["data"][0]["b64_json"].picture.transparent


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"size": "160000x160000"}, Options()),
        ({"size": "4112x4112"}, Options()),
        ({"size": "4096x4096", "n": 10}, Options()),
        ({"size": "1024x1024"}, Options(picture_pixels=1024 * 1024 - 1)),
        ({"n": 2}, Options(call_pixels=2 * 1024 * 1024 - 1)),
        ({"size": "16384x6000", "output_format": "webp"}, Options(picture_pixels=10**9, call_pixels=10**9)),
    ],
)
def test_pictures_that_would_eat_the_machine_are_refused_like_pictures_beyond_the_upstream_limit(
    ask: Ask, fields: Body, options: Options
) -> None:
    """Legal by the documented rules, and more than a laptop should draw; some are more than a file format can hold."""
    error = whole(ask({"model": "gpt-image-2", "prompt": "a fox", **fields}, options=options), 400)["error"]
    assert error["message"].endswith("Requested resolution exceeds the current pixel budget.")
    assert (error["param"], error["code"]) == ("size", "invalid_value")


@pytest.mark.parametrize("fields", [{"size": "4096x4096"}, {"size": "2880x2880", "n": 10}])
def test_the_largest_call_of_the_real_api_is_drawn(ask: Ask, fields: Body) -> None:
    """Ten pictures of the most pixels that were observed to work."""
    whole(ask({"model": "gpt-image-2", "prompt": "a fox", **fields}))


# --- another shape ---


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (1024, 1024)),
        ({"aspect_ratio": "16:9"}, (1024, 576)),
        ({"aspect_ratio": "9:19.5", "resolution": "2k"}, (945, 2048)),
        ({"aspect_ratio": "auto", "resolution": "2k"}, (2048, 2048)),
    ],
)
def test_an_api_without_sizes_draws_by_ratio_and_resolution(
    ask: Ask, xai: Spec, fields: Body, size: tuple[int, int]
) -> None:
    """The resolution is the longer edge, the ratio gives the other."""
    body = whole(ask({"model": "grok-imagine-image", "prompt": "a fox", "n": 2, **fields}, spec=xai))
    assert list(body) == ["data"]
    assert [list(item) for item in body["data"]] == [["url", "mime_type", "respect_moderation"]] * 2
    picture = body["data"][0]["url"].picture
    assert (picture.width, picture.height, picture.format) == (*size, "jpeg")


def test_an_alias_is_served_as_the_model_it_stands_for(ask: Ask, xai: Spec) -> None:
    """The picture shows the canonical name."""
    body = {"model": "grok-imagine-image-pro", "prompt": "a fox", "response_format": "b64_json"}
    item = whole(ask(body, spec=xai))["data"][0]["b64_json"]
    assert isinstance(item, InBase64)
    assert item.picture.model == "grok-imagine-image-quality"
