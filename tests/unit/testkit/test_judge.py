"""The judge: an honest answer has nothing wrong with it, and each lie gives its finding and no other."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec, load, loads
from safelight_testkit import cover
from safelight_testkit.judging.judge import Judge, judge
from safelight_testkit.judging.verdict import FINDINGS, Answer, Ended, Finding, NoAnswer, Severity
from tests.unit.testkit.honest import Data, answer_of, edited, honest, picture, server

ROOT = Path(__file__).parents[3]
TTAPI = load(ROOT / "spec" / "ttapi-images.yaml")
XAI = load(ROOT / "tests" / "specs" / "xai-images.yaml")

FOX = {"model": "gpt-image-1", "prompt": "a fox"}
TWO = {"model": "gpt-image-1", "prompt": "a fox", "n": 2}
CLEAR = {"model": "gpt-image-1", "prompt": "a fox", "background": "transparent", "output_format": "webp"}
LINKED = {"model": "dall-e-3", "prompt": "a fox"}
BAD = {"model": "gpt-image-1", "prompt": "a fox", "n": 11}
WORSE = {"model": "gpt-image-1", "prompt": "a fox", "n": 11, "style": "vivid"}
REFUSED = {"error": {"message": "no", "type": "invalid_request_error", "param": "n", "code": "x"}}


def found(body: object, answer: Answer | NoAnswer, spec: Spec = TTAPI) -> list[Finding]:
    """What is found in *answer*, notes aside."""
    (operation,) = spec.operations.values()
    return [one for one in judge(spec, operation, body, answer) if one.severity is not Severity.NOTE]


def kinds(body: object, answer: Answer | NoAnswer, spec: Spec = TTAPI) -> list[str]:
    """The kinds of what is found in *answer*, notes aside."""
    return [one.kind for one in found(body, answer, spec)]


def noted(body: object, answer: Answer) -> list[str]:
    """The kinds of the notes on *answer*."""
    (operation,) = TTAPI.operations.values()
    return [one.kind for one in judge(TTAPI, operation, body, answer) if one.severity is Severity.NOTE]


# --- honest answers ---


@pytest.mark.parametrize("spec", [TTAPI, XAI], ids=["ttapi", "xai"])
def test_nothing_is_wrong_with_the_answers_of_an_honest_server(spec: Spec) -> None:
    """Every request of the covering set, refused or not, is answered by the fake without a finding."""
    (operation,) = spec.operations.values()
    judging = Judge(spec, operation)
    for request in cover(spec, operation).requests:
        answer = honest(spec, request.body)
        assert judging.judge(request.body, answer).findings == (), request


# --- accepted ---


def set_image(item: Data, data: str) -> None:
    """Put another image in the place of one."""
    item["b64_json"] = data


def swap(text: str) -> str:
    """Swap width and height."""
    width, height = text.split("x")
    return f"{height}x{width}"


WIDE = {**FOX, "size": "1536x1024"}
LIES: dict[str, tuple[Data, Callable[[Data], object], list[str]]] = {
    "a field is missing": (FOX, lambda body: body.pop("created"), ["field.missing"]),
    "an echo is missing": (FOX, lambda body: body.pop("size"), ["field.missing"]),
    "an echo differs": (WIDE, lambda body: body.update(size="1024x1024"), ["field.value"]),
    "an echo is swapped": (WIDE, lambda body: body.update(size=swap(body["size"])), ["field.value"]),
    "another choice than the spec's": (FOX, lambda body: body.update(quality="high"), ["field.choice"]),
    "an echo of a choice still open": (FOX, lambda body: body.update(quality="auto"), ["field.value"]),
    "time in milliseconds": (FOX, lambda body: body.update(created=body["created"] * 1000), ["field.value"]),
    "time as text": (FOX, lambda body: body.update(created=str(body["created"])), ["field.type"]),
    "time without a value": (FOX, lambda body: body.update(created=None), ["field.type"]),
    "one image too few": (TWO, lambda body: body["data"].pop(), ["images.count"]),
    "one image too many": (FOX, lambda body: body["data"].append(body["data"][0]), ["images.count"]),
    "images that are no array": (FOX, lambda body: body.update(data={}), ["field.type"]),
    "an image that is no object": (FOX, lambda body: body.update(data=["b64"]), ["field.type"]),
    "no image in an item": (FOX, lambda body: body["data"][0].pop("b64_json"), ["image.missing"]),
    "an image as a link": (
        FOX,
        lambda body: body.update(data=[{"url": "http://127.0.0.1/a.png"}]),
        ["field.unexpected", "image.missing"],
    ),
    "an image that is null": (
        FOX,
        lambda body: body["data"][0].update(b64_json=None),
        ["field.type", "image.missing"],
    ),
    "an image as a data URI": (
        FOX,
        lambda body: set_image(body["data"][0], f"data:image/png;base64,{body['data'][0]['b64_json']}"),
        ["image.base64"],
    ),
    "an image that is text": (
        FOX,
        lambda body: set_image(body["data"][0], base64.b64encode(b"a fox").decode()),
        ["image.unreadable"],
    ),
    "an empty image": (FOX, lambda body: set_image(body["data"][0], ""), ["image.unreadable"]),
    "half an image": (
        FOX,
        lambda body: set_image(body["data"][0], body["data"][0]["b64_json"][:4000]),
        ["image.unreadable"],
    ),
    "an image of another format": (
        FOX,
        lambda body: set_image(body["data"][0], picture(file_format="JPEG")),
        ["image.format"],
    ),
    "an image of another size": (
        FOX,
        lambda body: set_image(body["data"][0], picture(512, 512)),
        ["image.size"],
    ),
    "an image with its sides swapped": (
        WIDE,
        lambda body: set_image(body["data"][0], picture(1024, 1536)),
        ["image.size"],
    ),
    "an image that is transparent": (
        FOX,
        lambda body: set_image(body["data"][0], picture(color=(0, 0, 0, 0))),
        ["image.transparency"],
    ),
    "an image that is opaque": (
        CLEAR,
        lambda body: set_image(body["data"][0], picture(file_format="WEBP")),
        ["image.transparency"],
    ),
    "a field of another model": (FOX, lambda body: body["data"][0].update(revised_prompt="a"), ["field.unexpected"]),
    "a field that is missing for this model": (
        LINKED,
        lambda body: body["data"][0].pop("revised_prompt"),
        ["field.missing"],
    ),
    "tokens that do not add up": (FOX, lambda body: body["usage"].update(total_tokens=1), ["usage.sum"]),
    "details that do not add up": (
        FOX,
        lambda body: body["usage"]["input_tokens_details"].update(image_tokens=7),
        ["usage.sum"],
    ),
    "no details": (
        FOX,
        lambda body: body["usage"].pop("output_tokens_details"),
        ["field.missing", "field.missing"],
    ),
    "tokens below nothing": (
        FOX,
        lambda body: body["usage"]["input_tokens_details"].update(image_tokens=-1),
        ["field.type"],
    ),
    "usage that is no object": (FOX, lambda body: body.update(usage=7), ["field.type"]),
    "a link that is no address": (
        LINKED,
        lambda body: body["data"][0].update(url="file:///etc/passwd"),
        ["link.address"],
    ),
    "a link that is a number": (LINKED, lambda body: body["data"][0].update(url=7), ["field.type"]),
}


@pytest.mark.parametrize(("body", "lie", "expected"), LIES.values(), ids=LIES)
def test_a_lie_in_an_answer_gives_its_finding(body: Data, lie: Callable[[Data], object], expected: list[str]) -> None:
    """What is told is what was changed, and nothing else."""
    assert kinds(body, edited(honest(TTAPI, body), lie)) == expected


def test_a_finding_says_where_and_what_was_expected() -> None:
    """Whoever reads a finding need not look at the answer."""
    answer = edited(honest(TTAPI, TWO), lambda body: set_image(body["data"][1], picture(512, 640)))

    (finding,) = found(TWO, answer)

    assert (finding.where, finding.expected, finding.got) == ("data[1].b64_json", "1024x1024", "512x640")
    assert finding.message == "data[1].b64_json is 512x640, and should be 1024x1024"


def test_an_answer_that_chose_another_size_is_judged_by_what_it_says() -> None:
    """A server that chooses a size for itself tells of one deviation, not of one for each image."""

    def choose(body: Data) -> None:
        body["size"] = "1536x1024"
        set_image(body["data"][0], picture(1536, 1024))

    assert kinds(FOX, edited(honest(TTAPI, FOX), choose)) == ["field.choice"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"status": 201}, ["answer.status"], id="another success"),
        pytest.param({"headers": (("content-type", "text/plain"),)}, ["answer.type"], id="called text"),
        pytest.param({"headers": ()}, ["answer.type"], id="called nothing"),
        pytest.param({"headers": (("content-type", "text/event-stream"),)}, ["answer.form"], id="called a stream"),
        pytest.param({"body": b""}, ["answer.json"], id="empty"),
        pytest.param({"body": b"<html><h1>Welcome</h1></html>"}, ["answer.json"], id="a page"),
        pytest.param({"body": b"[]"}, ["answer.json"], id="no object"),
        pytest.param({"body": b'{"created":'}, ["answer.json"], id="half of it"),
        pytest.param({"body": b"[" * 100_000}, ["answer.json"], id="too deep"),
        pytest.param({"body": b"\xff\xfe"}, ["answer.json"], id="no text"),
    ],
)
def test_an_answer_of_another_form_is_told(change: dict[str, Any], expected: list[str]) -> None:
    """Whatever a server answers, judging ends with findings and never with an exception."""
    assert kinds(FOX, replace(honest(TTAPI, FOX), **change)) == expected


def test_a_dead_link_is_told() -> None:
    """A link has to lead to the image."""
    answer = honest(TTAPI, LINKED)
    (url,) = answer.links
    gone = replace(answer, links={url: Answer(status=404)})
    lost = replace(answer, links={url: NoAnswer(late=False, why="no route")})
    page = replace(answer, links={url: Answer(status=200, body=b"<html>")})

    assert kinds(LINKED, gone) == ["link.dead"]
    assert kinds(LINKED, lost) == ["link.dead"]
    assert kinds(LINKED, page) == ["image.unreadable"]


def test_links_that_were_not_fetched_are_named_and_not_judged() -> None:
    """The judge fetches nothing; it says what is to be fetched."""
    (operation,) = TTAPI.operations.values()
    answer = replace(honest(TTAPI, LINKED), links={})

    judgement = Judge(TTAPI, operation).judge(LINKED, answer)

    assert judgement.findings == ()
    assert list(judgement.links) == [json.loads(answer.body)["data"][0]["url"]]


def test_the_pictures_of_an_answer_are_handed_over() -> None:
    """A report can show them."""
    (operation,) = TTAPI.operations.values()

    pictures = Judge(TTAPI, operation).judge(TWO, honest(TTAPI, TWO)).pictures

    assert [where for where, _ in pictures] == ["data[0].b64_json", "data[1].b64_json"]
    assert all(data.startswith(b"\x89PNG") for _, data in pictures)


def cheaper(body: Data) -> None:
    """Tell of fewer tokens, which add up."""
    body["usage"].update(output_tokens=5, total_tokens=7)
    body["usage"]["output_tokens_details"].update(image_tokens=5)


NOTES: dict[str, tuple[Callable[[Data], object], list[str]]] = {
    "a new field": (lambda body: body.update(extra=1), ["field.unknown"]),
    "a new field of an image": (lambda body: body["data"][0].update(seed=1), ["field.unknown"]),
    "a null": (lambda body: body["data"][0].update(url=None), ["field.null"]),
    "other tokens": (cheaper, ["usage.tokens"]),
}


@pytest.mark.parametrize(("edit", "expected"), NOTES.values(), ids=NOTES)
def test_what_no_client_relies_on_is_a_note(edit: Callable[[Data], object], expected: list[str]) -> None:
    """Responses are open: what the spec does not name is told and is no fault."""
    answer = edited(honest(TTAPI, FOX), edit)

    assert (kinds(FOX, answer), noted(FOX, answer)) == ([], expected)


def test_the_same_image_twice_is_a_note() -> None:
    """Two images of one answer should differ, and a server may draw the same by chance."""
    answer = edited(honest(TTAPI, TWO), lambda body: set_image(body["data"][1], body["data"][0]["b64_json"]))

    assert (kinds(TWO, answer), noted(TWO, answer)) == ([], ["image.repeated"])


def test_missing_and_different_headers_are_notes() -> None:
    """The spec tells headers, and gateways change them."""
    answer = replace(
        honest(TTAPI, FOX), headers=(("Content-Type", "application/json"), ("X-Content-Type-Options", "sniff"))
    )

    assert (kinds(FOX, answer), noted(FOX, answer)) == ([], ["answer.header"] * 3)


def test_ratio_and_resolution_tell_the_size_where_there_is_no_size_parameter() -> None:
    """An API of another shape is judged as well."""
    body = {
        "model": "grok-imagine-image",
        "prompt": "a fox",
        "aspect_ratio": "16:9",
        "resolution": "2k",
        "response_format": "b64_json",
    }
    answer = honest(XAI, body)
    square = edited(answer, lambda body: set_image(body["data"][0], picture(2048, 2048, "JPEG")))
    rounded = edited(answer, lambda body: set_image(body["data"][0], picture(2048, 1151, "JPEG")))

    assert kinds(body, answer, XAI) == kinds(body, rounded, XAI) == []
    assert kinds(body, square, XAI) == ["image.size"]


# --- answers of other shapes ---

SHAPES = """
    fields:
      data:
        from: images
        doc: Images.
        fields:
          b64_json: { from: base64, doc: The bytes. }
          about: { from: object, doc: More., fields: { prompt: { from: revised_prompt, doc: What was drawn. } } }
      version: { from: literal, is: { major: 1, tags: [a, 2, null] }, doc: The version. }
      n: { from: echo, of: n, doc: How many. }
