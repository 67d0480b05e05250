"""A spec ten times as large costs ten times as much, and a request costs what it sends; counted in calls, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TypeVar

from safelight.judging.interpret import Interpreter, violations
from safelight.model import Spec
from tests.unit.spec.fragments import spec_with

T = TypeVar("T")

BODY = {"model": "m3", "prompt": "a fox", "n": 2, "size": "128x64", "tone": "low"}


def large(count: int) -> Spec:
    """A spec of so many models, each with a limit of its own, and of so many rules."""
    models = "".join(f"  m{index}: {{ title: M, family: f{index % 10} }}\n" for index in range(count))
    families = "".join(f"  f{index}: {{ title: F }}\n" for index in range(10))
    limits = ", ".join(f"m{index}: {{ maximum: {index % 7 + 2} }}" for index in range(count))
    rules = "".join(
        f"- id: r{index}\n"
        f"  when: {{ model: m{index}, n: {{ above: 1 }} }}\n"
        f"  require: {{ tone: low }}\n"
        f"  why: D.\n"
        f"  accepts: [{{ model: m{index}, tone: low }}]\n"
        f"  rejects: [{{ model: m{index}, n: 2 }}]\n"
        for index in range(count)
    )
    parameters = f"""
        model: {{ type: model, doc: D., required: true }}
        n: {{ type: integer, doc: D., minimum: 1, maximum: 2, default: 1, per_model: {{ {limits} }} }}
        size: {{ type: size, doc: D., grammar: WIDTHxHEIGHT, multiple_of: 8, per_model: {{ f0: {{ max_edge: 512 }} }} }}
        tone: {{ type: string, doc: D., values: [low, high] }}
    """
    head = f"families:\n{families}models:\n{models}unknown_model: refuse\n"
    return spec_with(parameters, rules, models=head)


def calls(work: Callable[[], T]) -> tuple[T, int]:
    """Do the work, and count the calls of Python functions and of built-in ones."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        result = work()
    finally:
        sys.setprofile(None)
    return result, count


def test_loading_and_judging_grow_with_the_spec_and_no_faster() -> None:
    """Four times the models and rules: at most about four times the calls to load, and to judge one request."""
    small, loaded_small = calls(lambda: large(20))
    big, loaded_big = calls(lambda: large(80))
    assert len(big.models) == len(big.operations["draw"].rules) == 80
    assert loaded_big < 4.6 * loaded_small
    _, judged_small = calls(lambda: violations(small, small.operations["draw"], BODY))
    found, judged_big = calls(lambda: violations(big, big.operations["draw"], BODY))
    assert found == ()
    assert judged_big < 4.6 * judged_small


def test_a_list_of_values_costs_what_it_lists() -> None:
    """Twice the values, about twice the calls to load them: each is compared with none of the others."""
    short, long = (
        calls(partial(spec_with, f"x: {{ type: string, doc: D., any_case: true, values: [{', '.join(words)}] }}"))[1]
        for words in ([f"word{index}" for index in range(count)] for count in (200, 400))
    )
    assert long < 2.2 * short


def test_a_kept_interpreter_pays_for_the_request_alone() -> None:
    """What other models are asked costs a request nothing, however many there are."""
    costs: list[int] = []
    for count in (20, 80):
        spec = large(count)
        kept = Interpreter(spec, spec.operations["draw"])
        kept.settle(BODY)
        settlement, cost = calls(partial(kept.settle, BODY))
        assert settlement.violations == ()
        costs.append(cost)
    assert costs[0] == costs[1]


def test_a_long_list_costs_its_items() -> None:
    """Twice the items, about twice the calls; unknown fields alike."""
    spec = spec_with("x: { type: array, doc: D., items: { type: string, doc: D., values: [a] } }")
    kept = Interpreter(spec, spec.operations["draw"])
    kept.settle({})
    short, long = (calls(partial(kept.settle, {"x": ["b"] * count}))[1] for count in (500, 1000))
    assert long < 2.2 * short
    few, many = (calls(partial(kept.settle, dict.fromkeys(range(count))))[1] for count in (500, 1000))
    assert many < 2.2 * few
