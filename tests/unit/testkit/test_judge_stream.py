"""Judging streams: what is wrong with events, their order, their number and their end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safelight import load
from safelight_mockserver import Options
from safelight_testkit.judging.events import StreamEvent, Transcript, transcript
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.verdict import Answer, Ended, Severity
from tests.unit.testkit.honest import Data, answer_of, events, honest, picture, server, streamed

TTAPI = load(Path(__file__).parents[3] / "spec" / "ttapi-images.yaml")
OPERATION = TTAPI.operations["generate"]
BODY = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 2}
PARTIAL, COMPLETED = "image_generation.partial_image", "image_generation.completed"

Told = list[tuple[str, Data]]


def kinds(answer: Answer, body: Data = BODY, *, notes: bool = False) -> list[str]:
    """The kinds of the findings in the answer to a request for a stream."""
    found = Judge(TTAPI, OPERATION).judge(body, answer).findings
    return [one.kind for one in found if (one.severity is Severity.NOTE) is notes]


def retold(change: Callable[[Told], Told]) -> Answer:
    """An honest stream of two partial images and a finished one, told in another way."""
    answer = honest(TTAPI, BODY)
    return replace(answer, body=streamed(change(events(answer))))


def renamed(event: tuple[str, Data], name: str) -> tuple[str, Data]:
    """An event with another event line."""
    return name, event[1]


def changed(event: tuple[str, Data], **fields: object) -> tuple[str, Data]:
    """An event with other data."""
    return event[0], {**event[1], **fields}


LIES: dict[str, tuple[Callable[[Told], Told], list[str]]] = {
    "the finished image is missing": (lambda told: told[:-1], ["stream.final"]),
    "the finished image comes twice": (lambda told: [*told, told[-1]], ["stream.final"]),
    "a partial image comes last": (lambda told: [told[0], told[2], told[1]], ["stream.order"]),
    "partial images are swapped": (lambda told: [told[1], told[0], told[2]], ["stream.index"]),
    "an index comes twice": (lambda told: [told[0], told[0], told[2]], ["stream.index"]),
    "indexes count from 1": (
        lambda told: [changed(told[0], partial_image_index=1), changed(told[1], partial_image_index=2), told[2]],
        ["stream.index"],
    ),
    "an index is text": (lambda told: [changed(told[0], partial_image_index="0"), *told[1:]], ["field.type"]),
    "an event line names another event": (lambda told: [renamed(told[0], COMPLETED), *told[1:]], ["stream.name"]),
    "a type names another event": (
        lambda told: [*told[:2], changed(told[2], type=PARTIAL)],
        ["stream.name", "field.value"],
    ),
    "an event line is not known": (lambda told: [*told[:2], renamed(told[2], "done")], ["stream.name"]),
    "a field is missing": (
        lambda told: [*told[:2], (COMPLETED, {key: value for key, value in told[2][1].items() if key != "usage"})],
        ["field.missing"],
    ),
    "an echo differs": (lambda told: [*told[:2], changed(told[2], output_format="jpeg")], ["field.value"]),
    "the image has another size": (
        lambda told: [*told[:2], changed(told[2], b64_json=picture(512, 512))],
        ["image.size"],
    ),
    "a partial image has another format": (
        lambda told: [changed(told[0], b64_json=picture(file_format="WEBP")), *told[1:]],
        ["image.format"],
    ),
    "tokens do not add up": (
        lambda told: [*told[:2], changed(told[2], usage={**told[2][1]["usage"], "total_tokens": 1})],
        ["usage.sum"],
    ),
    "fewer partial images": (lambda told: told[1:], []),
    "no partial images": (lambda told: told[2:], []),
    "nothing at all": (lambda _: [], ["stream.final"]),
    "a failure": (
        lambda told: [told[0], ("error", {"error": {"message": "failed", "type": "x", "code": "y"}})],
        ["outage.stream"],
    ),
}


@pytest.mark.parametrize(("lie", "expected"), LIES.values(), ids=LIES)
def test_a_lie_in_a_stream_gives_its_finding(lie: Callable[[Told], Told], expected: list[str]) -> None:
    """What is told is what was changed, and nothing else; fewer partial images than asked for are no lie."""
    found = kinds(retold(lie))

    assert found[: len(expected)] == expected
    assert set(found) == set(expected)


def test_too_many_partial_images_are_told() -> None:
    """There are at most as many as were asked for."""
    answer = retold(lambda told: [told[0], told[1], changed(told[1], partial_image_index=2), told[2]])

    assert kinds(answer) == ["stream.index", "stream.count"]


def test_a_stream_of_several_images_has_one_final_event_for_each() -> None:
    """Where nothing forbids it, each image is finished once."""
    body = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "n": 2}
    answer = honest(TTAPI, body)
    one = replace(answer, body=streamed(events(answer)[:1]))

    assert (kinds(answer, body), kinds(one, body)) == ([], ["stream.final"])


def test_an_event_line_that_is_missing_is_told() -> None:
    """Clients choose by the event line."""
    answer = honest(TTAPI, BODY)
    bare = replace(answer, body=answer.body.replace(f"event: {COMPLETED}\n".encode(), b""))

    assert kinds(bare) == ["stream.name"]


def test_an_event_that_is_no_json_is_told() -> None:
    """Half an event is no event."""
    answer = honest(TTAPI, BODY)

    assert kinds(replace(answer, body=b"event: x\ndata: {\n\n" + answer.body)) == ["stream.grammar"]


def test_an_event_that_does_not_end_is_told() -> None:
    """Without its blank line, decoders that keep to the standard throw the finished image away."""
    answer = honest(TTAPI, BODY)

    assert kinds(replace(answer, body=answer.body.rstrip(b"\n"))) == ["stream.grammar"]


@pytest.mark.parametrize("cut", [1, 100, -3], ids=["at once", "early", "late"])
def test_a_stream_that_breaks_off_is_told_once(cut: int) -> None:
    """A stream that is cut misses its end; that is one finding."""
    answer = honest(TTAPI, BODY)

    assert kinds(replace(answer, body=answer.body[:cut], ended=Ended.CUT)) == ["stream.cut"]


def test_a_stream_that_is_too_slow_is_an_outage() -> None:
    """Time is no matter of rules."""
    assert kinds(replace(honest(TTAPI, BODY), ended=Ended.LATE)) == ["outage.timeout"]


@pytest.mark.parametrize(
    "extra",
    [b"data: [DONE]\n\n", b'event: ping\ndata: {"type":"ping"}\n\n'],
    ids=["done", "ping"],
)
def test_events_that_the_spec_does_not_name_are_notes(extra: bytes) -> None:
    """Clients pass over them."""
    answer = honest(TTAPI, BODY)
    longer = replace(answer, body=answer.body + extra)

    assert (kinds(longer), kinds(longer, notes=True)) == ([], ["stream.unknown"])


def test_a_body_in_the_place_of_a_stream_is_told_and_the_other_way_round() -> None:
    """Who asked for a stream reads a stream."""
    plain = {key: value for key, value in BODY.items() if key not in {"stream", "partial_images"}}

    assert kinds(honest(TTAPI, plain)) == ["answer.form"]
    assert kinds(honest(TTAPI, BODY), plain) == ["answer.form"]


def test_a_stream_that_is_refused_is_judged_as_any_refusal() -> None:
    """Observed rules are judged by who believes them."""
    body = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "n": 2}
    basis = ("documented", "observed")
    with server(TTAPI, Options(basis=basis)) as client:
        answer = answer_of(client.post("images/generations", content=json.dumps(body)))

    assert Judge(TTAPI, OPERATION, basis=basis).judge(body, answer).findings == ()
    assert kinds(answer, body) == ["refuses"]


# --- the reader of events ---


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_every_end_of_line_ends_a_line(end: bytes) -> None:
    """The standard knows three, and a byte order mark at the start."""
    stream = b"\xef\xbb\xbf" + end.join(
        (b": hello", b"event: a", b"data: 1", b"data:2", b"id: 7", b"", b"data", b"", b"")
    )

    assert transcript(stream) == Transcript((StreamEvent("a", b"1\n2"), StreamEvent(None, b"")), None)


def test_what_is_not_ended_is_kept_apart() -> None:
    """The standard throws it away; a test tells of it."""
    assert transcript(b"event: a\ndata: 1\n\nevent: b\ndata: 2\n") == Transcript(
        (StreamEvent("a", b"1"),), StreamEvent("b", b"2")
    )


def test_an_event_without_data_is_none() -> None:
    """As the standard has it."""
    assert transcript(b"event: a\n\n\n: comment\n\n") == Transcript((), None)