"""


def images_about(about: object) -> Data:
    """One image that tells something of itself."""
    return {"data": [{"b64_json": picture(64, 64), "about": about}]}


def of_shapes(fields: Data) -> list[str]:
    """What is found in an answer of another shape, which differs by *fields* from an honest one."""
    tiny = (ROOT / "tests" / "unit" / "spec" / "tiny.yaml").read_text("utf-8")
    start, end = tiny.index("      fields:\n"), tiny.index("      usage:\n")
    spec = loads(tiny[:start] + SHAPES.replace("\n    ", "\n      ").strip("\n") + "\n" + tiny[end:])
    body = {
        **images_about({"prompt": "a fox"}),
        "version": {"major": 1, "tags": ["a", 2, None]},
        "n": 1,
    }
    content = json.dumps({**body, **fields}).encode()
    answer = Answer(status=200, headers=(("content-type", "application/json"),), body=content)
    return kinds({"model": "biro", "prompt": "a fox"}, answer, spec)


SHAPED: dict[str, tuple[Data, list[str]]] = {
    "honest": ({}, []),
    "numbers of another kind": ({"version": {"major": 1.0, "tags": ["a", 2.0, None]}, "n": 1.0}, []),
    "another literal": ({"version": {"major": 1, "tags": ["a", 2]}}, ["field.value"]),
    "true for one": ({"version": {"major": True, "tags": ["a", 2, None]}}, ["field.value"]),
    "no object": (images_about("a fox"), ["field.type"]),
    "an empty object": (images_about({}), ["field.missing"]),
    "a prompt that is no text": (images_about({"prompt": 7}), ["field.type"]),
    "an echo of another type": ({"n": "1"}, ["field.value"]),
}


@pytest.mark.parametrize(("fields", "expected"), SHAPED.values(), ids=SHAPED)
def test_literals_objects_and_echoes_of_any_shape_are_judged(fields: Data, expected: list[str]) -> None:
    """Values are compared as JSON compares them: 1.0 is 1, and true is not."""
    assert of_shapes(fields) == expected


ENVELOPES: dict[str, tuple[str, object, list[str]]] = {
    "an array": ('[{ message: "{message}" }, 7]', [{"message": "no"}, 7], []),
    "a shorter array": ('[{ message: "{message}" }, 7]', [{"message": "no"}], ["refusal.envelope"]),
    "another literal": ('[{ message: "{message}" }, 7]', [{"message": "no"}, 8], ["refusal.field"]),
    "no array": ('{ errors: [{ message: "{message}" }] }', {"errors": {"message": "no"}}, ["refusal.envelope"]),
    "text": ('"{message}"', "no", []),
    "no text": ('"{message}"', {"message": "no"}, ["refusal.field"]),
}


@pytest.mark.parametrize(("envelope", "body", "expected"), ENVELOPES.values(), ids=ENVELOPES)
def test_envelopes_of_any_shape_are_compared(envelope: str, body: object, expected: list[str]) -> None:
    """APIs wrap their errors in many ways."""
    tiny = (ROOT / "tests" / "unit" / "spec" / "tiny.yaml").read_text("utf-8")
    spec = loads(tiny.replace('envelope: { message: "{message}" }', f"envelope: {envelope}"))

    assert kinds({"model": "biro"}, Answer(status=400, body=json.dumps(body).encode()), spec) == expected


# --- refused ---


def test_a_request_that_should_be_refused_and_is_not_is_told_with_its_constraint() -> None:
    """The finding names the rule that the server does not enforce."""
    (finding,) = found(BAD, honest(TTAPI, FOX))

    assert (finding.kind, finding.constraint) == ("accepts", "generate.n.maximum")


def test_a_request_that_should_not_be_refused_and_is_is_told_with_the_parameter_that_the_error_names() -> None:
    """Then a report can say what it is about."""
    (finding,) = found(TWO, Answer(status=400, body=json.dumps(REFUSED).encode()))

    assert (finding.kind, finding.where, finding.got) == ("refuses", "n", 400)


@pytest.mark.parametrize(
    ("where", "named"), [(["prompt"], "prompt"), (["prompt", 7], "prompt"), ([None], ""), ([], ""), ("prompt", "")]
)
def test_the_parameter_is_found_in_a_list_of_the_envelope_as_well(where: object, named: str) -> None:
    """Some APIs tell the way to it in steps; an error of another shape names none."""
    strange = load(ROOT / "tests" / "specs" / "several" / "strange.yaml")
    body = {"base_resp": {"status_msg": "no", "status_code": 2013, "where": where}}
    (finding,) = found({"prompt": "a fox"}, Answer(status=422, body=json.dumps(body).encode()), strange)

    assert (finding.kind, finding.where) == ("refuses", named)


ERRORS: dict[str, tuple[Callable[[Data], object], list[str]]] = {
    "another type": (lambda body: body["error"].update(type="server_error"), ["refusal.field"]),
    "another code": (lambda body: body["error"].update(code=None), ["refusal.field"]),
    "another parameter": (lambda body: body["error"].update(param="N"), ["refusal.field"]),
    "no code": (lambda body: body["error"].pop("code"), ["refusal.envelope"]),
    "no envelope": (lambda body: body.update(body.pop("error")), ["refusal.envelope"]),
    "an envelope of text": (lambda body: body.update(error="no"), ["refusal.envelope"]),
}


@pytest.mark.parametrize(("lie", "expected"), ERRORS.values(), ids=ERRORS)
def test_a_refusal_with_another_error_is_told(lie: Callable[[Data], object], expected: list[str]) -> None:
    """Clients act on status, shape, type, code and param."""
    answer = edited(honest(TTAPI, BAD), lie)

    assert kinds(BAD, answer) == expected
    assert {one.constraint for one in found(BAD, answer)} == {"generate.n.maximum"}


def test_a_refusal_with_another_status_is_told() -> None:
    """422 is not 400."""
    assert kinds(BAD, replace(honest(TTAPI, BAD), status=422)) == ["refusal.status"]


@pytest.mark.parametrize("body", [b"", b"<html>400 Bad Request</html>", b"nope", b"[]", b"\xff"])
def test_a_refusal_that_is_no_error_of_the_api_is_told(body: bytes) -> None:
    """A page of a proxy is not an error that a client understands."""
    assert kinds(BAD, Answer(status=400, body=body)) == ["refusal.envelope"]


def test_other_words_are_a_note() -> None:
    """Messages are for people, and change."""
    answer = edited(honest(TTAPI, BAD), lambda body: body["error"].update(message="Too many images."))

    assert (kinds(BAD, answer), noted(BAD, answer)) == ([], ["refusal.message"])


def test_words_that_the_request_does_not_determine_may_be_any() -> None:
    """How an API lists legal values is its own affair."""
    body = {**FOX, "quality": "best"}
    answer = edited(
        honest(TTAPI, body),
        lambda error: error["error"].update(message="Invalid value: 'best'. Supported values are: low to high."),
    )

    assert (kinds(body, answer), noted(body, answer)) == ([], [])


def test_telling_of_another_fault_than_the_first_is_one_finding() -> None:
    """Of two faults the spec says which comes first; a server that tells of the other is told once."""
    assert kinds(WORSE, honest(TTAPI, WORSE)) == []
    (finding,) = found(WORSE, honest(TTAPI, BAD))

    assert (finding.kind, finding.constraint, finding.got) == (
        "refusal.precedence",
        "generate.style.applies_to",
        "generate.n.maximum",
    )


def test_a_server_may_refuse_what_is_large_for_its_size_alone() -> None:
    """The spec has a text for it, and images of any size are legal by the seed's rules."""
    large = {"model": "gpt-image-2", "prompt": "a fox", "size": "160000x160000"}
    refusal = honest(TTAPI, large)

    assert refusal.status == 400
    assert (kinds(large, refusal), noted(large, refusal)) == ([], ["refusal.budget"])
    assert kinds(FOX, refusal) == ["refuses"]


