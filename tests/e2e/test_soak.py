"""Load: many streams at a time, clients that take nothing, and mixed traffic for as long as one likes.

``make soak`` runs the mixed traffic for a minute; among the other tests it runs for a few rounds.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from safelight import load
from safelight_testkit.requests.plain import bodies
from tests.e2e.serving import SPEC, serving
from tests.e2e.sockets import KEY, connected, post

SECONDS: Final = float(os.environ.get("SAFELIGHT_SOAK_SECONDS", "0"))
STREAMS: Final = 200
PLAIN: Final = 100
ROUNDS: Final = 3
MEGABYTE: Final = 1 << 20

HEADERS: Final = {"TT-API-KEY": KEY, "Content-Type": "application/json"}
STREAM: Final = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 3}

only_where_memory_is_told = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="this system does not tell how much memory a process has"
)


def memory(process: int) -> int:
    """How much memory a process holds, in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def many_files() -> None:
    """Let this process have as many connections as these tests need."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))


@only_where_memory_is_told
def test_clients_that_take_nothing_hold_next_to_nothing() -> None:
    """Clients that ask for large streams and read none of them cost a server less than a megabyte each.

    A stream has 25 of them here.  A server that wrote on would hold whatever the buffers of the system do not.
    """
    clients = 30
    body = {**STREAM, "size": "1536x1024"}
    with serving("--images", "tests.e2e.noise:draw") as (process, url), ExitStack() as stuck:
        whole = httpx2.post(f"{url}/images/generations", json=body, headers=HEADERS, timeout=120).content
        assert len(whole) > 20 * MEGABYTE
        asked = [stuck.enter_context(connected(url)) for _ in range(clients)]
        before = memory(process.pid)
        for one in asked:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
            one.sendall(post(body))
        for one in asked:
            assert one.recv(1) == b"H"  # Its stream has begun.
        for _ in range(50):  # Meanwhile others are served.
            assert httpx2.get(f"{url.removesuffix('/v1')}/health", timeout=60).status_code == 200
        grown = memory(process.pid) - before

    assert grown < clients * MEGABYTE, grown / MEGABYTE


def test_a_thousand_streams_run_at_a_time() -> None:
    """All of them have begun before one is read on, and every one ends with its finished image."""
    many_files()
    count = 1000
    call = post(STREAM, ("X-Safelight-Fault", "stream-pauses; seconds=0.5"))

    async def stream(host: str, port: int, begun: asyncio.Barrier) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(call)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        await begun.wait()
        content = await reader.read()
        writer.close()
        return content

    async def all_streams(url: httpx2.URL) -> list[bytes]:
        begun = asyncio.Barrier(count)
        return await asyncio.gather(*(stream(url.host, url.port or 80, begun) for _ in range(count)))

    with serving("--images", "tiny") as (_, url):
        contents = asyncio.run(all_streams(httpx2.URL(url)))

    assert Counter(content.count(b"event: image_generation.completed") for content in contents) == {1: count}


@only_where_memory_is_told
def test_mixed_traffic_with_faults_leaves_nothing_behind() -> None:
    """No failure that was not ordered, every accepted request in the log exactly once, and no more memory than before.

    Each round is a test of its own, so that its log can be asked for and forgotten: streams at a time, calls of all
    models, refused ones, pictures fetched by their links.
    """
    many_files()
    with serving("--images", "tiny") as (process, url):
        control = f"{url.removesuffix('/v1')}/_safelight"
        for fault in (
            {"fault": "rate-limit", "every": 7, "standing": True},
            {"fault": "server-error", "every": 11, "standing": True},
            {"fault": "latency; seconds=0.05", "every": 5, "standing": True},
            {"fault": "stream-cut; after=1", "every": 13, "standing": True},
        ):
            assert httpx2.post(f"{control}/faults", json=fault).status_code == 201
        sizes: list[int] = []
        begun = time.monotonic()
        for number, calls in enumerate(rounds()):
            found = asyncio.run(one_round(url, f"round-{number}", calls))
            check_log(control, f"round-{number}", found)
            sizes.append(memory(process.pid))
            if number + 1 >= ROUNDS and time.monotonic() - begun >= SECONDS:
                break

    print(f"{len(sizes)} rounds, memory in MB: {[size // MEGABYTE for size in sizes]}")  # noqa: T201 - for who soaks
    assert sizes[-1] - sizes[len(sizes) // 2] < 16 * MEGABYTE, [size / MEGABYTE for size in sizes]


def rounds() -> Iterator[list[dict[str, Any]]]:
    """The calls of each round, without end: streams, and whatever else is valid, a part of it spoiled."""
    spec = load(SPEC)
    valid = bodies(spec, next(iter(spec.operations.values())))
    while True:
        some = [dict(body) for body in islice(valid, PLAIN)]
        for body in some[::4]:
            body["n"] = "many"
        yield [STREAM] * STREAMS + some


async def one_round(url: str, test: str, calls: list[dict[str, Any]]) -> dict[str, int]:
    """Send calls at a time; returns the status of each answer by its id."""
    found: dict[str, int] = {}

    async def send(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
        async with client.stream("POST", f"{url}/images/generations", content=json.dumps(body)) as reply:
            found[reply.headers["x-request-id"]] = reply.status_code
            try:
                content = await reply.aread()
            except httpx2.TransportError:
                return  # A stream that was cut, as ordered.
        if reply.headers["content-type"] == "application/json" and reply.status_code == 200:
            image = json.loads(content)["data"][0]
            if "url" in image:
                assert (await client.get(image["url"])).status_code == 200

    limits = httpx2.Limits(max_connections=STREAMS + PLAIN)
    headers = {**HEADERS, "X-Safelight-Test": test}
    async with httpx2.AsyncClient(headers=headers, limits=limits, timeout=120) as client:
        await asyncio.gather(*(send(client, body) for body in calls))
    assert len(found) == len(calls)
    return found


def check_log(control: str, test: str, found: dict[str, int]) -> None:
    """Compare the log of a round with what its client saw, and forget it."""
    reply = httpx2.get(f"{control}/requests", params={"test": test, "format": "jsonl", "limit": "100000"}, timeout=60)
    entries: list[dict[str, Any]] = [json.loads(line) for line in reply.text.splitlines()]
    assert Counter(entry["id"] for entry in entries) == Counter(found.keys())
    assert {entry["id"]: entry["status"] for entry in entries} == found
    assert [entry for entry in entries if entry["status"] >= 500 and not entry["fault"]] == []
    assert {entry["end"] for entry in entries} <= {"complete", "cut"}
    assert httpx2.delete(f"{control}/requests", params={"test": test}).status_code in {200, 204}
