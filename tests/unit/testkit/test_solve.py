"""Completing requests: the smallest body that holds what is given and breaks exactly what it should."""

from __future__ import annotations

import pytest

from safelight.model import ABSENT, Json
from safelight_testkit.requests.solve import Solver, solvers
from safelight_testkit.requests.subject import Subject
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import spec_with


def solver_of(parameters: str, rules: str = "[]", column: str = "biro") -> Solver:
    """The solver of one model of a spec with these parameters and rules."""
    spec = spec_with(parameters, rules)
    found = {one.column.name: one for one in solvers(Subject(spec, spec.operations["draw"]))}
    return found[column]


def ttapi(column: str, basis: tuple[str, ...] = ("documented",)) -> Solver:
    """The solver of one model of the first API."""
    first = subject(SPEC_FILES[0])
    found = {one.column.name: one for one in solvers(Subject(first.spec, first.operation, basis=basis))}
    return found[column]


@pytest.mark.parametrize(
    ("pins", "expected", "body"),
    [
        ({}, (), {"prompt": "a fox"}),
        ({"n": 10}, (), {"prompt": "a fox", "n": 10}),
        ({"prompt": "a hen"}, (), {"prompt": "a hen"}),
        ({"partial_images": 3}, (), {"prompt": "a fox", "partial_images": 3, "stream": True}),
        ({"output_compression": 50}, (), {"prompt": "a fox", "output_compression": 50, "output_format": "webp"}),
        ({"partial_images": 1}, ("generate.partials-need-stream",), {"prompt": "a fox", "partial_images": 1}),
        ({"n": 0, "stream": True}, ("generate.n.minimum",), {"prompt": "a fox", "n": 0, "stream": True}),
        (
            {},
            ("generate.transparent-needs-alpha",),
            {"prompt": "a fox", "background": "transparent", "output_format": "jpeg"},
        ),
    ],
)
def test_the_smallest_body_is_found(pins: dict[str, Json], expected: tuple[str, ...], body: dict[str, Json]) -> None:
    """What rules ask for is added, and nothing else; what is to be broken is."""
    found = ttapi("gpt-image-1").complete(pins, expected)

    assert found is not None
    assert found == {"model": "gpt-image-1", **body}
    assert list(found) == [name for name in ttapi("gpt-image-1").column.table.parameters if name in found]


def test_a_model_that_is_not_named_is_led_to() -> None:
    """Without a name a request is judged as dall-e-2, unless something is sent that only GPT image models have."""
    assert ttapi("dall-e-2").complete({"model": ABSENT}) == {"prompt": "a fox"}
    led = ttapi("gpt-image-1").complete({"model": ABSENT})
    assert led is not None
    assert led.keys() == {"prompt", "background"}
    assert ttapi("gpt-image-2").solve({"model": ABSENT}).body is None


def test_what_cannot_be_is_said_to_be_impossible() -> None:
    """Where everything was tried, the search says that it is certain."""
    found = ttapi("gpt-image-2", ("documented", "observed")).solve({"stream": True, "n": 2})

    assert (found.body, found.certain) == (None, True)


def test_rules_that_pull_against_each_other_are_solved() -> None:
    """A chain of rules is followed to its end, and a choice that leads nowhere is taken back."""
    solver = solver_of(
        """
        a: { type: integer, doc: A., minimum: 0, maximum: 9 }
        b: { type: integer, doc: A., minimum: 0, maximum: 9 }
        c: { type: string, doc: A., values: [x, y, z] }
        """,
        """
        - id: one
          when: { a: { above: 4 } }
          require: { b: { present: true } }
          why: A.
          accepts: [{ prompt: a }]
          rejects: [{ a: 5 }]
        - id: two
          when: { b: { at_most: 7 } }
          require: { c: [y, z] }
          why: A.
          accepts: [{ prompt: a }]
          rejects: [{ b: 7 }]
        - id: three
          when: { c: [x, y] }
          require: { a: { below: 5 } }
          why: A.
          accepts: [{ prompt: a }]
          rejects: [{ c: x, a: 5, b: 9 }]
        """,
    )

    assert solver.complete({"a": 5}) == {"model": "biro", "a": 5, "b": 8}
    assert solver.complete({"a": 5, "b": 0}) == {"model": "biro", "a": 5, "b": 0, "c": "z"}
    assert solver.complete({"a": 5, "b": 0, "c": "y"}) is None


def test_a_sum_is_brought_to_its_limit() -> None:
    """Values that only together reach a limit are found."""
    solver = solver_of(
        """
        a: { type: integer, doc: A., minimum: 0, maximum: 1000 }
        b: { type: integer, doc: A., minimum: 0, maximum: 1000 }
        """,
        """
        - id: sum
          require: { sum_of: [a, b], at_most: 1500 }
          why: A.
          accepts: [{ prompt: a }]
          rejects: [{ a: 1000, b: 1000 }]
        """,
    )

    found = solver.complete({}, ("draw.sum",))
    assert found is not None
    assert found["a"] + found["b"] > 1500


def test_a_default_that_depends_on_the_request_is_reckoned_with() -> None:
    """A rule about an effective value is met by changing what its default depends on."""
    solver = solver_of(
        """
        mode: { type: string, doc: A., values: [slow, fast] }
        steps:
          type: integer
          doc: A.
          minimum: 1
          maximum: 50
          default: 40
          default_when: [{ when: { mode: fast }, use: 5 }]
        n: { type: integer, doc: A., minimum: 1, maximum: 8 }
        """,
        """
        - id: many
          when: { n: 8 }
          require: { steps: { at_most: 10 } }
          why: A.
          accepts: [{ n: 8, mode: fast }]
          rejects: [{ n: 8 }]
        """,
    )

    assert solver.complete({"n": 8}) == {"model": "biro", "mode": "fast", "n": 8}
    assert solver.complete({"n": 8, "mode": ABSENT}) == {"model": "biro", "steps": 1, "n": 8}
