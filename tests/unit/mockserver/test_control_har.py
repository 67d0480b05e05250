"""The HTTP archive has what HAR 1.2 asks for, so that the tools that read the format read ours."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.checks import Violation
from safelight_mockserver import Entry
from safelight_mockserver.control.har import archive

ORIGIN = "http://127.0.0.1:8080"

# The members that the format requires of each of its objects (HAR 1.2, section "HAR data structure").
REQUIRED = {
    "log": {"version", "creator", "entries"},
    "entry": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"},
    "response": {
        *("status", "statusText", "httpVersion", "cookies", "headers", "content"),
        *("redirectURL", "headersSize", "bodySize"),
    },
    "content": {"size", "mimeType"},
    "postData": {"mimeType", "params", "text"},
    "timings": {"send", "wait", "receive"},
}


def entry(**changes: Any) -> Entry:  # noqa: ANN401 - fields of a record
    """Make an entry."""
    fields: dict[str, Any] = {
        "id": "req_1",
        "at": 1.0,
        "verb": "POST",
        "path": "/v1/images/generations",
        "body": b'{"prompt": "a fox"}',
        "status": 200,
        "violations": (),
        "began": 1_700_000_000.25,
        "milliseconds": 12.5,
        "sent": 1000,
    }
    return Entry(**(fields | changes))


def one(made: Entry) -> dict[str, Any]:
    """Return the only entry of an archive of one request, read back from its text."""
    log = json.loads(json.dumps(archive([made], ORIGIN)))["log"]
    assert log.keys() >= REQUIRED["log"]
    assert log["version"] == "1.2"
    found: dict[str, Any]
    (found,) = log["entries"]
    return found


@given(
    body=st.none() | st.binary(max_size=200),
    status=st.integers(0, 599),
    began=st.floats(0, 4e9),
    prompt=st.text(st.characters(), max_size=20),
)
def test_every_request_becomes_an_entry_with_all_that_the_format_requires(
    body: bytes | None, status: int, began: float, prompt: str
) -> None:
    """Whatever was sent, and however it was answered."""
    violation = Violation(rule="generate.n.maximum", parameter="n", value=prompt, message="n is too large")
    found = one(entry(body=body, status=status, began=began, violations=(violation,)))
    assert found.keys() >= REQUIRED["entry"]
    assert found["timings"].keys() >= REQUIRED["timings"]
    assert found["response"].keys() >= REQUIRED["response"]
    assert found["response"]["content"].keys() >= REQUIRED["content"]
    assert found["request"].keys() >= REQUIRED["request"]
    assert ("postData" in found["request"]) == bool(body)
    assert datetime.fromisoformat(found["startedDateTime"]).tzinfo is not None
    assert all(name.startswith("_") or name in REQUIRED["entry"] | {"comment"} for name in found)


def test_an_entry_tells_the_request_and_in_a_field_of_its_own_the_rules() -> None:
    """With the address that clients called."""
    violation = Violation(rule="generate.n.maximum", parameter="n", value=11, message="n must be at most 10")
    found = one(entry(status=400, violations=(violation,), test="t1"))
    assert found["request"]["url"] == f"{ORIGIN}/v1/images/generations"
    assert found["request"]["postData"]["text"] == '{"prompt": "a fox"}'
    assert (found["response"]["status"], found["response"]["statusText"]) == (400, "Bad Request")
    assert (found["time"], found["timings"]["wait"]) == (12.5, 12.5)
    assert found["startedDateTime"] == "2023-11-14T22:13:20.250000+00:00"
    assert (found["_safelight"]["rules"], found["_safelight"]["test"]) == (["generate.n.maximum"], "t1")


@pytest.mark.parametrize("status", [0, 299, 529])
def test_a_status_without_a_name_has_an_empty_one(status: int) -> None:
    """Broken connections have the status 0, as browsers write them."""
    assert one(entry(status=status))["response"]["statusText"] == ""
