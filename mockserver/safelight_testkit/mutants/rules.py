"""Mutants of rules across parameters: forgotten, turned round, one value or one part lost, a bound off by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from safelight.model import (
    ALWAYS,
    All,
    AnyOf,
    Condition,
    CountOf,
    Json,
    Not,
    Operand,
    Operation,
    Operator,
    Outcome,
    Part,
    Rule,
    SizeOf,
    Spec,
    SumOf,
    Test,
    Value,
    View,
)
from safelight.vocabulary.mentions import parameters_of
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from safelight_testkit.mutants.rewrite import in_rule

__all__ = ["rule_mutants"]


def rule_mutants(_spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of every rule."""
    for rule in operation.rules:
        for what, text, change in _changes(operation, rule):
            yield Mutant(
                id=f"{rule.id}/{what}",
                group=Group.RULES,
                operation=operation.name,
                about=rule.id,
                text=text,
                change=Respec(in_rule(operation.name, rule.id, _consistent(change))),
            )


_Change = Callable[[Rule], Rule | None]
_Found = tuple[str, str, _Change]


def _consistent(change: _Change) -> _Change:
    """Let a changed rule name the parameters that it still looks at, as the file would make it."""

    def changed(rule: Rule) -> Rule | None:
        other = change(rule)
        if other is None:
            return None
        looked_at = {*parameters_of(other.when), *parameters_of(other.require)}
        return replace(other, parameters=tuple(name for name in rule.parameters if name in looked_at))

    return changed


def _changes(operation: Operation, rule: Rule) -> Iterator[_Found]:
    yield "dropped", "the rule is forgotten", lambda _: None
    yield "inverted", "the requirement is turned round", lambda one: replace(one, require=Not(one.require))
    if rule.when != ALWAYS:
        yield "always", "the rule holds whatever was sent", lambda one: replace(one, when=ALWAYS)
        yield "otherwise", "the rule holds where it should not", lambda one: replace(one, when=Not(one.when))
    for part, condition in (("when", rule.when), ("require", rule.require)):
        for what, text, other in _variants(condition, f"{part}"):
            yield what, text, _with(part, other)
    if rule.outcome is not Outcome.REFUSE and "rule" in operation.errors.texts:
        yield "refused", "the API refuses instead of going on", lambda one: replace(one, outcome=Outcome.REFUSE)
    for name in rule.parameters:
        if name != rule.parameter and rule.outcome is Outcome.REFUSE:
            text = f"the fault is said to be that of {name}, not of {rule.parameter}"
            yield f"blames-{name}", text, _blaming(name)


def _with(part: str, condition: Condition) -> _Change:
    return lambda rule: replace(rule, when=condition) if part == "when" else replace(rule, require=condition)


def _blaming(name: str) -> _Change:
    return lambda rule: replace(rule, parameter=name)


def _variants(condition: Condition, path: str) -> Iterator[tuple[str, str, Condition]]:
    """A condition with one thing changed, its place and what was changed."""
    match condition:
        case Test():
            yield from _tests(condition, path)
        case All(conditions) | AnyOf(conditions):
            kind = type(condition)
            for place, inner in enumerate(conditions):
                here = f"{path}.{place}"
                rest = conditions[:place] + conditions[place + 1 :]
                if len(conditions) > 1:
                    yield f"without-{here}", f"a part of the condition is forgotten: {_words(inner)}", kind(rest)
                for what, text, other in _variants(inner, here):
                    yield what, text, kind((*conditions[:place], other, *conditions[place + 1 :]))
            if len(conditions) > 1:
                word, other_kind = ("any", AnyOf) if isinstance(condition, All) else ("all", All)
                yield f"{path}-{word}", f"{word} of the parts of a condition must hold", other_kind(conditions)
        case Not(inner):
            yield f"{path}-affirmed", "a part of the condition is turned round", inner
            for what, text, other in _variants(inner, path):
                yield what, text, Not(other)


def _tests(test: Test, path: str) -> Iterator[tuple[str, str, Condition]]:
    name = _words(test)
    match test.operator:
        case Operator.IN | Operator.NOT_IN:
            values: tuple[Json, ...] = test.value
            for place, value in enumerate(values):
                rest = values[:place] + values[place + 1 :]
                if rest:
                    yield (
                        f"{path}-without-{value}",
                        f"{json.dumps(value)} is forgotten in: {name}",
                        replace(test, value=rest),
                    )
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.ABOVE | Operator.BELOW:
            step = 1 if not isinstance(test.value, Fraction) else Fraction(1, 16)
            for what, value in (("up", test.value + step), ("down", test.value - step)):
                yield f"{path}-{what}", f"the limit is {value} in: {name}", replace(test, value=value)
        case Operator.MULTIPLE_OF:
            yield f"{path}-coarser", f"the step is {test.value * 2} in: {name}", replace(test, value=test.value * 2)
        case Operator.PRESENT:
            yield f"{path}-negated", f"turned round: {name}", replace(test, value=not test.value)
    yield from _views(test, path, name)


def _views(test: Test, path: str, name: str) -> Iterator[tuple[str, str, Condition]]:
    """A test that looks at another value than it should."""
    match test.operand:
        case Value(view=view) as value:
            other = _other(view)
            yield f"{path}-{other}", f"looked at as {other}: {name}", replace(test, operand=replace(value, view=other))
        case SizeOf(width, height) as size:
            other = _other(width.view)
            seen = SizeOf(replace(width, view=other), replace(height, view=other), size.part)
            yield f"{path}-{other}", f"looked at as {other}: {name}", replace(test, operand=seen)
            if size.part is Part.RATIO:
                turned = SizeOf(height, width, size.part)
                yield f"{path}-turned", f"width and height exchanged: {name}", replace(test, operand=turned)
        case CountOf() | SumOf():
            pass


def _other(view: View) -> View:
    return View.SENT if view is View.EFFECTIVE else View.EFFECTIVE


def _words(condition: Condition) -> str:
    match condition:
        case Test(operand=operand, operator=operator, value=value):
            values: tuple[Json, ...] = value if operator in {Operator.IN, Operator.NOT_IN} else (value,)
            shown = " or ".join(map(str, values))
            return f"{_operand(operand)} {operator.replace('_', ' ')} {shown}"
        case All(conditions):
            return " and ".join(map(_words, conditions)) or "always"
        case AnyOf(conditions):
            return " or ".join(map(_words, conditions))
        case Not(inner):
            return f"not {_words(inner)}"


def _operand(operand: Operand) -> str:
    match operand:
        case Value(parameter, _, part):
            return parameter if part is None else f"{parameter}.{part}"
        case CountOf(parameters):
            return f"the count of {', '.join(parameters)}"
        case SumOf(values):
            return f"the sum of {', '.join(value.parameter for value in values)}"
        case SizeOf(width, height, part):
            return f"the {part} of {width.parameter} and {height.parameter}"
