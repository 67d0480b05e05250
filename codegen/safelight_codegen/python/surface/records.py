"""What calls give, as records: the view-model of the answer's part of ``types.py``.

Answers are open, so every attribute may be missing, and words are plain strings.  The one exception is the kind of an
event: events are told apart by it before they become records, so it is a literal that narrows a union.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from unicodedata import normalize

from safelight.model import ANY_MODEL, Event, Field, From, Operation, Type
from safelight_codegen.names import camel, distinct, snake
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import INDENT, fits
from safelight_codegen.python.code.naming import free_type
from safelight_codegen.text import literal, paragraph, sentence

__all__ = ["RESERVED", "Records", "attribute", "way_to_images"]

RESERVED: Final = frozenset(
    {
        "adownload",
        "attribute",
        "bytes",
        "download",
        "extra",
        "format",
        "from_json",
        "pixels",
        "request_id",
        "save",
        "to_json",
    }
)
"""What the runtime's records use themselves."""

_HIDDEN: Final = frozenset(
    {
        "Any", "ClassVar", "Literal", "Mapping", "Reader", "TokenDetails", "Usage", "_attribute", "_base64", "_file",
        "_keep", "_link", "_of_context", "_readers", "_renamed", "_shown", "_url", "_url_to_fetch", "bool", "float",
        "int", "str", "tuple",
    }
)  # fmt: skip
"""What they use out of sight, and their types: in a class, an attribute hides a type of the same name."""

_ECHOED: Final[Mapping[Type, tuple[str, str]]] = {
    Type.STRING: ("str", "text"),
    Type.SIZE: ("str", "text"),
    Type.MODEL: ("str", "text"),
    Type.INTEGER: ("int", "integer"),
    Type.NUMBER: ("float", "number"),
    Type.BOOLEAN: ("bool", "boolean"),
    Type.ARRAY: ("Any", "anything"),
    Type.OBJECT: ("Any", "anything"),
}
_CARRIERS: Final = (From.BASE64, From.URL)
_TOKEN_FIELDS: Final = ("image_tokens", "text_tokens")


def attribute(name: str, taken: Iterable[str] = ()) -> str:
    """The attribute that holds a field of an answer, where those of *taken* are there already.

    Python reads names as NFKC writes them, and changes those in classes that begin with two underscores.
    """
    word = normalize("NFKC", name)
    if not word.isidentifier() or word.startswith("__"):
        word = snake(name)
    return distinct("field" if word == "_" else word, (*RESERVED, *_HIDDEN, *taken))


