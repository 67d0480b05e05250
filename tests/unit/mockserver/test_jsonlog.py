"""The log for machines: one object a line, whatever a request has in it, and nothing private."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from safelight.vocabulary.checks import Violation
from safelight_mockserver.serving.jsonlog import event_line, request_object
from safelight_mockserver.store.entry import Entry

PRIVATE = "a prompt that is nobody's business"


@given(path=st.text(st.characters()), test=st.none() | st.text(st.characters()), note=st.text(st.characters()))
def test_a_request_is_one_line_of_json_without_its_body(path: str, test: str | None, note: str) -> None:
    """Line breaks, quotes and half surrogate pairs arrive as they are, and rules by their ids, each once."""
    broken = Violation(rule="generate.n.maximum", parameter="n", value=PRIVATE, message=PRIVATE)
    entry = Entry(
        id="req_1",
        at=0.0,
        verb="POST",
        path=path,
        body=PRIVATE.encode(),
        status=400,
        violations=(broken, broken),
        test=test,
        note=note,
        milliseconds=1.26,
    )
    line = event_line("request", request_object(entry), now=lambda: 1e9 + 0.25)

    assert "\n" not in line
    assert PRIVATE not in line
    told = json.loads(line)
    assert (told["time"], told["event"], told["rules"]) == (
        "2001-09-09T01:46:40.250Z",
        "request",
        ["generate.n.maximum"],
    )
    assert (told["path"], told["test"], told["note"], told["ms"]) == (path, test, note or None, 1.3)
