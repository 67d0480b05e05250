"""Reading nodes into the records of `safelight.reading.document`, by their annotations.

One record type says what a part of the language looks like; this module reads it and `safelight.schema` writes it as
JSON Schema, so the two cannot differ.  No library reads YAML into typed records *and* tells line, column and every
problem of a file in one pass, which is what a spec's author needs; hence these few functions.

Annotations mean: ``str``, ``int``, ``bool``, ``date``, a ``StrEnum``, a record, ``tuple[T, ...]``, ``Mapping[str, T]``,
``T | None`` for an optional key, `Number`, ``Any`` for any value, `Stated[T]` for a constraint that may be annotated
with its provenance, and `Node` for a part with a grammar of its own, which a later step reads.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from safelight.diagnostic import Report, suggest
from safelight.model import Basis, Outcome, Place
from safelight.records import dataclass

from .nodes import Entries, Items, Node, Scalar, scalar_to_json, to_json

T = TypeVar("T")

Number = int | float

Hint: TypeAlias = Any
"""An annotation: a class, or one of typing's forms, which have no common type."""

Read: TypeAlias = Any
"""What reading gives: a value of the annotated type, or `UNREADABLE`."""


@dataclass(frozen=True, slots=True)
class Doc:
    """The sentence that documents a key, for the JSON Schema and the reference."""

    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """The JSON Schema of a part that has a grammar of its own."""

    schema: Mapping[str, Any]


class Unreadable:
    """The type of `UNREADABLE`."""


UNREADABLE: Final = Unreadable()
"""Stands for a value that was reported as wrong, until its record is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated(Generic[T]):
    """A constraint's value with its provenance: written plainly (``maximum: 10``) or annotated (``{is: 10, …}``)."""

    place: Place
    is_: Annotated[T, Doc("The value itself.")]
    basis: Annotated[Basis | None, Doc("How the constraint is known.")] = None
    source: Annotated[str | None, Doc("The id of the source that states it.")] = None
    since: Annotated[date | None, Doc("The first day on which it holds.")] = None
    until: Annotated[date | None, Doc("The first day on which it no longer holds.")] = None
    outcome: Annotated[Outcome | None, Doc("What the API does about a value that breaks it.")] = None
    replace_with: Annotated[Any, Doc("The value that takes its place, for the outcome replace.")] = None
    error: Annotated[Mapping[str, Any] | None, Doc("Fields of the API's error that differ for this constraint.")] = None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record: its YAML name, annotation, and whether it may be left out."""

    attribute: str
    name: str
    annotation: Hint
    doc: str
    form: Mapping[str, Any] | None
    required: bool


@cache
def keys_of(record: type) -> tuple[Key, ...]:
    """The keys of a record type, in order.  ``place`` is the record's place and no key."""
    parts = [one for one in fields(record) if one.name != "place"]
    hints: dict[str, Hint] = {one.name: one.type for one in parts}
    if any(isinstance(hint, str) for hint in hints.values()):  # its module postpones the evaluation of annotations
        hints = get_type_hints(record, include_extras=True)
    return tuple(
        _key(one.name, hints[one.name], required=one.default is MISSING and one.default_factory is MISSING)
        for one in parts
    )


def _key(attribute: str, hint: Hint, *, required: bool) -> Key:
    doc, form, annotation = "", None, hint
    origin: Hint = get_origin(hint)
    if origin is Annotated:
        annotation, *metadata = get_args(hint)
        doc = next((one.text for one in metadata if isinstance(one, Doc)), "")
        form = next((one.schema for one in metadata if isinstance(one, Form)), None)
    return Key(attribute, attribute.rstrip("_"), annotation, doc, form, required)


def optional(annotation: Hint) -> Hint:
    """Strip ``| None`` from an annotation."""
    if get_origin(annotation) in {Union, types.UnionType}:
        return Union[tuple(one for one in get_args(annotation) if one is not type(None))]  # noqa: UP007 - made at run time
    return annotation


def read(  # noqa: C901 - one case a kind of annotation
    node: Node, annotation: Hint, report: Report, what: str
) -> Read:
    """Read *node* as *annotation* says; what is wrong goes to *report* and gives `UNREADABLE`.

    Args:
        node: The node to read.
        annotation: The type to read it as, see the module's docstring.
        report: Collects the problems.
        what: What is being read, for messages: ``the key 'minimum'``.
    """
    annotation = optional(annotation)
    origin: Hint = get_origin(annotation)
    if annotation is Any:
        return to_json(node, report)
    if annotation == Node or isinstance(annotation, TypeVar):
        return node
    if annotation == Number:
        return _scalar(node, (int, float), "a number", report, what)
    if origin is tuple:
        return _tuple(node, get_args(annotation)[0], report, what)
    if origin is Mapping or annotation is Mapping:
        return _mapping(node, get_args(annotation)[1], report, what)
    if origin is Stated:
        return _stated(node, annotation, report, what)
    if annotation is str:
        return _text(node, report, what)
    if annotation is bool:
        return _scalar(node, (bool,), "true or false", report, what)
    if annotation is int:
        return _scalar(node, (int,), "an integer", report, what)
    if annotation is date:
        return _date(node, report, what)
    if issubclass(annotation, StrEnum):
        return _choice(node, annotation, report, what)
    return read_record(node, annotation, report, what)


