"""The runner: sends the trials of a workload, several at a time, and judges what comes back.

It knows no HTTP library: it is given something that sends.  A run always ends with a result for every trial, however it
ended: what was not sent says why, so an interrupted run has a report, and can be resumed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Protocol

from safelight.model import Spec
from safelight_testkit.contract.result import Result, Thumbnail, Verdict, excerpt
from safelight_testkit.contract.retry import Retries
from safelight_testkit.contract.thumbnails import thumbnails
from safelight_testkit.contract.trial import Call, Key, Trial, Twist, call
from safelight_testkit.judging.judge import Judge, Judgement
from safelight_testkit.judging.verdict import Answer, Finding, Received, Severity

__all__ = ["CannotRun", "Ended", "Options", "Runner", "Sender"]


class CannotRun(Exception):
    """The first request shows that no other would be judged: wrong address, wrong key."""


class Sender(Protocol):
    """What sends calls."""

    async def send(self, call: Call) -> Received:
        """Send a call and receive its answer; what goes wrong is a value, never an exception."""
        ...

    async def fetch(self, url: str) -> Received:
        """Fetch what a link leads to, without a key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is done.

    Attributes:
        base_url: Where the server is, as in ``http://127.0.0.1:8080/v1``.
        key: The API key.
        workers: How many requests are under way at once.
        budget: USD that may be spent, by the spec's prices; None for no limit.
        paid: Whether answers with images cost money.
        retries: How requests are repeated.
        pictures: Of how many images in one answer small copies are kept.
        ignore: Patterns of the kinds of findings that are left out.
    """

    base_url: str
    key: str = ""
    workers: int = 4
    budget: float | None = None
    paid: bool = False
    retries: Retries = field(default_factory=Retries)
    pictures: int = 0
    ignore: tuple[str, ...] = ()


@dataclass(slots=True)
class Ended:
    """How a run ended.

    Attributes:
        results: One for every trial, in their order.
        interrupted: Whether somebody stopped it.
    """

    results: list[Result] = field(default_factory=list[Result])
    interrupted: bool = False


class Runner:
    """Sends trials and judges what comes back.

    Args:
        spec: The spec.
        judges: One for each operation, by its name.
        sender: What sends.
        options: How the run is done.
        tell: Is told of every result as it comes.
        sleep: Waits for seconds; a test need not.

    Attributes:
        links: One link to an image from each answer that had some, by the number of the trial.
    """

    def __init__(
        self,
        spec: Spec,
        judges: Mapping[str, Judge],
        sender: Sender,
        options: Options,
        *,
        tell: Callable[[Result], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spec = spec
        self._judges = judges
        self._sender = sender
        self._options = options
        self._tell = tell
        self._sleep = sleep
        self.links: dict[int, str] = {}
        self._spent = 0.0
        self._bound = 0.0  # what requests under way may cost
        self._resting: asyncio.Task[None] | None = None

    @property
    def spent(self) -> float:
        """What the run is estimated to have cost so far, in USD."""
        return self._spent

    async def run(self, trials: Sequence[Trial], known: Mapping[str, Result] | None = None) -> Ended:
        """Send *trials*.

        Args:
            trials: What to send; the first that is refused by its body goes first and alone.
            known: Results of an earlier run by the digests of their trials; these are not sent again.

        Raises:
            CannotRun: The first request shows that no other would be judged.
        """
        known = known or {}
        done = {trial.number: replace(known[trial.digest], trial=trial) for trial in trials if trial.digest in known}
        self._spent += sum(result.usd for result in done.values())
        waiting = [trial for trial in trials if trial.number not in done]
        interrupted = False
        try:
            scout = next((trial for trial in waiting if trial.refused and trial.twist is None), None)
            if scout is not None:
                waiting.remove(scout)
                done[scout.number] = await self._scout(scout)
            await self._work(waiting, done)
        except asyncio.CancelledError:
            interrupted = True
            _go_on()
        finally:
            if self._resting is not None:
                self._resting.cancel()
        results = [done.get(trial.number) or Result(trial=trial, why="the run was interrupted") for trial in trials]
        return Ended(results, interrupted)

    async def _scout(self, trial: Trial) -> Result:
        result = await self.attempt(trial)
        lost = [finding for finding in result.findings if finding.kind in {"outage.connection", "outage.access"}]
        if lost:
            raise CannotRun(self._explained(lost[0]))
        if result.status in {404, 405} and any(one.kind == "refusal.status" for one in result.findings):
            raise CannotRun(
                f"the answer is {result.status}: there is no such call at {self._options.base_url};"
                f" the spec's own base URL is {' or '.join(self._spec.servers)}"
            )
        return result

    def _explained(self, lost: Finding) -> str:
        """Say what stands in the way of the first request, and of all others."""
        if lost.kind == "outage.connection":
            return f"{self._options.base_url} cannot be reached: {lost.message}"
        return f"{self._options.base_url} does not let the key in ({self._spec.key_variable}): {lost.message}"

    async def _work(self, waiting: Sequence[Trial], done: dict[int, Result]) -> None:
        """Let workers take trials from a common queue until it is empty."""
        queue = iter(waiting)

        async def worker() -> None:
            for trial in queue:
                done[trial.number] = await self.attempt(trial)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._options.workers, len(waiting))):
                group.create_task(worker())

    async def attempt(self, trial: Trial) -> Result:
        """Send one trial, as often as it takes, within the budget."""
        bound = (trial.risk if trial.refused else trial.usd) or 0.0
        if self._options.budget is not None and self._spent + self._bound + bound > self._options.budget:
            result = Result(trial=trial, why="the budget is spent")
            self._tell(result)
            return result
        self._bound += bound
        try:
            result = await self._exchange(trial)
        finally:
            self._bound -= bound
        self._spent += result.usd
        self._tell(result)
        return result

    async def _exchange(self, trial: Trial) -> Result:
        request = call(self._spec, trial, self._options.base_url, self._options.key)
        costs = self._options.paid and not trial.refused
        tries, received = 1, await self._send(request)
        judgement = self._judge(trial, received)
        while (pause := self._pause(judgement, received, tries, costs=costs)) is not None:
            await self._rest(pause, together=isinstance(received, Answer))
            tries, received = tries + 1, await self._send(request)
            judgement = self._judge(trial, received)
        if judgement.links and isinstance(received, Answer):
            links = {url: await self._fetched(url) for url in judgement.links}
            judgement = self._judge(trial, replace(received, links=links))
            self.links[trial.number] = judgement.links[0]
        return self._result(trial, received, judgement, tries)

    async def _fetched(self, url: str) -> Received:
        """Fetch what a link leads to; that costs nothing, however often it is done."""
        tries, received = 1, await self._sender.fetch(url)
        while (pause := self._options.retries.pause(received, tries, costs=False)) is not None:
            await self._rest(pause, together=isinstance(received, Answer))
            tries, received = tries + 1, await self._sender.fetch(url)
        return received

    async def _send(self, request: Call) -> Received:
        while self._resting is not None and not self._resting.done():
            await asyncio.shield(self._resting)
        return await self._sender.send(request)

    def _pause(self, judgement: Judgement, received: Received, tries: int, *, costs: bool) -> float | None:
        """How long to wait before sending again; a failure that the spec asks for is none."""
        if not any(one.severity is Severity.OUTAGE or one.kind == "stream.cut" for one in judgement.findings):
            return None
        return self._options.retries.pause(received, tries, costs=costs)

    async def _rest(self, pause: float, *, together: bool) -> None:
        """Wait; after an answer that asks for it, everybody does."""
        if not together:
            await self._sleep(pause)
            return
        resting = self._resting

        async def rest() -> None:
            if resting is not None:
                await asyncio.wait([resting])
            await self._sleep(pause)

        self._resting = asyncio.create_task(rest())
        await asyncio.shield(self._resting)

    def _judge(self, trial: Trial, received: Received) -> Judgement:
        """Judge an answer, without the kinds of findings that nobody wants."""
        judgement = self._judged(trial, received)
        ignore = self._options.ignore
        if not ignore:
            return judgement
        kept = (one for one in judgement.findings if not any(fnmatchcase(one.kind, pattern) for pattern in ignore))
        return replace(judgement, findings=tuple(kept))

    def _judged(self, trial: Trial, received: Received) -> Judgement:
        judge, twist = self._judges[trial.operation], trial.twist
        if twist is None:
            return judge.judge(trial.body, received)
        if not twist.kind:
            return _let_in(judge.judge(trial.body, received), twist)
        judgement = judge.judge_transport(twist.kind, twist.constraint, received)
        if twist.key is not Key.WRONG or not _has_faults(judgement):
            return judgement
        if any(one.severity is not Severity.NOTE for one in judge.judge(trial.body, received).findings):
            return judgement
        note = Finding(kind="access.key", constraint=twist.constraint, message="a key that nobody gave out is let in")
        return Judgement((note,))

    def _result(self, trial: Trial, received: Received, judgement: Judgement, tries: int) -> Result:
        answer = received if isinstance(received, Answer) else Answer(status=0, seconds=received.seconds)
        result = Result(
            trial=trial,
            findings=judgement.findings,
            status=answer.status,
            media_type=answer.media_type,
            seconds=answer.seconds,
            tries=tries,
            usd=(trial.risk or 0.0) if 200 <= answer.status < 300 else 0.0,
            pictures=self._pictures(judgement),
        )
        return result if result.verdict is Verdict.PASSED else replace(result, answer=excerpt(received))

    def _pictures(self, judgement: Judgement) -> tuple[Thumbnail, ...]:
        return thumbnails(judgement.pictures[-self._options.pictures :]) if self._options.pictures else ()


def _let_in(judgement: Judgement, twist: Twist) -> Judgement:
    """Tell of a key that is good in its usual header, as the first request has shown, and not in another one."""
    (*_, last) = judgement.findings or (None,)
    if last is None or last.kind != "outage.access":
        return judgement
    message = f"the key is not taken where the spec says that it may be: {last.message}"
    return Judgement((Finding(kind="access.header", constraint=twist.constraint, message=message, got=last.got),))


def _has_faults(judgement: Judgement) -> bool:
    return any(one.severity is Severity.FAULT for one in judgement.findings)


def _go_on() -> None:
    """Let this task await again after it was cancelled: an interrupted run still closes its connections and reports."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
