"""The decisions of the first spec, one by one, from both sides of each border.

Every value here is taken from the API's documentation or from observed answers, never from the spec under test.  Each
verdict is asked of both readings: the interpreter, and the validator of the committed client.
"""

from __future__ import annotations

from typing import Any

import pytest

from safelight.judging.interpret import settle, violations
from safelight.loading import loads
from safelight.model import Spec
from safelight.vocabulary.checks import Violation
from safelight.vocabulary.index import identified
from tests.strategies import SPEC_FILES, subject
from ttapi_images import validators

GPT = ("gpt-image-2", "gpt-image-1.5", "gpt-image-1")
DALLE = ("dall-e-3", "dall-e-2")
OBSERVED = ("documented", "observed")
LEGAL: list[str] = []

SPEC = subject(SPEC_FILES[0]).spec
GENERATE = SPEC.operations["generate"]


def judged(*basis: str, **body: object) -> tuple[Violation, ...]:
    """Judge a body that has a prompt, unless it says otherwise; both readings must tell the same."""
    return verdict({"prompt": "a fox", **body}, basis or ("documented",))


def verdict(body: object, basis: tuple[str, ...] = ("documented",)) -> tuple[Violation, ...]:
    """Judge a body by the interpreter and by the client's validator; return what both tell."""
    found = violations(SPEC, GENERATE, body, basis=basis)
    assert [repr(one) for one in validators.generate(body, basis=basis)] == [repr(one) for one in found]
    return found


def told(*basis: str, **body: object) -> list[str]:
    """The ids of what is broken, without the operation's name."""
    return [one.rule.removeprefix("generate.") for one in judged(*basis, **body)]


def model_of(**body: object) -> str | None:
    """The model that a request comes to."""
    return settle(SPEC, GENERATE, {"prompt": "a fox", **body}).model


# --- models --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [*GPT, *DALLE])
def test_each_model_takes_a_prompt_and_nothing_else(model: str) -> None:
    """All five models are known, and only the prompt must be sent."""
    assert told(model=model) == LEGAL
    assert model_of(model=model) == model


@pytest.mark.parametrize("model", ["gpt-image-3", "GPT-IMAGE-1", "", "dall-e-1", "gpt-image-1 "])
def test_a_model_that_does_not_exist_is_refused_with_those_that_do(model: str) -> None:
    """An unknown name is a fault of the model, and the answer lists the five legal ones."""
    (found,) = judged(model=model)
    assert found.rule == "generate.model.known"
    assert found.allowed == (*GPT, *DALLE)
    assert found.outcome == "refuse"


def test_an_unknown_model_keeps_its_request_from_no_general_rule() -> None:
    """What is true of every model is judged even if the model is not known: n from 1 to 10, fields by name."""
    assert told(model="gpt-image-3", n=0, sise="1x1") == ["model.known", "n.minimum", "unknown_fields"]


def test_without_a_model_dall_e_2_draws() -> None:
    """The documented default."""
    assert model_of() == "dall-e-2"
    assert told(size="256x256") == LEGAL
    assert told(size="1536x1024") == ["size.values@dall-e-2"]


@pytest.mark.parametrize(
    "sent",
    [
        {"background": "auto"},
        {"moderation": "low"},
        {"output_compression": 100},
        {"output_format": "png"},
        {"partial_images": 0},
        {"stream": False},
    ],
    ids=lambda sent: next(iter(sent)),
)
def test_a_parameter_of_gpt_image_models_alone_turns_the_default_to_gpt_image_1(sent: dict[str, Any]) -> None:
    """The default model depends on what was sent."""
    assert model_of(**sent) == "gpt-image-1"
    assert told(**sent) == LEGAL
    assert told(**sent, size="1536x1024") == LEGAL


@pytest.mark.parametrize("name", ["background", "moderation", "output_format", "partial_images", "stream"])
def test_a_null_does_not_turn_the_default(name: str) -> None:
    """Null counts as not sent."""
    assert model_of(**{name: None}) == "dall-e-2"
    assert told(**{name: None}) == LEGAL


