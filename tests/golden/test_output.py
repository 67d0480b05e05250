"""What generation writes: the same bytes every time, formatted, complete, and a small difference for a small edit.

The committed client under ``generated/`` is the golden file; ``tests/meta/test_generated.py`` keeps it fresh.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from safelight.loading import load, loads
from safelight_codegen import Http, Mode, Options, WriteError, generate, render
from safelight_codegen.templating import FILTERS, environment, folder
from safelight_codegen.writer import DIFF_LINES, synchronise
from tests.strategies import SPEC_FILES

SPEC = SPEC_FILES[0]
PACKAGE = "python/ttapi_images/ttapi_images"


def files_of(text: str) -> dict[str, str]:
    """The files of the client that follows from the text of a spec."""
    return render(loads(text), Options(source="ttapi-images.yaml", targets=("python",)))


def changed_by(before: str, after: str) -> dict[str, list[str]]:
    """The lines that an edit of the shipped spec adds, by file."""
    text = SPEC.read_text("utf-8")
    assert text.count(before) == 1
    old, new = files_of(text), files_of(text.replace(before, after))
    assert old.keys() == new.keys()
    return {
        name.rpartition("/")[2]: [line for line in new[name].splitlines() if line not in old[name].splitlines()]
        for name in new
        if new[name] != old[name]
    }


def test_the_same_spec_gives_the_same_bytes() -> None:
    """Output depends on the spec and the options alone: not on the run, the machine or the hash seed."""
    program = (
        "import sys, json\n"
        "from safelight import load\n"
        "from safelight_codegen import Options, render\n"
        "print(json.dumps(render(load(sys.argv[1]), Options(source='a.yaml'))))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, str(SPEC)],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "LC_ALL": locale, "TZ": zone},
        ).stdout
        for seed, locale, zone in (("0", "C", "UTC"), ("4242", "C.UTF-8", "Asia/Tokyo"))
    ]

    assert runs[0] == runs[1]


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_output_is_formatted_and_lint_clean(path: Path, tmp_path: Path) -> None:
    """Templates and view-models write what the formatter leaves alone, and the linter finds nothing."""
    generate(path, tmp_path / "generated", Mode.WRITE)
    config = str(Path(__file__).parents[2] / "pyproject.toml")
    # Rules of these names are for the whole of the folder generated/ switched off there, with their reasons.
    off = ["A001", "A002", "C901", "PLR0912", "PLR0915", "ASYNC109", "T201", "INP001"]
    check = ["check", "--no-cache", "--config", config, "--extend-ignore", ",".join(off)]
    for command in (["format", "--check", "--no-cache", "--config", config], check):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=tmp_path, check=False,
                              capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_spec_s_digest_stands_in_one_file() -> None:
    """A comment in the spec changes one line of output, and a reader can still tell which spec it was made from."""
    changed = changed_by("safelight: 1\n", "safelight: 1 # the first version\n")

    assert list(changed) == ["api.py"]
    assert len(changed["api.py"]) == 1
    assert changed["api.py"][0].startswith("SPEC_DIGEST: Final = ")


def test_a_new_range_changes_its_texts_and_its_validator_and_nothing_else() -> None:
    """What follows from one line of the spec changes together, and alone."""
    changed = changed_by("        maximum: 10\n", "        maximum: 12\n")

    assert set(changed) == {"__main__.py", "images.py", "validators.py", "api.py"}
    assert all("12" in line for name in ("__main__.py", "images.py", "validators.py") for line in changed[name])


def test_a_new_word_changes_type_texts_and_validator_and_nothing_else() -> None:
    """An enumeration is told in five places, all made of one line."""
    changed = changed_by("        values: [vivid, natural]\n", "        values: [vivid, natural, muted]\n")

    assert set(changed) == {"__main__.py", "types.py", "images.py", "validators.py", "api.py"}
    assert [line for line in changed["__main__.py"] if "muted" not in line] == []
    assert changed["types.py"] == ['Style: TypeAlias = Literal["vivid", "natural", "muted"]']
    assert all("muted" in line for line in changed["validators.py"])
    assert {line.strip() for line in changed["images.py"]} == {
        'style: Style of the images. style is only for dall-e-3; style must be "vivid", "natural" or "muted".',
        'Default: "vivid".',
        '"(1024x1024, 1792x1024, 1024x1792), style (vivid, natural, muted), user"',
    }


def test_a_new_rule_adds_a_function_and_a_call() -> None:
    """Other rules and parameters are left as they are, but for the docstrings of those it names."""
    rule = """\
      - id: natural-is-slow
        when: { style: natural }
        require: { quality: hd }
        why: A natural style shows its lack of detail.
        accepts: [{ model: dall-e-3, prompt: a fox, style: natural, quality: hd }]
        rejects: [{ model: dall-e-3, prompt: a fox, style: natural, quality: standard }]

      - id: stream-needs-one-image
