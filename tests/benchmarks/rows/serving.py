"""The fake server under load, against a server that does nothing and against other fakes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2

from tests.benchmarks.answering import where_time_goes
from tests.benchmarks.corpus import Body
from tests.benchmarks.load import request, send
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Rounds, interleave, told
from tests.benchmarks.results import Line, Row, Target, at_least, lines
from tests.benchmarks.servers import BARE, COMMANDS, FAKE, Server, alive, started

__all__ = ["PEERS", "files_for", "node_versions", "run", "small_requests", "starting_here"]

_ROUNDS: Final = 9
_SECONDS: Final = 0.8
_LARGE: Final = 1_500_000
_PARSING: Final = "Starlette, JSON parsed and written"

PEERS: Final = ("aimock", "Steady", "Prism")

_HOW: Final = """\
- All servers run at the same time, each in a process of its own; in each round each is loaded for 0.8 s, from one
  process, over 1 or 32 connections that wait for an answer before they send again (`tests/benchmarks/load.py`).
- The requests are 64 different valid bodies for dall-e-3, and come round again and again: answers of the fake come from
  its warm cache, a URL in JSON. Its rules, its key check and its log are on, as by default. What a body costs that is
  new to it is told beside.
- fake: `safelight serve spec/ttapi-images.yaml`.  A request that has come before, byte for byte, is answered by the
  connection that it comes through, without a task and without ASGI (`serving/shortcut.py`): spec, faults, options and
  the clock are asked each time, and its entry is in the log before the answer leaves.  A warm answer then costs 0.67 of
  the bare application's instructions (cachegrind, without the kernel's: 144,500 and 217,000).
- Requests that a proxy has passed on, as their header says, go the usual way, through ASGI, as do those that come in
  parts, or over another server: what that costs has a line of its own.
- bare Starlette: one route that reads the request and answers constant bytes, as many as the fake's; uvicorn with
  uvloop and httptools, no access log, as the fake has it. With JSON parsed and written it still judges nothing.
- aimock: `llmock` with one image fixture of the same size, log off. Steady and Prism: a plain OpenAPI document with the
  answer as its example (`tests/benchmarks/peers/images.openapi.json`), log off. All on Node 24.
- The large answer is 1.5 MB or more of base64 from the fake's warm cache, against the same bytes from bare Starlette.
- Processor time is that of the server's process for each answer, which the client's share does not touch.
"""


def run() -> Row:
    """Measure."""
    with TemporaryDirectory() as folder:
        files = Path(folder)
        requests = small_requests()
        files_for(files, requests[0])
        running, missing = starting_here(files, requests[0])
        with alive(running, files, requests[0]) as servers:
            found = (
                tuple(line for connections in (1, 32) for line in _small(servers, running, requests, connections))
                + _usual_way(servers, requests)
                + _first_time(servers[FAKE], requests)
            )
        large = _large(files)
    profile = where_time_goes(requests, _ROUNDS)
    return Row(
        name="serving",
        title="Answering requests",
        how=_HOW,
        lines=found + large,
        missing=missing,
        profiles=(profile,),
        machine=machine(),
        versions=versions("starlette", "uvicorn", "uvloop", "httptools") | node_versions(),
    )


def small_requests() -> tuple[bytes, ...]:
    """Valid requests whose answers are small and of one size."""
    bodies: list[Body] = [
        {"model": "dall-e-3", "prompt": f"a fox in the snow, number {number:02}", "size": "1024x1024", "n": 1}
        for number in range(64)
    ]
    return tuple(map(request, bodies))


def node_versions() -> dict[str, str]:
    """The versions of the peers from Node's world, from the file that pins them."""
    pinned = json.loads((Path(__file__).parents[1] / "requirements" / "package.json").read_text("utf-8"))
    found: dict[str, str] = pinned["dependencies"]
    return found


def files_for(folder: Path, probe: bytes) -> None:
    """Ask the fake once, and write what the other servers need to give answers of the same size."""
    (folder / "answer.json").write_bytes(b"{}")
    with started(FAKE, folder, probe) as fake:
        _write(folder, _answer(fake, {"model": "dall-e-3", "prompt": "a fox in the snow, number 00", "n": 1}))


def _write(folder: Path, answer: bytes) -> None:
    url: str = json.loads(answer)["data"][0].get("url", "")
    (folder / "answer.json").write_bytes(answer)
    fixture = {"match": {"endpoint": "image"}, "response": {"image": {"url": url}}}
    (folder / "aimock.json").write_text(json.dumps({"fixtures": [fixture]}), "utf-8")
    document = (Path(__file__).parents[1] / "peers" / "images.openapi.json").read_text("utf-8")
    (folder / "openapi.json").write_text(document.replace('"URL"', json.dumps(url)), "utf-8")


