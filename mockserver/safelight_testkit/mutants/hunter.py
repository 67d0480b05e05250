"""The hunter: lets the contract suite loose on one mutant after another, until the suite finds something.

Requests that cannot see a mutant are not sent: where it decides as the honest fake does, it answers as it does (see
`replies`).  Of the others, those come first that are about what was changed, and those with few pixels.  The first
finding ends the hunt, provided that the honest fake gives none for the same request.

If none is found, the mutant has survived, or is no mutant: nothing that a client can tell is different for any request
of the suite, any case of the mutant's own spec, or any of many random bodies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from safelight.judging.interpret import bases
from safelight.model import Basis, Json, Spec
from safelight_mockserver.answers.reply import Address, Events, InBase64, Whole
from safelight_mockserver.app import Fake
from safelight_mockserver.calls.gallery import Gallery
from safelight_mockserver.clock import Clock
from safelight_mockserver.exchange import App
from safelight_mockserver.live import FixedSpec
from safelight_mockserver.options import Options
from safelight_mockserver.pictures.picture import Picture
from safelight_mockserver.pictures.renderer import plain
from safelight_mockserver.store.memory_state import MemoryState
from safelight_testkit.contract.ageing import age
from safelight_testkit.contract.result import Result
from safelight_testkit.contract.retry import Retries
from safelight_testkit.contract.runner import Options as RunOptions
from safelight_testkit.contract.runner import Runner
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.trial import Trial
from safelight_testkit.contract.workload import workload
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.verdict import Finding
from safelight_testkit.mutants.beyond import Beyond
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.mutant import Change, Group, Mutant, Redraw, Resite, Respec, Unkeyed
from safelight_testkit.mutants.replies import Decided, Replies, difference, is_decided, respond, told, wordless
from safelight_testkit.shapes import is_array, is_object

if TYPE_CHECKING:
    from safelight_testkit.contract.wire import Wire

__all__ = ["ALL_BASES", "Hunter", "Unsound"]

ALL_BASES: Final = tuple(basis.value for basis in Basis)
_KEY: Final = "the-key-of-the-honest-fake"
_NO_KILL: Final = frozenset({"outage.connection", "outage.timeout"})
"""What is found of a fake that crashed: that shows nothing of the suite."""

_SHOWN: Final = 400


class Unsound(Exception):
    """The suite finds something at the honest fake, so what it finds at a mutant says nothing."""


class Hunter:
    """Hunts the mutants of one spec, and keeps what they share.  Use it within one event loop.

    Args:
        spec: The spec.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count; all by default, so that each can be seen to be missing.
        notices: Which findings count, all by default; a test of this module can make the suite blind.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        as_of: date | None = None,
        basis: Collection[str] = ALL_BASES,
        notices: Callable[[Finding], bool] = lambda _: True,
    ) -> None:
        self._spec = spec
        self._as_of = as_of or spec.revised
        self._notices = notices
        self._options = Options(api_key=_KEY, basis=basis, as_of=as_of)
        self._base_url = f"http://127.0.0.1{urlsplit(spec.servers[0]).path if spec.servers else ''}"
        self._trials = workload(spec, Selection(), as_of=as_of, basis=basis).trials
        self._replies = Replies(spec, spec, None, "", self._options)
        self._honest = {trial.number: self._replies.of(trial) for trial in self._trials}
        self._pixels = {number: _pixels(decided) for number, decided in self._honest.items()}
        self._gallery = Gallery(self._options.cache_bytes, plain)
        images = Images()
        self._judges = {
            name: Judge(spec, operation, as_of=as_of, basis=basis, images=images)
            for name, operation in spec.operations.items()
        }
        self._clean: set[tuple[int, bool]] = set()
        self._beyond = Beyond(spec, self._as_of, bases(basis))

    @property
    def requests(self) -> int:
        """How many requests the suite has."""
        return len(self._trials)

    async def hunt(self, mutant: Mutant) -> Fate:
        """Find out what becomes of a mutant.

        Raises:
            Unsound: The suite finds something at the honest fake.
        """
        spec = mutant.change.change(self._spec) if isinstance(mutant.change, Respec) else self._spec
        replies = Replies(self._spec, spec, mutant.change, mutant.operation, self._options)
        ages = mutant.group is Group.LINKS
        seen: list[tuple[Trial, Decided]] = []
        repainted = 0
        async with self._stage(spec, mutant.change, mutant.operation) as stage:
            for trial in self._ordered(mutant):
                decided = replies.of(trial)
                honest = self._honest[trial.number]
                if is_decided(mutant.change) and (decided == honest or told(decided) == told(honest)):
                    repainted += decided != honest
                    continue
                seen.append((trial, decided))
                found = await self._found(stage, trial, ages=ages)
                if found is not None:
                    await self._check_honest(trial, ages=ages)
                    return _killed(mutant, trial, found, len(seen))
        return self._unkilled(mutant, spec, replies, seen, repainted)

    def _ordered(self, mutant: Mutant) -> Sequence[Trial]:
        """The requests that may see a mutant, the likeliest and cheapest first."""
        mine = [trial for trial in self._trials if mutant.operation in {"", trial.operation}]
        return sorted(mine, key=lambda one: (mutant.about not in one.constraints, self._pixels[one.number]))

    # --- what the suite finds ---

    def _stage(self, spec: Spec, change: Change | None, only: str) -> _Stage:
        options = replace(self._options, api_key=None) if isinstance(change, Unkeyed) else self._options
        clock = Clock()
        fake = Fake(FixedSpec(spec), options, clock, MemoryState(1 << 20), responder=respond(change, only))
        fake.check = None  # what a spec with one thing wrong makes of itself is no finding of the suite
        fake.gallery = self._gallery
        if isinstance(change, Redraw):
            redraw = change.change

            def draw(picture: Picture) -> bytes:
                return redraw(plain, picture)

            fake.gallery = Gallery(1 << 24, draw)
        app: App = change.change(fake) if isinstance(change, Resite) else fake
        return _Stage(self._spec, self._judges, app, clock, self._base_url)

    async def _found(self, stage: _Stage, trial: Trial, *, ages: bool) -> Finding | None:
        """What the suite finds in the answer to a trial: a fault rather than a note."""
        found = [
            one for one in await stage.findings(trial, ages=ages) if self._notices(one) and one.kind not in _NO_KILL
        ]
        return min(found, key=lambda one: _ORDER.index(one.severity.value), default=None)

    async def _check_honest(self, trial: Trial, *, ages: bool) -> None:
        if (trial.number, ages) in self._clean:
            return
        async with self._stage(self._spec, None, "") as stage:
            found = await stage.findings(trial, ages=ages)
        if found:
            raise Unsound(f"the suite finds {found[0].kind} at the fake itself: {found[0].message}")
        self._clean.add((trial.number, ages))

    # --- what it does not find ---

    def _unkilled(
        self, mutant: Mutant, spec: Spec, replies: Replies, seen: Sequence[tuple[Trial, Decided]], repainted: int
    ) -> Fate:
        """Say whether a mutant has survived, or cannot be told from the honest fake."""
        if not is_decided(mutant.change):
            return Fate(
                mutant=mutant.id, outcome=Outcome.SURVIVED, why=f"{len(seen)} requests found nothing", sent=len(seen)
            )
        reworded = tried = 0
        for trial, decided in seen:
            honest, other = self._compared(trial, self._honest[trial.number], decided)
            if honest != other:
                return self._survived(mutant, trial, f"sent, and not noticed: {difference(honest, other)}", len(seen))
            reworded += 1
        for trial in self._beyond.requests(mutant, spec):
            tried += 1
            honest, other = self._compared(trial, self._replies.of(trial), replies.of(trial))
            if honest != other:
                why = f"no request of the suite shows it, and this one would: {difference(honest, other)}"
                return self._survived(mutant, trial, why, len(seen))
        why = self._beyond.idle(mutant) or (
            f"only what images show is different, of which the spec says nothing ({repainted} answers)"
            if repainted
            else f"only the words of errors are different, and those the spec leaves open ({reworded} answers)"
            if reworded
            else f"{len(self._trials) + tried} requests get the same answer{self._beyond.unseen(mutant)}"
        )
        return Fate(mutant=mutant.id, outcome=Outcome.EQUIVALENT, why=why, sent=len(seen))

    def _compared(self, trial: Trial, honest: Decided, other: Decided) -> tuple[Decided, Decided]:
        """Two decisions without what no client can hold a server to."""
        envelope = self._spec.operations[trial.operation].errors.envelope
        return wordless(told(honest), envelope), wordless(told(other), envelope)

    def _survived(self, mutant: Mutant, trial: Trial, why: str, sent: int) -> Fate:
        return Fate(mutant=mutant.id, outcome=Outcome.SURVIVED, why=why, request=_shown(trial), sent=sent)


