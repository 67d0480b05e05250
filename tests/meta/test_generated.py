"""Generated files are what `make generate` writes today, and `--check` sees every way in which they are not."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SPEC = "spec/ttapi-images.yaml"
CLIENT = Path("generated/python/ttapi_images/ttapi_images")

Run = Callable[..., subprocess.CompletedProcess[str]]


def edit(file: Path) -> None:
    """Change *file* by hand."""
    file.write_text(file.read_text("utf-8") + "\n# fixed by hand\n", "utf-8")


def test_generated_files_are_fresh(safelight: Run, root: Path) -> None:
    """What is committed is what the spec, the templates and the runtime give."""
    result = safelight("generate", "--check", SPEC, cwd=root)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param(edit, "validators.py", id="edited"),
        pytest.param(Path.unlink, "errors.py", id="missing"),
        pytest.param(Path.touch, "left_over.py", id="extra"),
    ],
)
def test_a_stale_generated_file_is_noticed(
    change: Callable[[Path], None], name: str, safelight: Run, checkout: Path
) -> None:
    """An edit by hand, a lost file and a file too many all fail the check, each by its name."""
    change(checkout / CLIENT / name)

    result = safelight("generate", "--check", SPEC, cwd=checkout)

    assert result.returncode == 1, result.stdout + result.stderr
    assert name in result.stdout + result.stderr
    assert "safelight generate" in result.stdout + result.stderr


def test_generating_anew_repairs_what_is_stale(safelight: Run, checkout: Path, root: Path) -> None:
    """The command that the check names is the one that helps."""
    edit(checkout / CLIENT / "validators.py")

    written = safelight("generate", SPEC, cwd=checkout)
    checked = safelight("generate", "--check", SPEC, cwd=checkout)

    assert (written.returncode, checked.returncode) == (0, 0), written.stderr + checked.stdout
    assert (checkout / CLIENT / "validators.py").read_bytes() == (root / CLIENT / "validators.py").read_bytes()
