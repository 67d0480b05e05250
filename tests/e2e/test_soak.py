"""Load: many streams at a time, clients that take nothing, and mixed traffic for as long as one likes.

``make soak`` and CI run the mixed traffic for a minute; among the tests of a person it runs for a few rounds.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations, cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx2
import pytest

from safelight import load
from safelight_testkit.requests.plain import bodies
from tests.e2e.serving import SPEC, serving
from tests.e2e.sockets import KEY, connected, post

IN_CI: Final = os.environ.get("CI") == "true"
SECONDS: Final = float(os.environ.get("SAFELIGHT_SOAK_SECONDS", "60" if IN_CI else "0"))
MEGABYTE: Final = 1 << 20
LEAK: Final = 0.5 * MEGABYTE
"""Growth from one round to the next that is no noise any more: of a full round, less than two kilobytes a request."""


@dataclass(frozen=True, slots=True)
class Round:
    """What is sent at a time: so many streams, and so many other calls, of so many kinds."""

    streams: int
    plain: int
    variety: int


FULL: Final = Round(streams=200, plain=100, variety=250)
SMALL: Final = Round(streams=20, plain=40, variety=80)
ROUNDS: Final = 20
"""So many rounds there are at least: a third of them fills caches and the memory that Python keeps for itself."""

STATUSES: Final = {"rate-limit": 429, "server-error": 500}
"""What is answered by order; other faults of the soak leave the status as it is."""


HEADERS: Final = {"TT-API-KEY": KEY, "Content-Type": "application/json"}
STREAM: Final = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 3}

only_where_memory_is_told = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="this system does not tell how much memory a process has"
)


def memory(process: int) -> int:
    """How much memory a process holds, in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def many_files(count: int) -> None:
    """Let this process have so many connections at a time, or skip the test where the system does not."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        pytest.skip(f"this system lets a process have {hard} files, and {count} are needed")
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


@only_where_memory_is_told
def test_clients_that_take_nothing_hold_next_to_nothing() -> None:
    """Clients that ask for large streams and read none of them cost a server less than two megabytes each.

    A stream has 25 of them here, and what the allocator keeps differs from one run to the next.
    A server that wrote on would hold whatever the buffers of the system do not.
    """
    clients = 30
    body = {**STREAM, "size": "1536x1024"}
    with serving("--images", "tests.e2e.noise:draw", checked=False) as (process, url), ExitStack() as stuck:
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

    assert grown < 2 * clients * MEGABYTE, grown / MEGABYTE


@only_where_memory_is_told
def test_three_thousand_streams_run_at_a_time() -> None:
    """All of them have begun before one is read on, every one ends with its finished image, and each costs little."""
    count = 3000
    many_files(count + 100)
    call = post(STREAM, ("X-Safelight-Fault", "stream-pauses; seconds=2"))

    async def stream(host: str, port: int, begun: asyncio.Barrier) -> bytes:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(call)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        await begun.wait()
        content = await reader.read()
        writer.close()
        return content

    async def all_streams(url: httpx2.URL, process: int) -> tuple[list[bytes], int]:
        before = memory(process)
        begun = asyncio.Barrier(count + 1)
        streams = asyncio.gather(*(stream(url.host, url.port or 80, begun) for _ in range(count)))
        await begun.wait()
        return await streams, memory(process) - before

    with serving("--images", "tiny", checked=False) as (process, url):
        contents, grown = asyncio.run(all_streams(httpx2.URL(url), process.pid))

    print(f"{grown / count / 1024:.0f} KiB a stream")  # noqa: T201 - for who soaks
    assert Counter(content.count(b"event: image_generation.completed") for content in contents) == {1: count}
    assert grown < count * MEGABYTE / 10, grown / MEGABYTE


@only_where_memory_is_told
def test_mixed_traffic_with_faults_leaves_nothing_behind() -> None:
    """No failure that was not ordered, every accepted request in the log exactly once, and memory that stays flat.

    Each round is a test of its own, so that its log can be asked for and forgotten: streams at a time, calls of all
    models, refused ones, pictures fetched by their links.
    """
    sizes = soaked(FULL if SECONDS else SMALL, SECONDS)
    print(f"{len(sizes)} rounds, memory in MB: {[round(size / MEGABYTE, 1) for size in sizes]}")  # noqa: T201 - for who soaks
    assert growth(sizes) < LEAK, [round(size / MEGABYTE, 1) for size in sizes]


@only_where_memory_is_told
def test_a_leak_is_found() -> None:
    """A server that keeps every request, and 32 kilobytes beside it, fails the same check in the fewest rounds."""
    sizes = soaked(SMALL, 0, "--leak")
    assert growth(sizes) > LEAK, [round(size / MEGABYTE, 1) for size in sizes]


@pytest.mark.parametrize(
    ("sizes", "grown"),
    [
        ([100] * 12, 0),
        ([100, 160, 180, 190, 190, 190, 190, 190, 190, 190, 190, 190], 0),
        ([100, 100, 100, 100, 101, 102, 103, 104, 105, 106, 107, 108], 1),
        ([100, 160, 180, 190, 190, 190, 250, 190, 190, 250, 190, 190], 0),
    ],
    ids=["flat", "caches that fill", "a leak", "a peak"],
)
def test_growth_is_what_goes_on_once_caches_are_full(sizes: list[int], grown: int) -> None:
    """Neither what a server needs at first nor a single round with more of it counts."""
    assert growth(sizes) == grown


def growth(sizes: list[int]) -> float:
    """How much memory grows from one round to the next, after the first half of them (the slope of Theil and Sen)."""
    late = sizes[len(sizes) // 2 :]
    slopes = [(after - before) / (j - i) for (i, before), (j, after) in combinations(enumerate(late), 2)]
    return median(slopes)


def soaked(size: Round, seconds: float, *options: str) -> list[int]:
    """Send rounds of traffic for so long, and a few at least; returns the memory of the server after each."""
    many_files(size.streams + 2 * size.plain + 100)
    sizes: list[int] = []
    small = (sys.executable, "-m", "tests.e2e.small_server")
    with serving(*options, command=small, checked=False) as (process, url):
        control = f"{url.removesuffix('/v1')}/_safelight"
        for fault in (
            {"fault": "rate-limit", "every": 7, "standing": True},
            {"fault": "server-error", "every": 11, "standing": True},
            {"fault": "latency; seconds=0.05", "every": 5, "standing": True},
            {"fault": "stream-cut; after=1", "every": 13, "standing": True},
        ):
            assert httpx2.post(f"{control}/faults", json=fault).status_code == 201
        begun = time.monotonic()
        for number, calls in enumerate(rounds(size)):
            seen = asyncio.run(one_round(url, f"round-{number}", calls))
            check_log(control, f"round-{number}", seen)
            sizes.append(memory(process.pid))
            if number + 1 >= ROUNDS and time.monotonic() - begun >= seconds:
                break
    return sizes


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the soak, and whether the API takes it."""

    body: dict[str, Any]
    valid: bool


