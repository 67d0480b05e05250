"""Running the cases that stand beside the rules of a spec.

A case is a whole request that somebody wrote by hand.  An accepted one must break nothing; a rejected one must break
its rule and nothing else.  The rules are data and so are the cases: this is where the two have to agree.  Any
reading of the spec can be put to the test, the interpreter by default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from safelight.model import Basis, Json, Operation, Place, Rule, Spec
from safelight.records import dataclass

from .interpret import violations


class Finding(Protocol):
    """What a reading tells of one broken constraint; `safelight.Violation` is one, and so is a generated client's."""

    @property
    def rule(self) -> str:
        """The id of the constraint."""
        ...

    @property
    def message(self) -> str:
        """One sentence on what is wrong."""
        ...


class Reading(Protocol):
    """A way to judge requests: the interpreter, or a generated validator."""

    def __call__(self, operation: Operation, body: Json, *, as_of: date, basis: Collection[str]) -> Sequence[Finding]:
        """Tell every constraint that *body* breaks."""
        ...


class Kind(StrEnum):
    """What a case shows."""

    ACCEPTS = "accepts"
    REJECTS = "rejects"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one case came out.

    Attributes:
        rule: The id of the rule that it belongs to.
        kind: What it is meant to show.
        number: Its place in its list, from 1.
        body: The request.
        place: Where it stands in the spec.
        expected: The ids that ought to be broken.
        found: What was found broken.
    """

    rule: str
    kind: Kind
    number: int
    body: Mapping[str, Json]
    place: Place
    expected: tuple[str, ...]
    found: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether exactly what was expected was found."""
        return tuple(finding.rule for finding in self.found) == self.expected

    @property
    def explanation(self) -> str:
        """What was expected and what was found: ``ought to break nothing, and breaks …``."""
        wanted = f"to break only {self.expected[0]}" if self.expected else "to break nothing"
        found = "; ".join(f"{finding.rule} ({finding.message})" for finding in self.found) or "nothing"
        return f"ought {wanted}, and breaks {found}"


def run_cases(spec: Spec, reading: Reading | None = None) -> tuple[CaseResult, ...]:
    """Run every case of *spec*, in its order.

    Each is judged with the bases that its rule needs, on the spec's own day or, where the rule does not hold then, on
    the nearest day on which it does.

    Args:
        spec: The spec whose cases are run.
        reading: What judges them; the interpreter by default.
    """
    judge = reading or interpreter(spec)
    return tuple(
        result
        for operation in spec.operations.values()
        for rule in operation.rules
        for result in _run_rule(spec, operation, rule, judge)
    )


def interpreter(spec: Spec) -> Reading:
    """The interpreter as a reading of *spec*."""

    def read(operation: Operation, body: Json, *, as_of: date, basis: Collection[str]) -> Sequence[Finding]:
        return violations(spec, operation, body, as_of=as_of, basis=basis)

    return read


def _run_rule(spec: Spec, operation: Operation, rule: Rule, reading: Reading) -> Iterator[CaseResult]:
    basis = {Basis.DOCUMENTED.value, rule.provenance.basis.value}
    as_of = day_in_force(rule, spec.revised)
    for kind, cases, expected in ((Kind.ACCEPTS, rule.accepts, ()), (Kind.REJECTS, rule.rejects, (rule.id,))):
        for number, case in enumerate(cases, 1):
            yield CaseResult(
                rule=rule.id,
                kind=kind,
                number=number,
                body=case.body,
                place=case.place,
                expected=expected,
                found=tuple(reading(operation, dict(case.body), as_of=as_of, basis=basis)),
            )


def day_in_force(rule: Rule, day: date) -> date:
    """The day nearest to *day* on which *rule* holds."""
    since, until = rule.provenance.since, rule.provenance.until
    if since is not None and day < since:
        return since
    return until - timedelta(days=1) if until is not None and day >= until else day