def read_record(node: Node, record: Hint, report: Report, what: str) -> Read:
    """Read a mapping as *record*; unknown and missing keys are reported with what they may have meant.

    A key that could be left out and cannot be read is left out, so that the rest of the file can be judged.
    """
    if not isinstance(node, Entries):
        report.add(node.place, "E203", f"{what} must be a mapping")
        return UNREADABLE
    keys = {key.name: key for key in keys_of(record)}
    values: dict[str, Any] = {"place": node.place}
    unreadable: set[str] = set()
    for name, value in node.entries:
        key = keys.get(name.text)
        if key is None:
            report.add(
                name.place,
                "E201",
                f"{what} has no key {name.text!r}",
                suggest(name.text, keys) or f"the keys are {', '.join(keys)}",
            )
            continue
        found = read(value, key.annotation, report, f"the key {key.name!r}")
        if found is not UNREADABLE:
            values[key.attribute] = found
        elif key.required:
            unreadable.add(key.attribute)
    for key in keys.values():
        if key.required and key.attribute not in values and key.attribute not in unreadable:
            report.add(node.place, "E202", f"{what} needs the key {key.name!r}", key.doc)
            unreadable.add(key.attribute)
    return UNREADABLE if unreadable else record(**values)


def _stated(node: Node, annotation: Hint, report: Report, what: str) -> Read:
    if isinstance(node, Entries) and node.get("is") is not None:
        inner = get_args(annotation)[0]
        found = read_record(node, Stated, report, what)
        if found is UNREADABLE:
            return UNREADABLE
        value = read(found.is_, inner, report, what)
        return UNREADABLE if value is UNREADABLE else replace(found, is_=value)
    value = read(node, get_args(annotation)[0], report, what)
    return UNREADABLE if value is UNREADABLE else Stated(place=node.place, is_=value)


def _tuple(node: Node, inner: Hint, report: Report, what: str) -> Read:
    if not isinstance(node, Items):
        report.add(node.place, "E203", f"{what} must be a list")
        return UNREADABLE
    values = [read(item, inner, report, f"an item of {what}") for item in node.items]
    return UNREADABLE if any(value is UNREADABLE for value in values) else tuple(values)


def _mapping(node: Node, inner: Hint, report: Report, what: str) -> Read:
    if not isinstance(node, Entries):
        report.add(node.place, "E203", f"{what} must be a mapping")
        return UNREADABLE
    values = {name.text: read(value, inner, report, f"{name.text!r} in {what}") for name, value in node.entries}
    return UNREADABLE if any(value is UNREADABLE for value in values.values()) else types.MappingProxyType(values)


def _text(node: Node, report: Report, what: str) -> Read:
    if not isinstance(node, Scalar):
        report.add(node.place, "E203", f"{what} must be text")
        return UNREADABLE
    value = scalar_to_json(node, report)
    if not isinstance(value, str):
        report.add(
            node.place, "E203", f"{what} must be text, this is read as {_word(value)}", f"quote it: '{node.text}'"
        )
        return UNREADABLE
    return value


def _scalar(node: Node, wanted: tuple[type, ...], word: str, report: Report, what: str) -> Read:
    value = scalar_to_json(node, report) if isinstance(node, Scalar) else None
    if type(value) not in wanted:
        found = _word(value) if isinstance(node, Scalar) else "a list" if isinstance(node, Items) else "a mapping"
        report.add(node.place, "E203", f"{what} must be {word}, this is {found}")
        return UNREADABLE
    return value


def _date(node: Node, report: Report, what: str) -> Read:
    text = node.text if isinstance(node, Scalar) else ""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:  # Python reads other forms of ISO 8601 too
        report.add(node.place, "E203", f"{what} must be a date, as in 2026-11-22")
        return UNREADABLE
    return found


def _choice(node: Node, choices: type[StrEnum], report: Report, what: str) -> Read:
    text = _text(node, report, what)
    if text is UNREADABLE:
        return UNREADABLE
    known = [choice.value for choice in choices]
    if text not in known:
        report.add(node.place, "E204", f"{what} is {text!r}, which is none of {', '.join(known)}", suggest(text, known))
        return UNREADABLE
    return choices(text)


def _word(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "an integer"
    return "a number" if isinstance(value, float) else "text"
