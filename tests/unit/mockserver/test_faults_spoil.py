"""What faults make of answers, without a server: what cannot happen is told, and every API keeps its own shape."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any, Final, TypeAlias, cast

import httpx2
import pytest

from safelight import Spec, loads
from safelight_mockserver import Fake, Options, fake, order
from safelight_mockserver.answers.reply import Empty, Whole
from safelight_mockserver.calls.line import BrokenOff
from safelight_mockserver.faults.grammar import read_phrase
from safelight_mockserver.faults.kinds import KINDS, Kind, Moderated, Refusal
from safelight_mockserver.faults.spoil import obstacle, spoiled
from safelight_mockserver.faults.texts import TEXTS, error_event
from safelight_mockserver.rates import read_rate
from safelight_mockserver.serving.banner import banner
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

from .conftest import ROOT, Ask

Body: TypeAlias = dict[str, Any]
PATH: Final = "/v1/images/generations"
FOX: Final[Body] = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x48"}
STREAM: Final[Body] = {**FOX, "stream": True, "partial_images": 1}
LINKED: Final[Body] = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256"}
BAD: Final[Body] = {**FOX, "n": 0}
KEY: Final = {"Authorization": "Bearer k"}


def kind_of(text: str) -> Kind:
    """Read an order of one step."""
    (kind,) = read_phrase(text).steps
    return kind


@pytest.mark.parametrize(
    ("text", "body", "why"),
    [
        ("stream-cut", FOX, "the answer is no stream"),
        ("new-events", FOX, "the answer is no stream"),
        ("truncate", STREAM, "the answer is a stream"),
        ("malformed-json", STREAM, "the answer is a stream"),
        ("url-slow", FOX, "the answer has no links"),
        ("image-size", BAD, "the answer has no images"),
        ("image-size", LINKED, ""),
        ("new-values", LINKED, "the answer repeats no choice"),
        ("new-values", STREAM, ""),
        ("error; text=nothing", FOX, "the spec has no error 'nothing'"),
        ("error; text=quota", FOX, ""),
        ("rate-limit", BAD, ""),
        ("reset", STREAM, ""),
    ],
)
def test_what_cannot_happen_is_told_with_the_reason(ask: Ask, ttapi: Spec, text: str, body: Body, why: str) -> None:
    """So that nobody waits for it."""
    (operation,) = ttapi.operations.values()
    assert obstacle(kind_of(text), ask(body), operation) == why


def samples(ttapi: Spec, model: str) -> dict[str, Body]:
    """What each error of the API tells when it is ordered for a request without a fault, by its name."""
    (operation,) = ttapi.operations.values()
    found: dict[str, Body] = {}
    with httpx2.Client(transport=AppTransport(fake(ttapi, Options(images="tiny"))), headers=KEY) as http:
        for name, text in operation.errors.texts.items():
            order = {"X-Safelight-Fault": f"error; text={name}"}
            reply = http.post(f"http://fake{PATH}", json={"model": model, "prompt": "a fox", "n": 1}, headers=order)
            assert reply.status_code == text.status
            found[name] = reply.json()["error"] if reply.content else {}
    return found


def test_an_error_that_is_ordered_tells_of_a_value_that_breaks_the_constraint(ttapi: Spec) -> None:
    """Just beyond its limit, as the API would have told of it, and in the words that it has for the model."""
    told = samples(ttapi, "gpt-image-2")
    for name, param, words in (
        ("maximum", "n", "Expected a value <= 10, but got 11 instead."),
        ("minimum", "n", "Expected a value >= 1, but got 0 instead."),
        ("max_length", "prompt", "maximum length 32000, but got a string with length 32001 instead."),
        ("values", "background", "'no-such-value'. Supported values are: 'transparent', 'opaque', and 'auto'."),
        ("multiple_of", "size", "Invalid size '1025x1025'. Width and height must both be divisible by 16."),
        ("max_edge", "size", "Invalid size '3841x3841'."),
        ("max_ratio", "size", "Invalid size '3073x1024'."),
        ("type", "model", "expected a string, but got an integer instead."),
        ("applies_to", "response_format", "Unknown parameter: 'response_format'."),
        ("content_type", None, "specified the header 'Content-Type: text/plain'."),
        ("body_too_large", None, "larger than 33554432 bytes."),
        ("method", None, "Invalid method for URL (PUT /v1/images/generations)"),
    ):
        assert told[name]["param"] == param, name
        assert words in told[name]["message"], told[name]
    assert samples(ttapi, "dall-e-3")["maximum"]["message"] == "You must provide n=1 for this model."


@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-2"])
def test_no_error_that_is_ordered_has_holes(ttapi: Spec, model: str) -> None:
    """Whatever it tells of, it does; and where a request was sent without a value, not of a null."""
    for name, error in samples(ttapi, model).items():
        text = " ".join(map(str, error.values()))
        assert "{" not in text, (name, text)
        assert "got null" not in text or name == "nullable", (name, text)


def test_an_answer_without_a_body_has_none_to_spoil(ask: Ask, ttapi: Spec) -> None:
    """As the one that tells which methods there are."""
    (operation,) = ttapi.operations.values()
    for word in ("truncate", "malformed-json", "content-type", "empty", "extra-fields"):
        assert obstacle(KINDS[word], ask(FOX, verb="OPTIONS"), operation) == "the answer has no body"


@pytest.mark.parametrize("word", [word for word, kind in KINDS.items() if isinstance(kind, Refusal | Moderated)])
def test_every_api_refuses_in_its_own_envelope(ask: Ask, xai: Spec, word: str) -> None:
    """One of another shape too, and one whose errors have no body."""
    (operation,) = xai.operations.values()
    known = next(iter(operation.errors.texts))
    kind = kind_of(f"error; text={known}") if word == "error" else KINDS[word]
    answer = ask({"model": "grok-imagine-image", "prompt": "a fox"}, spec=xai)
    if isinstance(kind, Refusal) and kind.text not in {*TEXTS, *operation.errors.texts}:
        assert obstacle(kind, answer, operation)
        return
    reply = spoiled(kind, answer, operation, {}).reply
    assert isinstance(reply, Whole | Empty)
    assert reply.status >= 400
    if isinstance(reply, Whole):
        assert set(keys_of(reply.body)) >= set(keys_of(operation.errors.envelope))


def keys_of(value: object) -> list[str]:
    """Name every key of a JSON value."""
    if not isinstance(value, dict):
        return []
    members = cast("dict[str, object]", value)
    return [*members, *(name for item in members.values() for name in keys_of(item))]


def test_the_spec_has_the_last_word_on_its_errors(ttapi: Spec) -> None:
    """A text of the same name takes the place of the common one."""
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")
    common = "          status: 429\n          type: requests\n"
    assert text.count(common) == 1
    spec = loads(text.replace(common, common.replace("429", "420")))
    with httpx2.Client(transport=AppTransport(fake(spec)), base_url="http://fake") as http:
        reply = http.post(PATH, json=FOX, headers={**KEY, "X-Safelight-Fault": "rate-limit; retry-after=1"})
    assert (reply.status_code, reply.json()["error"]["type"]) == (420, "requests")
    assert reply.headers["retry-after"] == "1"
    (operation,) = ttapi.operations.values()
    event: Any = error_event(operation.errors)
    assert (event["type"], event["error"]["code"]) == ("error", "image_generation_failed")


def test_a_step_that_cannot_happen_now_is_passed_and_told(ttapi: Spec) -> None:
    """The others of its sequence are played."""
    app = fake(ttapi)
    asyncio.run(app.state.put_fault(order("stream-cut, quota", id="mixed")))
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake") as http:
        statuses = [http.post(PATH, json=FOX, headers=KEY).status_code for _ in range(3)]
    assert statuses == [200, 429, 200]
    first = asyncio.run(app.state.entries())[0]
    assert first.note == "the order mixed (stream-cut) was missed: the answer is no stream"


# --- deliveries ---


@pytest.mark.parametrize(
    "text", ["latency; seconds=60", "stream-pauses; seconds=60", "latency; seconds=0; per-byte=10"]
)
def test_nobody_waits_for_a_client_that_has_left(ttapi: Spec, text: str) -> None:
    """The log says that it left, and the server is free."""
    app = fake(ttapi)

    async def run() -> None:
        transport = AsyncAppTransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://fake", timeout=0.5) as http:
            with pytest.raises(httpx2.ReadTimeout):
                await http.post(PATH, json=STREAM, headers={**KEY, "X-Safelight-Fault": text})

    asyncio.run(run())
    (entry,) = asyncio.run(app.state.entries())
    assert (entry.end, entry.final) == ("left", False)


def test_a_server_that_cannot_break_connections_is_told_by_an_exception(ttapi: Spec) -> None:
    """It then does what it does when an application fails."""

    async def run(app: Fake) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}", "more_body": False}

        async def send(_message: Any) -> None:  # noqa: ANN401 - as ASGI has it
            """Take what is sent."""

        headers = [(b"x-safelight-fault", b"reset"), (b"authorization", b"Bearer k")]
        scope = {
            "type": "http",
            "method": "POST",
            "path": PATH,
            "scheme": "http",
            "query_string": b"",
            "headers": headers,
        }
        await app(scope, once(receive), send)

    def once(receive: Any) -> Any:  # noqa: ANN401 - as ASGI has it
        calls: list[int] = []

        async def receiving() -> dict[str, Any]:
            calls.append(1)
            if len(calls) > 1:
                await asyncio.sleep(60)
            return dict(await receive())

        return receiving

    with pytest.raises(BrokenOff):
        asyncio.run(run(fake(ttapi)))


# --- the banner ---


def test_the_banner_names_what_is_not_enforced_and_every_profile(ttapi: Spec) -> None:
    """Nothing is let through in silence."""
    options = Options(
        ignore=("generate.n.maximum",),
        as_of=date(2026, 11, 22),
        face="tolerant",
        latency=1,
        rate_limits=read_rate("5 images/min"),
    )
    told = banner(ttapi, "api.yaml", "http://x/v1", options)
    for text in (
        "generate.n.maximum (--ignore)",
        "generate.stream-needs-one-image (only observed, see --basis)",
        "the API as on 2026-11-22",
        "a tolerant relay",
        "answers take 1 times what image APIs take",
        "5 images in 60 s for each key",
    ):
        assert text in told
    assert "profile" not in banner(ttapi, "api.yaml", "http://x/v1", Options())


def test_the_banner_tells_of_days(ttapi: Spec) -> None:
    """A constraint that is not in force on a day is not enforced on it."""
    text = (ROOT / "tests" / "specs" / "dates.yaml").read_text("utf-8")
    told = banner(loads(text), "dates.yaml", "http://x/v1", Options(as_of=date(2020, 1, 1)))
    assert "not in force on 2020-01-01" in told
    assert "not in force" not in banner(ttapi, "api.yaml", "http://x/v1", Options())
