"""The server of a test: clients reach it, its log tells the truth, and its assertions say what came instead."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from safelight import load
from safelight.shipped import shipped
from safelight_mockserver import Entry
from safelight_testkit.plugin import Requests, SafelightServer
from safelight_testkit.plugin.log import Journal
from safelight_testkit.plugin.matching import equal
from safelight_testkit.plugin.settings import Layer, Misuse, Specs, resolve
from ttapi_images import AsyncClient, Client
from ttapi_images.errors import Unauthorized

TTAPI = shipped()["ttapi-images"]
SPECS: Specs = {TTAPI: load(TTAPI)}
FOX = {"model": "gpt-image-1", "prompt": "a fox", "output_format": "webp", "size": "1024x1024"}
TWO = {"model": "dall-e-3", "prompt": "a fox", "n": 2}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def made(**values: object) -> SafelightServer:
    """A server with settings."""
    return SafelightServer(resolve([Layer(values, "the setting {}", TTAPI.parent)], SPECS))


@pytest.fixture
def server() -> Iterator[SafelightServer]:
    """A server."""
    server = made()
    yield server
    server.close()


def post(server: SafelightServer, body: Any, path: str = "/images/generations") -> httpx2.Response:  # noqa: ANN401 - JSON
    """Send a request to the server with a key."""
    with httpx2.Client(transport=server.transport, base_url=server.base_url) as client:
        return client.post(path, json=body, headers={"Authorization": f"Bearer {server.api_key}"})


def failure(server: SafelightServer, *arguments: str, **expected: Any) -> str:  # noqa: ANN401 - JSON
    """What `assert_called` says."""
    with pytest.raises(AssertionError) as error:
        server.assert_called(*arguments, **expected)
    return str(error.value)


def test_a_request_is_in_the_log_as_it_was_sent(server: SafelightServer) -> None:
    """Body, headers in any case, operation, status, and the id that the answer carries."""
    reply = post(server, FOX)

    (received,) = server.requests
    assert received is server.requests.last
    assert received.body == FOX
    assert received.headers["AUTHORIZATION"] == f"Bearer {server.api_key}"
    assert (received.operation, received.method, received.path) == ("generate", "POST", "/v1/images/generations")
    assert (received.status, received.violations) == (200, ())
    assert received.id == reply.headers["x-request-id"]


def test_a_refused_request_is_in_the_log_with_all_that_it_breaks(server: SafelightServer) -> None:
    """An API tells of one fault at a time; the log knows them all."""
    post(server, {"model": "dall-e-3", "prompt": "", "n": 2})

    assert server.requests.last.status == 400
    assert [one.rule for one in server.requests.last.violations] == [
        "generate.prompt.min_length",
        "generate.n.maximum@dall-e-3",
    ]


def test_requests_at_once_keep_their_own_headers(server: SafelightServer) -> None:
    """The log does not mix up what came at the same time."""

    async def send() -> None:
        async with httpx2.AsyncClient(transport=server.async_transport, base_url=server.base_url) as client:
            names = [str(number) for number in range(20)]
            calls = (
                client.post("/images/generations", json={"prompt": name}, headers={"x-name": name}) for name in names
            )
            await asyncio.gather(*calls)

    asyncio.run(send())

    assert len(server.requests) == 20
    assert all(one.headers["x-name"] == one.body["prompt"] for one in server.requests)


def test_what_is_no_json_is_in_the_log_too(server: SafelightServer) -> None:
    """A body that cannot be read is bytes, and no error of the test."""
    with httpx2.Client(transport=server.transport, base_url=server.base_url) as client:
        client.post("/images/generations", content=b"\xff{", headers={"authorization": "Bearer x"})

    received = server.requests.last
    assert (received.body, received.content) == (None, b"\xff{")
    assert "2 bytes that are no JSON" in str(received)


def test_a_body_that_was_not_read_is_in_the_log_as_none(server: SafelightServer) -> None:
    """What is longer than the server reads is not kept either."""
    post(server, {"prompt": "x" * (33 << 20)})

    assert (server.requests.last.content, server.requests.last.body) == (None, None)
    assert "a body longer than the server reads" in str(server.requests.last)


def test_the_log_is_the_memory_of_the_fake() -> None:
    """What it was told it gives back, and forgets when it is told to."""
    entry = Entry(id="1", at=2.0, verb="POST", path="/x", body=b"{}", status=200, violations=(), seq=1)
    journal = Journal(SPECS[TTAPI])

    async def use() -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        await journal.record(entry)
        before = await journal.entries()
        await journal.clear()
        return before, await journal.entries()

    assert asyncio.run(use()) == ((entry,), ())


def test_a_test_can_start_over(server: SafelightServer) -> None:
    """What was arranged first need not be counted later."""
    post(server, FOX)
    server.forget()
    post(server, TWO)

    assert [one.body for one in server.requests] == [TWO]
    server.assert_not_called(model="gpt-image-1")


def test_there_is_no_last_request_before_the_first(server: SafelightServer) -> None:
    """The assertion fails in words."""
    with pytest.raises(AssertionError, match=r"^no request was received$"):
        _ = server.requests.last


def test_clients_share_a_transport_that_outlives_them(server: SafelightServer) -> None:
    """Closing one client does not cut off the next."""
    for _ in range(2):
        with httpx2.Client(transport=server.transport, base_url=server.base_url) as client:
            client.post("/images/generations")

    assert [one.status for one in server.requests] == [401, 401]


def test_generated_clients_of_both_flavours_reach_the_server(server: SafelightServer) -> None:
    """Given the class, they come with its type; options go through."""
    with server.client(Client, max_retries=0) as client:
        result = client.images.generate(prompt="a fox", model="gpt-image-1")

    async def call() -> None:
        async with server.async_client(AsyncClient) as other:
            await other.images.generate(prompt="a wolf", model="gpt-image-1")

    asyncio.run(call())

    assert Image.open(io.BytesIO(result.data[0].bytes)).size == (1024, 1024)
    assert [one.body["prompt"] for one in server.requests] == ["a fox", "a wolf"]


def test_a_client_is_found_by_the_name_of_its_package() -> None:
    """Tests need not import a client to use it."""
    server = made(client="ttapi_images")

    assert isinstance(server.client(), Client)
    assert isinstance(server.async_client(), AsyncClient)


@pytest.mark.parametrize(
    ("package", "message"),
    [
        pytest.param(None, r"which client\? .*safelight_client = 'ttapi_images'", id="none"),
        pytest.param("ttapi_imges", "'ttapi_imges' is not installed where pytest runs", id="absent"),
        pytest.param("ttapi_images.absent", "'ttapi_images.absent' is not installed", id="absent module"),
        pytest.param("json", "'json' is no generated client: it has no class Client", id="other"),
    ],
)
def test_a_client_that_cannot_be_had_is_explained(package: str | None, message: str) -> None:
    """The text says what to write instead."""
    with pytest.raises(Misuse, match=message):
        made(client=package).client()


def test_a_package_that_lacks_something_says_so_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own error is not covered up."""
    (tmp_path / "lacking_client.py").write_text("import absent_library\n", "utf-8")
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])

    with pytest.raises(ModuleNotFoundError, match="absent_library"):
        made(client="lacking_client").client()