@pytest.mark.parametrize("sent", [{"quality": "standard"}, {"response_format": "url"}, {"style": "vivid"}, {"n": 2}])
def test_a_parameter_of_other_models_does_not_turn_the_default(sent: dict[str, Any]) -> None:
    """Only the parameters that GPT image models have alone do."""
    assert model_of(**sent) == "dall-e-2"


# --- prompt --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "limit", "scope"),
    [*((model, 32000, "") for model in GPT), ("dall-e-3", 4000, "@dall-e-3"), ("dall-e-2", 1000, "@dall-e-2")],
)
def test_prompts_end_at_the_limit_of_the_model(model: str, limit: int, scope: str) -> None:
    """32000, 4000 or 1000 code points, each of them one whatever its width."""
    assert told(model=model, prompt="x" * limit) == LEGAL
    assert told(model=model, prompt="\N{FOX FACE}" * limit) == LEGAL
    assert told(model=model, prompt="x" * (limit + 1)) == [f"prompt.max_length{scope}"]


def test_a_prompt_is_required_and_is_a_text_of_one_character_or_more() -> None:
    """Missing, null, empty and of another type: each its own fault."""
    assert [one.rule for one in verdict({})] == ["generate.prompt.required"]
    assert told(prompt=None) == ["prompt.nullable"]
    assert told(prompt="") == ["prompt.min_length"]
    assert told(prompt="x") == LEGAL
    assert told(prompt=1) == ["prompt.type"]
    assert told(prompt=["a fox"]) == ["prompt.type"]


# --- n -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [*GPT, "dall-e-2"])
def test_one_to_ten_images(model: str) -> None:
    """Both ends are legal, one beyond is not."""
    assert told(model=model, n=1) == told(model=model, n=10) == LEGAL
    assert told(model=model, n=0) == ["n.minimum"]
    assert told(model=model, n=11) == ["n.maximum"]


def test_dall_e_3_draws_one_image() -> None:
    """The suggestion is the only legal number."""
    assert told(model="dall-e-3", n=1) == LEGAL
    (found,) = judged(model="dall-e-3", n=2)
    assert (found.rule, found.nearest) == ("generate.n.maximum@dall-e-3", 1)


@pytest.mark.parametrize("value", [True, "1", 1.5, [1], float("nan"), float("inf")], ids=repr)
def test_only_integers_count_images(value: object) -> None:
    """Booleans, texts, fractions and NaN are no integers; ``2.0`` is one."""
    assert told(n=value) == ["n.type"]
    assert told(n=2.0) == LEGAL


def test_a_huge_number_is_a_large_number() -> None:
    """A number of a thousand digits is above ten, and nothing breaks."""
    assert told(n=10**1000) == ["n.maximum"]
    assert told(n=-(10**1000)) == ["n.minimum"]


# --- parameters that some models have ------------------------------------------------------------------------------

GPT_ONLY = {
    "background": "auto",
    "moderation": "auto",
    "output_compression": 100,
    "output_format": "png",
    "partial_images": 0,
    "stream": False,
}


@pytest.mark.parametrize("name", GPT_ONLY)
@pytest.mark.parametrize("model", DALLE)
def test_dall_e_models_refuse_what_only_gpt_image_models_have(model: str, name: str) -> None:
    """Even with its default value."""
    assert told(model=model, **{name: GPT_ONLY[name]}) == [f"{name}.applies_to"]
    assert told(model=model, **{name: None}) == LEGAL


@pytest.mark.parametrize("name", GPT_ONLY)
@pytest.mark.parametrize("model", GPT)
def test_gpt_image_models_take_their_own_parameters(model: str, name: str) -> None:
    """With their default values nothing is wrong."""
    assert told(model=model, **{name: GPT_ONLY[name]}) == LEGAL


@pytest.mark.parametrize("model", GPT)
def test_gpt_image_models_refuse_response_format(model: str) -> None:
    """They always answer with base64."""
    assert told(model=model, response_format="b64_json") == ["response_format.applies_to"]


