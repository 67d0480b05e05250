"""``safelight mutants``: what is hunted, what is told, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight_testkit.mutants import hunt as hunting
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.hunt import Job, Quarry
from tests.unit.cli.conftest import Run


def test_mutants_that_are_all_noticed_end_well(run: Run) -> None:
    """Counts by group, for the fake and for the validators, and the sum in the last line."""
    result = run("mutants", "ttapi-images", "--only", "generate.n.m*", "--workers", "1")

    assert result.code == 0
    assert "  bounds" in result.out
    assert result.out.splitlines()[-1].endswith(", 0 survived, 0 equivalent")
    assert "fake " in result.out
    assert "validator " in result.out


def test_the_report_as_json_tells_every_mutant(run: Run) -> None:
    """What is wrong, what noticed it, and the request that did."""
    result = run("mutants", "ttapi-images", "--only", "generate.n.maximum/up", "--fake", "--format", "json")

    report = json.loads(result.out)
    (mutant,) = report["mutants"]
    assert (mutant["half"], mutant["mutant"], mutant["outcome"]) == ("fake", "generate.n.maximum/up", "killed")
    assert (mutant["text"], mutant["finding"]) == ("the limit is 11, not 10", "accepts")
    assert json.loads(mutant["request"])["n"] == 11
    assert report["totals"] == {"killed": 1, "survived": 0, "equivalent": 0}


def test_a_list_hunts_nothing(run: Run) -> None:
    """One line a mutant, with its sentence."""
    result = run("mutants", "ttapi-images", "--list", "--validators", "--only", "generate.n.maximum*")

    assert result.code == 0
    assert [line.split()[2] for line in result.out.splitlines()[1:]] == [
        "generate.n.maximum/up",
        "generate.n.maximum/down",
        "generate.n.maximum/dropped",
        "generate.n.maximum@dall-e-3/up",
        "generate.n.maximum@dall-e-3/down",
        "generate.n.maximum@dall-e-3/dropped",
    ]


def test_survivors_end_with_1_and_say_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told with what is wrong with it, why it lives and the request that shows it."""

    def survive(_job: Job, quarries: list[Quarry], *, workers: int, tell: Callable[[Quarry, Fate], None]) -> None:
        assert workers >= 1
        for quarry in quarries:
            fate = Fate(mutant=quarry.mutant, outcome=Outcome.SURVIVED, why="nobody looked", request='{"n": 11}')
            tell(quarry, fate)

    monkeypatch.setattr(hunting, "hunt", survive)
    result = run("mutants", "ttapi-images", "--only", "generate.n.maximum/up", "--fake")

    assert result.code == 1
    assert "generate.n.maximum/up: the limit is 11, not 10\n      nobody looked\n" in result.out
    assert '{"n": 11}' in result.out


def test_a_hunt_that_is_stopped_tells_what_it_has(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C: the report is printed, and says how many are missing."""

    def stop(_job: Job, quarries: list[Quarry], *, workers: int, tell: Callable[[Quarry, Fate], None]) -> None:
        assert workers == 2
        tell(quarries[0], Fate(mutant=quarries[0].mutant, outcome=Outcome.KILLED))
        raise KeyboardInterrupt

    monkeypatch.setattr(hunting, "hunt", stop)
    result = run("mutants", "ttapi-images", "--only", "generate.n.maximum/*", "--fake", "--workers", "2")

    assert result.code == 130
    assert "stopped: 2 more were not hunted" in result.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("ttapi-images", "--only", "generate.m.*"), "no mutant of ttapi-images fits", id="pattern"),
        pytest.param(("ttapi-images", "--operation", "generat"), "generate", id="operation"),
        pytest.param(("ttapi-image",), "ttapi-images", id="spec"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_2(run: Run, words: tuple[str, ...], says: str) -> None:
    """What is wrong and what would be right."""
    result = run("mutants", *words)

    assert result.code == 2
    assert says in result.err


def test_a_broken_spec_ends_with_2(run: Run, broken: Path) -> None:
    """Its problems are told as everywhere."""
    result = run("mutants", str(broken))

    assert result.code == 2
    assert "error[" in result.err
