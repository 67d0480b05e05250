"""Counts that outlive their process: what one has counted, another reads from its files."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec, loads
from safelight_mockserver import Entry
from safelight_mockserver.serving.counts import Counts, left_behind
from safelight_mockserver.serving.report import Exercise

from .conftest import ROOT

NAMES = ("requests", "model ✓", "fault a; b")
FOX = Entry(
    id="req_1",
    at=0.0,
    verb="POST",
    path="/v1/images/generations",
    body=b'{"prompt": "a fox"}',
    status=200,
    violations=(),
    operation="generate",
    model="gpt-image-2",
)


@given(st.lists(st.tuples(st.sampled_from([*NAMES, "something else"]), st.integers(0, 9)), max_size=30))
def test_what_was_counted_is_read_by_its_names(steps: list[tuple[str, int]]) -> None:
    """At any moment, with or without a file; what has no place is passed over."""
    with TemporaryDirectory() as folder:
        kept, plain = Counts(NAMES, Path(folder) / "1"), Counts(NAMES)
        expected = Counter(dict.fromkeys(NAMES, 0))
        for name, amount in steps:
            kept.add(name, amount)
            plain.add(name, amount)
            if name in NAMES:
                expected[name] += amount
        (found,) = left_behind(Path(folder))
        assert found == expected
        assert {name: plain[name] for name in NAMES} == {name: kept[name] for name in NAMES} == expected


COUNT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from safelight_mockserver.serving.counts import Counts

counts = Counts(("requests",), Path(sys.argv[1]) / "killed")
for _ in range(1000):
    counts.add("requests")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
def test_a_process_that_is_killed_loses_no_count(tmp_path: Path) -> None:
    """The system keeps the memory of the file, not the process."""
    done = subprocess.run([sys.executable, "-c", COUNT_AND_DIE, str(tmp_path)], check=False)

    assert done.returncode == -signal.SIGKILL
    assert list(left_behind(tmp_path)) == [{"requests": 1000}]


def test_a_process_that_was_killed_while_it_began_has_counted_nothing(tmp_path: Path) -> None:
    """Its names may be there without numbers, or with an end of them missing."""
    Counts(NAMES, tmp_path / "1").add("requests")
    (tmp_path / "1.counts").write_bytes((tmp_path / "1.counts").read_bytes()[:13])
    (tmp_path / "2.names").write_text("[]", "utf-8")

    assert list(left_behind(tmp_path)) == [{"requests": 1}]


def test_a_process_that_read_another_edition_of_the_spec_is_counted_by_names(ttapi: Spec, tmp_path: Path) -> None:
    """As a worker that took the place of another after an edit: places differ, names do not."""
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")
    first = "  gpt-image-2: {"
    assert text.count(f"{first} title") == 1
    edited = loads(
        text.replace(f"{first} title", "  gpt-image-9: { title: Nine, family: gpt-image }\n" + f"{first} title")
    )
    Exercise(edited, tmp_path / "1")(FOX)
    whole = Exercise(ttapi)
    for counted in left_behind(tmp_path):
        whole.add(counted)

    alone = Exercise(ttapi)
    alone(FOX)
    assert str(whole) == str(alone)
    assert "models       1 of 5" in str(whole)