@pytest.mark.parametrize("model", DALLE)
def test_dall_e_models_answer_with_url_or_base64(model: str) -> None:
    """A link is the default."""
    assert told(model=model, response_format="url") == told(model=model, response_format="b64_json") == LEGAL
    assert told(model=model, response_format="base64") == ["response_format.values"]
    assert settle(SPEC, GENERATE, {"model": model, "prompt": "x"}).effective["response_format"] == "url"


def test_style_is_for_dall_e_3() -> None:
    """Vivid, the default, or natural."""
    assert told(model="dall-e-3", style="vivid") == told(model="dall-e-3", style="natural") == LEGAL
    assert told(model="dall-e-3", style="Vivid") == ["style.values"]
    assert settle(SPEC, GENERATE, {"model": "dall-e-3", "prompt": "x"}).effective["style"] == "vivid"
    for model in (*GPT, "dall-e-2"):
        assert told(model=model, style="vivid") == ["style.applies_to"]


QUALITIES = {
    **dict.fromkeys(GPT, ("auto", "low", "medium", "high")),
    "dall-e-3": ("auto", "standard", "hd"),
    "dall-e-2": ("auto", "standard"),
}


@pytest.mark.parametrize("model", QUALITIES)
@pytest.mark.parametrize("quality", ["auto", "low", "medium", "high", "standard", "hd", "xhigh"])
def test_qualities_by_model(model: str, quality: str) -> None:
    """Auto everywhere; high, medium, low for GPT image; hd and standard for dall-e-3; standard for dall-e-2."""
    scope = f"@{model}" if model in DALLE else ""
    assert told(model=model, quality=quality) == (LEGAL if quality in QUALITIES[model] else [f"quality.values{scope}"])


@pytest.mark.parametrize(
    ("name", "legal", "illegal"),
    [
        ("background", ["transparent", "opaque", "auto"], ["none", "AUTO", ""]),
        ("moderation", ["auto", "low"], ["high", "none"]),
        ("output_format", ["png", "webp", "jpeg"], ["jpg", "gif", "PNG"]),
    ],
)
def test_listed_values(name: str, legal: list[str], illegal: list[str]) -> None:
    """Each listed value is legal, its neighbours are not."""
    for value in legal:
        assert told(model="gpt-image-1", **{name: value}) == LEGAL
    for value in illegal:
        assert told(model="gpt-image-1", **{name: value}) == [f"{name}.values"]


# --- rules across parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", GPT)
def test_transparency_needs_a_format_that_has_it(model: str) -> None:
    """The format counts as it takes effect: without one it is png, which has an alpha channel."""
    assert told(model=model, background="transparent") == LEGAL
    assert told(model=model, background="transparent", output_format=None) == LEGAL
    assert told(model=model, background="transparent", output_format="png") == LEGAL
    assert told(model=model, background="transparent", output_format="webp") == LEGAL
    assert told(model=model, background="transparent", output_format="jpeg") == ["transparent-needs-alpha"]
    assert told(model=model, background="opaque", output_format="jpeg") == LEGAL


def test_compression_runs_from_0_to_100() -> None:
    """Both ends included."""
    for level, expected in [
        (-1, ["output_compression.minimum"]),
        (0, LEGAL),
        (100, LEGAL),
        (101, ["output_compression.maximum"]),
    ]:
        assert told(model="gpt-image-1", output_format="webp", output_compression=level) == expected


def test_compression_below_100_needs_a_lossy_format() -> None:
    """100 may be sent with png; 99 may not, and png is the default format."""
    assert told(model="gpt-image-2", output_compression=100) == LEGAL
    assert told(model="gpt-image-2", output_compression=100, output_format="png") == LEGAL
    assert told(model="gpt-image-2", output_compression=99) == ["compression-needs-lossy-format"]
    assert told(model="gpt-image-2", output_compression=99, output_format="png") == ["compression-needs-lossy-format"]
    assert told(model="gpt-image-2", output_compression=99, output_format="jpeg") == LEGAL
    assert told(model="gpt-image-2", output_compression=0, output_format="webp") == LEGAL