"""
    changed = changed_by("      - id: stream-needs-one-image\n", rule)

    assert set(changed) == {"api.py", "images.py", "validators.py"}
    assert changed["api.py"][1:] == ['        "generate.natural-is-slow",']
    assert "def _generate_natural_is_slow(sent: Body, effective: Body) -> list[Violation]:" in changed["validators.py"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with everything generated."""
    generate(SPEC, tmp_path, Mode.WRITE)
    return tmp_path


def test_fresh_output_is_clean(out: Path) -> None:
    """Comparing right after writing finds nothing, and writing again writes nothing."""
    for mode in Mode:
        changes = generate(SPEC, out, mode)
        assert changes.clean
        assert changes.summary("make it so") == ()


def test_comparing_tells_every_difference_and_changes_nothing(out: Path) -> None:
    """A changed, a missing and an extra file are told by name; a lost end counts as a change."""
    validators, types, extra = (out / PACKAGE / name for name in ("validators.py", "types.py", "left_over.py"))
    whole = validators.read_text("utf-8")
    validators.write_text(whole[:-200], "utf-8")
    types.unlink()
    extra.write_text("x = 1\n", "utf-8")
    changes = generate(SPEC, out, Mode.DIFF)

    assert changes.changed == (f"{PACKAGE}/validators.py",)
    assert changes.missing == (f"{PACKAGE}/types.py",)
    assert changes.extra == changes.kept == (f"{PACKAGE}/left_over.py",)
    assert "to repair this, run: make it so" in changes.summary("make it so")
    assert changes.diff
    assert validators.read_text("utf-8") == whole[:-200]
    assert not types.exists()


def test_other_line_ends_are_a_difference(out: Path) -> None:
    """Bytes are compared: an editor that rewrites line ends has edited the file."""
    file = out / PACKAGE / "types.py"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    assert generate(SPEC, out, Mode.DIFF).changed == (f"{PACKAGE}/types.py",)


def test_a_difference_is_cut(out: Path) -> None:
    """Nobody reads the ten-thousandth line, but how many there are is told."""
    (out / PACKAGE / "validators.py").write_text("", "utf-8")
    diff = generate(SPEC, out, Mode.DIFF).diff

    assert len(diff) == DIFF_LINES + 1
    assert diff[0] == f"--- {PACKAGE}/validators.py (as it is)"
    assert diff[-1].startswith("… and ")


def test_a_short_difference_is_whole(out: Path) -> None:
    """The cut counts lines, and takes none from a difference that is short."""
    file = out / PACKAGE / "types.py"
    file.write_text(file.read_text("utf-8").replace("vivid", "livid"), "utf-8")
    diff = generate(SPEC, out, Mode.DIFF).diff

    assert '-Style: TypeAlias = Literal["livid", "natural"]' in diff
    assert '+Style: TypeAlias = Literal["vivid", "natural"]' in diff
    assert "more lines" not in diff[-1]


