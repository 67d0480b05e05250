"""Which truths conditions can have, over every request that breaks no constraint of a single parameter.

Lint asks this to find rules that can never fire, hold or be broken.  The question is answered by trying: each parameter
is given representative values, every combination is judged by the same `holds` that judges requests, and the truths
that come out are collected.  Where the representatives are *complete* (an enumeration, a boolean, the numbers and
lengths around every limit that a condition names), a truth that did not come out cannot come out.  Where they are not
(free sizes against a limit inside their range, patterns, sums of wide ranges, too many combinations), nothing is
claimed.

Only constraints that surely keep a request from the condition are taken for granted: documented ones, or those of the
rule's own basis, in a time that covers the rule's, and not those that only warn.
"""

from __future__ import annotations

import itertools
import math
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from safelight.model import (
    ABSENT,
    ANY_MODEL,
    Absent,
    Basis,
    Choice,
    Condition,
    Constraint,
    Dated,
    Grammar,
    Json,
    MaxItems,
    MaxLength,
    MinItems,
    MinLength,
    OfType,
    OneOf,
    Operation,
    Operator,
    Outcome,
    Parameter,
    Part,
    Pattern,
    Provenance,
    Rule,
    SizeOf,
    Spec,
    SumOf,
    Table,
    Test,
    Type,
    Value,
)
from safelight.records import dataclass
from safelight.vocabulary.checks import is_number
from safelight.vocabulary.free_sizes import SizeLimits
from safelight.vocabulary.mentions import parameters_of, tests_of

from .judge import judge
from .lens import Enforced, Lens, enforce, separator_of
from .sizes import are_settled, examples, is_settled
from .truth import Views, holds

_MOST_COMBINATIONS: Final = 4096
_MOST_NUMBERS: Final = 256
_LONGEST_STRING: Final = 100_000
_LONGEST_ARRAY: Final = 1000
_CORRECTING: Final = frozenset({Outcome.REPLACE, Outcome.DROP, Outcome.IGNORE})

Truths = tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The truths that some conditions, judged together, came out with.

    Attributes:
        truths: Each combination that came out, in the order of the conditions.
        complete: Whether no other combination is possible.
    """

    truths: frozenset[Truths]
    complete: bool

    def rules_out(self, *truths: Truths) -> bool:
        """Tell whether none of *truths* can come out, for certain."""
        return self.complete and self.truths.isdisjoint(truths)


@dataclass(frozen=True, slots=True)
class _State:
    """One way in which a parameter can be: as it was sent, and as it is effective."""

    sent: Json | Absent
    effective: Json | Absent


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Values that stand for all; complete if conditions can tell no others apart from them."""

    values: tuple[Json, ...]
    complete: bool


