"""The words of a refusal: a text of the spec whose gaps may hold anything is found in what a server says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from safelight import load
from safelight_testkit.judging.refusal import differences, transport_refusal
from safelight_testkit.judging.verdict import Answer

ERRORS = load(Path(__file__).parents[2] / "spec" / "ttapi-images.yaml").operations["generate"].errors
PARTS = st.lists(st.text("ab.\n", max_size=3), min_size=1, max_size=4)
"""What stands between gaps: few letters, so that parts overlap, and such as mean something in a pattern."""


def told(parts: list[str], said: str) -> list[tuple[str, str]]:
    """What is found in a refusal that says *said* where the spec has *parts* with gaps between them."""
    text = ERRORS.texts["malformed_json"]
    worded = replace(text, fields={**text.fields, "message": "{gap}".join(parts)})
    errors = replace(ERRORS, texts={**ERRORS.texts, "malformed_json": worded})
    error = {"type": None, "param": None, "code": None, **text.fields, "message": said}
    answer = Answer(status=text.status, body=json.dumps({"error": error}).encode())
    found = differences(errors, transport_refusal(errors, "malformed_json", "malformed_json"), answer)
    return [(one.kind, str(one.expected)) for one in found]


@given(PARTS, st.text("ab.\n", max_size=12))
def test_a_text_is_found_where_a_regular_expression_finds_it(parts: list[str], said: str) -> None:
    """Each gap may be empty, and may hold what looks like the parts beside it."""
    pattern = ".*".join(map(re.escape, parts))

    expected = [] if re.fullmatch(pattern, said, re.DOTALL) else [("refusal.message", "…".join(parts))]
    assert told(parts, said) == expected


@given(PARTS, st.lists(st.text("ab.\n", max_size=3), min_size=3, max_size=3))
def test_a_text_with_its_gaps_filled_is_found(parts: list[str], fillings: list[str]) -> None:
    """Whatever they are filled with."""
    said = "".join(part + filling for part, filling in zip(parts, [*fillings[: len(parts) - 1], ""], strict=False))

    assert told(parts, said) == []