def test_an_error_without_a_body_is_judged() -> None:
    """An empty error is empty."""
    (operation,) = TTAPI.operations.values()
    judging = Judge(TTAPI, operation)
    with server(TTAPI) as client:
        answer = answer_of(client.post("images/generations/unlisted", content="{}"))

    assert judging.read_transport("not_found", "lost", answer).findings == ()
    (finding,) = judging.read_transport("not_found", "lost", replace(answer, body=b"not found")).findings
    assert (finding.kind, finding.constraint) == ("refusal.envelope", "lost")


# --- outages ---


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(Answer(status=429), "outage.rate", id="429"),
        pytest.param(Answer(status=500, body=b"<html>"), "outage.server", id="500"),
        pytest.param(Answer(status=503), "outage.server", id="503"),
        pytest.param(Answer(status=401), "outage.access", id="401"),
        pytest.param(Answer(status=402), "outage.access", id="402"),
        pytest.param(Answer(status=308, headers=(("Location", "/v2"),)), "outage.redirect", id="308"),
        pytest.param(NoAnswer(late=True, why="no answer within 1 s"), "outage.timeout", id="late"),
        pytest.param(NoAnswer(late=False, why="refused"), "outage.connection", id="no connection"),
    ],
)
@pytest.mark.parametrize("body", [FOX, BAD], ids=["good", "bad"])
def test_a_server_that_fails_is_not_judged(body: Data, answer: Answer | NoAnswer, expected: str) -> None:
    """Rate limits, failures and lost connections are outages, whatever the request was."""
    (finding,) = found(body, answer)

    assert (finding.kind, finding.severity) == (expected, Severity.OUTAGE)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [(Ended.CUT, "outage.connection"), (Ended.LATE, "outage.timeout"), (Ended.LARGE, "outage.size")],
)
def test_a_good_answer_that_does_not_end_is_not_judged(ended: Ended, expected: str) -> None:
    """Half an answer is no answer."""
    assert kinds(FOX, replace(honest(TTAPI, FOX), body=b'{"created":', ended=ended)) == [expected]


