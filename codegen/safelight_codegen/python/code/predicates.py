"""Conditions of a spec as Python conditions.

A condition is true, false, or not to be judged (see `safelight.judging.truth`).  A rule asks two questions: is this
surely true, and is this surely false; so each condition compiles twice, once for each, and what cannot be judged is
false in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from fractions import Fraction
from typing import Final, assert_never

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
    Provenance,
    SizeOf,
    SumOf,
    Test,
    Value,
    View,
)
from safelight.records import dataclass
from safelight_codegen.names import distinct, snake
from safelight_codegen.python.code.layout import FALSE, TRUE, Atom, Predicate, all_of, any_of, negated
from safelight_codegen.text import literal

__all__ = ["USED", "Scope", "among", "in_force", "in_time", "surely"]

USED: Final = (
    *("any", "bool", "float", "int", "isinstance", "len", "max", "min", "str", "sum", "type"),
    *("ABSENT", "count_of", "cut", "edges", "how_many", "is_array", "is_integer", "is_multiple", "is_number"),
    *("is_object", "length", "length_of", "pair_of", "partial", "same", "settled", "size_of", "sum_of", "taken"),
    "violation",
    *("body", "broken", "corrected", "effective", "faults", "get", "lens", "model", "named", "sent", "told", "value"),
)
"""What conditions call and the functions around them hold: no variable is named after a parameter of such a name."""

_SIGNS: Final[Mapping[Operator, tuple[str, str]]] = {
    Operator.AT_LEAST: (">=", "<"),
    Operator.AT_MOST: ("<=", ">"),
    Operator.ABOVE: (">", "<="),
    Operator.BELOW: ("<", ">="),
}
"""How a comparison is written, and how its opposite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What conditions may look at where they are compiled to.

    Attributes:
        tables: By name of each table that can judge a request: the canonical models it stands for.
        model_parameter: The parameter that chooses the model.
        separators: How each size parameter writes its sizes, as source.
        units: What the length of each string parameter is counted in, as source.
        sent: The variable that holds what was sent.
        effective: The variable that holds what is effective.
        typed: Whether values are known to be of their parameter's type, and a null to count as not sent.
        locals: Filled while compiling: what is worked out once, by the name of the variable that holds it: a function
            and its arguments.
    """

    tables: Mapping[str, frozenset[str]]
    model_parameter: str | None
    separators: Mapping[str, str]
    units: Mapping[str, str]
    sent: str = "sent"
    effective: str = "effective"
    typed: bool = False
    locals: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def found(self, value: Value) -> str:
        """Write where a parameter's value is found, as a look-up that gives None where it is absent."""
        return f"{self.holder(value)}.get({literal(value.parameter)})"

    def holder(self, value: Value) -> str:
        """The variable that holds the view of a value."""
        return self.sent if value.view is View.SENT else self.effective


def surely(condition: Condition, scope: Scope, *, true: bool) -> Predicate:
    """Compile the question whether *condition* is surely true, or surely false."""
    match condition:
        case Test():
            return _test(condition, scope, true=true)
        case Not(inner):
            return surely(inner, scope, true=not true)
        case All(conditions):
            parts = (surely(one, scope, true=true) for one in conditions)
            return all_of(parts) if true else any_of(parts)
        case AnyOf(conditions):
            parts = (surely(one, scope, true=true) for one in conditions)
            return any_of(parts) if true else all_of(parts)
        case _:
            assert_never(condition)


def in_force(provenance: Provenance) -> Predicate:
    """Compile the question whether a constraint counts for the reader; it does always, unless something limits it."""
    limits = [literal(provenance.basis.value)] if provenance.basis.value != "documented" else []
    limits += [f"since={literal(provenance.since)}"] if provenance.since else []
    limits += [f"until={literal(provenance.until)}"] if provenance.until else []
    return Atom(f"lens.holds({', '.join(limits)})") if limits else TRUE


def in_time(since: date | None, until: date | None) -> Predicate:
    """Compile the question whether the reader's day lies from *since* to before *until*."""
    return in_force(Provenance(since=since, until=until))


def among(names: Iterable[str], universe: Iterable[str]) -> Predicate:
    """Compile the question which table judges a request.

    Args:
        names: The names of tables, of which it must be one.
        universe: The names of all tables that can be meant where the question is asked.
    """
    wanted = tuple(dict.fromkeys(names))
    rest = tuple(name for name in universe if name not in wanted)
    if not rest:
        return TRUE
    if not wanted:
        return FALSE
    if ANY_MODEL in wanted:
        others = tuple(name for name in wanted if name != ANY_MODEL)
        return negated(_is_model(rest)) if others else _UNKNOWN
    models = tuple(name for name in rest if name != ANY_MODEL)
    if not models:
        return negated(_UNKNOWN)
    if len(models) < len(wanted):
        known = negated(_UNKNOWN) if ANY_MODEL in rest else TRUE
        return all_of((known, negated(_is_model(models))))
    return _is_model(wanted)


