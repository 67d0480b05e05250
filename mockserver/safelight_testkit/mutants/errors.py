"""Mutants of refusals: each kind of fault told by another status, type, code or param, or in the wrong order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from safelight.model import Constraint, Errors, ErrorText, Json, Operation, Outcome, Rule, Spec
from safelight.vocabulary.faults import KINDS, text_name
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from safelight_testkit.mutants.rewrite import Respeccing, each_parameter, in_constraint, in_operation, in_rule, without
from safelight_testkit.shapes import is_object

__all__ = ["error_mutants", "unreached"]

_UNREACHED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "body_too_large": "the spec does not say how long a body may be",
        "pixel_budget": "the spec does not say which images are too large for the server of the day",
    }
)
"""Errors that no request is sure to meet by what the spec says."""

_UNPROVOKED: Final = "no request brings it about by what it says"


def error_mutants(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of how an operation refuses."""
    for kind, text in operation.errors.texts.items():
        if not _why_unreached(kind) and (spec.auth or kind not in {"no_key", "bad_key"}):
            yield from _texts(operation, kind, text)
    yield from _envelope(operation)
    yield from _overridden(operation)
    yield from _precedence(operation)


def unreached(operation: Operation) -> Mapping[str, str]:
    """The errors of an operation that no suite can ask for, by the names of their texts; and why."""
    return {kind: why for kind in operation.errors.texts if (why := _why_unreached(kind))}


def _why_unreached(kind: str) -> str:
    return _UNREACHED.get(kind, "") if kind in KINDS else _UNPROVOKED


def _make(  # noqa: PLR0917 - a row of a table: one short word after the other
    operation: Operation, group: Group, about: str, what: str, text: str, change: Respeccing
) -> Mutant:
    return Mutant(
        id=f"{operation.name}.{about}/{what}",
        group=group,
        operation=operation.name,
        about=f"{operation.name}.{about}",
        text=text,
        change=Respec(change),
    )


def _in_errors(operation: Operation, **changes: object) -> Respeccing:
    def changed(one: Operation) -> Operation:
        errors: Errors = replace(one.errors, **changes)  # type: ignore[arg-type]  # each caller names a field
        return replace(one, errors=errors)

    return in_operation(operation.name, changed)


def _texts(operation: Operation, kind: str, text: ErrorText) -> Iterator[Mutant]:
    make = partial(_make, operation, Group.ERRORS, f"errors.{kind}")

    def respeccing(other: ErrorText) -> Respeccing:
        return _in_errors(operation, texts=MappingProxyType({**operation.errors.texts, kind: other}))

    status = 400 if text.status != 400 else 422
    yield make("status", f"the status is {status}, not {text.status}", respeccing(replace(text, status=status)))
    if text.empty:
        filled = replace(text, empty=False, fields={"message": "There is nothing here."})
        yield make("body", "there is a body", respeccing(filled))
        return
    for name, value in text.fields.items():
        other = _another(value)
        if name == "message" and not _says_something(value):
            continue  # Its words are the spec's own, and no API is held to them.
        says = f"{name} is {other!r}, not {value!r}" if name != "message" else "the message has other words"
        yield make(name, says, respeccing(replace(text, fields=MappingProxyType({**text.fields, name: other}))))
    for name in _fields_of(operation.errors.envelope):
        if name not in text.fields:
            more = MappingProxyType({**text.fields, name: "other"})
            yield make(name, f"{name} is 'other', not null", respeccing(replace(text, fields=more)))
    for name in text.headers:
        fewer = replace(text, headers=without(text.headers, name))
        yield make(f"without-{name}", f"there is no header {name}", respeccing(fewer))


def _another(value: Json) -> Json:
    """Another word; of a text with placeholders, one without."""
    return f"other_{value}" if isinstance(value, str) and "{" not in value else "other"


def _says_something(message: Json) -> bool:
    """Whether a message has words beside its placeholders."""
    return isinstance(message, str) and bool(re.sub(r"\{\w+\}", "", message).strip())


def _fields_of(envelope: Json) -> tuple[str, ...]:
    """The fields of an error that an envelope has a place for."""
    if is_object(envelope):
        return tuple(name for part in envelope.values() for name in _fields_of(part))
    return (envelope[1:-1],) if isinstance(envelope, str) and envelope.startswith("{") else ()


def _envelope(operation: Operation) -> Iterator[Mutant]:
    """Each member of the envelope lost, and one too many."""
    envelope = operation.errors.envelope
    for path in _paths(envelope):
        name = ".".join(path)
        changed = _in_errors(operation, envelope=_lost(envelope, path))
        yield _make(operation, Group.ERRORS, f"errors.envelope.{name}", "missing", f"errors have no {name}", changed)
    if is_object(envelope):
        more = _in_errors(operation, envelope={**envelope, "unlisted": True})
        yield _make(operation, Group.ERRORS, "errors.envelope", "extra", "errors have a member too many", more)


def _paths(envelope: Json) -> Iterator[tuple[str, ...]]:
    for key, part in envelope.items() if is_object(envelope) else ():
        yield (key,)
        yield from ((key, *rest) for rest in _paths(part))


def _lost(envelope: Json, path: tuple[str, ...]) -> Json:
    first, *rest = path
    if not rest:
        return {key: part for key, part in envelope.items() if key != first}
    return {key: _lost(part, tuple(rest)) if key == first else part for key, part in envelope.items()}


def _overridden(operation: Operation) -> Iterator[Mutant]:
    """Each field of an error that one constraint words otherwise, as if it did not."""
    seen: dict[str, Constraint | Rule] = {rule.id: rule for rule in operation.rules if rule.error}
    for _, parameter in each_parameter(operation):
        seen.update((one.id, one) for one in parameter.constraints if one.error)
    for id_, one in seen.items():
        if one.outcome is not Outcome.REFUSE:
            continue
        kind = "rule" if isinstance(one, Rule) else text_name(one.check.kind)
        general = operation.errors.texts[kind].fields
        for name, value in one.error.items():
            if general.get(name) == value:
                continue
            changed = _unworded(operation, one, name)
            yield Mutant(
                id=f"{id_}/error.{name}",
                group=Group.ERRORS,
                operation=operation.name,
                about=id_,
                text=f"{name} is that of every such error, not the one of this constraint",
                change=Respec(changed),
            )


def _unworded(operation: Operation, one: Constraint | Rule, name: str) -> Respeccing:
    error = without(one.error, name)
    if isinstance(one, Rule):
        return in_rule(operation.name, one.id, lambda rule: replace(rule, error=error))
    return in_constraint(operation.name, one.id, lambda found: replace(found, error=error))


def _precedence(operation: Operation) -> Iterator[Mutant]:
    """Each two neighbours in the other order."""
    order = operation.errors.precedence
    for place, (first, second) in enumerate(pairwise(order)):
        other = (*order[:place], second, first, *order[place + 2 :])
        yield _make(
            operation,
            Group.PRECEDENCE,
            "errors.precedence",
            f"{second}-before-{first}",
            f"{_entry(second)} is told before {_entry(first)}",
            _in_errors(operation, precedence=other),
        )


def _entry(name: str) -> str:
    return "anything else" if name == "*" else name
