"""What is surely legal in a request, for each model: the values that break nothing, and tests of the others.

It is compiled for what holds by default: the documented constraints, on the day that the spec describes.  A value may
be doubted that is legal, for which the report then finds nothing; none that breaks a rule is ever taken for legal.  So
whatever is not worth a line here (an array, a pattern, a conditional default) is doubted whenever it is sent.

A rule across parameters is asked of one of them, its trigger, which a request must send to break it: ``background`` for
"transparent needs an alpha channel".  The values of the trigger that can break no rule are legal whatever else is sent;
for the rest the rule is part of their test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from safelight.judging.lens import Enforced, Lens, enforce
from safelight.judging.truth import Views, holds
from safelight.model import (
    ABSENT,
    All,
    AnyOf,
    Basis,
    Condition,
    Constraint,
    EdgesMultipleOf,
    Grammar,
    MaxEdge,
    Maximum,
    MaxLength,
    MinEdge,
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
from safelight.vocabulary.mentions import tests_of
from safelight_codegen.python.code.layout import TRUE, Atom, Predicate, all_of, any_of, negated
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.code.predicates import surely
from safelight_codegen.python.validation.content import wrong
from safelight_codegen.text import literal

__all__ = ["Acceptance", "FreeSize", "Kind", "Legal", "Probe", "acceptances"]

Kind: TypeAlias = Literal["str", "int", "bool"]
"""The type of Python whose values a probe looks at; a subclass is another type, and doubted."""

_MOST_LISTED: Final = 256  # more integers than this are compared with their bounds
_USUAL_EDGE: Final = 4096  # in pixels; a size with a longer edge is left to the report


@dataclass(frozen=True, slots=True)
class FreeSize:
    """A function that tells whether a text is a legal size that is not listed.

    Attributes:
        name: Its name.
        separator: How sizes are written.
        edges: The usual lengths of an edge that are legal by themselves, as a range in source; empty where they are
            too many to be listed.
        legal: What is true of a legal size besides, in terms of *width* and *height*.
    """

    name: str
    separator: str
    edges: str
    legal: Predicate


@dataclass(frozen=True, slots=True)
class Probe:
    """A test of the values of one parameter that are not listed.

    Attributes:
        kind: Their type.
        low: The least number, or length of a text, that is legal; None for no such limit.
        high: The greatest one.
        more: What else must be true.
    """

    kind: Kind
    low: int | None = None
    high: int | None = None
    more: Predicate = TRUE


@dataclass(frozen=True, slots=True)
class Legal:
    """What is surely legal of one parameter.

    Attributes:
        values: The texts or the integers that are legal whatever else is sent.
        null: Whether a null is, too: it then counts as not sent.
        probe: The test of other values; None where there are none.
    """

    values: tuple[str | int, ...] = ()
    null: bool = False
    probe: Probe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What is surely legal in a request.

    Attributes:
        name: The table that judges it: a model, unless the API has none.
        names: The names that a request may call the model by; empty for an API without models.
        legal: By parameter, what is legal; a parameter that the model does not take is not in it.
        required: The parameters that must be sent.
        rules: What must be true besides, of rules that no single parameter triggers.
        sizes: The functions that the probes call.
    """

    name: str
    names: tuple[str, ...]
    legal: Mapping[str, Legal]
    required: tuple[str, ...]
    rules: Predicate
    sizes: tuple[FreeSize, ...]


def acceptances(compiled: Compiled) -> tuple[Acceptance, ...]:
    """Tell for each model of an operation what is surely legal; without those of which every request is doubted."""
    spec, operation = compiled.spec, compiled.operation
    found: list[Acceptance] = []
    for name in compiled.tables:
        names = tuple(alias for alias, model in spec.names.items() if model == name)
        if operation.model_parameter is not None and not (
            name in spec.models and spec.models[name].exists(spec.revised)
        ):
            continue
        made = _Table(compiled, name).acceptance(names if operation.model_parameter is not None else ())
        if made is not None:
            found.append(made)
    return tuple(found)


