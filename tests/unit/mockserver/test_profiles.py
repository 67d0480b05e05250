"""What profiles promise: a tolerant face, limits that refill, a realistic pace, another day, self-checks."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeAlias

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Operation, Spec, loads
from safelight_mockserver import Clock, Entry, Fake, Options, fake
from safelight_mockserver.answers.pace import seconds_for
from safelight_mockserver.calls.gallery import Gallery
from safelight_mockserver.calls.service import Sent
from safelight_mockserver.pictures.picture import Picture
from safelight_mockserver.pictures.renderer import RenderError
from safelight_mockserver.rates import Rate, duration, read_rate
from safelight_mockserver.serving.report import Exercise, request_line
from safelight_mockserver.store.state import Allowance, Limit
from safelight_mockserver.transport import AppTransport

from .conftest import ROOT, Ask

Body: TypeAlias = dict[str, Any]
PATH: Final = "/v1/images/generations"
FOX: Final[Body] = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x48"}
SPEC_TEXT: Final = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")


def ask(app: Fake, body: Body, key: str = "a-key", **headers: str) -> httpx2.Response:
    """Make one call."""
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake.test") as http:
        return http.post(PATH, json=body, headers={"Authorization": f"Bearer {key}", **headers})


def entries(app: Fake) -> tuple[Entry, ...]:
    """Return the log."""
    return asyncio.run(app.state.entries())


# --- the face ---


@pytest.mark.parametrize(
    ("body", "images"),
    [
        ({**FOX, "n": 99}, 10),
        ({**FOX, "n": 0}, 1),
        ({**FOX, "mood": "good"}, 1),
        ({**FOX, "style": "vivid"}, 1),
        ({**FOX, "quality": "ultra"}, 1),
        ({"model": "dall-e-3", "prompt": "x" * 5000, "n": 3}, 1),
    ],
)
def test_a_tolerant_relay_mends_what_it_can(ttapi: Spec, body: Body, images: int) -> None:
    """It drops what it does not know and brings values into range; a strict API refuses each of these."""
    app = fake(ttapi, Options(face="tolerant"))
    reply = ask(app, body)
    assert reply.status_code == 200
    assert len(reply.json()["data"]) == images
    assert entries(app)[-1].violations
    assert ask(fake(ttapi), body).status_code == 400


@pytest.mark.parametrize("body", [{"model": "gpt-image-2"}, {**FOX, "model": "none"}, {**FOX, "prompt": 1}, [], "a"])
def test_a_tolerant_relay_refuses_what_nobody_can_mend(ttapi: Spec, body: Any) -> None:  # noqa: ANN401 - any JSON
    """It neither invents a prompt nor chooses another model."""
    assert ask(fake(ttapi, Options(face="tolerant")), body).status_code == 400


# --- rate limits ---


def test_a_rate_limit_is_kept_for_each_key_and_refills(ttapi: Spec) -> None:
    """With headers that tell what is left, and when to come back."""
    clock = Clock()
    clock.freeze(1_000_000)
    app = fake(ttapi, Options(rate_limits=read_rate("2 requests/min")), clock=clock)
    first, second, third = (ask(app, FOX) for _ in range(3))
    assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
    assert [one.headers["x-ratelimit-remaining-requests"] for one in (first, second, third)] == ["1", "0", "0"]
    assert (first.headers["x-ratelimit-limit-requests"], second.headers["x-ratelimit-reset-requests"]) == ("2", "1m0s")
    assert third.headers["retry-after"] == "30"
    assert third.json()["error"]["code"] == "rate_limit_exceeded"
    assert ask(app, FOX, key="another").status_code == 200
    clock.advance(30)
    assert [ask(app, FOX).status_code for _ in range(2)] == [200, 429]


def test_images_have_a_limit_of_their_own(ttapi: Spec) -> None:
    """Refused requests draw none."""
    clock = Clock()
    clock.freeze(1_000_000)
    app = fake(ttapi, Options(rate_limits=read_rate("5 images/min")), clock=clock)
    wanted = ({**FOX, "n": 3}, {**FOX, "n": 99}, {**FOX, "n": 2}, FOX)
    assert [ask(app, body).status_code for body in wanted] == [200, 400, 200, 429]


def test_a_request_beyond_the_whole_limit_is_not_told_to_wait(ttapi: Spec) -> None:
    """It would wait for ever: however long it does, there are never as many images at once."""
    app = fake(ttapi, Options(rate_limits=read_rate("5 images/min")))
    reply = ask(app, {**FOX, "n": 6})
    assert (reply.status_code, reply.headers["x-should-retry"]) == (429, "false")
    assert "retry-after" not in reply.headers
    assert ask(app, {**FOX, "n": 5}).status_code == 200
    assert int(ask(app, FOX).headers["retry-after"]) > 0


@pytest.mark.parametrize("text", ["", "5", "5/year", "0/min", "five/min", "5/min,", "-1/min", "5 cats/min"])
def test_what_is_no_rate_limit_is_told_as_such(text: str) -> None:
    """With an example."""
    with pytest.raises(ValueError, match="as in 5/min"):
        read_rate(text)


def test_a_rate_limit_is_about_requests_and_images_unless_it_says_so() -> None:
    """As users of the command line write it."""
    assert read_rate("5/min") == (Rate("requests", 5, 60), Rate("images", 5, 60))
    assert read_rate("2 requests/s, 20 images/h") == (Rate("requests", 2, 1), Rate("images", 20, 3600))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "250ms"), (0, "0ms"), (12, "12s"), (12.1, "13s"), (360, "6m0s"), (3661, "1h1m1s")]
)
def test_times_are_written_as_the_real_headers_have_them(seconds: float, text: str) -> None:
    """The forms of the recorded chat calls."""
    assert duration(seconds) == text


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 5)), max_size=30), st.integers(1, 10), st.floats(0.5, 100))
def test_no_more_is_allowed_than_the_limit(spending: list[tuple[float, int]], amount: int, seconds: float) -> None:
    """In any stretch of time: what was there, and what has come since."""
    limit, now, granted = Limit(amount, seconds), 0.0, 0.0
    allowance = Allowance(amount, now)
    for pause, cost in spending:
        now += pause
        allowance, spent = allowance.spend(cost, limit, now)
        granted += cost if spent.allowed else 0
        assert 0 <= spent.remaining <= amount
        assert spent.allowed == (spent.wait == 0)
        assert granted <= amount * (1 + now / seconds) + 1e-6


# --- the pace, the day ---


def test_realistic_answers_take_longer_the_better_and_larger_they_are(ask: Ask) -> None:
    """In the order of magnitude that users report: seconds to a minute."""

    def seconds(**fields: object) -> float:
        order = ask({**FOX, "size": "1024x1024", **fields}).order
        assert order is not None
        return seconds_for(order)

    assert 1 < seconds(quality="low") < seconds(quality="medium") < seconds(quality="high") < 120
    assert seconds(size="1024x1024") < seconds(size="2048x2048")
    assert seconds(n=1) < seconds(n=4)


def test_the_pace_is_kept_and_streams_spread_over_it(ttapi: Spec) -> None:
    """A thousandth of the real one, for tests."""
    app = fake(ttapi, Options(latency=0.01))
    for body in (FOX, {**FOX, "stream": True, "partial_images": 2}):
        ask(app, {**body, "size": "1024x1024", "quality": "high"})
    assert all(one.milliseconds >= 0.8 * 450 for one in entries(app))


def test_the_api_is_as_it_was_or_will_be_on_a_day() -> None:
    """A model is refused once it is retired, a parameter before it is there."""
    text = SPEC_TEXT.replace("dall-e-2: { title: DALL·E 2,", "dall-e-2: { title: DALL·E 2, retired: 2027-01-01,")
    assert text != SPEC_TEXT
    spec = loads(text)
    body = {"model": "dall-e-2", "prompt": "a fox"}
    before, after = (fake(spec, Options(as_of=day)) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert ask(before, body).status_code == 200
    assert ask(after, body).json()["error"]["message"] == "The model 'dall-e-2' does not exist."


# --- what the fake tells of itself ---


def test_an_answer_that_breaks_the_spec_is_told(ttapi: Spec) -> None:
    """In the log and to whoever runs the fake; the client gets it as it is."""
    seen: list[tuple[int, bytes]] = []

    def check(_spec: Spec, operation: Operation, request: bytes, sent: Sent) -> Sequence[str]:
        assert (operation.name, json.loads(request)["prompt"]) == ("generate", "a fox")
        seen.append((sent.status, sent.body))
        return ["it is blue"]

    app = fake(ttapi)
    app.check = check
    reply = ask(app, FOX)
    ask(app, FOX, **{"X-Safelight-Fault": "image-garbage"})
    assert seen == [(200, reply.content)]
    assert "it is blue" in entries(app)[0].note
    assert len(app.problems) == 1


@pytest.mark.parametrize("body", [FOX, {**FOX, "stream": True}])
def test_a_request_whose_picture_cannot_be_drawn_is_in_the_log_too(ttapi: Spec, body: Body) -> None:
    """Once, as an error of the fake, which nobody is billed for."""

    def draw(_picture: Picture) -> bytes:
        raise RenderError("the renderer is out of paint")

    app = fake(ttapi)
    app.gallery = Gallery(1 << 20, draw)
    try:
        assert ask(app, body).status_code in {200, 500}
    except httpx2.RemoteProtocolError:
        assert "stream" in body
    (entry,) = entries(app)
    assert (entry.status, entry.images, entry.final) == (500, 0, False)
    assert "out of paint" in entry.note


def test_a_test_has_a_log_of_its_own(ttapi: Spec) -> None:
    """By a header, so that tests may share a server; orders too."""
    app = fake(ttapi)
    for test in ("one", "two", "one"):
        ask(app, FOX, **{"X-Safelight-Test": test})
    assert len(asyncio.run(app.state.entries(test="one"))) == 2
    asyncio.run(app.state.clear("one"))
    assert [one.test for one in entries(app)] == ["two"]


def test_a_line_tells_of_a_request_and_what_is_wrong_with_it(ttapi: Spec) -> None:
    """Rules, faults, and orders that were missed; nothing in it can steer a terminal."""
    app = fake(ttapi)
    ask(app, {**FOX, "n": 11, "\x1b[2J": 1})
    ask(app, FOX, **{"X-Safelight-Fault": "rate-limit; retry-after=1", "X-Safelight-Test": "t\x7f"})
    ask(app, FOX, **{"X-Safelight-Fault": "stream-cut"})
    bad, limited, missed = map(request_line, entries(app))
    assert "generate.n.maximum: n must be at most 10, got 11" in bad
    assert "[rate-limit; retry-after=1]" in limited
    assert "429" in limited
    assert "the order in the header (stream-cut) was missed: the answer is no stream" in missed
    assert all(one.isprintable() or one == "\n" for one in bad + limited + missed)


def test_at_the_end_it_tells_what_was_exercised_and_what_never_was(ttapi: Spec) -> None:
    """So that a green run with an idle fake is noticed."""
    app = fake(ttapi)
    exercise = Exercise(ttapi)
    app.observers = (exercise,)
    ask(app, {**FOX, "n": 11})
    ask(app, FOX, **{"X-Safelight-Fault": "rate-limit"})
    told = str(exercise)
    assert "Answered 2 requests, 2 of them with an error." in told
    assert "models       1 of 5; never: " in told
    assert "generate.style" in told
    assert re.search(r"constraints  1 of \d+ were broken by a request: generate\.n\.maximum$", told, re.MULTILINE)
    assert "faults       rate-limit 1" in told


def test_requests_and_errors_are_counted_of_the_same_requests(ttapi: Spec) -> None:
    """Those that reached no call of the API too; and a connection that was broken is no answer."""
    app = fake(ttapi)
    exercise = Exercise(ttapi)
    app.observers = (exercise,)
    ask(app, FOX)
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake") as http:
        assert http.get("/v1/nowhere").status_code == 404
    with pytest.raises(httpx2.TransportError):
        ask(app, FOX, **{"X-Safelight-Fault": "refuse"})
    assert "Answered 2 requests, 1 of them with an error, and left 1 without an answer." in str(exercise)
