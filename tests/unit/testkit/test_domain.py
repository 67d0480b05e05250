"""What parameters can be: only legal values, simple ones first, and no two in a class that rules could tell apart."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.judge import judge
from safelight.judging.lens import Enforced
from safelight.judging.truth import Views, holds
from safelight.model import Operator, Part, SumOf, Value, View
from safelight.model import Test as Comparison
from safelight_testkit.requests.solve import Solver, solvers
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.domain import (
    Arrays,
    Domain,
    Either,
    Numbers,
    Sizes,
    Texts,
    Values,
    count,
    ends,
    pick,
    simplest,
)
from safelight_testkit.values.partition import candidates, classes, cuts_of
from safelight_testkit.values.sizes import Region
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import spec_with

EVERY_BASIS = ("documented", "observed", "advisory")


def solver_of(parameters: str, rules: str = "[]") -> Solver:
    """The solver of the first model of a spec with these parameters."""
    spec = spec_with(parameters, rules)
    return solvers(Subject(spec, spec.operations["draw"]))[0]


def domain(parameters: str, name: str) -> Domain:
    """What the parameter *name* can be."""
    return solver_of(parameters).domains[name]


def every_domain() -> list[tuple[str, Enforced, Domain]]:
    """What each parameter of each model of each spec can be, by every basis."""
    found: list[tuple[str, Enforced, Domain]] = []
    for path in SPEC_FILES:
        spec, operation = subject(path).spec, subject(path).operation
        for solver in solvers(Subject(spec, operation, basis=EVERY_BASIS)):
            enforced = solver.subject.enforced(solver.column)
            found += [(name, enforced[name], one) for name, one in solver.domains.items()]
    return found


DOMAINS = every_domain()


@given(st.sampled_from(DOMAINS), st.data())
def test_every_value_that_is_picked_is_legal(made: tuple[str, Enforced, Domain], data: st.DataObject) -> None:
    """Whatever the number, the value breaks nothing; so do the simplest and those at the ends."""
    name, enforced, legal = made
    index = data.draw(st.integers(0, count(legal) - 1))

    for value in (pick(legal, index), simplest(legal), *ends(legal)):
        assert judge(enforced, value, name) == []


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("n: { type: integer, doc: A., minimum: 3, maximum: 5 }", [3, 4, 5]),
        ("n: { type: integer, doc: A., minimum: 1, maximum: 9, multiple_of: 4 }", [4, 8]),
        ("n: { type: number, doc: A., minimum: 0, maximum: 0.3, multiple_of: 0.1 }", [0, 0.1, 0.2, 0.3]),
        ("n: { type: boolean, doc: A. }", [False, True]),
        ("n: { type: string, doc: A., values: [b, a] }", ["b", "a"]),
        ("n: { type: integer, doc: A., values: [1, 5, 9], maximum: 9 }", [1, 5, 9]),
    ],
    ids=["range", "multiples", "decimals", "boolean", "listed", "listed numbers"],
)
def test_small_domains_are_known_in_full(parameter: str, values: list[object]) -> None:
    """What can be listed is listed, in order, and nothing else is."""
    legal = domain(parameter, "n")

    assert [pick(legal, index) for index in range(count(legal))] == values


def test_endless_domains_begin_with_what_is_simple() -> None:
    """A number without limits begins at 0, one with an upper limit below 0 ends there, a string begins empty."""
    assert simplest(domain("n: { type: integer, doc: A. }", "n")) == 0
    below = domain("n: { type: integer, doc: A., maximum: -5 }", "n")
    assert pick(below, count(below) - 1) == -5
    assert pick(domain("s: { type: string, doc: A. }", "s"), 0) == ""
    assert simplest(domain("s: { type: string, doc: A. }", "s")) == "a fox"


def test_nested_values_are_as_small_as_they_may_be() -> None:
    """An array has as few items as it must, an object only the members it must."""
    legal = domain(
        """
        marks:
          type: array
          doc: A.
          min_items: 2
          items:
            type: object
            doc: A.
            members:
              x: { type: integer, doc: A., required: true, minimum: 4 }
              y: { type: integer, doc: A. }
        """,
        "marks",
    )

    assert simplest(legal) == [{"x": 4}, {"x": 4}]
    assert {len(pick(legal, index)) for index in range(8)} == {2, 3, 4, 5}


def test_a_parameter_with_no_legal_value_has_no_domain() -> None:
    """What the model does not take, or has not known since yesterday, cannot be sent."""
    spec = spec_with(
        """
        ink: { type: integer, doc: A., applies_to: [quill] }
        old: { type: integer, doc: A., until: 2026-06-15 }
        """
    )
    operation = spec.operations["draw"]
    today, before = Subject(spec, operation), Subject(spec, operation, as_of=date(2026, 6, 14))

    assert [sorted(one.domains) for one in solvers(today)] == [["prompt"], ["ink", "prompt"], ["prompt"]]
    assert sorted(solvers(before)[0].domains) == ["old", "prompt"]


# --- classes ---

PARTS: tuple[tuple[Domain, Part | None], ...] = (
    (Numbers(Fraction(-3), Fraction(1), 20), None),
    (Numbers(Fraction(0), Fraction(1, 10), 30), None),
    (Texts(0, 20, "code points"), Part.LENGTH),
    (Arrays(Values((1,)), 0, 12), Part.COUNT),
    (Sizes(Region(width_step=2, height_step=2, max_width=16, max_height=16), "x"), Part.WIDTH),
    (Sizes(Region(width_step=2, height_step=2, max_width=16, max_height=16), "x"), Part.HEIGHT),
    (Sizes(Region(width_step=2, height_step=2, max_width=16, max_height=16), "x"), Part.PIXELS),
    (Sizes(Region(max_width=9, max_height=9), "x"), Part.RATIO),
    (Either((Values(("auto",)), Sizes(Region(max_width=9, max_height=9), "x"))), Part.RATIO),
)


@st.composite
def comparisons(draw: st.DrawFn, part: Part | None) -> Comparison:
    """A comparison of a parameter, or of a part of it, with a constant."""
    limits: st.SearchStrategy[Any]
    limits = st.builds(Fraction, st.integers(1, 9), st.integers(1, 4)) if part is Part.RATIO else st.integers(-2, 20)
    operators = [one for one in Operator if one is not Operator.PRESENT]
    operator = draw(st.sampled_from(operators if part is not Part.RATIO else operators[:-1]))
    if operator is Operator.MULTIPLE_OF:
        limits = st.sampled_from([1, 2, 3, 0.5, 7]) if part is None else st.integers(1, 7)
    listed = operator in {Operator.IN, Operator.NOT_IN}
    value = tuple(draw(st.lists(limits, min_size=1, max_size=3))) if listed else draw(limits)
    return Comparison(Value("x", View.SENT, part), operator, value)


@given(st.sampled_from(PARTS), st.data())
def test_no_test_tells_two_values_of_a_class_apart(made: tuple[Domain, Part | None], data: st.DataObject) -> None:
    """Classes are cut at every constant that the tests compare with, and together hold the whole domain."""
    legal, part = made
    tests = data.draw(st.lists(comparisons(part), min_size=1, max_size=3))
    cuts = cuts_of("x", tests, {"x": legal})

    def outcomes(value: object) -> tuple[bool | None, ...]:
        views = Views({"x": value}, {"x": value}, frozenset(), None, {"x": "x"}, {"x": "code points"})
        return tuple(holds(test, views) for test in tests)

    split = classes(legal, cuts)
    for one in split:
        assert len({outcomes(pick(one, index)) for index in range(count(one))}) == 1
    values = {repr(pick(legal, index)) for index in range(count(legal))}
    whole = all(test.operator is not Operator.MULTIPLE_OF for test in tests)
    if whole and not isinstance(legal, Texts):  # of these, a split domain shows more lengths
        assert {repr(pick(one, index)) for one in split for index in range(count(one))} == values
    shown = {outcomes(value) for value in candidates(legal, cuts)}
    assert not whole or shown >= {outcomes(pick(legal, index)) for index in range(count(legal))}


def test_multiples_are_told_from_what_is_not() -> None:
    """A test of divisibility splits a range by what is left over, and a size by its grid."""
    divisible = Comparison(Value("x", View.SENT), Operator.MULTIPLE_OF, 4)
    numbers = Numbers(Fraction(1), Fraction(1), 10)
    tall = Comparison(Value("x", View.SENT, Part.HEIGHT), Operator.MULTIPLE_OF, 4)
    sizes = Sizes(Region(width_step=2, height_step=2, max_width=8, max_height=8), "x")

    split = classes(numbers, cuts_of("x", [divisible], {"x": numbers}))
    assert [pick(split[0], index) for index in range(count(split[0]))] == [4, 8]
    assert sorted(pick(one, index) for one in split for index in range(count(one))) == list(range(1, 11))
    shown = candidates(sizes, cuts_of("x", [tall], {"x": sizes}))
    assert {int(text.partition("x")[2]) % 4 for text in shown} == {0, 2}
    far = Numbers(Fraction(1), Fraction(1), 1000)
    hundreds = cuts_of("x", [Comparison(Value("x", View.SENT), Operator.MULTIPLE_OF, 100)], {"x": far})
    assert pick(classes(far, hundreds)[0], 1) == 200


def test_a_string_that_rules_name_stands_alone() -> None:
    """A free text that a rule compares with is a class of its own, and is not met in the other class by chance."""
    legal = Texts(0, 30, "code points")
    cuts = cuts_of("x", [Comparison(Value("x", View.SENT), Operator.IN, ("a", "", "a" * 31))], {"x": legal})

    named, empty, rest = classes(legal, cuts)
    assert (named, empty) == (Values(("a",)), Values(("",)))
    assert not {"a", ""} & {pick(rest, index) for index in range(count(rest))}


def test_sums_are_cut_where_the_others_leave_off() -> None:
    """Two numbers that may add up to 1500 are tried at 500 and 501: what reaches the limit with the greatest other."""
    numbers = Numbers(Fraction(0), Fraction(1), 1001)
    operand = SumOf((Value("x", View.SENT), Value("y", View.SENT)))
    cuts = cuts_of("x", [Comparison(operand, Operator.AT_MOST, 1500)], {"x": numbers, "y": numbers})

    assert {500, 501, 0, 1000} <= set(candidates(numbers, cuts))
