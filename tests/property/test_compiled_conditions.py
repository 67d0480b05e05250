"""A compiled condition is true, false or neither exactly where the interpreter's is, whatever values it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import ModuleType
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.truth import Views, holds
from safelight.model import (
    ANY_MODEL,
    All,
    AnyOf,
    Condition,
    CountOf,
    Json,
    Not,
    Operator,
    Part,
    SizeOf,
    SumOf,
    Value,
    View,
)
from safelight.model import (
    Test as Comparison,  # pytest would take a class of that name for tests
)
from safelight_codegen.python.code.layout import Atom, Joined, Predicate, one_line
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.code.predicates import surely
from tests.generated import judging
from tests.strategies import SPEC_FILES, json_values, subject

COMPILED: Final = Compiled(subject(SPEC_FILES[0]).spec, subject(SPEC_FILES[0]).operation)
NAMES: Final = ("prompt", "n", "stream", "style", "size", "quality")
MODELS: Final = tuple(COMPILED.spec.models)
NUMERIC: Final = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.MULTIPLE_OF)

words = st.sampled_from(["vivid", "natural", "high", "1024x1024", "auto", ""])
scalars = st.one_of(words, st.integers(-3, 12), st.booleans(), st.sampled_from([0.5, 1.0, 2.0]), st.none())
numbers = st.one_of(st.integers(1, 2000), st.sampled_from([0.1, 0.5, 2.0]))
ratios = st.builds(Fraction, st.integers(1, 5), st.integers(1, 5))
names = st.sampled_from(NAMES)
views = st.sampled_from(View)
wholes = st.builds(Value, names, views)
number_parts = st.builds(
    Value, names, views, st.sampled_from([Part.WIDTH, Part.HEIGHT, Part.PIXELS, Part.LENGTH, Part.COUNT])
)
aggregates = st.one_of(
    st.builds(CountOf, st.lists(names, min_size=1, max_size=4, unique=True).map(tuple)),
    st.builds(SumOf, st.lists(st.one_of(wholes, number_parts), min_size=1, max_size=3).map(tuple)),
    st.builds(SizeOf, wholes, wholes, st.just(Part.PIXELS)),
)
shapes = st.one_of(
    st.builds(Value, names, views, st.just(Part.RATIO)), st.builds(SizeOf, wholes, wholes, st.just(Part.RATIO))
)
equalities = st.sampled_from([Operator.IN, Operator.NOT_IN])


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few values to compare with."""
    return st.lists(values, min_size=1, max_size=3).map(tuple)


comparisons = st.one_of(
    st.builds(Comparison, wholes, equalities, several(scalars)),
    st.builds(Comparison, wholes, st.sampled_from(NUMERIC), numbers),
    st.builds(Comparison, st.one_of(wholes, number_parts), st.just(Operator.PRESENT), st.booleans()),
    st.builds(Comparison, st.one_of(number_parts, aggregates), equalities, several(numbers)),
    st.builds(Comparison, st.one_of(number_parts, aggregates), st.sampled_from(NUMERIC), numbers),
    st.builds(Comparison, shapes, equalities, several(ratios)),
    st.builds(Comparison, shapes, st.sampled_from(NUMERIC[:4]), ratios),
    st.builds(Comparison, st.just(Value("model", View.EFFECTIVE)), equalities, several(st.sampled_from(MODELS))),
    st.builds(Comparison, st.just(Value("model", View.EFFECTIVE)), st.just(Operator.PRESENT), st.booleans()),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
values = st.dictionaries(
    names, st.one_of(scalars, numbers, json_values(), st.sampled_from(["2048x1024", "1x3", "3x1"]))
)


def truth_of(predicate: Predicate, scope: Mapping[str, Json]) -> bool:
    """Run a compiled condition."""
    return bool(eval(one_line(predicate), dict(scope)))


@given(condition=conditions, sent=values, effective=values, model=st.sampled_from([*MODELS, None]))
def test_a_compiled_condition_means_what_the_interpreter_means(
    condition: Condition, sent: dict[str, Json], effective: dict[str, Json], model: str | None
) -> None:
    """Surely true, surely false, and neither: each in the same cases."""
    table = COMPILED.tables[model or ANY_MODEL]
    separators = dict.fromkeys(table.parameters, "x")
    units = {name: parameter.unit.value for name, parameter in table.parameters.items()}
    models = frozenset([model] if model else [])
    scope = COMPILED.scope()
    compiled = {truth: surely(condition, scope, true=truth) for truth in (True, False)}
    shared: ModuleType = judging()
    variables: dict[str, Json] = {**vars(shared), "sent": sent, "effective": effective, "model": model}
    for name, (function, *arguments) in scope.locals.items():
        variables[name] = eval(f"{function}({', '.join(arguments)})", dict(variables))

    expected = holds(condition, Views(sent, effective, models, "model", separators, units))

    assert truth_of(compiled[True], variables) is (expected is True)
    assert truth_of(compiled[False], variables) is (expected is False)


def leaves(predicate: Predicate) -> list[str]:
    """The conditions that a compiled condition is made of."""
    match predicate:
        case Atom(text):
            return [text]
        case Joined(_, operands):
            return [text for operand in operands for text in leaves(operand)]


@given(condition=conditions)
def test_a_compiled_condition_says_nothing_twice(condition: Condition) -> None:
    """What always holds is left out of a conjunction, and what is said already is not said again."""
    match surely(condition, COMPILED.scope(), true=True):
        case Joined(word, operands):
            assert len(operands) > 1
            assert len(set(operands)) == len(operands)
            assert not any(isinstance(operand, Joined) and operand.word == word for operand in operands)
            assert not {"True", "False"} & {one.text for one in operands if isinstance(one, Atom)}
        case Atom(text):
            assert text
