"""Reports: what is told, in every form, of the same run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.archive import BrokenArchive, read_report, report_text
from safelight_testkit.contract.junit import junit_text
from safelight_testkit.contract.matrix import Mark, matrix
from safelight_testkit.contract.page import page_text
from safelight_testkit.contract.report import Report, exit_code, failed_trials
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.snippets import as_curl, as_python
from safelight_testkit.contract.summary import Section, body_text, groups, notes
from safelight_testkit.contract.terminal import plan_text, summary_text
from safelight_testkit.contract.trial import Key, Twist, written
from safelight_testkit.contract.workload import workload
from safelight_testkit.judging.verdict import Finding
from tests.contract.runs import HONEST, TTAPI, run
from tests.unit.testkit.reports import SOME, Page, evil, honest, sloppy

# --- gathering ---


def test_what_is_the_same_is_told_once_with_its_smallest_request() -> None:
    """A group names its constraint, its models and how many requests show it."""
    found = groups(sloppy())

    assert [(group.section, group.title) for group in found] == [
        (Section.ACCEPTS, "generate.n.maximum"),
        (Section.ACCEPTS, "generate.style.applies_to"),
    ]
    assert found[0].result.trial.body == {"model": "dall-e-2", "prompt": "a fox", "n": 11}
    assert (found[0].results, found[0].models) == (1, ("dall-e-2",))


def test_one_mistake_of_a_server_is_told_once() -> None:
    """A server that refuses with another status does so for every constraint."""
    refused = [result for result in honest().results if result.trial.expected]
    results = tuple(
        replace(
            result,
            findings=(
                Finding(
                    kind="refusal.status", constraint=result.trial.expected[0], message="422", expected=400, got=422
                ),
            ),
        )
        for result in refused
    )
    (group,) = groups(replace(honest(), results=results))

    assert sorted(group.constraints) == sorted({result.trial.expected[0] for result in refused})
    assert group.results == len(refused)


def test_a_title_names_three_constraints_at_most() -> None:
    """And a valid request that is about none is called that."""
    (group, *_) = groups(sloppy())

    assert replace(group, constraints=("a", "b", "c", "d", "e")).title == "a, b, c and 2 more"
    assert replace(group, constraints=()).title == "a valid request"


def test_the_matrix_shows_what_each_model_does() -> None:
    """Both sides tried, one side, or the wrong way round."""
    rows = matrix(sloppy()).rows

    assert rows["generate.n.minimum"]["dall-e-2"] is Mark.BOTH
    assert rows["generate.n.maximum"]["dall-e-2"] is Mark.WRONG
    assert rows["generate.style.applies_to"]["dall-e-2"] is Mark.WRONG


def troubled() -> Report:
    """A report of everything that can happen: wrong answers, wrongful refusals, outages, what was not sent, notes."""
    accepted = [result for result in honest().results if not result.trial.refused]
    one = next(result for result in accepted if len(result.trial.shows) == 1)
    about = one.trial.shows[0].constraint
    refused = next(one for one in honest().results if one.trial.expected and about not in one.trial.expected)
    many = next(result for result in accepted if len(result.trial.shows) > 1)
    message = "the answer is 400: no"
    elsewhere = Finding(kind="refuses", message=message, where="quality")
    results = (
        replace(
            refused, findings=(Finding(kind="refusal.field", message="code", constraint=refused.trial.expected[0]),)
        ),
        replace(one, findings=(Finding(kind="refuses", message=message),)),
        replace(one, trial=replace(one.trial, number=901, model="other"), findings=(elsewhere,)),
        replace(many, trial=replace(many.trial, number=902), findings=(Finding(kind="refuses", message=message),)),
        replace(
            many,
            trial=replace(many.trial, number=903, model="lost"),
            findings=(Finding(kind="outage.rate", message="429"),),
        ),
        Result(trial=replace(many.trial, number=904), why="the budget is spent"),
        replace(many, trial=replace(many.trial, number=905), findings=(Finding(kind="field.unknown", message="new"),)),
    )
    origin = replace(honest().origin, paid=True)
    return replace(honest(), origin=origin, results=results, left_out=7, interrupted=True)


def test_everything_that_can_happen_is_told_in_every_form() -> None:
    """What was not judged, not sent, left out, noted and spent is in the summary and on the page."""
    report = troubled()

    for text in (summary_text(report), page_text(report)):
        for part in (
            "429",
            "the budget is spent",
            "new",
            "USD",
            "interrupted",
            "refuses with another field of the error",
        ):
            assert part in text, part
    assert "not judged (1)" in summary_text(report)
    assert "not sent (7): more were chosen than may be sent" in summary_text(report)


def test_a_mark_says_the_worst_and_blames_nothing_else() -> None:
    """A refusal that names another parameter is no judgement of this one; a packed request is none at all."""
    report = troubled()
    rows = matrix(report).rows
    (first, one, *_) = report.results

    assert rows[first.trial.expected[0]]["dall-e-2"] is Mark.DIFFERENT
    assert rows[one.trial.shows[0].constraint]["dall-e-2"] is Mark.WRONG
    assert rows[one.trial.shows[0].constraint]["other"] is Mark.UNJUDGED
    assert rows[report.results[4].trial.shows[0].constraint]["lost"] is Mark.UNJUDGED
    assert {row["lost"] for row in rows.values() if "lost" in row} == {Mark.UNJUDGED}


def test_notes_are_counted_by_kind_and_place() -> None:
    """A thousand answers with the same new field are one line."""
    noted = Finding(kind="field.unknown", where="data[0].seed", message="the spec names no data[0].seed")
    report = honest()
    results = tuple(
        replace(result, findings=(replace(noted, where=f"data[{at}].seed"),))
        for at, result in enumerate(report.results)
    )

    assert notes(replace(report, results=results)) == {
        ("field.unknown", "data[].seed"): (noted, len(results)),
    }


# --- exit codes ---


def test_exit_codes_tell_success_from_anything_else() -> None:
    """Only a run in which everything was sent, judged and right is a success; one without a judgement is no test."""
    report = honest()
    first, *rest = report.results
    limited = replace(first, findings=(Finding(kind="outage.rate", message="429"),))
    unsent = Result(trial=first.trial, why="the budget is spent")

    assert exit_code(report) == 0
    assert exit_code(sloppy()) == 1
    assert exit_code(replace(report, results=(limited, *rest))) == 1
    assert exit_code(replace(report, results=(unsent, *rest))) == 1
    assert exit_code(replace(report, results=(limited, unsent))) == 2
    assert (exit_code(report, 100.0), exit_code(report, 1.0)) == (1, 0)


# --- forms ---


def test_a_report_can_be_written_and_read_again(tmp_path: Path) -> None:
    """JSON keeps all of it."""
    path = tmp_path / "report.json"
    path.write_text(report_text(sloppy()), "utf-8")

    assert read_report(str(path)) == sloppy()


PATHS = [
    ("results",),
    ("results", 0, "trial"),
    ("results", 0, "trial", "number"),
    ("results", 0, "findings"),
    ("origin", "paid"),
    ("origin", "calls", "generate"),
    ("seconds",),
    ("coverage",),
    ("interrupted",),
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("value", [None, 7.5, "x", ["x"], {"x": 1}], ids=["null", "number", "text", "array", "object"])
def test_a_report_that_somebody_edited_gets_a_sentence(
    tmp_path: Path, path: tuple[str | int, ...], value: object
) -> None:
    """A value of another type is told with its place, or was as good as the one before."""
    edited = json.loads(report_text(sloppy()))
    inner = edited
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    file = tmp_path / "report.json"
    file.write_text(json.dumps(edited))

    if path == ("seconds",) and value == 7.5:
        assert read_report(str(file)).seconds == 7.5
        return
    with pytest.raises(BrokenArchive, match=re.escape(f"{file} is no report that can be read: ")):
        read_report(str(file))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"safelight_report": 2}', '{"safelight_report": 1}'])
def test_a_file_that_is_no_report_gets_a_sentence(tmp_path: Path, text: str) -> None:
    """Whatever was named by mistake."""
    file = tmp_path / "report.json"
    file.write_text(text)

    with pytest.raises(BrokenArchive, match=r"report\.json"):
        read_report(str(file))
    with pytest.raises(BrokenArchive, match="No such file"):
        read_report(str(tmp_path / "none.json"))


def test_the_summary_names_constraint_reason_and_request() -> None:
    """A person sees at once what is wrong, by which rule, and how to see it again."""
    text = summary_text(sloppy())

    assert text.startswith(
        "accepts what the spec refuses (2)\n"
        "  generate.n.maximum [dall-e-2], 1 request\n"
        "    the answer is 200, and the spec refuses with 400\n"
        "    the spec: n must be at most 10 (documented: TTAPI, Images generations)\n"
    )
    assert '{"model": "dall-e-2", "prompt": "a fox", "n": 11}' in text
    assert text.splitlines()[-1].startswith("ttapi-images at http://127.0.0.1/v1: 2 faults, ")
    assert "no faults" in summary_text(honest())


def test_a_request_that_is_wrong_beside_its_body_is_told_as_such() -> None:
    """A list of requests with the same body would not say what each is about."""
    told = {
        body_text(trial) for trial in workload(TTAPI, Selection(refused_only=True)).trials if trial.twist is not None
    }

    assert told == {
        "[] without a key",
        "[] with a key that nobody gave out",
        "[] with the key in another header",
        "[] without its last byte",
        "[] as text/plain",
        "[] with GET",
        "[] to …/unlisted",
    }


def test_what_a_server_sends_cannot_write_to_the_terminal() -> None:
    """Escape sequences and line breaks arrive as signs."""
    text = summary_text(evil())

    assert "\x1b" not in text
    assert "\x00" not in text


def test_the_plan_tells_what_would_be_sent_and_what_it_costs() -> None:
    """The line that is asked about before money is spent."""
    work = workload(TTAPI, Selection())
    text = plan_text(work, rows=False)

    assert re.fullmatch(
        r"\d+ requests: \d+ meant to be refused, \d+ billable, about \d\.\d\d USD"
        r" \(\d+\.\d\d USD if the server refuses nothing\)\n",
        text,
    )
    assert len(plan_text(work, rows=True).splitlines()) == len(work.trials) + 3


def test_junit_has_a_test_case_for_each_request_and_a_failure_for_each_fault() -> None:
    """CI systems count and show them."""
    root = ET.fromstring(junit_text(sloppy()))
    cases = root.findall("./testsuite/testcase")

    assert len(cases) == len(sloppy().results) == int(root.get("tests") or 0)
    assert len(root.findall(".//failure")) == 2 == int(root.get("failures") or 0)
    assert {failure.get("type") for failure in root.findall(".//failure")} == {"accepts"}


def test_junit_tells_failures_of_the_server_as_errors_and_what_was_not_sent_as_skipped() -> None:
    """They are no failures of a rule."""
    first, second, *_ = honest().results
    limited = replace(first, findings=(Finding(kind="outage.rate", message="429"),))
    unsent = Result(trial=second.trial, why="the budget is spent")
    root = ET.fromstring(junit_text(replace(honest(), results=(limited, unsent))))

    assert (root.get("errors"), root.get("skipped"), root.get("failures")) == ("1", "1", "0")


@given(text=st.text(st.characters(), max_size=30))
def test_junit_is_xml_whatever_a_server_sends(text: str) -> None:
    """XML cannot hold every character, not even escaped."""
    (result, *_) = sloppy().of(Verdict.FAILED)
    finding = Finding(kind="accepts", message=text)
    report = replace(sloppy(), results=(replace(result, findings=(finding,), answer=text),))

    assert ET.fromstring(junit_text(report).encode()).find(".//failure") is not None


@pytest.mark.parametrize("make", [honest, sloppy, evil], ids=["honest", "sloppy", "evil"])
def test_the_page_needs_nothing_and_runs_nothing(make: Callable[[], Report]) -> None:
    """No address outside of it is loaded, there is no script, and all tags close."""
    page = Page(page_text(make()))

    loaded = [attrs.get(name, "") or "" for _, attrs in page.tags for name in ("src", "href") if name in attrs]
    tags = {tag for tag, _ in page.tags}
    assert page.open == []
    assert not tags & {"script", "link", "iframe", "object", "base", "form"}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert all(address.startswith(("data:image/", "#", "https://")) for address in loaded)
    assert all((attrs["src"] or "").startswith("data:image/") for tag, attrs in page.tags if tag == "img")


def test_the_page_shows_findings_with_their_requests_and_pictures() -> None:
    """Curl, Python, the answer, the rule's source, and small copies of the images."""
    text = page_text(sloppy())
    page = Page(text)

    assert sum(tag == "article" for tag, _ in page.tags) == 2
    assert sum(tag == "img" for tag, _ in page.tags) > 2
    for part in ("curl -sS", "import httpx2", "https://docs.ttapi.io/", "generate.style.applies_to", "✗"):
        assert part in text
    assert len(text) < 2_000_000