def rounds(size: Round) -> Iterator[list[Call]]:
    """The calls of each round, without end: streams, and whatever else is valid, a part of it spoiled."""
    spec = load(SPEC)
    valid = cycle(islice(bodies(spec, next(iter(spec.operations.values()))), size.variety))
    while True:
        some = [dict(body) for body in islice(valid, size.plain)]
        spoiled = [{**body, "n": "many"} for body in some[::4]]
        streams = [Call(STREAM, valid=True)] * size.streams
        yield [*streams, *(Call(body, valid=True) for body in some), *(Call(body, valid=False) for body in spoiled)]


async def one_round(url: str, test: str, calls: list[Call]) -> dict[str, tuple[int, bool]]:
    """Send calls at a time; returns the status of each answer, and whether the call was valid, by its id."""
    seen: dict[str, tuple[int, bool]] = {}

    async def send(client: httpx2.AsyncClient, call: Call) -> None:
        async with client.stream("POST", f"{url}/images/generations", content=json.dumps(call.body)) as reply:
            seen[reply.headers["x-request-id"]] = reply.status_code, call.valid
            try:
                content = await reply.aread()
            except httpx2.TransportError:
                return  # A stream that was cut, as ordered.
        if reply.headers["content-type"] == "application/json" and reply.status_code == 200:
            image = json.loads(content)["data"][0]
            if "url" in image:
                assert (await client.get(image["url"])).status_code == 200

    limits = httpx2.Limits(max_connections=len(calls))
    headers = {**HEADERS, "X-Safelight-Test": test}
    async with httpx2.AsyncClient(headers=headers, limits=limits, timeout=120) as client:
        await asyncio.gather(*(send(client, call) for call in calls))
    assert len(seen) == len(calls)
    return seen


def check_log(control: str, test: str, seen: dict[str, tuple[int, bool]]) -> None:
    """Compare the log of a round with what its client saw, and forget it."""
    reply = httpx2.get(f"{control}/requests", params={"test": test, "format": "jsonl", "limit": "100000"}, timeout=60)
    entries: list[dict[str, Any]] = [json.loads(line) for line in reply.text.splitlines()]
    assert Counter(entry["id"] for entry in entries) == Counter(seen.keys())
    for entry in entries:
        status, valid = seen[entry["id"]]
        ordered = STATUSES.get((entry["fault"] or "").partition(";")[0], 200 if valid else 400)
        assert status == entry["status"] == ordered, entry
    assert {entry["end"] for entry in entries} <= {"complete", "cut"}
    assert httpx2.delete(f"{control}/requests", params={"test": test}).status_code in {200, 204}
