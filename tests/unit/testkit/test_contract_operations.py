"""Reports of an API of several operations: every row says which of them it is about."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache

from safelight import load
from safelight_mockserver import fake
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.compare import compare
from safelight_testkit.contract.junit import junit_text
from safelight_testkit.contract.page import page_text
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Thumbnail
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.side_by_side import comparison_json, comparison_page, comparison_text, servers
from safelight_testkit.contract.terminal import plan_text, summary_text
from safelight_testkit.contract.workload import workload
from safelight_testkit.judging.verdict import Finding
from tests.contract.runs import ROOT, TTAPI, run

SPEC = load(ROOT / "tests" / "specs" / "several" / "calls.yaml")
WRONG = Finding(kind="field.missing", message="there is no such field", where="images")
NOTE = Finding(kind="field.unknown", message="a field that the spec does not name", where="x")
LATE = Finding(kind="outage.link", message="it was over")


@cache
def honest() -> Report:
    """The report of a server that does all as it should."""
    return run(AsyncAppTransport(fake(SPEC)), spec=SPEC)


def found_in_each(*findings: Finding) -> Report:
    """The same where a good answer to each operation shows *findings*."""
    seen: set[str] = set()
    results: list[Result] = []
    picture = Thumbnail(where="images[0]", width=8, height=8, data="", media_type="image/png")
    for result in honest().results:
        if not result.trial.refused and result.trial.operation not in seen:
            seen.add(result.trial.operation)
            results.append(replace(result, findings=findings, pictures=(picture,)))
        else:
            results.append(result)
    return replace(honest(), results=tuple(results))


def rows(html: str) -> list[list[str]]:
    """The rows of a page's tables, as text."""
    found = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in found]


def test_every_row_of_the_coverage_says_its_operation() -> None:
    """Rows of ``*``, and those of the same model, would be alike without it."""
    lines = summary_text(honest()).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("operation  model"))
    told = [tuple(line.split()[:2]) for line in lines[start + 1 : start + 5]]
    pages = [tuple(row[:2]) for row in rows(page_text(honest())) if row[0] in {"draw", "vary"}]
    covered = [(name, one.model) for name, tallies in honest().coverage.items() for one in tallies]

    assert told[: len(covered)] == pages == covered
    assert {name for name, model in covered if model == "*"} == {"draw", "vary"}


def test_every_finding_says_its_operations() -> None:
    """Those of answers have no constraint that would tell, nor have notes, nor what was not judged."""
    report = found_in_each(WRONG, NOTE)
    text, page = summary_text(report), page_text(report)
    late = found_in_each(LATE)

    assert re.search(r"^  field\.missing images: .* \[draw: \w+; vary\], 2 requests$", text, re.MULTILINE)
    assert re.search(r'<span class="soft">draw: \w+; vary</span>', page)
    assert "  draw: field.unknown: a field" in text
    assert "<li>vary: field.unknown: a field" in page
    assert "2 requests of draw, vary: #" in summary_text(late)
    assert "2 requests of draw, vary. it was over" in page_text(late)


def test_a_constraint_says_its_operation_itself() -> None:
    """Its id begins with it, so it is not told twice."""
    first = next(result for result in honest().results if result.trial.expected and result.trial.model == "oil")
    accepted = Finding(kind="accepts", message="the answer is 200", constraint=first.trial.expected[0])
    others = tuple(result for result in honest().results if result is not first)
    text = summary_text(replace(honest(), results=(replace(first, findings=(accepted,)), *others)))

    assert f"  {first.trial.expected[0]} [oil], 1 request\n" in text


def test_pictures_plans_and_suites_say_the_operation() -> None:
    """Each picture of the page, each row of a plan, each suite for CI."""
    plan = plan_text(workload(SPEC, Selection()), rows=True).splitlines()

    assert re.search(r"<small>#\d+ vary \*, images\[0\], 8x8</small>", page_text(found_in_each()))
    assert plan[0].split()[:3] == ["#", "operation", "model"]
    assert {line.split()[1] for line in plan[1:-2]} == {"draw", "vary"}
    assert set(re.findall(r'testsuite name="(\w+)\.', junit_text(honest()))) == {"draw", "vary"}


def test_servers_side_by_side_tell_wrong_answers_by_operation() -> None:
    """One may answer one call wrongly, and the other another."""
    reports = (honest(), found_in_each(WRONG))
    found, of = compare(reports), servers(("a.json", "b.json"), reports)

    assert {name: list(counts) for name, counts in found.answers.items()} == {
        "draw: field.missing": [0, 1],
        "vary: field.missing": [0, 1],
    }
    assert re.search(r"^vary: field\.missing +0 +1$", comparison_text(found, of), re.MULTILINE)
    assert "draw: field.missing" in json.dumps(comparison_json(found, of, ("a.json", "b.json")))
    assert any(row[0].startswith("vary: ") for row in rows(comparison_page(found, of)))


def test_of_one_operation_nothing_more_is_said() -> None:
    """Who has one call is not told its name in every row."""
    work = workload(TTAPI, Selection(models=("dall-e-2",)))

    assert plan_text(work, rows=True).split()[:2] == ["#", "model"]
