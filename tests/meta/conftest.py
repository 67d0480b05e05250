"""What the checks about the repository look at."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a ``document`` once for each document that people read."""
    if "document" in metafunc.fixturenames:
        patterns = ("*.md", "docs/*.md", "spec/*.md", "generated/python/*/*.md")
        paths = (path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern))
        metafunc.parametrize("document", sorted(path.as_posix() for path in paths))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> tuple[Path, ...]:
    """Every file that is in the repository or would be after `git add --all`, relative to its root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(Path(name) for name in sorted(set(listing.split("\0"))) if name and (ROOT / name).is_file())


@pytest.fixture
def checkout(tmp_path: Path, tracked: tuple[Path, ...]) -> Path:
    """A copy of the repository's files, to run commands in and to break things in."""
    copy = tmp_path / "checkout"
    for path in tracked:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copy / path)
    return copy


@pytest.fixture(scope="session")
def safelight() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The installed ``safelight`` command: call it with its arguments and a working directory."""
    command = Path(sys.executable).with_name("safelight")
    assert command.exists(), "the checkout is not installed: make install"

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([command, *arguments], cwd=cwd, check=False, capture_output=True, text=True)

    return run
