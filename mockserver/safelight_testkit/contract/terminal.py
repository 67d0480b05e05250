"""A report for a terminal: what was found, gathered by constraint, in columns that a pipe can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Verdict
from safelight_testkit.contract.summary import (
    Group,
    Section,
    body_text,
    groups,
    listed,
    notes,
    operations_text,
    outages,
    reach_text,
    topic_text,
)
from safelight_testkit.contract.workload import Workload
from safelight_testkit.judging.verdict import FINDINGS

__all__ = ["columns", "first_line", "many", "plan_text", "summary_text", "usd_text"]


def summary_text(report: Report) -> str:
    """Write a report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    found = groups(report)
    for section in Section:
        members = [group for group in found if group.section is section]
        if members:
            yield f"{section} ({len(members)})"
            for group in members:
                yield from _group(report, group)
            yield ""
    yield from _unjudged(report)
    noted = notes(report)
    if noted:
        yield f"notes ({len(noted)})"
        for (kind, _), (finding, count) in noted.items():
            yield f"  {kind}: {first_line(finding.message)}{f' ({count} times)' if count > 1 else ''}"
        yield ""
    yield from _coverage(report)
    yield _total(report, found)


def _unjudged(report: Report) -> Iterator[str]:
    failed = outages(report)
    if failed:
        yield f"not judged ({sum(map(len, failed.values()))})"
        for kind, results in failed.items():
            numbers = _numbers([result.trial.number for result in results])
            requests = f"{many(len(results), 'request')}{operations_text(report, results)}"
            yield f"  {kind}: {FINDINGS[kind].title}, {requests}: {numbers}"
            yield f"    {first_line(results[0].findings[0].message)}"
        yield ""
    unsent: dict[str, int] = {}
    for result in report.of(Verdict.UNSENT):
        unsent[result.why] = unsent.get(result.why, 0) + 1
    left_out = {"more were chosen than may be sent, and these show least": report.left_out} if report.left_out else {}
    for why, count in {**unsent, **left_out}.items():
        yield f"not sent ({count}): {why}"
        yield ""


def _group(report: Report, group: Group) -> Iterator[str]:
    result = group.result
    reach = reach_text(report, group)
    yield f"  {group.title}{f' [{reach}]' if reach else ''}, {many(group.results, 'request')}"
    yield f"    {first_line(group.finding.message)}"
    if group.section is Section.WRONG and group.constraints:
        yield f"    for {listed(group.constraints)}"
    for name in group.constraints[:1]:
        about = report.constraints.get(name)
        if about is not None:
            source = f" ({about.basis}: {about.source})" if about.source else ""
            yield f"    the spec: {about.requirement}{source}"
    yield f"    #{result.trial.number} {body_text(result.trial)}"


def _coverage(report: Report) -> Iterator[str]:
    rows = [
        (operation, tally.model, f"{tally.isolated}/{tally.constraints}", f"{tally.hit}/{tally.borders}")
        for operation, tallies in report.coverage.items()
        for tally in tallies
    ]
    if rows:
        table = [("operation", "model", "constraints broken alone", "borders hit"), *rows]
        yield from columns(table if report.is_of_several else [row[1:] for row in table])
        yield ""


def _total(report: Report, found: Sequence[Group]) -> str:
    sent = sum(bool(result.tries) for result in report.results)
    parts = [f"{many(sent, 'request')} in {report.seconds:.1f} s"]
    if report.coverage:
        parts.append(f"{report.share * 100:.0f} % of the spec tried")
    if report.origin.paid:
        parts.append(f"about {usd_text(report.usd)}")
    faults = many(len(found), "fault") if found else "no faults"
    stopped = "interrupted; " if report.interrupted else ""
    return f"{stopped}{report.origin.spec} at {report.origin.base_url}: {faults}, {', '.join(parts)}"


def plan_text(work: Workload, *, rows: bool) -> str:
    """Write what would be sent, and what it is estimated to cost.

    Args:
        work: The requests.
        rows: Whether each request is listed.
    """
    lines: list[str] = []
    if rows:
        several = len({trial.operation for trial in work.trials}) > 1
        table: list[tuple[str, ...]] = [("#", "operation", "model", "meant to be", "USD", "request", "about")]
        for trial in work.trials:
            cost = "" if trial.refused else "?" if trial.usd is None else f"{trial.usd:.4f}"
            word = "refused" if trial.refused else "accepted"
            about = (word, cost, body_text(trial, 60), topic_text(trial))
            table.append((str(trial.number), trial.operation, trial.model, *about))
        lines += [*columns(table if several else [(row[0], *row[2:]) for row in table]), ""]
    lines.append(f"{many(len(work.trials), 'request')}: {work.refused} meant to be refused, {work.billable} billable")
    if work.usd is None:
        lines[-1] += ", at prices that the spec does not tell"
    else:
        lines[-1] += f", about {usd_text(work.usd)} ({usd_text(work.risk)} if the server refuses nothing)"
    if work.left_out:
        share = f"{work.share * 100:.0f} % of the spec"
        lines.append(f"{many(work.left_out, 'request')} left out, those that show least: {share} would be tried")
    return "\n".join(lines) + "\n"


def usd_text(usd: float | None) -> str:
    """Write an amount of money."""
    return "an unknown amount" if usd is None else f"{usd:.2f} USD"


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Align the cells of a table, two spaces apart."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def many(count: int, noun: str) -> str:
    """A number of things, as in ``1 request`` and ``2 requests``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(f"#{number}" for number in numbers[:8])
    return f"{shown} and {len(numbers) - 8} more" if len(numbers) > 8 else shown


def first_line(text: str) -> str:
    """A message on one line, safe to print."""
    line = " ".join(text.split())
    return "".join(character if character.isprintable() else "�" for character in line)
