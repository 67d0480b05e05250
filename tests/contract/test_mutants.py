"""The contract suite can fail: it notices every fake of the first API that has one thing wrong.

The hunt of all mutants is one test, because it shares drawing and planning among them, and two processes among it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight import load
from safelight_codegen.python.compiling import compiled
from safelight_testkit.judging.verdict import FINDINGS, Finding
from safelight_testkit.mutants.catalogue import catalogue
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.hunt import Half, Job, Quarry, hunt
from safelight_testkit.mutants.hunter import Hunter, Unsound
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from safelight_testkit.mutants.report import Report, report_of, report_text
from safelight_testkit.mutants.rewrite import in_check
from safelight_testkit.mutants.validators import ValidatorHunter
from tests.contract.runs import ROOT, TTAPI

XAI = ROOT / "tests" / "specs" / "xai-images.yaml"


def hunted(path: str, workers: int = 2) -> Report:
    """What becomes of every mutant of a spec, of the fake and of the validators."""
    spec = load(path)
    quarries = [Quarry(Half.FAKE, id_) for id_ in catalogue(spec)]
    quarries += [Quarry(Half.VALIDATOR, id_) for id_, mutant in catalogue(spec).items() if mutant.is_rule]
    fates: dict[Quarry, Fate] = {}
    hunt(Job(path=path, compile=compiled), quarries, workers=workers, tell=fates.__setitem__)
    return report_of(spec, quarries, fates, 0.0)


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep coverage out of processes that hunt: it takes two thirds of their time, and what it saw ends with them."""
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("path", [ROOT / "spec" / "ttapi-images.yaml", XAI], ids=lambda path: path.stem)
def test_every_mutant_that_can_be_noticed_is_noticed(path: Path) -> None:
    """Fakes and validators with one thing wrong: none survives, and equivalent ones have a reason."""
    report = hunted(str(path))

    assert [(one.mutant.id, one.fate.why) for one in report.survivors] == [], report_text(report)
    assert report.missing == 0
    assert report.count(Outcome.KILLED) > 10 * report.count(Outcome.EQUIVALENT)
    whys = {one.fate.why for one in report.entries if one.fate.outcome is Outcome.EQUIVALENT}
    assert all(whys)
    killers = Counter(one.fate.finding for one in report.entries if one.half is Half.FAKE and one.fate.finding)
    assert set(killers) <= set(FINDINGS)


def fate(id_: str, *blind: str) -> Fate:
    """What becomes of one mutant."""
    return asyncio.run(_fate(catalogue(TTAPI)[id_], lambda finding: finding.kind not in blind))


async def _fate(mutant: Mutant, notices: Callable[[Finding], bool]) -> Fate:
    return await Hunter(TTAPI, notices=notices).hunt(mutant)


BLIND = {
    "generate.n.maximum/up": "accepts",
    "generate.style.values/without-vivid": "refuses",
    "generate.errors.maximum/code": "refusal.field",
    "generate.response.data/repeated": "image.repeated",
    "generate.response.created/missing": "field.missing",
    "generate.links/dead": "link.dead",
    "generate.errors.precedence/n-before-prompt": "refusal.precedence",
}


@pytest.mark.parametrize(("id_", "kind"), BLIND.items(), ids=list(BLIND))
def test_a_suite_that_lacks_one_check_lets_mutants_live(id_: str, kind: str) -> None:
    """The hunt can tell of survivors: without the check that kills it, a mutant lives, and the report says why."""
    killed, survived = fate(id_), fate(id_, kind)

    assert (killed.outcome, killed.finding) == (Outcome.KILLED, kind)
    assert survived.outcome is Outcome.SURVIVED
    assert survived.why


def test_what_nothing_can_tell_apart_is_called_equivalent() -> None:
    """A string has at least one character exactly where it has at least one byte; the reason counts the requests."""
    mutant = Mutant(
        id="generate.prompt.min_length/in-bytes",
        group=Group.BOUNDS,
        operation="generate",
        about="generate.prompt.min_length",
        text="the length is counted in bytes",
        change=Respec(lambda spec: spec),
    )
    same = asyncio.run(_fate(mutant, lambda _: True))
    painted = fate("generate.output_compression.default/changed")

    assert same.outcome is Outcome.EQUIVALENT
    assert "requests get the same answer" in same.why
    assert painted.outcome is Outcome.EQUIVALENT
    assert "only what images show" in painted.why


def test_a_mutant_that_is_not_in_force_is_called_so() -> None:
    """By what is documented alone, observed limits do not count."""
    mutant = catalogue(TTAPI)["generate.size.max_edge@gpt-image-2/up"]

    found = asyncio.run(Hunter(TTAPI, basis=("documented",)).hunt(mutant))

    assert found.outcome is Outcome.EQUIVALENT
    assert found.why.startswith("it is not in force on 2026-11-22 by what is documented")


def test_validators_that_do_not_follow_their_spec_are_told() -> None:
    """A compiler that ignores what was changed makes validators that agree with the right spec: the mutant lives."""
    mutant = catalogue(TTAPI)["generate.n.maximum/up"]
    deaf = ValidatorHunter(TTAPI, lambda _: compiled(TTAPI), basis=("documented",))
    right = ValidatorHunter(TTAPI, compiled, basis=("documented",))

    assert right.hunt(mutant).outcome is Outcome.KILLED
    found = deaf.hunt(mutant)
    assert found.outcome is Outcome.SURVIVED
    assert found.why.startswith("the validator does not follow the spec")


def test_a_suite_that_finds_something_at_the_honest_fake_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill counts only where the same request is answered rightly by the fake itself."""
    monkeypatch.setattr("safelight_testkit.judging.judge._JSON", "application/hal+json")

    with pytest.raises(Unsound, match="at the fake itself"):
        fate("generate.response.data/one-fewer")


def test_a_mutant_of_a_limit_off_by_one_is_killed_by_the_request_on_the_border() -> None:
    """What kills it is told: the finding, and the request as it was sent."""
    found = fate("generate.n.maximum@dall-e-3/up")

    assert (found.finding, found.severity) == ("accepts", "fault")
    assert '"n": 2' in found.request
    assert '"dall-e-3"' in found.request


def test_in_check_changes_what_a_constraint_asks() -> None:
    """The seam of most mutants."""
    one = catalogue(TTAPI)["generate.n.maximum/up"].change
    assert isinstance(one, Respec)
    check = one.change(TTAPI).operations["generate"].tables["gpt-image-1"].parameters["n"].constraints[-1].check

    assert in_check("generate", "generate.n.maximum", check)(TTAPI) == one.change(TTAPI)