class _Table:
    """One model on its way."""

    def __init__(self, compiled: Compiled, name: str) -> None:
        self._compiled = compiled
        self._name = name
        self._lens = Lens(compiled.spec.revised, frozenset({Basis.DOCUMENTED}))
        self._parameters = {
            key: enforce(parameter, name, self._lens) for key, parameter in compiled.tables[name].parameters.items()
        }
        self._rules = [
            rule
            for rule in compiled.operation.rules
            if self._lens.in_force(rule.provenance) and (rule.models is None or name in rule.models)
        ]
        self._sizes: list[FreeSize] = []

    def acceptance(self, names: tuple[str, ...]) -> Acceptance | None:
        """What is surely legal; None where every request is doubted."""
        left = {name for rule in self._rules if not self._is_plain(rule) for name in self._read_by(rule)}
        taken = {name: enforced for name, enforced in self._parameters.items() if enforced.barred is None}
        legal = {
            name: found
            for name, enforced in taken.items()
            if name not in left and (found := self._legal(name, enforced)) is not None
        }
        required = tuple(name for name, enforced in taken.items() if enforced.required)
        if not legal.keys() >= set(required):
            return None
        triggered: dict[str, list[tuple[Rule, Test]]] = {}
        others: list[Predicate] = []
        for rule in self._rules:
            if set(self._read_by(rule)).isdisjoint(legal):
                if self._breaks_alone(rule):
                    return None
                continue
            trigger = self._trigger(rule, legal)
            if trigger is None:
                others.append(self._unbroken(rule))
            else:
                triggered.setdefault(trigger[0], []).append((rule, trigger[1]))
        for name, rules in triggered.items():
            legal[name] = self._ruled(name, legal[name], rules)
        return Acceptance(
            name=self._name,
            names=names,
            legal={name: legal.get(name, Legal()) for name in taken},
            required=required,
            rules=all_of(others),
            sizes=tuple(self._sizes),
        )

    # --- values ---

    def _legal(self, name: str, enforced: Enforced) -> Legal | None:
        """What is legal of a parameter, rules aside; None for what is not worth a line."""
        if name == self._compiled.operation.model_parameter:
            return Legal()
        checks = {type(one.check): one for one in enforced.content}
        null = enforced.not_null is None
        match enforced.parameter.type:
            case Type.BOOLEAN if not checks and enforced.of_type:
                return Legal(null=null, probe=Probe("bool"))
            case Type.INTEGER if enforced.of_type and not checks.keys() - {Minimum, Maximum, MultipleOf}:
                return _integers(enforced, null=null)
            case Type.STRING | Type.SIZE if list(checks) == [OneOf]:
                return _texts(checks[OneOf], enforced, null=null)
            case Type.STRING if enforced.of_type and not checks.keys() - {MinLength, MaxLength}:
                return _free_text(checks, null=null)
            case Type.SIZE if Grammar in checks and OneOf not in checks:
                return self._size(name, enforced, null=null)
            case _:
                return None

    def _size(self, name: str, enforced: Enforced, *, null: bool) -> Legal:
        grammar = next(one for one in enforced.content if isinstance(one.check, Grammar))
        tokens = grammar.check.tokens if isinstance(grammar.check, Grammar) else ()
        limits, step = enforced.limits, enforced.limits.multiple_of
        first = -(-limits.min_edge // step) * step
        last = min(limits.max_edge or _USUAL_EDGE, _USUAL_EDGE)
        listed = first <= last and (last - first) // step < _MOST_LISTED
        told = (Grammar, EdgesMultipleOf, MinEdge, MaxEdge) if listed else (Grammar,)
        free = FreeSize(
            self._compiled.free_name("free", name, self._name),
            limits.separator,
            f"range({first}, {last + 1}, {step})" if listed else "",
            all_of(negated(wrong(one)) for one in enforced.content if not isinstance(one.check, told)),
        )
        self._sizes.append(free)
        legal = tuple(one.value for one in tokens if in_force(one.since, one.until, enforced.as_of))
        return Legal(legal, null, Probe("str", more=Atom(f"{free.name}(value)")))

    # --- rules ---

    def _trigger(self, rule: Rule, legal: Mapping[str, Legal]) -> tuple[str, Test] | None:
        """The parameter that a request must send to break a rule, and the test of it that the rule begins with."""
        tests = [test for test in _conjuncts(self._of_sent(rule.when)) if isinstance(test, Test)]
        for test in sorted(tests, key=lambda one: one.operator is Operator.PRESENT):  # what most values meet comes last
            match test.operand:
                case Value(name, View.SENT, None) if legal.get(name, Legal()) != Legal():
                    if holds(test, self._views({}, {})) is not True:
                        return name, test
                case _:
                    pass
        return None

    def _ruled(self, name: str, legal: Legal, rules: list[tuple[Rule, Test]]) -> Legal:
        """Take from the values those that may break a rule, and probe them."""
        free = tuple(
            value
            for value in legal.values
            if all(holds(test, self._views({name: value}, {})) is False for _, test in rules)
        )
        bound = tuple(value for value in legal.values if value not in free)
        if not bound and legal.probe is None:
            return legal
        known = rules[0][1] if len(rules) == 1 and legal.probe is None else None  # true of all that are bound
        unbroken = all_of(self._unbroken(rule, known) for rule, _ in rules)
        numbers = [value for value in bound if isinstance(value, int)]
        if legal.probe is not None:
            more = any_of((_one_of(bound), legal.probe.more)) if bound else legal.probe.more
            probe = replace(legal.probe, more=all_of((more, unbroken)))
        elif numbers:
            step = self._parameters[name].step
            steps = Atom(f"value % {literal(step)} == 0") if step is not None else TRUE
            probe = Probe("int", min(numbers), max(numbers), all_of((steps, unbroken)))
        else:
            probe = Probe("str", more=all_of((_one_of(bound), unbroken)))
        return replace(legal, values=free, probe=probe)

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

    def _unbroken(self, rule: Rule, known: Test | None = None) -> Predicate:
        """What is true of a body, of legal values, that the rule lets pass; of one of its tests it may be *known*."""
        scope = self._compiled.scope(sent="sent", effective="sent", tables=(self._name,), typed=True)
        when = self._of_sent(rule.when)
        asked = [one for one in _conjuncts(when) if one != known] if known is not None else [when]
        broken = [surely(one, scope, true=True) for one in asked]
        return negated(all_of((*broken, surely(self._of_sent(rule.require), scope, true=False))))

    def _read_by(self, rule: Rule) -> tuple[str, ...]:
        """The parameters that a rule looks at, but for the model, which is known here."""
        return tuple(name for name in rule.parameters if name != self._compiled.operation.model_parameter)

    def _of_sent(self, condition: Condition) -> Condition:
        """Say a condition in terms of what was sent: a default is known, so a test of it is too."""
        match condition:
            case Test(Value(parameter, View.EFFECTIVE, None)) if parameter != self._compiled.operation.model_parameter:
                value = Value(parameter, View.SENT)
                sent = Test(value, condition.operator, condition.value)
                by_default = holds(condition, self._views({}, self._defaults()))
                if by_default is True:
                    return AnyOf((Test(value, Operator.PRESENT, value=False), sent))
                if by_default is False and holds(sent, self._views({}, {})) is None:
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
        views = self._views({}, self._defaults())
        return holds(rule.when, views) is True and holds(rule.require, views) is False

    def _defaults(self) -> Mapping[str, object]:
        return {
            name: enforced.parameter.default
            for name, enforced in self._parameters.items()
            if enforced.applies and enforced.parameter.default is not ABSENT
        }

    def _views(self, sent: Mapping[str, object], effective: Mapping[str, object]) -> Views:
        compiled = self._compiled
        model = compiled.operation.model_parameter
        units = {name: one.parameter.unit.value for name, one in self._parameters.items()}
        separators = {name: one.limits.separator for name, one in self._parameters.items()}
        return Views(sent, effective, compiled.models[self._name], model, separators, units)


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that must all hold for *condition* to hold."""
    match condition:
        case All(conditions):
            return tuple(part for one in conditions for part in _conjuncts(one))
        case _:
            return (condition,)


def _integers(enforced: Enforced, *, null: bool) -> Legal | None:
    low, high, step = enforced.low, enforced.high, enforced.step
    if isinstance(low, float) or isinstance(high, float) or isinstance(step, float):
        return None
    if low is not None and high is not None and (high - low) // (step or 1) < _MOST_LISTED:
        first = -(-low // (step or 1)) * (step or 1)
        return Legal(tuple(range(first, high + 1, step or 1)), null)
    steps = Atom(f"value % {literal(step)} == 0") if step is not None else TRUE
    return Legal(null=null, probe=Probe("int", low, high, steps))


def _texts(one: Constraint, enforced: Enforced, *, null: bool) -> Legal | None:
    if not isinstance(one.check, OneOf):
        return None
    texts = tuple(choice for choice in one.check.allowed(enforced.as_of) if isinstance(choice, str))
    return Legal(texts, null) if len(texts) == len(one.check.allowed(enforced.as_of)) else None


def _free_text(checks: Mapping[type, Constraint], *, null: bool) -> Legal | None:
    bounds = [one.check for one in checks.values()]
    if any(isinstance(one, MinLength | MaxLength) and one.unit is not Unit.CODE_POINTS for one in bounds):
        return None
    low = next((one.limit for one in bounds if isinstance(one, MinLength)), None)
    high = next((one.limit for one in bounds if isinstance(one, MaxLength)), None)
    return Legal(null=null, probe=Probe("str", low, high))


def _one_of(values: tuple[str | int, ...]) -> Atom:
    return Atom(f"value == {literal(values[0])}" if len(values) == 1 else f"value in {literal(values)}")
