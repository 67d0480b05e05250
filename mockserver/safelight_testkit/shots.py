"""Shots: the requests of a load test, without end or so many, in a mixture that is asked for.

They come from the spec: valid ones of all its models, streams among them, and ones that it refuses.  So a load test
needs no collection of requests, meets parts of a server that a hand-written one would not, and knows for each answer
whether it is the right one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle, islice
from random import Random
from typing import Final

from safelight import Operation, Spec
from safelight.judging.truth import holds
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.workload import workload
from safelight_testkit.requests.plain import bodies
from safelight_testkit.requests.subject import Subject

__all__ = ["Kind", "Mixture", "Shot", "fault_of", "read_mixture", "shots"]


class Kind(StrEnum):
    """What is to be expected of a request: an answer, a stream, a refusal."""

    CALL = "call"
    STREAM = "stream"
    REFUSED = "refused"


_USUAL: Final[Mapping[Kind, int]] = {Kind.CALL: 10, Kind.STREAM: 2, Kind.REFUSED: 1}
_TRIES: Final = 10_000
"""Valid bodies in a row among which there is one of each kind that the spec has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What is wanted.

    Attributes:
        models: Models or families; all where empty.
        weights: How often which kind of request comes.
        seed: Other seeds give other requests.
        count: How many requests there are; None for no end.
    """

    models: tuple[str, ...] = ()
    weights: Mapping[Kind, int] = field(default_factory=lambda: _USUAL)
    seed: int = 0
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request.

    Attributes:
        kind: What is to be expected: an answer, a stream, a refusal.
        operation: The name of the operation.
        path: The path below the base URL.
        body: The body, as JSON.
        final: The names of the events that bring finished images; empty where it is no stream.
    """

    kind: Kind
    operation: str
    path: str
    body: str
    final: tuple[str, ...] = ()


def read_mixture(environment: Mapping[str, str]) -> Mixture:
    """Read what is wanted from environment variables: SAFELIGHT_MODELS, _WEIGHTS, _SEED and _REQUESTS.

    Raises:
        ValueError: One of them makes no sense; the text says which.
    """
    text = environment.get("SAFELIGHT_WEIGHTS", "")
    weights = dict(_USUAL) if not text.strip() else dict.fromkeys(Kind, 0)
    kinds = {kind.value: kind for kind in Kind}
    for part in _listed(text):
        name, _, number = part.partition("=")
        if name not in kinds or not number.isdecimal():
            raise ValueError(f"SAFELIGHT_WEIGHTS is like call=10,stream=2,refused=1; got {part!r}")
        weights[kinds[name]] = int(number)
    if not any(weights.values()):
        raise ValueError(f"SAFELIGHT_WEIGHTS leaves no request: {text!r}")
    models = _listed(environment.get("SAFELIGHT_MODELS", ""))
    seed = _number(environment, "SAFELIGHT_SEED") or 0
    return Mixture(models=models, weights=weights, seed=seed, count=_number(environment, "SAFELIGHT_REQUESTS"))


def _number(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "").strip()
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{name} is a whole number, got {text!r}")
    return int(text) if text else None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def shots(spec: Spec, mixture: Mixture) -> Iterator[Shot]:
    """Yield requests, the same for the same arguments.

    Raises:
        ValueError: The spec has no valid request of a model that is wanted, or none of a kind that is.
    """
    random = Random(mixture.seed)  # noqa: S311 - a test's requests need to be repeatable, not secret
    kinds = [kind for kind in Kind if mixture.weights.get(kind, 0)]
    sources = [_source(spec, mixture, kind) for kind in kinds]
    weights = [mixture.weights[kind] for kind in kinds]
    return islice((next(source) for source in _chosen(random, sources, weights)), mixture.count)


def fault_of(shot: Shot, status: int, content: bytes) -> str:
    """Say in a sentence what is wrong with the answer to a shot; empty where nothing is.

    Args:
        shot: What was sent.
        status: The HTTP status of the answer; 0 where there was none.
        content: Its whole body.
    """
    if not status:
        return "there was no answer"
    if shot.kind is Kind.REFUSED:
        return "" if 400 <= status < 500 and status not in {401, 403, 429} else f"status {status} to what is not valid"
    if status != 200:
        return f"status {status} to a valid request"
    if shot.final and not any(f"event: {name}".encode() in content for name in shot.final):
        return "the stream ended without a finished image"
    return ""


def _chosen(random: Random, sources: list[Iterator[Shot]], weights: list[int]) -> Iterator[Iterator[Shot]]:
    while True:
        yield random.choices(sources, weights)[0]


def _source(spec: Spec, mixture: Mixture, kind: Kind) -> Iterator[Shot]:
    """Yield requests of one kind without end.

    Raises:
        ValueError: There are none.
    """
    if kind is Kind.REFUSED:
        selection = Selection(models=mixture.models, refused_only=True)
        trials = [one for one in workload(spec, selection).trials if one.twist is None]
        found = tuple(_shot(spec.operations[one.operation], kind, one.body) for one in trials)
        if not found:
            raise ValueError("the spec refuses no request")
        return cycle(Random(mixture.seed).sample(found, len(found)))  # noqa: S311 - as above
    made = _valid(spec, mixture, kind)
    if next(made, None) is None:
        raise ValueError(f"the spec has no valid request of the kind {kind.value}; leave it out of SAFELIGHT_WEIGHTS")
    return made


def _valid(spec: Spec, mixture: Mixture, kind: Kind) -> Iterator[Shot]:
    """Yield valid requests that ask for a stream, or do not; end where there are none."""
    makers = [
        (Subject(spec, operation), bodies(spec, operation, mixture.seed, model=model))
        for operation in spec.operations.values()
        for model in mixture.models or (None,)
    ]
    missed = 0
    while missed < _TRIES:
        for subject, maker in makers:
            body = next(maker)
            stream = subject.operation.response.stream
            streams = stream is not None and holds(stream.when, subject.settle(body).views) is True
            missed = missed + 1 if streams != (kind is Kind.STREAM) else 0
            if not missed:
                yield _shot(subject.operation, kind, body)


def _shot(operation: Operation, kind: Kind, body: object) -> Shot:
    stream = operation.response.stream
    final = tuple(one.name for one in stream.events if one.final) if kind is Kind.STREAM and stream is not None else ()
    return Shot(kind=kind, operation=operation.name, path=operation.path, body=json.dumps(body), final=final)
