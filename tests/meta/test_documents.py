"""What the documents tell a reader to type or to open exists."""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

COMMAND = re.compile(r"(?:[A-Z_]+=\S*\s+)*(?:\.venv/bin/)?(?:make|safelight)\b")
SHELLS = {"bash", "sh", "shell"}

Run = Callable[..., subprocess.CompletedProcess[str]]


def tokens(markdown: str) -> Iterator[Token]:
    """Yield every token of *markdown*, those inside of lines too."""
    for token in MarkdownIt().enable("table").parse(markdown):
        yield token
        yield from token.children or ()


def shell_lines(markdown: str) -> Iterator[str]:
    """Yield each line of shell blocks, without its prompt, and each code span."""
    for token in tokens(markdown):
        if token.type == "code_inline":
            yield token.content
        elif token.type == "fence":
            lines = token.content.replace("\\\n", " ").splitlines()
            language = token.info.partition(" ")[0]
            if language == "console":
                yield from (line[2:] for line in lines if line.startswith("$ "))
            elif language in SHELLS:
                yield from lines


def commands_of(line: str) -> Iterator[list[str]]:
    """Split a shell line at its pipes and such; yield the words of each command."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|&;()<>"):
            yield words
            words = []
        else:
            words.append(word)
    yield words


def named_commands(markdown: str) -> Iterator[list[str]]:
    """Yield the words of each `make` and `safelight` command in shell blocks and code spans."""
    for line in shell_lines(markdown):
        if not COMMAND.search(line):
            continue
        for words in commands_of(line):
            start = next((i for i, word in enumerate(words) if not re.fullmatch(r"[A-Z_]+=.*", word)), len(words))
            program = "".join(words[start : start + 1]).removeprefix(".venv/bin/")
            if program in {"make", "safelight"}:
                yield [program, *words[start + 1 :]]


def command_problems(
    commands: Iterable[list[str]], targets: Iterable[str], subcommands: Mapping[str, set[str]]
) -> list[str]:
    """Say which of *commands* do not exist.

    Args:
        commands: The words of each command.
        targets: The targets of the Makefile.
        subcommands: The options of each subcommand of ``safelight``; the empty name stands for the command itself.
    """
    problems: list[str] = []
    for program, *rest in commands:
        words = [word for word in rest if "=" not in word or word.startswith("-")]
        names = [word for word in words if not word.startswith("-")]
        if program == "make":
            problems += [f"make {name}: no such target" for name in names if name not in targets]
        elif names and names[0] not in subcommands:
            problems.append(f"safelight {names[0]}: no such subcommand")
        else:
            name = names[0] if names else ""
            options = [word.partition("=")[0] for word in words if re.match(r"--\w", word)]
            problems += [
                f"safelight {name} {option}: no such option" for option in options if option not in subcommands[name]
            ]
    return problems


def dead_links(markdown: str, folder: Path) -> list[str]:
    """List the relative links and pictures of *markdown* that are not to be found from *folder*."""
    targets = [str(token.attrGet("href") or token.attrGet("src") or "") for token in tokens(markdown)]
    files = [target.partition("#")[0] for target in targets if not re.match(r"\w+:", target)]
    return [file for file in files if file and not (folder / file).exists()]


@pytest.fixture(scope="module")
def targets(root: Path) -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", (root / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_there_is_a_readme_and_a_page_on_architecture(root: Path) -> None:
    """The two documents that a newcomer looks for are there."""
    assert [name for name in ("README.md", "ARCHITECTURE.md") if not (root / name).is_file()] == []


def test_every_command_in_a_document_exists(document: str, targets: set[str], safelight: Run, root: Path) -> None:
    """Nobody is told to type a target, a subcommand or an option that is not there."""
    commands = list(named_commands((root / document).read_text("utf-8")))
    names = {word for program, *rest in commands if program == "safelight" for word in rest[:1] if word[0] != "-"}
    helps = {name: safelight(*name.split(), "--help", cwd=root) for name in ("", *names)}
    subcommands = {
        name: set(re.findall(r"--[\w-]+", help_.stdout)) for name, help_ in helps.items() if help_.returncode == 0
    }

    assert command_problems(commands, targets, subcommands) == []


def test_every_link_within_the_repository_leads_somewhere(document: str, root: Path) -> None:
    """A file that moved takes its links along."""
    assert dead_links((root / document).read_text("utf-8"), (root / document).parent) == []


def test_commands_are_read_from_shell_blocks_and_code_spans() -> None:
    """Prompts, variables, pipes and comments do not matter; prose, Python and output are no commands."""
    markdown = """
Run `make PYTHON=python3.13 test`, or `safelight`; don't make `it's` up: `makeshift`.

```console
$ A=1 safelight lint a.yaml  # all of it
make believe this is output
$ echo '{"a": "b | make c"}' | .venv/bin/safelight validate --format json -
```

```python
make = safelight = 1
```

```sh
make install && make demo
```
"""
    assert sorted(named_commands(markdown)) == [
        ["make", "PYTHON=python3.13", "test"],
        ["make", "demo"],
        ["make", "install"],
        ["safelight"],
        ["safelight", "lint", "a.yaml"],
        ["safelight", "validate", "--format", "json", "-"],
    ]


def test_a_command_that_does_not_exist_is_noticed() -> None:
    """The check of commands fails for a target, a subcommand and an option, and for nothing that exists."""
    commands = [
        ["make", "A=1", "test"],
        ["make", "tests"],
        ["safelight", "--version"],
        ["safelight", "lint", "--format=json", "-"],
        ["safelight", "lint", "--colour"],
        ["safelight", "paint"],
    ]

    assert command_problems(commands, {"test"}, {"": {"--version"}, "lint": {"--format"}}) == [
        "make tests: no such target",
        "safelight lint --colour: no such option",
        "safelight paint: no such subcommand",
    ]


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    """The check of links fails for a lost file and leaves the web alone."""
    (tmp_path / "here.md").touch()
    markdown = "[a](here.md#part) [b](gone.md) [c](https://example.com) [d](#part)"

    assert dead_links(markdown, tmp_path) == ["gone.md"]
