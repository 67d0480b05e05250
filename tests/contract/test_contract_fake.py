"""The contract suite passes against the fake, in process and over HTTP: the fake does all that its spec says."""

from __future__ import annotations

import pytest

from safelight import Spec, load
from safelight_mockserver import Clock, Options, fake, running
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.report import exit_code
from safelight_testkit.contract.result import Verdict
from safelight_testkit.contract.selection import Selection
from tests.contract.runs import ROOT, TTAPI, fault_kinds, run

SPECS = [TTAPI, *(load(path) for path in sorted((ROOT / "tests" / "specs").rglob("*.yaml")))]


@pytest.mark.parametrize("spec", SPECS, ids=[spec.name for spec in SPECS])
def test_the_fake_passes_every_contract_test_of_its_spec(spec: Spec) -> None:
    """Every constraint from both sides, every border, every model, random requests on top; links expire in time."""
    clock = Clock()

    report = run(
        AsyncAppTransport(fake(spec, clock=clock)),
        spec=spec,
        selection=Selection(examples=20),
        let_pass=clock.advance,
    )

    assert fault_kinds(report) == {}
    assert {result.verdict for result in report.results} == {Verdict.PASSED}
    assert exit_code(report, fail_under=100) == 0
    assert {one.kind for result in report.results for one in result.findings} <= {"access.key"}  # any key will do


def test_the_fake_passes_with_observed_rules() -> None:
    """Which rules count is the same choice on both sides."""
    basis = ("documented", "observed")

    report = run(AsyncAppTransport(fake(TTAPI, Options(basis=basis))), basis=basis)

    assert (fault_kinds(report), exit_code(report, fail_under=100)) == ({}, 0)


def test_the_fake_passes_over_http() -> None:
    """What passes in process passes through a socket."""
    with running(fake(TTAPI, Options(api_key="the-key"))) as url:
        report = run(None, selection=Selection(), base_url=url, key="the-key")

    assert (fault_kinds(report), exit_code(report, fail_under=100)) == ({}, 0)
    assert not [one for result in report.results for one in result.findings]
