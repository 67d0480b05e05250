"""Contract tests of a whole operation against the fake: requests a second, and how much they show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
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
_COMMAND: Final = "safelight contract"
_ALL: Final = "all there are"

_HOW: Final = """\
- Contract suite: `safelight_testkit.contract` with four workers, its default: all requests of the operation, every
  answer judged, images decoded, links fetched. Requests for links count, as they are sent.
- Loop: one httpx2 client posts the same bodies one after another and looks at nothing.
- Whole command: `safelight contract SPEC --base-url ...`, from the start of the process to its end, and likewise
  schemathesis: `st run --continue-on-failure` with the OpenAPI document that the kit exports, otherwise its defaults.
  Requests are counted in its HAR report; by these it is also told what they show.
- All send to one fake, `safelight serve`, over a socket. The warm-up round has the fake draw its pictures once.
"""


def run() -> Row:
    """Measure."""
    spec, operation = first_api()
    work = workload(spec, Selection())
    with TemporaryDirectory() as folder:
        files = Path(folder)
        probe = small_requests()[0]
        files_for(files, probe)
        with started(FAKE, files, probe) as fake:
            url = f"http://127.0.0.1:{fake.port}/v1"
            shares: list[float] = []
            within: dict[str, Work] = {
                _OURS: partial(_suite, spec, work, url, shares.append),
                "httpx2 loop": partial(_loop, spec, work, url),
            }
            inside = interleave(within, _ROUNDS, measure=told, repeat=False)
            har = files / "schemathesis.har"
            sides: dict[str, Work] = {
                _COMMAND: partial(_command, work, url),
                "schemathesis": partial(_schemathesis, url, har),
            }
            whole = interleave(sides, _FEW, measure=told, repeat=False)
        isolated = _isolated(spec, operation, plan(spec, operation), _bodies(har))
    return Row(
        name="contract",
        title="Contract tests of a whole operation against the fake",
        how=_HOW,
        lines=(
            *lines("requests a second", inside, _OURS, {"httpx2 loop": at_least(0.6)}, "/s"),
            *lines("requests a second, whole command", whole, _COMMAND, {"schemathesis": at_least(10)}, "/s"),
            *lines("constraints isolated and borders hit", _full(shares), _OURS, {_ALL: at_least(1)}, ""),
            *lines("constraints that schemathesis isolates", isolated, "schemathesis", {_ALL: None}, ""),
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


def _command(work: Workload, url: str) -> float:
    command = [str(Path(sys.executable).with_name("safelight")), "contract", str(SPEC), "--base-url", url]
    start = perf_counter()
    subprocess.run([*command, "--api-key", "key"], check=False, capture_output=True)
    return len(work.trials) / (perf_counter() - start)


def _schemathesis(url: str, har: Path) -> float:
    command = [str(Path(sys.executable).with_name("st")), "run", str(_DOCUMENT), "--url", url]
    options = ["--header", "Authorization: Bearer key", "--continue-on-failure"]
    report = ["--report", "har", "--report-har-path", str(har)]
    start = perf_counter()
    subprocess.run([*command, *options, *report], check=False, capture_output=True, cwd=har.parent)
    took = perf_counter() - start
    return len(json.loads(har.read_text("utf-8"))["log"]["entries"]) / took


def _bodies(har: Path) -> list[Any]:
    """The bodies that were sent, as far as they are JSON."""
    found: list[Any] = []
    for entry in json.loads(har.read_text("utf-8"))["log"]["entries"]:
        text = entry["request"].get("postData", {}).get("text", "")
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def _full(shares: Sequence[float]) -> Rounds:
    return {_OURS: tuple(shares), _ALL: (1.0,) * len(shares)}


def _isolated(spec: Spec, operation: Operation, made: Plan, others: Sequence[Any]) -> Rounds:
    """How many constraints the bodies of a run break alone, among those that any request can."""
    all_there_are = {case.constraint for case in made.cases if case.isolates}
    alone = {told_of[0].rule for body in others if len(told_of := violations(spec, operation, body)) == 1}
    return {"schemathesis": (float(len(alone & all_there_are)),), _ALL: (float(len(all_there_are)),)}