def _answer(server: Server, body: Mapping[str, Any]) -> bytes:
    url = f"http://127.0.0.1:{server.port}/v1/images/generations"
    answer = httpx2.post(url, json=dict(body), headers={"authorization": "Bearer key"}, timeout=120)
    answer.raise_for_status()
    return answer.content


def starting_here(files: Path, probe: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which servers start on this machine, and why the others do not."""
    running: list[str] = []
    missing: list[str] = []
    for name in COMMANDS:
        try:
            with started(name, files, probe):
                running.append(name)
        except (OSError, RuntimeError) as error:
            missing.append(f"{name}: {error}")
    return tuple(running), tuple(missing)


def _small(
    servers: Mapping[str, Server], names: Sequence[str], requests: Sequence[bytes], connections: int
) -> tuple[Line, ...]:
    rates, costs = _loaded({name: servers[name] for name in names}, requests, connections)
    targets: dict[str, Target | None] = {BARE: at_least(0.7), _PARSING: None}
    targets |= dict.fromkeys(PEERS, at_least(1))
    targets = {name: target for name, target in targets.items() if name in names}
    of = _over(connections)
    return (
        *lines(f"answers a second, {of}", rates, FAKE, targets, "/s"),
        *lines(f"{BARE} itself, {of}", rates, _PARSING, {BARE: None}, "/s"),
        *lines(f"processor time for an answer, {of}", costs, FAKE, dict.fromkeys(targets), "s"),
    )


def _usual_way(servers: Mapping[str, Server], requests: Sequence[bytes]) -> tuple[Line, ...]:
    """What answers cost that no shortcut leads to."""
    passed_on = [one.replace(b"\r\naccept:", b"\r\nx-forwarded-proto: http\r\naccept:", 1) for one in requests]
    rates, _ = _loaded({FAKE: servers[FAKE], BARE: servers[BARE]}, passed_on, 32)
    return lines("answers a second through ASGI, 32 connections", rates, FAKE, {BARE: None}, "/s")


def _first_time(fake: Server, warm: Sequence[bytes]) -> tuple[Line, ...]:
    """What an answer costs that is no repetition: the body parsed and judged, the answer made."""
    cold = tuple(request({"model": "dall-e-3", "prompt": f"a fox, number {number}"}) for number in range(20_000))
    sides = {"first time": partial(_rate, fake, cold), "warm": partial(_rate, fake, warm)}
    rounds = interleave(sides, 5, measure=told, repeat=False)
    return lines("answers a second, each body for the first time", rounds, "first time", {"warm": None}, "/s")


def _rate(server: Server, requests: Sequence[bytes]) -> float:
    return send(server.port, requests, 32, _SECONDS).rate


def _large(files: Path) -> tuple[Line, ...]:
    """Answers of 1.5 MB, in a folder of their own."""
    probe = small_requests()[0]
    with started(FAKE, files, probe) as fake:
        body, answer = _large_answer(fake)
        (files / "answer.json").write_bytes(answer)
        with started(BARE, files, probe) as bare:
            found: list[Line] = []
            for connections in (1, 32):
                rates, _ = _loaded({FAKE: fake, BARE: bare}, [request(body)], connections)
                what = (
                    f"answers of {len(answer) / 1e6:.1f} MB a second, {connections} connection{'s' * (connections > 1)}"
                )
                found += lines(what, rates, FAKE, {BARE: at_least(0.9)}, "/s")
            return tuple(found)


def _large_answer(fake: Server) -> tuple[Body, bytes]:
    """The first body with an answer of 1.5 MB, and that answer."""
    for many in range(1, 11):
        for size in ("1024x1024", "2048x2048"):
            body: Body = {"model": "gpt-image-2", "prompt": "a fox", "size": size, "quality": "high", "n": many}
            answer = _answer(fake, body | {"output_format": "jpeg"})
            if len(answer) >= _LARGE:
                return body | {"output_format": "jpeg"}, answer
    raise RuntimeError("no answer of the fake is as large as 1.5 MB")


def _loaded(servers: Mapping[str, Server], requests: Sequence[bytes], connections: int) -> tuple[Rounds, Rounds]:
    """Load servers in turns: their answers a second, and their processor time for each."""
    costs: dict[str, list[float]] = {name: [] for name in servers}

    def load(server: Server) -> float:
        before = server.processor_seconds()
        came = send(server.port, requests, connections, _SECONDS)
        costs[server.name].append((server.processor_seconds() - before) / came.answers)
        return came.rate

    sides = {name: partial(load, server) for name, server in servers.items()}
    rates = interleave(sides, _ROUNDS, measure=told, repeat=False)
    return rates, {name: tuple(values[1:]) for name, values in costs.items()}


def _over(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"
