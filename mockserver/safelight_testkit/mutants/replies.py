"""What a fake decides to answer, before anything is drawn or sent: the quick way to tell a mutant from the honest fake.

Deciding costs a fifth of a millisecond; drawing, sending and judging cost hundreds.  A request to which both give the
same reply cannot tell them apart, so the suite need not send it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import partial
from typing import Final, TypeGuard

from safelight.model import Json, Operation, Spec
from safelight_mockserver.answers.answer import Answer, Call, Responder
from safelight_mockserver.answers.refusal import refuse
from safelight_mockserver.answers.reply import Address, Empty, Event, Events, Headers, InBase64, Reply, Whole
from safelight_mockserver.options import Options
from safelight_mockserver.pictures.picture import Picture
from safelight_testkit.contract.trial import Trial, call
from safelight_testkit.mutants.mutant import Answering, Change, Reanswer, Respec
from safelight_testkit.shapes import is_array, is_object

__all__ = ["Decided", "Replies", "difference", "is_decided", "respond", "told", "wordless"]

_BASE: Final = "http://127.0.0.1"
_LONGEST: Final = 120
_OWN: Final = "x-safelight"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: the reply, and the headers that every answer has."""

    reply: Reply
    headers: Mapping[str, str]


class _Changed(Responder):
    """A responder whose answers are changed."""

    def __init__(self, spec: Spec, operation: Operation, options: Options, *, change: Reanswer, only: str) -> None:
        super().__init__(spec, operation, options)
        self._change = change if only in {"", operation.name} else None

    def answer(self, call: Call) -> Answer:
        """Answer a call, wrongly."""
        if self._change is None:
            return super().answer(call)
        usual: Answering = super().answer
        return self._change.change(usual, call)


def respond(change: Change | None, only: str) -> Callable[[Spec, Operation, Options], Responder]:
    """What makes the responders of a fake with one thing wrong; *only* names the operation that errs."""
    return partial(_Changed, change=change, only=only) if isinstance(change, Reanswer) else Responder


def is_decided(change: Change) -> bool:
    """Whether a mutant differs in what it decides to answer, and in nothing else."""
    return isinstance(change, Respec | Reanswer)


class Replies:
    """The decisions of one fake.

    Args:
        honest: The spec that calls are made by.
        spec: The spec that the fake follows.
        change: What is wrong with it beside that.
        only: The operation that errs; empty for all.
        options: The fake's options.
    """

    def __init__(self, honest: Spec, spec: Spec, change: Change | None, only: str, options: Options) -> None:
        self._honest = honest
        self._spec = spec
        make = respond(change, only)
        self._responders = {name: make(spec, operation, options) for name, operation in spec.operations.items()}
        self._keys = tuple(auth.header for auth in honest.auth if auth.header is not None)
        self._key = options.api_key or ""

    def of(self, trial: Trial) -> Decided:
        """What the fake decides to answer to a trial."""
        operation = self._spec.operations[trial.operation]
        headers = operation.response.headers
        if trial.twist is not None and trial.twist.suffix:
            return Decided(refuse(operation.errors, "not_found", {}), headers)
        sent = call(self._honest, trial, _BASE, self._key)
        given = dict(sent.headers)
        received = Call(
            verb=sent.verb,
            path=operation.path,
            authorization=given.get("authorization"),
            keys={name.lower(): given[name] for name in self._keys if name in given},
            content_type=given["content-type"],
            body=sent.content,
        )
        return Decided(self._responders[trial.operation].answer(received).reply, headers)


def told(decided: Decided) -> Decided:
    """A decision without what no client can tell: what a picture shows, beside its size and kind."""
    plain: Json = _plain(decided.reply)
    return Decided(plain, decided.headers)


def _plain(value: Json) -> Json:
    match value:
        case Picture():
            return replace(value, compression=100, caption="", model="", quality="", seed=0, progress=Fraction(1))
        case InBase64(picture):
            return InBase64(_plain(picture))
        case Address(picture, lifetime):
            return Address(_plain(picture), lifetime)
        case Whole():
            return replace(value, body=_plain(value.body), headers=_foreign(value.headers))
        case Empty():
            return replace(value, headers=_foreign(value.headers))
        case Events(events):
            return replace(value, events=tuple(replace(one, data=_plain(one.data)) for one in events))
        case _ if is_object(value):
            return {key: _plain(item) for key, item in value.items()}
        case _ if is_array(value):
            return [_plain(item) for item in value]
        case _:
            return value


def _foreign(headers: Headers) -> Headers:
    """The headers that an API may have too; by some, the fake explains itself."""
    return tuple((name, value) for name, value in headers if not name.lower().startswith(_OWN))


def wordless(decided: Decided, envelope: Json) -> Decided:
    """A decision without the words of its error, which the spec may leave open.

    Args:
        decided: The decision, as `told` gives it.
        envelope: The body of errors, with ``"{message}"`` where the words go.
    """
    reply = decided.reply
    if not isinstance(reply, Whole) or reply.status < 400:
        return decided
    return Decided(replace(reply, body=_silenced(reply.body, envelope)), decided.headers)


def _silenced(value: Json, envelope: Json) -> Json:
    if envelope == "{message}":
        return ""
    if is_object(envelope) and is_object(value):
        return {key: _silenced(item, envelope.get(key)) for key, item in value.items()}
    return value


def difference(honest: Decided, other: Decided) -> str:
    """Where two decisions differ first, in words."""
    if honest.headers != other.headers:
        return f"headers {_shown(dict(honest.headers))} became {_shown(dict(other.headers))}"
    return next(_differences(honest.reply, other.reply, ""), "nothing")


def _differences(honest: Json, other: Json, where: str) -> Iterator[str]:
    """Every place where two replies differ."""
    if type(honest) is not type(other) or not isinstance(honest, dict | list | tuple | Whole | Events | Event | Empty):
        if honest != other:
            yield f"{where or 'the reply'} was {_shown(honest)} and is {_shown(other)}"
        return
    before, after = _parts(honest), _parts(other)
    for key in dict.fromkeys((*before, *after)):
        path = f"{where}.{key}" if where else key
        if key not in after:
            yield f"{path} is not there"
        elif key not in before:
            yield f"{path} is there"
        else:
            yield from _differences(before[key], after[key], path)


def _parts(value: Json) -> Mapping[str, Json]:
    if is_object(value):
        return value
    if is_array(value):
        return {str(place): item for place, item in enumerate(value)}
    if _is_tuple(value):
        return {str(place): item for place, item in enumerate(value)}
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _is_tuple(value: Json) -> TypeGuard[tuple[Json, ...]]:
    return isinstance(value, tuple)


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
