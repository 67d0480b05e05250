"""The runner: sends the trials of a workload, several at a time, and judges what comes back.

It knows no HTTP library: it is given something that sends.  A run always ends with a result for every trial, however it
ended: what was not sent says why, so an interrupted run has a report, and can be resumed.

Looking into images is a third of the work against a fast server.  It is done by threads, which decode without holding
up Python, while the next requests are under way.  Results are those of one request after the other, in that order.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final, Protocol

from safelight.model import Spec
from safelight_testkit.contract.in_hand import Exchange, InHand
from safelight_testkit.contract.result import Result, Thumbnail, Verdict, excerpt
from safelight_testkit.contract.retry import Retries
from safelight_testkit.contract.thumbnails import thumbnails
from safelight_testkit.contract.trial import Call, Key, Trial, Twist, call
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.reading import Judgement, Reading
from safelight_testkit.judging.verdict import Answer, Finding, Received, Severity

__all__ = ["CannotRun", "Ended", "Options", "Runner", "Sender"]

_IN_HAND: Final = 2
"""So many times as many requests are in hand as are under way: the others are being judged."""

_VIEWERS: Final = min(4, os.cpu_count() or 1)
"""How many images are decoded at once; four of the largest fill a gigabyte."""


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
        stopped: The results of trials that were in hand when the run was stopped, by their numbers.
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
        self.stopped: dict[int, Result] = {}
        self._spent = 0.0
        self._bound = 0.0  # what requests under way may cost
        self._under_way = asyncio.Semaphore(options.workers)
        self._in_hand = asyncio.Semaphore(_IN_HAND * options.workers)
        self._viewers = asyncio.Semaphore(_VIEWERS)
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
            done |= self.stopped
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
            for _ in range(min(_IN_HAND * self._options.workers, len(waiting))):
                group.create_task(worker())

    async def attempt(self, trial: Trial) -> Result:
        """Send one trial, as often as it takes, within the budget, and judge the answer."""
        in_hand = InHand(trial)
        async with self._in_hand:
            try:
                async with self._under_way:
                    await self._afforded(in_hand)
                if in_hand.exchange is not None:
                    await self._look(self._images(trial), in_hand.exchange.reading.files(in_hand.exchange.fetched))
            except asyncio.CancelledError:
                if in_hand.tries:
                    self.stopped[trial.number] = result = self._result(in_hand)
                    self._tell(result)
                raise
        result = self._result(in_hand)
        self._tell(result)
        return result

    async def _afforded(self, in_hand: InHand) -> None:
        """Send a trial if what it may cost is left of the budget."""
        trial = in_hand.trial
        bound = (trial.risk if trial.refused else trial.usd) or 0.0
        if self._options.budget is not None and self._spent + self._bound + bound > self._options.budget:
            return
        self._bound += bound
        try:
            in_hand.exchange = await self._exchange(in_hand)
        finally:
            self._bound -= bound
        self._spent += in_hand.usd

    async def _exchange(self, in_hand: InHand) -> Exchange:
        trial = in_hand.trial
        request = call(self._spec, trial, self._options.base_url, self._options.key)
        costs = self._options.paid and not trial.refused
        received = await self._send(request, in_hand)
        reading = self._read(trial, received)
        while (pause := self._pause(reading, received, in_hand.tries, costs=costs)) is not None:
            await self._rest(pause, together=isinstance(received, Answer))
            received = await self._send(request, in_hand)
            reading = self._read(trial, received)
        fetched = {url: await self._fetched(url) for url in reading.links}
        if fetched:
            self.links[trial.number] = reading.links[0]
        return Exchange(received, reading, fetched)

    async def _fetched(self, url: str) -> Received:
        """Fetch what a link leads to; that costs nothing, however often it is done."""
        tries, received = 1, await self._sender.fetch(url)
        while (pause := self._options.retries.pause(received, tries, costs=False)) is not None:
            await self._rest(pause, together=isinstance(received, Answer))
            tries, received = tries + 1, await self._sender.fetch(url)
        return received

    async def _send(self, request: Call, in_hand: InHand) -> Received:
        while self._resting is not None and not self._resting.done():
            await asyncio.shield(self._resting)
        in_hand.tries += 1
        return await self._sender.send(request)

    def _pause(self, reading: Reading, received: Received, tries: int, *, costs: bool) -> float | None:
        """How long to wait before sending again; a failure that the spec asks for is none."""
        found = self._wanted(reading.findings)
        if not any(one.severity is Severity.OUTAGE or one.kind == "stream.cut" for one in found):
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

    # --- judging ---

    def _read(self, trial: Trial, received: Received) -> Reading:
        """Judge an answer as far as that needs no image."""
        judge, twist = self._judges[trial.operation], trial.twist
        if twist is None:
            return judge.read(trial.body, received)
        if not twist.kind:
            return _let_in(judge.read(trial.body, received), twist)
        reading = judge.read_transport(twist.kind, twist.constraint, received)
        if twist.key is not Key.WRONG or not _has_faults(reading):
            return reading
        if any(one.severity is not Severity.NOTE for one in judge.read(trial.body, received).findings):
            return reading
        message = "a key that nobody gave out is let in"
        return Reading((Finding(kind="access.key", constraint=twist.constraint, message=message),))

    async def _look(self, images: Images, files: Iterable[bytes]) -> None:
        """Look into the image files of an answer; what was seen is remembered until the answer is judged."""
        begun = [decode for data in files if (decode := images.begin(data)) is not None]
        if not begun:
            return

        def finish() -> None:
            while begun:
                begun.pop()()  # and let go of its pixels, before those of the next

        # One thread for all of them: handing over takes as long as looking into one, and other answers have the rest.
        async with self._viewers:
            await asyncio.to_thread(finish)

    def _wanted(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings without the kinds that nobody wants."""
        ignore = self._options.ignore
        if not ignore:
            return findings
        return tuple(one for one in findings if not any(fnmatchcase(one.kind, pattern) for pattern in ignore))

    def _result(self, in_hand: InHand) -> Result:
        trial, exchange = in_hand.trial, in_hand.exchange
        if exchange is None and not in_hand.tries:
            return Result(trial=trial, why="the budget is spent")
        if exchange is None:
            stopped = Finding(kind="outage.stopped", message="the run was stopped before the answer came")
            return Result(trial=trial, findings=(stopped,), tries=in_hand.tries, usd=in_hand.usd)
        judgement = exchange.reading.conclude(self._images(trial), exchange.fetched)
        received = exchange.received
        answer = received if isinstance(received, Answer) else Answer(status=0, seconds=received.seconds)
        result = Result(
            trial=trial,
            findings=self._wanted(judgement.findings),
            status=answer.status,
            media_type=answer.media_type,
            seconds=answer.seconds,
            tries=in_hand.tries,
            usd=in_hand.usd,
            pictures=self._pictures(judgement),
        )
        return result if result.verdict is Verdict.PASSED else replace(result, answer=excerpt(received))

    def _images(self, trial: Trial) -> Images:
        return self._judges[trial.operation].images

    def _pictures(self, judgement: Judgement) -> tuple[Thumbnail, ...]:
        return thumbnails(judgement.pictures[-self._options.pictures :]) if self._options.pictures else ()


def _let_in(reading: Reading, twist: Twist) -> Reading:
    """Tell of a key that is good in its usual header, as the first request has shown, and not in another one."""
    (*_, last) = reading.findings or (None,)
    if last is None or last.kind != "outage.access":
        return reading
    message = f"the key is not taken where the spec says that it may be: {last.message}"
    return Reading((Finding(kind="access.header", constraint=twist.constraint, message=message, got=last.got),))


def _has_faults(reading: Reading) -> bool:
    return any(one.severity is Severity.FAULT for one in reading.findings)


def _go_on() -> None:
    """Let this task await again after it was cancelled: an interrupted run still closes its connections and reports."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
