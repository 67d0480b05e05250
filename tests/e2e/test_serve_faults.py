"""What whoever starts a server can order from the start: a scenario and profiles; and what they are told at the end."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.e2e.serving import COMMAND, SPEC, serving

KEY = {"TT-API-KEY": "any"}
FOX = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x64"}


def test_a_scenario_and_profiles_hold_from_the_first_request_on(tmp_path: Path) -> None:
    """Faults, a tolerant face, a rate limit; and at the end, what was exercised."""
    scenario = tmp_path / "monday.yaml"
    scenario.write_text("scenario: 1\nfaults:\n  - fault: unavailable; retry-after=1, html, ok\n", "utf-8")
    options = ("--scenario", str(scenario), "--face", "tolerant", "--rate-limit", "3 images/min", "--check-responses")
    with serving(*options) as (process, url):
        replies = [
            httpx2.post(f"{url}/images/generations", json={**FOX, "mood": "good"}, headers=KEY) for _ in range(4)
        ]
        process.send_signal(signal.SIGTERM)
        told, errors = process.communicate(timeout=60)
    assert [one.status_code for one in replies] == [503, 502, 200, 429]
    assert replies[0].headers["retry-after"] == "1"
    assert (process.returncode, errors) == (0, "")
    assert "Answered 4 requests, 3 of them with an error." in told
    assert "generate.style" in told


def test_a_realistic_server_takes_its_time() -> None:
    """A share of it, for tests."""
    with serving("--latency", "0.02") as (_, url):
        reply = httpx2.post(f"{url}/images/generations", json={**FOX, "size": "1024x1024"}, headers=KEY)
    assert reply.elapsed.total_seconds() >= 0.02 * 18 * 0.8


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--latency", "soon"], "neither none nor realistic nor a number"),
        (["--latency", "-1"], "latency must be from 0 to 100"),
        (["--rate-limit", "many"], "no rate limit, as in 5/min"),
        (["--face", "sad"], "'strict', 'tolerant'"),
        (["--scenario", "no-such-file.yaml"], "no-such-file.yaml"),
    ],
)
def test_options_that_make_no_sense_are_told_as_such(options: list[str], told: str) -> None:
    """Exit code 2, a reason, no traceback."""
    done = subprocess.run([*COMMAND, str(SPEC), *options], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
