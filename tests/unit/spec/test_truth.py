"""Conditions: each operator on each kind of operand, three truths, and the words of the condition language."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from safelight import model
from safelight.judging.interpret import settle, violations
from safelight.judging.truth import Views, holds, part_of
from safelight.model import (
    ALWAYS,
    All,
    AnyOf,
    Condition,
    CountOf,
    Not,
    Operand,
    Operator,
    Part,
    SizeOf,
    SumOf,
    Value,
    View,
)
from safelight.reading.conditions import ratio
from safelight.vocabulary.mentions import parameters_of
from tests.unit.spec.fragments import problems_with, spec_with

TRUTHS = (True, False, None)


def views(**sent: object) -> Views:
    """Views of a request to the model biro, where what is sent is effective too."""
    return Views(sent, sent, frozenset({"biro"}), "model", {"frame": ":"}, {"title": "bytes"})


def judged(operand: Operand, operator: Operator, value: object, **sent: object) -> bool | None:
    """Judge one test."""
    return holds(model.Test(operand, operator, value), views(**sent))


@pytest.mark.parametrize(
    ("operator", "value", "true", "false"),
    [
        (Operator.IN, ("a", 1, True), ["a", 1, 1.0, True], ["b", 2, False, "1", None]),
        (Operator.NOT_IN, ("a", 1), ["b", True, 2, None], ["a", 1.0]),
        (Operator.AT_LEAST, 3, [3, 3.0, 10**400], [2.9, "3", True, None, [3]]),
        (Operator.AT_MOST, 3, [3, -1], [3.1, "3", False]),
        (Operator.ABOVE, 3, [3.1, 4], [3]),
        (Operator.BELOW, 3, [2.9], [3]),
        (Operator.MULTIPLE_OF, 0.1, [0.3, 0, 2], [0.35, "0.3"]),
        (Operator.PRESENT, True, [0, "", False], []),
    ],
)
def test_operators_on_a_value(operator: Operator, value: object, true: list[object], false: list[object]) -> None:
    """Equality and order are JSON's; what is no number is neither more nor less than one."""
    operand = Value("x", View.SENT)
    assert [judged(operand, operator, value, x=one) for one in true] == [True] * len(true)
    assert [judged(operand, operator, value, x=one) for one in false] == [False] * len(false)


def test_what_was_not_sent_equals_nothing() -> None:
    """It is in no list, and not present; whether it is another value, or above or below, is not to be judged."""
    operand = Value("x", View.SENT)
    assert judged(operand, Operator.IN, ("a",)) is False
    for operator in set(Operator) - {Operator.IN, Operator.NOT_IN, Operator.PRESENT}:
        assert judged(operand, operator, 3) is None
    assert judged(operand, Operator.NOT_IN, ("a",)) is None
    assert judged(operand, Operator.PRESENT, value=True) is False
    assert judged(operand, Operator.PRESENT, value=False) is True


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        (Part.WIDTH, "30x20", 30),
        (Part.HEIGHT, "30x20", 20),
        (Part.PIXELS, "30x20", 600),
        (Part.RATIO, "30x20", Fraction(3, 2)),
        (Part.LENGTH, "ä\N{FOX FACE}", 2),
        (Part.COUNT, [1, 2, 3], 3),
    ],
)
def test_parts_of_a_value(part: Part, value: object, expected: object) -> None:
    """Derived exactly; what has no such part gives a test that cannot be judged."""
    assert part_of(value, part, "x", "code points") == expected
    assert judged(Value("x", View.SENT, part), Operator.IN, (expected,), x=value) is True
    for other in ("auto", 7, None):
        if not (part is Part.LENGTH and isinstance(other, str)):
            assert judged(Value("x", View.SENT, part), Operator.IN, (expected,), x=other) is None
    assert judged(Value("x", View.SENT, part), Operator.NOT_IN, (expected,)) is None


def test_parts_know_the_grammar_and_the_unit_of_their_parameter() -> None:
    """A colon here, bytes there."""
    assert judged(Value("frame", View.SENT, Part.RATIO), Operator.IN, (Fraction(1, 2),), frame="8:16") is True
    assert judged(Value("title", View.SENT, Part.LENGTH), Operator.IN, (2,), title="ä") is True


def test_ratios_are_compared_exactly() -> None:
    """Where floats would say equal, fractions tell which is larger."""
    operand = Value("x", View.SENT, Part.RATIO)
    assert judged(operand, Operator.AT_MOST, Fraction(1, 3), x="100000000x300000000") is True
    assert judged(operand, Operator.AT_MOST, Fraction(1, 3), x="100000001x300000000") is False


