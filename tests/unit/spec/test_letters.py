"""Values in letters of either case: what is the same, how conditions see it, and what a spec may not say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight import load
from safelight.explaining.explain import parameter_page
from safelight.judging.interpret import settle
from safelight.model import Json
from safelight.vocabulary.checks import spelled
from tests.unit.spec.fragments import problems_with

ROOT = Path(__file__).parents[3]
SPEC = load(ROOT / "tests" / "specs" / "letters.yaml")
DRAW = SPEC.operations["draw"]
SIZED = "x: { type: string, doc: D., values: [Low, 2K], any_case: true"


def told(**body: Json) -> list[str]:
    """The rules that a request breaks."""
    return [one.rule for one in settle(SPEC, DRAW, {"prompt": "a fox", **body}).violations]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *[("2k", "2K"), ("2K", "2K"), ("lOW", "Low"), ("strasse", "strasse"), ("STRAßE", "Straße")],
        *[("2\N{KELVIN SIGN}", "2\N{KELVIN SIGN}"), ("STRASSE", "STRASSE"), ("GRÜN", "GRÜN"), (" low", " low")],
        *[(2, 2), (None, None), (["low"], ["low"]), ("\ud800", "\ud800")],
    ],
)
def test_only_letters_of_ascii_have_two_cases(value: Json, written: Json) -> None:
    """Other scripts have letters that are two in capitals, or look like one of ASCII; they are what they are."""
    assert spelled(value, ("Low", "2K", "Straße", "grün")) == written


def test_a_value_in_other_letters_counts_as_it_is_listed() -> None:
    """Conditions see it so, and so does whoever asks what is effective."""
    assert told(resolution="4k", ink="Red") == ["draw.fine-is-black"]
    settled = settle(SPEC, DRAW, {"prompt": "a fox", "resolution": "2k"})
    assert (settled.sent["resolution"], settled.effective["resolution"]) == ("2K", "2K")


def test_values_without_the_key_are_particular() -> None:
    """As they always were; and a model may be, where others are not."""
    assert told(ink="black") == ["draw.ink.values"]
    assert told(model="scribe", paper="rag") == []
    assert told(model="monk", paper="rag") == ["draw.paper.values"]


def test_a_value_that_is_not_legal_on_the_day_is_not_legal_in_capitals() -> None:
    """The list of the day decides."""
    assert told(paper="WOOD") == told(paper="Wood") == ["draw.paper.values"]


def test_the_violation_tells_what_was_sent() -> None:
    """And its sentence says that letters do not matter."""
    (fault,) = settle(SPEC, DRAW, {"prompt": "a fox", "resolution": "8k"}).violations
    assert fault.value == "8k"
    assert fault.message == 'resolution must be "1K", "2K" or "4K", in letters of either case, got "8k"'


def test_explanations_say_so() -> None:
    """Beside the values."""
    page = parameter_page(SPEC, DRAW, "resolution")
    assert page is not None
    assert page.ways[0].legal == '"1K", "2K", "4K" in letters of either case'


@pytest.mark.parametrize(
    ("parameters", "rules", "problem"),
    [
        (f"{SIZED}, default: low }}", "[]", 'E402 the default "low" is listed as "Low"'),
        ("x: { type: string, doc: D., values: [a, B, A], any_case: true }", "[]", 'E404 "A" is listed twice'),
        ("x: { type: string, doc: D., values: [1, a], any_case: true }", "[]", "E404 1 can never be used: x must be a"),
        ("x: { type: string, doc: D., any_case: true }", "[]", "E205 any_case is about values"),
        ("x: { type: size, doc: D., values: [8x8], any_case: true }", "[]", "E403 any_case does not fit the type size"),
        ("x: { type: string, doc: D., values: [a], any_case: often }", "[]", "E203 the key 'any_case' must be true or"),
        (
            f"{SIZED} }}",
            "- { id: r, when: { x: low }, require: { prompt: a }, why: D., accepts: [{}], rejects: [{}] }",
            'E504 x can never be "low"',
        ),
    ],
)
def test_what_would_never_be_seen_so_is_told(parameters: str, rules: str, problem: str) -> None:
    """A spec writes values as it lists them, once."""
    found = problems_with(parameters, rules)
    assert [one for one in found if one.startswith(problem)], found


def test_values_that_differ_in_their_letters_are_two_where_letters_matter() -> None:
    """Only with the key are they one."""
    assert problems_with("x: { type: string, doc: D., values: [a, A] }") == []
