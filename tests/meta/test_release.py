"""What is said twice about a release is said the same: versions, Pythons, pins, packages, what CI runs."""

import importlib
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PACKAGES = ("safelight", "safelight_codegen", "safelight_mockserver", "safelight_testkit")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@pytest.fixture(scope="module")
def pyproject(root: Path) -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def newest_in_changelog(changelog: str) -> str | None:
    """Read the version of the topmost section of a changelog."""
    match = re.search(r"^## (\d+\.\d+\.\d+\S*)", changelog, re.MULTILINE)
    return match[1] if match else None


def pin_problems(constraints: str, requirements: Iterable[str]) -> list[str]:
    """Compare pins to the *requirements* they are for.

    Args:
        constraints: Lines of ``name==version``, with a marker where one is needed.
        requirements: What pyproject.toml asks for.

    Returns:
        Lines that are no plain pin, requirements without a pin, and pins outside the range asked for.
    """
    problems: list[str] = []
    pins: dict[str, Version] = {}
    for line in constraints.splitlines():
        try:
            pin = Requirement(line)
            (exact,) = pin.specifier
        except (InvalidRequirement, ValueError):
            problems.append(f"not a pin: {line}")
            continue
        if exact.operator != "==" or pin.url:
            problems.append(f"not a pin: {line}")
        else:
            pins[canonicalize_name(pin.name)] = Version(exact.version)
    for text in requirements:
        asked = Requirement(text)
        pinned = pins.get(canonicalize_name(asked.name))
        if pinned is None:
            problems.append(f"no pin: {text}")
        elif not asked.specifier.contains(pinned, prereleases=True):
            problems.append(f"{asked.name}=={pinned} is not in: {text}")
    return problems


def python_problems(pyproject: Mapping[str, Any], pythons: tuple[str, ...] = PYTHONS) -> list[str]:
    """List every place in *pyproject* that disagrees with the supported *pythons*."""
    project, tool = pyproject["project"], pyproject["tool"]
    classified = [
        text.rpartition(" ")[2] for text in project["classifiers"] if re.search(r":: Python :: \d\.\d+$", text)
    ]
    oldest = pythons[0]
    claims = {
        "classifiers": (tuple(classified), pythons),
        "requires-python": (project["requires-python"], f">={oldest}"),
        "ruff target-version": (tool["ruff"]["target-version"], f"py{oldest.replace('.', '')}"),
        "pyright pythonVersion": (tool["pyright"]["pythonVersion"], oldest),
    }
    return [f"{place}: {said!r}, not {right!r}" for place, (said, right) in claims.items() if said != right]


def package_problems(pyproject: Mapping[str, Any], kit: tuple[str, ...], clients: tuple[str, ...]) -> list[str]:
    """List every place in *pyproject* that forgets a package of the *kit* or a client, or names one too many."""
    tool = pyproject["tool"]
    wheel = tool["hatch"]["build"]["targets"]["wheel"]
    claims = {
        "hatch packages": ({path.rpartition("/")[2] for path in wheel["packages"]}, {*kit}),
        "hatch dev-mode-dirs": ({*wheel["dev-mode-dirs"]}, {path.partition("/")[0] for path in wheel["packages"]}),
        "check-wheel-contents toplevel": ({*tool["check-wheel-contents"]["toplevel"]}, {*kit}),
        "importlinter root_packages": ({*tool["importlinter"]["root_packages"]}, {*kit, *clients}),
        "coverage source_pkgs": ({*tool["coverage"]["run"]["source_pkgs"]}, {*kit, *clients}),
    }
    return [f"{place}: {sorted(said ^ right)}" for place, (said, right) in claims.items() if said != right]


def places(problems: Iterable[str]) -> list[str]:
    """Keep where each problem is, without what it is."""
    return [problem.partition(":")[0] for problem in problems]


