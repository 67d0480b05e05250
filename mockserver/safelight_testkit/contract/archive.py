"""Reports and results as JSON: to keep, to compare, to send again, to go on with after an interruption.

A report is one JSON object, a run in progress one line for each result.  A file that is neither gets one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Final, TypeVar

from safelight.model import Json
from safelight_testkit.contract.records import NoRecord, record_of
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.judging.verdict import FINDINGS
from safelight_testkit.shapes import is_object

__all__ = ["BrokenArchive", "Progress", "read_report", "report_text"]

_VERSION: Final = 1
_T = TypeVar("_T")


class BrokenArchive(Exception):
    """A file that is no report, or none of this run."""


def report_text(report: Report) -> str:
    """Write a report as JSON."""
    return json.dumps({"safelight_report": _VERSION, **asdict(report)}, ensure_ascii=False, indent=1) + "\n"


def read_report(path: str) -> Report:
    """Read a report.

    Raises:
        BrokenArchive: There is no such file, or it is no report.
    """
    value = _parsed(path, _text(path))
    if not is_object(value) or value.get("safelight_report") != _VERSION:
        raise BrokenArchive(f"{path} is no report of safelight contract")
    report = _built(path, Report, {key: item for key, item in value.items() if key != "safelight_report"})
    _check_kinds(path, report.results)
    return report


class Progress:
    """The results of a run in progress, one JSON line each, in a file that an interrupted run is resumed from.

    Args:
        path: The file; it is made if it is not there.
        run: What tells this run from others: results of another one are not used.
    """

    def __init__(self, path: str, run: Mapping[str, str]) -> None:
        self._path = path
        self._run = dict(run)
        self._file: IO[str] | None = None

    def known(self) -> Mapping[str, Result]:
        """The results that are there, by the digests of their trials; what was not judged is to be tried again.

        Raises:
            BrokenArchive: The file is of another run, or of something else.
        """
        path = Path(self._path)
        lines = _text(self._path).splitlines() if path.exists() else []
        if not lines:
            return {}
        head = _parsed(self._path, lines[0])
        if not is_object(head) or head.get("safelight_run") != _VERSION:
            raise BrokenArchive(f"{self._path} is no run of safelight contract; name another file, or remove it")
        for name, value in self._run.items():
            if head.get(name) != value:
                was = json.dumps(head.get(name))
                raise BrokenArchive(f"{self._path} is of a run with another {name}: {was}, and not {json.dumps(value)}")
        found = [_built(self._path, Result, line) for line in self._whole(lines[1:])]
        _check_kinds(self._path, found)
        done = (Verdict.PASSED, Verdict.FAILED)
        return {result.trial.digest: result for result in found if result.verdict in done}

    def add(self, result: Result) -> None:
        """Keep a result."""
        if self._file is None:
            path = Path(self._path)
            fresh = not path.exists() or not path.stat().st_size
            if not fresh:
                _end_last_line(path)
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace")
            if fresh:
                self._file.write(json.dumps({"safelight_run": _VERSION, **self._run}) + "\n")
        self._file.write(json.dumps(asdict(result)) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _whole(self, lines: list[str]) -> Iterator[Json]:
        """The lines as JSON; the last may have been cut by what ended the run."""
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line)
            except ValueError:
                if number < len(lines):
                    raise BrokenArchive(f"{self._path}: line {number + 1} is no JSON") from None


def _end_last_line(path: Path) -> None:
    """Remove a last line that was cut, and end one that is whole: what is added begins a line of its own."""
    with path.open("rb+") as file:
        content = file.read()
        last = content.rpartition(b"\n")[2]
        if not last:
            return
        try:
            json.loads(last)
        except ValueError:
            file.truncate(len(content) - len(last))
        else:
            file.write(b"\n")


# --- reading ---


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise BrokenArchive(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BrokenArchive(f"{path}: byte {error.start} is not UTF-8; JSON is") from error


def _parsed(path: str, text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenArchive(f"{path} is no JSON: {error}") from error


def _built(path: str, kind: type[_T], value: Json) -> _T:
    try:
        return record_of(kind, value)
    except NoRecord as error:
        raise BrokenArchive(f"{path} is no report that can be read: {error}") from error


def _check_kinds(path: str, results: Iterable[Result]) -> None:
    """Make sure that every finding is of a kind that this version knows."""
    for result in results:
        for finding in result.findings:
            if finding.kind not in FINDINGS:
                raise BrokenArchive(f"{path} has a finding of the unknown kind {finding.kind!r}")
