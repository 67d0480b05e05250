"""The rules across parameters of one operation, as functions of the validators.

A rule looks at what was sent and at what is effective: what was sent, after corrections where the API corrects, and the
defaults of what was not.  Only the defaults that some rule looks at are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from safelight.model import (
    ABSENT,
    ANY_MODEL,
    Condition,
    Json,
    Outcome,
    Parameter,
    Rule,
    SizeOf,
    SumOf,
    Value,
    View,
)
from safelight.vocabulary.index import identified
from safelight.vocabulary.mentions import tests_of
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import TRUE, Atom, Predicate, all_of, collection, negated
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.code.predicates import Scope, among, in_force, surely
from safelight_codegen.python.code.steps import Fault, Line, Step, Steps, choice, settings, when
from safelight_codegen.python.validation.functions import VIOLATIONS, call, function
from safelight_codegen.text import literal, sentence

__all__ = ["Rules"]

_CORRECTING: Final = frozenset({Outcome.DROP, Outcome.IGNORE, Outcome.REPLACE})
_LONGEST_WHY: Final = 110


class Rules:
    """The rules of one operation."""

    def __init__(self, compiled: Compiled, taken: str) -> None:
        """Take the operation, and how to write the names of the parameters that the request's model takes."""
        self._compiled = compiled
        self._prefix = compiled.prefix
        self._taken = taken
        self._rules = [(rule, made) for rule in compiled.operation.rules if (made := self._function(rule)) is not None]

    def functions(self) -> Iterator[view.Function]:
        """Yield the function that works out what is effective, then one for each rule."""
        if self._looks_at_effective:
            yield self._effective
        yield from (made for _, made in self._rules)

    @cached_property
    def _looks_at_effective(self) -> bool:
        return any("effective" in made.arguments for _, made in self._rules)

    @property
    def any(self) -> bool:
        """Whether there is a rule to judge."""
        return bool(self._rules)

    def gathered(self) -> Steps:
        """Keep in mind what was *found* wrong with the parameter *name*, and whether that is at fault by itself."""
        at_fault = Atom('any(one.outcome != "warn" for one in found)') if self._warns else TRUE
        kept = (Line("faults[name] = found"),) if self.corrects else ()
        return (*kept, *when(at_fault, Line("faulty.add(name)")))

    def steps(self) -> Iterator[Step]:
        """Judge each rule of which no parameter is at fault by itself.

        The steps know ``sent``, ``faults`` and ``faulty``.
        """
        if self.corrects:
            yield Line(f"corrected = settled(sent, faults, {self._taken})")
        effective = (Line(f"effective = {call(self._effective)}"),) if self._looks_at_effective else ()
        yield from effective
        for rule, made in self._rules:
            steps: Steps = (Line(f"told += {call(made)}"),)
            if rule.outcome in _CORRECTING:
                if rule.outcome is Outcome.REPLACE:
                    correction = f"corrected[{literal(rule.parameter)}] = {literal(rule.replacement)}"
                else:
                    correction = f"corrected.pop({literal(rule.parameter)}, None)"
                corrections = when(Atom("broken"), Line(correction), *effective)
                steps = (Line(f"broken = {call(made)}"), Line("told += broken"), *corrections)
            yield from when(Atom(f"faulty.isdisjoint({literal(rule.parameters)})"), *steps)

    # --- one rule ---

    def _function(self, rule: Rule) -> view.Function | None:
        """Make the function that judges a rule; None for one that no request of this spec can break."""
        compiled = self._compiled
        scope = compiled.scope()
        about: Predicate = TRUE
        if rule.models is not None:
            names = [name for name, models in compiled.models.items() if models and models <= rule.models]
            about = among(names, compiled.tables)
        broken = all_of(
            (
                in_force(rule.provenance),
                about,
                surely(rule.when, scope, true=True),
                surely(rule.require, scope, true=False),
            )
        )
        fault = Fault(
            rule=rule.id,
            parameter=literal(rule.parameter),
            value=f"sent.get({literal(rule.parameter)})",
            requirement=rule.requirement,
            nearest=literal(rule.replacement) if rule.replacement is not None else "",
            basis=rule.provenance.basis.value,
            outcome=rule.outcome.value,
        )
        steps = when(broken, fault)
        if not steps:
            return None
        why = sentence(rule.why)
        doc = why if len(why) <= _LONGEST_WHY else f"Judge the rule {rule.id}."
        prelude = settings(scope.locals)
        return function(compiled.rule_name(rule.id), VIOLATIONS, doc, (*prelude, *steps))

    @property
    def _warns(self) -> bool:
        """Whether a parameter may break a constraint of which the API merely warns."""
        outcomes = {one.outcome for one in identified(self._compiled.operation).values()}
        return Outcome.WARN in outcomes | {self._compiled.spec.unknown_model.outcome}

    # --- what is effective ---

    @cached_property
    def _read(self) -> tuple[str, ...]:
        """The parameters whose effective value some rule looks at, in spec order."""
        read = {
            value.parameter
            for rule, _ in self._rules
            for value in (*_values(rule.when), *_values(rule.require))
            if value.view is View.EFFECTIVE and value.parameter != self._compiled.operation.model_parameter
        }
        return tuple(name for name in self._compiled.operation.parameters if name in read)

    @cached_property
    def corrects(self) -> bool:
        """Whether the API goes on with something else than what was sent, or a default depends on that."""
        operation = self._compiled.operation
        return (
            any(rule.outcome in _CORRECTING for rule, _ in self._rules)
            or any(
                one.outcome is not Outcome.REFUSE
                for table in self._compiled.tables.values()
                for parameter in table.parameters.values()
                for one in parameter.constraints
            )
            or any(
                value.view is View.EFFECTIVE and value.parameter != operation.model_parameter
                for name in self._read
                for parameter in self._compiled.parameter(name).values()
                for conditional in parameter.default_when
                for value in _values(conditional.when)
            )
        )

    @cached_property
    def defaults(self) -> view.Constant | None:
        """What holds without being sent, where nothing but the model decides; None where that is nothing."""
        by_table: dict[str | None, dict[str, Json]] = {}
        for table in self._compiled.tables:
            key = None if table == ANY_MODEL else table
            by_table[key] = {
                name: parameter.default
                for name in self._read
                for parameter in (self._compiled.tables[table].parameters[name],)
                if self._is_plain(name) and parameter.default is not ABSENT
                if self._compiled.surely_applies(table, name)
            }
        if not any(by_table.values()):
            return None
        name = f"{self._prefix.upper()}_DEFAULTS"
        some, *others = by_table.values()
        if all(other == some for other in others):
            items = [f"{literal(key)}: {literal(value)}" for key, value in some.items()]
            return view.Constant(name=name, text=collection(f"{name}: Final[Body] = {{", items, "}", 0))
        items = [f"{literal(key)}: {literal(value)}" for key, value in by_table.items()]
        before = f"{name}: Final[Mapping[str | None, Body]] = {{"
        return view.Constant(name=name, text="\n".join((before, *(f"    {item}," for item in items), "}")))

    def _is_plain(self, name: str) -> bool:
        """Whether only the model decides on the default of a parameter."""
        parameters = self._compiled.parameter(name)
        return not any(one.default_when for one in parameters.values()) and not any(
            self._compiled.surely_applies(table, name) is None for table in parameters
        )

    @cached_property
    def _effective(self) -> view.Function:
        held = "corrected" if self.corrects else "sent"
        defaults = self.defaults
        parts = [f"**{held}"]
        if defaults is not None:
            by_model = "Mapping[str | None" in defaults.text
            parts.insert(0, f"**{defaults.name}[model]" if by_model else f"**{defaults.name}")
        conditional = [name for name in self._read if not self._is_plain(name)]
        if not conditional:
            steps: Steps = (Line(f"return {{{', '.join(parts)}}}"),)
        else:
            scope = self._compiled.scope(effective=held)
            settled = [step for name in conditional for step in self._default(name, held, scope)]
            prelude = settings(scope.locals)
            steps = (*prelude, Line(f"effective = {{{', '.join(parts)}}}"), *settled, Line("return effective"))
        return function(
            f"{self._prefix}_effective", "dict[str, Any]", "What holds: what was sent, and defaults of the rest.", steps
        )

    def _default(self, name: str, held: str, scope: Scope) -> Iterator[Step]:
        """Set a default that more than the model decides on."""
        tables = self._compiled.parameter(name)
        groups: dict[Steps, list[str]] = {}
        for table, parameter in tables.items():
            groups.setdefault(self._settled(parameter, scope), []).append(table)
        by_table = choice([(among(names, tables), steps) for steps, names in groups.items()])
        if len(groups) == 1:
            by_table = next(iter(groups))
        absent = Atom(f"{literal(name)} not in {held}")
        yield from when(all_of((absent, negated(self._compiled.barred(name)))), *by_table)

    def _settled(self, parameter: Parameter, scope: Scope) -> Steps:
        def use(value: Json) -> Steps:
            return (Line(f"effective[{literal(parameter.name)}] = {literal(value)}"),)

        cases = [(surely(one.when, scope, true=True), use(one.value)) for one in parameter.default_when]
        return choice(cases, () if parameter.default is ABSENT else use(parameter.default))


def _values(condition: Condition) -> Iterator[Value]:
    """Yield the values that a condition looks at."""
    for test in tests_of(condition):
        match test.operand:
            case Value():
                yield test.operand
            case SumOf(values):
                yield from values
            case SizeOf(width, height):
                yield from (width, height)
            case _:
                pass
