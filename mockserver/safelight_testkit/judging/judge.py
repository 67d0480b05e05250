"""Judging an answer: what the spec says a server does with a request, against what a server did.

The interpreter says what a request breaks and what it comes to; everything else is read here, and in the modules
beside, from the spec's data and never from the fake's code.  Judging is pure: bytes in, findings out.

A server that fails, limits or locks out has not judged the request, so it is not judged either: such answers give one
finding of the severity *outage* and no other.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, assert_never

from safelight.judging.interpret import DOCUMENTED, Interpreter, Settlement
from safelight.judging.truth import holds
from safelight.model import Json, Operation, Spec
from safelight_testkit.judging.answer import AnswerReader
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.picture import portrait
from safelight_testkit.judging.reading import Entry, Judgement, Reading
from safelight_testkit.judging.refusal import (
    Refusal,
    Refusals,
    as_shown,
    differences,
    matches,
    named_parameter,
    transport_refusal,
)
from safelight_testkit.judging.stream import judge_stream
from safelight_testkit.judging.verdict import Answer, Ended, Finding, NoAnswer, Received
from safelight_testkit.shapes import is_object

__all__ = ["Judge", "judge", "outage"]

_STREAM: Final = "text/event-stream"
_JSON: Final = "application/json"
_LARGE: Final = 1 << 22
"""Pixels of all images of a call, from which on a server may refuse it for its size alone."""

_NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})
_LOCKED_OUT: Final = frozenset({401, 402, 403, 407})


def judge(
    spec: Spec,
    operation: Operation,
    body: Json,
    answer: Received,
    *,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
) -> tuple[Finding, ...]:
    """Judge one answer.

    Args:
        spec: The spec.
        operation: One of its operations.
        body: The request's body, as JSON has it.
        answer: What the server answered.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    return Judge(spec, operation, as_of=as_of, basis=basis).judge(body, answer).findings


