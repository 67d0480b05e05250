"""What the fake says of a fault reaches the exception that a user catches, wherever the spec has its place in the body.

The words are looked up here in the body by laying the spec's envelope over it, and by no way that the generator made.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx2
import pytest

from safelight import Operation, Spec, load, loads
from safelight_mockserver import fake
from safelight_mockserver.faults.texts import TEXTS
from safelight_mockserver.transport import AppTransport, AsyncAppTransport
from safelight_testkit.requests.planning import Case, cases
from safelight_testkit.shapes import is_array, is_object
from safelight_testkit.values.points import Side
from tests.generated import Module, client, record
from tests.strategies import ROOT, SPEC_FILES

SEVERAL: Final = (*sorted((ROOT / "tests" / "specs" / "several").glob("*.yaml")),)
FIRST: Final = SPEC_FILES[0]
ENVELOPE: Final = '{ error: { message: "{message}", type: "{type}", param: "{param}", code: "{code}" } }'
STREAM_ERROR: Final = "        error: error\n"
ENVELOPES: Final = {
    "lists": '{ errors: [{ text: "{message}", kind: "{type}", number: "{code}", at: [body, "{param}"] }] }',
    "loc": '{ detail: "{message}", loc: "{param}", kind: "{type}", code: "{code}" }',
    "problem": '{ type: "{type}", title: "{code}", detail: "{message}", instance: "{param}", status: error }',
    "apart": '{ error: "{message}", about: { field: "{param}" }, code: "{code}", info: [{ kind: "{type}" }] }',
}
"""Other envelopes for the first API, which is the one that has streams."""

Json: TypeAlias = Any
Call: TypeAlias = Callable[["Subject", Mapping[str, Any], str], Any]
"""Makes a call with a body while an order stands, and returns the exception that came of it."""


@dataclass(frozen=True, eq=False)
class Subject:
    """An operation, its fake, and the client that was generated for it."""

    spec: Spec
    operation: Operation
    package: Module

    @cached_property
    def record(self) -> Any:  # noqa: ANN401 - of a generated module
        """The client's record of the operation."""
        return record(self.package, self.operation)

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Requests that keep or break each constraint."""
        return cases(self.spec, self.operation)

    @cached_property
    def legal(self) -> Mapping[str, Any]:
        """A request that the API takes."""
        return next(one.body for one in self.cases if one.side is Side.KEPT and not one.refused)


def subjects(spec: Spec) -> tuple[Subject, ...]:
    """The operations of a spec."""
    return tuple(Subject(spec, one, client(spec)) for one in spec.operations.values())


@cache
def subjects_of(path: Path) -> tuple[Subject, ...]:
    """The operations of a spec file."""
    return subjects(load(path))


@cache
def with_envelope(name: str) -> Subject:
    """The first API with another envelope, and another name for the event of an error."""
    text = FIRST.read_text("utf-8")
    assert text.count(ENVELOPE) == text.count(STREAM_ERROR) == 1
    text = text.replace(ENVELOPE, ENVELOPES[name]).replace(STREAM_ERROR, "        error: image.failed\n")
    (subject,) = subjects(loads(text))
    return subject


def _options(order: str) -> dict[str, Any]:
    headers = {"X-Safelight-Fault": order} if order else {}
    return {"api_key": "k", "base_url": "http://fake/v1", "max_retries": 0, "default_headers": headers}


def _by_client(subject: Subject, body: Mapping[str, Any], order: str = "") -> Any:  # noqa: ANN401 - a generated error
    transport = AppTransport(fake(subject.spec))
    with subject.package.Client(**_options(order), validate=False, transport=transport) as caller:
        try:
            answer = caller.call(subject.record, body)
            if isinstance(answer, subject.package.Stream):
                list(answer)
        except subject.package.CallError as error:
            return error
    return None


def _by_async_client(subject: Subject, body: Mapping[str, Any], order: str = "") -> Any:  # noqa: ANN401 - a generated error
    async def call() -> Any:  # noqa: ANN401 - as above
        transport = AsyncAppTransport(fake(subject.spec))
        async with subject.package.AsyncClient(**_options(order), validate=False, transport=transport) as caller:
            try:
                answer = await caller.call(subject.record, body)
                if isinstance(answer, subject.package.AsyncStream):
                    _ = [one async for one in answer]
            except subject.package.CallError as error:
                return error
        return None

    return asyncio.run(call())


@pytest.fixture(params=[_by_client, _by_async_client], ids=["Client", "AsyncClient"])
def call(request: pytest.FixtureRequest) -> Call:
    """Both clients, one after the other."""
    made: Call = request.param
    return made


def _laid_over(envelope: Json, body: Json) -> Iterator[tuple[str, Json]]:
    """Yield the fields that an envelope has places for, with what stands there in a body."""
    if isinstance(envelope, str) and envelope.startswith("{"):
        yield envelope.strip("{}"), body
    elif is_object(envelope):
        for name, part in envelope.items():
            yield from _laid_over(part, body[name])
    elif is_array(envelope):
        for part, item in zip(envelope, body, strict=True):
            yield from _laid_over(part, item)


def told(subject: Subject, body: Json) -> dict[str, str | None]:
    """What an error says, by the names that exceptions have for it; numbers as words."""
    fields = dict(_laid_over(subject.operation.errors.envelope, body))
    words = {name: None if word is None else str(word) for name, word in fields.items()}
    return {name: words.get(name) for name in ("message", "type", "code", "param")}


def caught(error: Any) -> dict[str, str | None]:  # noqa: ANN401 - a generated error
    """The same of an exception."""
    fault = error.fault
    return {"message": fault.message or None, "type": error.type, "code": error.code, "param": error.param}


def assert_told(subject: Subject, error: Any) -> None:  # noqa: ANN401 - a generated error
    """Compare an exception with the body that it came of."""
    assert isinstance(error, subject.package.StatusError)
    if error.answer.content:
        words = told(subject, json.loads(error.answer.content))
        assert caught(error) == words
        assert (words["message"] or "") in str(error)
        assert error.request_id is None or error.request_id in str(error)
    else:
        assert error.fault is None
        assert "with an empty body" in str(error)


@pytest.mark.parametrize("path", [*SPEC_FILES, *SEVERAL], ids=lambda path: path.stem)
def test_every_constraint_that_refuses_is_told_as_the_fake_told_it(path: Path, call: Call) -> None:
    """One request for each constraint of each API, sent unchecked: message, code, type and parameter come through."""
    for subject in subjects_of(path):
        first = {one.constraint: one for one in reversed(subject.cases) if one.refused and isinstance(one.body, dict)}
        for one in first.values():
            assert_told(subject, call(subject, one.body, ""))


@pytest.mark.parametrize("path", [*SPEC_FILES, *SEVERAL], ids=lambda path: path.stem)
def test_every_error_that_can_be_ordered_is_told_as_the_fake_told_it(path: Path, call: Call) -> None:
    """Those of the spec, and those that no request brings about, such as a quota that is used up."""
    for subject in subjects_of(path):
        orders = [f"error; text={kind}" for kind in {**TEXTS, **subject.operation.errors.texts}]
        for order in [*orders, "moderation; categories=violence+sexual"]:
            assert_told(subject, call(subject, subject.legal, order))


@pytest.mark.parametrize("name", ENVELOPES)
def test_another_envelope_says_the_same(name: str, call: Call) -> None:
    """Whatever the parts are called, and where they stand: a client finds them, in answers to any kind of call."""
    subject = with_envelope(name)
    for body in (subject.legal, {"model": "gpt-image-2", "prompt": "a fox", "stream": True}):
        for kind in {**TEXTS, **subject.operation.errors.texts}:
            assert_told(subject, call(subject, body, f"error; text={kind}"))


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("name", ["", *ENVELOPES])
def test_an_error_in_a_stream_says_the_same(name: str, after: int, call: Call) -> None:
    """Its event is known by the name that the spec has for it, and read by the same envelope."""
    subject = with_envelope(name) if name else subjects_of(FIRST)[0]
    order = f"stream-error; after={after}"
    body = {"model": "gpt-image-2", "prompt": "a fox", "stream": True, "partial_images": 2}
    with httpx2.Client(transport=AppTransport(fake(subject.spec)), base_url="http://fake/v1") as http:
        headers = {"Authorization": "Bearer k", "X-Safelight-Fault": order}
        events = http.post(subject.operation.path, json=body, headers=headers).text
    data = events.strip().rpartition("data: ")[2]
    error = call(subject, body, order)

    assert isinstance(error, subject.package.StreamError)
    assert caught(error) == told(subject, json.loads(data))
    assert error.fault.message in str(error)
    assert (error.partial is not None) is (after == 1)


def test_a_field_that_is_called_error_is_none_where_the_spec_has_it(call: Call) -> None:
    """An event may tell in a field of that name that all is well."""
    text = FIRST.read_text("utf-8")
    event = "          - name: image_generation.completed\n"
    at = text.index("            fields:\n", text.index(event)) + len("            fields:\n")
    field = "              error: { from: literal, is: none, doc: What went wrong. }\n"
    (subject,) = subjects(loads(text[:at] + field + text[at:]))

    assert call(subject, {"model": "gpt-image-2", "prompt": "a fox", "stream": True}, "") is None
