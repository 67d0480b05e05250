"""From a file, or a text, to a sound `Spec`: the one door into the language.

`load` does the reading of files; `loads` is pure.  Both raise `SpecError` with every problem of the spec, or return a
spec that is sound.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from safelight.diagnostic import Problem, Report, SpecError
from safelight.document import SpecDoc
from safelight.lint import lint
from safelight.model import Place, Spec
from safelight.nodes import MAX_BYTES, parse
from safelight.resolve import resolve
from safelight.shape import UNREADABLE, read_record


def load(path: str | Path) -> Spec:
    """Read the spec file at *path*.

    Raises:
        SpecError: The file cannot be read, or has problems; all of them are listed.
    """
    return loads(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """Read the text of a spec file, at most `MAX_BYTES` of it.

    Raises:
        SpecError: The file is not there, too large, or not UTF-8.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _failure(path, "E101", error.strerror or str(error)) from error
    if len(data) > MAX_BYTES:
        raise _failure(path, "E102", f"a spec file has at most {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise _failure(
            path, "E103", f"byte 0x{data[error.start]:02x} is not UTF-8", Place(line, column), "save the file as UTF-8"
        ) from error


def loads(text: str, path: str = "<spec>") -> Spec:
    """Read the spec in *text*.

    Args:
        text: The YAML text.
        path: What to call it in messages.

    Raises:
        SpecError: The text has problems; all of them are listed.
    """
    report = Report()
    node = parse(text, report)
    doc = read_record(node, SpecDoc, report, "a spec") if node is not None else UNREADABLE
    spec = None
    if isinstance(doc, SpecDoc):
        spec = resolve(doc, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), report)
        if not report.problems:
            lint(spec, report)
    if spec is None or report.problems:
        raise SpecError(path, report.problems, text)
    return spec


def _failure(path: str | Path, code: str, message: str, place: Place = Place(1, 1), help: str = "") -> SpecError:  # noqa: A002, B008 - a frozen default
    return SpecError(str(path), [Problem(place, code, message, help)])