class Judge:
    """Judges the answers of one operation; it remembers images, so whoever judges many answers keeps it.

    Args:
        spec: The spec.
        operation: One of its operations.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.
        images: Looks into images; several judges may share one.

    Attributes:
        images: What looks into images.
    """

    def __init__(
        self,
        spec: Spec,
        operation: Operation,
        *,
        as_of: date | None = None,
        basis: Collection[str] = DOCUMENTED,
        images: Images | None = None,
    ) -> None:
        self._operation = operation
        self._refusals = Refusals(operation)
        self._interpreter = Interpreter(spec, operation, as_of=as_of, basis=basis)
        self.images = images or Images()

    def judge(self, body: Json, answer: Received) -> Judgement:
        """Judge the answer to a request that was sent as it should be, with what `Answer.links` has of its links."""
        reading = self.read(body, answer)
        return reading.conclude(self.images, {} if isinstance(answer, NoAnswer) else answer.links)

    def read(self, body: Json, answer: Received) -> Reading:
        """Judge all but the images and what links lead to; the reading can be concluded when these are there."""
        if isinstance(answer, NoAnswer):
            return Reading((_unanswered(answer),))
        settlement = self._interpreter.settle(body)
        told = self._refusals.of(settlement)
        return Reading(tuple(self._refused(told, answer) if told else self._accepted(settlement, answer)))

    def read_transport(self, kind: str, constraint: str, answer: Received) -> Reading:
        """Judge the answer to a request that should not get as far as the rules.

        Args:
            kind: What is wrong with the request: a name of ``errors.texts``, such as ``no_key``.
            constraint: What to call it in findings.
            answer: What the server answered.
        """
        if isinstance(answer, NoAnswer):
            return Reading((_unanswered(answer),))
        refusal = transport_refusal(self._operation.errors, kind, constraint)
        return Reading(tuple(self._refused((refusal,), answer)))

    # --- refused ---

    def _refused(self, told: tuple[Refusal, ...], answer: Answer) -> Iterator[Finding]:
        errors, first = self._operation.errors, told[0]
        if 200 <= answer.status < 300:
            item = f", for {first.parameter}" if "[" in first.parameter else ""  # the id says no place in an array
            yield Finding(
                kind="accepts",
                constraint=first.constraint,
                message=f"the answer is {answer.status}, and the spec refuses with {first.status}{item}",
                expected=first.status,
                got=answer.status,
            )
            return
        failed = outage(answer) if answer.status not in {one.status for one in told} else None
        if failed is not None:
            yield failed
            return
        yield from self._headers(answer, first.headers)
        found = differences(errors, first, answer)
        other = next((one for one in told[1:] if matches(errors, one, answer)), None)
        if other is None or matches(errors, first, answer):
            yield from found
        else:
            message = f"the error tells of {other.constraint}, and {first.constraint} comes first"
            yield Finding(kind="refusal.precedence", constraint=first.constraint, message=message, got=other.constraint)

    # --- accepted ---

    def _accepted(self, settlement: Settlement, answer: Answer) -> Iterator[Entry]:
        if not 200 <= answer.status < 300:
            yield outage(answer) or self._wrongly_refused(settlement, answer)
        elif answer.ended is not Ended.WHOLE and not (answer.ended is Ended.CUT and answer.media_type == _STREAM):
            yield _unended(answer)
        else:
            yield from _status(answer)
            yield from self._headers(answer)
            yield from self._read(settlement, answer).entries

    def _wrongly_refused(self, settlement: Settlement, answer: Answer) -> Finding:
        """A refusal that no rule asks for; one for the mere size of the images is the server's right."""
        errors, wanted = self._operation.errors, portrait(self._operation.response, settlement)
        pixels = (wanted.width or 0) * (wanted.height or 0) * wanted.count
        budget = transport_refusal(errors, "pixel_budget", "")
        limited = pixels > _LARGE and not any(
            one.kind.startswith("refusal.") for one in differences(errors, budget, answer)
        )
        return Finding(
            kind="refusal.budget" if limited else "refuses",
            where=named_parameter(errors.envelope, answer),
            message=f"the answer is {answer.status}: {as_shown(answer.body)}",
            expected=200,
            got=answer.status,
        )

    def _headers(self, answer: Answer, more: Mapping[str, str] = _NO_MORE) -> Iterator[Finding]:
        """Look for the headers of every answer, and for those that belong to this one."""
        for name, template in {**self._operation.response.headers, **more}.items():
            value = answer.header(name)
            if not value:
                yield Finding(kind="answer.header", where=name, message=f"there is no header {name}")
            elif "{" not in template and value != template:
                message = f"the header {name} is {as_shown(value)}, and should be {as_shown(template)}"
                yield Finding(kind="answer.header", where=name, message=message, expected=template, got=value)

    def _read(self, settlement: Settlement, answer: Answer) -> AnswerReader:
        response = self._operation.response
        reader = AnswerReader(response, settlement, answer)
        streams = holds(response.stream.when, settlement.views) if response.stream is not None else False
        is_stream = answer.media_type == _STREAM
        if streams is not None and streams is not is_stream:
            wanted = _STREAM if streams else _JSON
            if is_stream or answer.media_type == _JSON:
                message = f"the answer is {answer.media_type}, and should be {wanted}"
                reader.find("answer.form", "", message, wanted, answer.media_type)
                return reader
        if response.stream is not None and is_stream:
            judge_stream(response.stream, settlement, answer, reader)
            return reader
        try:
            body: Json = json.loads(answer.body)
        except (ValueError, RecursionError):
            body = None
        if not is_object(body):
            hint = "; a page like this often comes from a proxy" if answer.body.lstrip()[:1] == b"<" else ""
            reader.find("answer.json", "", f"the body is no JSON object: {as_shown(answer.body)}{hint}")
            return reader
        if answer.media_type != _JSON:
            named = as_shown(answer.header("content-type"))
            reader.find(
                "answer.type", "", f"the content type is {named}, and the body is JSON", _JSON, answer.media_type
            )
        reader.read_body(response.fields, body)
        return reader


def _status(answer: Answer) -> Iterator[Finding]:
    if answer.status != 200:
        message = f"the status is {answer.status}, and should be 200"
        yield Finding(kind="answer.status", message=message, expected=200, got=answer.status)


def outage(answer: Answer) -> Finding | None:
    """Say why an answer is no judgement of the request: the server failed, limits, or locks out; None if it is one."""
    status = answer.status
    if status == 429:
        kind = "outage.rate"
    elif status in _LOCKED_OUT:
        kind = "outage.access"
    elif status >= 500:
        kind = "outage.server"
    elif status < 200 or 300 <= status < 400:
        kind = "outage.redirect"
    else:
        return None
    to = f" to {answer.header('location')}" if answer.header("location") else ""
    return Finding(kind=kind, message=f"the answer is {status}{to}: {as_shown(answer.body)}", got=status)


def _unanswered(answer: NoAnswer) -> Finding:
    return Finding(kind="outage.timeout" if answer.late else "outage.connection", message=answer.why)


def _unended(answer: Answer) -> Finding:
    came = f"after {len(answer.body)} bytes"
    match answer.ended:
        case Ended.LATE:
            return Finding(kind="outage.timeout", message=f"the answer was not over in time, {came}")
        case Ended.LARGE:
            return Finding(kind="outage.size", message=f"the answer is longer than is read, {came}")
        case Ended.CUT | Ended.WHOLE:
            return Finding(kind="outage.connection", message=f"the connection broke {came}")
        case _:
            assert_never(answer.ended)