def test_a_status_that_the_spec_asks_for_is_no_outage() -> None:
    """An API whose unknown models are 404 and whose missing key is 401 is judged by that."""
    (operation,) = TTAPI.operations.values()
    with server(TTAPI) as client:
        del client.headers["authorization"]
        answer = answer_of(client.post("images/generations", content="{}"))

    assert answer.status == 401
    assert Judge(TTAPI, operation).read_transport("no_key", "key", answer).findings == ()


# --- anything ---

ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 404, 422, 429, 500]),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["content-type", "location", "x"]),
            st.sampled_from(["application/json", "text/event-stream", "text/html", ""]),
        ),
        max_size=3,
    ).map(tuple),
    body=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["error", "data", "created", "usage", "b64_json", "url", "size", "message", "x"]), inner
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
    ended=st.sampled_from(Ended),
    received=st.just(1.0),
)


@given(body=st.sampled_from([FOX, TWO, LINKED, BAD, WORSE, {**FOX, "stream": True}, [], None]), answer=ANSWERS)
def test_judging_never_fails_and_only_honest_answers_pass(body: object, answer: Answer) -> None:
    """Any bytes can be judged; each finding is of a known kind; none of these answers is an honest one."""
    found_kinds = kinds(body, answer)

    assert set(found_kinds) <= set(FINDINGS)
    assert found_kinds
