"""Tests made from a spec: requests, judgements of answers, and whole runs against a server.

Requests: `plan` tells every case there is, `cover` packs them into the fewest requests, `measure` tells how much a set
of cases shows, and `bodies` yields valid bodies without end.  The Hypothesis strategies are in
`safelight_testkit.strategies`.

Answers: `judge` tells what is wrong with one, by the names in `FINDINGS`; whoever judges many keeps a `Judge`.

Runs: `examine` does what ``safelight contract`` does and returns a `Report`.  `groups` gathers its findings, `compare`
puts reports side by side, and `summary_text`, `page_text`, `junit_text` and `report_text` write one down.

Each name is fetched from its module when it is first asked for (PEP 562): a test run that only loads the package does
not pay for the language, and only a run pays for an HTTP library.
"""

import typing

if typing.TYPE_CHECKING:
    from safelight_testkit.contract.archive import read_report, report_text
    from safelight_testkit.contract.compare import Comparison, Stance, compare
    from safelight_testkit.contract.examine import examine
    from safelight_testkit.contract.junit import junit_text
    from safelight_testkit.contract.page import page_text
    from safelight_testkit.contract.report import Report, exit_code
    from safelight_testkit.contract.result import Result, Verdict
    from safelight_testkit.contract.runner import CannotRun
    from safelight_testkit.contract.selection import Selection
    from safelight_testkit.contract.summary import Group, Section, groups
    from safelight_testkit.contract.terminal import summary_text
    from safelight_testkit.judging.judge import Judge, judge
    from safelight_testkit.judging.reading import Judgement
    from safelight_testkit.judging.verdict import FINDINGS, Answer, Finding, NoAnswer, Severity
    from safelight_testkit.requests.covering import Cover, Coverage, Request, Tally, cover, measure
    from safelight_testkit.requests.plain import bodies
    from safelight_testkit.requests.planning import Case, Gap, Plan, cases, plan
    from safelight_testkit.values.points import Side

__all__ = [
    "FINDINGS",
    "Answer",
    "CannotRun",
    "Case",
    "Comparison",
    "Cover",
    "Coverage",
    "Finding",
    "Gap",
    "Group",
    "Judge",
    "Judgement",
    "NoAnswer",
    "Plan",
    "Report",
    "Request",
    "Result",
    "Section",
    "Selection",
    "Severity",
    "Side",
    "Stance",
    "Tally",
    "Verdict",
    "bodies",
    "cases",
    "compare",
    "cover",
    "examine",
    "exit_code",
    "groups",
    "judge",
    "junit_text",
    "measure",
    "page_text",
    "plan",
    "read_report",
    "report_text",
    "summary_text",
]

_HOMES = {
    "FINDINGS": "judging.verdict",
    "Answer": "judging.verdict",
    "CannotRun": "contract.runner",
    "Case": "requests.planning",
    "Comparison": "contract.compare",
    "Cover": "requests.covering",
    "Coverage": "requests.covering",
    "Finding": "judging.verdict",
    "Gap": "requests.planning",
    "Group": "contract.summary",
    "Judge": "judging.judge",
    "Judgement": "judging.reading",
    "NoAnswer": "judging.verdict",
    "Plan": "requests.planning",
    "Report": "contract.report",
    "Request": "requests.covering",
    "Result": "contract.result",
    "Section": "contract.summary",
    "Selection": "contract.selection",
    "Severity": "judging.verdict",
    "Side": "values.points",
    "Stance": "contract.compare",
    "Tally": "requests.covering",
    "Verdict": "contract.result",
    "bodies": "requests.plain",
    "cases": "requests.planning",
    "compare": "contract.compare",
    "cover": "requests.covering",
    "examine": "contract.examine",
    "exit_code": "contract.report",
    "groups": "contract.summary",
    "judge": "judging.judge",
    "junit_text": "contract.junit",
    "measure": "requests.covering",
    "page_text": "contract.page",
    "plan": "requests.planning",
    "read_report": "contract.archive",
    "report_text": "contract.archive",
    "summary_text": "contract.terminal",
}


if not typing.TYPE_CHECKING:  # to type checkers, only the names imported above exist

    def __getattr__(name: str) -> object:
        import importlib

        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | set(__all__))
