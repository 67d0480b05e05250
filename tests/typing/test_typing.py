"""What type checkers say of generated code, and of calls to it.

The files under ``cases/`` are never run.  Each line that a checker must flag ends in a comment ``# error: why``; mypy
(strict, with the error code ``deprecated``) and Pyright (strict) must each flag exactly these lines.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from safelight import load
from safelight_codegen import Mode, generate
from tests.strategies import SPEC_FILES

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "generated" / "python"
SPECS = (*SPEC_FILES, *sorted((ROOT / "tests" / "specs" / "several").glob("*.yaml")))
CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))

Flagged: TypeAlias = set[tuple[str, int]]
"""File names and line numbers."""
Checker: TypeAlias = Callable[[Iterable[Path], Iterable[Path], Path], Flagged]


def mypy(files: Iterable[Path], paths: Iterable[Path], work: Path, *, codes: str = "deprecated") -> Flagged:
    """The lines that mypy flags in *files*, with imports found in *paths*; *codes* are on beside the strict ones."""
    config = work / "mypy.ini"
    config.write_text(
        f"[mypy]\nstrict = true\nwarn_unreachable = true\nenable_error_code = {codes}\n"
        f"mypy_path = {':'.join(map(str, paths))}\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(work / "cache")]
    done = subprocess.run([*command, *map(str, files)], cwd=work, check=False, capture_output=True, text=True)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    found = re.finditer(r"^(.+?):(\d+): error:", done.stdout, re.MULTILINE)
    return {(Path(match[1]).name, int(match[2])) for match in found}


def pyright(files: Iterable[Path], paths: Iterable[Path], work: Path, *, mode: str = "strict") -> Flagged:
    """The lines that Pyright flags in *files*, which lie below *work*, with imports found in *paths*."""
    project = work / "pyrightconfig.json"
    include = [str(file.relative_to(work)) for file in files]
    settings = {"include": include, "extraPaths": [*map(str, paths)], "typeCheckingMode": mode}
    project.write_text(json.dumps(settings | {"pythonVersion": "3.11"}))
    options = ["--project", str(project), "--pythonpath", sys.executable, "--outputjson"]
    command = [sys.executable, "-m", "pyright", *options]
    done = subprocess.run(command, cwd=work, check=False, capture_output=True, text=True)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    found = [one for one in json.loads(done.stdout)["generalDiagnostics"] if one["severity"] == "error"]
    return {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in found}


def expected(files: Iterable[Path]) -> Flagged:
    """The lines that are marked as errors."""
    return {
        (file.name, number)
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if re.search(r"  # error: \S", line)
    }


checkers = pytest.mark.parametrize("check", [mypy, pyright], ids=["mypy", "pyright"])


@checkers
def test_wrong_calls_are_flagged_and_right_ones_are_not(check: Checker, tmp_path: Path) -> None:
    """A call that is wrong for its model is found while it is written, by either checker."""
    cases = [Path(shutil.copy(case, tmp_path)) for case in CASES]

    assert expected(cases)
    assert check(cases, [CLIENTS / "ttapi_images"], tmp_path) == expected(cases)


@pytest.mark.parametrize("check", [partial(mypy, codes=""), partial(pyright, mode="standard")], ids=["mypy", "pyright"])
def test_a_wrong_call_is_flagged_by_its_result_where_marks_are_off(check: Checker, tmp_path: Path) -> None:
    """Who has not asked for marks still cannot do anything with the result of a wrong call."""
    case = tmp_path / "case.py"
    case.write_text(
        "from ttapi_images import Client, GenerateResult\n\n\n"
        "def draw(client: Client) -> GenerateResult:\n"
        "    result = client.images.generate(model='gpt-image-1', prompt='a fox', style='vivid')\n"
        "    print(result.data)  # error: nothing is known of it\n"
        "    print(client.images.generate(model='dall-e-3', prompt='a fox', n=2).data)  # error: the same\n"
        "    for event in client.images.generate(model='dall-e-3', prompt='a fox', stream=True):  # error: no stream\n"
        "        print(event.type)\n"
        "    return client.images.generate(model='dall-e-2', prompt='a fox', quality='hd')  # error: of another type\n"
    )

    assert check([case], [CLIENTS / "ttapi_images"], tmp_path) == expected([case])


def test_the_mark_of_a_wrong_call_says_what_its_model_takes(tmp_path: Path) -> None:
    """Who reads the checker's message need not look into the documentation."""
    case = tmp_path / "case.py"
    case.write_text("from ttapi_images import Client\n\nClient().images.generate(model='dall-e-3', prompt='', n=2)\n")
    paths = {"MYPYPATH": str(CLIENTS / "ttapi_images")}
    options = ["--enable-error-code", "deprecated", "--cache-dir", str(tmp_path)]
    command = [sys.executable, "-m", "mypy", *options, str(case)]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, env=os.environ | paths)
    said = done.stdout.partition("is deprecated: ")[2]

    assert said.startswith("dall-e-3 takes only prompt, n (1), quality (standard, hd, auto), response_format (url,")
    assert "partial_images" not in said


def test_the_readme_of_a_client_names_the_switch_that_mypy_needs(tmp_path: Path) -> None:
    """Without it mypy passes over a wrong call in silence, and nobody would know why."""
    case = tmp_path / "case.py"
    case.write_text("from ttapi_images import Client\n\nClient().images.generate(model='dall-e-3', prompt='', n=2)\n")
    readme = (CLIENTS / "ttapi_images" / "README.md").read_text("utf-8")
    (named,) = re.findall(r'enable_error_code = \["(.+?)"\]', readme)
    paths = [CLIENTS / "ttapi_images"]

    assert mypy([case], paths, tmp_path, codes=named) == {("case.py", 3)}
    assert mypy([case], paths, tmp_path, codes="truthy-bool") == set()


@checkers
def test_an_error_that_is_not_expected_is_noticed(check: Checker, tmp_path: Path) -> None:
    """The check above can fail: it sees an error where none is marked."""
    case = tmp_path / "case.py"
    case.write_text("from ttapi_images import Client\n\nClient().images.generate(prompt=1)\n")

    assert check([case], [CLIENTS / "ttapi_images"], tmp_path) == {("case.py", 3)}


@checkers
def test_a_client_has_no_type_errors(check: Checker, tmp_path: Path) -> None:
    """Neither checker finds anything in a client of any spec, whichever forms of the language it uses."""
    for path in SPECS:
        generate(path, tmp_path, Mode.WRITE)
    projects = [tmp_path / "python" / load(path).name.replace("-", "_") for path in SPECS]
    files = [file for project in projects for file in project.rglob("*.py")]

    assert check(files, projects, tmp_path) == set()


@checkers
def test_a_client_on_httpx_has_no_type_errors(check: Checker, tmp_path: Path) -> None:
    """The surface that a client uses is the same in both libraries."""
    generate(SPEC_FILES[0], tmp_path, Mode.WRITE, http="httpx")
    project = tmp_path / "python" / "ttapi_images"

    assert check([*project.rglob("*.py")], [project], tmp_path) == set()
