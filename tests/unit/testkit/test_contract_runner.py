"""The runner: what is sent, how often, within which budget, and what becomes of a run that is stopped."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from safelight import load
from safelight_testkit.contract.archive import BrokenArchive, Progress, read_report, report_text
from safelight_testkit.contract.page import page_text
from safelight_testkit.contract.report import Report, exit_code
from safelight_testkit.contract.result import Result, Verdict, excerpt
from safelight_testkit.contract.retry import Retries
from safelight_testkit.contract.runner import Options
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.session import Session, conduct
from safelight_testkit.contract.terminal import summary_text
from safelight_testkit.contract.trial import Call
from safelight_testkit.contract.wire import is_loopback
from safelight_testkit.contract.workload import Workload, workload
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.verdict import Answer, Ended, NoAnswer, Received
from tests.unit.testkit.honest import honest

ROOT = Path(__file__).parents[3]
TTAPI = load(ROOT / "spec" / "ttapi-images.yaml")
SOME = workload(TTAPI, Selection(models=("dall-e-2",), only=("generate.n.*", "generate.body.type"), skip=("*.auth.*",)))


class Scripted:
    """A sender that asks a function; by default the answers are honest."""

    def __init__(self, answer: Callable[[Call], Received | None] = lambda _: None) -> None:
        self.calls: list[Call] = []
        self.waits: list[float] = []
        self._answer = answer

    async def send(self, call: Call) -> Received:
        """Answer a call."""
        self.calls.append(call)
        await asyncio.sleep(0)
        return self._answer(call) or honest(TTAPI, json.loads(call.content))

    async def fetch(self, url: str) -> Received:
        """Answer as the server of a link that is always there."""
        for answer in (honest(TTAPI, trial.body) for trial in SOME.trials):
            if url in answer.links:
                return answer.links[url]
        return Answer(status=404)

    async def sleep(self, seconds: float) -> None:
        """Note how long to wait."""
        self.waits.append(seconds)
        await asyncio.sleep(0)


def run(
    sender: Scripted,
    work: Workload = SOME,
    known: dict[str, Result] | None = None,
    tell: Callable[[Result], None] = lambda _: None,
    **options: Any,  # noqa: ANN401 - options of a run
) -> Report:
    """Run a workload with a scripted sender."""
    given = Options(base_url="http://127.0.0.1/v1", key="k", **options)
    session = Session(spec=TTAPI, options=given)
    return asyncio.run(conduct(session, work, sender, known=known, tell=tell, sleep=sender.sleep))


def test_every_request_is_sent_once_and_judged() -> None:
    """An honest server passes."""
    sender = Scripted()

    report = run(sender)

    assert len(sender.calls) == len(SOME.trials) == len(report.results)
    assert {result.verdict for result in report.results} == {Verdict.PASSED}
    assert exit_code(report) == 0


def test_what_is_refused_by_its_body_goes_first_and_alone() -> None:
    """It costs nothing, and shows whether anything would be judged."""
    sender = Scripted()
    run(sender)

    first = json.loads(sender.calls[0].content)
    assert first == next(trial.body for trial in SOME.trials if trial.refused and trial.twist is None)


# --- budget ---


@pytest.mark.parametrize("workers", [1, 8])
def test_a_budget_is_kept_whatever_is_under_way(workers: int) -> None:
    """What may cost more than is left is not sent; what was not sent says so, and the run is no success."""
    report = run(Scripted(), budget=0.1, workers=workers, paid=True)

    unsent = report.of(Verdict.UNSENT)
    assert report.usd <= 0.1
    assert {result.why for result in unsent} == {"the budget is spent"}
    assert all(result.trial.usd for result in unsent if not result.trial.refused)
    assert exit_code(report) == 1


def test_a_budget_counts_what_a_server_accepts_although_it_should_not() -> None:
    """A server that refuses nothing spends the money all the same."""
    drawn = honest(TTAPI, {"model": "dall-e-2", "prompt": "a fox"})
    work = workload(TTAPI, Selection(models=("gpt-image-1",), only=("generate.prompt.max_length",), refused_only=True))

    report = run(Scripted(lambda _: drawn), work, paid=True)

    assert report.usd == pytest.approx(sum(trial.risk or 0 for trial in work.trials))
    assert report.usd > 0
    assert run(Scripted(lambda _: drawn), work, budget=0.0, paid=True).of(Verdict.PASSED) == ()


# --- retries ---


def test_waits_grow_and_what_the_server_asks_for_comes_first() -> None:
    """Half a second, one, two; or as long as the answer says."""
    failing, asking = Answer(status=500), Answer(status=429, headers=(("Retry-After", "7"),))

    plain = Scripted(lambda _: failing)
    asked = Scripted(lambda _: asking)
    one = replace(SOME, trials=SOME.trials[-1:])
    run(plain, one)
    run(asked, one)

    assert (plain.waits, asked.waits) == ([0.5, 1.0, 2.0], [7.0, 7.0, 7.0])


COSTLY: list[tuple[Received, bool, bool]] = [
    (Answer(status=429), True, True),
    (Answer(status=503), True, True),
    (Answer(status=500), True, False),
    (Answer(status=500), False, True),
    (Answer(status=200, ended=Ended.CUT), True, False),
    (Answer(status=200, ended=Ended.CUT), False, True),
    (Answer(status=200, ended=Ended.LATE), False, False),
    (NoAnswer(late=False, why="refused", sent=False), True, True),
    (NoAnswer(late=False, why="reset"), True, False),
    (NoAnswer(late=False, why="reset"), False, True),
    (NoAnswer(late=True, why="late"), False, False),
    (Answer(status=400), False, False),
]


@pytest.mark.parametrize(("received", "costs", "again"), COSTLY)
def test_what_may_have_been_billed_is_not_sent_again(received: Received, costs: bool, again: bool) -> None:
    """Nothing is paid twice, and nothing that was surely not billed is given up at once."""
    assert (Retries().pause(received, 1, costs=costs) is not None) is again


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ((("retry-after-ms", "1500"),), 1.5),
        ((("retry-after", "2.5"),), 2.5),
        ((("retry-after", "1000"),), None),
        ((("retry-after", "soon"),), 0.5),
        ((("retry-after", "-1"),), 0.5),
        ((("retry-after", "9" * 400),), 0.5),
        ((("retry-after", "٣"),), 0.5),
    ],
)
def test_what_a_server_asks_for_is_read_with_care(headers: tuple[tuple[str, str], ...], pause: float | None) -> None:
    """Nonsense counts as nothing, and too long a wait as no other attempt."""
    assert Retries().pause(Answer(status=429, headers=headers), 1, costs=True) == pause


# --- stopping and going on ---


def test_an_interrupted_run_has_a_report_of_what_was_done() -> None:
    """Ctrl-C stops the sending and not the telling."""

    def interrupt(call: Call) -> None:
        if json.loads(call.content) and len(sender.calls) == 4:
            os.kill(os.getpid(), signal.SIGINT)

    sender = Scripted(interrupt)

    report = run(sender, workers=1)

    done = [result for result in report.results if result.tries]
    assert report.interrupted
    assert 0 < len(done) < len(report.results) == len(SOME.trials)
    assert {result.why for result in report.of(Verdict.UNSENT)} == {"the run was interrupted"}


def test_what_was_under_way_when_a_run_was_stopped_is_told(tmp_path: Path) -> None:
    """Sent is sent, and may be billed: it is no request that was never sent, and counts as what it may have cost."""
    drawn = next(trial for trial in SOME.trials if not trial.refused)
    waiting: list[Call] = []

    class Stuck(Scripted):
        async def send(self, call: Call) -> Received:
            if json.loads(call.content) != drawn.body:
                return await super().send(call)
            waiting.append(call)
            asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
            raise AssertionError

    kept = Progress(str(tmp_path / "run.jsonl"), {})
    report = run(Stuck(), workers=2, tell=kept.add)
    kept.close()

    (stopped,) = report.of(Verdict.OUTAGE)
    assert report.interrupted
    assert stopped.trial == drawn
    assert (stopped.tries, [one.kind for one in stopped.findings], stopped.usd) == (1, ["outage.stopped"], drawn.usd)
    assert drawn.digest not in kept.known()
    assert "1 request: #" in summary_text(report)
    assert "the run was stopped before the answer came" in page_text(report)
    assert read_report(written(tmp_path, report)).of(Verdict.OUTAGE) == (stopped,)


def written(folder: Path, report: Report) -> str:
    """The path of a report that was written as JSON."""
    path = folder / "report.json"
    path.write_text(report_text(report), "utf-8")
    return str(path)


def test_an_answer_that_came_before_a_run_was_stopped_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its image is looked into even if that had not been done; what was paid for is not thrown away."""
    drawn = next(trial for trial in SOME.trials if not trial.refused)
    begin = Images.begin

    def interrupting(images: Images, data: bytes) -> Callable[[], object] | None:
        rest = begin(images, data)

        def decode() -> None:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.3)
            if rest is not None:
                rest()

        return decode

    monkeypatch.setattr(Images, "begin", interrupting)
    report = run(Scripted(), replace(SOME, trials=(drawn,)))

    assert report.interrupted
    assert [result.verdict for result in report.results] == [Verdict.PASSED]


