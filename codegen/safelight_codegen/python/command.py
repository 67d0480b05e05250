"""The command of a client package: the parameters of its first operation as options."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from safelight.checks import shown
from safelight.lens import Lens, enforce
from safelight.model import ANY_MODEL, AppliesTo, Basis, OneOf, Operation, Spec, Type, Value
from safelight_codegen.python import view
from safelight_codegen.python.layout import INDENT, collection, fits, imported, string
from safelight_codegen.python.operation import record_name
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
        help_ = " ".join([sentence(some[name].doc), *_values(spec, operation, name)])
        arguments = [literal(name), literal(kind), string("", help_, "", indent + INDENT)]
        return view.Flag(text=collection("Flag(", arguments, ")", indent + len(",")))

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
        constant=record_name(operation),
        prompt=flag(picture.prompt, INDENT + len("prompt=")),
        flags=_flags([flag(name, 2 * INDENT).text for name in operation.parameters if name != picture.prompt]),
        settings=tuple(view.Setting(name=name, text=text.replace("\n", "\n    ")) for name, text in settings.items()),
        imports=(
            "from ._cli import main",
            imported("._command", used),
            "from .api import API",
            "from .client import Client",
            f"from .{operation.resource} import {record_name(operation)}",
        ),
    )


def _flags(texts: list[str]) -> str:
    """Lay out the tuple of the flags: one that fits its line stays on it, several have a line each."""
    line = f"({''.join(f'{text},' for text in texts)})"
    if not texts or (len(texts) == 1 and "\n" not in line and fits(f"flags={line},", INDENT)):
        return line
    return "\n".join(("(", *(textwrap.indent(f"{text},", " " * INDENT) for text in texts), ")"))


def _values(spec: Spec, operation: Operation, name: str) -> Iterator[str]:
    """Say what a parameter takes, in short sentences; the rules say more, and judge."""
    if name == operation.model_parameter:
        yield f"One of {', '.join(spec.names_as_of(spec.revised))}."
        return
    lens = Lens(spec.revised, frozenset({Basis.DOCUMENTED}))
    tables = {key: operation.tables[key].parameters[name] for key in (*spec.models, ANY_MODEL)}
    if len(tables) > 1:
        del tables[ANY_MODEL]
    takers = [one for key, parameter in tables.items() if (one := enforce(parameter, key, lens)).applies]
    checks = [one.check for taker in takers for one in taker.content]
    lists = [check.allowed(spec.revised) for check in checks if isinstance(check, OneOf)]
    words = dict.fromkeys(value if isinstance(value, str) else shown(value) for values in lists for value in values)
    if words:
        head = "One of" if len(lists) == len(takers) else "For example"
        tail = ", as the model has it" if len(set(lists)) > 1 else ""
        yield f"{head} {', '.join(words)}{tail}."
    limits = [limit for one in takers for limit in (one.low, one.high) if limit is not None]
    if len(limits) == 2 * len(takers) > 0:
        yield f"{shown(min(limits))} to {shown(max(limits))}."
    for text in dict.fromkeys(_restrictions(operation, name)):
        yield sentence(f"{text[0].upper()}{text[1:]}")


def _restrictions(operation: Operation, name: str) -> Iterator[str]:
    """Say which models take a parameter, where not all of them do."""
    for table in operation.tables.values():
        for one in table.parameters[name].constraints:
            if isinstance(one.check, AppliesTo):
                yield one.requirement.removeprefix(f"{name} is ")


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
