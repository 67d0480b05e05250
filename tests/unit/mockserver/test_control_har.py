"""The HTTP archive is HAR 1.2, so that the tools that read the format read ours, with headers and bodies."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, Final

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec
from safelight.vocabulary.checks import Violation
from safelight_mockserver import Entry, Options, fake
from safelight_mockserver.control.har import archive
from safelight_mockserver.store.heads import Asked
from safelight_mockserver.store.replies import Replies
from safelight_mockserver.transport import AppTransport

VALIDATOR: Final[Any] = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own
ORIGIN: Final = "http://127.0.0.1:8080"
FOX: Final = {"model": "gpt-image-1", "prompt": "a fox", "size": "1024x1024"}


def record(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schemas
    """Return the schema of an object of the format: nothing else is in it but fields of one's own, and comments."""
    return {
        "type": "object",
        "properties": {**required, **optional, "comment": {"type": "string"}},
        "required": [*required],
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


# HAR 1.2 Spec, section "HAR Data Structure"; a size of -1 is not known, and a time of -1 does not apply.
TEXT: Final = {"type": "string"}
SIZE: Final = {"type": "integer", "minimum": -1}
TIME: Final = {"type": "number", "minimum": 0}
MAYBE_TIME: Final = {"type": "number", "anyOf": [{"minimum": 0}, {"const": -1}]}
MOMENT: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
PAIRS: Final = {"type": "array", "items": record({"name": TEXT, "value": TEXT})}
POSTED: Final = record(
    {"mimeType": TEXT, "text": TEXT}, params={"type": "array", "items": record({"name": TEXT}, value=TEXT)}
)
REQUEST: Final = record(
    {
        "method": {"type": "string", "pattern": "^[A-Z]+$"},
        "url": {"type": "string", "pattern": r"^http://[!-~]+$"},
        "httpVersion": TEXT,
        "cookies": PAIRS,
        "headers": PAIRS,
        "queryString": PAIRS,
        "headersSize": SIZE,
        "bodySize": SIZE,
    },
    postData=POSTED,
)
CONTENT: Final = record(
    {"size": {"type": "integer", "minimum": 0}, "mimeType": {"type": "string", "minLength": 1}},
    text=TEXT,
    encoding={"const": "base64"},
    compression={"type": "integer"},
)
RESPONSE: Final = record(
    {
        "status": {"type": "integer", "minimum": 0},
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": PAIRS,
        "headers": PAIRS,
        "content": CONTENT,
        "redirectURL": TEXT,
        "headersSize": SIZE,
        "bodySize": SIZE,
    }
)
TIMINGS: Final = record(
    {"send": TIME, "wait": TIME, "receive": TIME}, blocked=MAYBE_TIME, dns=MAYBE_TIME, connect=MAYBE_TIME
)
ENTRY: Final = record(
    {
        "startedDateTime": MOMENT,
        "time": TIME,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": {"type": "object", "maxProperties": 0},
        "timings": TIMINGS,
    }
)
LOG: Final = record(
    {
        "version": {"const": "1.2"},
        "creator": record({"name": TEXT, "version": TEXT}),
        "entries": {"type": "array", "items": ENTRY},
    },
    pages={"type": "array", "maxItems": 0},
)
FORMAT: Final = record({"log": LOG})


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
        "told": ((b"content-type", b"application/json"),),
    }
    return Entry(**(fields | changes))


def one(made: Entry, body: bytes | None = None) -> dict[str, Any]:
    """Return the only entry of an archive of one request, read back from its text and held against the format."""
    log = json.loads(json.dumps(archive([made], ORIGIN, {} if body is None else {made.id: body})))
    VALIDATOR(FORMAT).validate(log)
    found: dict[str, Any]
    (found,) = log["log"]["entries"]
    timings = [value for value in found["timings"].values() if value >= 0]
    assert found["time"] == pytest.approx(sum(timings))
    return found


headers = st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.binary(max_size=9)), max_size=3).map(tuple)
violations = st.text(st.characters(), max_size=20).map(
    lambda value: (Violation(rule="generate.n.maximum", parameter="n", value=value, message="n is too large"),)
)
entries = st.builds(
    entry,
    body=st.none() | st.binary(max_size=200),
    sent=st.integers(0, 300),
    status=st.integers(0, 599),
    began=st.floats(0, 4e9),
    violations=violations,
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map("/{}".format),
    asked=st.builds(Asked, headers, query=st.binary(max_size=20)),
    told=headers,
)


@given(entries, st.none() | st.binary(max_size=200))
def test_every_request_becomes_an_entry_of_the_format(made: Entry, reply: bytes | None) -> None:
    """Whatever was sent, and however it was answered; a body is whole, or a comment says why it is not there."""
    found = one(made, reply)
    assert ("postData" in found["request"]) == bool(made.body)
    content = found["response"]["content"]
    assert content["size"] == found["response"]["bodySize"] == made.sent
    assert ("text" in content) + ("comment" in content) == bool(made.sent)
    if "text" in content:
        text = content["text"]
        read = base64.b64decode(text) if content.get("encoding") else text.encode()
        assert read == (reply or b"")[: made.sent]
        assert len(read) == made.sent
    assert datetime.fromisoformat(found["startedDateTime"]).tzinfo is not None


