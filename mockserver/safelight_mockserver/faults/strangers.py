"""Strangers: names in an order that the API does not have.

An order that names one would never meet a request.  The test that gave it would pass without its fault, so it is
refused when it is given, wherever the API is known by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from safelight import Operation, Spec
from safelight.diagnostic import suggest

from .fault import Fault
from .grammar import OrderError
from .kinds import Kind, Refusal
from .texts import TEXTS

__all__ = ["Named", "check_strangers", "strange_names", "strange_texts"]


class Named(Protocol):
    """Which requests an order is about, as it was written or as it was read."""

    @property
    def operation(self) -> str | None:
        """The operation that they call."""
        ...

    @property
    def model(self) -> str | None:
        """Their model."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Fields of the body with their values."""
        ...


def check_strangers(fault: Fault, spec: Spec) -> None:
    """Raise for the first stranger in an order.

    Raises:
        OrderError: The API has no operation, model, parameter or error of that name.
    """
    for message, told in (*strange_names(fault.scope, spec), *strange_texts(fault.steps, spec)):
        raise OrderError(message, 0, told)


def strange_names(scope: Named, spec: Spec) -> Iterator[tuple[str, str]]:
    """Find what is no operation, model or parameter of the API: a sentence for each, and what would be right."""
    operations: Mapping[str, Operation] = spec.operations
    parameters = {name for one in operations.values() for table in one.tables.values() for name in table.parameters}
    if scope.operation is not None:
        yield from _stranger(spec, "operation", scope.operation, operations)
    if scope.model is not None:
        yield from _stranger(spec, "model", scope.model, spec.models)
    for name in scope.parameters:
        yield from _stranger(spec, "parameter", name, sorted(parameters))


def strange_texts(steps: tuple[Kind, ...], spec: Spec) -> Iterator[tuple[str, str]]:
    """Find the errors that are to be played and that neither the API has nor the fake; as `strange_names` does."""
    operations: Mapping[str, Operation] = spec.operations
    known = sorted({*TEXTS, *(text for one in operations.values() for text in one.errors.texts)})
    for step in steps:
        if isinstance(step, Refusal):
            yield from _stranger(spec, "error", step.text, known)


def _stranger(spec: Spec, what: str, name: str, known: Collection[str]) -> Iterator[tuple[str, str]]:
    if name not in known:
        yield f"{spec.name} has no {what} {name!r}", suggest(name, known) or f"it has {', '.join(known)}"
