"""Contract tests of a whole operation against the fake: requests a second, and how much they show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import httpx2

from safelight import Operation, Spec
from safelight.interpret import violations
from safelight_testkit import Plan, plan
from safelight_testkit.contract.runner import Options
from safelight_testkit.contract.session import Session, contract
from safelight_testkit.contract.trial import call
from safelight_testkit.contract.workload import Selection, Workload, workload
from tests.benchmarks.corpus import SPEC, first_api
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Rounds, Work, interleave, told
from tests.benchmarks.results import Row, at_least, lines
from tests.benchmarks.rows.serving import files_for, small_requests
from tests.benchmarks.servers import FAKE, started

__all__ = ["run"]

_ROUNDS: Final = 9
_FEW: Final = 3
_DOCUMENT: Final = SPEC.parents[1] / "generated" / "openapi" / "ttapi-images.json"
_OURS: Final = "contract suite"
_LOOP: Final = "httpx2 loop"
_COMMAND: Final = "safelight contract"
_PEER: Final = "schemathesis"
_ALL: Final = "all there are"

_MORE: Final = 100
"""Random requests that come after the computed ones, where there are some."""

_HOW: Final = f"""\
- Contract suite: `safelight_testkit.contract` with four workers, its default: all requests of the operation, every
  answer judged, images decoded, links fetched. Requests for links count, as they are sent. Nothing that one run saw
  is known to the next.
- Loop: one httpx2 client posts the same bodies one after another and looks at nothing.
- With random requests: the same, after `--examples {_MORE}`. Half of these are valid, and ask for up to ten images of
  any size, all of which are decoded.
- Command: `safelight contract SPEC --base-url ... --json FILE`, and `st run --continue-on-failure` with the OpenAPI
  document that the kit exports, otherwise its defaults. Requests a second of the run are by what each tells itself:
  ours by the seconds in its JSON report, without requests for links; schemathesis by its HAR report, from the first
  request to the end of the last, in which it also makes up its requests. Ours are chosen before the run. The whole
  command, from the start of the process to its end, has that in it on both sides.
- What schemathesis sent also tells what it shows.
- All send to one fake, `safelight serve`, over a socket. The warm-up round has the fake draw its pictures once.
- Where the time goes: a run of 222 requests takes 0.75 s of processor time, nearly 60 % of it Pillow decoding some 90
  different images in threads, 30 % httpx2, 10 % judging; the fake takes 0.07 s beside it. In the same minute the bare
  loop took 0.13 s for 199 requests. At 0.6 of its rate a run would have 0.24 s, which is 0.49 s of two processors; 0.37
  of these are gone for sending, judging and the fake, and the images alone take 0.44. Two thirds of decoding a PNG file
  is inflating it and its checksum, which a check of its chunks needs as well. More speed would mean not to decode all
  images, and that a file is whole is what the suite is there to find out.
