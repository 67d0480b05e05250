"""The fake checks itself: whatever it answers is what its spec says, for a judge that shares no code with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from safelight import Operation, Spec, load
from safelight_mockserver import Clock, Fake, Options, fake
from safelight_mockserver.answers.answer import Answer, Call, Responder
from safelight_mockserver.answers.reply import Whole
from safelight_mockserver.answers.wire import Block
from safelight_mockserver.live import FixedSpec
from safelight_mockserver.store.memory_state import MemoryState
from safelight_mockserver.transport import AppTransport
from safelight_testkit import cover
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.reading import Judgement
from safelight_testkit.selfcheck import SelfCheck

ROOT: Final = Path(__file__).parents[2]
EVERYTHING: Final = ("documented", "observed", "advisory")
PATHS: Final = [ROOT / "spec" / "ttapi-images.yaml", ROOT / "tests" / "specs" / "xai-images.yaml"]
CASES: Final = [(path, basis) for path in PATHS for basis in (("documented",), EVERYTHING)]


def call(app: Fake, operation: Operation, body: Any) -> httpx2.Response:  # noqa: ANN401 - any JSON
    """Make one call, with every key that the API takes."""
    spec = app.source.current()
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    headers |= {auth.header: "k" for auth in spec.auth if auth.header is not None}
    with httpx2.Client(transport=AppTransport(app)) as http:
        path = httpx2.URL(spec.servers[0]).path.rstrip("/") + operation.path
        return http.request(operation.verb, f"http://fake{path}", content=json.dumps(body), headers=headers)


@pytest.mark.parametrize(("path", "basis"), CASES, ids=[f"{path.stem} {len(basis)}" for path, basis in CASES])
def test_every_constraint_from_both_sides_finds_nothing_wrong(path: Path, basis: tuple[str, ...]) -> None:
    """All requests of the covering set: each accepted, and each refused, as the spec has it."""
    spec = load(path)
    app = fake(spec, Options(basis=basis))
    app.check = SelfCheck(basis=basis)
    statuses: set[int] = set()
    for operation in spec.operations.values():
        for request in cover(spec, operation, basis=basis).requests:
            statuses.add(call(app, operation, request.body).status_code)
    assert app.problems == []
    assert {200, 400} <= statuses


class Liar(Responder):
    """Answers every call with a picture that is none."""

    def answer(self, call: Call) -> Answer:
        """Answer a call."""
        true = super().answer(call)
        return Answer(Whole(200, {"created": 1, "data": [{"b64_json": "bm8="}]}), true.violations, is_judged=True)


def lying(spec: Spec) -> Fake:
    """Return a fake with a mistake in it."""
    app = Fake(FixedSpec(spec), Options(), Clock(), MemoryState(1 << 20), responder=Liar)
    app.check = SelfCheck()
    return app


def test_a_wrong_answer_is_noticed() -> None:
    """With what is wrong about it, for the right request and for the wrong one."""
    spec = load(PATHS[0])
    app = lying(spec)
    (operation,) = spec.operations.values()
    call(app, operation, {"model": "gpt-image-2", "prompt": "a fox", "size": "64x64"})
    call(app, operation, {"model": "gpt-image-2", "prompt": "a fox", "n": 11})
    unreadable, accepted = app.problems
    assert "image.unreadable data[0].b64_json" in unreadable
    assert "accepts generate.n.maximum" in accepted
    assert [bool(one.note) for one in asyncio.run(app.state.entries())] == [True, True]


def test_every_fake_of_the_tests_checks_itself(wrong_answers: list[str]) -> None:
    """Without being asked to: a test that meets a wrong answer fails, even if it looks for something else."""
    spec = load(PATHS[0])
    (operation,) = spec.operations.values()
    app = fake(spec, Options(images="tiny"))
    fox = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x64"}
    call(app, operation, fox)
    assert wrong_answers == []
    app.gallery.block = nothing  # type: ignore[method-assign] # a mistake in it
    call(app, operation, fox)
    assert len(wrong_answers) == len(app.problems) == 1
    assert "answer.json" in wrong_answers[0]
    wrong_answers.clear()


async def nothing(block: Block) -> bytes:  # noqa: ARG001 - it has none
    """Stands in for the picture of an answer."""
    return b""


def test_what_was_judged_once_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same request with the same answer, but for its id; a word in either is another."""
    judged: list[Any] = []
    judge = Judge.judge

    def counting(self: Judge, body: Any, answer: Any) -> Judgement:  # noqa: ANN401 - as `Judge` takes them
        judged.append(body)
        return judge(self, body, answer)

    monkeypatch.setattr(Judge, "judge", counting)
    spec = load(PATHS[0])
    clock = Clock()
    clock.freeze()
    app = fake(spec, clock=clock)
    app.check = SelfCheck.of(app.options)
    (operation,) = spec.operations.values()
    for prompt in ("a fox", "a fox", "an owl", "a fox"):
        call(app, operation, {"model": "gpt-image-2", "prompt": prompt, "size": "64x64"})
    assert [one["prompt"] for one in judged] == ["a fox", "an owl"]
    clock.advance(1)  # The answer tells the time.
    call(app, operation, {"model": "gpt-image-2", "prompt": "a fox", "size": "64x64"})
    assert len(judged) == 3


def test_pictures_of_one_pixel_are_not_looked_into() -> None:
    """They are meant to be of another size than was asked; everything else about the answer is judged."""
    spec = load(PATHS[0])
    (operation,) = spec.operations.values()
    for images, wrong in (("tiny", 0), ("plain", 0)):
        app = fake(spec, Options(images=images))
        app.check = SelfCheck.of(app.options)
        call(app, operation, {"model": "gpt-image-2", "prompt": "a fox", "size": "64x64"})
        assert len(app.problems) == wrong, images
    app = Fake(FixedSpec(spec), Options(images="tiny"), Clock(), MemoryState(1 << 20), responder=Liar)
    app.check = SelfCheck.of(app.options)
    call(app, operation, {"model": "gpt-image-2", "prompt": "a fox", "n": 11})
    assert len(app.problems) == 1


def test_what_is_switched_off_is_no_mistake() -> None:
    """A constraint that is ignored is ignored by the judge as well."""
    spec = load(PATHS[0])
    app = fake(spec, Options(ignore=("generate.quality.values",)))
    app.check = SelfCheck(ignore=("generate.quality.values",))
    (operation,) = spec.operations.values()
    reply = call(app, operation, {"model": "gpt-image-2", "prompt": "a fox", "quality": "ultra", "size": "64x64"})
    assert (reply.status_code, app.problems) == (200, [])
