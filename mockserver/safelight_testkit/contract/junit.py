"""A report as JUnit XML, which every CI system can show: a suite for each model, a test case for each request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.snippets import as_curl
from safelight_testkit.contract.summary import topic_text
from safelight_testkit.judging.verdict import Finding, Severity

__all__ = ["junit_text"]

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""

_LONGEST: Final = 4000


def junit_text(report: Report) -> str:
    """Write a report as JUnit XML."""
    suites = ET.Element("testsuites", {"name": f"safelight contract {report.origin.spec}", **_counts(report.results)})
    by_model: dict[str, list[Result]] = {}
    for result in report.results:
        by_model.setdefault(f"{result.trial.operation}.{result.trial.model}", []).append(result)
    for name, results in by_model.items():
        suite = ET.SubElement(suites, "testsuite", {"name": name, **_counts(results)})
        for result in results:
            _case(suite, name, result, report)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _counts(results: Sequence[Result]) -> dict[str, str]:
    verdicts = [result.verdict for result in results]
    return {
        "tests": str(len(results)),
        "failures": str(verdicts.count(Verdict.FAILED)),
        "errors": str(verdicts.count(Verdict.OUTAGE)),
        "skipped": str(verdicts.count(Verdict.UNSENT)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _case(suite: ET.Element, name: str, result: Result, report: Report) -> None:
    trial = result.trial
    title = (
        f"#{trial.number} {'random' if trial.random else 'breaks' if trial.refused else 'keeps'} {topic_text(trial)}"
    )
    case = ET.SubElement(suite, "testcase", classname=name, name=title, time=f"{result.seconds:.3f}")
    match result.verdict:
        case Verdict.PASSED:
            pass
        case Verdict.FAILED:
            for fault in result.faults:
                _problem(case, "failure", fault, result, report)
        case Verdict.OUTAGE:
            outage = next(one for one in result.findings if one.severity is Severity.OUTAGE)
            _problem(case, "error", outage, result, report)
        case Verdict.UNSENT:
            ET.SubElement(case, "skipped", message=_clean(result.why))


def _problem(case: ET.Element, tag: str, finding: Finding, result: Result, report: Report) -> None:
    problem = ET.SubElement(case, tag, type=finding.kind, message=_clean(finding.message))
    request = as_curl(report.origin, result.trial)
    problem.text = _clean(f"{request[:_LONGEST]}\n\n{result.status} {result.media_type}\n{result.answer}")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
