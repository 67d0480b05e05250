"""``safelight lint`` and ``safelight test-spec``: findings for people and for machines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_a_sound_spec_is_fine(run: Run, tiny: Path) -> None:
    """Nothing to say is said in one line, with exit code 0."""
    result = run("lint", str(tiny))

    assert (result.code, result.out, result.err) == (0, f"{tiny}: sound\n", "")


def test_a_shipped_spec_goes_by_its_name(run: Run) -> None:
    """Nobody has to know where the shipped specs are installed."""
    assert run("lint", "ttapi-images").code == 0


def test_every_problem_of_a_broken_spec_is_told_on_stderr(run: Run, broken: Path) -> None:
    """Problems look like a compiler's, and the exit code is 2."""
    result = run("lint", str(broken))
    gif = 'the default "gif" is outside the domain of format: format must be "png" or "jpeg", got "gif"'

    assert (result.code, result.out) == (2, "")
    assert [line for line in result.err.splitlines() if line.startswith(str(broken))] == [
        f"{broken}:30:76: error[E402]: the default 9 is outside the domain of n: n must be at most 1 for quill, got 9",
        f"{broken}:30:76: error[E402]: the default 9 is outside the domain of n: n must be at most 8, got 9",
        f"{broken}:31:84: error[E402]: {gif}",
    ]


def test_one_broken_spec_among_sound_ones_is_enough(run: Run, tiny: Path, broken: Path) -> None:
    """All specs are looked at, whatever the first one is like."""
    result = run("lint", str(broken), str(tiny))

    assert result.code == 2
    assert f"{tiny}: sound" in result.out


def test_machines_read_the_same_as_json(run: Run, tiny: Path, broken: Path) -> None:
    """Place, code, message and help come as fields, on stdout."""
    result = run("lint", "--format", "json", str(tiny), str(broken))
    sound, unsound = json.loads(result.out)

    assert (result.code, result.err) == (2, "")
    assert sound == {"path": str(tiny), "sound": True, "problems": []}
    assert (unsound["path"], unsound["sound"]) == (str(broken), False)
    assert unsound["problems"][0] == {
        "line": 30,
        "column": 76,
        "code": "E402",
        "message": "the default 9 is outside the domain of n: n must be at most 1 for quill, got 9",
        "help": "",
    }


def test_a_folder_is_no_spec(run: Run, tmp_path: Path) -> None:
    """What cannot be read is a problem like any other."""
    result = run("lint", str(tmp_path))

    assert result.code == 2
    assert f"{tmp_path}:1:1: error[E101]" in result.err


def test_cases_that_hold_are_counted(run: Run, tiny: Path) -> None:
    """`test-spec` says how many cases it ran."""
    result = run("test-spec", str(tiny))

    assert (result.code, result.out) == (0, f"{tiny}: 2 cases, 0 failed\n")


def with_wrong_case(tiny: Path, folder: Path) -> Path:
    """A spec one of whose cases is not what it says."""
    path = folder / "wrong.yaml"
    text = tiny.read_text("utf-8").replace("soft: true, format: jpeg }]", "soft: true, format: png }]")
    path.write_text(text, "utf-8")
    return path


def test_a_case_that_fails_is_a_finding(run: Run, tiny: Path, tmp_path: Path) -> None:
    """It is told with its place and with what was expected and found, and the exit code is 1."""
    path = with_wrong_case(tiny, tmp_path)
    result = run("test-spec", str(path))
    wrong = "ought to break only draw.soft-needs-png, and breaks nothing"

    assert result.code == 1
    assert result.out.splitlines() == [
        f"{path}:50:19: error[draw.soft-needs-png]: number 1 under rejects {wrong}",
        "   50 |         rejects: [{ model: bristle, prompt: a fox, soft: true, format: png }]",
        "      |                   ^",
        f"{path}: 2 cases, 1 failed",
    ]


def test_machines_read_failed_cases_as_json(run: Run, tiny: Path, tmp_path: Path) -> None:
    """The request, the place and both sides come as fields."""
    path = with_wrong_case(tiny, tmp_path)
    result = run("test-spec", "--format", "json", str(path))

    assert result.code == 1
    assert json.loads(result.out) == [
        {
            "path": str(path),
            "cases": 2,
            "failures": [
                {
                    "rule": "draw.soft-needs-png",
                    "kind": "rejects",
                    "number": 1,
                    "line": 50,
                    "column": 19,
                    "body": {"model": "bristle", "prompt": "a fox", "soft": True, "format": "png"},
                    "expected": ["draw.soft-needs-png"],
                    "found": [],
                }
            ],
        }
    ]


def test_the_cases_of_a_broken_spec_are_not_run(run: Run, broken: Path) -> None:
    """A spec that is not sound has no cases worth running: exit code 2."""
    result = run("test-spec", str(broken))

    assert (result.code, result.out) == (2, "")
    assert "error[E402]" in result.err
