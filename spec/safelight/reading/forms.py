"""What a parameter may say: keys that fit its type, limits that make sense, names that exist.

These checks look at what the author wrote, once, before `safelight.reading.tables` merges it for each model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from typing import Any, Final, assert_never, get_args

from safelight.diagnostic import Report, suggest
from safelight.model import (
    Check,
    Grammar,
    Maximum,
    MaxItems,
    MaxLength,
    Minimum,
    MultipleOf,
    OneOf,
    Outcome,
    Place,
    Required,
    SizeCheck,
    Type,
)
from safelight.vocabulary.patterns import problem

from .conditions import ratio
from .document import DomainDoc, ParameterDoc
from .names import Names
from .shape import Number, Stated

DOMAIN_KEYS: Final = (
    "required", "nullable", "default", "values", "any_case", "minimum", "maximum", "multiple_of", "min_length",
    "max_length", "unit", "pattern", "grammar", "min_edge", "max_edge", "min_ratio", "max_ratio", "min_pixels",
    "max_pixels", "min_items", "max_items", "becomes",
)  # fmt: skip
"""The keys that a family or a model may have its own word on."""

GRAMMAR: Final = re.compile(r"WIDTH(?P<separator>[x*:])HEIGHT")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CHANGED: Final = re.compile(r"__.*[^_]_?|__debug__")
"""Names that stand for something else in a class, or can never be assigned."""

_FITTING: Final[Mapping[str, frozenset[Type]]] = {
    "values": frozenset({Type.STRING, Type.INTEGER, Type.NUMBER, Type.BOOLEAN, Type.SIZE}),
    "any_case": frozenset({Type.STRING}),
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

_CLAMPING: Final = (OneOf, Grammar, Minimum, Maximum, MultipleOf, *get_args(SizeCheck))
_TRUNCATING: Final = (MaxLength, MaxItems)


def check_parameter(doc: ParameterDoc, key: str | None, names: Names, report: Report, *, nested: bool) -> None:
    """Report what is wrong with a parameter as it is written.

    Args:
        doc: The parameter.
        key: Its name in the body or in its object; None for the items of an array.
        names: The families, models and sources that exist.
        report: Collects the problems.
        nested: Whether it is an item or a member.
    """
    if key is not None:
        _check_name(key, doc.place, report, nested=nested)
    for domain in (doc, *doc.per_model.values()):
        _check_fit(domain, doc.type, report)
        _check_limits(domain, report)
    _check_case(doc, report)
    _check_names(doc, names, report)
    if doc.applies_to and not doc.applies_to.is_:
        report.add(doc.applies_to.place, "E204", "applies_to names no family and no model")
    if doc.outcome is Outcome.REPLACE:
        report.add(doc.place, "E205", "replace needs a value, so it is said of one constraint, with replace_with")
    if doc.type is Type.ARRAY and doc.items is None:
        report.add(doc.place, "E202", "an array needs the key 'items'")
    if doc.type is Type.OBJECT and doc.members is None:
        report.add(doc.place, "E202", "an object needs the key 'members'")
    if nested and doc.type is Type.MODEL:
        report.add(doc.place, "E403", "only a parameter of the body can choose the model")
    if nested and doc.default_when:
        report.add(doc.place, "E403", "only a parameter of the body can have conditional defaults")


def _check_name(key: str, place: Place, report: Report, *, nested: bool) -> None:
    if not _NAME.fullmatch(key):
        report.add(place, "E302", f"{key!r} is no parameter name: letters, digits and underscores make one")
    if not nested and (iskeyword(key) or key == "self"):
        report.add(place, "E302", f"{key!r} is a word of Python, so that no client could take it as an argument")
    if not nested and _CHANGED.fullmatch(key):
        report.add(place, "E302", f"{key!r} is a name that Python changes: no client could take it as an argument")


def _check_case(doc: ParameterDoc, report: Report) -> None:
    domains = (doc, *doc.per_model.values())
    if any(one.any_case is not None for one in domains) and not any(one.values for one in domains):
        report.add(doc.place, "E205", "any_case is about values; list them, or leave it out")


def _check_names(doc: ParameterDoc, names: Names, report: Report) -> None:
    for scope, domain in doc.per_model.items():
        if scope not in names.members:
            report.add(domain.place, "E301", f"there is no family or model {scope!r}", suggest(scope, names.members))
    for domain in (doc, *doc.per_model.values()):
        for source, place in _sources(domain):
            if source not in names.sources:
                report.add(place, "E301", f"there is no source {source!r}", suggest(source, names.sources))


def _sources(domain: DomainDoc) -> Iterator[tuple[str, Place]]:
    if domain.source:
        yield domain.source, domain.place
    for key in (*DOMAIN_KEYS, "applies_to", "unknown_members"):
        stated = getattr(domain, key, None)
        if isinstance(stated, Stated) and stated.source:
            yield stated.source, stated.place


def _check_fit(domain: DomainDoc, type_: Type, report: Report) -> None:
    for key, types in _FITTING.items():
        if type_ not in types and is_stated(domain, key):
            place = getattr(getattr(domain, key), "place", domain.place)
            report.add(place, "E403", f"{key} does not fit the type {type_}", f"it fits {', '.join(sorted(types))}")
    for key in ("minimum", "maximum", "multiple_of"):
        limit: Stated[Number] | None = getattr(domain, key)
        if limit and type_ in {Type.INTEGER, Type.SIZE} and isinstance(limit.is_, float):
            report.add(limit.place, "E403", f"{key} must be an integer for the type {type_}")


def _check_limits(domain: DomainDoc, report: Report) -> None:
    if domain.grammar and not GRAMMAR.fullmatch(domain.grammar.is_):
        report.add(
            domain.grammar.place,
            "E204",
            f"{domain.grammar.is_!r} is no grammar of sizes",
            "write WIDTHxHEIGHT, WIDTH*HEIGHT or WIDTH:HEIGHT",
        )
    if domain.values and not domain.values.is_:
        report.add(domain.values.place, "E204", "a list of values is empty")
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
        wrong = problem(domain.pattern.is_)
        if wrong:
            report.add(domain.pattern.place, "E204", wrong)


def check_outcome(stated: Stated[Any], check: Check, report: Report) -> None:
    """Report an outcome that a constraint cannot have."""
    if stated.outcome and not can(stated.outcome, check):
        report.add(stated.place, "E403", f"no API can {stated.outcome} what breaks {check.kind}")
    if (stated.outcome is Outcome.REPLACE) != (stated.replace_with is not None):
        report.add(stated.place, "E205", "the outcome replace and the key replace_with go together")


def can(outcome: Outcome, check: Check) -> bool:
    """Tell whether an API can do this about a value that breaks *check*; to correct a value it needs a legal one."""
    match outcome:
        case Outcome.REFUSE | Outcome.WARN:
            return True
        case Outcome.CLAMP:
            return isinstance(check, _CLAMPING)
        case Outcome.TRUNCATE:
            return isinstance(check, _TRUNCATING)
        case Outcome.DROP | Outcome.IGNORE | Outcome.REPLACE:
            return not isinstance(check, Required)
        case _:
            assert_never(outcome)


def overridden(doc: ParameterDoc) -> frozenset[str]:
    """The keys that are not true of every model, because a family or a model has its own word on them.

    Values mean something else beside a grammar or in letters of any case, and lengths in another unit, so these go
    together.
    """
    keys = {key for domain in doc.per_model.values() for key in DOMAIN_KEYS if is_stated(domain, key)}
    if keys & {"values", "grammar", "any_case"}:
        keys |= {"values", "grammar", "any_case"}
    if "unit" in keys:
        keys |= {"min_length", "max_length"}
    return frozenset(keys)


def is_stated(domain: DomainDoc, key: str) -> bool:
    """Tell whether *domain* has the key."""
    return getattr(domain, key, None) is not None
