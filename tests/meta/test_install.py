"""An installed checkout is seen from anywhere: by Python, and by type checkers that know nothing of this repository."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("safelight", "safelight_codegen", "safelight_mockserver", "safelight_testkit", "ttapi_images")
FOLDERS = ("spec", "codegen", "mockserver", "generated")
CHECKERS = {
    "mypy": ("-m", "mypy", "--strict", "--cache-dir=cache", "--python-executable", sys.executable),
    "pyright": ("-m", "pyright", "--pythonpath", sys.executable),
}


def outside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in *folder*, which is not in the repository."""
    return subprocess.run([sys.executable, *arguments], cwd=folder, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_can_be_imported_from_anywhere(package: str, tmp_path: Path) -> None:
    """Nothing depends on the directory that a user works in."""
    result = outside(tmp_path, "-c", f"import {package}")

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_the_checkout_is_no_package(folder: str, tmp_path: Path) -> None:
    """Every class exists once, under its package's name: the folders around the packages cannot be imported."""
    result = outside(tmp_path, "-c", f"import {folder}")

    assert f"No module named '{folder}'" in result.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_type_checker_sees_the_packages_from_anywhere(checker: str, tmp_path: Path) -> None:
    """Names that exist are accepted, and one that does not is flagged in each package: none of them is a blank."""
    imports = "".join(f"import {package}\n" for package in PACKAGES)
    (tmp_path / "right.py").write_text(imports + "".join(f"print({package}.__all__)\n" for package in PACKAGES))
    (tmp_path / "wrong.py").write_text(imports + "".join(f"print({package}.absent)\n" for package in PACKAGES))

    right = outside(tmp_path, *CHECKERS[checker], "right.py")
    wrong = outside(tmp_path, *CHECKERS[checker], "wrong.py")

    assert right.returncode == 0, right.stdout + right.stderr
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr
    assert wrong.stdout.count("wrong.py:") >= len(PACKAGES)