def test_partial_images_need_a_stream() -> None:
    """0 to 3, and from 1 on only with ``stream: true``."""
    assert told(model="gpt-image-1", partial_images=0) == LEGAL
    assert told(model="gpt-image-1", partial_images=0, stream=False) == LEGAL
    assert told(model="gpt-image-1", partial_images=1) == ["partials-need-stream"]
    assert told(model="gpt-image-1", partial_images=3, stream=False) == ["partials-need-stream"]
    assert told(model="gpt-image-1", partial_images=1, stream=None) == ["partials-need-stream"]
    assert told(model="gpt-image-1", partial_images=1, stream=True) == LEGAL
    assert told(model="gpt-image-1", partial_images=3, stream=True) == LEGAL
    assert told(model="gpt-image-1", partial_images=4, stream=True) == ["partial_images.maximum"]
    assert told(model="gpt-image-1", partial_images=-1) == ["partial_images.minimum"]


def test_streams_of_several_images_are_refused_by_observation_only() -> None:
    """The documents allow them; the live service answered "Streaming is only supported with n=1."."""
    assert told(model="gpt-image-1", stream=True, n=2) == LEGAL
    (found,) = judged(*OBSERVED, model="gpt-image-1", stream=True, n=2)
    assert (found.rule, found.parameter, found.basis) == ("generate.stream-needs-one-image", "n", "observed")
    assert told(*OBSERVED, model="gpt-image-1", stream=True, n=1) == LEGAL
    assert told(*OBSERVED, model="gpt-image-1", stream=False, n=2) == LEGAL


# --- sizes ---------------------------------------------------------------------------------------------------------

LISTED = {
    "gpt-image-1.5": {"1024x1024", "1536x1024", "1024x1536", "auto"},
    "gpt-image-1": {"1024x1024", "1536x1024", "1024x1536", "auto"},
    "dall-e-3": {"1024x1024", "1792x1024", "1024x1792"},
    "dall-e-2": {"256x256", "512x512", "1024x1024"},
}


@pytest.mark.parametrize("model", LISTED)
def test_listed_sizes_by_model(model: str) -> None:
    """What one model lists, another refuses."""
    scope = f"@{model}" if model in DALLE else ""
    for size in {size for sizes in LISTED.values() for size in sizes} | {"1616x912", "1024X1024", "1024x1024 "}:
        assert told(model=model, size=size) == (LEGAL if size in LISTED[model] else [f"size.values{scope}"])


@pytest.mark.parametrize(
    ("model", "size"), [*((model, "auto") for model in GPT), ("dall-e-3", "1024x1024"), ("dall-e-2", "1024x1024")]
)
def test_the_default_size(model: str, size: str) -> None:
    """Auto for GPT image, a square for dall-e."""
    assert settle(SPEC, GENERATE, {"model": model, "prompt": "x"}).effective["size"] == size


GRID, NARROW, WIDE, EDGE, FEW, MANY = (
    f"size.{kind}@gpt-image-2"
    for kind in ("multiple_of", "min_ratio", "max_ratio", "max_edge", "min_pixels", "max_pixels")
)


@pytest.mark.parametrize(
    ("size", "documented", "observed"),
    [
        ("1024x640", [], []),
        ("1024x624", [], [FEW]),
        ("3840x2160", [], []),
        ("2880x2880", [], []),
        ("3840x1280", [], []),
        ("3840x1264", [WIDE], [WIDE]),
        ("1280x3840", [], []),
        ("1264x3840", [NARROW], [NARROW]),
        ("3856x1600", [], [EDGE]),
        ("1792x936", [GRID], [GRID]),
        ("1820x1024", [GRID], [GRID]),
        ("1748x2480", [GRID], [GRID]),
        ("1744x2480", [], []),
        ("2896x2880", [], [MANY]),
        ("160000x160000", [], [EDGE, MANY]),
        ("16x16", [], [FEW]),
        ("16x48", [], [FEW]),
        ("16x64", [NARROW], [NARROW, FEW]),
        ("1024x1024", [], []),
        ("auto", [], []),
    ],
)
def test_free_sizes_of_gpt_image_2(size: str, documented: list[str], observed: list[str]) -> None:
    """On a grid of 16 from 1:3 to 3:1, ends included; edges and pixels are limited by observation."""
    assert told(model="gpt-image-2", size=size) == documented
    assert told(*OBSERVED, model="gpt-image-2", size=size) == observed


