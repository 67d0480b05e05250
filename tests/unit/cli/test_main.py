"""The command as a whole: help, version, exit codes, and ends that are nobody's fault."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import safelight as package
from safelight.cli import COMMANDS

Run = Callable[..., Any]
COMMAND = [sys.executable, "-m", "safelight.cli"]
PIPE = 4 << 20


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    """Whoever types the bare command learns what there is."""
    result = run()

    assert result.code == 2
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", result.err, re.MULTILINE)


def test_help_lists_every_command_with_its_summary(run: Run) -> None:
    """`--help` is fine, and says the same."""
    result = run("--help")

    assert result.code == 0
    assert [line.split()[0] for line in result.out.partition("Commands:\n")[2].splitlines()] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_of_a_command_is_its_own_first_sentence(name: str) -> None:
    """The list, which stands apart so that it is shown fast, does not drift from the commands."""
    command = import_module(f"safelight.cli.{name.replace('-', '_')}").command

    assert command.name == name
    assert command.help.partition("\n")[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_its_exit_codes_or_ends_with_0(name: str, run: Run) -> None:
    """A script's author finds the exit codes in the help."""
    result = run(name, "--help")

    assert result.code == 0
    assert name == "explain" or "Exit code" in result.out


def test_the_version_is_the_package_s(run: Run) -> None:
    """`safelight --version` says what is installed."""
    assert run("--version").out == f"safelight {package.__version__}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["paint"], "there is no command 'paint'", id="unknown command"),
        pytest.param(["lnit", "ttapi-images"], "did you mean 'lint'?", id="near name of a command"),
        pytest.param(["lint", "--fromat", "json"], "Did you mean '--format'?", id="near name of an option"),
        pytest.param(
            ["validate", "ttapi-images", "generate", "-", "--as-of", "soon"], "'soon' is no date", id="a word"
        ),
        pytest.param(
            ["validate", "ttapi-images", "generate", "-", "--as-of", "20261122"],
            "did you mean 2026-11-22?",
            id="another form of a date",
        ),
        pytest.param(
            ["validate", "ttapi-images", "generate", "-", "--as-of", "2026-02-30"],
            "day is out of range for month",
            id="a day that never comes",
        ),
        pytest.param(["lint"], "Missing argument 'SPEC...'", id="missing argument"),
        pytest.param(["lint", "--colour", "x"], "No such option", id="unknown option"),
        pytest.param(["lint", "ttapi-image"], "did you mean 'ttapi-images'?", id="near name of a spec"),
        pytest.param(["lint", ""], "there is no file and no shipped spec ''", id="empty name"),
        pytest.param(["lint", "nowhere.yaml"], "shipped specs are ttapi-images", id="no such file"),
        pytest.param(["lint", "--format", "xml", "ttapi-images"], "'text', 'json'", id="unknown format"),
    ],
)
def test_a_command_that_makes_no_sense_exits_with_2(words: list[str], told: str, run: Run) -> None:
    """What is wrong, and what would be right, is told on stderr; stdout stays empty."""
    result = run(*words)

    assert (result.code, result.out) == (2, "")
    assert told in result.err


def test_a_reader_that_leaves_ends_the_command_quietly() -> None:
    """`safelight explain … | head` shows no error and no traceback."""
    with subprocess.Popen(
        [*COMMAND, "explain", "ttapi-images"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("closing", [">&-", ">&- 2>&-", "| true", "2>&1 | true"])
@pytest.mark.parametrize(
    ("words", "code"),
    [("validate ttapi-images generate -", 1), ("lint ttapi-images", 0), ("lint nowhere.yaml", 2), ("--help", 0)],
)
def test_a_command_that_nobody_listens_to_keeps_its_exit_code(
    words: str, code: int, closing: str, unbuffered: str
) -> None:
    """With a closed stdout, or a reader that has left, scripts still learn how it ended, and nothing is told."""
    command = f"{shlex.join(COMMAND)} {words}"
    script = f"exec 3>&2; ({command}; echo $? >&3) {closing}" if "|" in closing else f"{command} {closing}"
    done = subprocess.run(
        ["sh", "-c", script],
        input="{}",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )

    assert "Traceback" not in done.stderr
    assert "cannot write" not in done.stderr
    assert (int(done.stderr.split()[-1]) if "|" in closing else done.returncode) == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("words", [["explain", "ttapi-images"], ["--help"]], ids=" ".join)
def test_output_that_has_no_room_is_told_in_one_line(words: list[str]) -> None:
    """A disk that is full is nobody's bug, but half an answer is no success either."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, "cannot write: No space left on device\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
def test_an_interrupt_ends_the_command_with_130_and_no_traceback() -> None:
    """Ctrl-C is how people stop commands."""
    with subprocess.Popen(
        [*COMMAND, "validate", "ttapi-images", "generate", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"{" + b" " * PIPE)  # more than a pipe holds: once written, the command is reading
        process.stdin.flush()
        while process.poll() is None:  # a signal that comes between two reads is seen only after the second
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
        errors = process.stderr.read()

    assert process.returncode == 130
    assert b"Traceback" not in errors