def test_the_page_can_be_used_from_the_keyboard_and_read_aloud() -> None:
    """What scrolls can be reached, marks have words, images have texts, tables have headers."""
    page = Page(page_text(sloppy()))

    assert all(
        attrs.get("tabindex") == "0" for tag, attrs in page.tags if tag == "pre" or attrs.get("class") == "scroll"
    )
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    assert all(attrs.get("aria-label") for _, attrs in page.tags if attrs.get("role") == "img")
    assert all(attrs.get("scope") for tag, attrs in page.tags if tag == "th")
    assert ("html", {"lang": "en"}) in page.tags


# --- requests to paste ---


def pasted(trial_body: object, twist: Twist | None = None) -> tuple[str, str]:
    """A request as curl and as Python."""
    trial = replace(honest().results[0].trial, body=trial_body, twist=twist)
    return as_curl(honest().origin, trial), as_python(honest().origin, trial)


def test_curl_sends_the_same_bytes() -> None:
    """A shell reads the body back as it was."""
    trial = replace(honest().results[0].trial, body={"prompt": 'it\'s "a" $fox\n🦊'}, twist=None)
    words = shlex.split(as_curl(honest().origin, trial).replace("\\\n", ""))

    assert words[words.index("--data-binary") + 1].encode() == written(trial)
    assert "Authorization: Bearer $TTAPI_API_KEY" in words


