"""``safelight serve``: starts the fake, says how to call it, and ends when it is told to."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
COMMAND = [sys.executable, "-m", "safelight.cli", "serve"]


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
def test_the_fake_is_served_until_it_is_interrupted(tiny: Path) -> None:
    """The base URL is told, calls are answered by the spec and its options, Ctrl-C ends it with 0."""
    words = [str(tiny), "--port", "0", "--api-key", "sesame", "--ignore", "draw.n.maximum"]
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        base = next(found[1] for line in process.stdout if (found := re.search(r"base URL +(http://\S+)", line)))
        request = urllib.request.Request(
            f"{base}/draw",
            data=json.dumps({"prompt": "a fox", "n": 9}).encode(),
            headers={"Content-Type": "application/json", "Authorization": "Bearer sesame"},
        )
        with urllib.request.urlopen(request) as answer:
            images = json.load(answer)["data"]
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        errors = process.stderr.read()

    assert len(images) == 9
    assert process.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--ignore", "draw.n.max"], "no constraint 'draw.n.max'; did you mean 'draw.n.maximum'?", id="id"),
        pytest.param(["--api-key", "a\nb"], "an API key is one or more printable ASCII characters", id="key"),
        pytest.param(["--public-url", "fake.test"], "public_url must be an http or https URL", id="URL"),
        pytest.param(["--port", "70000"], "70000 is not in the range", id="port"),
        pytest.param(["--basis", "observed"], "a basis includes 'documented'", id="basis"),
        pytest.param(["--host", "no.such.host.invalid"], "no.such.host.invalid", id="host"),
    ],
)
def test_what_cannot_be_served_is_told(words: list[str], told: str, run: Run, tiny: Path) -> None:
    """Wrong options end with 2 before anything listens."""
    result = run("serve", str(tiny), *words)

    assert (result.code, result.out) == (2, "")
    assert told in result.err


def test_a_port_that_is_taken_is_told(run: Run, tiny: Path) -> None:
    """In a line, not in a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("serve", str(tiny), "--port", port)

    assert result.code == 2
    assert port in result.err


def test_a_broken_spec_is_not_served(run: Run, broken: Path) -> None:
    """Its problems are told, with exit code 2."""
    result = run("serve", str(broken), "--port", "0")

    assert (result.code, result.out) == (2, "")
    assert "error[E402]" in result.err
