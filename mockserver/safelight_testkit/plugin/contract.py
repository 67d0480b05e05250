"""The contract suite as tests: one for each constraint, under its permanent id, and one for the answers of each call.

Other machines may send a bill, so there nothing that costs is sent before somebody has said how much may be spent.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest

from safelight_testkit.contract.runner import CannotRun, Options
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.wire import is_loopback
from safelight_testkit.contract.workload import Workload, workload
from safelight_testkit.plugin.settings import Misuse, Settings, Specs, of_session, resolve
from safelight_testkit.plugin.suite import Suite, Topic

__all__ = ["items", "prepare"]

_NAME: Final = "safelight-contract"
_KEY: Final = "a-key-for-tests"
_SUITE: Final[pytest.StashKey[Suite]] = pytest.StashKey()
_TOPIC: Final[pytest.StashKey[Topic]] = pytest.StashKey()


def prepare(config: pytest.Config, url: str, specs: Specs) -> None:
    """Choose the requests; done before any test, so that nothing runs where the options cannot work.

    Args:
        config: The run.
        url: Where the server is.
        specs: The specs that have been read so far.

    Raises:
        Misuse: The options do not say what can be sent where.
    """
    suite = config.stash[_SUITE] = _suite(config, url, specs)
    config.add_cleanup(suite.close)


def items(session: pytest.Session) -> Iterator[pytest.Item]:
    """Make the tests of a run that was prepared."""
    for topic in session.config.stash[_SUITE].topics:
        item: _Trials = _Trials.from_parent(  # pyright: ignore[reportUnknownMemberType] # pytest leaves keywords untyped
            session, name=str(topic), nodeid=f"{_NAME}::{topic}"
        )
        item.stash[_TOPIC] = topic
        item.add_marker("safelight_contract")
        yield item


def _suite(config: pytest.Config, url: str, specs: Specs) -> Suite:
    settings = resolve(of_session(config), specs)
    refused_only = bool(config.getoption("safelight_refused_only"))
    budget: float | None = config.getoption("safelight_budget")
    paid = not is_loopback(_checked(url))
    wanted = settings.options
    work = workload(
        settings.spec,
        Selection(skip=tuple(wanted.ignore), refused_only=refused_only),
        as_of=wanted.as_of,
        basis=wanted.basis,
    )
    if paid and not refused_only:
        _check_budget(url, budget, work)
    options = Options(base_url=url.rstrip("/"), key=_key(settings, paid=paid), budget=_share(config, budget), paid=paid)
    return Suite(settings.spec, work, options, as_of=wanted.as_of, basis=wanted.basis)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        raise Misuse(f"--safelight-contract takes a base URL such as http://127.0.0.1:8080/v1, not {url!r}")
    return url


def _check_budget(url: str, budget: float | None, work: Workload) -> None:
    """Make sure that a bill is meant."""
    if budget is None:
        cost = "their price is not in the spec" if work.usd is None else f"by the spec about {work.usd:.2f} USD"
        raise Misuse(
            f"{urlsplit(url).hostname} may send a bill for {work.billable} of the requests, {cost}: say with "
            "--safelight-budget how many USD may be spent (inf for any amount), or send only what is meant to be "
            "refused with --safelight-refused-only"
        )
    if work.usd is None and math.isfinite(budget):
        raise Misuse("a budget needs prices, and the spec does not tell all of them; --safelight-budget=inf needs none")


def _share(config: pytest.Config, budget: float | None) -> float | None:
    """The part of the budget that this process may spend: those of pytest-xdist do not know of each other."""
    processes: int = getattr(config, "workerinput", {}).get("workercount", 1)
    return None if budget is None or math.isinf(budget) else budget / processes


def _key(settings: Settings, *, paid: bool) -> str:
    spec = settings.spec
    key = os.environ.get(spec.key_variable) or settings.options.api_key
    if key is None and paid and spec.auth:
        raise Misuse(f"there is no API key: set the environment variable {spec.key_variable}")
    if key and not (key.isascii() and key.isprintable()):
        raise Misuse(f"the API key in {spec.key_variable} is not printable ASCII: no other fits into a header")
    return key or _KEY


class _Trials(pytest.Item):
    """The test of one topic."""

    def runtest(self) -> None:
        """Send the requests that are about it."""
        suite, topic = self.config.stash[_SUITE], self.stash[_TOPIC]
        if suite.stopped:
            pytest.skip(f"nothing can be tested: {suite.stopped}")
        try:
            outcome = suite.run(topic)
        except CannotRun as error:
            raise pytest.fail.Exception(f"nothing can be tested: {error}", pytrace=False) from None
        if outcome.faults or outcome.outages:
            pytest.fail(suite.text(topic, outcome), pytrace=False)
        if outcome.unsent:
            pytest.skip(f"not all was sent: {'; '.join(outcome.unsent)}")

    def reportinfo(self) -> tuple[str, None, str]:
        """Name the test in reports."""
        return _NAME, None, self.name
