"""``safelight generate``: writes, compares, shows the difference, and says what it did."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder to write into."""
    return tmp_path / "out"


@pytest.fixture
def written(run: Run, tiny: Path, out: Path) -> Path:
    """The Python client of the small spec, as it was written."""
    assert run("generate", str(tiny), "--out", str(out), "--only", "python").code == 0
    return out / "python" / "tiny"


def test_what_was_written_is_counted(run: Run, tiny: Path, out: Path) -> None:
    """The first run writes, the second has nothing to do."""
    first = run("generate", str(tiny), "--out", str(out), "--only", "python")
    second = run("generate", str(tiny), "--out", str(out), "--only", "python")
    files = [path for path in out.rglob("*") if path.is_file()]

    assert first.out.startswith(f"{tiny}: wrote {len(files)} files in {out}\n")
    assert second.out.startswith(f"{tiny}: nothing to change in {out}\n")


def test_a_fresh_folder_passes_the_check(run: Run, tiny: Path, written: Path) -> None:
    """Exit code 0, and nothing is written."""
    result = run("generate", "--check", str(tiny), "--out", str(written.parents[1]), "--only", "python")

    assert (result.code, result.out) == (0, f"{tiny}: {written.parents[1]} is up to date\n")


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_a_file_that_was_edited_fails_with_a_diff(option: str, run: Run, tiny: Path, written: Path) -> None:
    """The file, the difference and the remedy are told; the file stays as it is."""
    file = next(written.rglob("validators.py"))
    edited = file.read_text("utf-8") + "# by hand\n"
    file.write_text(edited, "utf-8")
    result = run("generate", option, str(tiny), "--out", str(written.parents[1]), "--only", "python")

    assert result.code == 1
    assert "-# by hand" in result.out.splitlines()
    assert any(line.startswith("changed: ") and line.endswith("validators.py") for line in result.out.splitlines())
    assert file.read_text("utf-8") == edited


@pytest.mark.parametrize("options", [(), ("--only", "openapi"), ("--only", "python", "--http", "httpx")], ids=" ".join)
def test_the_remedy_repairs_what_the_check_found(
    run: Run, tiny: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """It can be typed as it stands: with the spec, the folder, and whatever else is not as usual."""
    out = tmp_path / "a folder"
    found = run("generate", "--check", str(tiny), "--out", str(out), *options)
    _, _, remedy = found.out.partition("to repair this, run: ")
    command, *words = shlex.split(remedy.partition("\n")[0])

    assert (found.code, command) == (1, "safelight")
    assert run(*words).code == 0
    assert run("generate", "--check", str(tiny), "--out", str(out), *options).code == 0


def test_the_remedy_says_no_more_than_it_must(
    run: Run, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is usual is left out."""
    monkeypatch.chdir(tmp_path)

    assert f"to repair this, run: safelight generate {tiny}\n" in run("generate", "--check", str(tiny)).out


def test_writing_removes_what_is_left_over(run: Run, tiny: Path, written: Path) -> None:
    """A file that the generator made once and makes no more goes away, and the count says so."""
    mark = next(written.rglob("validators.py")).read_text("utf-8").partition("\n")[0]
    file = next(written.rglob("validators.py")).with_name("left_over.py")
    file.write_text(f"{mark}\n", "utf-8")
    result = run("generate", str(tiny), "--out", str(written.parents[1]), "--only", "python")

    assert result.out.startswith(f"{tiny}: removed 1 files in ")
    assert not file.exists()


def test_machines_read_what_was_found_as_json(run: Run, tiny: Path, out: Path) -> None:
    """Lists of files, by spec."""
    result = run("generate", "--check", str(tiny), "--out", str(out), "--only", "python", "--format", "json")
    (found,) = json.loads(result.out)

    assert result.code == 1
    assert (found["spec"], found["out"], found["clean"], found["changed"]) == (str(tiny), str(out), False, [])
    assert any(name.endswith("validators.py") for name in found["missing"])


def test_without_a_spec_those_of_the_checkout_are_meant(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout `safelight generate` is enough; elsewhere the shipped specs are meant."""
    monkeypatch.chdir(tmp_path)
    shipped = run("generate", "--check", "--only", "python", "--format", "json")
    (tmp_path / "spec").mkdir()
    spec = Path(__file__).parents[1] / "spec" / "tiny.yaml"
    (tmp_path / "spec" / "tiny.yaml").write_text(spec.read_text("utf-8"), "utf-8")
    own = run("generate", "--check", "--only", "python", "--format", "json")

    assert [Path(one["spec"]).name for one in json.loads(shipped.out)] == ["ttapi-images.yaml"]
    assert [one["spec"] for one in json.loads(own.out)] == [str(Path("spec", "tiny.yaml"))]


def test_a_broken_spec_makes_nothing(run: Run, broken: Path, out: Path) -> None:
    """Its problems are told, with exit code 2."""
    result = run("generate", str(broken), "--out", str(out))

    assert (result.code, result.out) == (2, "")
    assert "error[E402]" in result.err
    assert not out.exists()


def test_the_files_of_somebody_else_are_left_alone(run: Run, tiny: Path, out: Path) -> None:
    """A wrong `--out` harms nobody, with exit code 2."""
    (out / "python" / "tiny").mkdir(parents=True)
    (out / "python" / "tiny" / "diary.txt").write_text("mine", "utf-8")
    result = run("generate", str(tiny), "--out", str(out), "--only", "python")

    assert result.code == 2
    assert "safelight generate did not make" in result.err


def test_a_kind_of_output_that_is_not_there_is_told(run: Run, tiny: Path) -> None:
    """With what was meant."""
    result = run("generate", str(tiny), "--only", "pyton")

    assert result.code == 2
    assert "did you mean 'python'?" in result.err
