"""The contract suite in pieces: for each constraint, the requests that show whether a server enforces it.

A run of `safelight contract` sends all of its requests at once; a test runner wants tests, which can be chosen,
distributed and repeated one by one.  So each constraint sends the requests that are about it, and what one request has
shown is kept for the next constraint that it is about.  What is wrong with an image is a matter of no constraint: the
answers to all valid requests of an operation are a topic of their own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from safelight.judging.interpret import DOCUMENTED
from safelight.model import Constraint, Rule, Spec
from safelight.vocabulary.index import identified
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.runner import CannotRun, Options, Runner
from safelight_testkit.contract.trial import Trial, call
from safelight_testkit.contract.wire import Wire
from safelight_testkit.contract.workload import Workload, shown
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.verdict import FINDINGS, Finding, Severity

if TYPE_CHECKING:
    import httpx2

__all__ = ["Outcome", "Suite", "Topic"]

_TIMEOUT: Final = 120.0  # Seconds for one request; images take their time.


@dataclass(frozen=True, slots=True)
class Topic:
    """What some requests are about.

    Attributes:
        name: The id of a constraint, or the name of an operation.
        answers: Whether it is the answers of the operation.
    """

    name: str
    answers: bool = False

    def __str__(self) -> str:
        """Name it as a parametrised test is named."""
        return f"{'answers' if self.answers else 'enforces'}[{self.name}]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the requests about one topic.

    Attributes:
        faults: What the server does otherwise than the spec says, each with the request that shows it.
        outages: Requests that were sent and not judged, each with the reason.
        unsent: Why requests were not sent.
    """

    faults: tuple[tuple[Finding, Result], ...]
    outages: tuple[tuple[Finding, Result], ...]
    unsent: tuple[str, ...]


