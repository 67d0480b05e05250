"""What whoever starts a server sees: where it is, what it follows, and that it stops when it is told to."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.e2e.serving import COMMAND, SPEC, serving


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_where_it_is_and_stops_quietly_when_told_to(number: signal.Signals) -> None:
    """The URL works at once; Ctrl-C and SIGTERM end it with exit code 0 and not a word on stderr."""
    with serving() as (process, url):
        headers = {"Authorization": "Bearer any"}
        reply = httpx2.post(f"{url}/images/generations", json={"prompt": "a fox"}, headers=headers)
        assert reply.status_code == 200
        assert httpx2.get(reply.json()["data"][0]["url"]).headers["content-type"] == "image/png"
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")


def test_it_follows_edits_of_its_spec(tmp_path: Path) -> None:
    """A good edit counts from the next look on; a broken one is told with its place, and the old rules hold."""
    path = tmp_path / "api.yaml"
    text = SPEC.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    with serving(spec=path) as (process, url):
        health = f"{url.removesuffix('/v1')}/health"
        before = httpx2.get(health).json()["digest"]
        path.write_text(text.replace("maximum: 10\n", "maximum: 4\n"), encoding="utf-8")
        while httpx2.get(health).json()["digest"] == before:
            assert process.poll() is None
        body = {"prompt": "a fox", "n": 5}
        reply = httpx2.post(f"{url}/images/generations", json=body, headers={"TT-API-KEY": "any"})
        assert "Expected a value <= 4" in reply.json()["error"]["message"]
        path.write_text("safelight: 2\n", encoding="utf-8")
        while httpx2.get(health).json()["status"] == "ok":
            assert process.poll() is None
        assert "error[" in httpx2.get(health).json()["problem"]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert f"{path}:1:" in errors
        assert "Traceback" not in errors


def test_its_options_reach_the_fake() -> None:
    """One key, observed rules, a seed and a public URL."""
    arguments = (
        "--basis",
        "documented,observed",
        "--api-key",
        "k",
        "--public-url",
        "https://fake.example",
        "--seed",
        "7",
    )
    with serving(*arguments) as (_, url):
        path = f"{url}/images/generations"
        body = {"model": "gpt-image-2", "prompt": "a fox", "size": "5120x2880"}
        assert httpx2.post(path, json=body, headers={"TT-API-KEY": "other"}).status_code == 401
        assert httpx2.post(path, json=body, headers={"TT-API-KEY": "k"}).status_code == 400
        reply = httpx2.post(path, json={"prompt": "a fox"}, headers={"TT-API-KEY": "k"})
        assert reply.json()["data"][0]["url"].startswith("https://fake.example/pictures/")


@pytest.mark.parametrize("arguments", [["no-such-file.yaml"], [str(SPEC), "--host", "192.0.2.1"]])
def test_it_says_why_it_cannot_start(arguments: list[str]) -> None:
    """Exit code 2, a reason, no traceback."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