def test_counts_and_sums() -> None:
    """A count is of what was sent; a sum is decimal, and what is no number adds nothing."""
    count = CountOf(("a", "b", "c"))
    assert judged(count, Operator.AT_MOST, 1, a=1) is True
    assert judged(count, Operator.AT_MOST, 1, a=1, c=None) is False
    total = SumOf((Value("a", View.SENT), Value("b", View.SENT)))
    assert judged(total, Operator.IN, (0.3,), a=0.1, b=0.2) is True
    assert judged(total, Operator.AT_MOST, 3, a=3) is True
    assert judged(total, Operator.AT_MOST, 3, a=3, b="many") is True
    assert judged(total, Operator.ABOVE, 10**400, a=10**400, b=0.5) is False


PIXELS = SizeOf(Value("w", View.SENT), Value("h", View.SENT), Part.PIXELS)
RATIO = SizeOf(Value("w", View.SENT), Value("h", View.SENT), Part.RATIO)


def test_two_parameters_make_a_size() -> None:
    """It has pixels and an exact ratio; 16.0 is an integer of JSON."""
    assert judged(PIXELS, Operator.AT_MOST, 512, w=16, h=32) is True
    assert judged(PIXELS, Operator.AT_MOST, 511, w=16.0, h=32) is False
    assert judged(PIXELS, Operator.MULTIPLE_OF, 128, w=16, h=32) is True
    assert judged(RATIO, Operator.IN, (Fraction(1, 2),), w=16, h=32) is True
    assert judged(RATIO, Operator.AT_MOST, Fraction(1, 3), w=100000001, h=300000000) is False


@pytest.mark.parametrize("edge", [None, 0, -16, 16.5, "16", True, float("inf"), ...])
@pytest.mark.parametrize("operand", [PIXELS, RATIO], ids=["pixels", "ratio"])
@pytest.mark.parametrize("name", ["w", "h"])
def test_what_is_no_edge_makes_no_size(operand: SizeOf, name: str, edge: object) -> None:
    """Where either is absent, or counts no pixels, there is nothing to be judged."""
    sent = {"w": 16, "h": 16} | {name: edge}
    body = {key: value for key, value in sent.items() if value is not ...}
    assert {judged(operand, operator, 1, **body) for operator in (Operator.AT_LEAST, Operator.BELOW)} == {None}


def constant(truth: bool | None) -> Condition:
    """A condition with a truth of its own."""
    operand = Value("size", View.SENT, Part.WIDTH)
    return model.Test(operand, Operator.IN, (1,)) if truth is None else (ALWAYS if truth else AnyOf(()))


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_three_truths_combine(left: bool | None, right: bool | None) -> None:
    """A decisive truth decides, else what cannot be judged stays so."""
    both = All((constant(left), constant(right)))
    either = AnyOf((constant(left), constant(right)))
    assert holds(both, views()) is (False if False in {left, right} else None if None in {left, right} else True)
    assert holds(either, views()) is (True if True in {left, right} else None if None in {left, right} else False)
    assert holds(Not(constant(left)), views()) is (None if left is None else not left)


@pytest.mark.parametrize(
    ("models", "inside", "outside"),
    [({"biro"}, True, False), ({"brush"}, False, True), ({"biro", "brush"}, None, None), (set[str](), None, None)],
)
def test_a_model_that_is_not_known_exactly_may_not_be_judged(
    models: set[str], inside: bool | None, outside: bool | None
) -> None:
    """Of a family taken for a model, a test holds if it holds for every member, and fails if for none."""
    seen = Views({}, {}, frozenset(models), "model", {}, {})
    operand = Value("model", View.EFFECTIVE)
    assert holds(model.Test(operand, Operator.IN, ("biro", "quill")), seen) is inside
    assert holds(model.Test(operand, Operator.NOT_IN, ("biro", "quill")), seen) is outside


# --- the words -----------------------------------------------------------------------------------------------------

PARAMETERS = """
n: { type: integer, doc: D., default: 1 }
tone: { type: string, doc: D., values: [low, high, mid], default: low }
title: { type: string, doc: D. }
size: { type: size, doc: D., grammar: WIDTHxHEIGHT, values: [auto], default: auto }
list: { type: array, doc: D., items: { type: string, doc: D. } }
soft: { type: boolean, doc: D. }
"""


def rule(when: str, require: str) -> str:
    """A rule with these conditions; its cases are not what the test is about."""
    head = f"- id: a-rule\n  when: {when}\n  require: {require}\n"
    return f"{head}  why: D.\n  accepts: [{{}}]\n  rejects: [{{}}]\n"