class Satisfier:
    """Answers for the conditions of one operation."""

    def __init__(self, spec: Spec, operation: Operation) -> None:
        self._spec = spec
        self._operation = operation
        self._tables = tuple(reachable(spec, operation))
        self._signatures: dict[tuple[str, str], str] = {}
        self._correcting: dict[str, list[Rule]] = {}
        for rule in operation.rules:
            if rule.outcome in _CORRECTING:
                self._correcting.setdefault(rule.parameter, []).append(rule)

    def truths(
        self,
        conditions: tuple[Condition, ...],
        enough: frozenset[Truths],
        *,
        provenance: Provenance | None = None,
        models: frozenset[str] | None = None,
    ) -> Found:
        """Collect the truths of *conditions* over the models that they are judged for.

        Args:
            conditions: Judged together, as ``when`` and ``require`` of one rule are.
            enough: Stop once all of these came out.
            provenance: Of the rule that they belong to.
            models: The models that the rule is about; None for all.
        """
        names = tuple(dict.fromkeys(name for one in conditions for name in parameters_of(one)))
        tests = tuple(test for one in conditions for test in tests_of(one))
        truths: set[Truths] = set()
        complete = True
        seen: set[tuple[str, ...]] = set()
        for table, members in self._tables:
            if models is not None and not (members and members <= models):
                continue
            alike = (*(self._signature(table, name) for name in names), *_named(tests, members, self._operation))
            if alike in seen:
                continue
            seen.add(alike)
            states = {name: self._states(table, name, tests, provenance or Provenance()) for name in names}
            count = math.prod(len(one) for one, _ in states.values())
            complete = complete and count <= _MOST_COMBINATIONS and all(whole for _, whole in states.values())
            complete = complete and _sums_are_whole(tests, table, states)
            complete = complete and _sizes_are_settled(tests, self._edges(table, tests, provenance))
            for views in self._views(table, members, {name: one for name, (one, _) in states.items()}):
                truths.add(tuple(holds(one, views) for one in conditions))
                if enough <= truths:
                    return Found(frozenset(truths), complete=False)
        return Found(frozenset(truths), complete)

    def _views(
        self, table: Table, members: frozenset[str], states: Mapping[str, tuple[_State, ...]]
    ) -> Iterator[Views]:
        separators = {name: separator_of(table.parameters[name]) for name in states}
        units = {name: table.parameters[name].unit for name in states}
        for combination in itertools.islice(itertools.product(*states.values()), _MOST_COMBINATIONS):
            pairs = tuple(zip(states, combination, strict=True))
            yield Views(
                {name: state.sent for name, state in pairs if state.sent is not ABSENT},
                {name: state.effective for name, state in pairs if state.effective is not ABSENT},
                members,
                self._operation.model_parameter,
                separators,
                units,
            )

    def _edges(self, table: Table, tests: Iterable[Test], provenance: Provenance | None) -> Mapping[str, Enforced]:
        """The parameters that sizes are made of, with what surely limits them."""
        lens = Lens(self._spec.revised, frozenset(Basis))
        sizes = [test.operand for test in tests if isinstance(test.operand, SizeOf)]
        names = {value.parameter for size in sizes for value in (size.width, size.height)}
        return {
            name: enforce(certainly(table.parameters[name], provenance or Provenance()), table.name, lens)
            for name in names
        }

    def _signature(self, table: Table, name: str) -> str:
        key = (table.name, name)
        if key not in self._signatures:
            self._signatures[key] = signature(table.parameters[name])
        return self._signatures[key]

    def _states(
        self, table: Table, name: str, tests: tuple[Test, ...], provenance: Provenance
    ) -> tuple[tuple[_State, ...], bool]:
        parameter = table.parameters[name]
        if name == self._operation.model_parameter:
            return (_State(ABSENT, table.name), _State(table.name, table.name)), True
        certain = replace(certainly(parameter, provenance), items=None, members=(), unknown_members=None)
        enforced = enforce(certain, table.name, Lens(self._spec.revised, frozenset(Basis)))
        if not parameter.applies and not enforced.applies:
            return (_State(ABSENT, ABSENT),), True
        found = _candidates(certain, enforced, [test for test in tests if name in parameters_of(test)])
        legal = tuple(value for value in found.values if not judge(enforced, value, name))
        defaults = (parameter.default, *(one.value for one in parameter.default_when))
        states = [_State(value, value) for value in legal]
        if enforced.required is None:
            states += [_State(ABSENT, default) for default in defaults]
        for rule in self._correcting.get(name, ()):
            replaced = (rule.replacement,) if rule.outcome is Outcome.REPLACE else defaults
            states += [_State(value, other) for value in legal for other in replaced]
        return tuple(states), found.complete or (bool(legal) and _is_only_an_edge(name, certain, tests))


def _is_only_an_edge(name: str, parameter: Parameter, tests: Iterable[Test]) -> bool:
    """Tell whether a number is looked at as an edge of sizes and as nothing else: these have bounds of their own."""
    asked = [test for test in tests if name in parameters_of(test)]
    typed = any(isinstance(one.check, OfType) for one in parameter.constraints)
    return typed and all(isinstance(test.operand, SizeOf) for test in asked)


def signature(parameter: Parameter) -> str:
    """Say what makes two tables take a parameter in the same way: then they need to be looked at once only.

    Ids name what the spec states, so equal ids are equal constraints; the rest is what ids do not cover.
    """
    tokens = [one.check.tokens for one in parameter.constraints if isinstance(one.check, Grammar)]
    cases = [one.check.any_case for one in parameter.constraints if isinstance(one.check, OneOf)]
    ids = " ".join(one.id for one in parameter.constraints)
    return repr((ids, parameter.applies, parameter.unit, parameter.default, dict(parameter.becomes), tokens, cases))


def certainly(parameter: Parameter, provenance: Provenance) -> Parameter:
    """Keep the constraints that count whenever something of *provenance* does, and every value ever legal."""
    return replace(
        parameter,
        constraints=tuple(
            _undated(one)
            for one in parameter.constraints
            if not isinstance(one.check, Dated)
            and one.outcome is not Outcome.WARN
            and _covers(one.provenance, provenance)
        ),
    )


def _covers(constraint: Provenance, other: Provenance) -> bool:
    return (
        constraint.basis in {Basis.DOCUMENTED, other.basis}
        and (constraint.since is None or (other.since is not None and constraint.since <= other.since))
        and (constraint.until is None or (other.until is not None and other.until <= constraint.until))
    )


