"""The quick way through a validator: for each model one condition that the usual legal body meets.

It is compiled for what holds by default: the documented constraints, on the day that the spec describes.  It may say no
to a legal body, for which the report then finds nothing; it never says yes to another.  So whatever is not worth a line
here (an array, a pattern, a null, a conditional default) is left to the report.
"""

from __future__ import annotations

from collections.abc import Mapping

from safelight.conditions import tests_of
from safelight.lens import Enforced, Lens, enforce
from safelight.model import (
    ABSENT,
    All,
    AnyOf,
    Basis,
    Condition,
    Constraint,
    Grammar,
    Maximum,
    MaxLength,
    Minimum,
    MinLength,
    MultipleOf,
    Not,
    OneOf,
    Operator,
    Rule,
    Test,
    Type,
    Unit,
    Value,
    View,
    in_force,
)
from safelight.records import dataclass
from safelight.truth import Views, holds
from safelight_codegen.names import distinct, snake
from safelight_codegen.python.content import list_name, wrong
from safelight_codegen.python.layout import TRUE, Atom, Predicate, all_of, any_of, negated
from safelight_codegen.python.operation import Compiled
from safelight_codegen.python.predicates import USED, surely
from safelight_codegen.text import literal

__all__ = ["Acceptance", "FreeSize", "acceptances"]


