"""``safelight contract``: options, questions, exit codes and files."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree as ET

import pytest

from safelight_mockserver import Options, fake, running
from safelight_testkit.contract.archive import read_report
from safelight_testkit.contract.progress import ProgressDisplay
from safelight_testkit.contract.result import Result as Tried
from safelight_testkit.contract.result import Verdict


class Result(Protocol):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Runs ``safelight`` with some words."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Result:
        """Run it."""
        ...


SPEC = "ttapi-images"
FEW = ("--model", "dall-e-2", "--only", "generate.n.*")


@pytest.fixture(scope="module")
def honest() -> Generator[str]:
    """The address of a server that does what the spec says."""
    with running(fake(Path(__file__).parents[3] / "spec" / "ttapi-images.yaml", Options(api_key="the-key"))) as url:
        yield url


@pytest.fixture(scope="module")
def sloppy() -> Generator[str]:
    """The address of a server that forgot a rule."""
    options = Options(ignore=["generate.n.maximum"])
    with running(fake(Path(__file__).parents[3] / "spec" / "ttapi-images.yaml", options)) as url:
        yield url


def test_a_server_that_does_what_the_spec_says_passes(run: Run, honest: str) -> None:
    """Exit code 0, a summary on stdout, progress on stderr."""
    result = run("contract", SPEC, "--base-url", honest, "--api-key", "the-key", *FEW)

    assert result.code == 0
    assert "no faults" in result.out
    assert re.search(r"^\d+/\d+: 0 failed$", result.err, re.MULTILINE)


def test_a_server_that_does_not_fails_and_its_report_is_in_every_file(run: Run, sloppy: str, tmp_path: Path) -> None:
    """Exit code 1; terminal, JSON, JUnit and HTML tell the same."""
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]

    result = run("contract", SPEC, "--base-url", sloppy, *FEW, *options)

    assert result.code == 1
    assert "accepts what the spec refuses (1)\n  generate.n.maximum" in result.out
    assert all("generate.n.maximum" in path.read_text("utf-8") for path in files.values())


def test_reports_can_be_printed_as_json_and_compared(run: Run, honest: str, sloppy: str, tmp_path: Path) -> None:
    """``--compare`` tells which constraint each of several servers enforces, in every form."""
    names = [str(tmp_path / name) for name in ("a.json", "b.json", "c.json")]
    for name, url in zip(names, (honest, sloppy, honest), strict=True):
        result = run("contract", SPEC, "--base-url", url, "--api-key", "the-key", *FEW, "--format", "json")
        Path(name).write_text(result.out, "utf-8")
    files = {name: tmp_path / f"compared.{name}" for name in ("json", "html")}

    different = run("contract", "--compare", *names, "--html", str(files["html"]), "--json", str(files["json"]))
    same = run("contract", "--compare", names[0], names[2])
    machine = json.loads(run("contract", "--compare", *names, "--format", "json").out)

    assert (different.code, same.code) == (1, 0)
    assert re.search(r"^generate\.n\.maximum +enforces +ignores +enforces$", different.out, re.MULTILINE)
    (row,) = (row for row in machine["constraints"] if row["differs"])
    assert (row["constraint"], row["stances"]) == ("generate.n.maximum", ["enforces", "ignores", "enforces"])
    assert json.loads(files["json"].read_text("utf-8")) == machine
    assert "generate.n.maximum" in files["html"].read_text("utf-8")


def test_what_failed_can_be_sent_again(run: Run, honest: str, sloppy: str, tmp_path: Path) -> None:
    """``--replay`` sends only that, to the same server or to another."""
    path = str(tmp_path / "report.json")
    run("contract", SPEC, "--base-url", sloppy, *FEW, "--json", path)

    again = run("contract", SPEC, "--base-url", sloppy, "--replay", path)
    fixed = run("contract", SPEC, "--base-url", honest, "--api-key", "the-key", "--replay", path)

    assert (again.code, fixed.code) == (1, 0)
    assert "no faults, 1 request in" in fixed.out


def test_a_report_says_what_to_send_again_and_where(run: Run, sloppy: str, tmp_path: Path) -> None:
    """``--replay`` needs no more than the report; a spec that is not shipped must be named."""
    path = tmp_path / "report.json"
    run("contract", SPEC, "--base-url", sloppy, *FEW, "--json", str(path))

    again = run("contract", "--replay", str(path))
    path.write_text(path.read_text("utf-8").replace('"spec": "ttapi-images"', '"spec": "my-api"'), "utf-8")
    unnamed = run("contract", "--replay", str(path))

    assert again.code == 1
    assert f"at {sloppy}: 1 fault, 1 request in" in again.out
    assert unnamed.code == 2
    assert "there is no file and no shipped spec 'my-api'" in unnamed.err


def test_a_replay_of_a_report_without_faults_sends_nothing(run: Run, honest: str, tmp_path: Path) -> None:
    """There is nothing to do, and that is fine."""
    path = str(tmp_path / "report.json")
    run("contract", SPEC, "--base-url", honest, "--api-key", "the-key", *FEW, "--json", path)

    result = run("contract", SPEC, "--replay", path)

    assert (result.code, result.out) == (0, "there is nothing to send\n")


def test_a_run_can_be_resumed(run: Run, honest: str, tmp_path: Path) -> None:
    """What is in the file is not sent again; a file of another run is refused."""
    words = ("contract", SPEC, "--base-url", honest, "--api-key", "the-key", *FEW, "--resume", str(tmp_path / "run"))

    first, second = run(*words), run(*words)
    other = run(*words, "--basis", "documented,observed")

    assert (first.code, second.code, other.code) == (0, 0, 2)
    assert re.search(r"^\d+/\d+: 0 failed$", first.err, re.MULTILINE)
    assert second.err == ""
    assert "is of a run with another basis" in other.err


def test_results_without_some_findings_are_not_those_of_a_run_with_them(run: Run, sloppy: str, tmp_path: Path) -> None:
    """What ``--skip`` hid must not pass later; which requests it left out does not matter."""
    words = ("contract", SPEC, "--base-url", sloppy, *FEW, "--resume", str(tmp_path / "run"))

    blind, seeing = run(*words, "--skip", "accepts"), run(*words)
    fewer = run(*words, "--skip", "accepts", "--skip", "generate.n.minimum")

    assert (blind.code, seeing.code, fewer.code) == (0, 2, 0)
    assert 'is of a run with another --skip: "accepts", and not ""' in seeing.err


def test_a_dry_run_lists_what_would_be_sent_and_needs_no_server(run: Run) -> None:
    """Each request with its price, and all together."""
    text = run("contract", SPEC, "--dry-run", *FEW)
    machine = json.loads(run("contract", SPEC, "--dry-run", *FEW, "--format", "json").out)

    assert text.code == 0
    assert re.search(r"^\d+ requests: \d+ meant to be refused, \d+ billable, about 0\.\d\d USD", text.out, re.MULTILINE)
    assert len(machine["requests"]) == machine["refused"] + machine["billable"]
    assert machine["usd"] == pytest.approx(sum(one["usd"] for one in machine["requests"]))


def test_coverage_can_be_asked_for(run: Run, honest: str) -> None:
    """A run that shows less than it should fails."""
    words = ("contract", SPEC, "--base-url", honest, "--api-key", "the-key", *FEW)

    assert run(*words, "--fail-under", "100").code == 1
    assert run(*words, "--fail-under", "1").code == 0


def test_findings_can_be_left_out_by_their_kind(run: Run, sloppy: str) -> None:
    """``--skip`` takes kinds of findings too."""
    assert run("contract", SPEC, "--base-url", sloppy, *FEW, "--skip", "accepts").code == 0


# --- money ---


def test_a_paid_host_is_not_called_without_being_asked_about(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not at a terminal has to say --yes; the plan with its price is told before."""
    monkeypatch.setenv("TTAPI_API_KEY", "k")

    result = run("contract", SPEC, "--base-url", "https://api.invalid/v1", *FEW)

    assert result.code == 2
    assert "billable, about 0." in result.err
    assert "api.invalid may send a bill: say --yes if that is meant" in result.err


