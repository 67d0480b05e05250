"""Merging what a parameter says for all models, for a family and for one model into one table per model.

Each key of a domain is taken from the most specific layer that states it: the model, its family, the parameter itself.
The layer that stated a constraint gives it the ``@scope`` of its id, and its basis and source where the constraint
does not say them.  The table of `ANY_MODEL` keeps only keys that no layer overrides: they are true of every model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from safelight.conditions import ConditionReader, models_of, ratio
from safelight.diagnostic import suggest
from safelight.document import ChoiceDoc, DomainDoc, ParameterDoc
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
    Family,
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
    Model,
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
    Source,
    Table,
    Type,
    Unit,
    UnknownPolicy,
    View,
)
from safelight.nodes import Entries, Node, to_json
from safelight.shape import UNREADABLE, Number, Stated, read_record
from safelight.wording import requirement

_GRAMMAR: Final = re.compile(r"WIDTH(?P<separator>[x*:])HEIGHT")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_FITTING: Final[Mapping[str, frozenset[Type]]] = {
    "values": frozenset({Type.STRING, Type.INTEGER, Type.NUMBER, Type.BOOLEAN, Type.SIZE}),
    "minimum": frozenset({Type.INTEGER, Type.NUMBER}),
    "maximum": frozenset({Type.INTEGER, Type.NUMBER}),
    "multiple_of": frozenset({Type.INTEGER, Type.NUMBER, Type.SIZE}),
    "min_length": frozenset({Type.STRING}),
    "max_length": frozenset({Type.STRING}),
    "unit": frozenset({Type.STRING}),
    "pattern": frozenset({Type.STRING}),
    **dict.fromkeys(
        ("grammar", "min_edge", "max_edge", "min_ratio", "max_ratio", "min_pixels", "max_pixels"),
        frozenset({Type.SIZE}),
    ),
    **dict.fromkeys(("min_items", "max_items", "items"), frozenset({Type.ARRAY})),
    **dict.fromkeys(("members", "unknown_members"), frozenset({Type.OBJECT})),
}
"""Which keys fit which types; keys that are not listed fit all."""

_LEAST: Final[Mapping[str, int]] = {
    **dict.fromkeys(("min_edge", "max_edge", "min_pixels", "max_pixels"), 1),
    **dict.fromkeys(("min_length", "max_length", "min_items", "max_items"), 0),
}
"""The least sensible limits."""

_DOMAIN_KEYS: Final = (
    "required", "nullable", "default", "values", "minimum", "maximum", "multiple_of", "min_length", "max_length",
    "unit", "pattern", "grammar", "min_edge", "max_edge", "min_ratio", "max_ratio", "min_pixels", "max_pixels",
    "min_items", "max_items", "becomes",
)  # fmt: skip


_UNSTATED: Final = frozenset({"default", "unit", "becomes"})
"""Keys that constrain nothing by themselves, and so have no provenance."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that an operation's parameters may use, and the day that its texts describe."""

    families: Mapping[str, Family]
    models: Mapping[str, Model]
    members: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, Source]
    revised: date

    @property
    def titles(self) -> Mapping[str, str]:
        """Family names with their titles, for people."""
        return {name: family.title for name, family in self.families.items()}


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
    for builder in builders:
        builder.check_form()
    scopes: list[tuple[str, tuple[str, ...]]] = [(ANY_MODEL, ())]
    scopes += [(family, (family,)) for family in names.families]
    scopes += [(model.name, (*model.families, model.name)) for model in names.models.values()]
    return MappingProxyType(
        {
            name: Table(name, MappingProxyType({builder.name: builder.build(name, scope) for builder in builders}))
            for name, scope in scopes
        }
    )


