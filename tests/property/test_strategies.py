"""What the strategies promise: bodies of the kind they name, found quickly, and shrunk to the smallest."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from safelight.judging.interpret import Interpreter
from safelight.model import Json, Operation, Spec
from safelight_testkit import Plan, plan
from safelight_testkit.strategies import anything, invalid, nearly, valid
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import spec_with

Body: TypeAlias = dict[str, Any]

TTAPI = SPEC_FILES[0]
ALONE = settings(database=None, max_examples=2000)
PATHS = st.sampled_from(SPEC_FILES)


@cache
def interpreter(path: Path) -> Interpreter:
    """The oracle of a spec."""
    return Interpreter(subject(path).spec, subject(path).operation)


def broken(path: Path, body: Json) -> list[str]:
    """The ids of what a body breaks."""
    return [fault.rule for fault in interpreter(path).settle(body).violations]


@cache
def strategy(path: Path, kind: Callable[..., st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """A strategy of a spec, made once."""
    return kind(subject(path).spec, subject(path).operation)


@given(PATHS, st.data())
def test_valid_bodies_are_valid(path: Path, data: st.DataObject) -> None:
    """Whatever is drawn breaks nothing."""
    assert broken(path, data.draw(strategy(path, valid))) == []


@given(PATHS, st.data())
def test_invalid_bodies_break_exactly_one_constraint(path: Path, data: st.DataObject) -> None:
    """One violation, never none and never two."""
    assert len(broken(path, data.draw(strategy(path, invalid)))) == 1


@given(PATHS, st.data())
def test_nearly_valid_bodies_have_a_fault(path: Path, data: st.DataObject) -> None:
    """One fault or two were laid over a valid body; at least one is left."""
    assert broken(path, data.draw(strategy(path, nearly)))


@given(PATHS, st.data())
def test_anything_is_json_and_is_judged(path: Path, data: st.DataObject) -> None:
    """Any JSON value, whether or not it is an object, gets a verdict."""
    body = data.draw(strategy(path, anything))

    assert isinstance(broken(path, body), list)
    assert isinstance(body, dict) or broken(path, body)


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_each_constraint_can_be_broken_by_name(path: Path) -> None:
    """For every id that can be isolated, what is found breaks it and nothing else, and is as small as it can be."""
    spec, operation = subject(path).spec, subject(path).operation
    made = plan(spec, operation)
    alone = {case.constraint: case for case in reversed(made.cases) if case.isolates}

    for id_ in sorted(alone)[:: len(alone) // 4]:
        bodies = invalid(spec, operation, constraint=id_, plan=made)
        body = find(bodies, lambda _: True, settings=ALONE, random=Random(0))
        assert broken(path, body) == [id_]
        assert len(repr(body)) <= len(repr(alone[id_].body))


def of_one_model(spec: Spec, operation: Operation) -> st.SearchStrategy[Body]:
    """Valid bodies of one model."""
    return valid(spec, operation, model="dall-e-2")


def too_many_of_one_model(spec: Spec, operation: Operation) -> st.SearchStrategy[Json]:
    """Bodies that ask one model for too many images."""
    return invalid(spec, operation, constraint="generate.n.maximum", model="gpt-image-1")


@given(st.data())
def test_one_model_can_be_asked_for(data: st.DataObject) -> None:
    """Bodies of a model are judged as that model's, and those that are to be refused name it too."""
    body = data.draw(strategy(TTAPI, of_one_model))
    assert interpreter(TTAPI).settle(body).model == "dall-e-2"
    wrong = data.draw(strategy(TTAPI, too_many_of_one_model))
    assert (wrong["model"], broken(TTAPI, wrong)) == ("gpt-image-1", ["generate.n.maximum"])