_UNKNOWN: Final = Atom("model is None", "model is not None")


def _is_model(names: tuple[str, ...]) -> Atom:
    if len(names) == 1:
        return Atom(f"model == {literal(names[0])}", f"model != {literal(names[0])}")
    return Atom(f"model in {literal(names)}", f"model not in {literal(names)}")


def _test(test: Test, scope: Scope, *, true: bool) -> Predicate:
    match test.operand:
        case Value(parameter) if parameter == scope.model_parameter:
            return _model_test(test, scope, true=true)
        case Value(_, _, None) as value:
            return _whole_test(test, value, scope, true=true)
        case Value() as value:
            name = _part(value, scope)
            there = Atom(f"{name} is not None", f"{name} is None")
            if test.operator is Operator.PRESENT:
                return there if test.value is true else negated(there)
            return all_of((there, _part_test(test, value, name, true=true)))
        case CountOf(parameters):
            name = _local(scope, "count", "how_many", scope.sent, *map(literal, parameters))
            return _number_test(test, name, true=true)
        case SumOf(values):
            name = _local(scope, "total", "sum_of", *(_summand(value, scope) for value in values))
            return _number_test(test, name, true=true)
        case SizeOf() as size:
            return _size_test(test, size, scope, true=true)
        case _:
            assert_never(test.operand)


def _model_test(test: Test, scope: Scope, *, true: bool) -> Predicate:
    """Compile a test of the model: for each table that can judge a request, the answer is known already."""
    if test.operator is Operator.PRESENT:
        return among([name for name, models in scope.tables.items() if models and test.value is true], scope.tables)
    wanted = (test.operator is Operator.IN) is true
    named = frozenset(test.value)
    chosen = [
        name
        for name, models in scope.tables.items()
        if models and (models <= named if wanted else models.isdisjoint(named))
    ]
    return among(chosen, scope.tables)


def _whole_test(test: Test, value: Value, scope: Scope, *, true: bool) -> Predicate:
    """Compile a test of a whole value; one that is absent equals nothing, and is not compared."""
    name, holder, found = literal(value.parameter), scope.holder(value), scope.found(value)
    there = Atom(f"{name} in {holder}", f"{name} not in {holder}")
    if scope.typed:
        there = Atom(f"{found} is not None", f"{found} is None")
    match test.operator:
        case Operator.PRESENT:
            return there if test.value is true else negated(there)
        case Operator.IN:
            equal = _equal(found, test.value, there)
            return equal if true else negated(equal)
        case Operator.NOT_IN:
            equal = _equal(found, test.value, there)
            return all_of((there, negated(equal))) if true else equal
        case Operator.MULTIPLE_OF:
            compared = Atom(f"is_multiple({holder}[{name}], {literal(test.value)})")
        case _:
            sign, opposite = _SIGNS[test.operator]
            limit = literal(test.value)
            compared = Atom(f"{holder}[{name}] {sign} {limit}", f"{holder}[{name}] {opposite} {limit}")
    yes = compared if scope.typed else all_of((Atom(f"is_number({found})"), compared))
    return yes if true and not scope.typed else all_of((there, yes if true else negated(yes)))


def _equal(found: str, values: tuple[Json, ...], there: Atom) -> Predicate:
    """Compile the question whether a value, or None for an absent one, is one of *values*, as JSON compares."""
    texts = tuple(value for value in values if isinstance(value, str))
    others = [value for value in values if not isinstance(value, str)]
    options: list[Predicate] = []
    if len(texts) == 1:
        options.append(Atom(f"{found} == {literal(texts[0])}", f"{found} != {literal(texts[0])}"))
    elif texts:
        options.append(Atom(f"{found} in {literal(texts)}", f"{found} not in {literal(texts)}"))
    for value in others:
        match value:
            case bool():
                options.append(Atom(f"{found} is {value}", f"{found} is not {value}"))
            case None:
                options.append(all_of((there, Atom(f"{found} is None", f"{found} is not None"))))
            case _:
                options.append(Atom(f"same({found}, {literal(value)})"))
    return any_of(options)


