"""The report of a hunt: how many mutants of each group were killed, and of each other one why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from safelight.model import Json, Spec
from safelight_testkit.mutants.catalogue import catalogue, left_out
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.hunt import Half, Quarry
from safelight_testkit.mutants.mutant import Group, Mutant

__all__ = ["Entry", "Report", "report_of", "report_record", "report_text"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A mutant and what became of it."""

    half: Half
    mutant: Mutant
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of a hunt.

    Attributes:
        spec: The name of the spec.
        entries: What was hunted, in the order of the catalogue.
        left_out: What the spec says and no mutant is made of, with the reason.
        missing: How many mutants were to be hunted and were not, because somebody stopped the hunt.
        seconds: How long it took.
    """

    spec: str
    entries: tuple[Entry, ...]
    left_out: Mapping[str, str]
    missing: int
    seconds: float

    def count(self, outcome: Outcome) -> int:
        """How many mutants came to this end."""
        return sum(one.fate.outcome is outcome for one in self.entries)

    @property
    def survivors(self) -> tuple[Entry, ...]:
        """What the suite did not notice."""
        return tuple(one for one in self.entries if one.fate.outcome is Outcome.SURVIVED)


def report_of(spec: Spec, hunted: Sequence[Quarry], fates: Mapping[Quarry, Fate], seconds: float) -> Report:
    """Put a report together.

    Args:
        spec: The spec.
        hunted: What was to be hunted.
        fates: What became of it, as far as it was.
        seconds: How long it took.
    """
    mutants = catalogue(spec)
    entries = tuple(Entry(one.half, mutants[one.mutant], fates[one]) for one in hunted if one in fates)
    whys = {key: why for operation in spec.operations.values() for key, why in left_out(operation).items()}
    return Report(spec=spec.name, entries=entries, left_out=whys, missing=len(hunted) - len(entries), seconds=seconds)


def report_record(report: Report) -> Json:
    """The report as JSON."""
    return {
        "spec": report.spec,
        "seconds": round(report.seconds, 3),
        "missing": report.missing,
        "totals": {outcome.value: report.count(outcome) for outcome in Outcome},
        "left_out": dict(report.left_out),
        "mutants": [
            {
                "half": one.half.value,
                "group": one.mutant.group.value,
                "about": one.mutant.about,
                "text": one.mutant.text,
                **asdict(one.fate),
            }
            for one in report.entries
        ],
    }


def report_text(report: Report) -> str:
    """The report for people."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    for half in Half:
        entries = [one for one in report.entries if one.half is half]
        if entries:
            yield from _table(half, entries)
            yield ""
    yield from _told("survived: the suite does not notice them", report.survivors)
    same = [one for one in report.entries if one.fate.outcome is Outcome.EQUIVALENT]
    yield from _told("equivalent: nothing known tells them from the spec", same)
    if report.left_out:
        yield "no mutants are made of"
        yield from (f"  {name}\n      {why}" for name, why in report.left_out.items())
        yield ""
    ends = ", ".join(f"{report.count(outcome)} {outcome.value}" for outcome in Outcome)
    yield f"{len(report.entries)} mutants of {report.spec} in {report.seconds:.0f} s: {ends}"
    if report.missing:
        yield f"stopped: {report.missing} more were not hunted"


def _table(half: Half, entries: Sequence[Entry]) -> Iterator[str]:
    """Counts by group."""
    yield f"{half.value:<22}{'mutants':>8}{'killed':>8}{'survived':>10}{'equivalent':>12}"
    groups = [group for group in Group if any(one.mutant.group is group for one in entries)]
    for name, chosen in (
        *((group.value, [one for one in entries if one.mutant.group is group]) for group in groups),
        ("all", entries),
    ):
        ends = Counter(one.fate.outcome for one in chosen)
        killed, survived, same = (ends[outcome] for outcome in Outcome)
        yield f"  {name:<20}{len(chosen):>8}{killed:>8}{survived:>10}{same:>12}"
    by = Counter(one.fate.severity for one in entries if one.fate.outcome is Outcome.KILLED)
    if half is Half.FAKE and by:
        yield f"  killed by {', '.join(f'{count} {name}s' for name, count in by.most_common())}"


def _told(title: str, entries: Sequence[Entry]) -> Iterator[str]:
    """Mutants one by one, with the reason."""
    if not entries:
        return
    yield title
    for one in entries:
        half = "" if one.half is Half.FAKE else f" ({one.half.value})"
        yield f"  {one.mutant.id}{half}: {one.mutant.text}"
        yield f"      {one.fate.why}"
        if one.fate.request:
            yield f"      {one.fate.request}"
    yield ""
