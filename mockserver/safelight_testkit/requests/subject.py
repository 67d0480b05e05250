"""What is tested: one operation of a spec, as of one day and by some bases.

The requests of an operation fall into columns, one for each way to be judged: a model, the family that unknown names
count as, or, where there is no model to name or none that is known, what is true of any.  The interpreter is the oracle
of everything that is made here: no body leaves this package without having been judged by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final

from safelight.judging.interpret import DOCUMENTED, Interpreter, Settlement, bases
from safelight.judging.lens import Enforced, Lens, enforce
from safelight.judging.truth import holds
from safelight.model import ANY_MODEL, CountOf, Operation, Outcome, Rule, SizeOf, Spec, SumOf, Table, Test, Value
from safelight.vocabulary.mentions import parameters_of, tests_of

UNLISTED: Final = "unlisted-model"
"""A model name that no spec should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One way for a request to be judged.

    Attributes:
        name: The model, the family, or `ANY_MODEL`; reports call it so.
        table: The parameters as they are taken.
        models: The models that it stands for.
        sends: What a request sends to name its model, the canonical name first; empty where it names none.
    """

    name: str
    table: Table
    models: frozenset[str]
    sends: tuple[str, ...]


class State(StrEnum):
    """What a rule says of a request.

    A rule is *silent* where it does not apply although its requirement is not met: only there would a rule that forgot
    its condition be noticed.
    """

    BROKEN = "broken"
    HELD = "held"
    SILENT = "silent"


class Subject:
    """One operation of a spec, as of one day and by some bases, with all that follows from these."""

    def __init__(
        self, spec: Spec, operation: Operation, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
    ) -> None:
        """Choose what is tested.

        Args:
            spec: The spec.
            operation: One of its operations.
            as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
            basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.

        Raises:
            ValueError: *basis* names no basis, or leaves out ``documented``.
        """
        self.spec = spec
        self.operation = operation
        self.lens = Lens(as_of or spec.revised, bases(basis))
        self._interpreter = Interpreter(spec, operation, as_of=self.lens.as_of, basis=self.lens.basis)
        self._enforced: dict[str, Mapping[str, Enforced]] = {}

    def settle(self, body: object) -> Settlement:
        """What *body* comes to."""
        return self._interpreter.settle(body)

    def broken(self, body: object) -> tuple[str, ...]:
        """The ids of the constraints that *body* breaks, in spec order."""
        return tuple(violation.rule for violation in self.settle(body).violations)

    # --- columns ---

    @cached_property
    def anyone(self) -> Column:
        """The column that judges requests whose model is not known, or all requests where there are no models."""
        return Column(name=ANY_MODEL, table=self.operation.tables[ANY_MODEL], models=frozenset(), sends=())

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column in which a request can be valid by naming its model, in spec order."""
        spec, tables = self.spec, self.operation.tables
        if self.operation.model_parameter is None:
            return (self.anyone,)
        found = [
            Column(
                name=name,
                table=tables[name],
                models=frozenset({name}),
                sends=tuple(sent for sent, meant in spec.names.items() if meant == name),
            )
            for name, model in spec.models.items()
            if model.exists(self.lens.as_of)
        ]
        family = self.spec.unknown_model.family
        if self.spec.unknown_model.outcome is Outcome.IGNORE and family is not None:
            members = frozenset(spec.families[family].members)
            found.append(Column(name=family, table=tables[family], models=members, sends=(UNLISTED,)))
        return tuple(found)

    def enforced(self, column: Column) -> Mapping[str, Enforced]:
        """The parameters of *column* with the constraints that count, in spec order."""
        found = self._enforced.get(column.name)
        if found is None:
            parameters = column.table.parameters.items()
            found = {name: enforce(parameter, column.table.name, self.lens) for name, parameter in parameters}
            self._enforced[column.name] = found
        return found

    # --- rules ---

    def rules(self, column: Column) -> tuple[Rule, ...]:
        """The rules that may be judged in *column*, in spec order."""
        return tuple(
            rule
            for rule in self.operation.rules
            if self.lens.in_force(rule.provenance)
            and (rule.models is None or (column.models and column.models <= rule.models))
        )

    def reach(self, column: Column, rule: Rule) -> tuple[str, ...]:
        """The parameters that decide whether *rule* is broken: those it names, and those that choose their defaults."""
        found = dict.fromkeys(name for name in rule.parameters if name != self.operation.model_parameter)
        for name in tuple(found):
            for conditional in column.table.parameters[name].default_when:
                found.update(dict.fromkeys(parameters_of(conditional.when)))
        return tuple(name for name in column.table.parameters if name in found)

    def tests(self, column: Column, rules: Iterable[Rule]) -> Mapping[str, tuple[Test, ...]]:
        """Every test that *rules* and conditional defaults make of a parameter, by the parameter's name."""
        conditions = [part for rule in rules for part in (rule.when, rule.require)]
        conditions += [one.when for parameter in column.table.parameters.values() for one in parameter.default_when]
        found: dict[str, list[Test]] = {}
        for condition in conditions:
            for test in tests_of(condition):
                for name in operands(test):
                    found.setdefault(name, []).append(test)
        return {name: tuple(dict.fromkeys(tests)) for name, tests in found.items()}

    def state(self, settlement: Settlement, rule: Rule) -> State | None:
        """What *rule* says of a request whose parameters are all legal by themselves; None where it shows nothing.

        What other rules may have corrected is looked at as it was sent: a body that is to break nothing else has
        nothing to correct.
        """
        sent = {name: value for name, value in settlement.sent.items() if name != self.operation.model_parameter}
        views = replace(settlement.views, effective={**settlement.effective, **sent})
        applies = holds(rule.when, views) is True
        met = holds(rule.require, views) is not False
        if applies:
            return State.HELD if met else State.BROKEN
        return None if met else State.SILENT


def operands(test: Test) -> tuple[str, ...]:
    """The parameters that a test looks at."""
    match test.operand:
        case Value(parameter):
            return (parameter,)
        case CountOf(parameters):
            return parameters
        case SumOf(values):
            return tuple(value.parameter for value in values)
        case SizeOf(width, height):
            return width.parameter, height.parameter
