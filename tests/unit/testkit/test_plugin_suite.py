"""The contract suite in pieces: a server that is wrong in one way fails one topic, and what costs is bounded."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from safelight import load, loads
from safelight.shipped import shipped
from safelight_mockserver import Entry, Fake, MemoryState, fake
from safelight_mockserver import Options as Manner
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.retry import Retries
from safelight_testkit.contract.runner import CannotRun, Options
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.workload import workload
from safelight_testkit.plugin.suite import Outcome, Suite, Topic

TEXT = shipped()["ttapi-images"].read_text("utf-8")
SPEC = load(shipped()["ttapi-images"])
WORK = workload(SPEC, Selection())
ANSWERS = Topic("generate", answers=True)
N, DALL_E_N = Topic("generate.n.maximum"), Topic("generate.n.maximum@dall-e-3")


@contextmanager
def against(app: Any, **options: Any) -> Generator[Suite]:  # noqa: ANN401 - any ASGI application, any option
    """The suite, for an application in this process."""
    given: dict[str, Any] = {"base_url": "http://fake.test/v1", "key": "k", "retries": Retries(most=1)} | options
    suite = Suite(SPEC, WORK, Options(**given), transport=AsyncAppTransport(app))
    try:
        yield suite
    finally:
        suite.close()


def kinds(suite: Suite) -> Mapping[str, set[str]]:
    """The kinds of faults of each topic that has some."""
    outcomes = {topic: suite.run(topic) for topic in suite.topics}
    assert not any(one.outages or one.unsent for one in outcomes.values())
    return {str(topic): {fault.kind for fault, _ in one.faults} for topic, one in outcomes.items() if one.faults}


def edited(old: str, new: str) -> Fake:
    """A fake of the spec with one edit: a server that is wrong in one way."""
    assert old in TEXT
    return fake(loads(TEXT.replace(old, new, 1), "edited.yaml"))


def test_there_is_a_topic_for_each_constraint_and_one_for_answers() -> None:
    """Whatever a request is about is a test; names are those of parametrised tests."""
    with against(fake(SPEC)) as suite:
        assert {topic.name for topic in suite.topics if not topic.answers} == {
            name for trial in WORK.trials for name in trial.constraints
        }
        assert [str(topic) for topic in suite.topics if topic.answers] == ["answers[generate]"]
        assert "enforces[generate.n.maximum@dall-e-3]" in map(str, suite.topics)


def test_the_fake_passes_and_is_asked_nothing_twice() -> None:
    """Requests that several topics need are sent for the first of them."""
    seen: list[Entry] = []

    class Log(MemoryState):
        async def record(self, entry: Entry) -> None:
            seen.append(entry)

    with against(fake(SPEC, state=Log(1 << 30))) as suite:
        assert kinds(suite) == {}

    sent = Counter(entry.body for entry in seen if entry.status == 200)
    assert len(sent) > 20
    assert set(sent.values()) == {1}


class Cautious:
    """A server that refuses any request of many fields, and is otherwise as it should be."""

    def __init__(self) -> None:
        self._app = fake(SPEC)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
        """Answer one request."""
        pending = [await receive()]
        body = pending[0]["body"]

        async def again() -> Any:  # noqa: ANN401 - as ASGI has it
            return pending.pop() if pending else await receive()

        try:
            cautious = len(json.loads(body)) >= 8
        except (ValueError, TypeError):
            cautious = False
        await (locked(scope, receive, send, 400) if cautious else self._app(scope, again, send))


async def locked(_scope: Any, _receive: Any, send: Any, status: int = 401) -> None:  # noqa: ANN401 - as ASGI has it
    """A server that lets nobody in."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"error": {"message": "no"}}'})


@pytest.mark.parametrize(
    ("app", "found"),
    [
        pytest.param(
            fake(SPEC, Manner(ignore=(DALL_E_N.name,))), {str(DALL_E_N): {"accepts"}}, id="accepts what is wrong"
        ),
        pytest.param(edited("maximum: 10\n", "maximum: 5\n"), {str(N): {"refuses"}}, id="refuses what is right"),
        pytest.param(
            edited("values: [auto, low]", "values: [auto]"),
            {"enforces[generate.moderation.values]": {"refuses"}},
            id="refuses one value",
        ),
        pytest.param(Cautious(), {str(ANSWERS): {"refuses"}}, id="refuses only what is right in many ways"),
        pytest.param(
            edited("param: null, code: null, message: You", "param: n, code: null, message: You"),
            {str(DALL_E_N): {"refusal.field"}},
            id="refuses in another way",
        ),
        pytest.param(
            edited("when: { model: dall-e-3 }\n              doc: The prompt", "doc: The prompt"),
            {str(ANSWERS): {"field.unexpected"}},
            id="answers with a field too many",
        ),
    ],
)
def test_a_server_that_is_wrong_in_one_way_fails_one_topic(app: Fake | Cautious, found: Mapping[str, set[str]]) -> None:
    """The fault is blamed on its own constraint, however many a request stood for."""
    with against(app) as suite:
        assert kinds(suite) == found


def test_a_fault_is_told_with_its_rule_request_and_answer() -> None:
    """A reader can repeat it without opening another report."""
    with against(fake(SPEC, Manner(ignore=(DALL_E_N.name,)))) as suite:
        text = suite.text(DALL_E_N, suite.run(DALL_E_N))

    assert text.splitlines()[:5] == [
        "generate.n.maximum@dall-e-3: n must be at most 1 for dall-e-3",
        "  accepts what the spec refuses: the answer is 200, and the spec refuses with 400",
        "    POST http://fake.test/v1/images/generations",
        '    {"model": "dall-e-3", "prompt": "a fox", "n": 2}',
        "    was answered 200",
    ]


async def failing(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
    """A server that fails at every request."""
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"sorry"})


def test_a_server_that_fails_is_not_judged() -> None:
    """Its rules are not known to be wrong, and not known to be right."""
    with against(failing) as suite:
        outcome = suite.run(N)

        assert outcome.faults == ()
        assert {finding.kind for finding, _ in outcome.outages} == {"outage.server"}
        assert "Not judged:" in suite.text(N, outcome)


def test_a_key_that_does_not_fit_is_noticed_once() -> None:
    """The first topic says that nothing can be tested; the others do not knock again."""
    with against(locked) as suite:
        with pytest.raises(CannotRun) as first:
            suite.run(N)
        assert suite.stopped == str(first.value)
        with pytest.raises(CannotRun, match=re.escape(suite.stopped)):
            suite.run(ANSWERS)


def test_a_budget_bounds_the_whole_run() -> None:
    """What is left of it is left for the next topic; what it cannot pay for is not sent, and says so."""
    with against(fake(SPEC), budget=0.05, paid=True) as suite:
        outcomes = {topic: suite.run(topic) for topic in suite.topics}

    assert not any(one.faults for one in outcomes.values())
    assert outcomes[ANSWERS].unsent == ("the budget is spent",)
    assert outcomes[Topic("generate.errors.no_key")] == Outcome((), (), ())