@pytest.mark.parametrize(
    ("when", "require", "keeps", "breaks"),
    [
        ("{ soft: true }", "{ tone: high }", {"soft": True, "tone": "high"}, {"soft": True}),
        ("{ soft: true }", "{ tone: [high, mid] }", {"soft": True, "tone": "mid"}, {"soft": True, "tone": "low"}),
        ("{ n: { above: 1 } }", "{ size: auto }", {"n": 2}, {"n": 2, "size": "8x8"}),
        ("{ size.pixels: { at_least: 64 } }", "{ n: 1 }", {"size": "auto", "n": 2}, {"size": "8x8", "n": 2}),
        ('{ size.ratio: { above: "1:1" } }', "{ soft: true }", {"size": "8x8"}, {"size": "9x8"}),
        ("{ title.length: { above: 2 } }", "{ soft: true }", {"title": "xy"}, {"title": "xyz"}),
        ("{ list.count: 2 }", "{ soft: true }", {"list": ["a"]}, {"list": ["a", "b"]}),
        ("{ any: [{ soft: true }, { n: 3 }] }", "{ tone: high }", {"n": 2}, {"n": 3}),
        ("{ all: [{ soft: true }, { n: 3 }] }", "{ tone: high }", {"n": 3}, {"n": 3, "soft": True}),
        ("{ not: { n: 3 }, soft: true }", "{ tone: high }", {"n": 3, "soft": True}, {"soft": True}),
        ("{ effective: { tone: low }, soft: true }", "{ n: 2 }", {"soft": True, "tone": "mid"}, {"soft": True}),
        ("{ soft: true }", "{ sent: { n: 1 } }", {"soft": True, "n": 1}, {"soft": True}),
        ("{ soft: { present: true } }", "{ title: { present: true } }", {"soft": False, "title": ""}, {"soft": False}),
        ("{ count_of: [soft, title], is: 2 }", "{ n: 2 }", {"soft": True}, {"soft": True, "title": "x"}),
        ("{ size.width: { above: 1 } }", "{ sum_of: [n, size.width], at_most: 9 }", {"size": "8x1"}, {"size": "9x1"}),
        ("{ model: pen, n: 3 }", "{ soft: true }", {"model": "brush", "n": 3}, {"model": "feather", "n": 3}),
        ("{ n: { not_in: [1, 2], below: 9 } }", "{ tone: high }", {"n": 9}, {"n": 3}),
        ("{ title: { is_not: a } }", "{ soft: true }", {}, {"title": "b"}),
        ("{ not: { title: a } }", "{ soft: true }", {"title": "a"}, {}),
        ("{ not: { title: { is_not: a } } }", "{ soft: true }", {}, {"title": "a"}),
        ("{ soft: true }", "{ title: { is_not: a } }", {"soft": True}, {"soft": True, "title": "a"}),
        ("{ title: a }", "{ soft: true }", {"title": "a", "soft": True}, {"title": "a"}),
    ],
)  # fmt: skip
def test_each_word_of_the_condition_language(
    when: str, require: str, keeps: dict[str, object], breaks: dict[str, object]
) -> None:
    """A rule in this form lets the one request pass, and not the other."""
    spec = spec_with(PARAMETERS, rule(when, require))
    draw = spec.operations["draw"]
    assert violations(spec, draw, keeps) == ()
    assert [one.rule for one in violations(spec, draw, breaks)] == ["draw.a-rule"]


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("[n]", "E203 a condition must be a mapping of parameters to values"),
        ("{ m: 1 }", "E301 there is no parameter 'm'"),
        ("{ n.width: 1 }", "E301 a parameter of type integer has no parts, not 'width'"),
        ("{ size.depth: 1 }", "E301 a parameter of type size has width, height, pixels, ratio, not 'depth'"),
        ("{ n: { over: 1 } }", "E201 there is no operator 'over'"),
        ("{ n: {} }", "E202 a comparison is missing; the operators are"),
        ("{ n: [] }", "E504 a list of values is empty"),
        ("{ n: null }", "E504 a condition compares with text, numbers, true or false"),
        ("{ n: { is: [1] } }", "E504 a condition compares with text, numbers, true or false"),
        ("{ tone: { above: 1 } }", "E504 above compares numbers"),
        ("{ n: { above: many } }", "E504 above compares numbers"),
        ("{ n: { above: true } }", "E504 above compares numbers"),
        ("{ size.width: wide }", 'E504 what is compared here is a number, and never "wide"'),
        ("{ size.pixels: { not_in: [1, true] } }", "E504 what is compared here is a number, and never true"),
        ("{ count_of: [n, soft], is: both }", 'E504 what is compared here is a number, and never "both"'),
        ("{ n: { multiple_of: 0 } }", "E504 multiple_of takes a number above 0, and no ratio"),
        ('{ size.ratio: { multiple_of: "1:2" } }', "E504 multiple_of takes a number above 0, and no ratio"),
        ("{ size.ratio: { above: 2 } }", 'E504 a ratio is written as "3:1"'),
        ("{ n: { present: 1 } }", "E504 present takes true or false, and stands for a parameter"),
        ("{ count_of: [n, soft], present: true }", "E504 present takes true or false, and stands for a parameter"),
        ("{ count_of: n, at_least: 1 }", "E203 count_of takes a list of parameters"),
        ("{ count_of: [], at_least: 1 }", "E203 count_of takes a list of parameters"),
        ("{ count_of: [n, soft] }", "E202 count_of needs a comparison beside it, as in at_most: 1"),
        ("{ count_of: [size.width], at_least: 1 }", "E504 count_of counts whole parameters"),
        ("{ sum_of: [n, tone], at_least: 1 }", "E504 sum_of adds numbers, 'tone' is none"),
        ("{ sum_of: [n], count_of: [n], at_least: 1 }", "E205 count_of and sum_of are conditions of their own"),
        ("{ pixels_of: [n], at_most: 9 }", "E203 pixels_of takes two parameters, a width and a height"),
        ("{ ratio_of: [n, n, n], at_most: 9 }", "E203 ratio_of takes two parameters, a width and a height"),
        ("{ pixels_of: n, at_most: 9 }", "E203 pixels_of takes a list of parameters"),
        ("{ pixels_of: [n, n] }", "E202 pixels_of needs a comparison beside it, as in at_most: 1"),
        ("{ pixels_of: [n, m], at_most: 9 }", "E301 there is no parameter 'm'"),
        ("{ pixels_of: [n, tone], at_most: 9 }", "E504 pixels_of takes edges in pixels, 'tone' is no integer"),
        ("{ pixels_of: [n, size.width], at_most: 9 }", "E504 pixels_of takes edges in pixels, 'size.width' is no"),
        ("{ ratio_of: [n, n], at_most: 9 }", 'E504 a ratio is written as "3:1"'),
        ('{ ratio_of: [n, n], multiple_of: "3:1" }', "E504 multiple_of takes a number above 0, and no ratio"),
        ('{ pixels_of: [n, n], at_most: "3:1" }', "E504 at_most compares numbers"),
        ("{ sum_of: [n], pixels_of: [n, n], below: 1 }", "E205 sum_of and pixels_of are conditions of their own"),
        ("{ any: { n: 1 } }", "E203 all and any take a list of conditions"),
        ("{ all: [] }", "E203 all and any take a list of conditions"),
        ("{ model: pencil }", "E301 there is no family or model 'pencil'"),
    ],
)
def test_conditions_that_cannot_be_read_are_told(when: str, problem: str) -> None:
    """Each with its own words."""
    found = problems_with(PARAMETERS, rule(when, "{ soft: true }"))
    assert [one for one in found if one.startswith(problem)], found