def _undated(constraint: Constraint) -> Constraint:
    provenance = Provenance(basis=constraint.provenance.basis, source=constraint.provenance.source)
    match constraint.check:
        case OneOf(choices, any_case):
            check = OneOf(tuple(Choice(one.value) for one in choices), any_case)
            return replace(constraint, check=check, provenance=provenance)
        case Grammar(separator, tokens):
            grammar = Grammar(separator, tuple(Choice(one.value) for one in tokens))
            return replace(constraint, check=grammar, provenance=provenance)
        case _:
            return replace(constraint, provenance=provenance)


def reachable(spec: Spec, operation: Operation) -> Iterator[tuple[Table, frozenset[str]]]:
    """The tables that judge requests whose model is in order, each with the models that it stands for."""
    for name in spec.models if operation.model_parameter is not None else ():
        yield operation.tables[name], frozenset({name})
    policy = spec.unknown_model
    if policy.family is not None and policy.family in operation.tables:
        yield operation.tables[policy.family], frozenset(spec.families[policy.family].members)
    if operation.model_parameter is None or policy.outcome is Outcome.WARN:
        yield operation.tables[ANY_MODEL], frozenset()


def _named(tests: Iterable[Test], members: frozenset[str], operation: Operation) -> Iterator[str]:
    """How the tests of the model come out for a table: it is part of what makes tables alike."""
    for test in tests:
        if isinstance(test.operand, Value) and test.operand.parameter == operation.model_parameter:
            known = test.operator in {Operator.IN, Operator.NOT_IN}
            yield str((bool(members), known and members <= set(test.value)))


def _sums_are_whole(tests: Iterable[Test], table: Table, states: Mapping[str, tuple[tuple[_State, ...], bool]]) -> bool:
    """Tell whether every sum is made of values that are all there: limits of a sum are none of its parts."""
    names = {value.parameter for test in tests if isinstance(test.operand, SumOf) for value in test.operand.values}
    return all(_is_listed(table.parameters[name], states[name][0]) for name in names)


def _sizes_are_settled(tests: Iterable[Test], edges: Mapping[str, Enforced]) -> bool:
    """Tell whether every size of two parameters is made of values that are all there, or compares alike for all."""
    for test in tests:
        if not isinstance(test.operand, SizeOf):
            continue
        names = (test.operand.width.parameter, test.operand.height.parameter)
        span = _span(test.operand, edges)
        every = all(_has_every_value(edges[name]) for name in names)
        if not every and not all(is_settled(test.operator, point, *span) for point in _compared(test)):
            return False
    return True


def _has_every_value(edge: Enforced) -> bool:
    """Tell whether all values of an edge are tried: those that are listed, or few numbers."""
    listed = any(isinstance(one.check, OneOf) for one in edge.content)
    return listed or (edge.low is not None and edge.high is not None and edge.high - edge.low < _MOST_NUMBERS)


def _span(size: SizeOf, edges: Mapping[str, Enforced]) -> tuple[int | float | Fraction, int | float | Fraction | None]:
    """The least and the greatest pixels or ratio that two edges can make; from 0 where an edge may be none."""
    width, height = edges[size.width.parameter], edges[size.height.parameter]
    least_width, least_height = (math.ceil(one.low) if one.low is not None else 0 for one in (width, height))
    most_width, most_height = (None if one.high is None else math.floor(one.high) for one in (width, height))
    if least_width < 1 or least_height < 1:
        return 0, None
    if size.part is Part.RATIO:
        least = Fraction(0) if most_height is None else Fraction(least_width, most_height)
        return least, None if most_width is None else Fraction(most_width, least_height)
    return least_width * least_height, None if most_width is None or most_height is None else most_width * most_height


def _is_listed(parameter: Parameter, states: tuple[_State, ...]) -> bool:
    if any(isinstance(one.check, OneOf) for one in parameter.constraints):
        return True
    sent = [state.sent for state in states if is_number(state.sent)]
    return parameter.type is Type.INTEGER and bool(sent) and len(set(sent)) == max(sent) - min(sent) + 1


# --- representative values -----------------------------------------------------------------------------------------


def _candidates(parameter: Parameter, enforced: Enforced, tests: list[Test]) -> _Candidates:
    typed = any(isinstance(one.check, OfType) for one in parameter.constraints)
    found = _typed_candidates(parameter, enforced, tests)
    return replace(found, complete=found.complete and typed)


def _typed_candidates(parameter: Parameter, enforced: Enforced, tests: list[Test]) -> _Candidates:
    for one in parameter.constraints:
        if isinstance(one.check, OneOf):
            return _Candidates(tuple(choice.value for choice in one.check.choices), complete=True)
    match parameter.type:
        case Type.BOOLEAN:
            return _Candidates((True, False), complete=True)
        case Type.INTEGER | Type.NUMBER:
            return _numbers(parameter, enforced, tests)
        case Type.STRING | Type.MODEL:
            return _strings(parameter, tests)
        case Type.SIZE:
            return _sizes(parameter, enforced.limits, tests)
        case Type.ARRAY:
            return _arrays(parameter, tests)
        case Type.OBJECT:
            return _Candidates(({},), complete=True)


