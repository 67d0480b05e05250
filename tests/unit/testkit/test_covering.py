"""The covering set: few requests that show everything, and that notice a spec that changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.interpret import Interpreter
from safelight.loading import loads
from safelight.model import ABSENT
from safelight_testkit import Cover, Plan, Side, cover, measure, plan
from safelight_testkit.requests.greedy import smallest_cover
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import spec_with

BASES = (("documented",), ("documented", "observed", "advisory"))
EVERY = [
    pytest.param(path, basis, each, id=f"{path.stem}-{len(basis)}-{'each model' if each else 'once'}")
    for path in SPEC_FILES
    for basis in BASES
    for each in (False, True)
]
TTAPI = SPEC_FILES[0]


@cache
def cover_of(path: Path, basis: tuple[str, ...] = ("documented",), *, each_model: bool = False) -> Cover:
    """The covering set of a spec, made once."""
    return cover(subject(path).spec, subject(path).operation, basis=basis, each_model=each_model)


@cache
def plan_of_ttapi() -> Plan:
    """The plan of the first API, made once."""
    return plan(subject(TTAPI).spec, subject(TTAPI).operation)


@pytest.mark.parametrize(("path", "basis", "each"), EVERY)
def test_every_constraint_is_isolated_and_every_border_hit(path: Path, basis: tuple[str, ...], *, each: bool) -> None:
    """100 %, for each model of each spec that is shipped or lives with the tests."""
    found = cover_of(path, basis, each_model=each).coverage

    assert [tally.missing for tally in found.tallies] == [()] * len(found.tallies)
    assert found.share == 1
    for tally in found.tallies:
        assert (tally.isolated, tally.hit) == (tally.constraints, tally.borders)


@pytest.mark.parametrize(("path", "basis", "each"), EVERY)
def test_a_request_shows_the_cases_it_names(path: Path, basis: tuple[str, ...], *, each: bool) -> None:
    """A valid request holds the values of all its cases; a wrong one breaks what its one case breaks."""
    spec, operation = subject(path).spec, subject(path).operation
    named = {case.id: case for case in plan(spec, operation, basis=basis).cases}
    interpreter = Interpreter(spec, operation, basis=basis)

    for request in cover_of(path, basis, each_model=each).requests:
        settlement = interpreter.settle(request.body)
        shown = [named[id_] for id_ in request.shows]
        assert tuple(fault.rule for fault in settlement.violations) == request.expected
        assert settlement.refused is request.refused
        assert {case.model for case in shown} == {request.model}
        if request.expected:
            assert [case.expected for case in shown] == [request.expected]
        for case in shown:
            for name, value in case.pins.items():
                sent = request.body.get(name, ABSENT)
                assert sent is value or repr(sent) == repr(value)


def test_the_set_is_small_numbered_and_always_the_same() -> None:
    """About 145 requests for the first API, three in ten of them valid."""
    found = cover_of(TTAPI)

    assert [request.number for request in found.requests] == list(range(1, len(found.requests) + 1))
    assert cover(subject(TTAPI).spec, subject(TTAPI).operation) == found
    assert len(found.requests) <= 150
    assert sum(not request.refused for request in found.requests) <= 45
    assert len({repr(request.body) for request in found.requests}) == len(found.requests)


def test_many_images_and_large_ones_are_not_asked_for_at_once() -> None:
    """What costs most is tried one at a time."""
    for request in cover_of(TTAPI, BASES[1]).requests:
        if not request.refused:
            assert request.body.get("n", 1) in {None, 1} or request.body.get("size") is None


@given(st.data())
def test_what_is_left_out_is_missed(data: st.DataObject) -> None:
    """Without one of its requests the set covers less, and the tally names what is missing."""
    made = plan_of_ttapi()
    requests = cover_of(TTAPI).requests
    dropped = data.draw(st.sampled_from([one for one in requests if one.expected]))
    shown = {id_ for request in requests if request is not dropped for id_ in request.shows}

    found = measure(made, shown)

    assert found.share < 1
    missing = [name for tally in found.tallies for name, _ in tally.missing]
    assert set(missing) & {*dropped.expected, *dropped.shows}


def test_nothing_tried_is_nothing_covered() -> None:
    """An empty run is 0 %, and each model tells all that it lacks."""
    found = measure(plan_of_ttapi(), ())

    assert found.share == 0
    for tally in found.tallies:
        assert len(tally.missing) == tally.constraints + tally.borders


def test_what_could_not_be_isolated_counts_against_the_coverage() -> None:
    """A constraint that was only ever broken with another is missing, with the reason."""
    spec = spec_with("x: { type: string, doc: A., pattern: '[a-z]{1,3}', min_length: 1 }")
    found = cover(spec, spec.operations["draw"]).coverage

    assert found.share < 1
    missing = {one for tally in found.tallies for one in tally.missing}
    assert ("draw.x.min_length", "whatever breaks it breaks draw.x.pattern too") in missing


def test_an_empty_plan_is_covered() -> None:
    """There is nothing to miss."""
    assert measure(replace(plan_of_ttapi(), cases=(), gaps=()), ()).share == 1


EDITS = {
    "a maximum raised": ("        maximum: 10\n", "        maximum: 11\n"),
    "a maximum lowered": ("        maximum: 10\n", "        maximum: 9\n"),
    "a maximum of one model raised": ("              is: 1\n", "              is: 2\n"),
    "a minimum lowered": ("        minimum: 1\n", "        minimum: 0\n"),
    "a length": ("is: 4000", "is: 4001"),
    "the unit of a length": ("        max_length: 32000\n", "        max_length: 32000\n        unit: utf-16 units\n"),
    "a value lost": ("        values: [auto, low]\n", "        values: [auto]\n"),
    "a value added": ("        values: [auto, low]\n", "        values: [auto, low, autox]\n"),
    "a ratio": ('max_ratio: "3:1"', 'max_ratio: "4:1"'),
    "a grid": ("            multiple_of: 16\n", "            multiple_of: 8\n"),
    "who takes a parameter": ("applies_to: [dall-e-3]", "applies_to: [dall-e-3, gpt-image-2]"),
    "null": ("        nullable: { is: false, source: live-probes }\n\n    rules:", "\n    rules:"),
    "a rule's condition": ("output_compression: { below: 100 }", "output_compression: { below: 99 }"),
    "a rule's condition widened": ("when: { background: transparent }", "when: { background: [transparent, auto] }"),
    "a rule's requirement": ("require: { output_format: [webp, jpeg] }", "require: { output_format: [webp] }"),
    "unknown fields": ("unknown_fields: { is: refuse,", "unknown_fields: { is: drop,"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_change_of_the_spec_is_noticed_by_a_request(edit: str) -> None:
    """A server that follows the changed spec answers some request of the set otherwise: the set can fail."""
    text = TTAPI.read_text("utf-8")
    old, new = EDITS[edit]
    assert text.count(old) == 1, "the edit no longer fits the spec"
    changed = loads(text.replace(old, new)).operations["generate"]
    server = Interpreter(subject(TTAPI).spec, changed)

    answers = [(server.settle(request.body).refused, request.refused) for request in cover_of(TTAPI).requests]

    assert any(actual is not expected for actual, expected in answers)


@given(st.lists(st.sets(st.integers(0, 12)), max_size=8))
def test_a_cover_shows_all_there_is_in_the_order_given(options: list[set[int]]) -> None:
    """Nothing that any option shows is lost, and none is chosen that shows nothing new."""
    chosen = smallest_cover(options, lambda one: one)

    assert set().union(*chosen) == set().union(*options)
    assert [one for one in options if any(one is other for other in chosen)] == list(chosen)
    assert len(chosen) <= sum(len(one) for one in options)


def test_a_cover_prefers_what_shows_most() -> None:
    """One that shows all makes the others superfluous."""
    assert smallest_cover([{1}, {2}, {1, 2, 3}, {3}], lambda one: one) == ({1, 2, 3},)


def test_sides_have_names() -> None:
    """Reports print them."""
    assert [str(side) for side in Side] == ["kept", "broken"]