@dataclass(frozen=True, slots=True)
class FreeSize:
    """A function that tells whether a value is a legal size that is not listed.

    Attributes:
        name: Its name.
        separator: How sizes are written.
        legal: What is true of a legal one, in terms of *width* and *height*.
    """

    name: str
    separator: str
    legal: Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the usual legal body meets.

    Attributes:
        name: The name of the function that asks.
        names: The models, aliases included, that it is for; None for an API without models.
        keys: The parameters that such a body may have.
        condition: What must be true of it.
        sizes: The functions that the condition calls.
    """

    name: str
    names: tuple[str, ...] | None
    keys: tuple[str, ...]
    condition: Predicate
    sizes: tuple[FreeSize, ...]


def acceptances(compiled: Compiled) -> tuple[Acceptance, ...]:
    """Make the quick ways of an operation; models with the same condition share one."""
    spec, operation = compiled.spec, compiled.operation
    prefix = f"_{snake(operation.name, 'accepts')}"
    found: dict[tuple[tuple[str, ...], Predicate], tuple[_Table, list[str]]] = {}
    for name in compiled.tables:
        names = [alias for alias, model in spec.names.items() if model == name]
        if operation.model_parameter is not None and not (
            name in spec.models and spec.models[name].exists(spec.revised)
        ):
            continue
        table = _Table(compiled, name)
        condition = table.condition()
        if condition is not None:
            found.setdefault((table.keys, condition), (table, []))[1].extend(names)
    return tuple(
        Acceptance(
            name=f"{prefix}_{snake(table.name)}" if names else prefix + "_any",
            names=tuple(names) if operation.model_parameter is not None else None,
            keys=keys,
            condition=condition,
            sizes=tuple(table.sizes),
        )
        for (keys, condition), (table, names) in found.items()
    )


class _Table:
    """One model on its way."""

    def __init__(self, compiled: Compiled, name: str) -> None:
        self._compiled = compiled
        self._lens = Lens(compiled.spec.revised, frozenset({Basis.DOCUMENTED}))
        self._parameters = {
            key: enforce(parameter, name, self._lens) for key, parameter in compiled.tables[name].parameters.items()
        }
        self._rules = [
            rule
            for rule in compiled.operation.rules
            if self._lens.in_force(rule.provenance) and (rule.models is None or name in rule.models)
        ]
        self._values: list[str] = list(USED)
        self.name = name
        self.keys: tuple[str, ...] = ()
        self.sizes: list[FreeSize] = []

    def condition(self) -> Predicate | None:
        """What the usual legal body meets; None where there is no such thing, and every body is left to the report."""
        left = {name for rule in self._rules if not self._is_plain(rule) for name in self._read_by(rule)}
        conditions: list[Predicate] = []
        keys: list[str] = []
        for name, enforced in self._parameters.items():
            accepted = None if name in left or enforced.barred else self._accepted(name, enforced)
            if accepted is not None:
                keys.append(name)
                conditions.append(accepted)
            elif enforced.required:
                return None
        self.keys = tuple(keys)
        for rule in self._rules:
            if not set(self._read_by(rule)).isdisjoint(keys):
                conditions.append(self._unbroken(rule))
            elif self._breaks_alone(rule):
                return None
        return all_of(conditions)

    # --- values ---

    def _accepted(self, name: str, enforced: Enforced) -> Predicate | None:
        """What a legal value of a parameter meets; None for what is not worth a line."""
        if name == self._compiled.operation.model_parameter:
            return TRUE
        legal = self._legal(name, enforced, f"get({literal(name)})" if enforced.required else f"body[{literal(name)}]")
        if legal is None or enforced.required:
            return legal
        return any_of((Atom(f"{literal(name)} not in body"), legal))

    def _legal(self, name: str, enforced: Enforced, found: str) -> Predicate | None:
        """What is true of a legal value, that *found* looks up; None for what is not worth a line."""
        checks = {type(one.check): one for one in enforced.content}
        match enforced.parameter.type:
            case Type.BOOLEAN if not checks and enforced.of_type:
                return Atom(f"type({found}) is bool")
            case Type.INTEGER if enforced.of_type and not checks.keys() - {Minimum, Maximum, MultipleOf}:
                return self._integer(name, enforced, found)
            case Type.STRING | Type.SIZE if list(checks) == [OneOf]:
                return self._listed(name, checks[OneOf], enforced, found)
            case Type.STRING if enforced.of_type and not checks.keys() - {MinLength, MaxLength}:
                return self._text(name, checks, found)
            case Type.SIZE if Grammar in checks and OneOf not in checks:
                return self._size(name, enforced, found)
            case _:
                return None

    def _bound(self, name: str, found: str) -> tuple[str, str]:
        """Bind a value that is looked at twice: the first look, and the name for the others."""
        variable = distinct(snake(name), self._values)
        self._values.append(variable)
        return f"{variable} := {found}", variable

    def _listed(self, name: str, one: Constraint, enforced: Enforced, found: str) -> Predicate | None:
        if not isinstance(one.check, OneOf):
            return None
        choices = one.check.allowed(enforced.as_of)
        if not all(isinstance(choice, str) for choice in choices):
            return None
        if any(choice.since or choice.until for choice in one.check.choices):
            return Atom(f"{found} in {literal(choices)}")
        return Atom(f"{found} in {list_name(self._compiled.judge_name(name), one)}")

    def _integer(self, name: str, enforced: Enforced, found: str) -> Predicate | None:
        low, high, step = enforced.low, enforced.high, enforced.step
        if isinstance(step, float):
            return None
        if low is None and high is None and step is None:
            return Atom(f"type({found}) is int")
        first, value = self._bound(name, found)
        steps = Atom(f"{value} % {literal(step)} == 0") if step is not None else TRUE
        return all_of((Atom(f"type({first}) is int"), _between(value, low, high), steps))

    def _text(self, name: str, checks: Mapping[type, Constraint], found: str) -> Predicate | None:
        bounds = [one.check for one in checks.values()]
        if any(isinstance(one, MinLength | MaxLength) and one.unit is not Unit.CODE_POINTS for one in bounds):
            return None
        low = next((one.limit for one in bounds if isinstance(one, MinLength)), None)
        high = next((one.limit for one in bounds if isinstance(one, MaxLength)), None)
        if low is None and high is None:
            return Atom(f"type({found}) is str")
        first, value = self._bound(name, found)
        return all_of((Atom(f"type({first}) is str"), _between(f"len({value})", low, high)))

    def _size(self, name: str, enforced: Enforced, found: str) -> Predicate | None:
        grammar = next(one for one in enforced.content if isinstance(one.check, Grammar))
        tokens = grammar.check.tokens if isinstance(grammar.check, Grammar) else ()
        legal = tuple(one.value for one in tokens if in_force(one.since, one.until, enforced.as_of))
        free = FreeSize(
            f"_{snake(self._compiled.operation.name, 'free', name, self.name)}",
            enforced.limits.separator,
            all_of(negated(wrong(one)) for one in enforced.content if one is not grammar),
        )
        self.sizes.append(free)
        if not legal:
            return Atom(f"{free.name}({found})")
        first, value = self._bound(name, found)
        listed = f"({first}) == {literal(legal[0])}" if len(legal) == 1 else f"({first}) in {literal(legal)}"
        return any_of((Atom(listed), Atom(f"{free.name}({value})")))

    # --- rules ---

    def _is_plain(self, rule: Rule) -> bool:
        """Whether a rule looks at nothing but whole values, and at no default that depends on the request."""
        return all(
            isinstance(test.operand, Value) and test.operand.part is None and self._has_plain_default(test.operand)
            for test in (*tests_of(rule.when), *tests_of(rule.require))
        )

    def _has_plain_default(self, value: Value) -> bool:
        if value.view is View.SENT or value.parameter == self._compiled.operation.model_parameter:
            return True
        return not self._parameters[value.parameter].parameter.default_when

    def _unbroken(self, rule: Rule) -> Predicate:
        """What is true of a body, of legal values, that the rule lets pass."""
        scope = self._compiled.scope(sent="body", effective="body", tables=(self.name,), typed=True)
        when = surely(self._of_sent(rule.when), scope, true=True)
        require = surely(self._of_sent(rule.require), scope, true=False)
        return negated(all_of((when, require)))

    def _read_by(self, rule: Rule) -> tuple[str, ...]:
        """The parameters that a rule looks at, but for the model, which is known here."""
        return tuple(name for name in rule.parameters if name != self._compiled.operation.model_parameter)

    def _of_sent(self, condition: Condition) -> Condition:
        """Say a condition in terms of what was sent: a default is known, so a test of it is too."""
        match condition:
            case Test(Value(parameter, View.EFFECTIVE, None)) if parameter != self._compiled.operation.model_parameter:
                value = Value(parameter, View.SENT)
                sent = Test(value, condition.operator, condition.value)
                by_default = holds(condition, self._views(self._defaults()))
                if by_default is True:
                    return AnyOf((Test(value, Operator.PRESENT, value=False), sent))
                if by_default is False and holds(sent, self._views({})) is None:
                    return All((Test(value, Operator.PRESENT, value=True), sent))
                return sent
            case Not(inner):
                return Not(self._of_sent(inner))
            case All(conditions):
                return All(tuple(self._of_sent(one) for one in conditions))
            case AnyOf(conditions):
                return AnyOf(tuple(self._of_sent(one) for one in conditions))
            case _:
                return condition

    def _breaks_alone(self, rule: Rule) -> bool:
        """Whether a body breaks the rule, or may, that sends none of the rule's parameters."""
        if any(self._parameters[name].parameter.default_when for name in self._read_by(rule)):
            return True
        views = self._views(self._defaults())
        return holds(rule.when, views) is True and holds(rule.require, views) is False

    def _defaults(self) -> Mapping[str, object]:
        return {
            name: enforced.parameter.default
            for name, enforced in self._parameters.items()
            if enforced.applies and enforced.parameter.default is not ABSENT
        }

    def _views(self, effective: Mapping[str, object]) -> Views:
        compiled = self._compiled
        model = compiled.operation.model_parameter
        units = {name: one.parameter.unit.value for name, one in self._parameters.items()}
        separators = {name: one.limits.separator for name, one in self._parameters.items()}
        return Views({}, effective, compiled.models[self.name], model, separators, units)


def _between(value: str, low: float | None, high: float | None) -> Predicate:
    """Write that a number lies within its limits."""
    if low is not None and low == high:
        return Atom(f"{value} == {literal(low)}")
    if low is not None and high is not None:
        return Atom(f"{literal(low)} <= {value} <= {literal(high)}")
    if low is not None:
        return Atom(f"{value} >= {literal(low)}")
    return Atom(f"{value} <= {literal(high)}") if high is not None else TRUE
