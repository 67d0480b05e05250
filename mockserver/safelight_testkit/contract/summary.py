"""The findings of a report, gathered: what is the same is told once, with its smallest request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.trial import Key, Trial, Twist, written
from safelight_testkit.judging.refusal import as_shown
from safelight_testkit.judging.verdict import FINDINGS, Finding, Severity
from safelight_testkit.shapes import is_object

__all__ = [
    "Group",
    "Section",
    "body_text",
    "groups",
    "is_explained",
    "listed",
    "may_blame",
    "notes",
    "operations_text",
    "outages",
    "reach_text",
    "topic_text",
]

_INDEX: Final = re.compile(r"\[\d+\]")
_ALIKE: Final = frozenset({"refusal.status", "refusal.field"})
"""Kinds that are one mistake where the same came in place of the same: a server that refuses with 422 always does."""
_LISTED: Final = 3
"""So many constraints are named where a finding is about several."""

_USUAL: Final = Twist(kind="", constraint="")


class Section(StrEnum):
    """The parts of a report, in order."""

    ACCEPTS = "accepts what the spec refuses"
    REFUSES = "refuses what the spec accepts"
    WRONG = "wrong answer"


@dataclass(frozen=True, slots=True)
class Group:
    """Findings that are the same.

    Attributes:
        section: The part of the report.
        kind: Of the findings, a key of `FINDINGS`.
        constraints: The ids of the constraints that they are about; empty where they are about answers alone.
        where: The part of the answer, with ``[]`` for any place in an array.
        finding: The one of the smallest request.
        result: That request with its answer.
        results: How many requests show it.
        columns: The operation of these requests, and the model, of each once.
    """

    section: Section
    kind: str
    constraints: tuple[str, ...]
    where: str
    finding: Finding
    result: Result
    results: int
    columns: tuple[tuple[str, str], ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The models of these requests; ``*`` for those that reach no model's rules."""
        return _unique(model for _, model in self.columns)

    @property
    def title(self) -> str:
        """What it is called: the constraints, or the kind, the place and what the kind means."""
        if self.section is not Section.WRONG:
            return listed(self.constraints) or "a valid request"
        return f"{self.kind} {self.where}".strip() + f": {FINDINGS[self.kind].title}"


def groups(report: Report) -> tuple[Group, ...]:
    """Gather the faults of a report, section by section."""
    explained = is_explained(report)
    gathered: dict[tuple[Section, str, str], list[tuple[Finding, Result]]] = {}
    for result in report.results:
        for finding in result.faults:
            if not (finding.kind == "refuses" and result.trial.number in explained):
                gathered.setdefault(_key(finding, result.trial), []).append((finding, result))
    found = [_group(key[0], members) for key, members in gathered.items()]
    order = list(Section)
    return tuple(sorted(found, key=lambda one: order.index(one.section)))


def is_explained(report: Report) -> frozenset[int]:
    """The numbers of refused requests whose parts tell better what is refused."""
    return frozenset(
        result.trial.follows
        for result in report.results
        if result.trial.follows and any(fault.kind == "refuses" for fault in result.faults)
    )


def outages(report: Report) -> Mapping[str, tuple[Result, ...]]:
    """The requests that were sent and not judged, by the kind of the reason."""
    found: dict[str, list[Result]] = {}
    for result in report.of(Verdict.OUTAGE):
        kind = next(one.kind for one in result.findings if one.severity is Severity.OUTAGE)
        found.setdefault(kind, []).append(result)
    return {kind: tuple(results) for kind, results in found.items()}


def notes(report: Report) -> Mapping[tuple[str, str], tuple[Finding, int]]:
    """The notes of a report by kind, with the operation where there are several, and place: one each, and how many."""
    found: dict[tuple[str, str], tuple[Finding, int]] = {}
    for result in report.results:
        for finding in result.findings:
            if finding.severity is Severity.NOTE:
                kind = f"{result.trial.operation}: {finding.kind}" if report.is_of_several else finding.kind
                key = kind, _INDEX.sub("[]", finding.where)
                first, count = found.get(key, (finding, 0))
                found[key] = first, count + 1
    return found


def reach_text(report: Report, group: Group) -> str:
    """Which models a group is about, and which operations where its title does not say it; ``*`` is no model."""
    models: dict[str, list[str]] = {}
    for operation, model in group.columns:
        models.setdefault(operation, []).extend([model] if model != "*" else [])
    if not report.is_of_several or (group.constraints and group.section is not Section.WRONG):
        return ", ".join(dict.fromkeys(model for members in models.values() for model in members))
    return "; ".join(f"{name}: {', '.join(members)}" if members else name for name, members in models.items())