def test_writing_repairs_and_removes_what_the_generator_left(out: Path) -> None:
    """A file that bears the mark and is no longer generated goes; a stranger's file stays, and is told."""
    marked, stranger = out / PACKAGE / "edits.py", out / PACKAGE / "notes.txt"
    marked.write_bytes((out / PACKAGE / "images.py").read_bytes())
    stranger.write_text("mine", "utf-8")
    (out / PACKAGE / "types.py").unlink()
    generate(SPEC, out, Mode.WRITE)
    changes = generate(SPEC, out, Mode.DIFF)

    assert not marked.exists()
    assert stranger.read_text("utf-8") == "mine"
    assert changes.extra == (f"{PACKAGE}/notes.txt",)
    kept = f"not made by safelight generate, remove or move by hand: {PACKAGE}/notes.txt"
    assert changes.summary("make it so")[-1] == kept


def test_what_tools_leave_behind_is_no_difference(out: Path) -> None:
    """Caches and builds are nobody's edit."""
    for name in ("__pycache__/types.pyc", ".mypy_cache/x", "build/x", "ttapi_images.egg-info/PKG-INFO"):
        path = out / PACKAGE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("", "utf-8")

    assert generate(SPEC, out, Mode.DIFF).clean


def test_a_folder_of_somebody_else_is_not_written_to(tmp_path: Path) -> None:
    """A wrong output folder harms nothing."""
    theirs = tmp_path / "python" / "ttapi_images" / "pyproject.toml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[project]\n", "utf-8")

    with pytest.raises(WriteError, match="holds what safelight generate did not make"):
        generate(SPEC, tmp_path, Mode.WRITE)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["pyproject.toml"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """What cannot be written is told with its path, and no traceback."""
    (tmp_path / "python").write_text("", "utf-8")

    with pytest.raises(WriteError, match=r"python/ttapi_images.*: Not a directory"):
        generate(SPEC, tmp_path, Mode.WRITE)


def test_every_file_is_marked_or_copied() -> None:
    """The first line of each rendered file says what made it; the rest is runtime, byte for byte."""
    runtime = {path.name: path.read_text("utf-8") for path in (folder("runtime") / "python").glob("*.py")}
    for name, text in files_of(SPEC.read_text("utf-8")).items():
        stem = name.rpartition("/")[2]
        if stem in runtime:
            assert text == runtime[stem]
        elif stem not in {"_checks.py", "_free_sizes.py", "py.typed"}:
            assert "Generated by `safelight generate` from ttapi-images.yaml. Do not edit." in text.split("\n")[0], name


def test_no_template_and_no_filter_is_left_over() -> None:
    """Whatever nothing renders or uses would rot."""
    loaded = environment().cache
    assert loaded is not None
    loaded.clear()
    render(load(SPEC), Options(source="a.yaml"))
    used = {name for _, name in loaded}
    templates = {path.relative_to(folder("templates")).as_posix(): path.read_text("utf-8")
                 for path in folder("templates").rglob("*.jinja")}  # fmt: skip

    assert used == set(templates)
    assert [name for name in FILTERS if not any(f"| {name}" in text for text in templates.values())] == []


def test_the_http_library_is_an_option() -> None:
    """The client on httpx differs from the one on httpx2 in the library's name and in nothing else."""
    libraries: tuple[Http, ...] = ("httpx2", "httpx")
    files = {http: render(load(SPEC), Options(source="a.yaml", http=http)) for http in libraries}
    differing = {name for name in files["httpx"] if files["httpx"][name] != files["httpx2"][name]}

    assert {name.rpartition("/")[2] for name in differing} == {
        "async_client.py",
        "client.py",
        "http_library.py",
        "pyproject.toml",
    }
    for name in differing - {"python/ttapi_images/pyproject.toml"}:
        assert files["httpx"][name] == files["httpx2"][name].replace("httpx2", "httpx")


def test_synchronising_nothing_is_clean(tmp_path: Path) -> None:
    """No files to make means nothing to compare."""
    assert synchronise({}, tmp_path, Mode.WRITE).clean