def test_a_paid_host_needs_a_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken from the variable that the spec names."""
    monkeypatch.delenv("TTAPI_API_KEY", raising=False)

    result = run("contract", SPEC, "--base-url", "https://api.invalid/v1", *FEW)

    assert result.code == 2
    assert "set TTAPI_API_KEY" in result.err


def test_a_budget_needs_prices(run: Run) -> None:
    """A limit that cannot be kept is not pretended."""
    spec = Path(__file__).parents[2] / "specs" / "xai-images.yaml"

    result = run("contract", str(spec), "--base-url", "http://127.0.0.1:9/v1", "--budget", "1")

    assert result.code == 2
    assert "a budget needs prices" in result.err


def test_a_budget_is_kept(run: Run, honest: str) -> None:
    """What was not sent is told, and the run fails."""
    words = ("contract", SPEC, "--base-url", honest, "--api-key", "the-key", *FEW, "--budget", "0.02")

    result = run(*words)

    assert result.code == 1
    assert re.search(r"^not sent \(\d+\): the budget is spent$", result.out, re.MULTILINE)


# --- mistakes ---

WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no spec": ((), "name a SPEC, or reports with --compare"),
    "two specs": ((SPEC, SPEC), "name one SPEC, not 2"),
    "no such spec": (("ttapi-image",), "did you mean 'ttapi-images'?"),
    "one report": (("--compare", "a.json"), "--compare takes two JSON reports or more"),
    "a server to compare": (("--compare", "a.json", "b.json", "--junit", "x"), "--junit has no meaning with --compare"),
    "nothing left to send": ((SPEC, "--base-url", "http://127.0.0.1:9/v1", "--skip", "*"), "there is nothing to send"),
    "no server": ((SPEC,), "say where the server is, with --base-url"),
    "no address": ((SPEC, "--base-url", "localhost:8080"), "--base-url is an address such as"),
    "a query": ((SPEC, "--base-url", "http://h/v1?a=1"), "--base-url is an address such as"),
    "a broken address": ((SPEC, "--base-url", "http://[h/v1"), "--base-url is an address such as"),
    "no such operation": ((SPEC, "--operation", "generat"), "did you mean 'generate'?"),
    "no such model": ((SPEC, "--model", "dall-e-4"), "has no model 'dall-e-4'; did you mean"),
    "no such constraint": ((SPEC, "--only", "generate.n.maximun"), "did you mean 'generate.n.maximum'?"),
    "no such report": ((SPEC, "--replay", "none.json"), "none.json: No such file"),
    "no such reports": (("--compare", "none.json", "none.json"), "none.json: No such file"),
    "a key of two lines": (
        (SPEC, "--base-url", "http://127.0.0.1:9/v1", "--api-key", "a\nb"),
        "an API key is printable ASCII",
    ),
    "nobody there": (
        (SPEC, "--base-url", "http://127.0.0.1:9/v1", *FEW),
        "http://127.0.0.1:9/v1 cannot be reached: Connection refused\n",
    ),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_gets_a_sentence_and_exit_code_2(run: Run, words: tuple[str, ...], told: str) -> None:
    """Nothing that can be typed ends in a traceback."""
    result = run("contract", *words)

    assert result.code == 2
    assert told in result.err


def test_a_wrong_key_is_told_as_one(run: Run, honest: str) -> None:
    """And not as a server that refuses everything."""
    result = run("contract", SPEC, "--base-url", honest, "--api-key", "another", *FEW)

    assert result.code == 2
    assert f"{honest} does not let the key in (TTAPI_API_KEY): the answer is 401" in result.err


@pytest.mark.parametrize("option", ["--json", "--junit", "--html", "--resume"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent(run: Run, tmp_path: Path, option: str) -> None:
    """A run that cost money has a report."""
    target = str(tmp_path / "none" / "report")

    result = run("contract", SPEC, "--base-url", "http://127.0.0.1:9/v1", *FEW, option, target)

    assert result.code == 2
    assert f"{target} cannot be written" in result.err


def test_a_run_that_is_interrupted_leaves_whole_reports(
    run: Run, honest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C: what was done is told, what was not is told as that, and nothing else is claimed."""
    tell = ProgressDisplay.tell

    def interrupting(display: ProgressDisplay, result: Tried) -> None:
        tell(display, result)
        if result.trial.number == 12:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ProgressDisplay, "tell", interrupting)
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]

    result = run("contract", SPEC, "--base-url", honest, "--api-key", "the-key", "--refused-only", *options)

    report = read_report(str(files["json"]))
    unsent = report.of(Verdict.UNSENT)
    assert result.code == 130
    assert report.interrupted
    assert 0 < len(report.of(Verdict.PASSED)) < len(report.results)
    assert {one.why for one in unsent} == {"the run was interrupted"}
    assert {tally.model for tallies in report.coverage.values() for tally in tallies if tally.missing}
    assert f"interrupted; {SPEC}" in result.out
    assert f"the run was interrupted: {len(unsent)} requests not sent." in files["html"].read_text("utf-8")
    skipped = ET.parse(files["junit"]).getroot().attrib["skipped"]
    assert int(skipped) == len(unsent)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files.values()}


def test_whoever_loses_patience_while_a_report_is_written_keeps_the_one_before(
    run: Run, honest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report is whole, or it is not there."""
    target = tmp_path / "report.json"
    words = ("contract", SPEC, "--base-url", honest, "--api-key", "the-key", *FEW, "--json", str(target))
    run(*words)
    before = target.read_text("utf-8")
    write = Path.write_text

    def cut(path: Path, text: str, *rest: str, **how: str) -> int:
        write(path, text[: len(text) // 2], *rest, **how)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", cut)
    result = run(*words)

    assert result.code != 0
    assert target.read_text("utf-8") == before
    assert [*tmp_path.iterdir()] == [target]