_ORDER: Final = ("fault", "outage", "note")


@dataclass(slots=True)
class _Stage:
    """A fake with the suite in front of it."""

    spec: Spec
    judges: dict[str, Judge]
    app: App
    clock: Clock
    base_url: str
    _wire: Wire | None = None
    _runner: Runner | None = None

    async def __aenter__(self) -> Self:
        """Connect the suite with the fake."""
        from safelight_mockserver.transport import AsyncAppTransport
        from safelight_testkit.contract.wire import Wire

        self._wire = Wire(timeout=60.0, transport=AsyncAppTransport(self.app), base_url=self.base_url)
        await self._wire.__aenter__()
        options = RunOptions(base_url=self.base_url, key=_KEY, workers=1, retries=Retries(most=1))
        self._runner = Runner(self.spec, self.judges, self._wire, options)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of both."""
        if self._wire is not None:
            await self._wire.__aexit__(None, None, None)

    async def findings(self, trial: Trial, *, ages: bool) -> tuple[Finding, ...]:
        """What the suite finds in the answer to a trial, and where *ages*, in what its links lead to later."""
        if self._runner is None or self._wire is None:
            raise RuntimeError("a stage is used within its context")
        result = await self._runner.attempt(trial)
        results: Sequence[Result] = [result]
        if ages:
            results = await age(self.spec, self._runner, self._wire, results, self.clock.advance)
        return results[0].findings


def _killed(mutant: Mutant, trial: Trial, found: Finding, sent: int) -> Fate:
    return Fate(
        mutant=mutant.id,
        outcome=Outcome.KILLED,
        finding=found.kind,
        severity=found.severity.value,
        message=found.message[:_SHOWN],
        request=_shown(trial),
        sent=sent,
    )


def _shown(trial: Trial) -> str:
    text = json.dumps(trial.body, ensure_ascii=False)
    twist = f" ({trial.twist.constraint})" if trial.twist is not None else ""
    return (text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…") + twist


def _pixels(decided: Decided) -> int:
    """How many pixels are drawn for an answer."""

    def count(value: Json) -> int:
        match value:
            case InBase64(picture) | Address(picture):
                return picture.width * picture.height
            case _ if is_object(value):
                return sum(map(count, value.values()))
            case _ if is_array(value):
                return sum(map(count, value))
            case _:
                return 0

    match decided.reply:
        case Whole(body=body):
            return count(body)
        case Events(events):
            return sum(count(event.data) for event in events)
        case _:
            return 0
