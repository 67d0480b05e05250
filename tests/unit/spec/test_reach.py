"""What no client and no server could work with is refused, where it stands, with what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from safelight import SpecError, loads

ROOT: Final = Path(__file__).parents[3]
FIRST: Final = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")
STRANGE: Final = (ROOT / "tests" / "specs" / "several" / "strange.yaml").read_text("utf-8")
CALLS: Final = (ROOT / "tests" / "specs" / "several" / "calls.yaml").read_text("utf-8")

ENVELOPE: Final = '{ base_resp: { status_msg: "{message}", status_code: "{code}", where: ["{param}"] } }'
PARTIAL: Final = "name: image_generation.partial_image"
STREAM: Final = "        when: { stream: true }\n"
CASES: Final = {
    "no call": (
        STRANGE[: STRANGE.index("operations:")] + "operations: {}\n",
        "5:1: error[E204]: operations names no call",
        "without one there is nothing to make or to serve",
    ),
    "two calls of one method and path": (
        CALLS.replace("/pictures/vary", "/pictures"),
        "52:5: error[E302]: POST /pictures is 'draw' already",
        "a server knows a call by its method and its path",
    ),
    "a key in a header that every request has": (
        CALLS.replace("x-key", "Content-Type"),
        "11:18: error[E302]: 'Content-Type' comes with every request by itself: no key can be in it",
        "",
    ),
    "a header that every answer has": (
        CALLS.replace("x-draw-id: ", "content-encoding: gzip, x-draw-id: "),
        "43:36: error[E302]: 'content-encoding' comes with every answer by itself",
        "leave it out",
    ),
    "a header that every error has": (
        CALLS.replace("default: { status: 422,", "default: { headers: { Content-Length: '3' }, status: 422,", 1),
        "50:47: error[E302]: 'Content-Length' comes with every answer by itself",
        "leave it out",
    ),
    "words around a field of the envelope": (
        STRANGE.replace('status_msg: "{message}"', 'status_msg: "Oh: {message}"'),
        "49:7: error[E601]: in the envelope, 'Oh: {message}' is more than a field",
        "put the words into the texts",
    ),
    "a placeholder in a list": (
        STRANGE.replace('message: "{requirement}"', 'message: ["{requirement}"]'),
        "52:18: error[E601]: the field 'message' has a placeholder in a list or an object, where it is not filled",
        "let the envelope have the shape, with one field for each text",
    ),
    "an error without a message": (
        STRANGE.replace("default: {", "known: { status: 404 }\n        default: {"),
        "52:16: error[E602]: the error 'known' has no message, and the envelope has a place for one",
        "add message: with its words, or empty: true where there is no body",
    ),
    "a stream that nobody asks for": (
        FIRST.replace(f"{STREAM}        events", "        when: { n: 1 }\n        events"),
        "error[E205]: a stream is asked for by a parameter that is true",
        "name a boolean parameter, as in { stream: true }",
    ),
    "a stream asked for by what is not sent": (
        FIRST.replace(f"{STREAM}        events", "        when: { stream: false }\n        events"),
        "error[E205]: a stream is asked for by a parameter that is true",
        "name a boolean parameter, as in { stream: true }",
    ),
    "two events of one name": (
        FIRST.replace(PARTIAL, "name: image_generation.completed"),
        "error[E302]: there is an event 'image_generation.completed' already",
        "",
    ),
    "an error in an event that is another one's": (
        FIRST.replace("        error: error\n", "        error: image_generation.completed\n"),
        "error[E302]: there is an event 'image_generation.completed' already",
        "",
    ),
    "an event without a name": (
        FIRST.replace(PARTIAL, 'name: ""'),
        "error[E204]: '' is no name of an event: it stands on a line of its own",
        "",
    ),
    "an event of two lines": (
        FIRST.replace("        error: error\n", '        error: "a\\nb"\n'),
        "error[E204]: 'a\\nb' is no name of an event: it stands on a line of its own",
        "",
    ),
    "a count that is a word": (
        STRANGE.replace("picture: { prompt: prompt", "picture: { prompt: prompt, count: given"),
        "41:16: error[E504]: count names a parameter of type integer, 'given' is none",
        "",
    ),
    "a size that is a word": (
        STRANGE.replace("picture: { prompt: prompt", "picture: { prompt: prompt, size: given"),
        "41:16: error[E504]: size names a parameter of type size, 'given' is none",
        "",
    ),
}


def told(text: str) -> str:
    """What is said of a spec; nothing, where it is sound."""
    try:
        loads(text, "api.yaml")
    except SpecError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("case", CASES)
def test_a_spec_that_nothing_can_work_with_is_refused(case: str) -> None:
    """With line and column, what is wrong, and what would be right; and nothing else is said."""
    text, wrong, right = CASES[case]
    said = told(text)

    assert wrong in said
    assert right in said
    assert said.count("error[") == 1


def test_a_final_event_without_its_image_is_refused() -> None:
    """A stream of it would end whole, and have given nothing."""
    start = FIRST.index("          - name: image_generation.completed\n")
    at = FIRST.index("b64_json:", start)
    line = FIRST[FIRST.rindex("\n", 0, at) + 1 : FIRST.index("\n", at) + 1]

    assert "the final event has the image: one of its fields has from: base64 or url" in told(
        FIRST[:start] + FIRST[start:].replace(line, "", 1)
    )


@pytest.mark.parametrize(
    "envelope", ["null", '"{message}"', '["{message}", "{code}", "{param}"]', "{ wrong: true }"], ids=str
)
def test_an_envelope_may_have_any_shape(envelope: str) -> None:
    """Even none, or one that tells nothing: an API is described as it is."""
    fields = [name for name in ("message", "code", "param") if f"{{{name}}}" in envelope]
    words = {"message": 'message: "{requirement}"', "code": "code: 2013", "param": 'param: "{param}"'}
    texts = ", ".join(["status: 422", *(words[name] for name in fields)])
    text = STRANGE.replace(ENVELOPE, envelope)
    start = text.index("        default: {")

    assert told(f"{text[:start]}        default: {{ {texts} }}\n") == ""