def test_python_sends_the_same_bytes() -> None:
    """The script runs, and sends what the run sent."""
    trial = replace(honest().results[0].trial, body={"prompt": 'it\'s "a" $fox\n🦊 {x}'}, twist=None)
    script = as_python(honest().origin, trial)
    stub = (
        "import sys, types\n"
        "def request(verb, url, headers, content, timeout):\n"
        "    print(verb, url, headers['authorization'], content.hex())\n"
        "    return types.SimpleNamespace(status_code=1, text='')\n"
        "sys.modules['httpx2'] = types.SimpleNamespace(request=request)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", stub + script], env={"TTAPI_API_KEY": "k"}, check=True, capture_output=True, text=True
    )

    url = "http://127.0.0.1/v1/images/generations"
    assert done.stdout.splitlines()[0] == f"POST {url} Bearer k {written(trial).hex()}"


def test_no_key_is_written_down() -> None:
    """Requests to paste name the variable; reports have no key at all."""
    report = run(AsyncAppTransport(HONEST), selection=SOME, key="sk-secret")

    for text in (report_text(report), page_text(report), junit_text(report), summary_text(report)):
        assert "sk-secret" not in text


def test_a_request_without_a_key_or_with_another_is_pasted_as_it_was_sent() -> None:
    """The snippet shows the fault."""
    none = pasted([], Twist(kind="no_key", constraint="x", key=Key.NONE))
    wrong = pasted([], Twist(kind="bad_key", constraint="x", key=Key.WRONG))
    get = pasted([], Twist(kind="method", constraint="x", verb="GET"))

    assert not [text for text in none if "uthorization" in text]
    assert all("TTAPI_API_KEY" not in text and "a-wrong-key" in text for text in wrong)
    assert "--data-binary" not in get[0]
    assert "content=" not in get[1]


# --- sending again ---


def test_what_failed_is_what_is_sent_again() -> None:
    """Faults and outages; not what passed."""
    assert len(failed_trials(sloppy())) == 2
    assert failed_trials(honest()) == ()


def test_an_unknown_kind_of_finding_is_no_report(tmp_path: Path) -> None:
    """Reports of other versions are told from those that can be read."""
    path = tmp_path / "report.json"
    path.write_text(report_text(sloppy()).replace('"kind": "accepts"', '"kind": "dislikes"'))

    with pytest.raises(BrokenArchive, match="dislikes"):
        read_report(str(path))
