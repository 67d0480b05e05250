"""What the start of a fake promises: nothing is imported that the first answer does not need."""

from __future__ import annotations

import subprocess
import sys

from .conftest import ROOT

SCRIPT = """
import asyncio, json, sys
from safelight_mockserver import Options, serve
from safelight_mockserver.serving.server import fake

app = fake(sys.argv[1], Options(control=True))
body = json.dumps({"model": "dall-e-3", "prompt": "a fox"}).encode()
headers = [(b"authorization", b"Bearer key"), (b"content-type", b"application/json"), (b"host", b"fake")]
scope = {
    "type": "http", "method": "POST", "path": sys.argv[2], "headers": headers, "query_string": b"", "scheme": "http"
}
sent = []

async def receive():
    return {"type": "http.request", "body": body, "more_body": False}

async def send(message):
    sent.append(message)

asyncio.run(app(scope, receive, send))
print(sent[0]["status"], *sorted({name.partition(".")[0] for name in sys.modules}))
"""
LATER = {"PIL", "anyio", "httpx2", "jinja2", "prometheus_client", "redis", "rich", "safelight_codegen", "starlette"}


def answered(path: str) -> tuple[str, set[str]]:
    """Ask a new fake one thing; return the status and the packages that it has imported."""
    words = [sys.executable, "-c", SCRIPT, str(ROOT / "spec" / "ttapi-images.yaml"), path]
    status, *packages = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return status, set(packages)


def test_a_call_is_answered_without_what_others_need() -> None:
    """No web framework, no drawing, no templates, no state of replicas: each comes with the first who asks for it."""
    status, packages = answered("/v1/images/generations")
    assert status == "200"
    assert not packages & LATER


def test_a_page_brings_the_web_framework() -> None:
    """Which shows that the test above could fail."""
    status, packages = answered("/health")
    assert status == "405"
    assert packages & LATER == {"starlette", "anyio"}