SHRUNK: dict[str, tuple[Callable[[Body], bool], Body]] = {
    "nothing": (lambda _: True, {"prompt": "a"}),
    "a value": (lambda body: body.get("n") == 3, {"prompt": "a", "n": 3}),
    "a length": (lambda body: len(body["prompt"]) > 3, {"prompt": "aaaa"}),
    "a stream": (lambda body: body.get("stream") is True, {"model": "gpt-image-2", "prompt": "a", "stream": True}),
    "what needs another": (
        lambda body: (body.get("partial_images") or 0) > 1,
        {"model": "gpt-image-2", "prompt": "a", "partial_images": 2, "stream": True},
    ),
    "a value of one model": (
        lambda body: body.get("style") == "natural",
        {"model": "dall-e-3", "prompt": "a", "style": "natural"},
    ),
    "two at once": (
        lambda body: body.get("quality") == "high" and body.get("user") is not None,
        {"model": "gpt-image-2", "prompt": "a", "quality": "high", "user": ""},
    ),
    "a null": (lambda body: None in body.values(), {"prompt": "a", "n": None}),
}


@pytest.mark.parametrize("fault", SHRUNK)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_fault_is_shown_by_the_smallest_body(fault: str, seed: int) -> None:
    """Whatever was drawn first, shrinking ends where nothing can be left out."""
    shows, smallest = SHRUNK[fault]
    found = find(strategy(TTAPI, valid), shows, settings=ALONE, random=Random(seed))

    if fault == "a null":  # which parameter it is decides nothing
        assert len(found) == 2
    else:
        assert found == smallest


@pytest.mark.parametrize(
    ("constraint", "model", "message"),
    [
        ("generate.n.maximun", None, "did you mean 'generate.n.maximum'?"),
        ("generate.n.maximum@dall-e-3", "dall-e-2", "no request of the model 'dall-e-2' breaks"),
        ("generate.partials-need-stream", "dall-e-3", "dall-e-3 takes no partial_images"),
        ("nonsense", None, "no request breaks 'nonsense' and nothing else"),
    ],
)
def test_what_cannot_be_broken_is_told_at_once(constraint: str, model: str | None, message: str) -> None:
    """A wrong id, or one that the model does not have, is an error before anything is drawn."""
    first = subject(TTAPI)
    with pytest.raises(ValueError, match="no request") as told:
        invalid(first.spec, first.operation, constraint=constraint, model=model)

    assert message in str(told.value)


def test_a_model_without_valid_bodies_is_told_at_once() -> None:
    """A name that the spec does not know is an error before anything is drawn."""
    first = subject(TTAPI)
    with pytest.raises(ValueError, match="no request of the model 'dall-e-4' is valid"):
        valid(first.spec, first.operation, model="dall-e-4")


@given(st.data())
def test_a_family_stands_for_its_members(data: st.DataObject) -> None:
    """Each of them is drawn, and no other model."""
    first = subject(TTAPI)
    bodies = valid(first.spec, first.operation, model="dall-e")

    settlement = interpreter(TTAPI).settle(data.draw(bodies))

    assert not settlement.violations
    assert settlement.model in {"dall-e-2", "dall-e-3"}


@pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3"])
def test_every_member_of_a_family_is_drawn(model: str) -> None:
    """None of them is left out."""
    first = subject(TTAPI)
    bodies = valid(first.spec, first.operation, model="dall-e")

    assert find(bodies, lambda body: body.get("model") == model, settings=ALONE, random=Random(0))["model"] == model


FAULTY: dict[str, Callable[..., st.SearchStrategy[Json]]] = {"invalid": invalid, "nearly": nearly}


@pytest.mark.parametrize("kind", FAULTY)
@pytest.mark.parametrize(
    ("model", "judged"), [("pen", {"biro", "quill"}), ("feather", {"quill"}), ("brush", {"brush"})]
)
def test_faults_can_be_asked_for_by_family_and_alias(kind: str, model: str, judged: set[str]) -> None:
    """What `valid` takes the others take too, and each model that is meant is drawn."""
    spec = spec_with("n: { type: integer, doc: A., minimum: 1 }")
    operation = spec.operations["draw"]
    bodies = FAULTY[kind](spec, operation, model=model)

    def judges(body: Json) -> str:
        return Interpreter(spec, operation).settle(body).table.name

    for one in judged:
        assert find(bodies.map(judges), one.__eq__, settings=ALONE, random=Random(0)) == one
    with pytest.raises(NoSuchExample):
        find(bodies, lambda body: judges(body) not in judged, settings=settings(ALONE, max_examples=300))


