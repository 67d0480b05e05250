"""A session: one run from the choice of its requests to its report, over a network or within the process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from safelight.judging.interpret import DOCUMENTED
from safelight.model import Spec
from safelight_testkit.contract.ageing import age
from safelight_testkit.contract.narrow import narrow
from safelight_testkit.contract.report import Report, make_report
from safelight_testkit.contract.result import Result
from safelight_testkit.contract.runner import Options, Runner, Sender
from safelight_testkit.contract.workload import Workload
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from safelight_testkit.contract.network import Transport

__all__ = ["Session", "conduct", "contract"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a run is about, beside its requests.

    Attributes:
        spec: The spec.
        options: Where the server is and how it is called.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.
        seed: What random requests were drawn from, for the report.
        narrow: Whether failed requests are taken apart, which takes more requests.
        images: Looks into images; runs against many servers may share what was seen.
    """

    spec: Spec
    options: Options
    as_of: date | None = None
    basis: Collection[str] = DOCUMENTED
    seed: int = 0
    narrow: bool = True
    images: Images = field(default_factory=Images)


def contract(
    session: Session,
    work: Workload,
    *,
    timeout: float = 120.0,
    transport: Transport | None = None,
    let_pass: Callable[[float], None] | None = None,
    known: Mapping[str, Result] | None = None,
    tell: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Run contract tests and report what they find.

    Args:
        session: What the run is about.
        work: The requests.
        timeout: Seconds for one request.
        transport: What carries the requests; a network by default, an `AsyncAppTransport` for an application.
        let_pass: Moves the clock of the server, in a test; then links are tried again after their time.
        known: Results of an earlier run that was interrupted, by the digests of their trials.
        tell: Is told of every result as it comes.

    Raises:
        CannotRun: The first request shows that no other would be judged.
    """
    from safelight_testkit.contract.wire import Wire

    async def run() -> Report:
        async with Wire(timeout=timeout, transport=transport, base_url=session.options.base_url) as wire:
            return await conduct(session, work, wire, let_pass=let_pass, known=known, tell=tell)

    return asyncio.run(run())


async def conduct(
    session: Session,
    work: Workload,
    sender: Sender,
    *,
    let_pass: Callable[[float], None] | None = None,
    known: Mapping[str, Result] | None = None,
    tell: Callable[[Result], None] = lambda _: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Report:
    """Do what `contract` does with any sender, on a running event loop."""
    spec, started, begun = session.spec, time.time(), time.perf_counter()
    judges = {
        name: Judge(spec, operation, as_of=session.as_of, basis=session.basis, images=session.images)
        for name, operation in spec.operations.items()
    }
    runner = Runner(spec, judges, sender, session.options, tell=tell, sleep=sleep)
    ended = await runner.run(work.trials, known)
    results, interrupted = ended.results, ended.interrupted
    if not interrupted:
        try:
            if session.narrow:
                async for result in narrow(spec, work, runner, tuple(results)):
                    results.append(result)
            if let_pass is not None:
                results = await age(spec, runner, sender, results, let_pass)
        except asyncio.CancelledError:
            interrupted = True
            results += runner.stopped.values()
    return make_report(
        spec,
        work,
        results,
        base_url=session.options.base_url,
        as_of=session.as_of or spec.revised,
        basis=session.basis,
        seed=session.seed,
        paid=session.options.paid,
        started=started,
        seconds=time.perf_counter() - begun,
        interrupted=interrupted,
    )
