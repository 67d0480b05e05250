"""The types of a client: what calls take and what they give."""

from __future__ import annotations

from safelight.records import dataclass
from safelight_codegen.python.view.code import Imports

__all__ = [
    "Alias",
    "Member",
    "Record",
    "RecordField",
    "Types",
    "Union",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of an object that is sent; *declaration* is source."""

    declaration: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A type of ``types.py``: *text* is its definition, or empty for a `TypedDict` of *members*."""

    name: str
    doc: str
    text: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordField:
    """A field of an answer's record.

    Attributes:
        key: Its name in JSON.
        reader: The function that reads it, as source.
        declaration: The attribute with its type and default, as source.
    """

    key: str
    reader: str
    declaration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record of an answer.

    Attributes:
        name: The name of the class.
        base: The class it stands on.
        doc: Its docstring, filled into lines.
        fields: Its fields, in spec order.
        renamed: By name in JSON, the attribute where it has another name; empty for none.
        base64: The attribute that holds an image in base64, or none.
        url: The attribute that holds its URL, or none.
    """

    name: str
    base: str
    doc: str
    fields: tuple[RecordField, ...]
    renamed: str
    base64: str | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """A type that is one of several: *text* is its definition."""

    name: str
    text: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """The module of the types: what calls take and what they give; *shapes* are those of objects that are sent."""

    imports: Imports
    exports: str
    aliases: tuple[Alias, ...]
    shapes: tuple[Alias, ...]
    records: tuple[Record, ...]
    unions: tuple[Union, ...]
