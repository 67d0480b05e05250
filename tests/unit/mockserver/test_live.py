"""What a live spec promises: the file as it is now, or as it was when it last made sense."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from safelight import SpecError
from safelight_mockserver.live import FixedSpec, LiveSpec

from .conftest import ROOT

TEXT = (ROOT / "spec" / "ttapi-images.yaml").read_text(encoding="utf-8")
EDITED = TEXT.replace("title: TTAPI Images", "title: Edited")


class Editing:
    """A spec file, somebody who edits it, and a clock that moves a second with each edit."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.told: list[str] = []
        path.write_text(TEXT, encoding="utf-8")
        self.spec = LiveSpec(path, self.told.append, now=lambda: self.now)

    def edit(self, text: str, *, seconds: float = 1) -> str:
        """Replace the file's text, let time pass, and return the title that is served then."""
        self.path.write_text(text, encoding="utf-8")
        self.now += seconds
        return self.spec.current().title


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    """A good spec, served since just now."""
    return Editing(tmp_path / "api.yaml")


def test_an_edit_counts(editing: Editing) -> None:
    """And is told."""
    assert editing.edit(EDITED) == "Edited"
    assert editing.told == [f"{editing.path} was read again."]
    assert editing.spec.problem is None


def test_a_broken_edit_does_not_count_and_is_told_once_with_its_place(editing: Editing) -> None:
    """However many requests come."""
    assert editing.edit("safelight: [") == "TTAPI Images"
    for _ in range(3):
        editing.now += 1
        editing.spec.current()
    (told,) = editing.told
    assert re.match(rf"{re.escape(str(editing.path))}:\d+:\d+: error\[", told)
    assert editing.spec.problem is not None
    assert editing.spec.problem in told


def test_a_mended_spec_counts_again(editing: Editing) -> None:
    """Whether it is new or as it was before."""
    editing.edit("safelight: [")
    assert editing.edit(TEXT) == "TTAPI Images"
    assert editing.told[-1] == f"{editing.path} was read again, and is as it was."
    editing.edit("safelight: [")
    assert editing.edit(EDITED) == "Edited"
    assert editing.spec.problem is None


def test_a_file_that_is_gone_for_a_moment_is_waited_for(editing: Editing) -> None:
    """Some editors write a new file and move it into place."""
    editing.path.unlink()
    editing.now += 1
    assert editing.spec.current().title == "TTAPI Images"
    assert editing.spec.problem is not None
    assert editing.edit(EDITED) == "Edited"


def test_the_same_spec_is_the_same_object(editing: Editing) -> None:
    """So that whoever keeps things for a spec can tell by it; writing the same text again changes nothing."""
    before = editing.spec.current()
    editing.edit(TEXT)
    os.utime(editing.path, (0, 0))
    editing.now += 1
    assert editing.spec.current() is before
    assert editing.told == []


def test_the_file_is_looked_at_four_times_a_second_at_most(editing: Editing) -> None:
    """A request costs no look at the disk."""
    assert editing.edit(EDITED, seconds=0.2) == "TTAPI Images"
    assert editing.edit(EDITED, seconds=0.1) == "Edited"


def test_a_spec_that_is_broken_from_the_start_is_an_error(tmp_path: Path) -> None:
    """There is nothing to serve."""
    path = tmp_path / "api.yaml"
    path.write_text("name: x", encoding="utf-8")
    with pytest.raises(SpecError):
        LiveSpec(path, print)


def test_a_fixed_spec_stays_as_it_is(editing: Editing) -> None:
    """And has no problem."""
    spec = editing.spec.current()
    fixed = FixedSpec(spec)
    assert fixed.current() is spec
    assert fixed.problem is None