@pytest.mark.parametrize(
    "size",
    [
        *("", "x", "1024", "1024x", "0x0", "0x16", "01024x1024", "1024X1024", "1024×1024", "1024*1024", "+16x16"),
        *(
            "1024x1024x1",
            "\u0661\u0666x\u0661\u0666",
            "1e3x16",
            "16.0x16",
            " 16x16",
            "16x16\n",
            "AUTO",
            "1111111111x16",
        ),
    ],
)
def test_what_is_no_size_is_refused_as_such(size: str) -> None:
    """Two positive decimal integers with a small x between them, or auto; nothing else is said of it."""
    assert told(*OBSERVED, model="gpt-image-2", size=size) == ["size.grammar@gpt-image-2"]


@pytest.mark.parametrize(
    ("size", "nearest"),
    [
        ("1792x936", "1792x944"),
        ("1820x1024", "1824x1024"),
        ("1748x2480", "1744x2480"),
        ("3856x1600", "3840x1600"),
        ("1024x624", "1040x640"),
        ("16x48", "480x1408"),
        ("160000x160000", "2880x2880"),
        ("160000x90000", "3840x2160"),
    ],
)
def test_the_nearest_legal_size_is_suggested(size: str, nearest: str) -> None:
    """What the messages suggest is near, legal, and of the same shape."""
    found = judged(*OBSERVED, model="gpt-image-2", size=size)
    assert {one.nearest for one in found} == {nearest}


# --- null, user, unknown fields, order -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("background", "moderation", "n", "output_compression", "output_format", "partial_images", "quality"),
        *("response_format", "size", "stream", "style"),
    ],
)
def test_null_counts_as_not_sent(name: str) -> None:
    """For every optional parameter, whether the model has it or not."""
    for model in (*GPT, *DALLE):
        assert told(model=model, **{name: None}) == LEGAL


def test_null_is_a_fault_for_model_and_user() -> None:
    """Two exceptions, observed on the live service."""
    assert told(model=None) == ["model.nullable"]
    assert told(model="gpt-image-1", user=None) == ["user.nullable"]
    assert told(user="u-1") == told(user="") == LEGAL
    assert told(user=7) == ["user.type"]


def test_unknown_fields_are_refused_by_name() -> None:
    """Each one, in the order of the body, with the parameter it may have meant."""
    found = judged(sise="1024x1024", qualty="low", **{"": 1})
    assert [(one.rule, one.parameter, one.nearest) for one in found] == [
        ("generate.unknown_fields", "sise", "size"),
        ("generate.unknown_fields", "qualty", "quality"),
        ("generate.unknown_fields", '""', None),
    ]


@pytest.mark.parametrize("body", [None, [], "a fox", 7, True, [{"prompt": "a fox"}]], ids=repr)
def test_a_body_that_is_no_object_is_one_fault(body: object) -> None:
    """Nothing else can be said of it."""
    assert [one.rule for one in verdict(body)] == ["generate.body.type"]


def test_every_fault_is_told_in_the_order_of_the_spec() -> None:
    """Parameters first, as the spec lists them, then unknown fields, then rules; one mistake is told once."""
    body = {
        "zoom": 2,
        "stream": 1,
        "n": 0,
        "size": "1792x936",
        "background": "transparent",
        "output_format": "jpeg",
        "partial_images": 2,
        "prompt": "",
        "output_compression": 5,
        "quality": "hd",
        "model": "gpt-image-2",
    }
    assert [one.rule.removeprefix("generate.") for one in verdict(body)] == [
        "prompt.min_length",
        "n.minimum",
        "quality.values",
        "size.multiple_of@gpt-image-2",
        "stream.type",
        "unknown_fields",
        "transparent-needs-alpha",
    ]


