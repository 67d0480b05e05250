"""The command as a whole: help, version, exit codes, and ends that are nobody's fault."""

import re
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
        pytest.param(["paint"], "No such command 'paint'", id="unknown command"),
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