def _part(value: Value, scope: Scope) -> str:
    """The variable that holds the part of a value, or the size it is a part of; None where there is no such part."""
    match value.part:
        case Part.LENGTH:
            name, arguments = snake(value.parameter, "length"), ("length_of", scope.units[value.parameter])
        case Part.COUNT:
            name, arguments = snake(value.parameter, "count"), ("count_of", "")
        case _:
            name, arguments = snake(value.parameter), ("size_of", scope.separators[value.parameter])
    ask, how = arguments
    return _local(scope, name, ask, scope.found(value), *((how,) if how else ()))


def _part_test(test: Test, value: Value, name: str, *, true: bool) -> Predicate:
    match value.part:
        case Part.RATIO:
            return _ratio_test(test, name, true=true)
        case Part.WIDTH:
            return _number_test(test, f"{name}[0]", true=true)
        case Part.HEIGHT:
            return _number_test(test, f"{name}[1]", true=true)
        case Part.PIXELS:
            return _number_test(test, f"{name}[0] * {name}[1]", true=true)
        case _:
            return _number_test(test, name, true=true)


def _size_test(test: Test, size: SizeOf, scope: Scope, *, true: bool) -> Predicate:
    """Compile a test of a size whose edges are two parameters; where they make none, it is not judged."""
    name = snake(size.width.parameter, "by", size.height.parameter)
    pair = _local(scope, name, "pair_of", scope.found(size.width), scope.found(size.height))
    there = Atom(f"{pair} is not None", f"{pair} is None")
    if size.part is Part.RATIO:
        return all_of((there, _ratio_test(test, pair, true=true)))
    return all_of((there, _number_test(test, f"{pair}[0] * {pair}[1]", true=true)))


def _number_test(test: Test, number: str, *, true: bool) -> Predicate:
    """Compile a test of something that is a number whenever it is there."""
    match test.operator:
        case Operator.PRESENT:
            yes: Predicate = TRUE if test.value else FALSE
        case Operator.IN:
            yes = _equal_number(number, test.value)
        case Operator.NOT_IN:
            yes = negated(_equal_number(number, test.value))
        case Operator.MULTIPLE_OF:
            yes = Atom(f"is_multiple({number}, {literal(test.value)})")
        case _:
            sign, opposite = _SIGNS[test.operator]
            yes = Atom(f"{number} {sign} {literal(test.value)}", f"{number} {opposite} {literal(test.value)}")
    return yes if true else negated(yes)


def _equal_number(number: str, values: tuple[Json, ...]) -> Predicate:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return any_of(Atom(f"{number} == {literal(one)}", f"{number} != {literal(one)}") for one in numbers)


def _ratio_test(test: Test, size: str, *, true: bool) -> Predicate:
    """Compile a test of width to height, exactly: both sides are multiplied out."""

    def compared(limit: Fraction, sign: str, opposite: str) -> Atom:
        width = f"{size}[0] * {limit.denominator}" if limit.denominator != 1 else f"{size}[0]"
        height = f"{size}[1] * {limit.numerator}" if limit.numerator != 1 else f"{size}[1]"
        return Atom(f"{width} {sign} {height}", f"{width} {opposite} {height}")

    match test.operator:
        case Operator.IN:
            yes: Predicate = any_of(compared(limit, "==", "!=") for limit in test.value)
        case Operator.NOT_IN:
            yes = all_of(compared(limit, "!=", "==") for limit in test.value)
        case Operator.MULTIPLE_OF:
            yes = FALSE  # a ratio is a multiple of nothing: the interpreter says no as well
        case _:
            yes = compared(test.value, *_SIGNS[test.operator])
    return yes if true else negated(yes)


def _summand(value: Value, scope: Scope) -> str:
    """What a value adds to a sum; what is no number adds nothing, and a ratio is no number of JSON."""
    if value.part is None:
        return scope.found(value)
    name = _part(value, scope)
    match value.part:
        case Part.LENGTH | Part.COUNT:
            return name
        case Part.WIDTH:
            return f"{name}[0] if {name} else 0"
        case Part.HEIGHT:
            return f"{name}[1] if {name} else 0"
        case Part.PIXELS:
            return f"{name}[0] * {name}[1] if {name} else 0"
        case Part.RATIO:
            return "0"
        case _:
            assert_never(value.part)


def _local(scope: Scope, name: str, *call: str) -> str:
    """The variable that holds what *call* gives; one of the same name and another meaning gets a number."""
    free = distinct(name, (*USED, *(taken for taken, other in scope.locals.items() if other != call)))
    scope.locals[free] = call
    return free
