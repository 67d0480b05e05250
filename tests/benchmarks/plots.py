"""Pictures of the results, as SVG that is the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from .results import Row, Verdict

__all__ = ["draw"]

_COLOURS: Final = {
    Verdict.MET: "#2e7d32",
    Verdict.BARELY: "#9ccc65",
    Verdict.NEARLY: "#ffa726",
    Verdict.MISSED: "#c62828",
    Verdict.TOLD: "#90a4ae",
}


def draw(row: Row, folder: Path) -> tuple[Path, ...]:
    """Draw the ratios of a row, and how costs grow where it tells that.

    Args:
        row: What was measured.
        folder: Where the files go.

    Returns:
        What was written.
    """
    folder.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": row.name, "svg.fonttype": "none", "font.size": 9}):
        made: list[Path] = []
        if row.lines:
            made.append(_saved(_ratios(row), folder / f"{row.name}.svg"))
        if row.curves:
            made.append(_saved(_growth(row), folder / f"{row.name}-growth.svg"))
        return tuple(made)


def _ratios(row: Row) -> Figure:
    figure = Figure(figsize=(8, 1.1 + 0.32 * len(row.lines)), layout="constrained")
    axes = figure.subplots()
    places = range(len(row.lines), 0, -1)
    for place, line in zip(places, row.lines, strict=True):
        low, high = line.spread
        colour = _COLOURS[line.verdict]
        axes.plot([low, high], [place, place], color=colour, linewidth=5, alpha=0.5, solid_capstyle="butt")
        axes.plot([line.ratio], [place], marker="o", color=colour)
        if line.target is not None:
            axes.plot([line.target.limit], [place], marker="|", markersize=13, color="black")
    axes.axvline(1, color="#bbbbbb", linewidth=0.8, zorder=0)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(list(places), [f"{line.what}\nagainst {line.against}" for line in row.lines], fontsize=7)
    axes.set_xlabel("ours / theirs, median and quartiles of the rounds; | marks the target")
    axes.set_title(row.title)
    return figure


def _growth(row: Row) -> Figure:
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axes = figure.subplots()
    for curve in row.curves:
        axes.plot(curve.sizes, _against_first(curve.costs), marker="o", label=curve.name)
    sizes: Sequence[float] = row.curves[0].sizes
    axes.plot(sizes, [size / sizes[0] for size in sizes], color="black", linestyle=":", label="linear")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("how much larger the input is")
    axes.set_ylabel("how much more it costs")
    axes.set_title(row.title)
    axes.legend()
    return figure


def _against_first(costs: Sequence[float]) -> list[float]:
    return [cost / costs[0] for cost in costs]


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    return path
