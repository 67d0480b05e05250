"""How a server ends: answers that are under way end well, and what happened has been told by then."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.serving import SPEC, serving
from tests.e2e.sockets import KEY, connected, post, wait_until
from tests.redis_server import redis_server

STREAM = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 2}


@contextmanager
def streaming(base_url: str, fault: str) -> Generator[httpx2.Response]:
    """Call for a stream under a fault; its head has come."""
    headers = {"TT-API-KEY": KEY, "X-Safelight-Fault": fault}
    with httpx2.stream("POST", f"{base_url}/images/generations", json=STREAM, headers=headers, timeout=60) as reply:
        yield reply


def rest(reply: httpx2.Response) -> list[tuple[str, dict[str, Any]]]:
    """Read a stream to its end; returns the names and the data of its events.

    Raises:
        httpx2.RemoteProtocolError: It broke off.
    """
    texts = reply.read().decode().removesuffix("\n\n").split("\n\n")
    events = [dict(line.split(": ", 1) for line in text.split("\n")) for text in texts]
    return [(event["event"], json.loads(event["data"])) for event in events]


def ended(process: subprocess.Popen[str]) -> tuple[list[dict[str, Any]], str]:
    """Wait for the end of a server that was told to stop; returns the requests that it told of, and its stderr."""
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    told = [json.loads(line) for line in out.splitlines()]
    return [one for one in told if one["event"] == "request"], errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stream_that_ends_soon_ends_as_if_nothing_had_happened(number: signal.Signals) -> None:
    """Its last event arrives, and the log has it whole."""
    with serving("--log-format", "json", "--grace", "60") as (process, url):
        with streaming(url, "stream-pauses; seconds=0.3") as reply:
            process.send_signal(number)
            names = [name for name, _ in rest(reply)]
        [request], errors = ended(process)

    assert names == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
    assert (request["end"], request["status"], request["images"]) == ("complete", 200, 1)
    assert errors == ""


def test_a_stream_that_would_outlast_the_server_ends_with_an_error_event() -> None:
    """The last event is the API's error event, the reply is complete as HTTP has it, and the log says why."""
    with serving("--log-format", "json", "--grace", "2") as (process, url):
        with streaming(url, "stream-pauses; seconds=50") as reply:
            process.send_signal(signal.SIGTERM)
            [(name, data)] = rest(reply)
        [request], errors = ended(process)

    assert (name, data["type"]) == ("error", "error")
    assert (request["end"], request["note"]) == ("cut", "the server was stopped before the answer had ended")
    assert errors == ""


@pytest.mark.parametrize("body", [{"model": "gpt-image-1", "prompt": "a fox"}, STREAM], ids=["whole", "stream"])
def test_an_answer_that_waits_when_the_server_stops_says_so(body: dict[str, Any]) -> None:
    """Nothing of it was sent yet: it becomes a refusal in the API's words, and tells when to come back."""
    headers = {"TT-API-KEY": KEY, "X-Safelight-Fault": "latency; seconds=50"}
    with serving("--log-format", "json", "--grace", "2") as (process, url), ThreadPoolExecutor() as threads:
        call = threads.submit(httpx2.post, f"{url}/images/generations", json=body, headers=headers, timeout=60)
        log = f"{url.removesuffix('/v1')}/_safelight/requests"
        wait_until(lambda: bool(httpx2.get(log).json()["requests"]))
        process.send_signal(signal.SIGTERM)
        reply = call.result(timeout=60)
        [request], errors = ended(process)

    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    assert reply.headers["x-request-id"] == request["id"]
    assert reply.json()["error"].keys() == {"message", "type", "param", "code"}
    assert (request["status"], request["end"], request["images"], request["retry_after"]) == (503, "complete", 0, 1.0)
    assert request["note"] == "the server was stopped before the answer had ended"
    assert errors == ""


def test_clients_that_take_nothing_or_send_nothing_do_not_keep_a_server_alive() -> None:
    """With both connected, it stops in its time, without a traceback."""
    with serving("--grace", "2") as (process, url), connected(url) as silent, connected(url) as half:
        half.sendall(post({"prompt": "a fox"})[:-3])
        for _ in range(300):
            silent.sendall(post(STREAM).replace(b"Connection: close\r\n", b""))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 0
    assert errors == ""


def test_sighup_makes_it_read_its_spec_again(tmp_path: Path) -> None:
    """Even where the file looks as before; a broken one is told of, and the rules that held go on."""
    path = tmp_path / "api.yaml"
    text = SPEC.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    with serving(spec=path) as (process, url):
        assert process.stderr is not None
        process.send_signal(signal.SIGHUP)
        assert process.stderr.readline() == f"{path} was read again, and is as it was.\n"
        path.write_text("safelight: 2\n", encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        assert process.stderr.readline().startswith(f"{path}:1:")
        reply = httpx2.post(f"{url}/images/generations", json={"prompt": "a fox"}, headers={"TT-API-KEY": KEY})
        assert reply.status_code == 200


def test_no_key_is_told_to_anybody() -> None:
    """A key that was sent in every place a key can be, right or wrong, is in no log, no export, no metric, no state."""
    right, wrong = "sk-right-aaaaaaaaaaaaaaaa", "sk-wrong-bbbbbbbbbbbbbbbb"
    arguments = ("--log-format", "json", "--api-key", right, "--control-key", "sk-control-cccccccc")
    with redis_server() as redis, serving(*arguments, "--state", redis.url) as (process, url):
        control = f"{url.removesuffix('/v1')}/_safelight"
        steering = {"Authorization": "Bearer sk-control-cccccccc"}
        order = {"fault": "rate-limit", "id": "of-a-key", "when": {"key": wrong}}
        assert httpx2.post(f"{control}/faults", json=order, headers=steering).status_code == 201
        for key in (right, wrong):
            for headers in ({"Authorization": f"Bearer {key}"}, {"TT-API-KEY": key}):
                for more in ({}, {"X-Safelight-Fault": "latency; seconds=0"}, {"X-Safelight-Fault": "no such fault"}):
                    sent = {**headers, **more}
                    httpx2.post(f"{url}/images/generations", json={"prompt": "a fox"}, headers=sent)
        seen = ""
        exports = ("requests", "requests?format=jsonl", "requests?format=har")
        for path in (*exports, "metrics", "faults", "violations", "verdict", "spec"):
            reply = httpx2.get(f"{control}/{path}", headers=steering)
            assert reply.status_code == 200, path
            seen += reply.text
        seen += redis.dump()
        process.send_signal(signal.SIGTERM)
        seen += "".join(process.communicate(timeout=60))

    assert "images/generations" in seen
    assert seen.count('"event":"request"') == 12
    for key in (right, wrong, "sk-control-cccccccc"):
        assert key not in seen
