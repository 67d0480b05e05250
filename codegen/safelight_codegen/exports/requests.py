"""The requests of an operation as JSON Schemas: one for each model, and one that finds the model in the request.

The schema of a model is about the requests that the API judges as that model's: they name it, or leave the model out
where the API would then take this one.  The schema of the operation asks by ``if`` for the model, and hands over.
What all models agree on it says once more by itself, for readers and for tools that do not follow an ``if``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final

from safelight.judging.interpret import Interpreter
from safelight.judging.lens import Lens
from safelight.model import ANY_MODEL, Json, KnownModel, Operation, Outcome, Spec
from safelight_codegen.exports.conditions import truth_of
from safelight_codegen.exports.keywords import Unsayable
from safelight_codegen.exports.schema import (
    NOT_NULL,
    Keywords,
    Schema,
    all_of,
    any_of,
    choice,
    field,
    implied,
    negated,
    one_of_values,
)
from safelight_codegen.exports.scope import absent
from safelight_codegen.exports.summary import summary
from safelight_codegen.exports.tables import TableSchema, table_schema
from safelight_codegen.exports.values import Unsaid, is_refused, nulls
from safelight_codegen.text import sentence

__all__ = ["Requests"]

_UNNAMED: Final = "\N{NULL}"
"""Stands for any model that the spec does not name."""


class Requests:
    """The schemas of the requests of one operation.

    Args:
        spec: The API.
        operation: One of its operations.
        lens: The day and the bases to judge by.
    """

    def __init__(self, spec: Spec, operation: Operation, lens: Lens) -> None:
        self.spec = spec
        self.operation = operation
        self.lens = lens
        self._tables: dict[str, TableSchema] = {}

    @property
    def models(self) -> tuple[str, ...]:
        """The models that exist on the day, under their canonical names; none where requests have no model."""
        if self.operation.model_parameter is None:
            return ()
        return tuple(name for name, model in self.spec.models.items() if model.exists(self.lens.as_of))

    @property
    def tables(self) -> tuple[TableSchema, ...]:
        """The tables that judge requests that may be accepted, in spec order."""
        parameter = self.operation.model_parameter
        if parameter is None:
            return (self.table(ANY_MODEL),)
        names = [*self.models, self._table_of(_UNNAMED)]
        if self._needs_any_model(parameter):
            names.append(ANY_MODEL)
        return tuple(self.table(name) for name in dict.fromkeys(name for name in names if name is not None))

    def table(self, name: str) -> TableSchema:
        """The schema of what one table says."""
        if name not in self._tables:
            self._tables[name] = table_schema(self.spec, self.operation, name, self.lens)
        return self._tables[name]

    @cached_property
    def accepted(self) -> tuple[tuple[str, str, str | None], ...]:
        """The cases of the spec that the API takes: the rule beside which each stands, its body as JSON, its model."""
        interpreter = Interpreter(self.spec, self.operation, as_of=self.lens.as_of, basis=self.lens.basis)
        found: list[tuple[str, str, str | None]] = []
        for rule in self.operation.rules:
            for case in rule.accepts:
                settled = interpreter.settle(dict(case.body))
                if not settled.refused:
                    found.append((rule.id, json.dumps(dict(case.body)), settled.model))
        return tuple(found)

    def unsaid(self, tables: Iterable[TableSchema]) -> tuple[Unsaid, ...]:
        """What JSON Schema has no form for, of what *tables* say and of how the model is chosen."""
        notes = [note for table in tables for note in table.unsaid]
        name = self.operation.model_parameter
        if name is not None:
            try:
                self._chosen(lambda table: table is not None)
            except Unsayable as error:
                id_ = f"{self.operation.name}.{name}.default"
                notes.append(Unsaid(id_, f"what {name} is by default depends on the request", str(error)))
        return tuple(dict.fromkeys(notes))

    def of_model(self, model: str) -> Keywords:
        """Say which requests the API takes that it judges as those of *model*, by itself."""
        name = self.operation.model_parameter or ""
        keywords = self.table(model).keywords
        try:
            chosen = self._chosen(lambda table: table == model)
        except Unsayable:
            chosen = True
        null = chosen is not False and nulls(self.table(ANY_MODEL).scope.parameters[name])
        names = [one for one, canonical in self.spec.names.items() if canonical == model]
        named: Keywords = {**keywords["properties"][name], "enum": [*names, *([None] if null else [])]}
        keywords |= {"properties": {**keywords["properties"], name: named}}
        if chosen is False:
            return keywords | {"required": list(dict.fromkeys((name, *keywords.get("required", ()))))}
        if chosen is True:
            return keywords
        default: Keywords = {
            "description": f"Without {name}, the API takes {model} only for these requests.",
            **_object(implied(absent(name, null=null), chosen)),
        }
        return keywords | {"allOf": [default, *keywords.get("allOf", ())]}

    def of_operation(self, reference: Callable[[str], str]) -> Keywords:
        """Say which requests the API takes.

        Args:
            reference: Gives the ``$ref`` for the schema of a table; the document must hold those of `tables`.
        """
        name = self.operation.model_parameter
        if name is None:
            return self.table(ANY_MODEL).keywords

        def branch(table: str | None) -> Schema:
            return False if table is None else {"$ref": reference(table)}

        return {
            "type": "object",
            "properties": {parameter: self._summary(parameter) for parameter in self.operation.parameters},
            "allOf": [_object(part) for part in self._branches(name, branch) if part is not True],
        }

    # --- the model ---

    def _table_of(self, value: Json) -> str | None:
        """The table that judges requests with this value for the model; None where they are refused for it."""
        if not isinstance(value, str):
            return ANY_MODEL
        canonical = self.spec.names.get(value)
        if canonical is not None and self.spec.models[canonical].exists(self.lens.as_of):
            return canonical
        policy = self.spec.unknown_model
        if policy.family is not None and canonical is None:
            return policy.family
        known = canonical is not None or policy.outcome is Outcome.REFUSE
        return None if known and self._knows_models() else ANY_MODEL

    def _knows_models(self) -> bool:
        """Tell whether it is in force that only known models may be named."""
        name = self.operation.model_parameter or ""
        constraints = self.operation.tables[ANY_MODEL].parameters[name].constraints
        return any(isinstance(one.check, KnownModel) and self.lens.in_force(one.provenance) for one in constraints)

    def _chosen(self, leaf: Callable[[str | None], Schema]) -> Schema:
        """Say what *leaf* says of the table that judges a request without a model; which one may depend on the request.

        Raises:
            Unsayable: JSON Schema has no form for what it depends on.
        """
        scope = self.table(ANY_MODEL).scope
        parameter = scope.parameters[self.operation.model_parameter or ""].parameter
        bare = replace(scope, defaults=False)
        found = leaf(self._table_of(parameter.default))
        for one in reversed(parameter.default_when):
            found = choice(truth_of(one.when, bare).true, leaf(self._table_of(one.value)), found)
        return found

    def _branches(self, name: str, branch: Callable[[str | None], Schema]) -> Iterator[Schema]:
        """Yield what is asked of requests by the model that they name."""
        enforced, closed = self.table(ANY_MODEL).scope.parameters[name], self._is_closed(name)
        by_table = self._names_by_table()
        for table, names in by_table.items():
            if table is not None or not closed:
                yield implied(field(name, one_of_values(names), required=True), branch(table))
        null = nulls(enforced)
        if is_refused(enforced.required):
            yield field(name, NOT_NULL if null else True, required=True)
        else:
            yield implied(absent(name, null=null), self._without_model(branch))
        if not closed:
            known = [one for names in by_table.values() for one in names]
            other = all_of(({"type": "string"}, negated(one_of_values(known))))
            yield implied(field(name, other, required=True), branch(self._table_of(_UNNAMED)))
        if self._takes_other_types(name):
            types = {"type": ["string", "null"] if null else "string"}
            yield implied(field(name, negated(types), required=True), branch(ANY_MODEL))

    def _is_closed(self, name: str) -> bool:
        """Tell whether a request that has a model must name one that the spec names."""
        return self._table_of(_UNNAMED) is None and not self._takes_other_types(name)

    def _names_by_table(self) -> Mapping[str | None, list[str]]:
        """The names that the spec knows, by the table that judges requests with them."""
        found: dict[str | None, list[str]] = {}
        for name in self.spec.names:
            found.setdefault(self._table_of(name), []).append(name)
        return found

    def _without_model(self, branch: Callable[[str | None], Schema]) -> Schema:
        """Say what is asked of requests without a model; if it cannot be said which model they get, any will do."""
        try:
            return self._chosen(branch)
        except Unsayable:
            parameter = self.table(ANY_MODEL).scope.parameters[self.operation.model_parameter or ""].parameter
            values = (parameter.default, *(one.value for one in parameter.default_when))
            return any_of(branch(self._table_of(value)) for value in values)

    def _takes_other_types(self, name: str) -> bool:
        """Tell whether the API takes a model that is no string, nor a null that counts as not sent."""
        enforced = self.table(ANY_MODEL).scope.parameters[name]
        return not is_refused(enforced.of_type) or not (nulls(enforced) or is_refused(enforced.not_null))

    def _needs_any_model(self, name: str) -> bool:
        """Tell whether a request may be accepted that is judged as one of any model."""
        parameter = self.table(ANY_MODEL).scope.parameters[name]
        values: list[Json] = [*self.spec.names, _UNNAMED]
        if not is_refused(parameter.required):
            values += [parameter.parameter.default, *(one.value for one in parameter.parameter.default_when)]
        return ANY_MODEL in map(self._table_of, values) or self._takes_other_types(name)

    # --- what is common ---

    def _summary(self, parameter: str) -> Keywords:
        doc = sentence(self.operation.tables[ANY_MODEL].parameters[parameter].doc)
        found = summary(doc, [(one.scope.parameters[parameter], one.properties[parameter]) for one in self.tables])
        if parameter != self.operation.model_parameter or self._takes_other_types(parameter):
            return found
        enforced = self.table(ANY_MODEL).scope.parameters[parameter]
        null = nulls(enforced) and not is_refused(enforced.required)
        found["type"] = ["string", "null"] if null else "string"
        if self._is_closed(parameter):
            names = [one for table, names in self._names_by_table().items() if table is not None for one in names]
            found["enum"] = [*names, None] if null else names
        return found


def _object(schema: Schema) -> Keywords:
    return {"not": {}} if schema is False else {} if schema is True else schema