"""


def run() -> Row:
    """Measure."""
    spec, operation = first_api()
    work, more = workload(spec, Selection()), workload(spec, Selection(examples=_MORE))
    with TemporaryDirectory() as folder:
        files = Path(folder)
        probe = small_requests()[0]
        files_for(files, probe)
        with started(FAKE, files, probe) as fake:
            url = f"http://127.0.0.1:{fake.port}/v1"
            shares: list[float] = []
            inside = interleave(_beside_a_loop(spec, work, url, shares.append), _ROUNDS, measure=told, repeat=False)
            mixed = interleave(_beside_a_loop(spec, more, url, shares.append), _FEW, measure=told, repeat=False)
            commands = _Commands(files, url)
            sides: dict[str, Work] = {_COMMAND: commands.ours, _PEER: commands.peer}
            whole = interleave(sides, _FEW, measure=told, repeat=False)
            running = {name: tuple(rates[1:]) for name, rates in commands.rates.items()}  # the first round warms up
        isolated = _isolated(spec, operation, plan(spec, operation), commands.bodies())
    return Row(
        name="contract",
        title="Contract tests of a whole operation against the fake",
        how=_HOW,
        lines=(
            *lines("requests a second", inside, _OURS, {_LOOP: at_least(0.6)}, "/s"),
            *lines("requests a second, random ones among them", mixed, _OURS, {_LOOP: None}, "/s"),
            *lines("requests a second of the run", running, _COMMAND, {_PEER: at_least(10)}, "/s"),
            *lines("requests a second, whole command", whole, _COMMAND, {_PEER: None}, "/s"),
            *lines("constraints isolated and borders hit", _full(shares), _OURS, {_ALL: at_least(1)}, ""),
            *lines("constraints that schemathesis isolates", isolated, _PEER, {_ALL: None}, ""),
        ),
        machine=machine(),
        versions=versions("schemathesis", "httpx2", "hypothesis"),
    )


class _Counting(httpx2.AsyncHTTPTransport):
    """A network that counts what is sent."""

    sent = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        self.sent += 1
        return await super().handle_async_request(request)


def _beside_a_loop(spec: Spec, work: Workload, url: str, tell_share: Callable[[float], None]) -> dict[str, Work]:
    return {_OURS: partial(_suite, spec, work, url, tell_share), _LOOP: partial(_loop, spec, work, url)}


def _suite(spec: Spec, work: Workload, url: str, tell_share: Callable[[float], None]) -> float:
    counting = _Counting(verify=False, limits=httpx2.Limits(max_connections=None))
    start = perf_counter()
    report = contract(Session(spec=spec, options=Options(base_url=url, key="key")), work, transport=counting)
    took = perf_counter() - start
    tell_share(report.share)
    return counting.sent / took


def _loop(spec: Spec, work: Workload, url: str) -> float:
    calls = [call(spec, trial, url, "key") for trial in work.trials]
    with httpx2.Client(timeout=60, trust_env=False) as client:
        start = perf_counter()
        for one in calls:
            client.request(one.verb, one.url, headers=list(one.headers), content=one.content)
        return len(calls) / (perf_counter() - start)


class _Commands:
    """Runs both commands, and keeps by name how many requests a second each run tells of itself."""

    def __init__(self, files: Path, url: str) -> None:
        self.rates: dict[str, list[float]] = {_COMMAND: [], _PEER: []}
        self._report = files / "report.json"
        self._har = files / "schemathesis.har"
        self._url = url

    def ours(self) -> float:
        """Tell the requests a second of the whole command."""
        command = [str(Path(sys.executable).with_name("safelight")), "contract", str(SPEC), "--base-url", self._url]
        took = self._timed(*command, "--api-key", "key", "--json", str(self._report))
        report = json.loads(self._report.read_text("utf-8"))
        sent = sum(int(result["tries"]) for result in report["results"])
        self.rates[_COMMAND].append(sent / float(report["seconds"]))
        return sent / took

    def peer(self) -> float:
        """Tell the requests a second of the whole command."""
        command = [str(Path(sys.executable).with_name("st")), "run", str(_DOCUMENT), "--url", self._url]
        options = ["--header", "Authorization: Bearer key", "--continue-on-failure"]
        took = self._timed(*command, *options, "--report", "har", "--report-har-path", str(self._har))
        entries = self._entries()
        starts = [datetime.fromisoformat(entry["startedDateTime"]).timestamp() for entry in entries]
        ends = [start + entry["time"] / 1000 for start, entry in zip(starts, entries, strict=True)]
        self.rates[_PEER].append(len(entries) / (max(ends) - min(starts)))
        return len(entries) / took

    def bodies(self) -> list[Any]:
        """The bodies that schemathesis sent at last, as far as they are JSON."""
        found: list[Any] = []
        for entry in self._entries():
            try:
                found.append(json.loads(entry["request"].get("postData", {}).get("text", "")))
            except ValueError:
                continue
        return found

    def _entries(self) -> list[Any]:
        entries: list[Any] = json.loads(self._har.read_text("utf-8"))["log"]["entries"]
        return entries

    def _timed(self, *command: str) -> float:
        start = perf_counter()
        subprocess.run(command, check=False, capture_output=True, cwd=self._har.parent)
        return perf_counter() - start


def _full(shares: Sequence[float]) -> Rounds:
    return {_OURS: tuple(shares), _ALL: (1.0,) * len(shares)}


def _isolated(spec: Spec, operation: Operation, made: Plan, others: Sequence[Any]) -> Rounds:
    """How many constraints the bodies of a run break alone, among those that any request can."""
    all_there_are = {case.constraint for case in made.cases if case.isolates}
    alone = {told_of[0].rule for body in others if len(told_of := violations(spec, operation, body)) == 1}
    return {_PEER: (float(len(alone & all_there_are)),), _ALL: (float(len(all_there_are)),)}
