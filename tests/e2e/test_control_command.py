"""The control API as the command line switches it: with a key, without one, off; and what draws."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from PIL import Image

SPEC = Path(__file__).parents[2] / "spec" / "ttapi-images.yaml"
COMMAND = (sys.executable, "-m", "safelight.cli", "serve", str(SPEC), "--port", "0")
KEY = "SAFELIGHT_CONTROL_KEY"


def environment(**variables: str) -> dict[str, str]:
    """Return the environment without a control key of the machine's own."""
    return {name: value for name, value in os.environ.items() if name != KEY} | variables


@contextmanager
def serving(*arguments: str, **variables: str) -> Generator[str]:
    """Start the command; yields the origin that it told."""
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env=environment(**variables))
    assert process.stdout is not None
    try:
        told = ""
        while not (found := re.search(r"base URL +(http://\S+)/v1", told)):
            line = process.stdout.readline()
            assert line, f"it did not start: {told}"
            told += line
        yield found[1]
    finally:
        process.kill()
        process.communicate()


def refusal(*arguments: str) -> tuple[int, str]:
    """Run a command that does not start; return its exit code and what it says."""
    result = subprocess.run(
        [*COMMAND, *arguments], check=False, capture_output=True, text=True, env=environment(), timeout=60
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize(("arguments", "variables"), [(("--control-key", "k"), {}), ((), {KEY: "k"})])
def test_a_key_of_the_control_api_comes_from_an_option_or_from_the_environment(
    arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    """Either way it is asked for."""
    with serving(*arguments, **variables) as origin:
        url = f"{origin}/_safelight/requests"
        assert httpx2.get(url).status_code == 401
        assert httpx2.get(url, headers={"x-safelight-key": "k"}).json() == {"requests": [], "seq": 0}


def test_a_control_api_can_be_switched_off() -> None:
    """Page and all."""
    with serving("--no-control") as origin:
        assert httpx2.get(f"{origin}/_safelight/").status_code == 404


def test_it_does_not_start_where_the_control_api_would_be_open_to_the_network() -> None:
    """Exit code 2, and one line that says what to do."""
    code, told = refusal("--host", "0.0.0.0")
    assert code == 2
    assert "--control-key" in told
    assert told.count("\n") == 1


def test_what_draws_can_be_chosen() -> None:
    """One pixel is enough for tests that do not look; a name that nobody has is told with those that there are."""
    with serving("--images", "tiny") as origin:
        body = {"model": "gpt-image-1", "prompt": "a fox"}
        reply = httpx2.post(f"{origin}/v1/images/generations", json=body, headers={"authorization": "Bearer k"})
        file = base64.b64decode(reply.json()["data"][0]["b64_json"])
        assert Image.open(io.BytesIO(file)).size == (1, 1)
    code, told = refusal("--images", "oil")
    assert (code, told) == (
        2,
        "there is no renderer 'oil': choose picture, plain, tiny, or name a function as module:function\n",
    )
