"""The command of a client package: parameters as options, and a word for each operation where there are several."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Final

from safelight.judging.lens import Lens, enforce
from safelight.model import ANY_MODEL, AppliesTo, Basis, OneOf, Operation, Spec, Type, Value
from safelight.vocabulary.checks import shown
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import INDENT, collection, fits, imported, string
from safelight_codegen.python.code.naming import record_name, resource_names
from safelight_codegen.text import literal, sentence

__all__ = ["options_of", "package_command", "word_of"]

_OWN_OPTIONS: Final = frozenset(
    {
        "--output", "--format", "--api-key", "--base-url", "--timeout", "--max-retries", "--no-validate", "--basis",
        "--ignore", "--quiet", "--help",
    }
)  # fmt: skip
"""What the runtime's command takes itself."""

_KINDS: Final[Mapping[Type, str]] = {
    Type.INTEGER: "integer",
    Type.NUMBER: "number",
    Type.BOOLEAN: "switch",
    Type.ARRAY: "json",
    Type.OBJECT: "json",
}
_FORMATS: Final = {"jpg": "jpeg"}
"""Names of file formats that differ from those of the client's runtime."""


def package_command(spec: Spec, package: str) -> view.Command:
    """Make the view-model of ``__main__.py``."""
    prog = f"python -m {package}"
    several = len(spec.operations) > 1
    indent = INDENT if several else 0
    made = tuple(
        _operation(spec, one, f"{prog} {word_of(one)}" if several else prog, 2 * indent)
        for one in spec.operations.values()
    )
    formats = any(setting.name == "format" for one in made for setting in one.settings)
    used = ["Command", *(["Commands"] if several else []), "Flag", *(["FormatFlag"] if formats else [])]
    names = resource_names(spec)
    homes: dict[str, list[str]] = {}
    for operation in spec.operations.values():
        homes.setdefault(names[operation.resource].module, []).append(record_name(operation))
    lines = {"api": "from .api import API", "client": "from .client import Client"}
    lines |= {module: imported(f".{module}", constants) for module, constants in homes.items()}
    words = "OPERATION PROMPT" if several else "PROMPT"
    return view.Command(
        doc=sentence(f"Images from the command line: ``{prog} {words}``"),
        summary=sentence(spec.doc or spec.title),
        prog=prog,
        several=several,
        operations=made,
        imports=("from ._cli import main", imported("._command", used), *(lines[name] for name in sorted(lines))),
    )


def word_of(operation: Operation) -> str:
    """The word that chooses an operation on the command line, where there are several."""
    return operation.name.replace("_", "-")


def options_of(operation: Operation) -> Mapping[str, str]:
    """By parameter, the option that gives it; one that the command has itself stands behind ``--api``."""
    found: dict[str, str] = {}
    taken = set(_OWN_OPTIONS)
    for name, parameter in operation.tables[ANY_MODEL].parameters.items():
        option = f"--{name.replace('_', '-')}"
        while not taken.isdisjoint(forms := _forms(option, parameter.type)):
            option = f"--api-{option.removeprefix('--')}"
        taken.update(forms)
        found[name] = option
    return found


def _forms(option: str, type_: Type) -> tuple[str, ...]:
    """The options that a parser makes of one: a switch can be turned off, too."""
    return (option, f"--no-{option.removeprefix('--')}") if type_ is Type.BOOLEAN else (option,)


def _operation(spec: Spec, operation: Operation, prog: str, indent: int) -> view.OperationCommand:
    """The command of one operation; *indent* blanks stand before it."""
    picture = operation.response.picture
    some = operation.tables[ANY_MODEL].parameters
    options = options_of(operation)

    def flag(name: str, indent: int) -> str:
        kind = _KINDS.get(some[name].type, "text")
        help_ = " ".join([sentence(some[name].doc), *_values(spec, operation, name)])
        arguments = [literal(name), literal(kind), string("", help_, "", indent + INDENT)]
        if name != picture.prompt and options[name] != f"--{name.replace('_', '-')}":
            arguments.append(literal(options[name]))
        return collection("Flag(", arguments, ")", indent + len(","))

    inside = indent + INDENT
    settings = {
        "prog": literal(prog),
        "doc": literal(sentence(operation.doc or operation.title)),
        "api": "API",
        "operation": record_name(operation),
        "prompt": flag(picture.prompt, inside + len("prompt=")),
        "flags": _flags(
            [flag(name, inside + INDENT) for name in operation.parameters if name != picture.prompt], inside
        ),
    }
    if picture.format is not None:
        values = {_FORMATS.get(value, value): value for value in _choices(operation, picture.format)}
        arguments = [literal(picture.format), literal(picture.default_format), literal(values)]
        settings["format"] = collection("FormatFlag(", arguments, ")", inside + len("format="))
    partials = _partials(operation)
    if partials is not None:
        settings["partials"] = literal(partials)
    return view.OperationCommand(
        word=word_of(operation),
        settings=tuple(
            view.Setting(name=name, text=text.replace("\n", f"\n{' ' * inside}")) for name, text in settings.items()
        ),
    )


def _flags(texts: list[str], indent: int) -> str:
    """Lay out the tuple of the flags: one that fits its line stays on it, several have a line each."""
    line = f"({''.join(f'{text},' for text in texts)})"
    if not texts or (len(texts) == 1 and "\n" not in line and fits(f"flags={line},", indent)):
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
