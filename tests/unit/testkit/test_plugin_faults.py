"""Faults in the server of a test: ordered in a line, met by real clients, judged afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import httpx2
import openai
import pytest

from safelight import load
from safelight.shipped import shipped
from safelight_mockserver.faults.grammar import OrderError
from safelight_testkit.plugin import SafelightServer
from safelight_testkit.plugin.settings import Layer, resolve
from ttapi_images import AsyncClient, Client
from ttapi_images.errors import RateLimited, StreamError

TTAPI = shipped()["ttapi-images"]


@pytest.fixture
def server() -> Iterator[SafelightServer]:
    """A server."""
    server = SafelightServer(resolve([Layer({}, "the setting {}", TTAPI.parent)], {TTAPI: load(TTAPI)}))
    yield server
    server.close()


def test_a_client_that_waits_gets_its_picture_and_a_good_verdict(server: SafelightServer) -> None:
    """The generated client keeps to what the server asks."""
    server.order("rate-limit; retry-after=0.2, unavailable; retry-after=0.1, ok")
    with server.client(Client) as client:
        client.images.generate(model="gpt-image-1", prompt="a fox")
    judged = server.verdict(outcome="returned")
    assert judged.findings == ()
    (call,) = judged.calls
    assert [one.status for one in call.attempts] == [429, 503, 200]
    assert call.gaps[0] >= 0.19
    assert (call.billed, call.final) == (1, True)


def test_a_client_that_gives_up_says_so(server: SafelightServer) -> None:
    """An order without an end is met by every attempt."""
    server.order("rate-limit; retry-after=0.05")
    with server.client(Client) as client, pytest.raises(RateLimited):
        client.images.generate(model="gpt-image-1", prompt="a fox")
    assert server.verdict(outcome="raised").findings == ()
    assert len(server.requests) == 3


def test_a_client_that_pays_twice_is_found(server: SafelightServer) -> None:
    """As the official package does by default where a gateway loses a finished answer."""
    server.order("bad-gateway, ok")
    http = httpx2.Client(transport=server.transport)
    with openai.OpenAI(base_url=server.base_url, api_key=server.api_key, http_client=http) as client:
        client.images.generate(model="gpt-image-1", prompt="a fox")
    judged = server.verdict(outcome="returned")
    assert judged.kinds == ("paid-twice",)
    assert "502 (bad-gateway)" in str(judged)


def test_asynchronous_clients_meet_faults_too(server: SafelightServer) -> None:
    """A stream that ends without its final image is no success."""
    server.order("stream-no-final", when={"model": "gpt-image-1"})

    async def run() -> None:
        async with server.async_client(AsyncClient) as client:
            stream = await client.images.generate(model="gpt-image-1", prompt="a fox", stream=True)
            async with stream:
                async for _ in stream:
                    pass

    with pytest.raises(StreamError):
        asyncio.run(run())
    assert server.verdict(outcome="raised").findings == ()
    assert server.verdict(outcome="returned").kinds == ("broken-taken-for-good",)


def test_tests_that_share_a_server_are_judged_apart(server: SafelightServer) -> None:
    """By the id that their clients send."""
    server.order("reset", when={"test": "unlucky"})
    with httpx2.Client(transport=server.transport, base_url=server.base_url) as http:
        for test in ("lucky", "unlucky"):
            headers = {"Authorization": "Bearer k", "X-Safelight-Test": test}
            request = http.build_request("POST", "/images/generations", json={"prompt": "a fox"}, headers=headers)
            try:
                http.send(request)
            except httpx2.ReadError:
                assert test == "unlucky"
    assert [call.final for call in server.verdict(test="lucky").calls] == [True]
    assert [call.final for call in server.verdict(test="unlucky").calls] == [False]


def test_clients_of_httpx_see_the_same_errors_under_its_names(server: SafelightServer) -> None:
    """A connection that is refused is one in either library."""
    server.order("refuse, reset, truncate", times=1)
    with httpx.Client(transport=server.httpx_transport, base_url=server.base_url) as http:
        for error in (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
            with pytest.raises(error):
                http.post("/images/generations", json={"prompt": "a fox"}, headers={"Authorization": "Bearer k"})


def test_a_mistake_in_an_order_is_told_where_it_is_made(server: SafelightServer) -> None:
    """Not by a fault that never comes."""
    with pytest.raises(OrderError, match="did you mean 'rate-limit'"):
        server.order("rate-limt")
    with pytest.raises(OrderError, match="has no model 'gpt-image-11'"):
        server.order("rate-limit", when={"model": "gpt-image-11"})
