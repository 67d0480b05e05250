"""What was measured: the records of a benchmark, and the verdict on each line.

A ratio counts, an absolute time does not: the medians of both sides are kept to show the order of magnitude, and belong
to the machine they were measured on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from statistics import median, quantiles
from typing import Any

from .measure import Rounds, divided
from .profiles import Part, Profile

__all__ = ["Curve", "Line", "Row", "Target", "Verdict", "at_least", "at_most", "lines", "read", "written"]


class Verdict(StrEnum):
    """What a ratio is worth against its target."""

    MET = "met"
    BARELY = "met, narrowly"
    NEARLY = "missed, narrowly"
    MISSED = "missed"
    TOLD = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio is to be.

    Attributes:
        limit: The bound of the ratio.
        least: Whether the ratio is to be at least that; otherwise at most.
    """

    limit: float
    least: bool = False

    def holds(self, ratio: float) -> bool:
        """Tell whether a ratio is good enough."""
        return ratio >= self.limit if self.least else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.limit:g}"


def at_most(limit: float) -> Target:
    """A cost that may be this many times the other's."""
    return Target(limit)


def at_least(limit: float) -> Target:
    """A rate that has to be this many times the other's."""
    return Target(limit, least=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One comparison.

    Attributes:
        what: What was done.
        against: What ours is compared with.
        unit: What both sides are measured in: ``s``, ``MB``, ``requests/s`` …
        ours: The median of our rounds.
        theirs: The median of theirs.
        ratios: Ours by theirs, of each round.
        target: What the ratio is to be; None where it is told for information.
    """

    what: str
    against: str
    unit: str
    ours: float
    theirs: float
    ratios: tuple[float, ...]
    target: Target | None = None

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles of the rounds' ratios."""
        if len(self.ratios) == 1:
            return self.ratios[0], self.ratios[0]
        low, _, high = quantiles(self.ratios, n=4, method="inclusive")
        return low, high

    @property
    def verdict(self) -> Verdict:
        """What the ratio is worth; narrow where the target lies between the quartiles."""
        if self.target is None:
            return Verdict.TOLD
        sure = len({self.target.holds(one) for one in self.spread}) == 1
        if self.target.holds(self.ratio):
            return Verdict.MET if sure else Verdict.BARELY
        return Verdict.MISSED if sure else Verdict.NEARLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How a cost grows.

    Attributes:
        name: What grows.
        sizes: How large the input was.
        costs: What it cost, in seconds, for each size.
    """

    name: str
    sizes: tuple[float, ...]
    costs: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table: all comparisons about one noun.

    Attributes:
        name: The noun, as ``make bench ONLY=`` takes it.
        title: What is measured, in a few words.
        how: How each side was called, as a list in Markdown.
        lines: The comparisons.
        curves: How costs grow, for a plot.
        profiles: Where the time goes.
        missing: What could not be measured here, and why.
        machine: What it was measured on.
        versions: What was measured, by name.
        failure: Why there is no result; empty where there is.
        took: Seconds that measuring took.
    """

    name: str
    title: str
    how: str = ""
    lines: tuple[Line, ...] = ()
    curves: tuple[Curve, ...] = ()
    profiles: tuple[Profile, ...] = ()
    missing: tuple[str, ...] = ()
    machine: Mapping[str, str] = field(default_factory=dict[str, str])
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    failure: str = ""
    took: float = 0.0


def lines(
    what: str,
    found: Rounds,
    ours: str,
    targets: Mapping[str, Target | None],
    unit: str = "s",
) -> tuple[Line, ...]:
    """Compare one side with others of the same rounds.

    Args:
        what: What was done.
        found: What was measured.
        ours: The name of our side.
        targets: By name of the other side: what the ratio is to be, None where it is told for information.
        unit: What was measured.
    """
    return tuple(
        Line(
            what=what,
            against=other,
            unit=unit,
            ours=median(found[ours]),
            theirs=median(found[other]),
            ratios=divided(found[ours], found[other]),
            target=target,
        )
        for other, target in targets.items()
    )


def written(rows: Sequence[Row]) -> str:
    """Write rows as JSON, each line with its ratio, spread and verdict, so that no reader has to compute them."""
    exact = json.dumps([_plain(row) for row in rows])
    return json.dumps(json.loads(exact, parse_float=_rounded), ensure_ascii=False, indent=1) + "\n"


def read(text: str) -> tuple[Row, ...]:
    """Read what `written` wrote."""
    return tuple(_row(one) for one in json.loads(text))


def _plain(row: Row) -> dict[str, Any]:
    plain = asdict(row)
    for one, line in zip(plain["lines"], row.lines, strict=True):
        one |= {"ratio": line.ratio, "spread": line.spread, "verdict": line.verdict}
    return plain


def _rounded(digits: str) -> float:
    """More than four digits of a measurement are noise."""
    return float(f"{float(digits):.4g}")


def _row(plain: dict[str, Any]) -> Row:
    lists: dict[str, Any] = {
        "lines": tuple(_line(one) for one in plain["lines"]),
        "curves": tuple(_curve(one) for one in plain["curves"]),
        "profiles": tuple(_profile(one) for one in plain.get("profiles", ())),
        "missing": tuple(plain["missing"]),
    }
    return Row(**plain | lists)


def _line(plain: dict[str, Any]) -> Line:
    target: dict[str, Any] | None = plain["target"]
    return Line(
        what=plain["what"],
        against=plain["against"],
        unit=plain["unit"],
        ours=plain["ours"],
        theirs=plain["theirs"],
        ratios=tuple(plain["ratios"]),
        target=None if target is None else Target(**target),
    )


def _curve(plain: dict[str, Any]) -> Curve:
    return Curve(name=plain["name"], sizes=tuple(plain["sizes"]), costs=tuple(plain["costs"]))


def _profile(plain: dict[str, Any]) -> Profile:
    parts: dict[str, Any] = {"parts": tuple(Part(**one) for one in plain["parts"])}
    return Profile(**plain | parts)