class Suite:
    """Contract tests of one server.

    Args:
        spec: The spec.
        work: The requests.
        options: Where the server is and how it is called.
        as_of: The day whose state of the API is meant.
        basis: Which constraints count.
        transport: What carries the requests; a network by default.

    Attributes:
        topics: Everything that requests are about, in the order in which they are sent.
        stopped: Why nothing can be tested; empty as long as that is not known.
    """

    def __init__(
        self,
        spec: Spec,
        work: Workload,
        options: Options,
        *,
        as_of: date | None = None,
        basis: Collection[str] = DOCUMENTED,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.stopped = ""
        # Without a factory, it would take the place of the event loop that other tests may be about to use.
        self._loop = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._open = AsyncExitStack()
        self._runner: Runner | None = None
        self._spec = spec
        self._transport = transport
        self._work = work
        self._options = options
        images = Images()
        self._judges = {
            name: Judge(spec, operation, as_of=as_of, basis=basis, images=images)
            for name, operation in spec.operations.items()
        }
        self._known: dict[str, Result] = {}
        self._constraints = {
            name: one for operation in spec.operations.values() for name, one in identified(operation).items()
        }
        about = dict.fromkeys(name for trial in work.trials for name in trial.constraints)
        answered = dict.fromkeys(trial.operation for trial in work.trials if not trial.refused)
        self.topics = (*map(Topic, about), *(Topic(name, answers=True) for name in answered))

    def run(self, topic: Topic) -> Outcome:
        """Send what is about one of the topics, and judge the answers.

        Raises:
            CannotRun: The very first request shows that no other would be judged.
        """
        if self.stopped:
            raise CannotRun(self.stopped)
        try:
            return self._loop.run(self._run(topic))
        except CannotRun as error:
            self.stopped = str(error)
            raise

    def text(self, topic: Topic, outcome: Outcome) -> str:
        """Write for people what is wrong, with the requests that show it."""
        one = self._constraints.get(topic.name)
        head = f"{topic.name}: {one.requirement}" if isinstance(one, Constraint | Rule) else topic.name
        lines = [head, *self._told(outcome.faults)]
        if outcome.outages:
            lines += ["Not judged:", *self._told(outcome.outages)]
        return "\n".join(lines)

    def close(self) -> None:
        """Close all connections."""
        self._loop.run(self._open.aclose())
        self._loop.close()

    async def _run(self, topic: Topic) -> Outcome:
        runner = self._runner = self._runner or await self._started()
        whole = await self._sent(runner, self._trials(topic))
        parts = await self._sent(runner, self._parts(topic, whole))
        return _outcome(topic, whole, parts)

    async def _started(self) -> Runner:
        """Find out if answers can be judged at all, with the first request that is refused by its body: it is free."""
        wire = Wire(timeout=_TIMEOUT, transport=self._transport, base_url=self._options.base_url)
        runner = Runner(self._spec, self._judges, await self._open.enter_async_context(wire), self._options)
        first = next((trial for trial in self._work.trials if trial.refused and trial.twist is None), None)
        if first is not None:
            ended = await runner.run((first,))
            self._known[first.digest] = ended.results[0]
        return runner

    async def _sent(self, runner: Runner, trials: Iterable[Trial]) -> list[Result]:
        """Send what has not been sent before, several at a time."""
        gate = asyncio.Semaphore(self._options.workers)
        wanted = tuple(trials)

        async def result(trial: Trial) -> Result:
            async with gate:
                return await runner.attempt(trial)

        unsent = {trial.digest: trial for trial in wanted if trial.digest not in self._known}
        results = dict(zip(unsent, await asyncio.gather(*map(result, unsent.values())), strict=True))
        self._known |= {digest: one for digest, one in results.items() if one.verdict is not Verdict.UNSENT}
        return [replace((results | self._known)[trial.digest], trial=trial) for trial in wanted]

    def _trials(self, topic: Topic) -> Iterator[Trial]:
        for trial in self._work.trials:
            if topic.answers:
                if trial.operation == topic.name and not trial.refused:
                    yield trial
            elif topic.name in trial.constraints:
                yield trial

    def _parts(self, topic: Topic, results: Sequence[Result]) -> Iterator[Trial]:
        """Take refused requests apart that stand for many cases, so that the right constraint is blamed."""
        for result in results:
            trial = result.trial
            if len(trial.shows) > 1 and any(fault.kind == "refuses" for fault in result.faults):
                for one in trial.shows:
                    if topic.answers or one.constraint == topic.name:
                        case = self._work.cases[one.case]
                        yield replace(trial, body=case.body, shows=(shown(case),), follows=trial.number)

    def _told(self, found: Iterable[tuple[Finding, Result]]) -> Iterator[str]:
        """Tell each finding once, with the first request that shows it."""
        told: set[tuple[str, str]] = set()
        for finding, result in found:
            key = finding.kind, finding.message
            if key in told:
                continue
            told.add(key)
            request = call(self._spec, result.trial, self._options.base_url, "")
            yield f"  {FINDINGS[finding.kind].title}: {finding.message}"
            yield f"    {request.verb} {request.url}"
            yield f"    {json.dumps(result.trial.body, ensure_ascii=False)}"
            if result.status:
                yield f"    was answered {result.status}"
                yield from (f"      {line}" for line in result.answer.splitlines())


def _outcome(topic: Topic, whole: Sequence[Result], parts: Sequence[Result]) -> Outcome:
    results = (*whole, *parts)
    explained = {result.trial.follows for result in parts if any(one.kind == "refuses" for one in result.faults)}
    return Outcome(
        faults=tuple(
            (fault, result)
            for result in results
            for fault in result.faults
            if _belongs(fault, result, topic, explained)
        ),
        outages=tuple(
            (one, result)
            for result in results
            if result.verdict is Verdict.OUTAGE
            for one in result.findings
            if one.severity is Severity.OUTAGE
        ),
        unsent=tuple(dict.fromkeys(result.why for result in results if result.verdict is Verdict.UNSENT)),
    )


def _belongs(fault: Finding, result: Result, topic: Topic, explained: Collection[int]) -> bool:
    """Whether a fault is one of a topic: each fault of a server is one of some topic, and seldom of several."""
    trial = result.trial
    if trial.refused:
        return fault.constraint in {topic.name, ""}
    if fault.kind != "refuses":
        return topic.answers
    if len(trial.shows) == 1:
        return trial.shows[0].constraint == topic.name
    return topic.answers and trial.number not in explained
