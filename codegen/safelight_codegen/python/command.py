"""The command of a client package: the parameters of its first operation as options."""

from __future__ import annotations

from typing import Final

from safelight.model import ANY_MODEL, Operation, Spec, Type, Value
from safelight_codegen.names import constant
from safelight_codegen.python import view
from safelight_codegen.python.layout import INDENT, collection, imported
from safelight_codegen.text import literal, sentence

__all__ = ["package_command"]

_FORMATS: Final = {"jpg": "jpeg"}
"""Names of file formats that differ from those of the client's runtime."""


def package_command(spec: Spec, package: str) -> view.Command:
    """Make the view-model of ``__main__.py``."""
    operation = next(iter(spec.operations.values()))
    picture = operation.response.picture
    some = operation.tables[ANY_MODEL].parameters
    kinds = {
        Type.INTEGER: "integer",
        Type.NUMBER: "number",
        Type.BOOLEAN: "switch",
        Type.ARRAY: "json",
        Type.OBJECT: "json",
    }

    def flag(name: str, indent: int) -> view.Flag:
        kind = kinds.get(some[name].type, "text")
        arguments = [literal(name), literal(kind), literal(sentence(some[name].doc))]
        return view.Flag(text=collection("Flag(", arguments, ")", indent))

    settings: dict[str, str] = {}
    if picture.format is not None:
        values = {_FORMATS.get(value, value): value for value in _choices(operation, picture.format)}
        arguments = [literal(picture.format), literal(picture.default_format), literal(values)]
        settings["format"] = collection("FormatFlag(", arguments, ")", INDENT + len("format="))
    partials = _partials(operation)
    if partials is not None:
        settings["partials"] = literal(partials)
    used = ["Command", "Flag", *(["FormatFlag"] if "format" in settings else [])]
    return view.Command(
        doc=sentence(f"Images from the command line: ``python -m {package} PROMPT``"),
        summary=sentence(operation.doc or operation.title),
        prog=f"python -m {package}",
        constant=constant(operation.name),
        prompt=flag(picture.prompt, INDENT + len("prompt=")),
        flags=tuple(flag(name, 2 * INDENT) for name in operation.parameters if name != picture.prompt),
        settings=tuple(view.Setting(name=name, text=text.replace("\n", "\n    ")) for name, text in settings.items()),
        imports=(
            "from ._cli import main",
            imported("._command", used),
            "from .client import Client",
            f"from .{operation.resource} import {constant(operation.name)}",
        ),
    )


def _choices(operation: Operation, name: str) -> list[str]:
    """The words that some model takes for a parameter, in spec order."""
    found: dict[str, None] = {}
    for table in operation.tables.values():
        for one in table.parameters[name].constraints:
            choices = getattr(one.check, "choices", ())
            found.update((choice.value, None) for choice in choices if isinstance(choice.value, str))
    return list(found)


def _partials(operation: Operation) -> str | None:
    """The parameter that says how many unfinished images a stream may send."""
    if operation.response.stream is None:
        return None
    counted = [event.most for event in operation.response.stream.events if not event.final]
    return next((one.parameter for one in counted if isinstance(one, Value)), None)
