"""The control API of a fake that runs on a port: who can reach it, and what happens to it when the server stops."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import httpx2
import pytest

from safelight import Spec
from safelight_mockserver import Options, fake, running, serve
from safelight_mockserver.serving.banner import banner

from .conftest import ROOT

SPEC = ROOT / "spec" / "ttapi-images.yaml"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_control_api_without_a_key_is_not_opened_to_the_network(host: str) -> None:
    """The server does not start, and says what would be right."""
    told: list[str] = []
    assert serve(SPEC, host=host, port=0, tell=told.append, warn=told.append) == 2
    (line,) = told
    assert line.startswith(f"at {host} the control API would be open to the network")
    assert "--control-key" in line
    assert "--no-control" in line


def test_whoever_starts_a_fake_is_told_where_its_page_is(ttapi: Spec) -> None:
    """Unless there is none; a key is not repeated."""
    base = "http://127.0.0.1:8080/v1"
    with_page = banner(ttapi, "a.yaml", base, Options(control_key="a-control-key"))
    assert "  page      http://127.0.0.1:8080/_safelight/\n" in with_page
    assert "a-control-key" not in with_page
    assert "_safelight" not in banner(ttapi, "a.yaml", base, Options(control=False))


@pytest.mark.parametrize("name", ["oil", "no_such_module:draw"])
def test_a_renderer_that_is_not_there_is_told_before_anything_starts(name: str) -> None:
    """In one line, with exit code 2."""
    told: list[str] = []
    assert serve(SPEC, port=0, options=Options(images=name), tell=told.append, warn=told.append) == 2
    (line,) = told
    assert line.replace("'", "").startswith(f"there is no renderer {name}")


def test_a_feed_that_is_read_ends_in_good_order_when_the_server_stops(ttapi: Spec) -> None:
    """Whoever reads it sees its end, not a broken connection, and does not hold the server up."""
    began, ended = threading.Event(), threading.Event()

    def read(url: str) -> None:
        with httpx2.stream("GET", url, timeout=60) as response:
            for _ in response.iter_bytes():
                began.set()
        ended.set()

    with running(fake(ttapi)) as base:
        url = f"{base.removesuffix('/v1')}/_safelight/feed"
        reader = threading.Thread(target=read, args=(url,))
        reader.start()
        assert began.wait(60)
        assert not ended.is_set()
    reader.join(60)
    assert ended.is_set()


FLAWED = '''
def nothing(picture):
    return b""

def late(picture):
    """Fail with the finished picture, when partial ones have gone out."""
    if picture.progress == 1:
        raise RuntimeError("no ink left")
    return tiny(picture)

from safelight_mockserver.pictures.renderer import picture as tiny
'''


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of a user's, with renderers that fail."""
    (tmp_path / "flawed_studio.py").write_text(FLAWED)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize("response_format", ["url", "b64_json"])
def test_a_client_is_told_what_a_users_renderer_did_wrong(response_format: str, ttapi: Spec) -> None:
    """With status 500 and a sentence, where the picture is asked for; the fake goes on."""
    body = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256", "response_format": response_format}
    with running(fake(ttapi, Options(images="flawed_studio:nothing"))) as base:
        headers = {"authorization": "Bearer a-key"}
        answer = httpx2.post(f"{base}/images/generations", json=body, headers=headers)
        if response_format == "url":
            answer = httpx2.get(answer.json()["data"][0]["url"])
        assert answer.status_code == 500
        assert answer.text == (
            "flawed_studio:nothing returned 0 bytes that are no image, where a png of 256x256 was asked\n"
        )
        assert httpx2.get(f"{base.removesuffix('/v1')}/health").status_code == 200


@pytest.mark.usefixtures("studio")
def test_a_stream_whose_last_picture_cannot_be_drawn_breaks_off(ttapi: Spec) -> None:
    """A client must not take it for complete."""
    body = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 1}
    events: list[str] = []
    with running(fake(ttapi, Options(images="flawed_studio:late"))) as base:
        url, headers = f"{base}/images/generations", {"authorization": "Bearer a-key"}
        with (
            pytest.raises(httpx2.RemoteProtocolError),
            httpx2.stream("POST", url, json=body, headers=headers) as response,
        ):
            events += (line for line in response.iter_lines() if line.startswith("event:"))
    assert events == ["event: image_generation.partial_image"]
