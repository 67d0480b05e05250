"""The Locust file: load from a spec on an engine that people know."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.serving import ROOT, SPEC, serving

LOCUSTFILE = ROOT / "mockserver" / "safelight_testkit" / "locustfile.py"


def locust(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Locust without its page; each user ends what it has begun."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--host", url, *arguments]
    command += ["--stop-timeout", "60"]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=180
    )


def test_load_on_the_fake_meets_every_kind_and_no_failure(tmp_path: Path) -> None:
    """Calls, streams, refusals and pictures are sent, and every answer is the right one."""
    with serving("--images", "tiny") as (_, url):
        done = locust(
            url,
            *("--users", "24", "--spawn-rate", "24", "--run-time", "120s", "--json-file", str(tmp_path / "load")),
            SAFELIGHT_SPEC=str(SPEC),
            SAFELIGHT_FETCH="1",
            SAFELIGHT_REQUESTS="150",
            SAFELIGHT_WEIGHTS="call=1,stream=1,refused=1",
        )
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads((tmp_path / "load.json").read_text("utf-8"))}
    assert rows.keys() == {"generate call", "generate stream", "generate refused", "picture"}
    assert sum(row["num_requests"] for name, row in rows.items() if name != "picture") == 150
    assert not any(row["num_failures"] for row in rows.values())


def test_a_server_that_is_wrong_is_noticed() -> None:
    """A server that asks for another key fails every request, and so does the run."""
    with serving("--api-key", "another") as (_, url):
        done = locust(
            url,
            *("--users", "2", "--spawn-rate", "2", "--run-time", "120s"),
            SAFELIGHT_SPEC=str(SPEC),
            SAFELIGHT_REQUESTS="10",
        )
    assert done.returncode == 1
    assert "status 401" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "SAFELIGHT_SPEC is not set"),
        ({"SAFELIGHT_SPEC": "no-such-file.yaml"}, "no-such-file.yaml"),
        ({"SAFELIGHT_SPEC": str(SPEC), "SAFELIGHT_WEIGHTS": "all"}, "SAFELIGHT_WEIGHTS is like call=10"),
    ],
)
def test_what_is_missing_is_told_without_a_traceback(environment: dict[str, str], told: str) -> None:
    """Before anything is sent."""
    done = locust("http://127.0.0.1:1/v1", "--run-time", "1s", **environment)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr
