"""What the documents show running runs, and prints what they show."""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser


def transcript(markdown: str) -> Iterator[tuple[str, str]]:
    """Yield each ``$ safelight …`` line of the console blocks that comes to an end by itself, with the output shown."""
    for token in MarkdownIt().parse(markdown):
        if token.type == "fence" and token.info.split()[:1] == ["console"]:
            for entry in re.split(r"^\$ ", token.content.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
                command, _, shown = entry.partition("\n")
                if re.search(r"\bsafelight (?!serve\b)", command):
                    yield command, shown.strip()


def run_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run *command* in *folder*, with the commands installed here and a plain terminal."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120"}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def transcript_problems(markdown: str, folder: Path) -> list[str]:
    """Run the transcripts of *markdown* in *folder*; list those that are misused or print something else than shown.

    A line of three dots in the output shown stands for anything.
    """
    problems: list[str] = []
    for command, shown in transcript(markdown):
        result = run_shell(command, folder)
        printed = "\n".join(line.rstrip() for line in result.stdout.strip().splitlines())
        if result.returncode not in {0, 1}:
            problems.append(f"{command}: exit code {result.returncode}\n{printed}")
        elif shown and not doctest.OutputChecker().check_output(f"{shown}\n", f"{printed}\n", doctest.ELLIPSIS):
            problems.append(f"{command}: printed\n{printed}")
    return problems


def run_python_blocks(document: Path) -> int:
    """Run the Python blocks of *document* in order and in one namespace; return how many there are."""
    examples = list(Sybil(parsers=[PythonCodeBlockParser(), SkipParser()]).parse(document).examples())
    for example in examples:
        example.evaluate()
    return len(examples)


@pytest.fixture
def in_checkout(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the repository's files as the working directory."""
    monkeypatch.chdir(checkout)
    return checkout


def test_every_transcript_prints_what_it_shows(document: str, checkout: Path) -> None:
    """Commands shown at a prompt run in a fresh checkout, and their output is the output shown."""
    assert transcript_problems((checkout / document).read_text("utf-8"), checkout) == []


def test_every_python_block_runs(document: str, in_checkout: Path) -> None:
    """Examples can be pasted."""
    run_python_blocks(in_checkout / document)


def test_the_readme_has_an_example_in_python(in_checkout: Path) -> None:
    """The check above has something to run."""
    assert run_python_blocks(in_checkout / "README.md") > 0


def test_a_transcript_that_shows_something_else_is_noticed(tmp_path: Path) -> None:
    """The check of transcripts fails for other output and for misuse, and lets three dots stand for anything."""
    command = tmp_path / "safelight"
    command.write_text('#!/bin/sh\necho "one $1"\necho two\ntest "$1" != bad || exit 2\n')
    command.chmod(0o755)
    right = "```console\n$ ./safelight lint\none lint\n...\n$ ./safelight serve\nruns for ever\n```\n"
    wrong = "```console\n$ ./safelight lint\nthree\n$ ./safelight bad\n```\n"

    assert transcript_problems(right, tmp_path) == []
    assert transcript_problems(wrong, tmp_path) == [
        "./safelight lint: printed\none lint\ntwo",
        "./safelight bad: exit code 2\none bad\ntwo",
    ]


def test_a_python_block_that_fails_is_noticed(tmp_path: Path) -> None:
    """The check of Python blocks fails with the error of the block, and blocks share their names."""
    document = tmp_path / "example.md"
    document.write_text("```python\nx = 0\n```\n\n```python\n1 / x\n```\n", "utf-8")

    with pytest.raises(ZeroDivisionError):
        run_python_blocks(document)
