"""A stranger's tools agree: schemathesis, given the exported OpenAPI document, finds nothing wrong with the fake.

It makes requests of its own, some after the document and some against it, and judges statuses, content types, headers,
bodies and events by the document.  What it takes for an error and is none is known by name, so that anything new fails.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from safelight.judging.interpret import violations
from safelight.model import Json
from safelight_mockserver import Fake, Options, fake, running
from safelight_testkit import cover
from tests.contract.runs import ROOT, TTAPI

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

KEY = "the-key"
DOCUMENT: Mapping[str, Any] = json.loads((ROOT / "generated" / "openapi" / "ttapi-images.json").read_text("utf-8"))
CALL = DOCUMENT["paths"]["/images/generations"]["post"]
UNSAID = frozenset(one["id"] for one in CALL["x-safelight-unsaid"])
GENERATE = TTAPI.operations["generate"]


@dataclass(frozen=True)
class Alarm:
    """Something that schemathesis takes for an error: the check, and the body that it sent."""

    check: str
    body: Json
    told: str


@dataclass(frozen=True)
class Run:
    """What schemathesis did: its alarms, how often each status came, and the content types of what was accepted."""

    alarms: tuple[Alarm, ...]
    statuses: Mapping[int, int]
    media_types: frozenset[str]
    checks: frozenset[str]


def explored(app: Fake, document: Mapping[str, Any], examples: int) -> Run:
    """Let schemathesis loose on an application; the same arguments always give the same requests."""
    alarms: list[Alarm] = []
    statuses: dict[int, int] = {}
    media_types: set[str] = set()
    checks: set[str] = set()
    with running(app) as url:
        schema = schemathesis.openapi.from_dict(copy.deepcopy(dict(document)))
        config: Any = schema.config  # its annotations leave out what headers and examples are
        config.update(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, continue_on_failure=True)
        config.generation.update(max_examples=examples, deterministic=True, database="none")
        for event in engine.from_schema(schema).execute():
            assert not isinstance(event, FatalError | NonFatalError), event
            if not isinstance(event, ScenarioFinished):
                continue
            for id_, exchange in event.recorder.interactions.items():
                if exchange.response is not None:
                    status = exchange.response.status_code
                    statuses[status] = statuses.get(status, 0) + 1
                    if status == 200:
                        media_types.update(exchange.response.headers["content-type"])
                for check in event.recorder.checks.get(id_, ()):
                    checks.add(check.name)
                    if check.failure_info is not None:
                        body: Json = _body(event, id_)
                        alarms.append(Alarm(check.name, body, str(check.failure_info.failure)))
    return Run(tuple(alarms), statuses, frozenset(media_types), frozenset(checks))


def _body(event: Any, id_: str) -> Json:  # noqa: ANN401 - schemathesis leaves cases half typed
    return event.recorder.cases[id_].value.body


def unexplained(alarms: tuple[Alarm, ...]) -> Iterator[Alarm]:
    """The alarms that the document does not announce.

    There is one kind that it does: it accepts a size of any shape, since JSON Schema cannot calculate with the numbers
    in a string, and lists what it leaves unsaid; schemathesis takes the refusal for the loss of a valid request.
    """
    for alarm in alarms:
        broken = {one.rule for one in violations(TTAPI, GENERATE, alarm.body)}
        if alarm.check != "positive_data_acceptance" or not broken or not broken <= UNSAID:
            yield alarm


@cache
def found() -> Run:
    """What schemathesis finds in the fake."""
    return explored(fake(TTAPI, Options(api_key=KEY)), DOCUMENT, 100)


def test_no_request_that_schemathesis_makes_gets_an_answer_that_the_document_does_not_have() -> None:
    """No failure of the server, no undeclared status or content type, no body or event of another shape."""
    assert list(unexplained(found().alarms)) == []
    assert not [status for status in found().statuses if status >= 500]
    assert found().checks >= {
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
        "negative_data_rejection",
        "positive_data_acceptance",
        "ignored_auth",
    }


def test_both_kinds_of_request_and_both_kinds_of_answer_were_among_them() -> None:
    """A run of refusals alone, or without streams, would say little."""
    assert found().statuses[200] > 50
    assert found().statuses[400] > 50
    assert found().media_types >= {"application/json", "text/event-stream"}


def test_what_the_document_leaves_unsaid_is_all_that_schemathesis_takes_for_an_error() -> None:
    """Given a request that breaks each such constraint alone, it raises an alarm for each, and for nothing else."""
    broken = [one for one in cover(TTAPI, GENERATE).requests if len(one.expected) == 1 and one.expected[0] in UNSAID]
    document = copy.deepcopy(dict(DOCUMENT))
    content = document["paths"]["/images/generations"]["post"]["requestBody"]["content"]["application/json"]
    content["examples"] = {str(one.number): {"value": one.body} for one in broken}

    run = explored(fake(TTAPI, Options(api_key=KEY)), document, 1)

    assert {one.rule for alarm in run.alarms for one in violations(TTAPI, GENERATE, alarm.body)} == UNSAID
    assert list(unexplained(run.alarms)) == []


class Erring(Fake):
    """The fake, with another status in the place of one."""

    instead = 400

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with another status."""

        async def sent(message: Message) -> None:
            changed = message["type"] == "http.response.start" and message["status"] == 400
            await send({**message, "status": self.instead} if changed else message)

        await super().__call__(scope, receive, sent)


def erring(instead: int) -> Fake:
    """The fake with another status for what it refuses."""
    honest = fake(TTAPI, Options(api_key=KEY))
    app = Erring(honest.source, honest.options, honest.clock, honest.state)
    app.instead = instead
    return app


@pytest.mark.parametrize(
    ("instead", "check"),
    [
        pytest.param(500, "not_a_server_error", id="a failure"),
        pytest.param(418, "status_code_conformance", id="a status that is not declared"),
        pytest.param(200, "response_schema_conformance", id="a body of another shape"),
    ],
)
def test_a_server_that_errs_raises_an_alarm(instead: int, check: str) -> None:
    """The tests above can fail."""
    run = explored(erring(instead), DOCUMENT, 1)

    assert check in {alarm.check for alarm in unexplained(run.alarms)}
