"""What the README of a client shows, and its command, for APIs of one operation and of several."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.loading import load
from safelight_codegen import Mode, generate
from safelight_mockserver import fake, running
from tests.strategies import ROOT, SPEC_FILES

SEVERAL = sorted((ROOT / "tests" / "specs" / "several").glob("*.yaml"))
CALLS = ROOT / "tests" / "specs" / "several" / "calls.yaml"
SPECS = pytest.mark.parametrize("spec", [*SPEC_FILES, *SEVERAL], ids=lambda path: path.stem)


def written(spec: Path, folder: Path) -> Path:
    """Write the package of a spec and tell where."""
    generate(spec, folder, Mode.WRITE, targets=("python",))
    return folder / "python" / load(spec).name.replace("-", "_")


def run(project: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a package at hand."""
    environment = {**os.environ, "PYTHONPATH": str(project), "COLUMNS": "100", **variables}
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=project.parent, env=environment, check=False, capture_output=True, text=True)


def blocks(project: Path) -> list[str]:
    """The Python code of a README."""
    return re.findall(r"^```python\n(.*?)^```$", (project / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(project: Path) -> list[list[str]]:
    """The arguments that a README gives to Python on the command line."""
    lines = (project / "README.md").read_text("utf-8").splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ python -m ")]


@SPECS
def test_the_code_of_the_readme_does_what_it_says(spec: Path, tmp_path: Path) -> None:
    """Each function makes its call and saves the picture; the call that is refused is refused with what is printed."""
    project, loaded = written(spec, tmp_path), load(spec)
    code = "".join(blocks(project))
    functions = re.findall(r"^def (\w+)\(client: Client\)", code, re.MULTILINE)
    program = (
        f"{code}\nimport pathlib\nwith Client() as client:\n"
        f"    for function in ({', '.join(functions)},):\n        function(client)\n"
        "        pathlib.Path('picture').rename(function.__name__ + '.saved')\n"
    )
    (tmp_path / "program.py").write_text(program, "utf-8")
    with running(fake(loaded)) as url:
        base = loaded.key_variable.removesuffix("_API_KEY").removesuffix("_KEY") + "_BASE_URL"
        done = run(project, str(tmp_path / "program.py"), **{loaded.key_variable: "any", base: url})

    assert done.stderr == "", done.stderr
    assert len(functions) == len(loaded.operations)
    assert len(list(project.parent.glob("*.saved"))) == len(loaded.operations)
    assert done.stdout.splitlines() == re.findall(r"print\(error.violations\[0\].message\)  # (.*)", code)


@SPECS
def test_the_commands_of_the_readme_make_images(spec: Path, tmp_path: Path) -> None:
    """They name what the API asks for, and a file of the format that comes: typed as they stand, they end with 0."""
    project, loaded = written(spec, tmp_path), load(spec)
    for words in commands(project):
        with running(fake(loaded)) as url:
            done = run(project, *words, "--api-key", "any", "--base-url", url)
        (file,) = project.parent.glob("fox.*")
        file.unlink()
        assert (done.returncode, done.stdout) == (0, f"{file.name}\n")
    assert len(commands(project)) == len(loaded.operations)


def test_the_help_of_a_command_with_several_operations_names_them_all(tmp_path: Path) -> None:
    """First which operations there are and what each is for; then, of one of them, its parameters alone."""
    project = written(CALLS, tmp_path)
    every, one = run(project, "-m", "calls", "--help").stdout, run(project, "-m", "calls", "vary", "--help").stdout

    assert re.search(r"^usage: python -m calls \[-h\] OPERATION \.\.\.$", every, re.MULTILINE)
    assert re.search(r"^    draw +Draws pictures\.$", every, re.MULTILINE)
    assert re.search(r"^    vary +Makes another picture of one\.$", every, re.MULTILINE)
    assert one.startswith("usage: python -m calls vary [-h]")
    assert "--size" in one
    assert "--named" not in one


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "python -m calls: error: the following arguments are required: OPERATION"),
        (("a fox",), "argument OPERATION: invalid choice: 'a fox' (choose from "),
        (("vary",), "python -m calls vary: error: the following arguments are required: link"),
        (("vary", "a fox", "--named", "Ann"), "error: unrecognized arguments: --named Ann"),
    ],
    ids=["nothing", "no operation", "no prompt", "parameter of another"],
)
def test_a_wrong_command_line_says_what_is_wrong(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """It is wrong usage, exit code 2, and nothing is sent."""
    done = run(written(CALLS, tmp_path), "-m", "calls", *words)

    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_an_operation_of_several_is_judged_by_its_own_rules(tmp_path: Path) -> None:
    """The error names the operation as it was called, and the rule."""
    done = run(written(CALLS, tmp_path), "-m", "calls", "vary", "a fox", "--size", "1*1", "--api-key", "any")

    assert done.returncode == 1
    assert done.stderr.startswith("python -m calls vary: ")
    assert "size must have edges of at least 64 pixels" in done.stderr
