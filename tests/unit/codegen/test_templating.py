"""What Jinja makes of the templates is kept between runs, and only time depends on it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from safelight_codegen import templating
from safelight_codegen.templating import CompiledTemplates

NAME = "line.jinja"


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one template, in a process that may keep what it compiles."""
    (tmp_path / NAME).write_text("{{ word }} once\n", "utf-8")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    yield tmp_path
    tmp_path.chmod(0o700)


def rendered(folder: Path) -> str:
    """Render the template as a new process would."""
    return fresh(folder).get_template(NAME).render(word="told")


def fresh(folder: Path) -> Environment:
    """An environment that has compiled nothing yet."""
    return Environment(loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(), autoescape=False)


def kept(folder: Path) -> list[Path]:
    """The files that are kept of the templates in *folder*."""
    return sorted(folder.rglob("*.pyc"))


def compiles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether rendering has to compile."""
    compiled: list[str] = []
    real: Any = Environment.compile

    def told(*args: object, **options: object) -> object:
        compiled.append(NAME)
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Environment, "compile", told)
        assert rendered(folder).startswith("told")
    return bool(compiled)


def test_a_template_is_compiled_once(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process takes what the first one made, where Python keeps its own."""
    assert compiles(templates, monkeypatch)

    (file,) = kept(templates)
    assert file.parent == templates / "__pycache__"
    assert not compiles(templates, monkeypatch)


def test_an_edited_template_is_compiled_anew(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept counts for the very same text only, whatever the clock says."""
    assert rendered(templates) == "told once"
    before = (templates / NAME).stat()
    (templates / NAME).write_text("{{ word }} more\n", "utf-8")
    os.utime(templates / NAME, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert rendered(templates) == "told more"
    assert not compiles(templates, monkeypatch)


def test_another_jinja_or_python_compiles_anew(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one version made says nothing about what another would make."""
    rendered(templates)
    monkeypatch.setattr(templating, "_READER", "another")

    assert compiles(templates, monkeypatch)


@pytest.mark.parametrize("keep", [0, 10, 65, 100], ids=lambda keep: f"{keep} bytes left")
def test_a_damaged_file_is_replaced(templates: Path, monkeypatch: pytest.MonkeyPatch, keep: int) -> None:
    """A full disk leaves parts of files; nobody should have to know where to delete them."""
    rendered(templates)
    (file,) = kept(templates)
    whole = file.read_bytes()
    file.write_bytes(whole[:keep])

    assert compiles(templates, monkeypatch)
    assert file.read_bytes() == whole


def test_where_nothing_can_be_kept_templates_work_all_the_same(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package may belong to somebody else, or lie on a read-only disk."""
    (templates / "__pycache__").write_text("a file where a folder should be", "utf-8")

    assert compiles(templates, monkeypatch)
    assert compiles(templates, monkeypatch)
    assert kept(templates) == []


def test_python_s_own_switches_count(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``PYTHONDONTWRITEBYTECODE`` and ``PYTHONPYCACHEPREFIX`` mean templates as well as modules."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    rendered(templates)
    assert kept(templates) == []

    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(templates / "elsewhere"))
    rendered(templates)
    (file,) = kept(templates)
    assert file.is_relative_to(templates / "elsewhere")
    assert not (templates / "__pycache__").exists()


def test_output_is_the_same_with_and_without_what_is_kept(tmp_path: Path) -> None:
    """Generated files are a function of the spec: what a run finds in a cache does not show in them."""
    spec = Path(__file__).parents[3] / "spec" / "ttapi-images.yaml"
    trees: list[dict[str, bytes]] = []
    for number in range(2):
        out = tmp_path / str(number)
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path / "kept")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run(
            [sys.executable, "-m", "safelight.cli", "generate", str(spec), "--only", "python", "--out", str(out)],
            check=True,
            capture_output=True,
            env=environment,
        )
        trees.append({str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    first, second = trees

    assert any(path.name.startswith("validators.py.") for path in kept(tmp_path / "kept"))
    assert first == second
