"""Functions of the validators: signatures from the variables that a body needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from safelight_codegen.python import view
from safelight_codegen.python.code.layout import INDENT, collection, names_in
from safelight_codegen.python.code.steps import Line, Steps, laid_out, needs, sources
from safelight_codegen.python.validation.content import Held

__all__ = ["VIOLATIONS", "call", "function"]

VIOLATIONS: Final = "list[Violation]"
"""What a function returns that tells violations; in its steps, they are a list named ``told``."""

_ARGUMENTS: Final[Mapping[str, str]] = {
    "value": "Json",
    "path": "str",
    "body": "Body",
    "named": "object",
    "sent": "Body",
    "corrected": "Body",
    "effective": "Body",
    "model": "str | None",
    "lens": "Lens",
    "doubtful": "Collection[Any]",
}
"""The type of each variable, in the order of arguments."""


def function(
    name: str,
    returns: str,
    doc: str,
    steps: Steps,
    *,
    first: str = "",
    kinds: Mapping[str, str] = MappingProxyType({}),
    held: Held | None = None,
) -> view.Function:
    """Make a function that takes the variables its steps need.

    Args:
        name: Its name.
        returns: The type of what it returns, as source.
        doc: Its docstring, filled into lines.
        steps: Its body.
        first: An argument that it takes in any case.
        kinds: By argument: its type, where it is not the usual one.
        held: What it refers to.
    """
    if returns == VIOLATIONS:
        steps = (Line(f"told: {VIOLATIONS} = []"), *steps, Line("return told"))
    arguments = [one for one in _ARGUMENTS if one == first or needs(steps, one)]
    signature = [f"{one}: {kinds.get(one, _ARGUMENTS[one])}" for one in arguments]
    constants = {} if held is None else held.constants
    helpers = () if held is None else tuple(held.helpers.values())
    texts = (*sources(steps), *constants.values(), *(field for helper in helpers for field in _values(helper.fields)))
    used = {used for text in texts for used in names_in(text)}
    used |= {used for text in (returns, *(one.partition(": ")[2] for one in signature)) for used in names_in(text)}
    return view.Function(
        name=name,
        arguments=tuple(arguments),
        head=collection(f"def {name}(", signature, f") -> {returns}:", 0),
        doc=doc,
        steps=laid_out(steps, INDENT),
        constants=tuple(view.Constant(name=key, text=text) for key, text in constants.items()),
        helpers=helpers,
        uses=frozenset(used | ({"SizeLimits", "Lens"} if helpers else set())),
    )


def call(made: view.Function, **given: str) -> str:
    """Write a call of a function; arguments that are not *given* are variables of the same name."""
    return f"{made.name}({', '.join(given.get(name, name) for name in made.arguments)})"


def _values(fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(field.partition("=")[2] for field in fields)