def operations_text(report: Report, results: Iterable[Result]) -> str:
    """Which operations results are of, as words after a noun; empty where there is only one."""
    found = dict.fromkeys(result.trial.operation for result in results)
    return f" of {', '.join(found)}" if report.is_of_several else ""


def _key(finding: Finding, trial: Trial) -> tuple[Section, str, str]:
    if finding.kind == "accepts":
        return Section.ACCEPTS, finding.kind, finding.constraint
    if finding.kind == "refuses":
        return Section.REFUSES, finding.kind, f"{finding.where} {'' if finding.where else _blamed(finding, trial)}"
    where = _INDEX.sub("[]", finding.where)
    if finding.kind in _ALIKE:
        return Section.WRONG, finding.kind, f"{where} {as_shown(finding.expected)} {as_shown(finding.got)}"
    if finding.kind.startswith("refusal.") and finding.kind != "refusal.envelope":
        return Section.WRONG, finding.kind, f"{finding.constraint} {where}"
    return Section.WRONG, finding.kind, where


def _group(section: Section, members: list[tuple[Finding, Result]]) -> Group:
    smallest = sorted(members, key=lambda one: _size(one[1].trial))
    finding, result = smallest[0]
    named = [_blamed(one, at.trial) if section is Section.REFUSES else (one.constraint,) for one, at in smallest]
    constraints = _unique(name for names in named for name in names if name)
    exact = tuple(name for name in constraints if section is Section.REFUSES and f".{finding.where}." in name)
    return Group(
        section=section,
        kind=finding.kind,
        constraints=exact or constraints,
        where=_INDEX.sub("[]", finding.where),
        finding=finding,
        result=result,
        results=len({at.trial.number for _, at in members}),
        columns=tuple(dict.fromkeys((at.trial.operation, at.trial.model) for _, at in members)),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _size(trial: Trial) -> tuple[int, int, int]:
    """Fewer fields are smaller, then fewer bytes."""
    fields = len(trial.body) if is_object(trial.body) else 0
    return fields, len(written(trial)), trial.number


def _blamed(finding: Finding, trial: Trial) -> tuple[str, ...]:
    """The constraints that a wrongful refusal may be about: those of the parameter that it names, if it names one."""
    shown = [one.constraint for one in trial.shows]
    if len(set(shown)) < 2:
        return _unique(shown)
    named = finding.where
    return _unique(one for one in shown if named and f".{named}." in one)


def may_blame(result: Result, constraint: str) -> bool:
    """Whether a wrongful refusal may be about a constraint: the error names no parameter, or the constraint's own."""
    named = next((fault.where for fault in result.faults if fault.kind == "refuses"), "")
    return not named or f".{named}." in constraint


def listed(constraints: Sequence[str]) -> str:
    """Name constraints in a line: the first few, and how many more there are."""
    more = f" and {len(constraints) - _LISTED} more" if len(constraints) > _LISTED else ""
    return f"{', '.join(constraints[:_LISTED])}{more}"


def body_text(trial: Trial, longest: int = 80) -> str:
    """The body of a trial on one line, cut where it gets long, and what is unusual beside it."""
    text = json.dumps(trial.body, ensure_ascii=False)
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    unusual = "" if trial.twist is None else _unusual(trial.twist)
    return f"{shown} {unusual}".rstrip()


def topic_text(trial: Trial) -> str:
    """What a trial is about: its constraint, or how many they are; nothing but the answer where it has none."""
    names = trial.constraints
    return names[0] if len(names) == 1 else f"{len(names)} constraints" if names else "the answer"


def _unusual(twist: Twist) -> str:
    """What is unusual about a request beside its body, in a few words."""
    keys = {Key.NONE: "without a key", Key.WRONG: "with a key that nobody gave out", Key.USUAL: ""}
    words = (
        keys[twist.key],
        "with the key in another header" if twist.auth else "",
        "without its last byte" if twist.cut else "",
        f"as {twist.content_type}" if twist.content_type != _USUAL.content_type else "",
        f"with {twist.verb}" if twist.verb else "",
        f"to …{twist.suffix}" if twist.suffix else "",
    )
    return ", ".join(word for word in words if word)
