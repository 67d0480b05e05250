"""The fake and the interpreter agree on every request: refused is what breaks a rule, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import load, violations
from safelight_mockserver.answers.answer import Answer, Call, Responder
from safelight_mockserver.answers.message import message
from safelight_mockserver.answers.reply import Events, Whole
from safelight_mockserver.options import Options

ROOT = Path(__file__).parents[2]
PATHS = sorted([*(ROOT / "spec").glob("*.yaml"), *(ROOT / "tests" / "specs").glob("*.yaml")])
CALLS = {
    f"{path.stem} {name}": (spec, operation)
    for path in PATHS
    for spec in [load(path)]
    for name, operation in spec.operations.items()
}

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FINITE | st.text(st.characters(), max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
LIKELY: dict[str, list[Any]] = {
    "prompt": ["a fox", "", "x" * 1001],
    "n": [0, 1, 2, 10, 11, 1.0],
    "size": ["auto", "1024x1024", "16x48", "16x64", "1792x1024", "512x512"],
    "stream": [True, False],
    "partial_images": [0, 1, 3, 4],
    "output_compression": [0, 99, 100, 101],
    "image": [{"url": "u"}, {}],
    "images": [[{"url": "u"}], [], [{"url": ""}, 3]],
}
WORDS = [
    "auto",
    "transparent",
    "opaque",
    "jpeg",
    "png",
    "high",
    "hd",
    "standard",
    "url",
    "b64_json",
    "16:9",
    "2k",
    "low",
]


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, object]:
    """Draw a call and a body for it: nearly good ones, so that many rules are met, and some that are anything."""
    name = draw(st.sampled_from([*CALLS]))
    spec, operation = CALLS[name]
    if draw(st.integers(0, 9)) == 0:
        return name, draw(VALUES)
    cases = [dict(case.body) for rule in operation.rules for case in (*rule.accepts, *rule.rejects)]
    body: dict[str, Any] = {"prompt": "a fox"}
    from_case = draw(st.booleans())
    if cases and from_case:
        body = dict(draw(st.sampled_from(cases)))
    models = [*spec.names]
    for parameter in draw(st.lists(st.sampled_from(operation.parameters), unique=True, max_size=4)):
        likely = models if parameter == operation.model_parameter else LIKELY.get(parameter, [])
        body[parameter] = draw(
            st.sampled_from([*likely, *likely, *WORDS]) if likely else st.sampled_from(WORDS) | VALUES
        )
    if draw(st.integers(0, 4)) == 0:
        body[draw(st.sampled_from(operation.parameters) | st.text())] = draw(VALUES)
    return name, body


def ask(name: str, body: object, *basis: str) -> Answer:
    """Return the fake's answer to a call with a key."""
    spec, operation = CALLS[name]
    call = Call(
        verb=operation.verb,
        path=operation.path,
        authorization="Bearer a-key",
        keys={auth.header.lower(): "a-key" for auth in spec.auth if auth.header},
        content_type="application/json",
        body=json.dumps(body).encode(),
    )
    return Responder(spec, operation, Options(basis=basis)).answer(call)


def granted(answer: Answer) -> bool:
    """Tell whether the client gets pictures."""
    return isinstance(answer.reply, Events) or (isinstance(answer.reply, Whole) and answer.reply.status == 200)


@given(request=requests(), basis=st.sampled_from([("documented",), ("documented", "observed")]))
def test_the_fake_refuses_exactly_what_the_interpreter_finds_at_fault(
    request: tuple[str, object], basis: tuple[str, ...]
) -> None:
    """For any JSON at all and any spec: an answer that can be sent, the interpreter's verdict, all of it in the log."""
    name, body = request
    spec, operation = CALLS[name]
    answer = ask(name, body, *basis)
    assert message(answer, operation.response.headers).status >= 200
    assert answer.violations == violations(spec, operation, json.loads(json.dumps(body)), basis=basis)
    assert granted(answer) == all(one.outcome != "refuse" for one in answer.violations)


@pytest.mark.parametrize("name", CALLS)
def test_the_cases_beside_each_rule_hold_for_the_fake(name: str) -> None:
    """What a rule accepts does not break it, what it rejects does; refused is what breaks a rule that refuses."""
    _, operation = CALLS[name]
    for rule in operation.rules:
        for case in (*rule.accepts, *rule.rejects):
            answer = ask(name, dict(case.body), "documented", "observed", "advisory")
            assert (rule.id in {one.rule for one in answer.violations}) == (case in rule.rejects), case
            assert granted(answer) == all(one.outcome != "refuse" for one in answer.violations), case
