"""Requests that come again are answered from what is known of them, and nobody can tell but by the time it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec, load
from safelight_mockserver import Clock, Entry, Fake, MemoryState, Options, fake, order
from safelight_mockserver.transport import AppTransport

from .conftest import ROOT

SPEC: Final = load(ROOT / "spec" / "ttapi-images.yaml")
FOX: Final = {"model": "dall-e-3", "prompt": "a fox"}
BODIES: Final = (
    FOX,
    {"model": "dall-e-2", "prompt": "a fox", "size": "256x256", "response_format": "b64_json"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "64x48"},
    {"model": "gpt-image-1", "prompt": "a fox", "stream": True},
    {"prompt": "a fox", "n": 99},
    {"model": "dall-e-3"},
)
DIFFERS: Final = frozenset({"x-request-id", "openai-processing-ms"})


def asked(app: Fake, body: Mapping[str, Any], **headers: str) -> httpx2.Response:
    """Ask once."""
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake/v1") as client:
        sent = {"authorization": "Bearer key"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post("/images/generations", json=dict(body), headers=sent)


def log(app: Fake) -> tuple[Entry, ...]:
    """What was received."""
    return asyncio.run(app.state.entries())


def stood_still() -> Clock:
    """A clock that moves when it is told to."""
    clock = Clock()
    clock.freeze(1_800_000_000.0)
    return clock


@given(st.lists(st.tuples(st.sampled_from(BODIES), st.integers(0, 2)), min_size=1, max_size=8))
def test_a_fake_that_knows_requests_says_what_a_fresh_one_says(asked_for: list[tuple[dict[str, Any], int]]) -> None:
    """In any order, with time passing: status, headers and body but for the id and the duration, and the log."""
    options = Options(images="tiny", secret=b"a secret of 16 bytes", seed=1)
    clock = stood_still()
    app = fake(SPEC, options, clock=clock)
    ids: set[str] = set()
    for number, (body, seconds) in enumerate(asked_for):
        clock.advance(seconds)
        other = fake(SPEC, options, clock=clock)
        known, fresh = asked(app, body), asked(other, body)

        assert known.status_code == fresh.status_code
        assert alike(known) == alike(fresh)
        ids.add(known.headers["x-request-id"])
        one, two = log(app)[-1], log(other)[-1]
        assert one.id == known.headers["x-request-id"]
        assert one.response_headers == tuple(known.headers.multi_items())
        assert same(one) == same(two)
        assert len(log(app)) == len(ids) == number + 1


def alike(answer: httpx2.Response) -> tuple[list[tuple[str, str]], bytes]:
    """What two answers to one request share."""
    headers = [one for one in answer.headers.multi_items() if one[0] not in DIFFERS]
    return headers, answer.content.replace(answer.headers["x-request-id"].encode(), b"")


def same(entry: Entry) -> Entry:
    """What two entries about one request share."""
    return entry._replace(id="", seq=0, began=0.0, milliseconds=0.0, told=())


def test_links_and_times_are_those_of_the_second_in_which_a_request_comes_again(ttapi: Spec) -> None:
    """An answer is kept, but never beyond the second that it tells."""
    clock = stood_still()
    app = fake(ttapi, clock=clock)
    first, again = asked(app, FOX).json(), asked(app, FOX).json()
    clock.advance(1)
    later = asked(app, FOX).json()

    assert first == again
    assert later["created"] == first["created"] + 1
    assert later["data"][0]["url"] != first["data"][0]["url"]


def test_links_lead_to_the_host_that_each_request_names(ttapi: Spec) -> None:
    """Two hosts get their own, also within one second."""
    app = fake(ttapi, clock=stood_still())
    urls = [asked(app, FOX, host=host).json()["data"][0]["url"] for host in ("one.test", "two.test", "one.test")]

    assert [url.partition("/pictures")[0] for url in urls] == ["http://one.test", "http://two.test", "http://one.test"]


def test_each_request_stays_with_its_own_test_and_headers(ttapi: Spec) -> None:
    """However alike the bodies are."""
    app = fake(ttapi)
    for test in ("a", "b", "a"):
        asked(app, FOX, x_safelight_test=test)

    assert [one.test for one in log(app)] == ["a", "b", "a"]
    assert [dict(one.request_headers)["x-safelight-test"] for one in log(app)] == ["a", "b", "a"]


def test_a_key_is_checked_each_time(ttapi: Spec) -> None:
    """Knowing the answer to a body lets nobody in."""
    app = fake(ttapi, Options(api_key="key"))
    statuses = [asked(app, FOX, authorization=f"Bearer {key}").status_code for key in ("key", "other", "key")]

    assert statuses == [200, 401, 200]


def test_a_fault_meets_requests_that_are_known_too(ttapi: Spec) -> None:
    """Whether it stands or is ordered by a header, and no longer than it should."""
    state = MemoryState(1 << 20)
    app = fake(ttapi, state=state)
    statuses = [asked(app, FOX).status_code]
    state.put(order("rate-limit", times=1))
    statuses += [asked(app, FOX).status_code, asked(app, FOX).status_code]
    statuses += [asked(app, FOX, x_safelight_fault="server-error").status_code, asked(app, FOX).status_code]

    assert statuses == [200, 429, 200, 500, 200]


def test_other_options_count_at_once(ttapi: Spec) -> None:
    """What was known under the old ones is forgotten."""
    app = fake(ttapi)
    before = asked(app, FOX).status_code
    app.reconfigure(replace(app.options, api_key="another key"))

    assert (before, asked(app, FOX).status_code) == (200, 401)


def test_any_number_of_different_requests_can_come(ttapi: Spec) -> None:
    """More than are kept, with headers of any length: each gets its answer, and the first one again."""
    app = fake(ttapi, Options(images="tiny"))
    bodies = [{**FOX, "prompt": f"fox {number}"} for number in range(520)]
    for number, body in enumerate((*bodies, bodies[0])):
        assert asked(app, body, x_long="x" * (number % 2 * 40_000)).status_code == 200

    assert len(log(app)) == 521