def test_a_run_that_is_stopped_while_failures_are_taken_apart_keeps_what_that_has_shown() -> None:
    """Each part that was sent is in the report, and so is the one that was under way."""
    work = workload(TTAPI, Selection(models=("gpt-image-1",)))
    packed = max(work.trials, key=lambda trial: len(trial.shows))
    refused = Answer(status=400, headers=(("content-type", "application/json"),), body=b"{}")

    class Refusing(Scripted):
        async def send(self, call: Call) -> Received:
            self.calls.append(call)
            if len(self.calls) < 4:
                return refused
            asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
            raise AssertionError

    report = run(Refusing(), replace(work, trials=(packed,)), workers=1)

    assert report.interrupted
    assert [result.trial.follows for result in report.results] == [0, *[packed.number] * 3]
    assert [result.verdict for result in report.results] == [*[Verdict.FAILED] * 3, Verdict.OUTAGE]


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """What is in the file is not sent again; what was not judged is, and then is in the file as well."""
    path, identity = str(tmp_path / "run.jsonl"), {"spec": TTAPI.digest}
    first = Progress(path, identity)
    failing = SOME.trials[-1].body
    run(
        Scripted(lambda call: Answer(status=500) if json.loads(call.content) == failing else None),
        replace(SOME, trials=SOME.trials[2:]),
        tell=first.add,
    )
    first.close()
    with Path(path).open("a", encoding="utf-8") as file:
        file.write('{"trial": {"num')  # the machine went down

    second = Progress(path, identity)
    sender = Scripted()
    report = run(sender, known=dict(second.known()), tell=second.add)
    second.close()

    sent = [json.loads(call.content) for call in sender.calls]
    assert sorted(map(json.dumps, sent)) == sorted(
        json.dumps(trial.body) for trial in (*SOME.trials[:2], SOME.trials[-1])
    )
    assert {result.verdict for result in report.results} == {Verdict.PASSED}
    assert [result.trial for result in report.results] == [*SOME.trials]
    assert Progress(path, identity).known().keys() == {trial.digest for trial in SOME.trials}


