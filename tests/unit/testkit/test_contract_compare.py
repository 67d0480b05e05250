"""Servers side by side: what each does about every constraint, in every form."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from safelight_testkit.contract.compare import Stance, compare, stances
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Verdict
from safelight_testkit.contract.side_by_side import comparison_json, comparison_page, comparison_text, servers
from safelight_testkit.contract.trial import Twist
from safelight_testkit.judging.verdict import Finding
from tests.unit.testkit.reports import EVIL, Page, honest, sloppy


def strict() -> Report:
    """The report of a server that enforces every rule, one of them in another way."""
    (first, *rest) = [result for result in honest().results if result.trial.expected]
    about = first.trial.expected[0]
    finding = Finding(kind="refusal.field", message="error.code is new", constraint=about)
    return replace(honest(), results=(replace(first, findings=(finding,)), *rest))


def test_servers_are_compared_constraint_by_constraint() -> None:
    """Who enforces it, who does it differently, who ignores it: as many servers as there are reports."""
    found = compare([honest(), sloppy(), strict()])
    (about, *_) = stances(strict())

    assert {row.constraint: tuple(one.stance for one in row.standings) for row in found.different} == {
        about: (Stance.ENFORCES, Stance.ENFORCES, Stance.DIFFERENTLY),
        "generate.n.maximum": (Stance.ENFORCES, Stance.IGNORES, Stance.ENFORCES),
        "generate.style.applies_to": (Stance.ENFORCES, Stance.IGNORES, Stance.ENFORCES),
    }
    assert (found.same, compare([honest(), honest(), honest()]).same) == (False, True)


def test_what_a_server_does_is_told_with_the_finding_that_shows_it_and_its_models() -> None:
    """Another code is not another rule, and a rule may be forgotten for one model alone."""
    ignored = stances(sloppy())["generate.n.maximum"]
    other = stances(strict())[strict().results[0].trial.expected[0]]

    assert (ignored.why, ignored.models) == ("the answer is 200, and the spec refuses with 400", ("dall-e-2",))
    assert (other.stance, other.why) == (Stance.DIFFERENTLY, "error.code is new")


def test_a_server_that_lets_any_key_in_ignores_that_it_should_not() -> None:
    """It is a note in a report, because fakes do so, and a difference from a server that does not."""
    (first, *_) = honest().results
    trial = replace(first.trial, refused=True, twist=Twist(kind="bad_key", constraint="generate.errors.bad_key"))
    note = Finding(kind="access.key", message="a key that nobody gave out is let in")
    report = replace(honest(), results=(replace(first, trial=trial, findings=(note,)),))

    assert stances(report)["generate.errors.bad_key"].stance is Stance.IGNORES


def test_wrong_answers_make_servers_different() -> None:
    """Servers that enforce the same may still draw different pictures."""
    wrong = Finding(kind="image.size", message="an image is too small")
    results = tuple(replace(one, findings=(wrong, wrong)) for one in honest().results if not one.trial.refused)
    found = compare([honest(), replace(honest(), results=results)])

    assert (found.different, found.same) == ((), False)
    assert found.answers == {"image.size": (0, len(results))}


def test_what_one_of_them_was_not_asked_is_no_difference() -> None:
    """Half a run can be compared with a whole one."""
    none = replace(honest(), results=())
    found = compare([none, sloppy()])

    assert found.same
    assert {row.standings[0].stance for row in found.rows} == {Stance.UNTRIED}


def test_reports_of_several_specs_are_not_compared() -> None:
    """They have no constraints in common; a table of nothing would look like agreement."""
    other = replace(honest(), origin=replace(honest().origin, spec="xai-images"))

    with pytest.raises(ValueError, match="ttapi-images and xai-images"):
        compare([honest(), other])


def side_by_side(*reports: Report) -> tuple[str, str, Any]:
    """A comparison in all its forms."""
    paths = [f"{name}.json" for name in "abcdef"[: len(reports)]]
    found, of = compare(reports), servers(paths, reports)
    return comparison_text(found, of), comparison_page(found, of), comparison_json(found, of, paths)


def test_a_comparison_shows_what_differs_and_counts_the_rest() -> None:
    """A column for each server, the reason of each difference once, and a line of numbers for each server."""
    text, page, machine = side_by_side(honest(), sloppy(), strict())

    assert re.search(r"^generate\.n\.maximum +enforces +ignores +enforces$", text, re.MULTILINE)
    assert re.search(
        r"^b, ignores: the answer is 200.*\n  generate.n.maximum \[dall-e-2\], generate.style", text, re.MULTILINE
    )
    assert re.search(r"^3 differences in \d+ constraints$", text, re.MULTILINE)
    assert all(part in page for part in ("generate.n.maximum", "n must be at most 10", "ignores", "error.code is new"))
    assert {"constraint": "generate.n.maximum", "stances": ["enforces", "ignores", "enforces"]}.items() <= next(
        row for row in machine["constraints"] if row["constraint"] == "generate.n.maximum"
    ).items()
    assert json.loads(json.dumps(machine)) == machine


def test_a_comparison_warns_of_what_makes_servers_look_different() -> None:
    """Another text of the spec, another day, half a run."""
    other = replace(honest(), origin=replace(honest().origin, digest="x", as_of="2030-01-01"), interrupted=True)
    text, page, _ = side_by_side(honest(), other)

    for part in ("different texts of the spec", "b as of 2030-01-01", "b was interrupted"):
        assert part in text
        assert part in page
    assert "caution" not in side_by_side(honest(), sloppy())[0]


def test_servers_are_called_by_their_files() -> None:
    """By the file name, or by the whole path where that does not tell them apart."""
    reports = [honest(), sloppy()]

    assert [one.name for one in servers(["x/a.json", "y/b.json"], reports)] == ["a", "b"]
    assert [one.name for one in servers(["x/a.json", "y/a.json"], reports)] == ["x/a.json", "y/a.json"]


def test_the_page_of_a_comparison_runs_nothing_either() -> None:
    """Whatever a server sent, all tags close and nothing is loaded."""
    (result, *rest) = sloppy().of(Verdict.FAILED)
    hostile = replace(result.faults[0], message=EVIL)
    page = Page(side_by_side(honest(), replace(sloppy(), results=(replace(result, findings=(hostile,)), *rest)))[1])

    assert page.open == []
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe"}


def test_a_wrongful_refusal_of_one_case_is_a_difference_of_servers() -> None:
    """Refusing what keeps a constraint is enforcing it differently; unless the error names another parameter."""
    one = next(result for result in honest().results if not result.trial.refused and len(result.trial.shows) == 1)
    about = one.trial.shows[0].constraint
    refused = replace(one, findings=(Finding(kind="refuses", message="the answer is 400"),))
    elsewhere = replace(one, findings=(Finding(kind="refuses", message="the answer is 400", where="quality"),))

    assert stances(replace(honest(), results=(refused,)))[about].stance is Stance.DIFFERENTLY
    assert stances(replace(honest(), results=(elsewhere,))) == {}
