"""YAML and its traps: each is told with its code and its exact place, by libyaml and by PyYAML's own parser alike."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest
import yaml

from safelight.diagnostic import Report, TooManyProblems
from safelight.reading import nodes
from safelight.reading.nodes import Entries, Items, Scalar, parse, to_json


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers: a machine without libyaml reads the same specs."""
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    if request.param == "python":
        monkeypatch.setattr(nodes, "_LOADER", yaml.SafeLoader)
    return str(request.param)


def told(text: str) -> list[tuple[int, int, str]]:
    """Line, column and code of what is wrong with a text, its values included."""
    report = Report()
    node = parse(text, report)
    if node is not None:
        to_json(node, report)
    return [(one.place.line, one.place.column, one.code) for one in report.problems]


TRAPS: dict[str, tuple[str, list[tuple[int, int, str]]]] = {
    "nothing": ("", [(1, 1, "E104")]),
    "only a comment": ("# soon\n", [(1, 1, "E104")]),
    "a second document": ("a: 1\n---\nb: 2\n", [(2, 1, "E104")]),
    "a key twice": ("a: 1\nb: 2\na: 3\n", [(3, 1, "E105")]),
    "a key twice in braces": ("x: {a: 1, a: 2}\n", [(1, 11, "E105")]),
    "a key twice after Windows line ends": ("a: 1\r\nb: 2\r\na: 3\r\n", [(3, 1, "E105")]),
    "an anchor": ("a: &x 1\n", [(1, 4, "E106")]),
    "an alias": ("a: &x 1\nb: *x\n", [(1, 4, "E106"), (2, 4, "E106")]),
    "a merge key": ("a:\n  <<: {b: 1}\n", [(2, 3, "E106")]),
    "a tag": ("a: !!str 1\n", [(1, 4, "E106")]),
    "a tag that makes Python objects": ("a: !!python/object/apply:os.getcwd []\n", [(1, 4, "E106")]),
    "no": ("a: no\n", [(1, 4, "E107")]),
    "on, off, yes in capitals": ("[On, OFF, yes]\n", [(1, 2, "E107"), (1, 6, "E107"), (1, 11, "E107")]),
    "no as a key": ("no: 1\n", [(1, 1, "E107")]),
    "a list as a key": ("? [a]\n: 1\n", [(1, 3, "E203")]),
    "a tab": ("a:\n\tb: 1\n", [(2, 1, "E104")]),
    "an octal number to some": ("a: 010\n", [(1, 4, "E204")]),
    "a number of many digits": (f"a: {'9' * 5000}\n", [(1, 4, "E204")]),
    "an infinite number": ("a: 1e999\n", [(1, 4, "E204")]),
    "a control character": ("a: 1\nb: x\x1by\n", [(2, 5, "E104")]),
    "a null character": ("a: \x00\n", [(1, 4, "E104")]),
    "a lone surrogate": ("a: 1\u2028b: \ud800\n", [(2, 4, "E104")]),
    "a quote that does not end": ('a: "x\n', [(2, 1, "E104")]),
    "two colons": ("a: b: c\n", [(1, 5, "E104")]),
    "deep brackets": ("[" * 100_000, [(1, 61, "E108")]),
    "deep dashes": ("- " * 100_000, [(1, 121, "E108")]),
    "deep mappings": ("".join(f"{' ' * depth}a:\n" for depth in range(100)), [(60, 60, "E108")]),
}


@pytest.mark.parametrize(("text", "expected"), TRAPS.values(), ids=TRAPS)
def test_traps_are_told_where_they_are(text: str, expected: list[tuple[int, int, str]]) -> None:
    """The place is exact, and nothing but the problem comes out."""
    assert told(text) == expected


def test_a_lone_surrogate_cannot_be_smuggled_in_by_escape() -> None:
    """It could never be written to a file again."""
    assert [code for _, _, code in told('a: "\\ud800"\n')] == ["E104"]


def test_a_tab_is_explained() -> None:
    """The parser's own words do not name the cure."""
    report = Report()
    parse("a:\n\tb: 1\n", report)
    assert report.problems[0].help == "YAML indents with spaces, not tabs"


def test_plain_words_are_read_as_yaml_1_2_has_them() -> None:
    """What YAML 1.1 made of times, octals and single letters stays text."""
    text = (
        "[1, -1, +1, 1.5, .5, 1e3, true, False, null, ~, n, y, 12:30, 1:3, 0x10, 0o17, 2026-01-01, 1_000, '1', \"no\"]"
    )
    report = Report()
    node = parse(text, report)
    assert isinstance(node, Items)
    assert report.problems == []
    assert to_json(node, report) == [
        *(1, -1, 1, 1.5, 0.5, 1000.0, True, False, None, None, "n", "y", "12:30", "1:3", "0x10", "0o17"),
        *("2026-01-01", "1_000", "1", "no"),
    ]


def test_nodes_know_their_places() -> None:
    """Lines and columns count from 1, columns in characters."""
    node = parse("größe: {b: [x]}\n", Report())
    assert isinstance(node, Entries)
    ((key, value),) = node.entries
    assert isinstance(value, Entries)
    inner = value.get("b")
    assert isinstance(inner, Items)
    assert isinstance(inner.items[0], Scalar)
    places = [key.place, value.place, inner.place, inner.items[0].place]
    assert [(one.line, one.column) for one in places] == [(1, 1), (1, 8), (1, 12), (1, 13)]
    assert value.get("c") is None


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    """Editors on Windows write one."""
    node = parse("\ufeffa: 1\n", Report())
    assert isinstance(node, Entries)
    assert node.get("a") is not None


def test_more_problems_than_anyone_reads_are_cut() -> None:
    """A file with a hundred thousand mistakes is told a thousand, and that there are more."""
    report = Report()
    with pytest.raises(TooManyProblems):
        parse("a: 1\n" * 100_000, report)
    assert len(report.problems) == 1001
    assert report.problems[-1].code == "E109"


BOMBS: Final = {
    "aliases": "a: &a [x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)),
    "a million words": "a: [" + "x, " * 1_000_000 + "x]\n",
    "one long word": "a: " + "x" * 8_000_000 + "\n",
    "deep brackets": "[" * 4_000_000,
}


@pytest.mark.skipif(sys.platform == "win32", reason="memory limits are POSIX's")
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_file_eats_the_machine(bomb: str, parser: str, tmp_path: Path) -> None:
    """Within half a gigabyte of memory every text is read or refused; no alias is ever expanded."""
    path = tmp_path / "bomb.yaml"
    path.write_text(BOMBS[bomb], encoding="utf-8")
    program = f"""
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (512 * 1024 * 1024,) * 2)
        import yaml
        if {parser == "python"}:
            del yaml.CSafeLoader
        from safelight.diagnostic import SpecError
        from safelight.loading import load
        try:
            load({str(path)!r})
        except SpecError as error:
            print(error.problems[0].code)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() in {"E102", "E106", "E108", "E201"}
