"""The answer: what the API would say to a request, decided by the spec alone.

Pure: no clock, no files, no sockets, nothing drawn.  The same request always has the same answer, so answers can be
kept (see `app`) and tests need no server.

The order of the checks is that of an API gateway in front of a service: method, key, content type, JSON, and then what
the spec says about the body.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from safelight.judging.interpret import Interpreter, Settlement, bases
from safelight.judging.lens import Lens
from safelight.model import Json, Operation, Spec
from safelight.records import dataclass
from safelight.vocabulary.checks import Violation
from safelight_mockserver.options import Options

from .mend import mended
from .order import Order, OverBudget, order
from .refusal import refusal, refuse
from .reply import Empty, Events, Reply, Whole
from .result import Result

__all__ = ["Answer", "Call", "Responder", "masked", "read_json"]

_JSON: Final = "application/json"
_SHOWN_KEY: Final = 8
_LONGEST_MASK: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request for an operation, as far as the answer depends on it.

    Attributes:
        verb: The HTTP method.
        path: As the client sent it.
        authorization: The header of this name, if it was sent.
        keys: Values of the other headers that may carry a key, by their lower-case names.
        content_type: The header of this name, if it was sent.
        body: The whole body; None where it is longer than the limit.
    """

    verb: str
    path: str
    authorization: str | None
    keys: Mapping[str, str]
    content_type: str | None
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, and why.

    Attributes:
        reply: What the client gets.
        violations: Every constraint that the request breaks, those too that the reply does not tell of.
        model: The model that the request was judged by; empty where none is known, or it was not judged.
        order: What is drawn for it; None where it is refused.
        is_judged: Whether it came as far as the rules of the spec.
    """

    reply: Reply
    violations: tuple[Violation, ...] = ()
    model: str = ""
    order: Order | None = None
    is_judged: bool = False


class Responder:
    """Answers the calls of one operation.

    Args:
        spec: The API.
        operation: One of its operations.
        options: What the spec leaves open.

    Attributes:
        lens: The day and the bases that requests are judged by.
    """

    def __init__(self, spec: Spec, operation: Operation, options: Options) -> None:
        self._spec = spec
        self._operation = operation
        self._options = options
        self._interpreter = Interpreter(spec, operation, as_of=options.as_of, basis=options.basis)
        self.lens = Lens(options.as_of or spec.revised, bases(options.basis))

    def answer(self, call: Call) -> Answer:
        """Answer a call."""
        operation, errors = self._operation, self._operation.errors
        allow = (("allow", f"{operation.verb}, OPTIONS"),)
        if call.verb == "OPTIONS":
            return Answer(Empty(204, allow))
        if call.verb != operation.verb:
            return Answer(refuse(errors, "method", {"verb": call.verb, "path": call.path}, headers=allow))
        unauthorized = self._check_key(call)
        if unauthorized is not None:
            return Answer(unauthorized)
        if (call.content_type or "").partition(";")[0].strip().lower() != _JSON:
            return Answer(refuse(errors, "content_type", {"content_type": call.content_type or ""}))
        if call.body is None:
            return Answer(refuse(errors, "body_too_large", {"limit": self._options.body_limit}))
        try:
            body = read_json(call.body)
        except (ValueError, RecursionError):
            return Answer(refuse(errors, "malformed_json", {}))
        settlement = settled = self._interpreter.settle(body, ignore=self._options.ignore)
        if settlement.refused and self._options.face == "tolerant":
            settled = mended(settlement, body, partial(self._interpreter.settle, ignore=self._options.ignore))
        model = settled.model or ""
        refused = refusal(operation, settled, self.lens)
        if refused is not None:
            return Answer(refused, settlement.violations, model, is_judged=True)
        granted = self._grant(settled)
        return replace(granted, violations=settlement.violations, model=model, is_judged=True)

    def keys(self, call: Call) -> tuple[str, ...]:
        """Return the keys that a call was sent with."""
        sent = [_sent_key(auth.header, call) for auth in self._spec.auth]
        return tuple(key for key in sent if key)

    def _check_key(self, call: Call) -> Reply | None:
        """Refuse a call without a key, or with none that is right; it may send several."""
        if not self._spec.auth:
            return None
        keys = self.keys(call)
        if not keys:
            return refuse(self._operation.errors, "no_key", {})
        if self._options.api_key is None:
            return None
        right = self._options.api_key.encode()
        matches = [hmac.compare_digest(key.encode(), right) for key in keys]
        return None if any(matches) else refuse(self._operation.errors, "bad_key", {"key": masked(keys[0])})

    def _grant(self, settlement: Settlement) -> Answer:
        """Answer a request that breaks no rule."""
        ordered = order(self._operation.response, settlement, self._options)
        if isinstance(ordered, OverBudget):
            facts = {"param": ordered.parameter, "value": ordered.size}
            return Answer(refuse(self._operation.errors, "pixel_budget", facts))
        result = Result(self._operation.response, settlement, ordered)
        reply = Events(tuple(result.events())) if result.streams else Whole(200, result.body())
        return Answer(reply, order=ordered)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
"""Reads JSON as the RFC has it: Python's own reader also takes ``NaN`` and ``Infinity``."""


def read_json(body: bytes) -> Json:
    """Read a body.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    value: Json = _DECODER.decode(body.decode())
    return value


def _sent_key(header: str | None, call: Call) -> str:
    if header is not None:
        return call.keys.get(header.lower(), "")
    scheme, _, key = (call.authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def masked(key: str) -> str:
    """Write a key so that its owner knows it again and nobody else can use it."""
    if len(key) <= _SHOWN_KEY:
        return key
    return f"{key[:4]}{'*' * min(len(key) - _SHOWN_KEY, _LONGEST_MASK)}{key[-4:]}"
