"""The control API of several fakes that share their state: what one is told, all know."""

from __future__ import annotations

from collections.abc import Generator

import httpx2
import pytest

from tests.e2e.serving import serving
from tests.redis_server import RedisServer, redis_server

ROOT = "/_safelight"
LINKED = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256", "response_format": "url"}


@pytest.fixture
def redis() -> Generator[RedisServer]:
    """A Redis in which nothing is remembered."""
    with redis_server() as server:
        yield server


@pytest.fixture
def replicas(redis: RedisServer) -> Generator[tuple[httpx2.Client, httpx2.Client]]:
    """Clients of two servers with one state."""
    options = ("--state", redis.url, "--images", "tiny")
    headers = {"authorization": "Bearer a-key"}
    with (
        serving(*options) as (_, one),
        serving(*options) as (_, other),
        httpx2.Client(base_url=one.removesuffix("/v1"), headers=headers, timeout=60) as first,
        httpx2.Client(base_url=other.removesuffix("/v1"), headers=headers, timeout=60) as second,
    ):
        yield first, second


def draw(client: httpx2.Client, **headers: str) -> httpx2.Response:
    """Make one call."""
    return client.post("/v1/images/generations", json=LINKED, headers=headers)


def test_a_fault_that_is_ordered_at_one_is_met_at_the_other_and_seen_at_both(
    replicas: tuple[httpx2.Client, httpx2.Client],
) -> None:
    """As is every request, with its pictures."""
    first, second = replicas
    first.post(f"{ROOT}/faults", json={"fault": "rate-limit; retry-after=1, ok", "id": "once"})
    assert [draw(second).status_code, draw(first).status_code] == [429, 200]
    for client in replicas:
        assert [one["id"] for one in client.get(f"{ROOT}/faults").json()["faults"]] == ["once"]
        refused, accepted = client.get(f"{ROOT}/requests").json()["requests"]
        assert (refused["verdict"], accepted["verdict"]) == ("fault", "accepted")
        assert client.get(accepted["pictures"][0]["url"]).status_code == 200
    assert second.delete(f"{ROOT}/faults/once").status_code == 204
    assert first.get(f"{ROOT}/faults").json()["faults"] == []


def test_a_clock_that_is_moved_at_one_lets_links_expire_at_the_other(
    replicas: tuple[httpx2.Client, httpx2.Client],
) -> None:
    """And goes back for both."""
    first, second = replicas
    path = httpx2.URL(draw(first).json()["data"][0]["url"]).path
    assert second.get(path).status_code == 200
    first.post(f"{ROOT}/clock/advance", json={"seconds": 3601})
    assert second.get(path).status_code == 403
    assert second.get(f"{ROOT}/clock").json()["ahead"] == 3601
    second.post(f"{ROOT}/reset")
    assert first.get(path).status_code == 200
    assert first.get(f"{ROOT}/requests").json()["requests"] == []


def test_a_state_that_is_lost_is_told_and_no_traceback(
    replicas: tuple[httpx2.Client, httpx2.Client], redis: RedisServer
) -> None:
    """A probe sees a replica that is alive and not ready; the feed says why it ends."""
    first, _ = replicas
    redis.stop()
    assert first.get(f"{ROOT}/health").status_code == 200
    ready = first.get(f"{ROOT}/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "no state")
    for path in ("/requests", "/faults", "/clock", "/verdict"):
        answer = first.get(ROOT + path)
        assert answer.status_code == 503
        assert answer.json()["error"]["message"]
    assert "event: problem\n" in first.get(f"{ROOT}/feed").text
