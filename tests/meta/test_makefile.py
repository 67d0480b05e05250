"""The Makefile explains itself: every target has a sentence, and `make` prints them."""

import re
import subprocess
from pathlib import Path

TARGET = re.compile(r"^(?P<name>[a-z][a-z-]*):(?!=)(?P<rest>.*)$", re.MULTILINE)


def targets(makefile: str) -> dict[str, str]:
    """Map each named target to its description, which is empty where there is none."""
    return {match["name"]: match["rest"].partition("## ")[2].strip() for match in TARGET.finditer(makefile)}


def makefile_problems(makefile: str) -> list[str]:
    """List the targets that lack a description or are taken for files."""
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)).split())
    described = targets(makefile)
    return [
        *(f"{name} has no description" for name, text in described.items() if not text),
        *(f"{name} is not declared phony" for name in described if name not in phony),
        *(f"{name} is declared phony but missing" for name in sorted(phony.difference(described))),
    ]


def test_every_target_is_described_and_phony(root: Path) -> None:
    """A target that nobody can read about, or that a file of its name would hide, is not let in."""
    assert makefile_problems((root / "Makefile").read_text("utf-8")) == []


def test_make_alone_lists_every_target_with_its_description(root: Path) -> None:
    """The first thing that a newcomer types answers what there is."""
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, check=True, capture_output=True, text=True
    ).stdout

    rows = dict(re.findall(r"^make (\S+)\s+(.*)$", shown, re.MULTILINE))
    assert rows == targets((root / "Makefile").read_text("utf-8"))


def test_an_unexplained_target_is_noticed() -> None:
    """The check above fails for each kind of fault, and a variable is no target."""
    makefile = ".PHONY: a gone\na: ## Fine\nb: a\nVERSION := 1\nc:=2\n"

    assert makefile_problems(makefile) == [
        "b has no description",
        "b is not declared phony",
        "gone is declared phony but missing",
    ]