def test_a_result_whose_line_was_not_ended_is_kept(tmp_path: Path) -> None:
    """All of it was written but the end of the line."""
    path = tmp_path / "run.jsonl"
    for trial in SOME.trials[:2]:
        progress = Progress(str(path), {})
        run(Scripted(), replace(SOME, trials=(trial,)), tell=progress.add)
        progress.close()
        path.write_text(path.read_text("utf-8").removesuffix("\n"), "utf-8")

    assert Progress(str(path), {}).known().keys() == {trial.digest for trial in SOME.trials[:2]}


def test_a_file_of_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    """Results of another spec or server are no results of this one."""
    path = str(tmp_path / "run.jsonl")
    other = Progress(path, {"base_url": "http://a/v1"})
    run(Scripted(), replace(SOME, trials=SOME.trials[:1]), tell=other.add)
    other.close()

    with pytest.raises(BrokenArchive, match=r'another base_url: "http://a/v1", and not "http://b/v1"'):
        Progress(path, {"base_url": "http://b/v1"}).known()


@pytest.mark.parametrize("text", ["hello", "[]", '{"safelight_run": 2}', '{"safelight_run": 1}\n{\n{}', "\xff"])
def test_a_file_that_is_no_run_gets_a_sentence(tmp_path: Path, text: str) -> None:
    """Nothing is overwritten that somebody else wrote."""
    path = tmp_path / "notes.txt"
    path.write_text(text, "latin-1")

    with pytest.raises(BrokenArchive, match=r"notes\.txt"):
        Progress(str(path), {}).known()


# --- details ---


@pytest.mark.parametrize(
    ("url", "mine"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://localhost/v1", True),
        ("http://fake.localhost/v1", True),
        ("http://[::1]:80/v1", True),
        ("http://127.0.0.1.example.com/v1", False),
        ("https://api.ttapi.io/v1", False),
        ("http://10.0.0.1/v1", False),
        ("http://[bad/v1", False),
        ("", False),
    ],
)
def test_only_this_machine_is_surely_free(url: str, mine: bool) -> None:
    """Any other host may send a bill."""
    assert is_loopback(url) is mine


def test_an_excerpt_leaves_out_images_and_the_end_of_what_is_long() -> None:
    """A report shows what people can read."""
    image = honest(TTAPI, {"model": "gpt-image-1", "prompt": "a fox"})
    text = excerpt(image)

    assert "characters)" in text
    assert len(text) < 1000
    assert len(excerpt(Answer(status=200, body=b"a b " * 10_000))) == 4001
    assert excerpt(Answer(status=200, body=b"\xff<html>")) == "\\xff<html>"
