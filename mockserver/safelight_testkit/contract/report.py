"""The report: what a run found, in a form that can be written in any way and compared with others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from safelight.model import Constraint, Rule, Spec
from safelight.vocabulary.index import identified
from safelight_testkit.contract.result import Result, Verdict
from safelight_testkit.contract.trial import Trial
from safelight_testkit.contract.workload import Workload
from safelight_testkit.requests.covering import Tally

__all__ = ["About", "Origin", "Report", "exit_code", "make_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a constraint says and where it comes from.

    Attributes:
        requirement: The constraint as a clause.
        why: The reason, where the spec gives one.
        basis: How it is known.
        source: The title of its source.
        url: Where that is.
    """

    requirement: str
    why: str = ""
    basis: str = ""
    source: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What was tested, where, and how.

    Attributes:
        spec: The name of the spec.
        title: The name of the API.
        digest: SHA-256 of the spec's text.
        base_url: Where the server is.
        key_variable: The environment variable that holds the key.
        headers: The headers that the key may go into; None for a bearer token.
        calls: The HTTP method and path of each operation.
        as_of: The day whose state of the API was meant.
        basis: Which constraints counted.
        seed: What random requests were drawn from.
        paid: Whether the host is one that may send a bill.
        started: Unix time.
    """

    spec: str
    title: str
    digest: str
    base_url: str
    key_variable: str
    headers: tuple[str | None, ...]
    calls: Mapping[str, tuple[str, str]]
    as_of: str
    basis: tuple[str, ...]
    seed: int
    paid: bool
    started: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found.

    Attributes:
        origin: What was tested, where, and how.
        results: What came of each trial.
        coverage: How much of each model was tried, by operation, whatever came of it.
        constraints: What each constraint says, by its id.
        seconds: How long the run took.
        interrupted: Whether somebody stopped it.
        left_out: How many requests a limit left out.
    """

    origin: Origin
    results: tuple[Result, ...]
    coverage: Mapping[str, tuple[Tally, ...]]
    constraints: Mapping[str, About] = field(repr=False)
    seconds: float
    interrupted: bool = False
    left_out: int = 0

    def of(self, verdict: Verdict) -> tuple[Result, ...]:
        """The results with this verdict."""
        return tuple(result for result in self.results if result.verdict is verdict)

    @property
    def is_of_several(self) -> bool:
        """Whether the API has several operations, so that what is told needs to say which it is of."""
        return len(self.origin.calls) > 1

    @property
    def share(self) -> float:
        """What was tried of all there is to try, from 0 to 1; whether the server got it right, the faults tell."""
        tallies = [tally for tallies in self.coverage.values() for tally in tallies]
        whole = sum(one.constraints + one.borders for one in tallies)
        return sum(one.isolated + one.hit for one in tallies) / whole if whole else 1.0

    @property
    def usd(self) -> float:
        """What the run is estimated to have cost."""
        return sum(result.usd for result in self.results)


def exit_code(report: Report, fail_under: float | None = None) -> int:
    """Tell the exit code of a run: 0 where all that was sent passed, 2 where nothing was judged, 1 otherwise.

    Args:
        report: The report.
        fail_under: Percent that must be tried of all there is to try.
    """
    if report.results and not (report.of(Verdict.PASSED) or report.of(Verdict.FAILED)):
        return 2
    if any(result.verdict is not Verdict.PASSED for result in report.results):
        return 1
    return int(fail_under is not None and report.share * 100 < fail_under)


def make_report(
    spec: Spec,
    work: Workload,
    results: Sequence[Result],
    *,
    base_url: str,
    as_of: date,
    basis: Collection[str],
    seed: int,
    paid: bool,
    started: float,
    seconds: float,
    interrupted: bool,
) -> Report:
    """Make a report of the results of a run."""
    named = {name for result in results for name in result.trial.constraints}
    return Report(
        origin=Origin(
            spec=spec.name,
            title=spec.title,
            digest=spec.digest,
            base_url=base_url,
            key_variable=spec.key_variable,
            headers=tuple(auth.header for auth in spec.auth),
            calls={name: (one.verb, one.path) for name, one in spec.operations.items()},
            as_of=as_of.isoformat(),
            basis=tuple(sorted(str(one) for one in basis)),
            seed=seed,
            paid=paid,
            started=started,
        ),
        results=tuple(results),
        coverage={name: one.tallies for name, one in work.coverage(_shown(results)).items()},
        constraints={name: one for name, one in _about(spec).items() if name in named},
        seconds=seconds,
        interrupted=interrupted,
        left_out=work.left_out,
    )


def _shown(results: Iterable[Result]) -> frozenset[str]:
    """The cases that were tried: an answer that refuses all of a packed request says nothing of its parts."""
    return frozenset(
        one.case
        for result in results
        if result.verdict in {Verdict.PASSED, Verdict.FAILED} and not _is_lump(result)
        for one in result.trial.shows
    )


def _is_lump(result: Result) -> bool:
    return len(result.trial.shows) > 1 and any(one.kind == "refuses" for one in result.findings)


def _about(spec: Spec) -> Mapping[str, About]:
    found: dict[str, About] = {}
    for operation in spec.operations.values():
        for name, one in identified(operation).items():
            source = spec.sources.get(one.provenance.source or "")
            found[name] = About(
                requirement=one.requirement if isinstance(one, Constraint | Rule) else "fields are those of the spec",
                why=one.why if isinstance(one, Rule) else "",
                basis=one.provenance.basis.value,
                source=source.title if source is not None else "",
                url=(source.url or "") if source is not None else "",
            )
    return found


def failed_trials(report: Report) -> tuple[Trial, ...]:
    """The trials of a report that did not pass, to be sent again."""
    return tuple(result.trial for result in report.results if result.verdict in {Verdict.FAILED, Verdict.OUTAGE})
