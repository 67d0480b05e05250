"""What the README tells testers to type works: its tests pass, and its commands find nothing wrong with a fake."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from markdown_it import MarkdownIt

from safelight_mockserver import fake, running

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:8080/v1"


def blocks(language: str) -> list[str]:
    """The blocks of the README that are written in a language."""
    tokens = MarkdownIt().parse((ROOT / "README.md").read_text("utf-8"))
    return [one.content for one in tokens if one.type == "fence" and one.info.split()[:1] == [language]]


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with the programs that are installed here."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        shlex.split(command),
        cwd=folder,
        env=os.environ | {"PATH": path},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_tests_in_the_readme_pass(pytester: pytest.Pytester) -> None:
    """With the configuration that stands above them, and nothing else."""
    (config,) = blocks("toml")
    (tests,) = [block for block in blocks("python") if "def test_" in block]
    pytester.makepyprojecttoml(config)
    pytester.makepyfile(tests)

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=tests.count("def test_"))


def test_the_steps_for_ci_pass_where_the_server_is_right(tmp_path: Path) -> None:
    """All of the spec is shown, and the reports are there for CI to keep."""
    (steps,) = blocks("yaml")
    (command,) = [step["run"] for step in yaml.safe_load(steps) if step["run"].startswith("safelight ")]

    with running(fake(ROOT / "spec" / "ttapi-images.yaml")) as url:
        done = shell(command.replace(ADDRESS, url), tmp_path)

    assert (done.returncode, "no faults" in done.stdout) == (0, True), done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"report.xml", "report.html", "report.json"}


def test_the_suite_as_tests_of_pytest_passes_where_the_server_is_right(pytester: pytest.Pytester) -> None:
    """The line to type, with the configuration above."""
    (config,) = blocks("toml")
    (line,) = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("pytest ")]
    pytester.makepyprojecttoml(config)

    with running(fake(ROOT / "spec" / "ttapi-images.yaml")) as url:
        done = shell(f"{line.replace(ADDRESS, url)} -q -p no:cacheprovider", pytester.path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (pytester.path / "report.xml").is_file()
