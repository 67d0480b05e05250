"""Examining a server from Python: what ``safelight contract`` does, in one call."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from safelight.judging.interpret import DOCUMENTED
from safelight.model import Spec
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result
from safelight_testkit.contract.runner import Options
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.session import Session, contract
from safelight_testkit.contract.wire import is_loopback
from safelight_testkit.contract.workload import Workload, workload

if TYPE_CHECKING:
    from safelight_testkit.contract.network import Transport

__all__ = ["examine"]

_EVERYTHING = Selection()


def examine(
    spec: Spec,
    base_url: str,
    *,
    key: str = "",
    transport: Transport | None = None,
    selection: Selection = _EVERYTHING,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
    budget: float | None = None,
    workers: int = 4,
    timeout: float = 120.0,
    tell: Callable[[Result], None] = lambda _: None,
) -> Report:
    """Try the rules of a spec against a server.

    It runs an event loop of its own; code that is within one calls it in a thread.

    Args:
        spec: The spec.
        base_url: Where the server is, as in ``http://127.0.0.1:8080/v1``.
        key: The API key; any by default, which local servers may take.
        transport: What carries the requests instead of a network; `AsyncAppTransport(app)` for an ASGI application.
        selection: Which requests are sent; by default those that show every constraint and every border.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.
        budget: How many USD may be spent, by the spec's prices; `math.inf` for any amount.  Another machine that may
            send a bill is not called without.
        workers: How many requests are under way at once.
        timeout: Seconds for one request.
        tell: Is told of every result as it comes.

    Raises:
        CannotRun: The first request shows that no other would be judged: wrong address, wrong key.
        ValueError: The server may send a bill, and no budget says that it is meant; a budget is given, and the spec
            does not tell all prices; *basis* names no basis, or leaves out ``documented``.
    """
    work = workload(spec, selection, as_of=as_of, basis=basis)
    paid = transport is None and not is_loopback(base_url)
    if paid and budget is None and work.billable:
        raise ValueError(_unmeant(base_url, work))
    if work.usd is None and budget is not None and math.isfinite(budget):
        raise ValueError(f"a budget needs prices, and {spec.name} does not tell all of them; math.inf needs none")
    options = Options(base_url=base_url.rstrip("/"), key=key or "safelight", workers=workers, budget=budget, paid=paid)
    session = Session(spec=spec, options=options, as_of=as_of, basis=basis, seed=selection.seed, narrow=not paid)
    return contract(session, work, timeout=timeout, transport=transport, tell=tell)


def _unmeant(base_url: str, work: Workload) -> str:
    cost = "at prices that the spec does not tell" if work.usd is None else f"about {work.usd:.2f} USD"
    return (
        f"{urlsplit(base_url).hostname} may send a bill for {work.billable} of the requests, {cost}: say with budget "
        "how much may be spent, or send only what is meant to be refused, with Selection(refused_only=True)"
    )
