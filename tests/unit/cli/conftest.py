"""Running the command line in this process, as the console script does."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from safelight.cli import main


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``safelight`` with some words; *stdin* is what it can read."""

    def call(*words: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        with pytest.raises(SystemExit) as stopped:
            main(words)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(int(stopped.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def tiny() -> Path:
    """A small spec that is sound."""
    return Path(__file__).parents[1] / "spec" / "tiny.yaml"


@pytest.fixture
def broken(tmp_path: Path, tiny: Path) -> Path:
    """The same with two problems."""
    path = tmp_path / "broken.yaml"
    text = tiny.read_text("utf-8").replace("default: png }", "default: gif }")
    path.write_text(text.replace("maximum: 8, default: 1", "maximum: 8, default: 9"), "utf-8")
    return path
