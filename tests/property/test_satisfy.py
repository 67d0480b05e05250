"""What lint calls impossible is impossible: its search for truths agrees with trying every request there is."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from safelight import loads, settle
from safelight.judging.satisfy import Satisfier
from safelight.judging.truth import Views, holds
from safelight.model import (
    All,
    AnyOf,
    Condition,
    CountOf,
    Not,
    Operator,
    Part,
    SizeOf,
    SumOf,
    Value,
    View,
)
from safelight.model import Test as Comparison  # pytest would take it for a class of tests
from safelight.vocabulary.mentions import parameters_of

KINDS = [
    "no_key",
    "bad_key",
    "malformed_json",
    "content_type",
    "method",
    "not_found",
    "body_too_large",
    "pixel_budget",
    "body",
    "unknown_fields",
    "required",
    "type",
    "nullable",
    "values",
    "minimum",
    "maximum",
    "max_length",
]
SPEC = loads(
    """
safelight: 1
name: small
title: Small
doc: An API so small that every request can be tried.
revised: 2026-01-01
servers: [https://small.test/v1]
key_variable: SMALL_API_KEY
auth: [bearer]
sources: {}
models: {}
unknown_model: refuse
operations:
  draw:
    resource: images
    verb: POST
    path: /draw
    title: Draw
    doc: Draws a picture.
    unknown_fields: refuse
    parameters:
      a:
        type: integer
        doc: A number.
        minimum: 0
        maximum: 3
        default: 1
        default_when: [{ when: { c: true }, use: 2 }]
      b: { type: string, doc: A word., values: [x, y, z], nullable: false }
      c: { type: boolean, doc: Yes or no., default: false }
      s: { type: string, doc: Some text., max_length: 2, required: true }
      e: { type: number, doc: One of three numbers., values: [0, 0.5, 2] }
    response:
      picture: { prompt: s, default_size: 64x64, default_format: png }
      fields: { data: { from: images, doc: The images., fields: { b64_json: { from: base64, doc: The bytes. } } } }
    errors:
      envelope: { message: "{message}" }
      precedence: ["*"]
      texts:
"""
    + "".join(f'        {kind}: {{ status: 400, message: "{{requirement}}" }}\n' for kind in KINDS)
)
DRAW = SPEC.operations["draw"]

VALUES = {
    "a": (0, 1, 2, 3),
    "b": ("x", "y", "z"),
    "c": (True, False),
    "s": ("", "x", "q", "xy", "qq"),
    "e": (0, 0.5, 2),
}
"""Every legal value; of text, one that conditions name and one that none does, of each length."""


def every_view() -> tuple[Views, ...]:
    """What conditions see of each request that breaks nothing."""
    choices = [[(name, value) for value in values] for name, values in VALUES.items()]
    optional = [[None, *pairs] if name != "s" else pairs for name, pairs in zip(VALUES, choices, strict=True)]
    bodies = (dict(pair for pair in pairs if pair is not None) for pairs in itertools.product(*optional))
    settled = [settle(SPEC, DRAW, body) for body in bodies]
    assert not any(one.violations for one in settled)
    return tuple(one.views for one in settled)


VIEWS = every_view()


def operands(name: str) -> st.SearchStrategy[Value]:
    """A parameter, as it was sent or as it is effective."""
    return st.builds(Value, st.just(name), st.sampled_from(View))


NUMBERS = st.sampled_from([-1, 0, 0.5, 1, 2, 2.5, 3, 4, 9])
COMPARISONS = st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW])
MEMBERSHIPS = st.sampled_from([Operator.IN, Operator.NOT_IN])
SUMS = st.builds(SumOf, st.tuples(operands("a"), operands("e")))
PIXELS = st.builds(SizeOf, operands("a"), operands("a"), st.just(Part.PIXELS))
COUNTS = st.builds(CountOf, st.lists(st.sampled_from("abcse"), min_size=1, unique=True).map(tuple))
LENGTHS = st.builds(Value, st.just("s"), st.sampled_from(View), st.just(Part.LENGTH))
TESTS = st.one_of(
    st.builds(Comparison, st.one_of(operands("a"), operands("e"), LENGTHS, SUMS, PIXELS, COUNTS), COMPARISONS, NUMBERS),
    st.builds(Comparison, st.one_of(operands("a"), operands("e")), MEMBERSHIPS, st.lists(NUMBERS).map(tuple)),
    st.builds(Comparison, operands("b"), MEMBERSHIPS, st.lists(st.sampled_from(["x", "y", "w"])).map(tuple)),
    st.builds(Comparison, operands("s"), MEMBERSHIPS, st.lists(st.sampled_from(["x", "xy", "xyz"])).map(tuple)),
    st.builds(Comparison, operands("c"), MEMBERSHIPS, st.lists(st.booleans()).map(tuple)),
    st.builds(Comparison, st.sampled_from("abcse").flatmap(operands), st.just(Operator.PRESENT), st.booleans()),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)
NEVER = frozenset({()})
"""Truths that no two conditions have: the search then does not end early."""


@given(when=CONDITIONS, require=CONDITIONS)
def test_a_complete_search_finds_exactly_the_truths_of_all_requests(when: Condition, require: Condition) -> None:
    """Where lint claims that two conditions cannot come out in some way, no request makes them."""
    found = Satisfier(SPEC, DRAW).truths((when, require), NEVER)
    truths = {(holds(when, views), holds(require, views)) for views in VIEWS}

    assert not found.complete or found.truths >= truths
    # What a is by default depends on c.  The search lets it be either, which may find more, never less.
    if not {"a", "c"} <= {*parameters_of(when), *parameters_of(require)}:
        assert found.truths <= truths


@given(condition=TESTS)
def test_a_search_over_listed_values_and_ranges_is_complete(condition: Condition) -> None:
    """Nothing simple escapes lint for want of trying."""
    assert Satisfier(SPEC, DRAW).truths((condition,), NEVER).complete
