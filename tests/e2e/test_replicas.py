"""Several servers that answer as one: workers of one port, and replicas behind a balancer, one of which dies."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from safelight_mockserver.faults.order import order
from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.redis_state import RedisState
from tests.e2e.serving import COMMAND, SPEC, serving
from tests.e2e.sockets import KEY, wait_until
from tests.redis_server import RedisServer, redis_server

HEADERS = {"TT-API-KEY": KEY}
BODY = {"prompt": "a fox"}


@pytest.fixture
def redis() -> Generator[RedisServer]:
    """A Redis in which nothing is remembered."""
    with redis_server() as server:
        yield server


def log(redis: RedisServer) -> tuple[Entry, ...]:
    """What the shared state remembers."""

    async def ask() -> tuple[Entry, ...]:
        state = RedisState(redis.url, 1 << 30)
        entries = await state.entries()
        await state.close()
        return entries

    return asyncio.run(ask())


def ordered(redis: RedisServer, text: str, **options: object) -> None:
    """Order a fault for all servers of a state."""

    async def put() -> None:
        state = RedisState(redis.url, 1 << 30)
        await state.put_fault(order(text, **cast("Any", options)))
        await state.close()

    asyncio.run(put())


def call(url: str, body: dict[str, Any] | None = None) -> httpx2.Response:
    """Call one server, once, over a connection of its own."""
    return httpx2.post(f"{url}/images/generations", json=body or BODY, headers=HEADERS, timeout=60)


def test_a_replica_that_is_killed_takes_nothing_with_it(redis: RedisServer) -> None:
    """Two replicas play one sequence exactly, also after one of them was killed; every answer that came is in the log.

    A client sends its calls to the replicas in turn, and a call that its replica took down with it to the next one, as
    a balancer would.
    """
    steps = ["rate-limit", "server-error", "ok", "unavailable", "ok"]
    statuses = [429, 500, 200, 503, 200]
    rounds = 6
    ordered(redis, ", ".join(steps), id="script", times=rounds)
    with ExitStack() as running:
        servers = [running.enter_context(serving("--state", redis.url)) for _ in range(2)]
        got: list[tuple[str, int]] = []
        for number, (process, url) in zip(range(2 * len(steps) * rounds), cycle(servers), strict=False):
            if number == len(steps) * rounds // 2:
                servers[0][0].send_signal(signal.SIGKILL)
                servers[0][0].wait()
            if process.poll() is not None:
                continue
            reply = call(url)
            assert "x-request-id" in reply.headers, reply.text
            got.append((reply.headers["x-request-id"], reply.status_code))
            if len(got) == len(steps) * rounds:
                break

    assert [status for _, status in got] == statuses * rounds
    entries = log(redis)
    assert [(entry.id, entry.status) for entry in entries] == got
    assert Counter(entry.end for entry in entries) == {"complete": len(got)}


def test_a_replica_killed_under_load_loses_nothing_that_was_acknowledged(redis: RedisServer) -> None:
    """With many calls under way, whatever a client got an answer to is in the log, once; and so is every failure."""
    ordered(redis, "rate-limit", id="some", every=3, standing=True)

    async def load(urls: list[str], process: subprocess.Popen[str]) -> list[tuple[str, int]]:
        got: list[tuple[str, int]] = []

        async def client(number: int) -> None:
            async with httpx2.AsyncClient(headers=HEADERS, timeout=60) as http:
                for turn in range(12):
                    try:
                        body = {"prompt": f"a fox {number} {turn}", "model": "gpt-image-1"}
                        reply = await http.post(f"{urls[(number + turn) % 2]}/images/generations", json=body)
                    except httpx2.TransportError:
                        continue  # Its replica was killed: nobody acknowledged the call.
                    assert "x-request-id" in reply.headers, reply.text
                    got.append((reply.headers["x-request-id"], reply.status_code))
                    if len(got) == 60:
                        process.kill()

        await asyncio.gather(*(client(number) for number in range(16)))
        return got

    with serving("--state", redis.url, "--images", "tiny") as (first, one), serving("--state", redis.url) as (_, other):
        got = asyncio.run(load([one, other], first))

    entries = {entry.id: entry.status for entry in log(redis)}
    assert len(got) > 60
    assert len({id_ for id_, _ in got}) == len(got)
    assert {id_: entries[id_] for id_, _ in got} == dict(got)
    hits = sum(status == 429 for status in entries.values())
    assert abs(hits - len(entries) / 3) < 20  # A replica that dies between counting and recording leaves a gap.


def test_replicas_share_links_and_the_clock(redis: RedisServer) -> None:
    """A link of one replica works at the other, until the clock that they share is moved."""
    with serving("--state", redis.url) as (_, one), serving("--state", redis.url) as (_, other):
        link: str = call(one).json()["data"][0]["url"]
        elsewhere = link.replace(one.removesuffix("/v1"), other.removesuffix("/v1"))
        assert elsewhere != link
        assert httpx2.get(elsewhere).headers["content-type"] == "image/png"
        moved = httpx2.post(
            f"{one.removesuffix('/v1')}/_safelight/clock/advance", json={"seconds": 10 * 24 * 3600}, headers=HEADERS
        )
        assert moved.status_code == 200, moved.text
        assert httpx2.get(elsewhere).status_code == 403


def test_workers_share_one_port_and_a_dead_one_is_replaced(redis: RedisServer) -> None:
    """Each of them answers; one that is killed is told of and replaced; all stop when the parent is told to."""
    with serving("--state", redis.url, "--workers", "2", "--log-format", "json") as (process, url):
        wait_until(lambda: len(_children(process.pid)) == 2)
        assert call(url).status_code == 200
        before = set(_children(process.pid))
        killed = before.pop()
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(set(_children(process.pid)) - before - {killed}) == 1)
        process.send_signal(signal.SIGHUP)
        assert {call(url).status_code for _ in range(20)} == {200}
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=60)

    assert process.returncode == 0
    summary = json.loads(out.splitlines()[-1])["text"]
    assert summary.startswith("Answered 21 requests, 0 of them with an error.\n  models       1 of 5"), summary
    warnings = [json.loads(line)["text"] for line in errors.splitlines()]
    assert f"worker {killed} was killed by SIGKILL; another takes its place" in warnings
    assert sum(json.loads(line)["event"] == "request" for line in out.splitlines()) == 21
    assert len(log(redis)) == 21


def test_what_workers_did_is_told_in_the_end_although_all_were_killed() -> None:
    """A process that is killed has no moment to tell anything; what it has counted is kept all the same.

    They are killed as soon as the last answer is there, so of that one it may not have come to be counted.
    """
    with serving("--workers", "2", "--state", "memory", "--images", "tiny", checked=False) as (process, url):
        wait_until(lambda: len(_children(process.pid)) == 2)
        with httpx2.Client(headers=HEADERS) as http:
            for body in (BODY, {**BODY, "model": "dall-e-3", "style": "vivid"}, {**BODY, "n": 11}, *([BODY] * 7)):
                http.post(f"{url}/images/generations", json=body)
            limited = {"X-Safelight-Fault": "rate-limit"}
            statuses = [
                http.post(f"{url}/images/generations", json=BODY, headers=headers).status_code
                for headers in (limited, {}, {})
            ]
        before = set(_children(process.pid))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(set(_children(process.pid)) - before) == 2)
        assert (statuses, call(url).status_code) == ([429, 200, 200], 200)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    summary = out.partition("Answered ")[2]
    assert summary.startswith(("14 requests, 2 of them with an error.\n", "13 requests, 2 of them with an error.\n")), (
        out
    )
    assert "models       2 of 5" in summary
    assert "generate.style" not in summary
    assert "were broken by a request: generate.n.maximum\n" in summary
    assert "faults       rate-limit 1\n" in summary


def test_workers_go_on_when_nobody_reads_what_they_tell() -> None:
    """As of `safelight serve --log-format json | head`: requests are answered, and nothing is told on stderr."""
    with serving("--workers", "2", "--state", "memory", "--log-format", "json", checked=False) as (process, url):
        wait_until(lambda: len(_children(process.pid)) == 2)
        assert process.stdout is not None
        process.stdout.close()
        assert {call(url).status_code for _ in range(10)} == {200}
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")


def test_workers_without_a_shared_state_have_to_be_asked_for() -> None:
    """Nobody gets several logs unawares: exit code 2 and what to do; named, it works."""
    refused = subprocess.run([*COMMAND, str(SPEC), "--workers", "2"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "2 workers need a state that they share: --state redis://HOST; or say --state memory" in refused.stderr
    with serving("--workers", "2", "--state", "memory") as (process, url):
        link = call(url).json()["data"][0]["url"]
        assert {httpx2.get(link).status_code for _ in range(10)} == {200}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_a_state_out_of_reach_at_the_start_is_told_in_a_line() -> None:
    """Exit code 2, where it should be and why not, no traceback, no password."""
    arguments = ["--port", "0", "--state", "redis://:a-secret-word@127.0.0.1:1"]
    done = subprocess.run([*COMMAND, str(SPEC), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert re.fullmatch(r"the shared state at redis://127\.0\.0\.1:1 cannot be used: .+\n", done.stderr)
    assert "a-secret-word" not in done.stdout + done.stderr


def test_a_state_that_goes_away_is_told_to_clients_and_comes_back(redis: RedisServer) -> None:
    """Without its state a server refuses with 503 and the reason; once the state is back, so is the server."""
    with serving("--state", redis.url) as (process, url):
        assert call(url).status_code == 200
        redis.stop()
        reply = call(url)
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
        assert reply.json()["safelight"].startswith("the shared state at unix://")
        assert httpx2.get(f"{url.removesuffix('/v1')}/pictures/x.png").status_code == 503
        redis.start()
        assert call(url).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors


def _children(parent: int) -> list[int]:
    """The workers of a server: its children, without the helper that Python's multiprocessing starts."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            words = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue  # It has ended meanwhile.
        if int(fields[1]) == parent and fields[0] != "Z" and b"spawn_main" in words:
            found.append(int(path.parent.name))
    return sorted(found)
