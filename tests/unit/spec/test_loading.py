"""The door into the language: files that cannot be read, and everything that is wrong with one in one pass."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from safelight.diagnostic import MAX_PROBLEMS, SpecError
from safelight.loading import load, loads
from safelight.model import Place
from tests.strategies import ROOT
from tests.unit.spec.fragments import text_with

FIRST = ROOT / "spec" / "ttapi-images.yaml"


def refused(path: Path | str) -> SpecError:
    """Load what cannot be loaded."""
    with pytest.raises(SpecError) as caught:
        load(path)
    return caught.value


def told(error: SpecError) -> list[tuple[int, int, str]]:
    """Line, column and code of each problem."""
    return [(one.place.line, one.place.column, one.code) for one in error.problems]


@pytest.mark.parametrize("version", ["2", "0", "-1", "+2", "2026111500"])
def test_a_spec_of_another_version_is_told_by_that_alone(version: str) -> None:
    """Whatever else looks wrong may be right in that version of the language."""
    with pytest.raises(SpecError) as caught:
        loads(f"safelight: {version}\nname: yes\nname: &x other\nnovel: true\n")
    (problem,) = caught.value.problems
    assert (problem.place, problem.code) == (Place(1, 12), "E204")
    assert problem.message == f"this reader knows version 1 of the language, not {version}"
    assert problem.help == "another version of safelight may know it"


def test_a_file_with_too_many_problems_tells_the_first_of_them() -> None:
    """However late they are found: names are looked up when the whole file has been read."""
    parameters = "".join(f"p{index}: {{ type: string, doc: D., source: novel }}\n" for index in range(MAX_PROBLEMS + 9))
    with pytest.raises(SpecError) as caught:
        loads(text_with(parameters))
    *others, last = caught.value.problems
    assert [one.message for one in others] == ["there is no source 'novel'"] * MAX_PROBLEMS
    assert last.code == "E109"


def test_a_shipped_spec_is_read_by_its_name_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the command line, a file of that name in the working directory comes first."""
    monkeypatch.chdir(tmp_path)
    assert load("ttapi-images").digest == load(FIRST).digest
    (tmp_path / "ttapi-images").write_text("safelight: 2\n", "utf-8")
    assert told(refused("ttapi-images")) == [(1, 12, "E204")]


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    """As it was written, with the system's own reason."""
    error = refused(tmp_path / "api.yaml")
    assert str(error) == f"{tmp_path / 'api.yaml'}:1:1: error[E101]: No such file or directory"


def test_a_directory_is_no_spec(tmp_path: Path) -> None:
    """Nor does it end in a traceback."""
    assert told(refused(tmp_path)) == [(1, 1, "E101")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in its file system")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    """Opening it would wait for a writer that may never come."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert refused(path).problems[0].message == "not a regular file"


def test_a_device_is_no_spec() -> None:
    """``/dev/zero`` has no end."""
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no /dev/zero")
    assert told(refused("/dev/zero")) == [(1, 1, "E101")]


def test_a_name_that_no_file_can_have_is_told() -> None:
    """A null character in a path is no reason for a traceback."""
    assert told(refused("a\0b")) == [(1, 1, "E101")]


def test_a_file_of_a_hundred_megabytes_is_refused_unread(tmp_path: Path) -> None:
    """It is not even kept in memory."""
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    error = refused(path)
    assert told(error) == [(1, 1, "E102")]
    assert error.problems[0].message == "a spec file has at most 8 MiB"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"name: caf\xe9\n", (1, 10, "E103")),
        ("a: é\nb: ".encode() + b"\xff\n", (2, 4, "E103")),
        ("a: 1\n".encode("utf-16"), (1, 1, "E103")),
        (b"\xef\xbb\xbfa: \x80\n", (1, 4, "E103")),
    ],
    ids=["latin-1", "after other characters", "utf-16", "after a byte order mark"],
)
def test_what_is_not_utf_8_is_told_at_the_character(data: bytes, place: tuple[int, int, str], tmp_path: Path) -> None:
    """Columns count characters, as everywhere else, and the line is shown."""
    path = tmp_path / "api.yaml"
    path.write_bytes(data)
    error = refused(path)
    assert told(error) == [place]
    assert error.problems[0].help == "save the file as UTF-8"
    assert "\N{REPLACEMENT CHARACTER}" in str(error)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """The file reads as it does without one."""
    path = tmp_path / "api.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + FIRST.read_bytes())
    assert load(path) == load(FIRST)


def test_the_digest_names_the_text() -> None:
    """SHA-256 of it: two specs with one digest are one spec."""
    assert load(FIRST).digest == hashlib.sha256(FIRST.read_bytes()).hexdigest()


def test_everything_wrong_is_told_in_one_pass_in_the_order_of_the_file() -> None:
    """Form, names and conditions together."""
    text = text_with(
        """
        n: { type: integr, doc: D. }
        size: { type: size, doc: D., minimum: 3, grammar: 1x1, per_model: { bio: { max_edge: 3 } } }
        color: { type: string, doc: D., source: nobody, patern: x }
        """,
        """
        - id: a-rule
          when: { szie: auto }
          require: { size.depth: 3 }
          why: D.
          accepts: [{}]
          rejects: [{}]
        """,
    )
    with pytest.raises(SpecError) as caught:
        loads(text, "api.yaml")
    codes = [one.code for one in caught.value.problems]
    assert codes == ["E204", "E201"]
    whole = text.replace("integr,", "integer,").replace(", patern: x", "")
    with pytest.raises(SpecError) as caught:
        loads(whole, "api.yaml")
    assert [one.code for one in caught.value.problems] == ["E403", "E204", "E301", "E301", "E301", "E301"]


def test_problems_are_told_as_a_compiler_does() -> None:
    """File, line, column, code, what, the line with a mark under the place, and what may have been meant."""
    text = FIRST.read_text(encoding="utf-8").replace("max_length: 32000", "max_lenght: 32000")
    line = text[: text.index("max_lenght")].count("\n") + 1
    with pytest.raises(SpecError) as caught:
        loads(text, "spec/api.yaml")
    assert str(caught.value).split("\n") == [
        f"spec/api.yaml:{line}:9: error[E201]: 'prompt' in the key 'parameters' has no key 'max_lenght'",
        f"{line:>5} |         max_lenght: 32000",
        "      |         ^",
        "      = help: did you mean 'max_length'?",
    ]
