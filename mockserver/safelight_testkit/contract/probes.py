"""Requests that are wrong in another way than by what their body says: no key, a wrong key, no JSON, another method.

None of them costs anything.  Each carries a body that is refused for itself, so that a server that overlooks the fault
has a reason to refuse left, and draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelight.model import Json, Operation, Spec
from safelight_testkit.contract.trial import Key, Trial, Twist

__all__ = ["probes"]

_BODY: Json = []
"""Refused by every operation: the body must be an object."""


def probes(spec: Spec, operation: Operation) -> Iterator[Trial]:
    """The probes of an operation, numbered from 1."""
    for number, twist in enumerate(_twists(spec, operation), 1):
        expected = () if twist.kind else (operation.body_type.id,)
        yield Trial(
            number=number,
            operation=operation.name,
            model="*",
            body=_BODY,
            refused=True,
            expected=expected,
            twist=twist,
        )


def _twists(spec: Spec, operation: Operation) -> Iterator[Twist]:
    def called(kind: str) -> str:
        return f"{operation.name}.errors.{kind}"

    if spec.auth:
        yield Twist(kind="no_key", constraint=called("no_key"), key=Key.NONE)
        yield Twist(kind="bad_key", constraint=called("bad_key"), key=Key.WRONG)
    for place, auth in enumerate(spec.auth[1:], 1):
        yield Twist(kind="", constraint=f"{operation.name}.auth.{auth.header or 'bearer'}", auth=place)
    yield Twist(kind="malformed_json", constraint=called("malformed_json"), cut=True)
    yield Twist(kind="content_type", constraint=called("content_type"), content_type="text/plain")
    if operation.verb != "GET":
        yield Twist(kind="method", constraint=called("method"), verb="GET")
    yield Twist(kind="not_found", constraint=called("not_found"), suffix="/unlisted")
