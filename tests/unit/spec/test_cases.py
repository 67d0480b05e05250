"""The cases beside rules are run, and one that fails is told with its place, what was expected and what was found."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import pytest

from safelight import Operation, Spec, load, loads
from safelight.judging.cases import CaseResult, Finding, Kind, interpreter, run_cases
from safelight.model import Json

ROOT = Path(__file__).parents[3]
SPECS = sorted([*ROOT.glob("spec/*.yaml"), *ROOT.glob("tests/specs/*.yaml")])
TINY = Path(__file__).with_name("tiny.yaml").read_text("utf-8")


def results(*edits: tuple[str, str]) -> tuple[CaseResult, ...]:
    """Run the cases of the small spec, with each first text replaced by the second."""
    text = TINY
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return run_cases(loads(text))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_the_cases_of_every_spec_pass(path: Path) -> None:
    """What people wrote down as legal and illegal is so."""
    assert [one.explanation for one in run_cases(load(path)) if not one.passed] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_case_is_run_once_in_the_order_of_the_spec(path: Path) -> None:
    """No case is skipped, whatever basis or date its rule has."""
    spec = load(path)
    expected = [
        (rule.id, case.place)
        for operation in spec.operations.values()
        for rule in operation.rules
        for case in (*rule.accepts, *rule.rejects)
    ]

    assert [(one.rule, one.place) for one in run_cases(spec)] == expected


def test_a_case_that_holds_passes_with_its_kind_number_and_body() -> None:
    """A result says which case it is."""
    accepted, rejected = results()

    assert (accepted.rule, accepted.kind, accepted.number) == ("draw.soft-needs-png", Kind.ACCEPTS, 1)
    assert (rejected.rule, rejected.kind, rejected.number) == ("draw.soft-needs-png", Kind.REJECTS, 1)
    assert dict(accepted.body) == {"model": "bristle", "prompt": "a fox", "soft": True}
    assert accepted.passed
    assert rejected.passed


def test_an_accepted_request_that_breaks_the_rule_fails() -> None:
    """The case and the rule disagree, and the explanation quotes both."""
    failed, _ = results(("accepts: [{ model: bristle, ", "accepts: [{ model: bristle, format: jpeg, "))

    assert not failed.passed
    assert (failed.place.line, failed.place.column) == (49, 19)
    assert failed.expected == ()
    assert failed.explanation == (
        'ought to break nothing, and breaks draw.soft-needs-png (soft true needs format "png")'
    )


def test_a_rejected_request_that_breaks_nothing_fails() -> None:
    """A rule that does not reject what it should is no rule."""
    _, failed = results(("soft: true, format: jpeg }]", "soft: true, format: png }]"))

    assert not failed.passed
    assert failed.expected == ("draw.soft-needs-png",)
    assert failed.explanation == "ought to break only draw.soft-needs-png, and breaks nothing"


def test_a_rejected_request_that_breaks_something_else_as_well_fails() -> None:
    """A rejecting case shows its own rule at work and nothing besides."""
    _, failed = results(("soft: true, format: jpeg }]", "soft: true, format: jpeg, n: 9 }]"))

    assert not failed.passed
    assert [finding.rule for finding in failed.found] == ["draw.n.maximum", "draw.soft-needs-png"]


def test_an_accepted_request_that_breaks_another_constraint_fails() -> None:
    """A typo in a case cannot make it pass by hiding the rule."""
    failed, _ = results(("prompt: a fox, soft: true }]\n        rej", "prompt: 5, soft: true }]\n        rej"))

    assert [finding.rule for finding in failed.found] == ["draw.prompt.type"]


@pytest.mark.parametrize(
    ("stated", "basis", "as_of"),
    [
        pytest.param("", {"documented"}, date(2026, 6, 15), id="documented"),
        pytest.param("basis: observed", {"documented", "observed"}, date(2026, 6, 15), id="observed"),
        pytest.param("basis: advisory", {"documented", "advisory"}, date(2026, 6, 15), id="advisory"),
        pytest.param("since: 2027-01-01", {"documented"}, date(2027, 1, 1), id="not yet in force"),
        pytest.param("until: 2025-01-01", {"documented"}, date(2024, 12, 31), id="no longer in force"),
        pytest.param("until: 2026-06-16", {"documented"}, date(2026, 6, 15), id="still in force"),
    ],
)
def test_a_rule_is_tried_where_it_holds(stated: str, basis: set[str], as_of: date) -> None:
    """Each case is judged with the bases its rule needs, on the nearest day on which the rule holds."""
    spec = loads(TINY.replace("source: manual\n", f"source: manual\n        {stated}\n"))
    seen: list[tuple[set[str], date]] = []

    def reading(operation: Operation, body: Json, *, as_of: date, basis: Collection[str]) -> Sequence[Finding]:
        seen.append(({str(one) for one in basis}, as_of))
        return interpreter(spec)(operation, body, as_of=as_of, basis=basis)

    outcome = run_cases(spec, reading)

    assert all(one.passed for one in outcome)
    assert seen == [(basis, as_of)] * 2


def test_any_reading_can_be_put_to_the_test() -> None:
    """A validator that finds nothing fails every rejecting case, and a case does not depend on the interpreter."""
    spec: Spec = loads(TINY)

    def blind(operation: Operation, body: Json, *, as_of: date, basis: Collection[str]) -> Sequence[Finding]:
        del operation, body, as_of, basis
        return ()

    assert [one.passed for one in run_cases(spec, blind)] == [True, False]
