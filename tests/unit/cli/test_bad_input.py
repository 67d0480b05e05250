"""Whatever a command is given, and wherever it has to write: one clear line, the exit code that the help tells."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.unit.cli.conftest import Run

COMMAND: Final = [sys.executable, "-m", "safelight.cli"]
NOWHERE: Final = "http://127.0.0.1:1/v1"
FEW_LETTERS: Final = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

READING: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "lint": lambda file: ["lint", file],
    "test-spec": lambda file: ["test-spec", file],
    "explain": lambda file: ["explain", file],
    "generate": lambda file: ["generate", file],
    "mutants": lambda file: ["mutants", file, "--list"],
    "contract": lambda file: ["contract", file, "--dry-run"],
    "replay": lambda file: ["contract", "--replay", file],
    "compare": lambda file: ["contract", "--compare", file, file],
    "validate a spec": lambda file: ["validate", file, "generate", "-"],
    "validate a body": lambda file: ["validate", "ttapi-images", "generate", file],
    "serve": lambda file: ["serve", file, "--port", "0"],
    "scenario": lambda file: ["serve", "ttapi-images", "--port", "0", "--scenario", file],
}
"""Every way to name a file that is read."""

WRITING: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "generate": lambda file: ["generate", "ttapi-images", "--only", "openapi", "--out", file],
    "json": lambda file: ["contract", "ttapi-images", "--base-url", NOWHERE, "--json", file],
    "junit": lambda file: ["contract", "ttapi-images", "--base-url", NOWHERE, "--junit", file],
    "html": lambda file: ["contract", "ttapi-images", "--base-url", NOWHERE, "--html", file],
    "resume": lambda file: ["contract", "ttapi-images", "--base-url", NOWHERE, "--resume", file],
}
"""Every way to name a file, or a folder, that is written."""


def _locked(path: Path) -> None:
    path.mkdir()
    (path / "inner").touch()
    path.chmod(0)


TROUBLES: Final[Mapping[str, Callable[[Path], object]]] = {
    "nothing there": lambda _: None,
    "a folder": Path.mkdir,
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "nothing in it": Path.touch,
    "another language": lambda path: path.write_text("<html>no</html>", "utf-8"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to nothing": lambda path: path.symlink_to(path.with_name("gone")),
    "below a file": Path.touch,
    "a name that is too long": lambda _: None,
    "not allowed": lambda path: path.touch(mode=0),
    "in a folder that is not allowed": _locked,
}
"""What can be wrong with a path, each with how it comes to be so."""

INSIDE: Final = {
    "below a file": "more",
    "a name that is too long": f"../{'given' * 60}",
    "in a folder that is not allowed": "inner",
}
NOT_FOR_ROOT: Final = ("not allowed", "in a folder that is not allowed")


def path_with(trouble: str, folder: Path) -> Path:
    """Make a path that no command can read a spec, a body or a report from; messages about it say ``given``."""
    path = folder / "given"
    TROUBLES[trouble](path)
    return path / INSIDE[trouble] if trouble in INSIDE else path


@pytest.mark.parametrize("way", READING)
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(name, marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything"))
        if name in NOT_FOR_ROOT
        else name
        for name in TROUBLES
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_name(trouble: str, way: str, run: Run, tmp_path: Path) -> None:
    """Nothing is on stdout, the exit code is 2, and the trouble is that of the file and not of our output."""
    result = run(*READING[way](str(path_with(trouble, tmp_path))))

    assert (result.code, result.out) == (2, "")
    assert "given" in result.err
    assert "cannot write" not in result.err


@pytest.mark.parametrize("way", WRITING)
@pytest.mark.parametrize("place", ["below a file", "a name that is too long"])
def test_a_file_that_cannot_be_written_is_told_by_its_name(place: str, way: str, run: Run, tmp_path: Path) -> None:
    """Before anything is sent, so that no paid answer is lost for it."""
    result = run(*WRITING[way](str(path_with(place, tmp_path))))

    assert (result.code, result.out) == (2, "")
    assert "given" in result.err
    assert "127.0.0.1:1" not in result.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("way", WRITING)
def test_a_folder_that_is_read_only_is_told(way: str, run: Run, tmp_path: Path) -> None:
    """In one line, with what would be written there."""
    tmp_path.chmod(0o500)

    result = run(*WRITING[way](str(tmp_path / "new")))

    assert (result.code, result.out) == (2, "")
    assert "new" in result.err
    assert "127.0.0.1:1" not in result.err


@pytest.mark.parametrize(
    ("host", "told"),
    [
        pytest.param("", "cannot listen at '', ", id="empty"),
        pytest.param("nowhere.invalid", "cannot listen at nowhere.invalid, ", id="no such host"),
        pytest.param("x" * 100, "not the name of a host", id="a label that is too long"),
        pytest.param("x..y", "not the name of a host", id="an empty label"),
        pytest.param("\udcff", "cannot listen at '\\udcff', ", id="no text"),
        pytest.param("192.0.2.1", "cannot listen at 192.0.2.1, ", id="an address of nobody"),
    ],
)
def test_a_host_that_cannot_be_listened_at_is_told_with_one_that_can(host: str, told: str, run: Run) -> None:
    """Whatever the name service makes of the words."""
    result = run("serve", "ttapi-images", "--port", "0", "--host", host)

    assert (result.code, result.out) == (2, "")
    assert told in result.err
    assert "--host takes an address of this machine, as 127.0.0.1 or ::1" in result.err


def test_a_port_that_is_taken_is_told_in_one_line_to_machines_too(run: Run, tiny: Path) -> None:
    """As one object, with what would be right."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run("serve", str(tiny), "--port", port, "--log-format", "json")

    assert (result.code, result.out) == (2, "")
    assert f"port {port} of 127.0.0.1 is taken; choose another with --port" in json.loads(result.err)["text"]


