"""Contract tests of a whole operation against the fake: requests a second, and how much they show."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time
from typing import Any, Final

import httpx2

from safelight import Operation, Spec
from safelight.judging.interpret import violations
from safelight_testkit import Plan, plan
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.runner import Options
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.session import Session, conduct
from safelight_testkit.contract.trial import Call, call
from safelight_testkit.contract.wire import Wire
from safelight_testkit.contract.workload import Workload, workload
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.verdict import Answer, Received
from tests.benchmarks.corpus import SPEC, first_api
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Rounds, Work, interleave, told
from tests.benchmarks.profiles import Part, Profile
from tests.benchmarks.results import Row, at_least, lines
from tests.benchmarks.rows.serving import files_for, small_requests
from tests.benchmarks.servers import FAKE, Server, started

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
- The suite sends to a server on this machine over connections of its own, the loop through httpx2, which takes more
  processor time for its 199 requests than the suite takes for sending and judging 222. What bounds a run is the one
  thread that judges, makes requests and reads answers, beside the fake and the images on the other processor: it takes
  more than half of the time that the bare loop takes, and does all that the loop leaves out.
- No work is left out for it: of every image it is found out that it is a whole file. PNG files are inflated and their
  checksums and filters looked at; what is not right in every byte goes to Pillow, as all JPEG and WebP files do, and
  what it says counts. Tests hold both to the same verdicts on damaged files.
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
            profile = _profile(spec, work, url, fake)
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
        profiles=(profile,),
        machine=machine(),
        versions=versions("schemathesis", "httpx2", "hypothesis", "pillow", "zlib-ng"),
    )


class _Recording(Wire):
    """A wire that keeps what it sends, and what comes."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=120, base_url=url)
        self.sent: list[tuple[Call, Received]] = []

    async def send(self, call: Call) -> Received:
        """Send a call and receive its answer."""
        received = await super().send(call)
        self.sent.append((call, received))
        return received


def _beside_a_loop(spec: Spec, work: Workload, url: str, tell_share: Callable[[float], None]) -> dict[str, Work]:
    return {_OURS: partial(_suite, spec, work, url, tell_share), _LOOP: partial(_loop, spec, work, url)}


def _suite(spec: Spec, work: Workload, url: str, tell_share: Callable[[float], None]) -> float:
    start = perf_counter()
    report, wire = asyncio.run(_conducted(spec, work, url, Images()))
    took = perf_counter() - start
    tell_share(report.share)
    return len(wire.sent) / took


async def _conducted(spec: Spec, work: Workload, url: str, images: Images) -> tuple[Report, _Recording]:
    session = Session(spec=spec, options=Options(base_url=url, key="key"), images=images)
    async with _Recording(url) as wire:
        return await conduct(session, work, wire), wire


def _loop(spec: Spec, work: Workload, url: str) -> float:
    calls = [call(spec, trial, url, "key") for trial in work.trials]
    with httpx2.Client(timeout=60, trust_env=False) as client:
        start = perf_counter()
        for one in calls:
            client.request(one.verb, one.url, headers=list(one.headers), content=one.content)
        return len(calls) / (perf_counter() - start)


class _Timed(Images):
    """Looks into images, and keeps how long each took."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def begin(self, data: bytes) -> Callable[[], object] | None:
        """Begin to look into an image file."""
        finish = super().begin(data)
        return None if finish is None else partial(self._finish, finish)

    def _finish(self, finish: Callable[[], object]) -> None:
        start = thread_time()
        finish()
        self.seconds.append(thread_time() - start)


def _profile(spec: Spec, work: Workload, url: str, fake: Server) -> Profile:
    """Tell what the parts of a run take: those that can be done alone are, with what the run has sent and received."""
    parts: dict[str, list[float]] = {}
    for _ in range(_ROUNDS):
        before, start, images = fake.processor_seconds(), process_time(), _Timed()
        _, wire = asyncio.run(_conducted(spec, work, url, images))
        whole, served = process_time() - start, fake.processor_seconds() - before
        sending = _cost(lambda: asyncio.run(_sent(url, [call for call, _ in wire.sent])))  # noqa: B023 - used at once
        judging = _cost(lambda: _judged(spec, work, url, dict(wire.sent), images))  # noqa: B023 - as above
        looking = sum(images.seconds)
        parts.setdefault("looking into images, in threads", []).append(looking)
        parts.setdefault("sending and receiving", []).append(sending)
        parts.setdefault("judging the answers", []).append(judging)
        parts.setdefault("tasks, threads, results and the report", []).append(whole - looking - sending - judging)
        parts.setdefault("the fake, in a process of its own", []).append(served)
    return Profile(
        what="a run of the suite",
        how="Processor time, on all processors. Sending and judging are done again by themselves; the rest is what they"
        " and the images leave of the whole.",
        unit="s",
        parts=tuple(Part(name, median(costs)) for name, costs in parts.items()),
    )


def _cost(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


async def _sent(url: str, calls: Iterable[Call]) -> None:
    """Send calls, four at a time, and do nothing with what comes."""
    queue = iter(calls)

    async def worker(wire: Wire) -> None:
        for one in queue:
            await wire.send(one)

    async with Wire(timeout=120, base_url=url) as wire, asyncio.TaskGroup() as group:
        for _ in range(Options(base_url=url).workers):
            group.create_task(worker(wire))


def _judged(spec: Spec, work: Workload, url: str, received: dict[Call, Received], images: Images) -> None:
    """Judge the answers of a run again, whose images were looked into."""
    judges = {name: Judge(spec, operation, images=images) for name, operation in spec.operations.items()}
    fetched = {call.url: answer for call, answer in received.items() if call.verb == "GET"}
    for trial in work.trials:
        answer = received[call(spec, trial, url, "key")]
        if isinstance(answer, Answer):
            judges[trial.operation].read(trial.body, answer).conclude(images, fetched)


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