def test_at_most_one_and_exactly_one() -> None:
    """Counted among what was sent; null is not."""
    rules = """
    - { id: most, at_most_one: [title, list], why: D., accepts: [{ prompt: x }], rejects: [{ title: a, list: [] }] }
    - { id: one, when: { n: 2 }, exactly_one: [title, soft], why: D., accepts: [{ n: 1 }], rejects: [{ n: 2 }] }
    """
    spec = spec_with(PARAMETERS, rules)

    def told(**body: object) -> list[str]:
        return [one.rule for one in violations(spec, spec.operations["draw"], body)]

    assert told() == told(title="a") == told(title="a", list=None) == told(n=2, soft=False) == []
    assert told(title="a", list=[]) == ["draw.most"]
    assert told(n=2) == told(n=2, title="a", soft=True) == ["draw.one"]


@pytest.mark.parametrize("form", ["at_most_one: []", "exactly_one: [n]", "at_most_one: [n, n]"])
def test_a_choice_is_between_two_or_more(form: str) -> None:
    """Of one parameter at most one is always sent."""
    text = f"- {{ id: a-rule, {form}, why: D., accepts: [{{}}], rejects: [{{}}] }}"
    assert "E204 a choice is between two parameters or more" in problems_with(PARAMETERS, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3:1", Fraction(3)),
        ("2:4", Fraction(1, 2)),
        ("0:1", None),
        ("1:0", None),
        ("1", None),
        (3, None),
        ("1.5:1", None),
    ],
)
def test_ratios_are_read_exactly(text: object, expected: Fraction | None) -> None:
    """Two positive integers with a colon between them, and nothing else."""
    assert ratio(text) == expected


def test_the_parameters_of_a_condition_are_told_once_and_in_order() -> None:
    """They decide where a broken rule is silent."""
    spec = spec_with(
        PARAMETERS, rule("{ soft: true, size.width: 8 }", "{ any: [{ sum_of: [n], is: 2 }, { soft: false }] }")
    )
    (one,) = spec.operations["draw"].rules
    assert parameters_of(one.when) == ("soft", "size")
    assert one.parameters == ("soft", "size", "n")
    assert settle(spec, spec.operations["draw"], {"soft": True, "size": "8x8", "n": "x"}).violations[0].parameter == "n"
