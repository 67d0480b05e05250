"""What results promise where a spec is generous or odd: always an answer, and always with a picture."""

from __future__ import annotations

from typing import Any

import pytest

from safelight import Spec, loads
from safelight_mockserver.answers.reply import Address, InBase64, Stamped, Whole
from safelight_mockserver.options import Options

from .conftest import ROOT, Ask

TEXT = (ROOT / "spec" / "ttapi-images.yaml").read_text(encoding="utf-8")
XAI = (ROOT / "tests" / "specs" / "xai-images.yaml").read_text(encoding="utf-8")


def body_of(ask: Ask, body: dict[str, Any], spec: Spec, options: Options | None = None) -> Any:  # noqa: ANN401 - JSON
    """Return the body of a good answer."""
    reply = ask(body, spec=spec, options=options).reply
    assert isinstance(reply, Whole)
    assert reply.status == 200, reply
    return reply.body


def test_a_model_that_only_earns_a_warning_gets_a_picture(ask: Ask) -> None:
    """As the conditions that can be judged without a model have it; what is no size counts as none."""
    spec = loads(TEXT.replace("unknown_model: refuse", "unknown_model: warn"))
    body = body_of(ask, {"model": "gpt-image-9", "prompt": "a fox", "size": "nonsense"}, spec)
    assert [list(item) for item in body["data"]] == [["url"]]
    picture = body["data"][0]["url"].picture
    assert (picture.width, picture.height, picture.model) == (1024, 1024, "gpt-image-9")


def test_a_picture_comes_back_even_where_no_condition_says_how(ask: Ask) -> None:
    """Each way depends on the model, and the model is not known: the first way of the spec it is."""
    by_model = "when: { all: [{ model: dall-e }, { response_format: url }] }"
    text = TEXT.replace("when: { response_format: url }", by_model).replace(
        "when: { any: [{ model: gpt-image }, { response_format: b64_json }] }", "when: { model: gpt-image }"
    )
    spec = loads(text.replace("unknown_model: refuse", "unknown_model: warn"))
    body = body_of(ask, {"model": "gpt-image-9", "prompt": "a fox"}, spec)
    assert [list(item) for item in body["data"]] == [["b64_json"]]


def test_a_model_that_is_taken_for_a_member_of_a_family_is_answered_as_one(ask: Ask) -> None:
    """With the fields of the family."""
    spec = loads(TEXT.replace("unknown_model: refuse", "unknown_model: { as: gpt-image }"))
    body = body_of(ask, {"model": "gpt-image-9", "prompt": "a fox"}, spec)
    assert body["quality"] == "medium"
    assert isinstance(body["data"][0]["b64_json"], InBase64)


@pytest.mark.parametrize("name", ["x" * 100_000, "\ud800"])
def test_an_odd_name_of_a_model_is_not_carried_into_pictures(ask: Ask, name: str) -> None:
    """A link stays short, whatever the name."""
    spec = loads(TEXT.replace("unknown_model: refuse", "unknown_model: warn"))
    picture = body_of(ask, {"model": name, "prompt": "a fox"}, spec)["data"][0]["url"].picture
    assert len(picture.model) <= 64


def test_fields_may_be_nested_in_objects(ask: Ask) -> None:
    """As deep as the spec likes."""
    old = '        created: { from: clock, doc: "When the images were made, in seconds since 1970." }\n'
    assert old in TEXT
    fields = "{ model: { from: echo, of: model, doc: d }, of: { from: literal, is: [1, {a: b}], doc: d } }"
    new = f"{old}        about: {{ from: object, doc: d, fields: {fields} }}\n"
    body = body_of(ask, {"model": "dall-e-2", "prompt": "a fox"}, loads(TEXT.replace(old, new)))
    assert body["about"] == {"model": "dall-e-2", "of": [1, {"a": "b"}]}


def test_links_are_good_for_an_hour_where_the_spec_does_not_say(ask: Ask, xai: Spec) -> None:
    """As at other image APIs."""
    link = body_of(ask, {"model": "grok-imagine-image", "prompt": "a fox"}, xai)["data"][0]["url"]
    assert isinstance(link, Address)
    assert link.lifetime == 3600


def test_an_envelope_may_hold_lists_numbers_and_the_id_of_the_request(ask: Ask) -> None:
    """Whatever JSON the API wraps its errors in."""
    envelope = 'envelope: { code: "{code}", error: "{message}" }'
    assert envelope in XAI
    text = XAI.replace(
        envelope, 'envelope: { errors: [{ text: "{message}", code: "{code}" }], count: 1, fixed: yes it is }'
    )
    reply = ask({}, spec=loads(text.replace("Missing field: {param}", "{request_id}: missing {param}"))).reply
    assert isinstance(reply, Whole)
    expected = {
        "errors": [{"text": Stamped("{request_id}: missing model"), "code": "422"}],
        "count": 1,
        "fixed": "yes it is",
    }
    assert reply.body == expected


@pytest.mark.parametrize("ratio", ["19.5:9", "0:1", "1:0", "x", "1e9:1", "9999999:1"])
def test_a_ratio_that_is_none_is_not_drawn_by(ask: Ask, ratio: str) -> None:
    """Where the spec lists one, or a rule is ignored, the default shape is drawn."""
    options = Options(ignore=("generate.aspect_ratio.values",))
    body = {"model": "grok-imagine-image", "prompt": "a fox", "aspect_ratio": ratio}
    picture = body_of(ask, body, loads(XAI), options)["data"][0]["url"].picture
    assert (picture.width, picture.height) == ((1024, 473) if ratio == "19.5:9" else (1024, 1024))


@pytest.mark.parametrize(
    ("fields", "ignore"),
    [
        ({"n": 0}, "generate.n.minimum"),
        ({"n": -5}, "generate.n.minimum"),
        ({"n": "two"}, "generate.n.type"),
        ({"output_compression": 1000, "output_format": "webp"}, "generate.output_compression.maximum"),
        ({"output_compression": [], "output_format": "webp"}, "generate.output_compression.type"),
        ({"output_format": "tiff"}, "generate.output_format.values"),
        ({"output_format": 5}, "generate.output_format.type"),
        ({"quality": {}}, "generate.quality.type"),
        ({"prompt": 5}, "generate.prompt.type"),
        ({"size": 5}, "generate.size.type"),
        ({"partial_images": "x", "stream": True}, "generate.partial_images.type"),
        ({"partial_images": 10**9, "stream": True}, "generate.partial_images.maximum"),
    ],
)
def test_values_that_no_picture_can_have_count_as_not_told_where_their_rule_is_ignored(
    ask: Ask, ttapi: Spec, fields: dict[str, Any], ignore: str
) -> None:
    """The fake goes on, as a tolerant API would, and neither crashes nor draws without end."""
    reply = ask(
        {"model": "gpt-image-1", "prompt": "a fox", **fields}, spec=ttapi, options=Options(ignore=(ignore,))
    ).reply
    if isinstance(reply, Whole):
        assert reply.status == 200
        body: Any = reply.body
        picture = body["data"][0]["b64_json"].picture
        assert (picture.width, picture.height, len(body["data"])) == (1024, 1024, 1)
    else:
        assert len(getattr(reply, "events", ())) in {1, 101}
