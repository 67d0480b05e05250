"""Modules stay small enough to be read in one sitting."""

from collections.abc import Iterable, Mapping
from pathlib import Path

KIT = ("spec", "codegen", "mockserver")
LIMIT = 500


def overlong(modules: Mapping[str, int], limit: int = LIMIT) -> tuple[str, ...]:
    """Name each module whose count of lines is above *limit*."""
    return tuple(f"{name}: {lines} lines, at most {limit}" for name, lines in modules.items() if lines > limit)


def line_counts(root: Path, paths: Iterable[Path]) -> dict[str, int]:
    """Count the lines of each path below *root*."""
    return {path.as_posix(): len((root / path).read_text("utf-8").splitlines()) for path in paths}


def test_no_module_of_the_kit_is_longer_than_500_lines(root: Path, tracked: tuple[Path, ...]) -> None:
    """A module that outgrew its noun is split before it gets here."""
    modules = [path for path in tracked if path.suffix == ".py" and path.parts[0] in KIT]

    assert modules
    assert overlong(line_counts(root, modules)) == ()


def test_a_module_over_the_limit_is_noticed(tmp_path: Path) -> None:
    """The check above fails one line past the limit and not before."""
    (tmp_path / "short.py").write_text("pass\n" * LIMIT)
    (tmp_path / "long.py").write_text("pass\n" * (LIMIT + 1))

    counts = line_counts(tmp_path, (Path("short.py"), Path("long.py")))

    assert overlong(counts) == ("long.py: 501 lines, at most 500",)
