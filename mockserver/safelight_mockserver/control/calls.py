"""The calls of the control API: one table, from which requests are routed and its OpenAPI document is made.

So the document cannot leave out a call, or tell of one that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal, TypeAlias

from safelight.records import dataclass

from .records import FILTERS

__all__ = ["CALLS", "Call", "Media"]

Media: TypeAlias = Literal["json", "text", "stream", "page", "none"]

_TEST: Final[dict[str, str]] = {"test": "Only what belongs to this test, by the header X-Safelight-Test."}
_OUTCOME: Final[dict[str, str]] = {
    "outcome": "How the code that made the last call ended, returned or raised: what it made of the answer is judged."
}
_FORMAT: Final[dict[str, str]] = {
    "format": "json (the default); jsonl, one request on each line; har, an HTTP archive (1.2)."
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        verb: The HTTP method.
        path: Below the root of the control API, with parameters in braces.
        name: The name of the method that answers it, and its operation id.
        summary: What it does, in a sentence.
        query: The query parameters that it takes, with what each does.
        takes: The schema of the body that it takes; empty for none.
        gives: The schema of a JSON answer.
        media: What kind of answer it gives.
        status: The status of a good answer.
        is_open: Whether it needs no key.
    """

    verb: str
    path: str
    name: str
    summary: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    takes: str = ""
    gives: str = ""
    media: Media = "json"
    status: int = 200
    is_open: bool = False


def _get(path: str, name: str, summary: str, gives: str, query: Mapping[str, str] | None = None) -> Call:
    return Call(verb="GET", path=path, name=name, summary=summary, gives=gives, query=query or {})


def _post(path: str, name: str, summary: str, takes: str, gives: str) -> Call:
    return Call(verb="POST", path=path, name=name, summary=summary, takes=takes, gives=gives)


def _delete(path: str, name: str, summary: str, query: Mapping[str, str] | None = None) -> Call:
    return Call(verb="DELETE", path=path, name=name, summary=summary, query=query or {}, media="none", status=204)


CALLS: Final = (
    _get(
        "/requests",
        "list_requests",
        "List the requests that are remembered, oldest first.",
        "Requests",
        FILTERS | _FORMAT,
    ),
    _delete("/requests", "forget_requests", "Forget the requests.", _TEST),
    _get(
        "/requests/{id}",
        "show_request",
        "Show one request with its body, its pictures and code for it.",
        "RequestInFull",
    ),
    Call(
        verb="GET",
        path="/feed",
        name="follow_requests",
        media="stream",
        query=FILTERS,
        summary="Follow the requests as server-sent events, as they are recorded and amended.",
    ),
    _get(
        "/violations",
        "count_violations",
        "Count the constraints that requests break, with their sources.",
        "Violations",
        FILTERS,
    ),
    _get(
        "/verdict",
        "show_verdict",
        "Judge the client: retries, gaps, bills, streams taken for whole.",
        "Verdict",
        _TEST | _OUTCOME,
    ),
    _get("/faults", "list_faults", "List the faults that stand.", "Faults"),
    Call(
        verb="POST",
        path="/faults",
        name="order_fault",
        summary="Order a fault.",
        takes="FaultOrder",
        gives="Fault",
        status=201,
    ),
    _delete("/faults", "clear_faults", "Take back every fault.", _TEST),
    _delete("/faults/{id}", "remove_fault", "Take back one fault."),
    _get("/faults/kinds", "list_kinds", "List the kinds of faults and what each can be told.", "Kinds"),
    _get("/clock", "show_clock", "Tell the time by the clock of the fake.", "Clock"),
    _post(
        "/clock/freeze",
        "freeze_clock",
        "Stop the clock, now or at a time of any day from 1970 to 2069.",
        "Moment",
        "Clock",
    ),
    _post(
        "/clock/advance", "advance_clock", "Move the clock ahead by seconds, so that links expire.", "Seconds", "Clock"
    ),
    _post("/clock/resume", "resume_clock", "Let a stopped clock go on.", "", "Clock"),
    _post("/clock/reset", "reset_clock", "Return to real time.", "", "Clock"),
    _post(
        "/reset",
        "reset",
        "Forget requests and faults and return to real time, or only what belongs to a test.",
        "Scope",
        "Done",
    ),
    _get("/seed", "show_seed", "Tell the seed of the pictures.", "Seed"),
    Call(
        verb="PUT",
        path="/seed",
        name="set_seed",
        summary="Choose another seed: other pictures for the same requests.",
        takes="Seed",
        gives="Seed",
    ),
    _get("/spec", "show_spec", "Tell the spec that is served: models, parameters, rules and their sources.", "Spec"),
    _post("/validate", "validate", "Judge a request without sending it, and write code for it.", "Draft", "Judgement"),
    Call(
        verb="GET",
        path="/health",
        name="show_health",
        summary="Tell that the process is alive.",
        gives="Health",
        is_open=True,
    ),
    Call(
        verb="GET",
        path="/ready",
        name="show_readiness",
        gives="Health",
        is_open=True,
        summary="Tell that requests are answered; 503 while the shared state cannot be reached.",
    ),
    Call(
        verb="GET",
        path="/metrics",
        name="show_metrics",
        media="text",
        summary="Tell counts and times in the text format of Prometheus.",
    ),
    Call(
        verb="GET",
        path="/openapi.json",
        name="show_openapi",
        summary="Describe the control API.",
        is_open=True,
        gives="OpenAPI",
    ),
)
"""Every call; the page and its files are no part of the API."""
