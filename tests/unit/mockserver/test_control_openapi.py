"""The OpenAPI document of the control API is valid, complete, and tells the truth about every answer."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx2
import pytest
from openapi_spec_validator import validate

from safelight import Spec
from safelight_mockserver import Options, fake
from safelight_mockserver.control.calls import CALLS
from safelight_mockserver.control.desk import Desk
from safelight_mockserver.control.dials import Dials
from safelight_mockserver.control.openapi import document
from safelight_mockserver.control.schemas import SCHEMAS
from safelight_mockserver.transport import AppTransport

ROOT = "/_safelight"
VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own
PATH = "/v1/images/generations"
GOOD: dict[str, Any] = {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 1}
WRONG: dict[str, Any] = {"model": "dall-e-3", "prompt": "a fox", "n": 3}

# What is sent to each call that takes a body.
BODIES: dict[str, Any] = {
    "order_fault": {"fault": "rate-limit, ok", "id": "ordered", "when": {"model": "dall-e-2"}, "seed": 3},
    "freeze_clock": {"at": 1_900_000_000},
    "advance_clock": {"seconds": 60},
    "reset": {"test": "another"},
    "set_seed": {"seed": 0},
    "validate": {"operation": "generate", "body": WRONG},
}
JSON_CALLS = [call for call in CALLS if call.media == "json"]


@pytest.fixture
def http(ttapi: Spec) -> Iterator[httpx2.Client]:
    """A client of a fake that has answered a good request and a bad one, and has a fault to play."""
    transport = AppTransport(fake(ttapi, Options(images="tiny")))
    headers = {"authorization": "Bearer a-key"}
    with httpx2.Client(transport=transport, base_url="http://fake", headers=headers) as opened:
        for body in (GOOD, WRONG):
            opened.post(PATH, json=body)
        opened.post(f"{ROOT}/faults", json={"fault": "quota", "id": "standing", "when": {"model": "dall-e-2"}})
        yield opened


def problems(value: object, name: str) -> list[str]:
    """Judge a value by one of the schemas."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    return [error.message for error in VALIDATOR(schema).iter_errors(value)]


def test_the_document_is_valid_and_is_served(http: httpx2.Client) -> None:
    """By the specification of OpenAPI 3.1."""
    served = http.get(f"{ROOT}/openapi.json").json()
    validate(served)
    assert served == document(ROOT)


def test_every_schema_is_used_and_every_used_one_is_there() -> None:
    """No definition is left over from a call that is gone."""
    text = str(document(ROOT))
    used = {name for name in SCHEMAS if f"'#/components/schemas/{name}'" in text}
    assert used == set(SCHEMAS)
    assert {call.gives for call in CALLS} | {call.takes for call in CALLS} - {""} <= {*SCHEMAS, ""}


def test_every_call_is_answered_by_one_method() -> None:
    """The table of calls and the methods cannot drift apart."""
    methods = [name for place in (Desk, Dials) for name in vars(place) if not name.startswith("_")]
    assert sorted(methods) == sorted(call.name for call in CALLS)


@pytest.mark.parametrize("call", JSON_CALLS, ids=[call.name for call in JSON_CALLS])
def test_an_answer_has_the_shape_and_the_status_that_the_document_says(call: Any, http: httpx2.Client) -> None:  # noqa: ANN401 - an argument of a table
    """So does what it takes."""
    listed = http.get(f"{ROOT}/requests").json()["requests"]
    path = call.path.replace("{id}", listed[0]["id"])
    body = BODIES.get(call.name)
    assert body is None or problems(body, call.takes) == []
    response = http.request(call.verb, ROOT + path, json=body)
    assert response.status_code == call.status, response.text
    assert problems(response.json(), call.gives) == []


def test_a_problem_has_the_shape_that_the_document_says(http: httpx2.Client) -> None:
    """That of every answer that is not good."""
    for path in ("/nothing", "/requests/nothing", "/requests?limit=x"):
        assert problems(http.get(ROOT + path).json(), "Problem") == []


def test_an_answer_of_another_shape_is_noticed() -> None:
    """The checks above can fail."""
    assert problems({"now": "soon", "iso": "", "frozen": False, "ahead": 0}, "Clock")
    assert problems({"seed": 1, "more": 2}, "Seed")
