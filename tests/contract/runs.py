"""Contract runs against applications in this process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from safelight import Spec, load
from safelight_mockserver import fake
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Result
from safelight_testkit.contract.runner import Options
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.session import Session, contract
from safelight_testkit.contract.workload import Workload, workload
from safelight_testkit.judging.images import Images
from safelight_testkit.shapes import is_object

ROOT = Path(__file__).parents[2]
TTAPI = load(ROOT / "spec" / "ttapi-images.yaml")


HONEST = fake(TTAPI)
"""An honest server; it keeps what it has drawn, so that the tests that share it are quick."""

IMAGES = Images()


def base_url(spec: Spec) -> str:
    """Where a server of *spec* would be on this machine."""
    return f"http://127.0.0.1{urlsplit(spec.servers[0]).path}"


def run(
    transport: httpx2.AsyncBaseTransport | None,
    *,
    spec: Spec = TTAPI,
    selection: Selection | None = None,
    work: Workload | None = None,
    known: Mapping[str, Result] | None = None,
    let_pass: Callable[[float], None] | None = None,
    basis: tuple[str, ...] = ("documented",),
    timeout: float = 60.0,
    **options: Any,  # noqa: ANN401 - options of a run
) -> Report:
    """Run the contract tests of *spec* over a transport; None for a network."""
    chosen = work or workload(spec, selection or Selection(), basis=basis)
    given: dict[str, Any] = {"base_url": base_url(spec), "key": "a-key", **options}
    session = Session(spec=spec, options=Options(**given), basis=basis, images=IMAGES)
    return contract(session, chosen, timeout=timeout, transport=transport, known=known, let_pass=let_pass)


class Lying(httpx2.AsyncBaseTransport):
    """A transport to an honest server, whose answers somebody edits on the way.

    Args:
        edit: Gets request, answer and the answer's body, and returns what arrives.
    """

    def __init__(self, edit: Callable[[httpx2.Request, httpx2.Response, bytes], httpx2.Response]) -> None:
        self._edit = edit
        self._inner = AsyncAppTransport(HONEST)
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on, and edit what comes back."""
        self.requests.append(request)
        response = await self._inner.handle_async_request(request)
        return self._edit(request, response, await response.aread())


def answered(response: httpx2.Response, body: bytes, status: int | None = None) -> httpx2.Response:
    """The same answer with another body, and perhaps another status."""
    return httpx2.Response(status or response.status_code, headers=response.headers, content=body)


def edited(edit: Callable[[dict[str, Any]], object]) -> Lying:
    """A server that edits the JSON of each good answer."""

    def lie(request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        is_json = response.headers.get("content-type") == "application/json"
        if response.status_code != 200 or not is_json or request.method != "POST":
            return answered(response, body)
        value = json.loads(body)
        edit(value)
        return answered(response, json.dumps(value).encode())

    return Lying(lie)


def sent_body(request: httpx2.Request) -> dict[str, Any]:
    """The JSON object that a request carries; empty where it carries none."""
    try:
        value = json.loads(request.content)
    except ValueError:
        return {}
    return value if is_object(value) else {}


def fault_kinds(report: Report) -> Counter[str]:
    """How often each kind of fault was found."""
    return Counter(fault.kind for result in report.results for fault in result.faults)