def way_to_images(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The names of the fields, each in the object of the one before, of which the last holds the images."""
    for one in fields:
        if one.source is From.IMAGES:
            return (one.name,)
    for one in fields:
        way = way_to_images(one.fields) if one.source is From.OBJECT else ()
        if way:
            return (one.name, *way)
    return ()


@dataclass(slots=True)
class Records:
    """The records of an API's answers.

    Attributes:
        taken: The names of errors and classes, which no record may have.
        made: By name: the records, each after those that it holds.
        unions: By name: the types of events.
        used: The readers and bases that the records use.
    """

    taken: frozenset[str]
    made: dict[str, view.Record] = field(default_factory=dict[str, view.Record])
    unions: dict[str, view.Union] = field(default_factory=dict[str, view.Union])
    used: set[str] = field(default_factory=set[str])

    def of(self, operations: Iterable[Operation]) -> tuple[str, ...]:
        """Make all records of *operations* and tell their names, and those of the types of events."""
        for operation in operations:
            self.result(operation)
            self.event(operation)
        return (*self.made, *self.unions)

    def result(self, operation: Operation) -> str:
        """Make the record of an operation's answer and tell its name."""
        name, doc = camel(operation.name, "result"), f"The answer to {operation.name}."
        return self._record(operation, name, "Result", operation.response.fields, doc=doc)

    def event(self, operation: Operation) -> tuple[str, Mapping[str, str]]:
        """Make the records of an operation's events; tell the name of their union, and by event its record."""
        if operation.response.stream is None:
            return "Record", {}
        names = {one.name: self._event(operation, one) for one in operation.response.stream.events}
        union = camel(operation.name, "event")
        while not free_type(union, (*self.taken, *self.made)):
            union = camel(operation.name, union)
        line = f"{union}: TypeAlias = {' | '.join(names.values())}"
        if not fits(line, 0):
            lines = [f"{'| ' if number else ''}{name}" for number, name in enumerate(names.values())]
            line = "\n".join((f"{union}: TypeAlias = (", *(f"    {one}" for one in lines), ")"))
        self.unions[union] = view.Union(
            name=union, text=line, doc=f"An event of the stream that {operation.name} gives."
        )
        return union, names

    def _event(self, operation: Operation, event: Event) -> str:
        base = "Image" if any(one.source in _CARRIERS for one in event.fields) else "Record"
        return self._record(operation, camel(event.name), base, event.fields, doc=event.doc, kind=event.name)

    def _record(
        self, operation: Operation, name: str, base: str, fields: tuple[Field, ...], *, doc: str, kind: str = ""
    ) -> str:
        made: list[view.RecordField] = []
        renamed: dict[str, str] = {}
        taken: list[str] = []
        lines: list[str] = []
        sources: dict[From, str] = {}
        for one in fields:
            word = attribute(one.name, taken)
            taken.append(word)
            if word != one.name:
                renamed[one.name] = word
            sources[one.source] = word
            annotation, default, reader = self._kind(operation, name, one, kind)
            made.append(view.RecordField(key=one.name, reader=reader, declaration=f"{word}: {annotation} = {default}"))
            lines.append(paragraph(f"{word}: {sentence(one.doc)}", indent=2 * INDENT, hanging=INDENT))
        self.used.add(base)
        table = "\n".join(f"    {line}" for block in lines for line in block.split("\n"))
        record = view.Record(
            name=name,
            base=base,
            doc=f"{paragraph(sentence(doc), indent=INDENT)}\n\nAttributes:\n{table}",
            fields=tuple(made),
            renamed=literal(renamed) if renamed else "",
            base64=sources.get(From.BASE64),
            url=sources.get(From.URL),
        )
        # Another operation may have a record of this name, or the client may have something else.
        while (
            not free_type(record.name, (*self.taken, *self.unions))
            or self.made.setdefault(record.name, record) != record
        ):
            record = replace(record, name=camel(operation.name, record.name or "record"))
        return record.name

    def _kind(self, operation: Operation, owner: str, one: Field, kind: str) -> tuple[str, str, str]:
        """The annotation, the default and the reader of a field."""
        match one.source:
            case From.CLOCK | From.INDEX:
                return self._plain("int", "integer")
            case From.BASE64 | From.URL | From.REVISED_PROMPT:
                return self._plain("str", "text")
            case From.ECHO:
                return self._plain(*_ECHOED[operation.tables[ANY_MODEL].parameters[one.of].type])
            case From.LITERAL if kind and one.of == kind:
                self.used.add("constant")
                return f"Literal[{literal(kind)}]", literal(kind), f"constant({literal(kind)})"
            case From.LITERAL:
                return self._plain(*_ECHOED[_type_of(one.of)])
            case From.IMAGES:
                name = camel(operation.name, "image")
                inner = self._record(operation, name, "Image", one.fields, doc="One of the images.")
                self.used.add("records")
                return f"tuple[{inner}, ...]", "()", f"records({inner})"
            case From.USAGE:
                return self._inner(self._usage())
            case From.OBJECT:
                base = "Image" if any(inner.source in _CARRIERS for inner in one.fields) else "Record"
                return self._inner(self._record(operation, camel(owner, one.name), base, one.fields, doc=one.doc))

    def _plain(self, annotation: str, reader: str) -> tuple[str, str, str]:
        self.used.add(reader)
        return f"{annotation} | None" if annotation != "Any" else "Any", "None", reader

    def _inner(self, name: str) -> tuple[str, str, str]:
        self.used.add("record")
        return f"{name} | None", "None", f"record({name})"

    def _usage(self) -> str:
        """Tokens are told in the same form by every API that tells of them."""
        self.used |= {"record", "integer", "Record"}
        self._tokens("TokenDetails", "Tokens by what they stand for.", dict.fromkeys(_TOKEN_FIELDS, ""))
        fields = {
            "input_tokens": "",
            "input_tokens_details": "TokenDetails",
            "output_tokens": "",
            "output_tokens_details": "TokenDetails",
            "total_tokens": "",
        }
        return self._tokens("Usage", "Tokens that a call cost.", fields)

    def _tokens(self, name: str, doc: str, fields: Mapping[str, str]) -> str:
        made = tuple(
            view.RecordField(
                key=key,
                reader=f"record({kind})" if kind else "integer",
                declaration=f"{key}: {kind or 'int'} | None = None",
            )
            for key, kind in fields.items()
        )
        self.made.setdefault(
            name, view.Record(name=name, base="Record", doc=doc, fields=made, renamed="", base64=None, url=None)
        )
        return name


def _type_of(value: object) -> Type:
    match value:
        case bool():
            return Type.BOOLEAN
        case int():
            return Type.INTEGER
        case float():
            return Type.NUMBER
        case str():
            return Type.STRING
        case _:
            return Type.OBJECT
