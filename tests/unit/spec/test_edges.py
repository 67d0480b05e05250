"""Sizes of two parameters: what a spec may say of them, and what pictures are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight import SpecError, load, loads
from safelight.judging.interpret import violations
from safelight.model import Json
from tests.unit.spec.fragments import problems_with

ROOT = Path(__file__).parents[3]
PATH = ROOT / "tests" / "specs" / "edges.yaml"
TEXT = PATH.read_text("utf-8")
SPEC = load(PATH)
PICTURE = "width: width, height: height, default_size"


def told(**body: Json) -> list[str]:
    """The rules that a request breaks."""
    return [one.rule for one in violations(SPEC, SPEC.operations["draw"], {"prompt": "a fox", **body})]


def test_an_edge_that_was_not_sent_counts_with_its_default() -> None:
    """The default height is 128: 384 beside it is 3:1, and 400 is wider."""
    assert told(width=384) == []
    assert told(width=400) == ["draw.not-too-wide"]


def test_what_was_sent_is_another_view() -> None:
    """A condition on what was sent does not speak of a size of which only one edge was."""
    assert told(width=272, height=256, quality="fine") == ["draw.large-is-draft"]
    assert told(width=384, quality="fine") == []


def test_an_edge_that_is_at_fault_is_told_once() -> None:
    """Rules about the size stay silent."""
    assert told(width=8192) == ["draw.width.maximum"]


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        ("width: width, default_size", "E205 width and height go together"),
        ("height: height, default_size", "E205 width and height go together"),
        ("width: wide, height: height, default_size", "E301 there is no parameter 'wide'"),
        ("width: width, height: quality, default_size", "E504 an edge is a number of pixels, 'quality' is no integer"),
        (
            "size: width, width: width, height: height, default_size",
            "E205 the size of an image is told by size, or by width and height",
        ),
    ],
)
def test_a_picture_with_edges_that_make_no_size_is_told(picture: str, problem: str) -> None:
    """At the picture, in words that say what would be right."""
    assert TEXT.count(PICTURE) == 1
    with pytest.raises(SpecError) as error:
        loads(TEXT.replace(PICTURE, picture))
    found = [f"{one.code} {one.message}" for one in error.value.problems]
    assert problem in found


def test_a_size_that_has_parts_is_named_instead() -> None:
    """Who writes pixels_of of one size parameter is told the part that is meant."""
    sized = TEXT.replace(
        "crop_width: { type: integer, doc: Width of the part to keep., source: manual, minimum: 8,"
        " maximum: { is: 512, outcome: clamp } }",
        "crop_width: { type: size, doc: The part to keep., source: manual, grammar: WIDTHxHEIGHT }",
    )
    assert sized != TEXT
    with pytest.raises(SpecError) as error:
        loads(sized)
    assert any(one.help == "write crop_width.ratio" for one in error.value.problems)


EDGE = "{ type: integer, doc: D., minimum: 64, maximum: 512%s }"


@pytest.mark.parametrize("grid", ["", ", multiple_of: 16"], ids=["any", "on a grid"])
@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("require: { pixels_of: [w, h], at_most: 262144 }", "E505 the rule 'a-rule' can never be broken"),
        ("require: { pixels_of: [w, h], at_most: 262143 }", None),
        ("when: { pixels_of: [w, h], below: 4096 }, require: { prompt: a }", "E501 the rule 'a-rule' can never fire"),
        ("when: { pixels_of: [w, h], at_most: 4096 }, require: { prompt: a }", None),
        ('require: { ratio_of: [w, h], at_most: "8:1" }', "E505 the rule 'a-rule' can never be broken"),
        ('require: { ratio_of: [w, h], at_least: "1:7" }', None),
        ('when: { ratio_of: [w, h], below: "1:8" }, require: { prompt: a }', "E501 the rule 'a-rule' can never fire"),
        ('when: { ratio_of: [w, h], at_most: "1:8" }, require: { prompt: a }', None),
    ],
)
def test_limits_that_no_size_reaches_are_told(form: str, problem: str | None, grid: str) -> None:
    """The edges bound what they make together; where some size tells, nothing is said."""
    rules = f"- {{ id: a-rule, {form}, why: D., accepts: [{{ prompt: x }}], rejects: [{{ prompt: y }}] }}"
    found = problems_with(f"w: {EDGE % grid}\nh: {EDGE % grid}", rules)
    assert [one.startswith(problem) for one in found] == [True] if problem else found == []


def test_edges_without_limits_bound_nothing() -> None:
    """A size may be as large as it likes, so nothing is claimed."""
    parameters = "w: { type: integer, doc: D. }\nh: { type: integer, doc: D. }"
    rules = "- { id: r, require: { pixels_of: [w, h], at_most: 9 }, why: D., accepts: [{}], rejects: [{}] }"
    assert problems_with(parameters, rules) == []
