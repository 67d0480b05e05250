"""Which requests an assertion is about, and what it says when there are too few or too many of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from safelight.model import Json
from safelight.vocabulary.checks import same, shown
from safelight_testkit.plugin.log import Received, Requests
from safelight_testkit.shapes import is_array, is_object

__all__ = ["Wanted", "equal"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requests that an assertion is about.

    Attributes:
        operation: The operation that they call; any where it is empty.
        fields: Fields of their bodies, with the values that these have.
    """

    operation: str
    fields: Mapping[str, Json]

    def __str__(self) -> str:
        """Name them as in ``to generate with model="gpt-image-2"``."""
        fields = ", ".join(f"{name}={shown(value)}" for name, value in self.fields.items())
        return (f" to {self.operation}" if self.operation else "") + (f" with {fields}" if fields else "")

    def matches(self, received: Received) -> bool:
        """Tell whether a request is one of them."""
        return not any(self._differences(received))

    def compared(self, requests: Requests) -> str:
        """List the requests, and for each that is none of them where it differs."""
        return requests.listing(lambda one: [f"  differs: {what}" for what in self._differences(one)])

    def _differences(self, received: Received) -> Iterator[str]:
        if not received.operation:
            yield "it calls no operation of the spec"
            return
        if self.operation and received.operation != self.operation:
            yield f"it calls {received.operation}"
        body = received.body
        for name, value in self.fields.items():
            if not is_object(body) or name not in body:
                yield f"{name} was not sent"
            elif not equal(body[name], value):
                yield f"{name} is {shown(body[name])}"


def equal(left: Json, right: Json) -> bool:
    """Tell whether two values are equal as JSON has it, at any depth: ``1.0`` equals ``1``, ``True`` does not."""
    if is_object(left) and is_object(right):
        return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())
    if is_array(left) and is_array(right):
        return len(left) == len(right) and all(map(equal, left, right))
    return same(left, right)
