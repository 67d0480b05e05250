"""The fake and the interpreter agree on every request: refused is what breaks a rule, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from safelight import load, violations
from safelight_mockserver.answer import Call, Responder
from safelight_mockserver.options import Options
from safelight_mockserver.reply import Events, Whole

ROOT = Path(__file__).parents[2]
SPECS = {
    path.stem: load(path)
    for path in (ROOT / "spec" / "ttapi-images.yaml", ROOT / "tests" / "specs" / "xai-images.yaml")
}

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FINITE | st.text(st.characters(), max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
NAMES = sorted({name for spec in SPECS.values() for one in spec.operations.values() for name in one.parameters})
LIKELY: dict[str, list[Any]] = {
    "model": ["gpt-image-2", "gpt-image-1", "dall-e-3", "dall-e-2", "grok-imagine-image", "grok-imagine-image-pro"],
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
def bodies(draw: st.DrawFn) -> object:
    """Draw bodies that are nearly good, so that many rules are met, and some that are anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    body = {name: draw(st.sampled_from([*LIKELY.get(name, []), *WORDS])) for name in names}
    body.setdefault("prompt", "a fox")
    if draw(st.integers(0, 4)) == 0:
        body[draw(st.sampled_from(NAMES) | st.text())] = draw(VALUES)
    return body


@given(body=bodies(), name=st.sampled_from([*SPECS]), observed=st.booleans())
def test_the_fake_refuses_exactly_what_the_interpreter_finds_at_fault(body: object, name: str, observed: bool) -> None:
    """For any JSON at all: an answer, no crash, the verdict of `safelight.violations`, and the log knows all of it."""
    spec = SPECS[name]
    (operation,) = spec.operations.values()
    basis = ("documented", "observed") if observed else ("documented",)
    text = json.dumps(body)
    call = Call(
        verb="POST",
        path=operation.path,
        authorization="Bearer a-key",
        keys={},
        content_type="application/json",
        body=text.encode(),
    )
    answer = Responder(spec, operation, Options(basis=basis)).answer(call)
    assert answer.violations == violations(spec, operation, json.loads(text), basis=basis)
    granted = isinstance(answer.reply, Events) or (isinstance(answer.reply, Whole) and answer.reply.status == 200)
    assert granted == all(one.outcome != "refuse" for one in answer.violations)