def _points(tests: Iterable[Test], part: Part | None) -> list[int | float | Fraction]:
    """The numbers that tests compare a value, or a part of it, with."""
    found: list[int | float | Fraction] = []
    for test in tests:
        operand = test.operand
        if isinstance(operand, SizeOf) or (isinstance(operand, Value) and operand.part is not part):
            continue
        found += [value for value in _compared(test) if isinstance(value, Fraction) or is_number(value)]
    return found


def _texts(tests: Iterable[Test]) -> list[str]:
    """The strings that tests compare a value with."""
    return [value for test in tests for value in _compared(test) if isinstance(value, str)]


def _compared(test: Test) -> tuple[Json | Fraction, ...]:
    """What a test compares with, one or several."""
    if test.operator in {Operator.IN, Operator.NOT_IN}:
        several: tuple[Json | Fraction, ...] = test.value
        return several
    return () if test.operator is Operator.PRESENT else (test.value,)


def _numbers(parameter: Parameter, enforced: Enforced, tests: list[Test]) -> _Candidates:
    low, high = enforced.low, enforced.high
    whole = parameter.type is Type.INTEGER
    if whole and low is not None and high is not None and high - low < _MOST_NUMBERS:
        return _Candidates(tuple(range(math.ceil(low), math.floor(high) + 1)), complete=True)
    points = sorted({0, 1, *_points(tests, None), *(limit for limit in (low, high) if limit is not None)})
    stepped = enforced.step is not None or any(test.operator is Operator.MULTIPLE_OF for test in tests)
    steps = [enforced.step] if enforced.step is not None else []
    steps += [point for point in points if stepped and isinstance(point, int) and point > 0]
    values: list[int | float] = [near for point in points for near in _around(point, steps)]
    if not whole:
        values += [float(left + right) / 2 for left, right in itertools.pairwise(points)]
        values += [point for point in points if not isinstance(point, Fraction)]
    return _Candidates(tuple(dict.fromkeys(values)), complete=not stepped)


def _around(point: float | Fraction, steps: Iterable[int | float]) -> Iterator[int | float]:
    yield from (math.floor(point) - 1, math.floor(point), math.ceil(point), math.ceil(point) + 1)
    for step in steps:
        count = int(point // step)
        yield from (count * step, (count + 1) * step)


def _strings(parameter: Parameter, tests: list[Test]) -> _Candidates:
    named = _texts(tests)
    limits = [
        one.check.limit for one in parameter.constraints if isinstance(one.check, MinLength | MaxLength)
    ]  # fmt: skip
    points = _points(tests, Part.LENGTH)
    lengths = sorted({near for point in (0, 1, *limits, *points) for near in _around(point, ()) if near >= 0})
    letter = next(one for one in string.ascii_letters if one not in {name[:1] for name in named} or len(named) > 26)
    fresh = [letter * int(length) for length in lengths if length <= _LONGEST_STRING]
    patterned = any(isinstance(one.check, Pattern) for one in parameter.constraints)
    measured = not points or len(fresh) == len(lengths)
    return _Candidates(tuple(dict.fromkeys((*named, *fresh))), complete=measured and not patterned)


def _arrays(parameter: Parameter, tests: list[Test]) -> _Candidates:
    limits = [one.check.limit for one in parameter.constraints if isinstance(one.check, MinItems | MaxItems)]
    points = (0, 1, *limits, *_points(tests, Part.COUNT))
    counts = sorted({int(near) for point in points for near in _around(point, ()) if near >= 0})
    kept = [count for count in counts if count <= _LONGEST_ARRAY]
    return _Candidates(tuple([None] * count for count in kept), complete=len(kept) == len(counts))


def _sizes(parameter: Parameter, limits: SizeLimits, tests: list[Test]) -> _Candidates:
    tokens = [
        choice.value for one in parameter.constraints if isinstance(one.check, Grammar) for choice in one.check.tokens
    ]
    asked = [
        (test.operand.part, test.operator, point)
        for test in tests
        if isinstance(test.operand, Value) and test.operand.part is not None
        for point in _compared(test)
    ]
    found = examples(limits, [(part, point) for part, _, point in asked])
    free = any(isinstance(one.check, Grammar) for one in parameter.constraints)
    return _Candidates(
        tuple(dict.fromkeys((*tokens, *_texts(tests), *found))),
        complete=free and bool(found) and are_settled(limits, asked),
    )
