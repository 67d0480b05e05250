"""Answers as records: frozen, typed, and open.

Requests are strict, answers are open.  A server may send a field or a value tomorrow that this client has not heard of;
such an answer has been paid for and must not be lost to a parsing error.  So:

- a field that the record does not know is kept in `extra`;
- a known field whose value has another type is kept in `extra` too, and the attribute stays empty: what an attribute's
  type promises is true, and nothing is thrown away;
- words such as a quality are plain strings, never a closed enumeration.

Each record states how its fields are read in ``_readers``, one small function per field, so that making a record costs
a dictionary look-up per field and importing one costs no analysis of annotations.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, NamedTuple, Self, TypeAlias, TypeGuard

__all__ = [
    "UNREADABLE",
    "Context",
    "Json",
    "Link",
    "Reader",
    "Record",
    "Result",
    "anything",
    "at_path",
    "boolean",
    "constant",
    "integer",
    "is_array",
    "is_object",
    "number",
    "record",
    "records",
    "text",
]

Json: TypeAlias = Any
"""A JSON value as ``json.loads`` gives it."""

_LONGEST_SHOWN = 80
_NOWHERE: Final = object()


class Link:
    """The way from an image back to the client that it came from, for images that are still behind a URL.

    A link does not travel: in a copy of the image made by pickling, it leads nowhere.

    Attributes:
        download: Fetches a URL; None unless the client is a synchronous one.
        adownload: The same, awaitable; None unless the client is an asynchronous one.
    """

    __slots__ = ("adownload", "download")

    def __init__(
        self,
        download: Callable[[str], bytes] | None = None,
        adownload: Callable[[str], Awaitable[bytes]] | None = None,
    ) -> None:
        self.download = download
        self.adownload = adownload

    def __reduce__(self) -> tuple[type[Link], tuple[()]]:
        return Link, ()


NO_LINK: Final = Link()


class Context(NamedTuple):
    """What records take from the call beside the answer's body."""

    request_id: str | None = None
    link: Link = NO_LINK


BARE: Final = Context()


class _Unreadable:
    __slots__ = ()


UNREADABLE: Final = _Unreadable()
"""What a reader answers to a value of the wrong type."""

Reader: TypeAlias = Callable[[Json, Context], object]
"""Turns a JSON value (never null) into an attribute's value, or into `UNREADABLE`."""


def is_object(value: object) -> TypeGuard[dict[str, Json]]:
    """Tell whether a value that ``json.loads`` gave is an object."""
    return isinstance(value, dict)


def at_path(body: Json, path: Sequence[str | int], otherwise: Json = None) -> Json:
    """What stands in a JSON value where *path* leads, by names and numbers; *otherwise* where it leads nowhere."""
    for step in path:
        body = _part(body, step)
        if body is _NOWHERE:
            return otherwise
    return body


def _part(body: Json, step: str | int) -> Json:
    match step:
        case str() if is_object(body):
            return body.get(step, _NOWHERE)
        case int() if is_array(body) and step < len(body):
            return body[step]
        case _:
            return _NOWHERE


def is_array(value: object) -> TypeGuard[list[Json] | tuple[Json, ...]]:
    """Tell whether a value is an array, as ``json.loads`` gives it or as a record holds it."""
    return isinstance(value, list | tuple)


def text(value: Json, _context: Context) -> object:
    """Read a string."""
    return value if isinstance(value, str) else UNREADABLE


def integer(value: Json, _context: Context) -> object:
    """Read an integer as JSON has it: ``1.0`` is one, ``true`` is not."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else UNREADABLE


def number(value: Json, _context: Context) -> object:
    """Read a number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else UNREADABLE


def boolean(value: Json, _context: Context) -> object:
    """Read a boolean."""
    return value if isinstance(value, bool) else UNREADABLE


def anything(value: Json, _context: Context) -> object:
    """Take a JSON value of any type as it is."""
    return value


def constant(expected: str) -> Reader:
    """Make the reader of a word that is always the same, such as the kind of an event."""

    def read(value: Json, _context: Context) -> object:
        return value if value == expected else UNREADABLE

    return read


def record(kind: type[Record]) -> Reader:
    """Make the reader of an object that is a record."""

    def read(value: Json, context: Context) -> object:
        return kind.from_json(value, context) if is_object(value) else UNREADABLE

    return read


def records(kind: type[Record]) -> Reader:
    """Make the reader of an array of objects that are records of one kind."""

    def read(value: Json, context: Context) -> object:
        if not is_array(value) or not all(map(is_object, value)):
            return UNREADABLE
        return tuple(kind.from_json(item, context) for item in value)

    return read


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Record:
    """An object of an answer.

    Attributes:
        extra: What the answer holds beyond the attributes: fields that are not known here, and known ones whose value
            is of another type.
    """

    _readers: ClassVar[Mapping[str, Reader]] = {}
    """By name in JSON: how the field is read."""
    _renamed: ClassVar[Mapping[str, str]] = {}
    """By name in JSON: the attribute, where it cannot have the same name."""

    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    @classmethod
    def from_json(cls, body: Mapping[str, Any], context: Context = BARE) -> Self:
        """Make the record of a JSON object.  No body makes this fail.

        Args:
            body: The object, as ``json.loads`` gives it.
            context: What the record takes from the call.
        """
        known, extra = cls._of_context(context), dict[str, Any]()
        readers, renamed = cls._readers, cls._renamed
        for name, value in body.items():
            reader = readers.get(name)
            if reader is None:
                extra[name] = value
            elif value is not None:
                read = reader(value, context)
                if read is UNREADABLE:
                    extra[name] = value
                else:
                    known[renamed.get(name, name) if renamed else name] = read
        return cls(**known, extra=extra)

    def attribute(self, name: str) -> Json:
        """The attribute that holds a field, by the field's name in JSON."""
        return getattr(self, self._renamed.get(name, name))

    def to_json(self) -> dict[str, Any]:
        """The JSON object again: fields that hold a value, in the record's order, then the extra ones."""
        body: dict[str, Any] = {}
        for name in self._readers:
            value = self.attribute(name)
            if value is not None and name not in self.extra:
                body[name] = _plain(value)
        return body | dict(self.extra)

    def __repr__(self) -> str:
        """Show the fields that hold a value, with long texts such as base64 cut."""
        shown = ", ".join(f"{name}={_brief(value)}" for name, value in self._shown())
        return f"{type(self).__name__}({shown})"

    @classmethod
    def _of_context(cls, _context: Context) -> dict[str, Any]:
        """The attributes that do not come from the body."""
        return {}

    def _shown(self) -> Iterator[tuple[str, Any]]:
        extra, *others = fields(self)
        for one in (*others, extra):
            value = getattr(self, one.name)
            if one.repr and value is not None and value != {}:
                yield one.name, value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Record):
    """The whole answer to a call.

    Attributes:
        request_id: The id under which the server keeps the call, from the response headers.
    """

    request_id: str | None = field(default=None, compare=False)

    @classmethod
    def _of_context(cls, context: Context) -> dict[str, Any]:
        return {"request_id": context.request_id}


def _plain(value: object) -> Json:
    if isinstance(value, Record):
        return value.to_json()
    if is_array(value):
        return [_plain(item) for item in value]
    return value


def _brief(value: Json) -> str:
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return f"{value[: _LONGEST_SHOWN // 2]!r}… ({len(value)} characters)"
    if is_object(value):
        return "{" + ", ".join(f"{key!r}: {_brief(item)}" for key, item in value.items()) + "}"
    if is_array(value):
        return "[" + ", ".join(_brief(item) for item in value) + "]"
    return repr(value)