def test_an_entry_tells_the_request_and_in_a_field_of_its_own_the_rules() -> None:
    """With the address that clients called."""
    violation = Violation(rule="generate.n.maximum", parameter="n", value=11, message="n must be at most 10")
    asked = Asked([(b"content-type", b"application/json"), (b"authorization", b"Bearer sk-1")], query=b"a=1&token=t")
    found = one(entry(status=400, violations=(violation,), test="t1", asked=asked, path="/v1/a fox"))
    assert found["request"]["url"] == f"{ORIGIN}/v1/a%20fox?a=1&token=***"
    assert found["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "token", "value": "***"}]
    assert found["request"]["headers"][1] == {"name": "authorization", "value": "Bearer ***"}
    assert found["request"]["postData"]["mimeType"] == "application/json"
    assert found["request"]["postData"]["text"] == '{"prompt": "a fox"}'
    assert (found["response"]["status"], found["response"]["statusText"]) == (400, "Bad Request")
    assert (found["time"], found["timings"]["wait"]) == (12.5, 12.5)
    assert found["startedDateTime"] == "2023-11-14T22:13:20.250+00:00"
    assert (found["_safelight"]["rules"], found["_safelight"]["test"]) == (["generate.n.maximum"], "t1")


@pytest.mark.parametrize("status", [0, 299, 529])
def test_a_status_without_a_name_has_an_empty_one(status: int) -> None:
    """Broken connections have the status 0, as browsers write them."""
    assert one(entry(status=status))["response"]["statusText"] == ""


def test_a_body_that_is_too_long_is_named_and_its_size_is_right() -> None:
    """Of a request and of an answer; half of a JSON text would be none."""
    large = b"x" * ((4 << 20) + 1)
    found = one(entry(body=large, sent=len(large)), large)
    assert found["request"]["bodySize"] == found["response"]["content"]["size"] == len(large)
    told = f"the body of {len(large)} bytes is left out: more than {4 << 20}"
    assert found["request"]["postData"]["comment"] == found["response"]["content"]["comment"] == told
    assert found["request"]["postData"]["text"] == ""
    assert "text" not in found["response"]["content"]


def test_a_body_that_is_no_text_is_told_in_base64_and_one_that_is_gone_as_such() -> None:
    """Bytes of a picture, say; and where the server has not kept what it sent, or another has sent it."""
    file = b"\x89PNG\r\n\x1a\n"
    content = one(entry(sent=len(file), told=((b"content-type", b"image/png"),)), file)["response"]["content"]
    assert (content["mimeType"], content["encoding"]) == ("image/png", "base64")
    assert base64.b64decode(content["text"]) == file
    gone = one(entry(sent=8))["response"]["content"]
    assert gone["comment"] == "the body of 8 bytes is not kept here any more"


def exported(ttapi: Spec, *bodies: dict[str, Any], fault: str = "", **options: Any) -> tuple[Any, list[bytes]]:  # noqa: ANN401 - as `Options` takes them
    """Call a fake, and export; returns the entries, and what the client got."""
    sent = {"Authorization": "Bearer sk-secret-key", **({"X-Safelight-Fault": fault} if fault else {})}
    got: list[bytes] = []
    app = fake(ttapi, Options(images="plain", **options))
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake") as http:
        for body in bodies:
            with http.stream("POST", "/v1/images/generations", json=body, headers=sent) as reply:
                try:
                    got.append(b"".join(reply.iter_bytes()))
                except httpx2.TransportError:
                    got.append(b"")
        log = http.get("/_safelight/requests", params={"format": "har"}).json()
    VALIDATOR(FORMAT).validate(log)
    assert "sk-secret-key" not in json.dumps(log)
    return log["log"]["entries"], got


def test_an_export_has_what_the_client_got_byte_for_byte(ttapi: Spec) -> None:
    """Answers, refusals and streams, with their headers."""
    entries, got = exported(ttapi, FOX, FOX | {"n": 11}, FOX | {"stream": True, "partial_images": 2})
    assert [one["response"]["content"]["text"].encode() for one in entries] == got
    assert [one["response"]["content"]["mimeType"] for one in entries] == [
        *("application/json", "application/json", "text/event-stream"),
    ]
    for one in entries:
        told = {header["name"]: header["value"] for header in one["response"]["headers"]}
        assert told["x-request-id"] == one["_safelight"]["id"]
        assert told.get("content-length", str(one["response"]["bodySize"])) == str(one["response"]["bodySize"])
        asked = {header["name"]: header["value"] for header in one["request"]["headers"]}
        assert (asked["content-type"], asked["authorization"]) == ("application/json", "Bearer ***")


def test_an_export_of_an_answer_that_broke_off_ends_where_it_broke_off(ttapi: Spec) -> None:
    """Not where it would have ended."""
    (one,), _ = exported(ttapi, FOX, fault="truncate; keep=0.25")
    (whole,), _ = exported(ttapi, FOX)
    text, full = one["response"]["content"]["text"], whole["response"]["content"]["text"]
    assert len(text) == one["response"]["bodySize"] == len(full) // 4
    assert text[: text.index(":")] == full[: full.index(":")]


def test_what_was_sent_is_kept_within_bounds_the_latest(ttapi: Spec) -> None:
    """So that an hour of load does not fill the memory; the log goes on without the bodies."""
    entries, _ = exported(ttapi, *[FOX | {"prompt": f"a fox {number}"} for number in range(5)], reply_bytes=20_000)
    kept = ["text" in one["response"]["content"] for one in entries]
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (False, True)


def test_what_is_kept_of_an_answer_is_what_was_sent_and_not_a_copy() -> None:
    """A reference to each piece, until there is more than may be kept, and of a stream until its first part goes."""
    replies = Replies(1600)
    piece = bytes(300)
    replies.keep("one", [piece], 300)
    replies.keep("two", [b"a", b"b"], 2)
    replies.keep("one", [b"end"], 3)
    assert replies.kept(["one", "two", "three"]) == {"one": piece + b"end", "two": b"ab"}
    replies.keep("three", [piece], 300)
    assert replies.kept(["one", "two", "three"]) == {"one": b"end", "two": b"ab", "three": piece}
    replies.clear()
    assert replies.kept(["three"]) == {}
