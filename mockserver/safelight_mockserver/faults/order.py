"""Orders: faults as they are written in scenario files, sent to the control API, put into a header or said in Python.

`FaultDoc` says what an order looks like; it is read by the language's own reader, so a mistake is told with its place
and a suggestion, and the JSON Schema of scenarios is made from the same annotations.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Annotated, Any, Final, cast

from safelight.diagnostic import Report
from safelight.model import Json, Place
from safelight.reading.nodes import Entries, Items, Node, Scalar
from safelight.reading.shape import UNREADABLE, Doc, Form, Number, read_record
from safelight.records import dataclass

from .fault import Fault, Scope, key_digest
from .grammar import OrderError, Phrase, read_phrase, written
from .kinds import KINDS

__all__ = ["HEADER", "FaultDoc", "ScopeDoc", "as_json", "build", "from_header", "order", "read_fault"]

HEADER: Final = "header:"
"""How the ids of orders in headers begin."""

_HERE: Final = Place(1, 1)
_WORDS: Final = rf"^\s*({'|'.join(KINDS)})\s*($|[;,])"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDoc:
    """Which requests a fault is about; each key that is left out matches all."""

    place: Place
    operation: Annotated[str | None, Doc("The operation that they call.")] = None
    model: Annotated[str | None, Doc("Their model.")] = None
    parameters: Annotated[Mapping[str, Any], Doc("Fields of the body with their values.")] = field(
        default_factory=dict[str, Any]
    )
    key: Annotated[str | None, Doc("Their API key; only its SHA-256 is kept.")] = None
    test: Annotated[str | None, Doc("The test that they belong to, by the header X-Safelight-Test.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDoc:
    """An order of faults."""

    place: Place
    fault: Annotated[
        str,
        Doc("What happens, in steps: rate-limit; retry-after=1, rate-limit, ok"),
        Form({"type": "string", "pattern": _WORDS}),
    ]
    id: Annotated[str | None, Doc("A name of your own, by which the order can be taken back.")] = None
    when: Annotated[ScopeDoc | None, Doc("Which requests it is about; all of them by default.")] = None
    times: Annotated[int | None, Doc("How many rounds of the steps it lasts.")] = None
    standing: Annotated[bool | None, Doc("Whether it lasts until it is taken back.")] = None
    nth: Annotated[int | None, Doc("The first request that it hits, from 1.")] = None
    every: Annotated[int | None, Doc("From there on it hits one in so many.")] = None
    probability: Annotated[Number | None, Doc("The share of the requests that it hits, from 0 to 1.")] = None
    seed: Annotated[int | None, Doc("Another seed, other requests that are hit.")] = None
    delay: Annotated[Number | None, Doc("Seconds before whatever a step does.")] = None


def order(
    text: str,
    *,
    id: str | None = None,  # noqa: A002 - the word of the other ways to order
    when: Mapping[str, Any] | None = None,
    times: int | None = None,
    standing: bool | None = None,
    nth: int | None = None,
    every: int | None = None,
    probability: float | None = None,
    seed: int | None = None,
    delay: float | None = None,
) -> Fault:
    """Make a fault from an order in Python; the arguments are the keys of a scenario file.

    Args:
        text: What happens, in steps: ``rate-limit; retry-after=1, rate-limit, ok``.
        id: A name, by which the order can be taken back; a random one by default.
        when: Which requests it is about: operation, model, parameters, key, test.
        times: How many rounds of the steps it lasts; one by default where there are several steps, or *nth* is given.
        standing: Whether it lasts until it is taken back, as it does by default where neither is the case.
        nth: The first request that it hits, from 1.
        every: From there on it hits one in so many.
        probability: The share of the requests that it hits.
        seed: Another seed, other requests that are hit.
        delay: Seconds before whatever a step does.

    Raises:
        OrderError: The order makes no sense.
    """
    told: dict[str, Any] = {
        "fault": text,
        "id": id,
        "when": when,
        "times": times,
        "standing": standing,
        "nth": nth,
        "every": every,
        "probability": probability,
        "seed": seed,
        "delay": delay,
    }
    return read_fault({name: value for name, value in told.items() if value is not None})


def read_fault(value: Json) -> Fault:
    """Make a fault from JSON, as the control API gets it and as `as_json` writes it.

    Raises:
        OrderError: The order makes no sense.
    """
    report = Report()
    doc = read_record(_node(value), FaultDoc, report, "an order")
    if doc is UNREADABLE or report.problems:
        problem = report.problems[0]
        raise OrderError(problem.message, 0, problem.help)
    return build(doc)


def from_header(text: str, body: bytes, test: str | None) -> Fault:
    """Make a fault from the header of a request, which it is about and no other.

    A client sends the header with each attempt of a call.  So the steps are played to the attempts of that call, which
    are known by their body and their test, and begin anew behind the last of them.

    Raises:
        OrderError: The header makes no sense.
    """
    phrase = read_phrase(text)
    if phrase.timing.get("standing"):
        raise OrderError("a header is about its own request: it cannot stand", 0, "leave standing out")
    times = phrase.timing.get("times")
    steps = phrase.steps
    digest = hashlib.sha256(b"\0".join((text.encode(), (test or "").encode(), body))).hexdigest()
    if times is not None:
        steps = (*steps * _bounded(int(times)), *read_phrase("ok").steps)
    timing = {name: value for name, value in phrase.timing.items() if name not in {"times", "standing"}}
    return _fault(f"{HEADER}{digest}", replace(phrase, steps=steps, timing={**timing, "standing": True}), Scope(), {})


def build(doc: FaultDoc, id_: str = "") -> Fault:
    """Make a fault of its document.

    Args:
        doc: The order.
        id_: What it is called where it does not say; a random name by default.

    Raises:
        OrderError: The order makes no sense.
    """
    try:
        phrase = read_phrase(doc.fault)
        named = ("times", "standing", "nth", "every", "probability", "seed", "delay")
        told = {name: value for name in named if (value := getattr(doc, name)) is not None}
        return _fault(doc.id or id_ or secrets.token_hex(4), phrase, _scope(doc.when), told)
    except OrderError as error:
        raise OrderError(f"the order {doc.fault!r}: {error.message}", error.at, error.help, error.key) from None


def as_json(fault: Fault) -> dict[str, Json]:
    """Write a fault as JSON; `read_fault` makes an equal one of it."""
    scope = fault.scope
    when = {
        name: value
        for name, value in {
            "operation": scope.operation,
            "model": scope.model,
            "parameters": dict(scope.parameters) or None,
            "key": scope.key,
            "test": scope.test,
        }.items()
        if value is not None
    }
    timing: dict[str, Any] = {"nth": fault.nth, "every": fault.every, "probability": fault.probability}
    timing |= {"seed": fault.seed, "delay": fault.delay}
    lasting: dict[str, Any] = {"standing": True} if fault.times is None else {"times": fault.times}
    return {"id": fault.id, "fault": written(fault.steps), "when": when, **lasting, **timing}


def _fault(id_: str, phrase: Phrase, scope: Scope, told: Mapping[str, Any]) -> Fault:
    timing: dict[str, Any] = {**phrase.timing, **told}

    def wrong(name: str, message: str, help: str = "") -> OrderError:  # noqa: A002 - the word compilers use
        return OrderError(message, 0, help, name if name in told else "fault")

    for name, least in (("times", 1), ("nth", 1), ("every", 1), ("probability", 0), ("delay", 0)):
        if timing.get(name, least) < least:
            raise wrong(name, f"{name} must be {least} or more, got {timing[name]}")
    if timing.get("probability", 1) > 1:
        raise wrong("probability", f"probability must be at most 1, got {timing['probability']}")
    if timing.get("standing") and "times" in timing:
        raise wrong("times", "an order lasts so many times, or stands, and not both", "leave one of them out")
    times = timing.get("times")
    if times is None and not timing.get("standing", len(phrase.steps) == 1 and "nth" not in timing):
        times = 1
    return Fault(
        id=id_,
        steps=phrase.steps,
        scope=scope,
        times=times,
        nth=timing.get("nth", 1),
        every=timing.get("every", 1),
        probability=float(timing.get("probability", 1)),
        seed=timing.get("seed", 0),
        delay=float(timing.get("delay", 0)),
    )


def _scope(doc: ScopeDoc | None) -> Scope:
    if doc is None:
        return Scope()
    key = doc.key if doc.key is None or doc.key.startswith("sha256:") else key_digest(doc.key)
    return Scope(
        operation=doc.operation,
        model=doc.model,
        parameters=MappingProxyType(dict(doc.parameters)),
        key=key,
        test=doc.test,
    )


def _bounded(times: int) -> int:
    if not 1 <= times <= 1000:
        raise OrderError(f"times must be from 1 to 1000 in a header, got {times}")
    return times


def _node(value: Any) -> Node:  # noqa: ANN401 - any JSON value
    """Return a JSON value as the language's reader takes it."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return Entries(tuple((Scalar(str(name), plain=False, place=_HERE), _node(one)) for name, one in entries), _HERE)
    if isinstance(value, list | tuple):
        return Items(tuple(map(_node, cast("list[object]", value))), _HERE)
    if isinstance(value, str):
        return Scalar(value, plain=False, place=_HERE)
    return Scalar(json.dumps(value), plain=True, place=_HERE)