def test_a_body_without_a_name_is_told_with_the_name_of_stdin(run: Run) -> None:
    """An empty word is most often a variable of a script that was not set."""
    result = run("validate", "ttapi-images", "generate", "")

    assert (result.code, result.out) == (2, "")
    assert "FILE has no name; - stands for stdin" in result.err


def test_an_unknown_constraint_is_told_with_where_they_are(run: Run) -> None:
    """Where no other id is near."""
    result = run("validate", "ttapi-images", "generate", "-", "--ignore", "zz", stdin=b"{}")

    assert result.code == 2
    assert "there is no constraint 'zz'; `safelight explain SPEC` shows what there is" in result.err


# --- output ---

STRANGE: Final = {"model": "✓ 🦊", "prompt": "ü"}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("environment", "encoding", "told"),
    [(FEW_LETTERS, "utf-8", "✓ 🦊"), ({"PYTHONIOENCODING": "latin-1"}, "latin-1", "\\u2713 \\ud83e\\udd8a")],
    ids=["locale C", "Latin-1"],
)
def test_letters_that_an_encoding_does_not_have_are_told(
    environment: dict[str, str], encoding: str, told: str, form: str, tmp_path: Path
) -> None:
    """Escaped as JSON has them, so that JSON stays JSON and is read as what was meant."""
    body = tmp_path / "body.json"
    body.write_text(json.dumps(STRANGE, ensure_ascii=False), "utf-8")

    done = subprocess.run(
        [*COMMAND, "validate", "ttapi-images", "generate", str(body), "--format", form],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )

    shown = done.stdout.decode(encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    assert told in shown
    if form == "json":
        assert json.loads(shown)["violations"][0]["value"] == STRANGE["model"]


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    """A file's name is bytes; it is escaped where it is printed."""
    path = os.fsencode(tmp_path) + b"/\xff.json"
    try:
        Path(os.fsdecode(path)).write_text("{}", "utf-8")
    except OSError:
        pytest.skip("this file system has no such names")

    done = subprocess.run(
        [*COMMAND, "validate", "ttapi-images", "generate", path], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert "\\udcff.json:1:1: error[generate.prompt.required]" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    ("words", "code"), [(["lint", "nowhere.yaml"], 2), (["explain", "ttapi-images"], 2), (["--version"], 2)]
)
def test_where_nothing_can_be_told_the_exit_code_still_is(words: list[str], code: int) -> None:
    """A disk that is full for stderr too leaves one thing to say."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=full, check=False)

    assert done.returncode == code


def on_a_terminal(*words: str, columns: int, **environment: str) -> tuple[int, str]:
    """Run a command on a terminal of so many columns; returns its exit code and what is on the terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR"}}
    with subprocess.Popen(
        [*COMMAND, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**plain, "TERM": "xterm-256color", **environment},
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                more = os.read(ours, 1 << 16)
            except OSError:  # Linux's word for a terminal whose other end is closed
                break
            if not more:
                break
            shown += more
        os.close(ours)
    return process.returncode, shown.decode("utf-8")


@pytest.mark.parametrize(
    ("columns", "environment"),
    [
        (200, {}),
        (20, {}),
        (1, {}),
        (0, {}),
        (80, {"COLUMNS": "0"}),
        (80, {"COLUMNS": "many"}),
        (80, {"TERM": "dumb"}),
        (80, {"TERM": ""}),
        (80, FEW_LETTERS),
    ],
    ids=str,
)
@pytest.mark.parametrize("word", ["explain", "lint"])
def test_no_terminal_is_too_small_or_too_plain(
    word: str, columns: int, environment: dict[str, str], broken: Path
) -> None:
    """Everything is told on any; a terminal folds what it has no room for."""
    words, code = (["explain", "ttapi-images", "size"], 0) if word == "explain" else (["lint", str(broken)], 2)

    status, shown = on_a_terminal(*words, columns=columns, **environment)

    assert status == code
    assert "Traceback" not in shown
    for told in ("dall-e-3", "1792x1024") if word == "explain" else ("E402", "outside the domain"):
        assert told in shown, told


def test_no_color_means_no_colour(broken: Path) -> None:
    """The variable that many programs know: https://no-color.org (bold is no colour)."""
    _, coloured = on_a_terminal("lint", str(broken), columns=80)
    _, plain = on_a_terminal("lint", str(broken), columns=80, NO_COLOR="1")

    assert "\x1b[1;31m" in coloured
    assert "31m" not in plain
