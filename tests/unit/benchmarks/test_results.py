"""The records of a benchmark: what a ratio is worth, and that nothing is lost on the way to the report."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.profiles import Part, Profile
from tests.benchmarks.report import markdown, summary
from tests.benchmarks.results import Curve, Line, Row, Target, Verdict, at_least, at_most, lines, read, written

RATIOS = st.lists(st.floats(0.01, 100), min_size=1, max_size=12).map(tuple)


def line(*ratios: float, target: Target | None = None) -> Line:
    """A line with these ratios."""
    return Line(what="work", against="other", unit="s", ours=1.0, theirs=2.0, ratios=ratios, target=target)


@pytest.mark.parametrize(
    ("ratios", "target", "verdict"),
    [
        pytest.param((0.5, 0.5, 0.5), at_most(0.6), Verdict.MET, id="a cost below its bound"),
        pytest.param((0.4, 0.5, 0.7), at_most(0.5), Verdict.BARELY, id="a cost below it in half of the rounds"),
        pytest.param((0.4, 0.7, 0.9), at_most(0.6), Verdict.NEARLY, id="a cost above it in half of the rounds"),
        pytest.param((0.7, 0.8, 0.9), at_most(0.6), Verdict.MISSED, id="a cost above its bound"),
        pytest.param((0.8,), at_least(0.7), Verdict.MET, id="a rate above its bound, measured once"),
        pytest.param((0.6,), at_least(0.7), Verdict.MISSED, id="a rate below its bound, measured once"),
        pytest.param((9.0,), None, Verdict.TOLD, id="no target, no verdict"),
    ],
)
def test_a_verdict_looks_at_the_median_and_tells_whether_the_quartiles_agree(
    ratios: tuple[float, ...], target: Target | None, verdict: Verdict
) -> None:
    """A target is met or missed by the median, and narrowly where the rounds do not agree."""
    assert line(*ratios, target=target).verdict is verdict


@given(RATIOS)
def test_the_median_lies_within_the_spread(ratios: tuple[float, ...]) -> None:
    """The spread is around the ratio that is told."""
    low, high = line(*ratios).spread

    assert low <= line(*ratios).ratio <= high


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)), min_size=1, max_size=9))
def test_ratios_are_taken_within_each_round(rounds: list[tuple[float, float]]) -> None:
    """A slow moment of the machine divides itself away, because both sides went through it."""
    found = {"ours": tuple(mine for mine, _ in rounds), "other": tuple(theirs for _, theirs in rounds)}

    (made,) = lines("work", found, "ours", {"other": None})

    assert made.ratios == tuple(mine / theirs for mine, theirs in rounds)


def row() -> Row:
    """A row with everything in it."""
    return Row(
        name="validator",
        title="Judging",
        how="- All judge the same.",
        lines=(line(0.5, 0.6, target=at_most(0.6)), line(2.0)),
        curves=(Curve(name="load", sizes=(1.0, 10.0), costs=(0.5, 5.0)),),
        profiles=(
            Profile(what="a body", how="By steps.", unit="s", parts=(Part("look", 0.003), Part("judge", 0.001))),
        ),
        missing=("Prism: it did not start",),
        machine={"python": "CPython 3.11.7"},
        versions={"msgspec": "0.22.0"},
        took=12.5,
    )


def test_what_is_written_is_read_again() -> None:
    """Results survive on disk, so that one row can be measured again among the others."""
    assert read(written([row()])) == (row(),)


def test_the_report_tells_target_ratio_spread_verdict_and_how() -> None:
    """A reader finds in the table what a claim stands on."""
    text = markdown([row()])

    assert "| [work](#validator) | other | ≤ 0.6 | 0.55 | 0.525 to 0.575 | met |" in text
    assert "- All judge the same." in text
    assert "- Versions: msgspec 0.22.0." in text
    assert "- Not measured: Prism: it did not start" in text
    assert "CPython 3.11.7" in text
    assert "| load | 500 ms | 5 s |" in text


def test_the_report_tells_where_the_time_goes() -> None:
    """Of each part a reader sees what it costs, and how much of the whole that is."""
    text = markdown([row()])

    assert "Where the time goes, a body. By steps." in text
    assert "| look | 3 ms | 75% |" in text
    assert "| judge | 1 ms | 25% |" in text
    assert "| all of it | 4 ms | |" in text


def test_a_row_that_failed_says_why_and_hides_no_other() -> None:
    """The report of a run in which one row failed is a report all the same."""
    failed = Row(name="stream", title="Reading a stream", failure="Traceback\nRuntimeError: no answer")
    text = markdown([row(), failed])

    assert "| [Reading a stream](#stream) | | | | | failed |" in text
    assert "RuntimeError: no answer" in text
    assert "## validator" in text
    assert summary(failed) == "stream: RuntimeError: no answer"


def test_a_missed_target_stands_out() -> None:
    """Nobody has to compare numbers to see what was not reached."""
    missed = replace(row(), lines=(line(3.0, target=at_most(1)),))

    assert "| **missed** |" in markdown([missed])
    assert summary(missed) == "validator: 1 missed (12 s)"