def test_the_settings_reach_the_fake() -> None:
    """Key, seed and ignored constraints are those that were asked for."""
    picky = made(api_key="right", ignore="generate.n.maximum@dall-e-3")

    assert picky.api_key == "right"
    assert post(picky, TWO).status_code == 200
    with picky.client(Client, api_key="wrong", max_retries=0) as client, pytest.raises(Unauthorized):
        client.images.generate(prompt="a fox")
    pictures = {post(made(seed=seed), FOX).json()["data"][0]["b64_json"] for seed in (0, 0, 1)}
    assert len(pictures) == 2


def test_a_test_moves_the_clock_by_which_links_expire(server: SafelightServer) -> None:
    """An hour passes in no time."""
    url = post(server, {"model": "dall-e-2", "prompt": "a fox"}).json()["data"][0]["url"]
    with httpx2.Client(transport=server.transport) as client:
        before = client.get(url).status_code
        server.clock.advance(3601)
        after = client.get(url).status_code

    assert (before, after) == (200, 403)
    assert len(server.requests) == 1, "following a link is no call"


def test_the_server_is_an_application_for_other_transports(server: SafelightServer) -> None:
    """Whoever brings a transport of his own loses nothing of the log."""

    async def call() -> int:
        transport = httpx2.ASGITransport(server.app)
        async with httpx2.AsyncClient(transport=transport, base_url=server.base_url) as client:
            return (await client.post("/images/generations", headers={"x-name": "here"})).status_code

    assert asyncio.run(call()) == 401
    assert server.requests.last.headers["x-name"] == "here"


