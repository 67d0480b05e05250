"""Requests for faults that hide: behind a rule in the same words, a correction, or another name of a model."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from safelight import load
from safelight.model import Json
from safelight_testkit.judging.refusal import Refusals
from safelight_testkit.requests.masked import masked
from safelight_testkit.requests.mistake import Mistake
from safelight_testkit.requests.mistakes import mistakes
from safelight_testkit.requests.planning import Plan, plan_of
from safelight_testkit.requests.solve import solvers
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.points import Side

SPECS = Path(__file__).parents[2] / "specs"


@cache
def planned(name: str) -> tuple[Subject, Plan]:
    """What is tested of a small spec, and all its cases."""
    spec = load(SPECS / f"{name}.yaml")
    subject = Subject(spec, spec.operations["draw"], basis=("documented", "observed", "advisory"))
    return subject, plan_of(subject)


def hidden(name: str) -> Iterator[Mistake]:
    """The requests that show what rules hide."""
    subject, plan = planned(name)
    return masked(subject, plan.cases, solvers(subject))


def told(name: str, body: Json) -> str:
    """The parameter that the error for a request names."""
    subject, _ = planned(name)
    found = Refusals(subject.operation).of(subject.settle(body))
    return found[0].parameter if found else ""


def test_a_value_beyond_a_limit_is_told_apart_from_a_rule_by_a_second_fault() -> None:
    """Sixteen images are too many for a limit and, if that were forgotten, for a rule that names the same parameter."""
    bodies = {one.body["inputs"]: one.body for one in hidden("numbers") if "inputs" in one.body}
    assert {15, 16} <= set(bodies)
    assert told("numbers", bodies[16]) == "inputs"
    assert told("numbers", bodies[15]) not in {"", "inputs"}


def test_a_value_that_is_put_right_is_sent_where_it_would_break_a_rule_as_it_is() -> None:
    """The API goes on with four; a server that takes five refuses."""
    subject, _ = planned("forms-defaults")
    bodies = [one.body for one in hidden("forms-defaults") if one.body.get("n") == 5]
    assert bodies
    assert not any(subject.settle(body).refused for body in bodies)


def test_where_rules_have_words_of_their_own_nothing_hides_behind_them() -> None:
    """A refusal of another status says by itself what for, so no request is spent on it."""
    subject, _ = planned("letters")
    texts = subject.operation.errors.texts
    assert texts["rule"].status != texts["values"].status
    assert not any(subject.settle(one.body).refused for one in hidden("letters"))


def test_another_name_of_a_model_is_sent_with_what_tells_the_model_apart() -> None:
    """Where unknown names count as a family's, an alias that a server forgot would be judged as one of these."""
    subject, plan = planned("layers")
    bodies = [one.body for one in mistakes(subject, plan, solvers(subject)) if one.body.get("model") == "aqua"]
    assert bodies
    for body in bodies:
        refused = subject.settle(body).refused
        others = [subject.settle({**body, "model": name}).refused for name in ("oil-2", "oil-1", "chalk", "unlisted")]
        assert (not refused) in others


def test_a_warning_is_no_border_of_what_rules_look_at() -> None:
    """A prompt that is longer than advised breaks the rule about long prompts, and that is planned."""
    _, plan = planned("basis")
    broken = [one for one in plan.cases if one.constraint == "draw.long-needs-quality" and one.side is Side.BROKEN]
    assert broken
    assert all(one.isolates and one.expected == ("draw.prompt.max_length", one.constraint) for one in broken)


def test_a_rule_about_other_models_is_shown_to_be_silent() -> None:
    """What it forbids is sent to the model that may have it."""
    _, plan = planned("layers")
    silent = [one for one in plan.cases if one.constraint == "draw.not-for-water" and one.model == "water-1"]
    assert [one.body["paper"] for one in silent] == ["wet"]
