"""What the compilers of one operation share: its tables, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from safelight.judging.lens import separator_of
from safelight.model import (
    ANY_MODEL,
    AppliesTo,
    Constraint,
    Dated,
    Operation,
    Outcome,
    Parameter,
    Spec,
    Table,
)
from safelight_codegen.names import distinct, snake
from safelight_codegen.python.code.layout import TRUE, Predicate, all_of, any_of, negated
from safelight_codegen.python.code.predicates import Scope, among, in_force, in_time
from safelight_codegen.text import literal

__all__ = ["Compiled", "has_dated_models"]

_OWN: Final = ("doubts", "effective", "faults", "known_model", "named", "sent", "taken", "unknown_fields")
"""How the names of an operation's functions end that judge neither a parameter nor a rule."""

_MODELS: Final = "model_of"
"""What the function is called, after an underscore, that tells models for all operations."""

_RULE: Final = "rule "
"""Before the id of a rule where it could be taken for a path."""


@dataclass(frozen=True)
class Compiled:
    """An operation that is being compiled."""

    spec: Spec
    operation: Operation

    @cached_property
    def prefix(self) -> str:
        """What the names of the operation's functions start with, and those of no other operation.

        ``draw`` with a parameter ``more_size`` and ``draw_more`` with ``size`` have the same words: there, ``draw``
        gets an underscore more, which parts of names never begin with.
        """
        words = snake(self.operation.name)
        others = (*(snake(name) for name in self.spec.operations), _MODELS)
        return f"_{words}_" if any(other.startswith(f"{words}_") for other in others) else f"_{words}"

    @property
    def table_name(self) -> str:
        """The name of the constant that lists the parameters."""
        return f"{self.prefix.upper()}_PARAMETERS"

    def judge_name(self, path: str) -> str:
        """The name of the function that judges a parameter or a part of one, as in ``loras[].path``."""
        return self._names[path]

    def rule_name(self, rule: str) -> str:
        """The name of the function that judges a rule, by its id."""
        return self._names[f"{_RULE}{rule}"]

    def free_name(self, *words: str) -> str:
        """A name for a further function, which no parameter and no rule has taken."""
        return distinct(f"{self.prefix}_{snake(*words)}", self._names.values())

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """Names for all parameters, parts and rules: ``image.url`` and ``image_url`` are the same words, and two."""
        operation = self.operation
        paths = [path for one in operation.tables[ANY_MODEL].parameters.values() for path in _paths(one)]
        wanted = {path: snake(path.replace("[]", "_item")) for path in paths}
        wanted |= {f"{_RULE}{rule.id}": snake(rule.id.partition(".")[2]) for rule in operation.rules}
        used = {f"{self.prefix}_{name}" for name in _OWN}
        found: dict[str, str] = {}
        for what, words in wanted.items():
            found[what] = distinct(f"{self.prefix}_{words.removeprefix('_')}", used)
            used.add(found[what])
        return found

    @property
    def has_models(self) -> bool:
        """Whether a parameter chooses a model."""
        return self.operation.model_parameter is not None

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The tables that can judge a request: models, the family of unknown names, and the one for any model."""
        operation, policy = self.operation, self.spec.unknown_model
        if operation.model_parameter is None:
            return {ANY_MODEL: operation.tables[ANY_MODEL]}
        family = (policy.family,) if policy.outcome is Outcome.IGNORE and policy.family is not None else ()
        return {name: operation.tables[name] for name in (*self.spec.models, *family, ANY_MODEL)}

    @cached_property
    def models(self) -> Mapping[str, frozenset[str]]:
        """By name of a table: the canonical models that it stands for."""
        members = {name: frozenset(family.members) for name, family in self.spec.families.items()}
        return {
            name: members.get(name, frozenset({name}) if name in self.spec.models else frozenset())
            for name in self.tables
        }

    def scope(
        self,
        *,
        sent: str = "sent",
        effective: str = "effective",
        tables: tuple[str, ...] | None = None,
        typed: bool = False,
    ) -> Scope:
        """What conditions may look at.

        Args:
            sent: The variable that holds what was sent.
            effective: The variable that holds what is effective.
            tables: The tables that may judge the request there; None for all.
            typed: Whether values are known to be of their parameter's type, and a null to count as not sent.
        """
        chosen = self.models if tables is None else {name: self.models[name] for name in tables}
        return Scope(
            tables=chosen,
            model_parameter=self.operation.model_parameter,
            separators=self._separators,
            units=self._units,
            sent=sent,
            effective=effective,
            typed=typed,
        )

    @cached_property
    def _separators(self) -> Mapping[str, str]:
        """By parameter: what stands between the edges of its sizes, as source."""
        return {name: self._by_model(name, separator_of, usual="x") for name in self.operation.parameters}

    @cached_property
    def _units(self) -> Mapping[str, str]:
        """By parameter: what its length counts, as source."""
        return {name: self._by_model(name, _unit, usual="code points") for name in self.operation.parameters}

    def _by_model(self, name: str, ask: Callable[[Parameter], str], *, usual: str) -> str:
        """Write what may differ by model as source: a literal, unless it does."""
        found = {table: ask(parameter) for table, parameter in self.parameter(name).items()}
        values = set(found.values())
        if len(values) == 1:
            return literal(values.pop())
        unusual = {table: value for table, value in found.items() if value != usual}
        return f'{literal(unusual)}.get(model or "", {literal(usual)})'

    def parameter(self, name: str) -> Mapping[str, Parameter]:
        """One parameter, by table."""
        return {table: found.parameters[name] for table, found in self.tables.items()}

    def barred(self, name: str) -> Predicate:
        """Compile the question whether a parameter may not be sent at all: for the model, or on the reader's day."""
        parameters = self.parameter(name)
        bars: dict[Predicate, list[str]] = {}
        for table, parameter in parameters.items():
            bars.setdefault(any_of(_bar(one, parameter) for one in parameter.constraints), []).append(table)
        return any_of(all_of((among(tables, parameters), bar)) for bar, tables in bars.items())

    def surely_applies(self, table: str, name: str) -> bool | None:
        """Whether a table's model takes a parameter; None where that depends on the reader."""
        return self._surely_applies[table][name]

    @cached_property
    def _surely_applies(self) -> Mapping[str, Mapping[str, bool | None]]:
        """By table and parameter, what `surely_applies` tells."""
        return {
            name: {key: _surely_applies(parameter) for key, parameter in table.parameters.items()}
            for name, table in self.tables.items()
        }


def has_dated_models(spec: Spec) -> bool:
    """Tell whether models come and go, so that which exist depends on the reader's day."""
    return any(model.since or model.retired for model in spec.models.values())


def _paths(parameter: Parameter) -> Iterator[str]:
    """Yield the path of a parameter, and those of its parts."""
    yield parameter.name
    for inner in (*parameter.members, *(() if parameter.items is None else (parameter.items,))):
        yield from _paths(inner)


def _unit(parameter: Parameter) -> str:
    return parameter.unit.value


def _surely_applies(parameter: Parameter) -> bool | None:
    bar = any_of(_bar(one, parameter) for one in parameter.constraints)
    return False if bar == TRUE else True if negated(bar) == TRUE else None


def _bar(one: Constraint, parameter: Parameter) -> Predicate:
    match one.check:
        case Dated(since, until):
            return all_of((in_force(one.provenance), negated(in_time(since, until))))
        case AppliesTo():
            return in_force(one.provenance) if not parameter.applies else negated(TRUE)
        case _:
            return negated(TRUE)
