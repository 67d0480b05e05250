"""What an installed client carries of the rules: every verdict on its own API, and the parts that other APIs need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from safelight import load
from safelight.judging.interpret import violations
from safelight.model import Basis
from safelight_testkit import plan
from ttapi_images import _judging, validators
from ttapi_images._checks import (
    Violation,
    is_multiple,
    length,
    listed,
    named,
    nearest_number,
    nearest_value,
    same,
    shown,
    type_word,
)
from ttapi_images._free_sizes import SizeLimits, nearest_size
from ttapi_images._judging import Lens

SPEC = load(Path(__file__).parents[3] / "spec" / "ttapi-images.yaml")
OPERATION = SPEC.operations["generate"]

PARTS: tuple[tuple[object, object], ...] = (
    (_judging.cut("aébc", 3, "bytes"), "aé"),
    (_judging.cut("a🦊b", 2, "utf-16 units"), "a"),
    (_judging.cut("a🦊b", 2, "code points"), "a🦊"),
    (_judging.size_of("12x3", "x"), (12, 3)),
    (_judging.size_of(12, "x"), None),
    (_judging.length_of("é", "bytes"), 2),
    (_judging.length_of(None, "bytes"), None),
    (_judging.count_of([1, 2]), 2),
    (_judging.count_of("ab"), None),
    (_judging.sum_of(1, 0.1, 0.2, "x", None), 1.3),
    (_judging.sum_of(2, 3), 5),
    (repr(_judging.ABSENT), "ABSENT"),
    (length("a🦊", "code points"), 2),
    (is_multiple(0.3, 0.1), True),
    (is_multiple(7, 2), False),
    (nearest_number(0.34, 0.1, 0.9, 0.1), 0.3),
    (nearest_number(5, None, 3), 3),
    (nearest_number(0.5, 1, 1.5, 2), None),
    (nearest_number(0, 1, None, 2), 2),
    (nearest_value(7, (1, 8, "x")), 8),
    (nearest_value(7, ("x", "y")), None),
    (nearest_value([], ("x", "y")), None),
    (same(1.0, 1), True),
    (same(True, 1), False),
    (same("a", "a"), True),
    (same(None, None), True),
    (type_word(b"x"), "a Python bytes"),
    (shown({"a": float}), "an object"),
    (shown(2**300), "an integer of 301 bits"),
    (named("a b"), "a b"),
    (named(""), '""'),
    (listed(()), "nothing"),
    (nearest_size(100, 100, SizeLimits(multiple_of=16)), "96x96"),
    (nearest_size(10_000, 5_000, SizeLimits(max_edge=1000, multiple_of=10)), "1000x500"),
    (nearest_size(10, 5, SizeLimits(min_edge=64, min_pixels=64 * 64)), "128x64"),
    (nearest_size(1000, 10, SizeLimits(max_ratio=(3, 1), max_pixels=10_000)), "172x58"),
    (nearest_size(10, 1000, SizeLimits(min_ratio=(1, 3), min_edge=20, max_edge=10)), None),
)
"""What a part gives, and what it should."""


@pytest.mark.parametrize("basis", [("documented",), ("documented", "observed", "advisory")], ids=len)
def test_every_planned_request_is_judged_as_the_interpreter_judges_it(basis: tuple[str, ...]) -> None:
    """Each rule from both sides, with every model: the same violations, word for word."""
    cases = plan(SPEC, OPERATION).cases
    differing = [
        case.body
        for case in cases
        if [repr(one) for one in validators.generate(case.body, basis=basis)]
        != [repr(one) for one in violations(SPEC, OPERATION, case.body, basis=frozenset(map(Basis, basis)))]
    ]

    assert len(cases) > 400
    assert differing == []


def test_ids_can_be_left_out_of_the_verdict() -> None:
    """Of what is broken, only what was not ignored is told."""
    body = {"model": "dall-e-3", "n": 2}

    assert [one.rule for one in validators.generate(body)] == [
        "generate.prompt.required",
        "generate.n.maximum@dall-e-3",
    ]
    assert [one.rule for one in validators.generate(body, ignore={"generate.prompt.required"})] == [
        "generate.n.maximum@dall-e-3"
    ]


@pytest.mark.parametrize(
    ("basis", "said"), [(("rumoured",), "a basis is one of"), (("observed",), "includes 'documented'")]
)
def test_a_basis_that_cannot_be_meant_is_an_error(basis: tuple[str, ...], said: str) -> None:
    """The validators alone refuse it as the client does."""
    with pytest.raises(ValueError, match=said):
        validators.generate({}, basis=basis)


def fault(parameter: str, outcome: str, nearest: object = None) -> Violation:
    """A violation that an API answers gently."""
    return Violation(rule="r", parameter=parameter, value=0, message="m", nearest=nearest, outcome=outcome)


def test_corrections_are_those_that_the_api_makes() -> None:
    """Dropped, clamped, cut or replaced: what the API goes on with is what its rules look at."""
    sent = {"kept": 1, "dropped": 2, "clamped": 30, "lost": 4, "replaced": "x", "warned": 6, "unknown": 7}
    faults = {
        "dropped": [fault("dropped", "drop")],
        "clamped": [fault("clamped", "clamp", 10), fault("clamped.inner", "drop")],
        "lost": [fault("lost", "truncate")],
        "replaced": [fault("replaced", "replace", "y")],
        "warned": [fault("warned", "warn")],
    }

    assert _judging.settled(sent, faults, ("kept", "dropped", "clamped", "lost", "replaced", "warned")) == {
        "kept": 1,
        "clamped": 10,
        "replaced": "y",
        "warned": 6,
    }


def test_choices_come_and_go_with_the_day() -> None:
    """A value is legal from its first day to before the first day that it is not."""
    lens = Lens.of(date(2026, 6, 1), ("documented",))
    choices = (("old", None, date(2026, 6, 1)), ("new", date(2026, 6, 1), None), ("soon", date(2026, 6, 2), None))

    assert lens.current(*choices) == ("new",)


def test_parts_that_this_api_does_not_need_work_all_the_same() -> None:
    """A client carries the same parts whatever its API; each means here what it means in the kit."""
    assert [found for found, _ in PARTS] == [expected for _, expected in PARTS]


@pytest.mark.parametrize("kind", [list, tuple])
def test_arrays_are_lists_and_tuples(kind: Callable[..., Any]) -> None:
    """A caller may send either."""
    assert _judging.is_array(kind("ab"))
    assert not _judging.is_array("ab")
