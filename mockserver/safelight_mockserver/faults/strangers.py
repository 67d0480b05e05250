"""Strangers: names in an order that the API does not have, and faults of streams where it has none.

An order that has one would never meet a request.  The test that gave it would pass without its fault, so it is
refused when it is given, wherever the API is known by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Protocol

from safelight import Operation, Spec
from safelight.diagnostic import suggest
from safelight.records import dataclass

from .fault import Fault
from .grammar import OrderError
from .kinds import Kind, Malformed, Refusal, Reset, Truncated, name_of, needs_stream
from .texts import TEXTS

__all__ = ["Named", "Stranger", "check_strangers", "strange_kinds", "strange_names", "strange_texts"]

_WHOLE: Final = f"answers that come whole break by {Truncated.NAME}, {Malformed.NAME} and {Reset.NAME}"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name that the API does not have.

    Attributes:
        name: The name.
        message: That it is none, in a sentence.
        help: What would be right.
        path: Where it stands: keys of a scope, or the number of a step.
    """

    name: str
    message: str
    help: str
    path: tuple[str | int, ...]


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
        OrderError: The API has no operation, model, parameter or error of that name, or no streams to trouble.
    """
    found = (
        *strange_names(fault.scope, spec),
        *strange_texts(fault.steps, spec),
        *strange_kinds(fault.steps, fault.scope, spec),
    )
    for one in found:
        raise OrderError(one.message, 0, one.help)


def strange_names(scope: Named, spec: Spec) -> Iterator[Stranger]:
    """Find what is no operation, model or parameter of the API."""
    operations: Mapping[str, Operation] = spec.operations
    parameters = {name for one in operations.values() for table in one.tables.values() for name in table.parameters}
    if scope.operation is not None:
        yield from _stranger(spec, "operation", scope.operation, operations, ("operation",))
    if scope.model is not None:
        yield from _stranger(spec, "model", scope.model, spec.models, ("model",))
    for name in scope.parameters:
        yield from _stranger(spec, "parameter", name, sorted(parameters), ("parameters", name))


def strange_texts(steps: tuple[Kind, ...], spec: Spec) -> Iterator[Stranger]:
    """Find the errors that are to be played and that neither the API has nor the fake; their path is their step."""
    operations: Mapping[str, Operation] = spec.operations
    known = sorted({*TEXTS, *(text for one in operations.values() for text in one.errors.texts)})
    for number, step in enumerate(steps):
        if isinstance(step, Refusal):
            yield from _stranger(spec, "error", step.text, known, (number,))


def strange_kinds(steps: tuple[Kind, ...], scope: Named, spec: Spec) -> Iterator[Stranger]:
    """Find the faults of streams where no call that is meant can be answered by one; their path is their step."""
    streaming = [name for name, one in spec.operations.items() if one.response.stream is not None]
    if scope.operation in streaming or (scope.operation not in spec.operations and streaming):
        return
    who = f"{spec.name}'s operation {scope.operation}" if streaming else spec.name
    told = f"operations with streams are {', '.join(streaming)}" if streaming else _WHOLE
    for number, step in enumerate(steps):
        if needs_stream(step):
            yield Stranger(name_of(step), f"{who} has no streams, which {name_of(step)} is about", told, (number,))


def _stranger(
    spec: Spec, what: str, name: str, known: Collection[str], path: tuple[str | int, ...]
) -> Iterator[Stranger]:
    if name not in known:
        told = suggest(name, known) or f"it has {', '.join(known)}"
        yield Stranger(name, f"{spec.name} has no {what} {name!r}", told, path)
