"""The text of the project speaks of the project: nothing in it belongs to one machine or to whoever wrote it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

# Written so that no pattern finds itself.
FOREIGN = {
    "a path of one machine": re.compile(r"(?<![\w.~-])/(?:home|root|tmp|work|Users)/(?=\w)|\b[A-Z]:\\\w"),
    "a registry's address": re.compile(
        r"py[p]i[.]org|python[h]osted[.]org|npm[j]s[.](?:org|com)|(?:deb|security)[.]deb[i]an[.]org"
    ),
    "how the text was made": re.compile(r"\bwork[p]lace\b|(?<!user-)\bagent[s]?\b|\bchat[b]ots?\b", re.IGNORECASE),
    "a task left open": re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b"),
    "a merge left open": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}


# Packages there have the names that their authors gave them.
LOCK = "package-lock.json"
OF_LOCKS = {kind: pattern for kind, pattern in FOREIGN.items() if kind != "how the text was made"}


def foreign_text(text: str, kinds: Mapping[str, re.Pattern[str]] = FOREIGN) -> Iterator[str]:
    """Yield ``line: kind (match)`` for each piece of *text* that does not belong in the project."""
    for kind, pattern in kinds.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{line}: {kind} ({match[0]!r})"


def test_no_file_names_a_machine_a_registry_or_its_writer(root: Path, tracked: tuple[Path, ...]) -> None:
    """A reader anywhere, at any time, can use every line as it stands."""
    contents = {path: (root / path).read_bytes() for path in tracked}
    texts = {path: content.decode("utf-8") for path, content in contents.items() if b"\0" not in content}

    assert texts
    kinds = {path: OF_LOCKS if path.name == LOCK else FOREIGN for path in texts}
    found = [f"{path}:{problem}" for path, text in texts.items() for problem in foreign_text(text, kinds[path])]
    assert found == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("a\nsee /ho" + "me/me/x", "2: a path of one machine ('/ho" + "me/')", id="path"),
        pytest.param("C:" + r"\Users", "1: a path of one machine ('C:" + r"\\U')", id="Windows path"),
        pytest.param("https://py" + "pi.org/simple", "1: a registry's address ('py" + "pi.org')", id="registry"),
        pytest.param("our work" + "place", "1: how the text was made ('work" + "place')", id="maker"),
        pytest.param("# TO" + "DO: later", "1: a task left open ('TO" + "DO')", id="open task"),
        pytest.param("a\n" + "<" * 7 + " HEAD", "2: a merge left open ('" + "<" * 7 + " ')", id="open merge"),
    ],
)
def test_foreign_text_is_noticed(text: str, problem: str) -> None:
    """The check above can fail, in each of its ways."""
    assert list(foreign_text(text)) == [problem]


@pytest.mark.parametrize(
    "text", ["User-Agent: x", "/v1/images", "~/tmp/x", "../work/x", "a/tmp/b", "https://example.com/"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Headers, routes, relative paths and links are no findings."""
    assert list(foreign_text(text)) == []


def test_a_lock_file_may_name_packages_as_others_did_and_nothing_else() -> None:
    """The name of a package is no text of ours; the address of a registry would be."""
    assert list(foreign_text('"https-proxy-ag' + 'ent": {}', OF_LOCKS)) == []
    assert list(foreign_text("https://registry.npm" + "js.org/x", OF_LOCKS)) != []


def left_empty(root: Path, paths: Iterable[Path]) -> tuple[str, ...]:
    """Name each file below *root* that has nothing in it and is no marker that packaging asks for."""
    markers = {"py.typed", "__init__.py"}
    return tuple(path.as_posix() for path in paths if path.name not in markers and not (root / path).stat().st_size)


def test_no_file_is_empty(root: Path, tracked: tuple[Path, ...]) -> None:
    """A newcomer finds no file whose purpose nobody can tell, as a redirection leaves behind."""
    assert left_empty(root, tracked) == ()


def test_an_empty_file_is_noticed(tmp_path: Path) -> None:
    """The check above can fail, and lets markers be."""
    names = ("notes.txt", "py.typed", "full.txt")
    for name in names:
        (tmp_path / name).write_text("text" if name == "full.txt" else "")

    assert left_empty(tmp_path, map(Path, names)) == ("notes.txt",)