@cache
def plan_of_first() -> Plan:
    """The plan of the first spec, made once."""
    first = subject(TTAPI)
    return plan(first.spec, first.operation)


@pytest.mark.parametrize("kind", FAULTY)
def test_faults_of_a_model_that_is_not_there_are_told_at_once(kind: str) -> None:
    """With the models that are."""
    first = subject(TTAPI)
    with pytest.raises(ValueError, match=r"no request of the model 'dall-e-4' is judged on .*; .*gpt-image-2"):
        FAULTY[kind](first.spec, first.operation, model="dall-e-4")


def test_a_fault_keeps_what_goes_with_it() -> None:
    """Where a whole body does not go with a fault, only what stands in its way is left out."""
    flags = [f"flag{number}: {{ type: boolean, doc: A. }}" for number in range(6)]
    spec = spec_with(
        "\n".join(
            (
                "sign: { type: string, doc: A., required: true, values: [b, a, c, d, e, f] }",
                "n: { type: integer, doc: A., minimum: 1, maximum: 3 }",
                "glow: { type: boolean, doc: A. }",
                *flags,
            )
        ),
        "- { id: glowing, when: { glow: true }, require: { n: { at_most: 2 } }, why: A.,\n"
        "    accepts: [{ sign: b, glow: true, n: 1 }], rejects: [{ sign: b, glow: true, n: 3 }] }\n"
        "- { id: dark, when: { sign: { not_in: [b] } }, require: { glow: false }, why: A.,\n"
        "    accepts: [{ sign: a, glow: false }], rejects: [{ sign: a, glow: true }] }",
    )
    bodies = invalid(spec, spec.operations["draw"], constraint="draw.glowing")
    drawn: list[Body] = []

    @settings(ALONE, max_examples=200, derandomize=True, phases=[Phase.generate])
    @given(bodies)
    def draw(body: Body) -> None:
        drawn.append(body)

    draw()

    bare = [body for body in drawn if not any(name.startswith("flag") for name in body)]
    assert {body["sign"] for body in drawn} == {"b"}
    assert len(bare) < len(drawn) / 8  # nearly all valid bodies have a sign that does not go with it


def test_what_reaches_the_rules_of_no_model_is_more_than_its_fault() -> None:
    """A name that nobody knows comes with all that any model takes."""
    first = subject(TTAPI)
    bodies = invalid(first.spec, first.operation, constraint="generate.model.known", plan=plan_of_first())

    found = find(bodies, lambda body: {"n", "user"} <= body.keys(), settings=ALONE, random=Random(0))

    assert broken(TTAPI, found) == ["generate.model.known"]


def test_nothing_that_breaks_any_constraint_is_told_in_words() -> None:
    """The sentence names no constraint where none was asked for."""
    first = subject(TTAPI)
    with pytest.raises(ValueError, match="no request of the model 'dall-e-2' breaks any one constraint"):
        invalid(first.spec, first.operation, model="dall-e-2", plan=Plan((), ()))


def test_wide_domains_are_drawn_from_end_to_end() -> None:
    """Numbers that do not fit into a byte are drawn too, and shrunk to the very border of a fault."""
    spec = spec_with("seed: { type: integer, doc: A., required: true, minimum: 5, maximum: 100000 }")
    bodies = valid(spec, spec.operations["draw"])

    assert find(bodies, lambda body: body["seed"] >= 5, settings=ALONE, random=Random(0))["seed"] == 5
    assert find(bodies, lambda body: body["seed"] > 70_000, settings=ALONE, random=Random(0))["seed"] == 70_001