def test_calls_are_counted_by_the_fields_that_are_named(server: SafelightServer) -> None:
    """Fields that are not named may have any value; numbers are compared as JSON has it."""
    post(server, FOX)
    post(server, TWO)
    post(server, {**TWO, "prompt": "a wolf"})

    server.assert_called()
    server.assert_called("generate", times=3)
    server.assert_called(model="dall-e-3", n=2.0, times=2)
    server.assert_called(prompt="a wolf", times=1)
    server.assert_called(style="vivid", times=0)
    server.assert_not_called(n=True)
    server.assert_not_called("generate", prompt="a bear")


def test_a_failed_assertion_lists_what_came_instead(server: SafelightServer) -> None:
    """Which request came closest, how each differs, and what each breaks: no second run is needed to find out."""
    post(server, FOX)
    post(server, TWO)

    assert failure(server, "generate", model="gpt-image-1", n=2, times=1) == (
        'expected 1 request to generate with model="gpt-image-1", n=2, found 0 among the 2 received:\n'
        "1. POST /v1/images/generations, answered 200: "
        '{"model": "gpt-image-1", "prompt": "a fox", "output_format": "webp", "size": "1024x1024"}\n'
        "     differs: n was not sent\n"
        '2. POST /v1/images/generations, answered 400: {"model": "dall-e-3", "prompt": "a fox", "n": 2}\n'
        "     breaks generate.n.maximum@dall-e-3: n must be at most 1 for dall-e-3, got 2\n"
        '     differs: model is "dall-e-3"'
    )


def test_a_failed_assertion_counts(server: SafelightServer) -> None:
    """Too many is as wrong as too few, and none at all is said shortly."""
    assert failure(server) == "expected a request, but none was received"
    post(server, FOX)
    post(server, FOX)

    assert failure(server, times=1).startswith("expected 1 request, found 2 among the 2 received:")
    assert failure(server, times=3).startswith("expected 3 requests, found 2 among the 2 received:")
    with pytest.raises(
        AssertionError, match=r'^expected no request with prompt="a fox", found 2 among the 2 received:'
    ):
        server.assert_not_called(prompt="a fox")


def test_a_call_to_nowhere_is_no_call(server: SafelightServer) -> None:
    """A forgotten base path is seen in the list, and counts as nothing."""
    post(server, FOX, "http://safelight.test/images/generations")

    text = failure(server, model="gpt-image-1")
    assert "POST /images/generations, answered 404" in text
    assert "differs: it calls no operation of the spec" in text


def test_an_operation_that_does_not_exist_is_no_silent_zero(server: SafelightServer) -> None:
    """A typing error in a test cannot let it pass."""
    with pytest.raises(ValueError, match="ttapi-images has no operation 'genrate'; did you mean 'generate'"):
        server.assert_not_called("genrate")


def test_a_long_list_is_cut_and_a_long_value_too(server: SafelightServer) -> None:
    """The text of a failed assertion can be read."""
    for number in range(25):
        post(server, {"prompt": f"{number} {'x' * 9999}"})

    lines = failure(server, prompt="a fox").splitlines()
    assert lines[-1] == "... and 5 more"
    assert max(map(len, lines)) < 200


def test_every_request_can_be_asked_to_be_accepted(server: SafelightServer) -> None:
    """One line in a test guards against every rule of the API."""
    post(server, FOX)
    server.assert_accepted()
    post(server, TWO)

    with pytest.raises(AssertionError) as error:
        server.assert_accepted()
    assert str(error.value) == (
        "1 of 2 requests should not have been sent:\n"
        '1. POST /v1/images/generations, answered 400: {"model": "dall-e-3", "prompt": "a fox", "n": 2}\n'
        "     breaks generate.n.maximum@dall-e-3: n must be at most 1 for dall-e-3, got 2"
    )


def test_a_log_is_a_tuple(server: SafelightServer) -> None:
    """It is compared, sliced and counted like one, and stays as it was when it was asked for."""
    before = server.requests
    post(server, FOX)

    assert before == ()
    assert isinstance(server.requests, Requests)
    assert [one.status for one in server.requests[:1]] == [200]


@given(JSON, JSON)
def test_values_are_equal_as_json_has_it(left: Any, right: Any) -> None:  # noqa: ANN401 - JSON
    """A value equals itself, equality has no direction, and it is Python's own but for booleans."""
    assert equal(left, left)
    assert equal(left, right) is equal(right, left)
    assert equal({"a": [left]}, {"a": [left]})
    assert not equal([left], [left, right])
    assert not equal({"a": left}, {"b": left})


@pytest.mark.parametrize(("left", "right"), [(1, True), (0, False), ([1], [True]), ({"a": 0}, {"a": False}), ("1", 1)])
def test_booleans_are_no_numbers(left: object, right: object) -> None:
    """What Python takes for equal and JSON does not."""
    assert not equal(left, right)
