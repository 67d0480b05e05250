"""From a file, or a text, to a sound `Spec`: the one door into the language.

`load` does the reading of files; `loads` is pure.  Both raise `SpecError` with every problem of the spec, or return a
spec that is sound.
"""

from __future__ import annotations

import hashlib
import re
import stat
from pathlib import Path
from typing import Final

from safelight.diagnostic import Problem, Report, SpecError, TooManyProblems, place_at
from safelight.linting.lint import lint
from safelight.model import Place, Spec
from safelight.reading.damage import damage
from safelight.reading.document import SpecDoc
from safelight.reading.nodes import MAX_BYTES, Entries, Node, Scalar, parse
from safelight.reading.resolve import resolve
from safelight.reading.shape import read_record
from safelight.shipped import find

LANGUAGE_VERSION: Final = 1

_START: Final = Place(1, 1)
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")


def load(spec: str | Path) -> Spec:
    """Read a spec from its file.

    Args:
        spec: The path of the file, or the name of a shipped spec, such as ``ttapi-images``.

    Raises:
        SpecError: The file cannot be read, or has problems; all of them are listed.
    """
    path = find(spec)
    return loads(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """Read the text of a spec file, at most `MAX_BYTES` of it.

    Raises:
        SpecError: The file is not there, too large, or not UTF-8.
    """
    try:
        kind = Path(path).stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):  # opening a directory fails by itself; a pipe would wait
            raise _failure(path, Problem(_START, "E101", "not a regular file"))
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _failure(path, Problem(_START, "E101", error.strerror or str(error))) from error
    except ValueError as error:  # a name that no file system takes
        raise _failure(path, Problem(_START, "E101", str(error))) from error
    if len(data) > MAX_BYTES:
        raise _failure(path, Problem(_START, "E102", f"a spec file has at most {MAX_BYTES // 1024 // 1024} MiB"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        message = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        problem = Problem(place_at(before, len(before)), "E103", message, "save the file as UTF-8")
        raise _failure(path, problem, error.object.decode("utf-8", "replace")) from error


def loads(text: str, path: str = "<spec>") -> Spec:
    """Read the spec in *text*.

    Args:
        text: The YAML text.
        path: What to call it in messages.

    Raises:
        SpecError: The text has problems; all of them are listed.
    """
    report = Report()
    try:
        spec = _read(text, report)
    except TooManyProblems:
        spec = None
    if spec is None or report.problems:
        raise SpecError(path, report.problems, text)
    return spec


def _read(text: str, report: Report) -> Spec | None:
    node = parse(text, report)
    if node is None or not _is_of_this_version(node, report):
        return None
    doc = read_record(node, SpecDoc, report, "a spec")
    if not isinstance(doc, SpecDoc):
        return None
    # A key that is unknown leaves the others as they are; what else is wrong by now is missing from the document.
    missing = damage(node, [one for one in report.problems if one.code != "E201"])
    if missing.whole or missing.models:  # names that are not known for this reason would be told as well
        return None
    resolving = Report()
    try:
        spec = resolve(doc, hashlib.sha256(text.encode("utf-8")).hexdigest(), resolving)
    except TooManyProblems:
        spec = None
    for one in resolving.problems:
        if not missing.covers(node, one.place):
            report.add(one.place, one.code, one.message, one.help)
    if spec is not None:
        lint(spec, report, damage(node, report.problems))
    return spec


def _is_of_this_version(node: Node, report: Report) -> bool:
    """Tell whether a spec is of the language that is read here; of another, nothing else can be said."""
    version = node.get("safelight") if isinstance(node, Entries) else None
    if not isinstance(version, Scalar) or not _INTEGER.fullmatch(version.text) or version.text == str(LANGUAGE_VERSION):
        return True
    report.problems.clear()
    message = f"this reader knows version {LANGUAGE_VERSION} of the language, not {version.text}"
    report.add(version.place, "E204", message, "another version of safelight may know it")
    return False


def _failure(path: str | Path, problem: Problem, text: str = "") -> SpecError:
    return SpecError(str(path), [problem], text)
