"""The table that people read: ``results.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .profiles import Profile
from .results import Line, Row, Verdict

__all__ = ["markdown", "summary"]

_HEAD = """\
# Benchmarks

Written by `make bench`; `make bench ONLY=validator` measures one row again. Both sides of a comparison take turns in
every round, and a ratio is the median of the rounds' ratios, ours by theirs, with their quartiles: that is what counts.
Seconds, rates and megabytes are medians on one machine, and only tell the order of magnitude. A verdict is narrow where
the target lies between the quartiles; without a target, a line is told for information.
"""


def markdown(rows: Sequence[Row]) -> str:
    """Write the whole report."""
    return "\n".join([_HEAD, *_machines(rows), *_overview(rows), *(text for row in rows for text in _row(row))])


def summary(row: Row) -> str:
    """Tell in one line how a row came out."""
    if row.failure:
        return f"{row.name}: {row.failure.splitlines()[-1]}"
    counts = Counter(line.verdict for line in row.lines if line.verdict is not Verdict.TOLD)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return f"{row.name}: {told or 'nothing to judge'} ({row.took:.0f} s)"


def _machines(rows: Sequence[Row]) -> Iterator[str]:
    for machine in dict.fromkeys(tuple(row.machine.items()) for row in rows if row.machine):
        names = [row.name for row in rows if tuple(row.machine.items()) == machine]
        yield f"Measured on: {', '.join(f'{key} {value}' for key, value in machine)}" + (
            ".\n" if len(names) == len(rows) else f" ({', '.join(names)}).\n"
        )


def _overview(rows: Sequence[Row]) -> Iterator[str]:
    yield "| What | Against | Target | Ratio | Spread | Verdict |\n|---|---|---|---|---|---|"
    judged = [(row, line) for row in rows for line in row.lines if line.target is not None]
    for row, line in judged:
        low, high = line.spread
        yield (
            f"| [{line.what}](#{row.name}) | {line.against} | {line.target} | {_number(line.ratio)} "
            f"| {_number(low)} to {_number(high)} | {_shown(line.verdict)} |"
        )
    for row in rows:
        if row.failure:
            yield f"| [{row.title}](#{row.name}) | | | | | failed |"
    yield ""


def _row(row: Row) -> Iterator[str]:
    yield f"## {row.name}\n\n{row.title}.\n"
    yield from row.how.splitlines()
    if row.versions:
        yield f"- Versions: {', '.join(f'{name} {version}' for name, version in row.versions.items())}."
    yield from (f"- Not measured: {missing}" for missing in row.missing)
    if row.failure:
        yield f"\nThis row failed:\n\n```text\n{row.failure}\n```\n"
        return
    if row.lines:
        yield "\n| What | Against | Ours | Theirs | Ratio | Spread | Target | Verdict |\n" + "|---" * 8 + "|"
        yield from map(_line, row.lines)
        yield f"\n![Ratios of {row.name}](plots/{row.name}.svg)\n"
    if row.curves:
        yield "\n| What grows | " + " | ".join(f"{size:g}×" for size in row.curves[0].sizes) + " |"
        yield "|---|" + "---|" * len(row.curves[0].sizes)
        for curve in row.curves:
            yield f"| {curve.name} | " + " | ".join(_amount(cost, "s") for cost in curve.costs) + " |"
        yield f"\n![Growth](plots/{row.name}-growth.svg)\n"
    for profile in row.profiles:
        yield from _profile(profile)


def _profile(profile: Profile) -> Iterator[str]:
    yield f"\nWhere the time goes, {profile.what}. {profile.how}\n\n| Part | Cost | Share |\n|---|---|---|"
    for part in profile.parts:
        yield f"| {part.name} | {_amount(part.cost, profile.unit)} | {part.cost / profile.whole:.0%} |"
    yield f"| all of it | {_amount(profile.whole, profile.unit)} | |\n"


def _line(line: Line) -> str:
    low, high = line.spread
    cells: Iterable[str] = (
        line.what,
        line.against,
        _amount(line.ours, line.unit),
        _amount(line.theirs, line.unit),
        _number(line.ratio),
        f"{_number(low)} to {_number(high)}",
        "" if line.target is None else str(line.target),
        _shown(line.verdict),
    )
    return f"| {' | '.join(cells)} |"


def _shown(verdict: Verdict) -> str:
    return f"**{verdict}**" if verdict in (Verdict.MISSED, Verdict.NEARLY) else str(verdict)


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _amount(value: float, unit: str) -> str:
    if unit == "s":
        for limit, factor, name in ((1e-3, 1e6, "µs"), (1, 1e3, "ms")):
            if value < limit:
                return f"{value * factor:.3g} {name}"
    return f"{_number(value)} {unit}"