class _Builder:
    """Builds one parameter for any table."""

    def __init__(self, prefix: str, name: str, doc: ParameterDoc, names: Names, conditions: ConditionReader) -> None:
        self.name = name
        self._id = f"{prefix}.{name}"
        self._doc = doc
        self._names = names
        self._report = report = conditions.report
        self._base = _Layer(None, doc)
        self._overridden = {key for domain in doc.per_model.values() for key in _DOMAIN_KEYS if _stated(domain, key)}
        self._choices: dict[int, tuple[Choice, ...]] = {}
        self._defaults = tuple(
            ConditionalDefault(conditions.read(one.when, View.SENT), one.use) for one in doc.default_when
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

    def _nested(self, suffix: str, node: Node, conditions: ConditionReader) -> _Builder | None:
        doc = read_record(node, ParameterDoc, self._report, f"the part {suffix!r} of {self.name!r}")
        if doc is UNREADABLE:
            return None
        prefix = self._id.removesuffix(self.name)[:-1]
        return _Builder(prefix, f"{self.name}{suffix}", doc, self._names, conditions)

    def check_form(self) -> None:
        """Report keys that do not fit the type, unknown scopes, sources and grammars; once for all tables."""
        doc, report = self._doc, self._report
        self._check_names()
        for domain in (doc, *doc.per_model.values()):
            self._check_keys(domain)
            self._check_values(domain)
        if doc.type is Type.ARRAY and doc.items is None:
            report.add(doc.place, "E202", "an array needs the key 'items'")
        if doc.type is Type.OBJECT and doc.members is None:
            report.add(doc.place, "E202", "an object needs the key 'members'")
        for builder in (*self._members, *([self._items] if self._items else [])):
            builder.check_form()

    def _check_names(self) -> None:
        doc, report = self._doc, self._report
        if not all(_NAME.fullmatch(part) for part in re.split(r"\.|\[\]\.?", self.name) if part):
            report.add(
                doc.place, "E302", f"{self.name!r} is no parameter name: letters, digits and underscores make one"
            )
        for scope, domain in doc.per_model.items():
            if scope not in self._names.members:
                report.add(
                    domain.place, "E301", f"there is no family or model {scope!r}", suggest(scope, self._names.members)
                )

    def _check_keys(self, domain: DomainDoc) -> None:
        type_ = self._doc.type
        for key, types in _FITTING.items():
            if type_ not in types and _stated(domain, key):
                self._report.add(
                    _place(domain, key),
                    "E403",
                    f"{key} does not fit the type {type_}",
                    f"it fits {', '.join(sorted(types))}",
                )
        for source in self._sources(domain):
            if source.is_ not in self._names.sources:
                self._report.add(
                    source.place,
                    "E301",
                    f"there is no source {source.is_!r}",
                    suggest(source.is_, self._names.sources),
                )
        step = domain.multiple_of
        if step and type_ in {Type.INTEGER, Type.SIZE} and isinstance(step.is_, float):
            self._report.add(step.place, "E403", f"multiple_of must be an integer for the type {type_}")

    def _check_values(self, domain: DomainDoc) -> None:
        report = self._report
        if domain.grammar and not _GRAMMAR.fullmatch(domain.grammar.is_):
            report.add(
                domain.grammar.place,
                "E204",
                f"{domain.grammar.is_!r} is no grammar of sizes",
                "write WIDTHxHEIGHT, WIDTH*HEIGHT or WIDTH:HEIGHT",
            )
        for limit in (domain.min_ratio, domain.max_ratio):
            if limit and ratio(limit.is_) is None:
                report.add(limit.place, "E204", f"{limit.is_!r} is no ratio", 'write it as "3:1"')
        for key, least in _LEAST.items():
            stated: Stated[Number] | None = getattr(domain, key)
            if stated and stated.is_ < least:
                report.add(stated.place, "E204", f"{key} must be {least} or more")
        if domain.multiple_of and domain.multiple_of.is_ <= 0:
            report.add(domain.multiple_of.place, "E204", "multiple_of must be above 0")
        if domain.pattern:
            try:
                re.compile(domain.pattern.is_)
            except re.error as error:
                report.add(domain.pattern.place, "E204", f"not a regular expression: {error}")

    def _sources(self, domain: DomainDoc) -> Iterator[Stated[str]]:
        if domain.source:
            yield Stated(place=domain.place, is_=domain.source)
        for key in (*_DOMAIN_KEYS, "applies_to", "unknown_members"):
            stated = getattr(domain, key, None)
            if isinstance(stated, Stated) and stated.source:
                yield Stated(place=stated.place, is_=stated.source)

    def build(self, table: str, scopes: tuple[str, ...]) -> Parameter:
        """Build the parameter for one table; *scopes* go from general to specific."""
        layers = [
            self._base,
            *(_Layer(scope, self._doc.per_model[scope]) for scope in scopes if scope in self._doc.per_model),
        ]
        found = {key: one for key in _DOMAIN_KEYS if (one := self._find(key, layers, table)) is not None}
        doc = self._doc
        required = "required" in found and found["required"].value.is_
        nullable = found["nullable"].value.is_ if "nullable" in found else not required
        default = found.get("default")
        return Parameter(
            name=self.name,
            type=doc.type,
            doc=doc.doc,
            constraints=tuple(self._constraints(found, table, required=required, nullable=nullable)),
            applies=self._applies_to is None or table == ANY_MODEL or self._takes(table),
            required=required,
            nullable=nullable,
            default=ABSENT if default is None else self._json_defaults[id(default.layer.domain)],
            default_when=() if default is None and self._overrides("default") else self._defaults,
            becomes=found["becomes"].value if "becomes" in found else MappingProxyType({}),
            items=self._items.build(table, ()) if self._items else None,
            members=tuple(builder.build(table, ()) for builder in self._members),
            unknown_members=self._unknown_members(),
            place=doc.place,
        )

    def _overrides(self, key: str) -> bool:
        return key in self._overridden

    def _takes(self, table: str) -> bool:
        if self._applies_to is None:
            return True
        return table in self._applies_to.names or bool(
            set(self._names.members.get(table, ())) <= self._applies_to.models and self._names.members.get(table)
        )

    def _find(self, key: str, layers: list[_Layer], table: str) -> _Found | None:
        if table == ANY_MODEL and key in self._overridden:
            return None
        for layer in reversed(layers):
            if _stated(layer.domain, key):
                return _Found(getattr(layer.domain, key), layer)
        return None

    def _constraints(
        self, found: Mapping[str, _Found], table: str, *, required: bool, nullable: bool
    ) -> Iterator[Constraint]:
        doc = self._doc
        if doc.since or doc.until:
            yield self._plain(Dated(doc.since, doc.until))
        if required:
            yield self._constraint(found["required"], Required())
        if self._applies_to and doc.applies_to and table != ANY_MODEL:
            yield self._constraint(_Found(doc.applies_to, self._base), self._applies_to)
        if not nullable:
            yield self._constraint(found["nullable"], NotNull()) if "nullable" in found else self._plain(NotNull())
        yield self._plain(OfType(doc.type))
        if doc.type is Type.MODEL:
            yield self._plain(KnownModel())
        for key, check in self._checks(found):
            yield self._constraint(found[key], check)

    def _checks(self, found: Mapping[str, _Found]) -> Iterable[tuple[str, Check]]:  # noqa: C901, PLR0912 - one line a check
        stated: dict[str, Stated[Json]] = {key: one.value for key, one in found.items() if key not in _UNSTATED}
        values = {key: one.is_ for key, one in stated.items()}
        unit = found["unit"].value if "unit" in found else Unit.CODE_POINTS
        tokens = self._choices_of(found["values"]) if "values" in found else ()
        if "grammar" in values:
            match = _GRAMMAR.fullmatch(values["grammar"])
            yield "grammar", Grammar(match["separator"] if match else "x", tokens)
        elif "values" in values:
            yield "values", OneOf(tokens)
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
        if not isinstance(node, Entries):
            return Choice(to_json(node, self._report))
        doc = read_record(node, ChoiceDoc, self._report, "a value")
        return Choice(None) if doc is UNREADABLE else Choice(doc.is_, doc.since, doc.until)

    def _constraint(self, found: _Found, check: Check) -> Constraint:
        stated: Stated[Any] = found.value
        return self._make(check, found.layer, stated.place, stated)

    def _plain(self, check: Check) -> Constraint:
        return self._make(check, self._base, self._doc.place, None)

    def _make(self, check: Check, layer: _Layer, place: Place, stated: Stated[Any] | None) -> Constraint:
        scope = f"@{layer.scope}" if layer.scope else ""
        return Constraint(
            id=f"{self._id}.{check.kind}{scope}",
            check=check,
            requirement=requirement(self.name, check, self._names.titles, layer.scope, self._names.revised),
            provenance=Provenance(
                basis=(stated and stated.basis) or layer.domain.basis or self._doc.basis or Basis.DOCUMENTED,
                source=(stated and stated.source) or layer.domain.source or self._doc.source,
                since=stated.since if stated else None,
                until=stated.until if stated else None,
            ),
            outcome=(stated and stated.outcome) or self._doc.outcome or Outcome.REFUSE,
            replacement=stated.replace_with if stated else None,
            error=(stated and stated.error) or {},
            place=place,
        )

    def _unknown_members(self) -> UnknownPolicy | None:
        if self._doc.members is None:
            return None
        stated = self._doc.unknown_members
        return unknown_policy(f"{self._id}.unknown_members", stated, self._doc.place, self._doc.source)


def unknown_policy(id_: str, stated: Stated[Outcome] | None, place: Place, source: str | None) -> UnknownPolicy:
    """Say what happens to fields that are not named; without a word from the spec, they are refused."""
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


def _stated(domain: DomainDoc, key: str) -> bool:
    return getattr(domain, key, None) is not None


def _place(domain: DomainDoc, key: str) -> Place:
    stated: Json = getattr(domain, key)
    return getattr(stated, "place", domain.place)