def is_generated(root: Path, path: str) -> bool:
    """Ask git whether reviews fold *path* away as generated."""
    answer = subprocess.run(
        ["git", "check-attr", "linguist-generated", "--", path], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    return answer.rstrip().endswith((": set", ": true"))


def is_ignored(root: Path, path: str) -> bool:
    """Ask git whether it ignores *path*."""
    return subprocess.run(["git", "check-ignore", "--quiet", path], cwd=root, check=False).returncode == 0


def make_targets(text: str) -> set[str]:
    """Find the targets of the `make` commands that stand at the start of a line or of a code span."""
    return set(re.findall(r"(?:^|`)\s*make ([a-z][a-z-]*)", text, re.MULTILINE))


def version_problems(version: str, changelog: str, package: str) -> list[str]:
    """List what names another version than the metadata: the newest section of the changelog, the package."""
    claims = {"CHANGELOG.md": newest_in_changelog(changelog), "safelight.__version__": package}
    return [f"{place}: {said}, not {version}" for place, said in claims.items() if said != version]


def test_version_is_the_same_everywhere(root: Path, pyproject: dict[str, Any]) -> None:
    """The package, its metadata and the changelog name one version."""
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    package: str = importlib.import_module("safelight").__version__

    assert version_problems(pyproject["project"]["version"], changelog, package) == []


def test_another_version_is_noticed() -> None:
    """Of a package that was not raised, of a changelog that has no section for the release, or none at all."""
    assert version_problems("0.2.0", "## 0.2.0\n", "0.1.0") == ["safelight.__version__: 0.1.0, not 0.2.0"]
    assert version_problems("0.2.0", "## 0.1.0\n", "0.2.0") == ["CHANGELOG.md: 0.1.0, not 0.2.0"]
    assert version_problems("0.2.0", "", "0.2.0") == ["CHANGELOG.md: None, not 0.2.0"]


def test_newest_version_of_a_changelog_is_the_topmost() -> None:
    """The check above reads the section on top, and finds none where there is none."""
    assert newest_in_changelog("# Changelog\n\n## 0.2.0 (unreleased)\n\n## 0.1.0\n") == "0.2.0"
    assert newest_in_changelog("# Changelog\n\nNothing yet.\n") is None


def test_every_requirement_is_pinned_within_its_range(root: Path, pyproject: dict[str, Any]) -> None:
    """What a checkout installs is fixed, is what pyproject.toml allows, and comes from whatever registry is set up."""
    groups = [text for group in pyproject["dependency-groups"].values() for text in group]
    requirements = [*pyproject["build-system"]["requires"], *pyproject["project"]["dependencies"], *groups]

    assert pin_problems((root / "constraints.txt").read_text("utf-8"), requirements) == []


@pytest.mark.parametrize(
    ("constraints", "problem"),
    [
        pytest.param("a==1\n", "no pin: b>=2", id="forgotten"),
        pytest.param("a==1\nb==1.9", "b==1.9 is not in: b>=2", id="too old"),
        pytest.param("a==1\nb==2\nc>=1", "not a pin: c>=1", id="range"),
        pytest.param(
            "a==1\nb==2\n--index-url https://example.com", "not a pin: --index-url https://example.com", id="url"
        ),
        pytest.param(
            "a==1\nb==2\nc @ https://example.com/c.whl", "not a pin: c @ https://example.com/c.whl", id="link"
        ),
    ],
)
def test_a_wrong_pin_is_noticed(constraints: str, problem: str) -> None:
    """The check above can fail, in each of its ways."""
    assert pin_problems(constraints, ["A", "b>=2"]) == [problem]


def test_supported_pythons_are_the_same_everywhere(pyproject: dict[str, Any]) -> None:
    """Classifiers, the accepted range, the linter and the type checker speak of the same Pythons."""
    assert python_problems(pyproject) == []


def test_a_forgotten_python_is_noticed(pyproject: dict[str, Any]) -> None:
    """The check above fails when a Python joins or leaves in one place only."""
    newer, fewer = (*PYTHONS, "3.15"), PYTHONS[1:]

    assert places(python_problems(pyproject, newer)) == ["classifiers"]
    assert places(python_problems(pyproject, fewer)) == [
        "classifiers",
        "requires-python",
        "ruff target-version",
        "pyright pythonVersion",
    ]


def test_every_package_is_in_every_list(pyproject: dict[str, Any]) -> None:
    """The build, the wheel check, the import contracts and the coverage gate leave no package out."""
    assert package_problems(pyproject, PACKAGES, ("ttapi_images",)) == []


def test_a_package_missing_from_a_list_is_noticed(pyproject: dict[str, Any]) -> None:
    """The check above fails in every list when a package is added to none of them."""
    assert places(package_problems(pyproject, (*PACKAGES, "safelight_new"), ("ttapi_images",))) == [
        "hatch packages",
        "check-wheel-contents toplevel",
        "importlinter root_packages",
        "coverage source_pkgs",
    ]
    assert places(package_problems(pyproject, PACKAGES, ("ttapi_images", "other_client"))) == [
        "importlinter root_packages",
        "coverage source_pkgs",
    ]


def test_generated_files_are_marked_and_committed(root: Path) -> None:
    """Reviews fold generated files away, and no ignore rule makes the build drop them."""
    path = "generated/python/ttapi_images/ttapi_images/client.py"

    assert is_generated(root, path)
    assert not is_ignored(root, path)


def test_written_files_are_not_marked_and_rubbish_is_ignored(root: Path) -> None:
    """The two questions above can be answered the other way."""
    assert not is_generated(root, "spec/safelight/model.py")
    assert is_ignored(root, ".venv/bin/python")


def test_ci_runs_the_test_command_of_the_readme(root: Path) -> None:
    """What CI does is what the README tells a person to type."""
    script = root / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert make_targets(script.read_text("utf-8")) == {"test"}
    assert "test" in make_targets((root / "README.md").read_text("utf-8"))


def test_make_commands_are_found_in_text_and_scripts() -> None:
    """The check above reads commands, not prose."""
    assert make_targets("Run `make check`, or:\n\n    make demo\n\nIt can make test runs slow.") == {"check", "demo"}
