"""Merging what a parameter says for all models, for a family and for one model into one table per model.

Each key of a domain is taken from the most specific layer that states it: the model, its family, the parameter itself.
The layer that stated a constraint gives it the ``@scope`` of its id, and its basis and source where the constraint
does not say them.  The table of `ANY_MODEL` keeps only keys that no layer overrides: they are true of every model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from safelight.diagnostic import Report
from safelight.model import (
    ABSENT,
    ANY_MODEL,
    AppliesTo,
    Basis,
    Check,
    Choice,
    ConditionalDefault,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Grammar,
    Json,
    KnownModel,
    MaxEdge,
    Maximum,
    MaxItems,
    MaxLength,
    MaxPixels,
    MaxRatio,
    MinEdge,
    Minimum,
    MinItems,
    MinLength,
    MinPixels,
    MinRatio,
    MultipleOf,
    NotNull,
    OfType,
    OneOf,
    Outcome,
    Parameter,
    Pattern,
    Place,
    Provenance,
    Required,
    Table,
    Type,
    Unit,
    UnknownPolicy,
    View,
)
from safelight.records import dataclass
from safelight.vocabulary.wording import requirement

from .conditions import ConditionReader, models_of, ratio
from .document import ChoiceDoc, DomainDoc, ParameterDoc
from .forms import DOMAIN_KEYS, GRAMMAR, can, check_outcome, check_parameter, is_stated, overridden
from .names import Names
from .nodes import Entries, Node, Scalar, scalar_to_json, to_json
from .shape import UNREADABLE, Stated, read, read_record

_UNSTATED: Final = frozenset({"default", "unit", "becomes", "any_case"})
"""Keys that constrain nothing by themselves, and so have no provenance."""


@dataclass(frozen=True, slots=True)
class _Layer:
    scope: str | None
    domain: DomainDoc


@dataclass(frozen=True, slots=True)
class _Found:
    """The value of one domain key, and the layer it was taken from."""

    value: Any
    layer: _Layer


def tables(
    operation: str, parameters: Mapping[str, ParameterDoc], names: Names, conditions: ConditionReader
) -> Mapping[str, Table]:
    """Build the tables of an operation, for each model, each family, and for any model."""
    builders = [_Builder(operation, name, doc, names, conditions) for name, doc in parameters.items()]
    for name, builder in zip(parameters, builders, strict=True):
        builder.check(name)
    scopes: list[tuple[str, tuple[str, ...]]] = [(ANY_MODEL, ())]
    scopes += [(family, (family,)) for family in names.families]
    scopes += [(model.name, (*model.families, model.name)) for model in names.models.values()]
    made = {name: {builder.name: builder.build(name, scope) for builder in builders} for name, scope in scopes}
    for group, members in ((ANY_MODEL, names.models), *((family, names.members[family]) for family in names.families)):
        for name, parameter in made[group].items():
            listed = dict.fromkeys(text for model in members for text in made[model][name].spellings)
            made[group][name] = replace(parameter, others=tuple(listed))
    return MappingProxyType({name: Table(name, MappingProxyType(made[name])) for name, _ in scopes})


class _Builder:
    """Builds one parameter for any table."""

    def __init__(self, prefix: str, name: str, doc: ParameterDoc, names: Names, conditions: ConditionReader) -> None:
        self.name = name
        self._id = f"{prefix}.{name}"
        self._doc = doc
        self._names = names
        self._report = report = conditions.report
        self._base = _Layer(None, doc)
        self._titles = names.titles
        self._overridden = overridden(doc)
        self._made: dict[tuple[str, Check], Constraint] = {}
        self._choices: dict[int, tuple[Choice, ...]] = {}
        self._defaults = tuple(
            ConditionalDefault(conditions.read(one.when, View.SENT), one.use, one.place) for one in doc.default_when
        )
        self._applies_to = (
            AppliesTo(
                doc.applies_to.is_,
                frozenset(models_of(doc.applies_to.is_, names.members, doc.applies_to.place, report)),
            )
            if doc.applies_to
            else None
        )
        self._items = self._nested("[]", doc.items, conditions) if doc.items is not None else None
        self._members = [
            builder
            for key, node in (doc.members or {}).items()
            if (builder := self._nested(f".{key}", node, conditions)) is not None
        ]
        self._json_defaults = {
            id(domain): to_json(domain.default, report)
            for domain in (doc, *doc.per_model.values())
            if domain.default is not None
        }
        self._becomes = {
            id(domain): self._becoming(domain.becomes)
            for domain in (doc, *doc.per_model.values())
            if domain.becomes is not None
        }

    def _becoming(self, node: Node) -> Mapping[str, Json]:
        """What values stand for; nothing where that cannot be read."""
        found = read(node, Mapping[str, Any], self._report, "the key 'becomes'")
        return MappingProxyType({}) if found is UNREADABLE else found

    def _nested(self, suffix: str, node: Node, conditions: ConditionReader) -> _Builder | None:
        doc = read_record(node, ParameterDoc, self._report, f"the part {suffix!r} of {self.name!r}")
        if doc is UNREADABLE:
            return None
        prefix = self._id.removesuffix(self.name)[:-1]
        return _Builder(prefix, f"{self.name}{suffix}", doc, self._names, conditions)

    def check(self, key: str | None, *, nested: bool = False) -> None:
        """Report what is wrong with the parameter as it is written; once for all tables."""
        check_parameter(self._doc, key, self._names, self._report, nested=nested)
        if self._items:
            self._items.check(None, nested=True)
        for member in self._members:
            member.check(member.name.removeprefix(f"{self.name}."), nested=True)

    def build(self, table: str, scopes: tuple[str, ...]) -> Parameter:
        """Build the parameter for one table; *scopes* go from general to specific."""
        layers = [
            self._base,
            *(_Layer(scope, self._doc.per_model[scope]) for scope in scopes if scope in self._doc.per_model),
        ]
        found = {key: one for key in DOMAIN_KEYS if (one := self._find(key, layers, table)) is not None}
        doc = self._doc
        required = "required" in found and found["required"].value.is_
        nullable = found["nullable"].value.is_ if "nullable" in found else not required
        default = found.get("default")
        return Parameter(
            name=self.name,
            type=doc.type,
            doc=doc.doc,
            constraints=tuple(self._constraints(found, table, required=required, nullable=nullable)),
            applies=self._takes(table),
            required=required,
            nullable=nullable,
            default=ABSENT if default is None else self._json_defaults[id(default.layer.domain)],
            default_when=() if default is None and "default" in self._overridden else self._defaults,
            unit=found["unit"].value if "unit" in found else Unit.CODE_POINTS,
            becomes=self._becomes[id(found["becomes"].layer.domain)] if "becomes" in found else MappingProxyType({}),
            items=self._items.build(table, scopes) if self._items else None,
            members=tuple(builder.build(table, scopes) for builder in self._members),
            unknown_members=self._unknown_members(),
            place=doc.place,
            places=MappingProxyType({key: found[key].value.place for key in ("default", "becomes") if key in found}),
        )

    def _takes(self, table: str) -> bool:
        """Tell whether the model, or every model of the family, takes the parameter.  Any model may."""
        if self._applies_to is None or table == ANY_MODEL:
            return True
        return self._applies_to.models.issuperset(self._names.members[table])

    def _find(self, key: str, layers: list[_Layer], table: str) -> _Found | None:
        if table == ANY_MODEL and key in self._overridden:
            return None
        for layer in reversed(layers):
            if is_stated(layer.domain, key):
                return _Found(getattr(layer.domain, key), layer)
        return None

    def _constraints(
        self, found: Mapping[str, _Found], table: str, *, required: bool, nullable: bool
    ) -> Iterator[Constraint]:
        doc = self._doc
        if doc.since or doc.until:
            yield self._plain(Dated(doc.since, doc.until))
        if required and self._takes(table) and (table != ANY_MODEL or self._applies_to is None):
            yield self._constraint(found["required"], Required())
        if self._applies_to and doc.applies_to and table != ANY_MODEL:
            yield self._constraint(_Found(doc.applies_to, self._base), self._applies_to)
        if not nullable and "nullable" in found:
            yield self._constraint(found["nullable"], NotNull())
        elif not nullable:
            yield self._must_not_be_null(found["required"])
        yield self._plain(OfType(doc.type))
        if doc.type is Type.MODEL:
            yield self._plain(KnownModel(self._names.takes_others))
        for key, check in self._checks(found):
            yield self._constraint(found[key], check)

    def _checks(self, found: Mapping[str, _Found]) -> Iterable[tuple[str, Check]]:  # noqa: C901, PLR0912 - one line a check
        stated: dict[str, Stated[Json]] = {key: one.value for key, one in found.items() if key not in _UNSTATED}
        values = {key: one.is_ for key, one in stated.items()}
        unit = found["unit"].value if "unit" in found else Unit.CODE_POINTS
        tokens = self._choices_of(found["values"]) if "values" in found else ()
        if "grammar" in values:
            match = GRAMMAR.fullmatch(values["grammar"])
            yield "grammar", Grammar(match["separator"] if match else "x", tokens)
        elif "values" in values:
            yield "values", OneOf(tokens, any_case="any_case" in found and found["any_case"].value)
        if "minimum" in values:
            yield "minimum", Minimum(values["minimum"])
        if "maximum" in values:
            yield "maximum", Maximum(values["maximum"])
        if "multiple_of" in values:
            step = values["multiple_of"]
            yield "multiple_of", EdgesMultipleOf(step) if self._doc.type is Type.SIZE else MultipleOf(step)
        if "min_length" in values:
            yield "min_length", MinLength(values["min_length"], unit)
        if "max_length" in values:
            yield "max_length", MaxLength(values["max_length"], unit)
        if "pattern" in values:
            yield "pattern", Pattern(values["pattern"])
        if "min_items" in values:
            yield "min_items", MinItems(values["min_items"])
        if "max_items" in values:
            yield "max_items", MaxItems(values["max_items"])
        if "min_edge" in values:
            yield "min_edge", MinEdge(values["min_edge"])
        if "max_edge" in values:
            yield "max_edge", MaxEdge(values["max_edge"])
        if "min_ratio" in values:
            yield "min_ratio", MinRatio(ratio(values["min_ratio"]) or Fraction(1))
        if "max_ratio" in values:
            yield "max_ratio", MaxRatio(ratio(values["max_ratio"]) or Fraction(1))
        if "min_pixels" in values:
            yield "min_pixels", MinPixels(values["min_pixels"])
        if "max_pixels" in values:
            yield "max_pixels", MaxPixels(values["max_pixels"])

    def _choices_of(self, found: _Found) -> tuple[Choice, ...]:
        key = id(found.value)
        if key not in self._choices:
            self._choices[key] = tuple(self._choice(node) for node in found.value.is_)
        return self._choices[key]

    def _choice(self, node: Node) -> Choice:
        if isinstance(node, Scalar):
            return Choice(scalar_to_json(node, self._report), place=node.place)
        doc = read_record(node, ChoiceDoc, self._report, "a value") if isinstance(node, Entries) else None
        if doc is UNREADABLE:
            return Choice(None)
        if doc is None or isinstance(doc.is_, list | dict):
            self._report.add(node.place, "E203", "a legal value is text, a number, true or false")
            return Choice(None)
        return Choice(doc.is_, doc.since, doc.until, node.place)

    def _constraint(self, found: _Found, check: Check) -> Constraint:
        return self._make(check, found.layer, found.value)

    def _plain(self, check: Check) -> Constraint:
        return self._make(check, self._base, None)

    def _must_not_be_null(self, required: _Found) -> Constraint:
        """What must be sent must not be null either; the one is known as the other is."""
        stated: Stated[bool] = required.value
        return self._make(NotNull(), required.layer, replace(stated, outcome=None, replace_with=None, error=None))

    def _make(self, check: Check, layer: _Layer, stated: Stated[Any] | None) -> Constraint:
        """Make a constraint, or give the one that another table has already."""
        id_ = f"{self._id}.{check.kind}{f'@{layer.scope}' if layer.scope else ''}"
        found = self._made.get((id_, check))
        if found is None:
            found = self._made[id_, check] = self._new(id_, check, layer, stated)
        return found

    def _new(self, id_: str, check: Check, layer: _Layer, stated: Stated[Any] | None) -> Constraint:
        if stated is not None:
            check_outcome(stated, check, self._report)
        general = self._doc.outcome or Outcome.REFUSE
        return Constraint(
            id=id_,
            check=check,
            requirement=requirement(self.name, check, self._titles, layer.scope, self._names.revised),
            provenance=Provenance(
                basis=(stated and stated.basis) or layer.domain.basis or self._doc.basis or Basis.DOCUMENTED,
                source=(stated and stated.source) or layer.domain.source or self._doc.source,
                since=stated.since if stated else None,
                until=stated.until if stated else None,
            ),
            outcome=(stated and stated.outcome) or (general if can(general, check) else Outcome.REFUSE),
            replacement=stated.replace_with if stated else None,
            error=(stated and stated.error) or {},
            place=stated.place if stated else self._doc.place,
        )

    def _unknown_members(self) -> UnknownPolicy | None:
        if self._doc.members is None:
            return None
        stated = self._doc.unknown_members
        return unknown_policy(f"{self._id}.unknown_members", stated, self._doc.place, self._doc.source, self._report)


_NEEDING_A_VALUE: Final = frozenset({Outcome.CLAMP, Outcome.TRUNCATE, Outcome.REPLACE})


def unknown_policy(
    id_: str, stated: Stated[Outcome] | None, place: Place, source: str | None, report: Report
) -> UnknownPolicy:
    """Say what happens to fields that are not named; without a word from the spec, they are refused."""
    if stated and stated.is_ in _NEEDING_A_VALUE:
        report.add(stated.place, "E204", f"nothing says to which value an unknown field is {stated.is_}d")
    return UnknownPolicy(
        id=id_,
        outcome=stated.is_ if stated else Outcome.REFUSE,
        provenance=Provenance(
            basis=(stated and stated.basis) or Basis.DOCUMENTED,
            source=(stated and stated.source) or source,
            since=stated.since if stated else None,
            until=stated.until if stated else None,
        ),
        place=stated.place if stated else place,
    )
