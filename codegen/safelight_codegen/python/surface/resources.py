"""Resources: the classes whose methods call operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from safelight.model import Operation, Spec
from safelight_codegen.names import camel, distinct, in_order
from safelight_codegen.python import view
from safelight_codegen.python.code.flavours import AIO, SYNC
from safelight_codegen.python.code.layout import INDENT, called_with, collection, imported, names_in
from safelight_codegen.python.code.naming import ResourceNames, method_name, record_name, resource_names, validator_name
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.surface.annotations import Annotations
from safelight_codegen.python.surface.envelope import envelope
from safelight_codegen.python.surface.records import Records, way_to_images
from safelight_codegen.python.surface.signatures import Argument, Signature, signatures, stream_parameter
from safelight_codegen.python.surface.wordings import parameter_doc
from safelight_codegen.text import literal, paragraph, sentence

__all__ = ["resources"]

_METHOD: Final = 2 * INDENT
_TYPING_WORDS: Final = ("TYPE_CHECKING", "Any", "Final", "Literal", "TypedDict", "Unpack", "cast", "overload")


def resources(spec: Spec, annotations: Mapping[str, Annotations], records: Records) -> tuple[view.Resource, ...]:
    """Make the resources of a client.

    Args:
        spec: The spec.
        annotations: By operation: the types of its parameters; filled on the way.
        records: The records of the answers; filled on the way.
    """
    found: dict[str, list[Operation]] = {}
    for operation in spec.operations.values():
        found.setdefault(operation.resource, []).append(operation)
    names = resource_names(spec)
    made: list[view.Resource] = []
    for name, operations in found.items():
        raw = distinct("RawResponse", (parameter for one in operations for parameter in one.parameters))
        methods = [_Method(Compiled(spec, one), annotations[one.name], records, raw) for one in operations]
        made.append(_resource(names[name], methods))
    return tuple(made)


def _resource(names: ResourceNames, methods: list[_Method]) -> view.Resource:
    kind = names.kind
    arguments = [one for method in methods for one in method.arguments]
    given, cast = (distinct(word, arguments) for word in ("given", "cast"))
    classes = tuple(
        view.ResourceClass(
            name=f"{flavour.prefix}{kind}",
            raw_name=f"{flavour.prefix}Raw{kind}",
            client=flavour.client,
            doc=paragraph(
                sentence(f"The operations on {names.attribute}, through the {flavour.adjective} client"), indent=INDENT
            ),
            def_=flavour.def_,
            await_=flavour.await_,
            given=given,
            cast=cast,
            methods=tuple(method.view(flavour) for method in methods),
        )
        for flavour in (SYNC, AIO)
    )
    operations = tuple(method.record() for method in methods)
    types = {name for method in methods for name in method.types}
    answers = dict(method.answer for method in methods)
    streams = any(method.streams for method in methods)
    used = {name for one in classes for method in one.methods for name in _names_in_method(method)}
    used |= (
        {"Final", "TYPE_CHECKING"} if all(method.streams for method in methods) else {"Final", "TYPE_CHECKING", "cast"}
    )
    loose = tuple(one for method in methods for one in method.loose())
    if loose:
        used |= {"TypedDict", "Unpack"}
    words = [_imported_as(word, cast if word == "cast" else word) for word in _TYPING_WORDS if word in used]
    client_names = {"async_client": ["AsyncClient"], "client": ["Client"]}
    if streams:
        client_names = {"async_client": ["AsyncClient", "AsyncStream"], "client": ["Client", "Stream"]}
    records = [name for name in ("Json", "Record") if name in used or name in types]
    collections = [word for word in ("Mapping", "Sequence") if word in used]
    exports = [*(one.constant for one in operations), *(one.name for one in classes)]
    return view.Resource(
        attribute=names.attribute,
        kind=kind,
        module=names.module,
        imports=view.Imports(
            standard=(
                *((imported("collections.abc", collections),) if collections else ()),
                imported("typing", words),
            ),
            siblings=(
                "from . import validators",
                "from ._envelope import Envelope",
                imported("._omit", ["OMIT", "Omit", _imported_as("given", given)]),
                "from ._operation import Operation",
                *(("from ._overloads import WrongForModel, deprecated",) if loose else ()),
                *((imported("._records", records),) if records else ()),
                f"from ._wire import {_imported_as('RawResponse', methods[0].raw)}",
                imported(".types", [_imported_as(name, answers.get(name, name)) for name in types - {"Record"}]),
            ),
        ),
        typing_imports=tuple(imported(f".{module}", names) for module, names in client_names.items()),
        exports=collection("[", [literal(one) for one in in_order(exports)], "]", len("__all__ = ")),
        operations=operations,
        loose=loose,
        classes=classes,
    )  # fmt: skip


def _imported_as(name: str, word: str) -> str:
    return name if word == name else f"{name} as {word}"


def _names_in_method(method: view.Method) -> Iterator[str]:
    for signature in (*method.overloads, *method.raw_overloads):
        yield "overload"
        for argument in signature.arguments:
            yield from names_in(argument.partition(": ")[2].partition(" = ")[0])
    for argument in method.arguments:
        yield from names_in(argument.partition(": ")[2].partition(" = ")[0])


class _Method:
    """The method of one operation, for all flavours.

    Attributes:
        answer: The record of the answer, and what the module calls it: no parameter has that name.
        raw: What the module calls `RawResponse`, likewise.
    """

    def __init__(self, compiled: Compiled, annotations: Annotations, records: Records, raw: str) -> None:
        self._compiled = compiled
        self._operation = compiled.operation
        record = records.result(compiled.operation)
        self._result = distinct(record, compiled.operation.parameters)
        self.answer = record, self._result
        self.raw = raw
        self._event, self._events = records.event(compiled.operation)
        self._stream = stream_parameter(compiled.operation)
        self._signatures = signatures(compiled, annotations)
        self._annotations = annotations
        self.streams = self._stream is not None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments: no name that the method uses itself may be one of them."""
        return tuple(one.name for one in self._signatures[-1].arguments)

    @property
    def types(self) -> set[str]:
        """The types of ``types.py`` that the method names."""
        words = {
            name
            for signature in self._signatures
            for argument in signature.arguments
            for name in names_in(argument.text.partition(" = ")[0])
        }
        return (words & self._annotations.aliases.keys()) | {self.answer[0], self._event, *self._events.values()}

    def record(self) -> view.OperationRecord:
        """The record that the request shell calls the operation by."""
        operation = self._operation
        settings = {
            "verb": literal(operation.verb),
            "path": literal(operation.path),
            "check": f"validators.{validator_name(operation)}",
            "result": self._result,
            "images": literal(way_to_images(operation.response.fields)),
        }
        if operation.response.stream is not None and self._stream is not None:
            final = [literal(one.name) for one in operation.response.stream.events if one.final]
            events = [f"{literal(name)}: {kind}" for name, kind in self._events.items()]
            settings["events"] = collection("{", events, "}", INDENT + len("events="))
            settings["final"] = f"frozenset({{{', '.join(final)}}})"
            settings["stream"] = literal(self._stream)
        if operation.response.picture.count is not None:
            settings["count"] = literal(operation.response.picture.count)
        settings["envelope"] = envelope(operation.errors.envelope, INDENT + len("envelope="))
        if operation.response.stream is not None:
            settings["error_event"] = literal(operation.response.stream.error)
        return view.OperationRecord(
            constant=record_name(operation),
            result=self._result,
            event=self._event,
            doc=f"What `{operation.resource}.{operation.name}` calls.",
            settings=tuple(
                view.Setting(name=name, text=text.replace("\n", "\n    ")) for name, text in settings.items()
            ),
        )

    def loose(self) -> Iterator[view.Loose]:
        """The type of the arguments of wrong calls, where there are signatures for such."""
        wrong = [one for one in self._signatures if one.wrong]
        if wrong:
            *_, last = self._signatures
            told = {argument.name for one in wrong for argument in one.arguments}
            members = [f"{argument.name}: Json" for argument in last.arguments if argument.name not in told]
            doc = f"What a call of `{self._operation.name}` may have that is wrong for its model."
            yield view.Loose(name=self._loose_name, doc=doc, members=tuple(members))

    def _wrong(self, signature: Signature) -> view.Overload:
        mark = called_with("@deprecated", signature.wrong, INDENT)
        others = f"**{distinct('others', self.arguments)}: Unpack[{self._loose_name}]"
        return view.Overload(arguments=(*_lines(signature), others), result="WrongForModel", mark=mark)

    @property
    def _loose_name(self) -> str:
        return f"_{camel(self._operation.name, 'anything')}"

    def view(self, flavour: view.Flavour) -> view.Method:
        """The method for one flavour."""
        *_, last = self._signatures
        stream = f"{flavour.stream}[{self._event}]"
        kinds = {"no": self._result, "never": self._result, "yes": stream, "maybe": f"{self._result} | {stream}"}
        several = len(self._signatures) > 1
        for_any_model = [one for one in self._signatures[-3:] if several and one.streaming != "never"]
        return view.Method(
            name=method_name(self._operation),
            constant=record_name(self._operation),
            overloads=tuple(
                self._wrong(one) if one.wrong else view.Overload(arguments=_lines(one), result=kinds[one.streaming])
                for one in (self._signatures if several else ())
            ),
            raw_overloads=tuple(
                view.Overload(arguments=_lines(self._for_any_model(one)), result=f"{self.raw}[{kinds[one.streaming]}]")
                for one in for_any_model
            ),
            arguments=_lines(self._widest(last)),
            result="object" if any(one.wrong for one in self._signatures) else kinds[last.streaming],
            raw_result=f"{self.raw}[{kinds[last.streaming]}]",
            doc=self._doc(),
            names=self.arguments,
            streams=self.streams,
            record=self._result,
            held=distinct("result", self.arguments),
            raw_held=distinct("response", self.arguments),
        )

    def _widest(self, last: Signature) -> Signature:
        """What the method itself takes: everything that its overloads take."""
        arguments = [
            Argument(one.name, "bool | Omit | None = OMIT") if one.name == self._stream else one
            for one in self._for_any_model(last).arguments
        ]
        return Signature(tuple(arguments), last.streaming)

    def _for_any_model(self, signature: Signature) -> Signature:
        """Let a signature be called without a model, where the method can be."""
        arguments = [
            Argument(one.name, "str | Omit = OMIT")
            if one.name == self._operation.model_parameter and self._may_omit_model
            else one
            for one in signature.arguments
        ]
        return Signature(tuple(arguments), signature.streaming)

    @property
    def _may_omit_model(self) -> bool:
        return any(
            "OMIT" in one.text
            for signature in self._signatures
            for one in signature.arguments
            if one.name == self._operation.model_parameter
        )

    def _doc(self) -> str:
        operation = self._operation
        *_, last = self._signatures
        summary, doc = sentence(operation.title), sentence(operation.doc)
        head = [paragraph(summary, indent=_METHOD)]
        if doc.rstrip(".").casefold() != summary.rstrip(".").casefold():
            head = [paragraph(doc, indent=_METHOD)] if doc.startswith(summary.rstrip(".")) and _fits(doc) else [
                *head, "", paragraph(doc, indent=_METHOD)]  # fmt: skip
        args = [f"{one.name}: {parameter_doc(self._compiled, one.name)}" for one in last.arguments]
        gives = f"The answer; a stream of events where *{self._stream}* is true." if self._stream else "The answer."
        raises = (
            "RuleError: The arguments break rules of the API, and nothing was sent; the error names them all.",
            "CallError: The call failed; `errors` tells the ways.",
            "TypeError: An argument has no JSON form.",
        )
        return "\n".join(
            (*head, "", "Args:", *_hung(args), "", "Returns:", *_hung([gives]), "", "Raises:", *_hung(raises))
        )


def _fits(text: str) -> bool:
    return len(text) <= 100


def _hung(texts: Iterable[str]) -> Iterator[str]:
    """Fill the entries of a docstring's section."""
    for text in texts:
        filled = paragraph(text, indent=_METHOD + INDENT, hanging=INDENT)
        yield from (f"{' ' * INDENT}{line}" for line in filled.split("\n"))


def _lines(signature: Signature) -> tuple[str, ...]:
    return tuple(_argument(one) for one in signature.arguments)


def _argument(one: Argument) -> str:
    """Lay out one argument; a type that does not fit its line is broken as a formatter breaks it."""
    return f"{one.name}: {one.text}"
