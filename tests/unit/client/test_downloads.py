"""An image behind a URL comes through the client it came from, without the key, or with an error that says why not."""

import asyncio
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import pytest
import respx

from ttapi_images import (
    AsyncClient,
    CallError,
    Client,
    ConnectionFailed,
    Image,
    ImageError,
    LinkExpired,
    ServerError,
    UnexpectedReply,
)
from ttapi_images.api import API

KEY = "sk-secret-1234"
URL = "https://files.example/a.png?sig=x"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf50"
    "0f00038601805a4c7a0b0000000049454e44ae426082"
)

Fetch = Callable[..., bytes]
Option: TypeAlias = Any
"""An argument of a client; which one is known only at run time."""


@pytest.fixture
def answered(api: respx.MockRouter) -> respx.MockRouter:
    """The API, answering with a URL."""
    api.post("/images/generations").respond(json={"created": 1, "data": [{"url": URL}]})
    return api


def _fetch(**options: Option) -> bytes:
    with Client(KEY, **options) as client:
        image = client.images.generate(prompt="a fox", model="dall-e-3").data[0]
        data = image.download()
        assert image.bytes is data is image.download()
        return data


def _fetch_async(**options: Option) -> bytes:
    async def fetch() -> bytes:
        async with AsyncClient(KEY, **options) as client:
            image = (await client.images.generate(prompt="a fox", model="dall-e-3")).data[0]
            data = await image.adownload()
            assert image.bytes is data is await image.adownload()
            return data

    return asyncio.run(fetch())


@pytest.fixture(params=[_fetch, _fetch_async], ids=["Client", "AsyncClient"])
def fetch(request: pytest.FixtureRequest) -> Fetch:
    """Both clients: make an image, download it, and find it kept."""
    made: Fetch = request.param
    return made


def test_an_image_is_fetched_once_and_kept(answered: respx.MockRouter, fetch: Fetch) -> None:
    """`bytes` has it from then on."""
    link = answered.get(URL).respond(content=PNG)

    assert fetch() == PNG
    assert link.call_count == 1


def test_the_key_stays_at_home(answered: respx.MockRouter, fetch: Fetch) -> None:
    """The URL may lead to another host: neither key nor the caller's headers are sent there, whatever way they go."""
    link = answered.get(URL).respond(content=PNG)

    fetch(default_headers={"x-secret": KEY})
    fetch(auth="TT-API-KEY")

    requests: list[httpx2.Request] = [made.request for made in list[Any](link.calls)]
    assert [request for request in requests if KEY in str(request.headers.raw)] == []
    assert {request.headers["user-agent"].partition("/")[0] for request in requests} == {API.package}


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_expired_url_says_so(answered: respx.MockRouter, fetch: Fetch, status: int) -> None:
    """The error tells how long such URLs live, and is not tried again."""
    link = answered.get(URL).respond(status, content=b"<Error>expired</Error>")

    with pytest.raises(LinkExpired, match=rf"no longer served \(status {status}\).*live for 60 minutes") as caught:
        fetch()

    assert caught.value.status == status
    assert link.call_count == 1


def test_fetching_costs_nothing_and_is_tried_again(
    answered: respx.MockRouter, fetch: Fetch, pauses: list[float]
) -> None:
    """Unlike a call that makes images."""
    link = answered.get(URL)
    link.mock(side_effect=[respx.MockResponse(500), httpx2.ReadTimeout("slow"), respx.MockResponse(200, content=PNG)])

    assert fetch() == PNG
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"<html><title>Sign in</title></html>", "text/html; charset=utf-8", "answered 200 with a page: Sign in"),
        (b"", "image/png", "answered 200 with an empty body"),
    ],
    ids=["page", "nothing"],
)
def test_a_page_in_place_of_the_image_is_an_error(
    answered: respx.MockRouter, fetch: Fetch, content: bytes, kind: str, said: str
) -> None:
    """What a captive portal says of a picture is not taken for the picture."""
    answered.get(URL).respond(200, content=content, headers={"content-type": kind})

    with pytest.raises(UnexpectedReply, match=said):
        fetch()


def test_other_failures_are_the_usual_errors(answered: respx.MockRouter, fetch: Fetch, pauses: list[float]) -> None:
    """A server that stays down is a ServerError."""
    answered.get(URL).respond(500)

    with pytest.raises(ServerError, match="3 attempts"):
        fetch()

    assert len(pauses) == 2


def test_redirects_of_a_file_are_followed(answered: respx.MockRouter, fetch: Fetch) -> None:
    """File hosts move files."""
    answered.get(URL).respond(302, headers={"location": "https://cdn.example/a.png"})
    answered.get("https://cdn.example/a.png").respond(content=PNG)

    assert fetch() == PNG


@pytest.mark.parametrize("url", ["https://files.example/\x00", "ftp://files.example/a.png", "files/a.png", ""])
def test_a_url_that_leads_nowhere_is_an_error_of_the_tree(url: str, server: Callable[..., Any]) -> None:
    """Whatever the server put there, no error of the HTTP library comes through, and nothing is fetched."""
    fake = server(httpx2.Response(200, content=PNG))

    with Client(KEY, transport=fake.transport) as client, pytest.raises(ConnectionFailed, match="URL"):
        client.download(url)

    assert not fake.requests


def test_saving_downloads_first(answered: respx.MockRouter, tmp_path: Path) -> None:
    """One call from answer to file."""
    answered.get(URL).respond(content=PNG)

    with Client(KEY) as client:
        path = client.images.generate(prompt="a fox", model="dall-e-3").data[0].save(tmp_path / "fox.png")

    assert path.read_bytes() == PNG


def test_the_wrong_kind_of_download_names_the_right_one(answered: respx.MockRouter, tmp_path: Path) -> None:
    """An image of an asynchronous client is awaited, one of a synchronous client is not."""
    assert not answered.calls

    async def asynchronous() -> Image:
        async with AsyncClient(KEY) as client:
            return (await client.images.generate(prompt="a fox", model="dall-e-3")).data[0]

    image = asyncio.run(asynchronous())
    with pytest.raises(ImageError, match=r"use await image\.adownload\(\)"):
        image.save(tmp_path / "fox.png")

    with Client(KEY) as client:
        image = client.images.generate(prompt="a fox", model="dall-e-3").data[0]
    with pytest.raises(ImageError, match=r"use image\.download\(\)"):
        asyncio.run(image.adownload())


def test_an_image_that_travelled_has_lost_its_client(answered: respx.MockRouter) -> None:
    """The error names the way that is left."""
    assert not answered.calls
    with Client(KEY) as client:
        image = pickle.loads(pickle.dumps(client.images.generate(prompt="a fox", model="dall-e-3").data[0]))

    with pytest.raises(CallError, match=r"use client\.download\(url\)"):
        image.download()
    with pytest.raises(CallError, match=r"use await client\.download\(url\)"):
        asyncio.run(image.adownload())