def test_a_rule_is_silent_where_one_of_its_parameters_is_at_fault() -> None:
    """Partial images without a stream are one mistake; a stream of the wrong type is another, and told alone."""
    assert told(model="gpt-image-1", partial_images=2, stream="yes") == ["stream.type"]
    assert told(model="gpt-image-1", partial_images=9) == ["partial_images.maximum"]


def test_a_message_tells_what_is_asked_and_what_was_found() -> None:
    """For people; ids and values are there for programs."""
    (found,) = judged(model="dall-e-3", n=2)
    assert found.message == "n must be at most 1 for dall-e-3, got 2"
    assert (found.parameter, found.value, found.basis, found.outcome) == ("n", 2, "documented", "refuse")


# --- types, and legal values beside a fault ------------------------------------------------------------------------

EVERYTHING: dict[str, dict[str, Any]] = {
    "gpt-image-2": {"size": "3072x1024"},
    "gpt-image-1": {"size": "1536x1024"},
    "dall-e-3": {"n": 1, "quality": "hd", "response_format": "url", "size": "1792x1024", "style": "natural"},
    "dall-e-2": {"n": 10, "quality": "standard", "response_format": "b64_json", "size": "256x256"},
}
"""For each kind of model a legal request that sends all that the model takes, but for what GPT image models share."""
SHARED = {
    "background": "opaque",
    "moderation": "low",
    "n": 1,
    "output_compression": 50,
    "output_format": "webp",
    "partial_images": 3,
    "quality": "high",
    "stream": True,
}


def everything(model: str) -> dict[str, Any]:
    """A legal request that sends all that a model takes."""
    shared = SHARED if model in GPT else {}
    return {"model": model, "prompt": "a fox", "user": "u", **shared, **EVERYTHING[model]}


@pytest.mark.parametrize("model", EVERYTHING)
def test_a_request_may_send_all_that_its_model_takes(model: str) -> None:
    """It is legal as a whole; beside a fault that has nothing to do with it, it still is."""
    assert verdict(everything(model), OBSERVED) == ()
    assert told(*OBSERVED, **everything(model), seed=1) == ["unknown_fields"]


@pytest.mark.parametrize("model", EVERYTHING)
def test_every_parameter_has_a_type(model: str) -> None:
    """A list is none of them; it is told of each parameter by itself, and of a model's too."""
    for name in everything(model):
        body = everything(model)
        body[name] = ["a"]
        assert told(**body)[:1] == [f"{name}.type"]


@pytest.mark.parametrize("model", EVERYTHING)
def test_what_only_some_models_take_is_no_fault_of_an_unknown_one(model: str) -> None:
    """Of a model that does not exist, one fault is told: that it does not exist."""
    assert told(**{**everything(model), "model": "gpt-image-9"}) == ["model.known"]


# --- provenance ----------------------------------------------------------------------------------------------------


def unsourced(spec: Spec) -> list[str]:
    """The ids of constraints and rules that name no source; a type is part of what a parameter is."""
    stated = {id_: one for call in spec.operations.values() for id_, one in identified(call).items()}
    return [id_ for id_, one in stated.items() if one.provenance.source is None and not id_.endswith("body.type")]


def test_every_constraint_names_its_source() -> None:
    """Whoever doubts a rule finds where it comes from, and how it is known: documented is said of documents only."""
    sources = SPEC.sources
    assert unsourced(SPEC) == []
    for one in identified(GENERATE).values():
        assert one.provenance.source is None or one.provenance.source in sources


@pytest.mark.parametrize(
    ("stated", "id_"),
    [
        ("unknown_fields: { is: refuse, source: live-probes }", "generate.unknown_fields"),
        ("why: JPEG has no alpha channel.\n        source: seed", "generate.transparent-needs-alpha"),
        ("doc: How many images to create.\n        source: seed", "generate.n.minimum"),
    ],
)
def test_a_constraint_without_a_source_is_noticed(stated: str, id_: str) -> None:
    """Each kind of statement can lack one."""
    text = SPEC_FILES[0].read_text("utf-8")
    assert stated in text
    without = stated.replace("{ is: refuse, source: live-probes }", "refuse").partition("\n")[0]
    assert id_ in unsourced(loads(text.replace(stated, without)))
