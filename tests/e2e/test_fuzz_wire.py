"""Whatever arrives, the fake answers, refuses or hangs up: no traceback, no failure of its own, no silence."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from safelight import load
from safelight_mockserver import fake, running
from safelight_mockserver.serving.limits import Limits
from safelight_mockserver.transport import AppTransport
from tests.e2e.sockets import KEY, PATH, post, status, told

ROOT = Path(__file__).parents[2]
SPEC = load(ROOT / "spec" / "ttapi-images.yaml")
SEEDS: Final = (
    post({"prompt": "a fox"}),
    post({"model": "gpt-image-1", "prompt": "a fox", "stream": True, "partial_images": 1, "size": "1024x1024"}),
    b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /pictures/abc.def.png?x=%20 HTTP/1.0\r\n\r\n",
    f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{{}}  \r\n0\r\n\r\n".encode(),
    b"OPTIONS /v1/images/generations HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
)
TRICKS: Final = (b"\r\n", b"\n", b"\0", b" ", b":", b"\r\n\r\n", b"\xff", b"HTTP/1.1", b"%00", b"-", b"0", b"{", b'"')
FIELDS: Final = sorted(next(iter(SPEC.operations.values())).tables["gpt-image-1"].parameters)

# Fixtures last for the module on purpose: the server has to survive every example.
thorough = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    """A server that does not wait long for what does not come."""
    with running(fake(SPEC), limits=Limits(seconds=0.1)) as url:
        yield url


@pytest.fixture(scope="module")
def client() -> Generator[httpx2.Client]:
    """A client of a fake without a server; what the fake raises, the client raises."""
    with AppTransport(fake(SPEC)) as transport, httpx2.Client(transport=transport, base_url="http://fake") as client:
        yield client


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A request with a few bytes changed, left out, repeated or put in."""
    raw = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 30)))
        piece = draw(st.sampled_from(TRICKS) | st.binary(max_size=8) | st.just(raw[start:end] * 2))
        raw = raw[:start] + piece + raw[end:]
    return raw


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(
        ["auto", "gpt-image-1", "dall-e-3", "1024x1024", "0x0", "16:9", "-1", "٣x٣", "b64_json", "\ud800"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=10,
)
bodies = st.dictionaries(st.sampled_from(FIELDS) | st.text(st.characters()), json_values, max_size=8)
header_texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(str.strip)


def sane(reply: bytes) -> bool:
    """Whether what a server said is nothing, or a whole answer in which it admits no failure of its own."""
    if not reply:
        return True
    found = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", reply)
    has_end = found is None or len(reply) >= int(found[1])
    return status(reply) < 500 and has_end and b"Traceback" not in reply


@settings(thorough, max_examples=60)
@given(raw=mutated() | st.binary(min_size=1, max_size=300))
def test_bytes_never_break_the_server(server: str, raw: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever bytes it is sent, it says something sensible or hangs up, logs no failure, and takes the next call."""
    with caplog.at_level(logging.ERROR):
        assert sane(told(server, raw))
        assert status(told(server, post({"prompt": "a fox"}))) in {200, 408}
    assert caplog.records == []


@settings(thorough, max_examples=200)
@given(body=bodies | json_values)
@example(body={"prompt": "a", "n": float("inf")})
@example(body={"prompt": "a", "size": "1e999x1"})
@example(body={"prompt": "\ud800", "model": "\udfff"})
def test_json_never_breaks_the_fake(client: httpx2.Client, body: object) -> None:
    """Whatever JSON a call has, even what only Python takes for JSON, it is answered or refused, in JSON."""
    headers = {"TT-API-KEY": KEY, "Content-Type": "application/json"}
    reply = client.post(PATH, content=json.dumps(body).encode(), headers=headers)
    assert reply.status_code in {200, 400}
    if "text/event-stream" not in reply.headers["content-type"]:
        json.loads(reply.content)


@settings(thorough, max_examples=100)
@given(
    content=st.binary(max_size=300), kind=st.sampled_from(["application/json", "text/plain", "", "multipart/form-data"])
)
def test_bodies_never_break_the_fake(client: httpx2.Client, content: bytes, kind: str) -> None:
    """Whatever bytes a call has for a body, it is refused."""
    reply = client.post(PATH, content=content, headers={"TT-API-KEY": KEY, "Content-Type": kind})
    assert reply.status_code == 400


@settings(thorough, max_examples=200)
@given(data=st.data())
def test_headers_never_break_the_fake(client: httpx2.Client, data: st.DataObject) -> None:
    """Whatever headers a call has, those too that order faults, it is answered, refused, or fails as ordered."""
    name = data.draw(
        st.sampled_from(
            ["Authorization", "TT-API-KEY", "Content-Type", "Host", "X-Safelight-Fault", "X-Safelight-Test", "Accept"]
        )
    )
    headers = {"TT-API-KEY": KEY, "Content-Type": "application/json", name: data.draw(header_texts)}
    reply = client.post(PATH, content=b'{"prompt":"a fox"}', headers=headers)
    assert reply.status_code in {200, 400, 401}


@settings(thorough, max_examples=100)
@given(data=st.data())
def test_targets_never_break_the_fake(client: httpx2.Client, data: st.DataObject) -> None:
    """Whatever is called by whatever method, there is an answer, and none that admits a failure."""
    verb: Any = data.draw(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "DELETE", "TRACE", "BREW"]))
    start = data.draw(st.sampled_from(["/v1/images/", "/pictures/", "/health", "/"]))
    rest = data.draw(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=30))
    reply = client.request(verb, start + quote(rest, safe="/"), headers={"TT-API-KEY": KEY})
    assert reply.status_code < 500


@pytest.mark.parametrize("reply", [b"HTTP/1.1 500 No\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx"])
def test_what_is_not_sane_is_noticed(reply: bytes) -> None:
    """The check above can fail."""
    assert not sane(reply)
