"""Valid bodies without end, for load tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from safelight.judging.interpret import Interpreter
from safelight.model import Json
from safelight_testkit import bodies, cover
from safelight_testkit.requests.sampler import samplers
from safelight_testkit.requests.subject import Subject
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import MODELS, spec_with

BASES = (("documented",), ("documented", "observed", "advisory"))
EVERY = [pytest.param(path, basis, id=f"{path.stem}-{len(basis)}") for path in SPEC_FILES for basis in BASES]


def some(path: Path, seed: int = 0, basis: tuple[str, ...] = ("documented",)) -> Iterator[dict[str, Json]]:
    """Bodies of a spec."""
    return bodies(subject(path).spec, subject(path).operation, seed, basis=basis)


@pytest.mark.parametrize(("path", "basis"), EVERY)
def test_every_body_is_valid(path: Path, basis: tuple[str, ...]) -> None:
    """The interpreter finds nothing to say, not even a warning."""
    interpreter = Interpreter(subject(path).spec, subject(path).operation, basis=basis)

    for body in islice(some(path, 1, basis), 600):
        assert interpreter.settle(body).violations == (), body


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_everything_that_can_be_sent_is_sent(path: Path) -> None:
    """Every parameter of every model, every listed value, and every name of a model comes up."""
    spec, operation = subject(path).spec, subject(path).operation
    seen: dict[str, set[str]] = {}
    for body in islice(some(path), 4000):
        for name, value in body.items():
            seen.setdefault(name, set()).add(repr(value))

    for sampler in samplers(Subject(spec, operation)):
        for step in sampler.steps():
            assert not step.options or step.name in seen
    if operation.model_parameter is not None:
        assert {repr(name) for name in spec.names_as_of(spec.revised)} <= seen[operation.model_parameter]


def test_the_first_api_is_met_in_all_its_values() -> None:
    """Every format, quality and listed size, streams with partial images, prompts in many scripts."""
    seen: dict[str, set[Json]] = {}
    for body in islice(some(SPEC_FILES[0]), 6000):
        for name, value in body.items():
            seen.setdefault(name, set()).add(value)

    assert seen["output_format"] >= {"png", "webp", "jpeg"}
    assert seen["quality"] >= {"low", "medium", "high", "auto", "standard", "hd"}
    assert seen["partial_images"] >= {0, 1, 2, 3}
    assert seen["size"] >= {"auto", "256x256", "1792x1024", "1024x1536"}
    assert max(len(prompt) for prompt in seen["prompt"]) == 32_000
    assert len(seen["size"]) > 100


def test_the_same_seed_gives_the_same_bodies() -> None:
    """And another seed gives others."""
    first, again, other = (list(islice(some(SPEC_FILES[0], seed), 50)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_bodies_share_nothing_that_could_be_changed() -> None:
    """Whoever edits a body before sending it does not edit the next."""
    path = next(path for path in SPEC_FILES if path.stem == "nested")
    made = list(islice(some(path), 200))  # kept, so that no place in memory is used twice
    containers = [id(value) for body in made for value in body.values() if type(value) in {list, dict}]

    assert containers
    assert len(containers) == len(set(containers))


def test_one_model_can_be_asked_for_by_any_of_its_names() -> None:
    """A canonical name, an alias, or a family that unknown names count as; a wrong one is told with what there is."""
    spec = spec_with("n: { type: integer, doc: A. }", models=MODELS.replace("refuse", "{ as: wet }"))
    operation = spec.operations["draw"]

    assert {body.get("model") for body in islice(bodies(spec, operation, model="feather"), 60)} == {"quill", "feather"}
    assert {body.get("model") for body in islice(bodies(spec, operation, model="wet"), 20)} == {"unlisted-model"}
    assert {body.get("model") for body in islice(bodies(spec, operation, model="biro"), 99)} == {None, "biro"}
    with pytest.raises(ValueError, match=r"no request of the model 'crayon' is valid .*biro, quill, brush, wet"):
        bodies(spec, operation, model="crayon")


def test_a_spec_that_lets_nothing_pass_is_told() -> None:
    """Where every request is refused, there is an error and no endless search."""
    spec = spec_with(
        "old: { type: string, doc: A., required: true, values: [{ is: a, since: 2030-01-01 }] }",
        models="models: {}\nunknown_model: refuse\n",
    )

    with pytest.raises(ValueError, match="no request is valid on 2026-06-15; the models of that day are"):
        bodies(spec, spec.operations["draw"])


def test_rules_of_every_kind_are_kept() -> None:
    """Divisibility of numbers, lengths, counts and pixels; sums of large numbers; one of several."""
    spec = spec_with(
        """
        n: { type: integer, doc: A., minimum: 1, maximum: 1000 }
        m: { type: integer, doc: A., minimum: 0, maximum: 1000 }
        s: { type: string, doc: A., max_length: 90 }
        marks: { type: array, doc: A., items: { type: integer, doc: A. }, max_items: 90 }
        size: { type: size, doc: A., grammar: WIDTHxHEIGHT, max_edge: 300 }
        """,
        """
        - id: hundreds
          when: { n: { above: 500 } }
          require: { n: { multiple_of: 100 } }
          why: A.
          accepts: [{ n: 600 }]
          rejects: [{ n: 501 }]
        - id: even
          require: { any: [{ s.length: { multiple_of: 2 } }, { s: { present: false } }] }
          why: A.
          accepts: [{ s: ab }]
          rejects: [{ s: abc }]
        - id: threes
          when: { marks: { present: true } }
          require: { marks.count: { multiple_of: 3 } }
          why: A.
          accepts: [{ marks: [] }]
          rejects: [{ marks: [1] }]
        - id: blocks
          when: { size: { present: true } }
          require: { size.pixels: { multiple_of: 6 }, size.width: { multiple_of: 2 } }
          why: A.
          accepts: [{ size: 6x6 }]
          rejects: [{ size: 1x1 }]
        - id: sum
          require: { sum_of: [n, m], at_most: 1200 }
          why: A.
          accepts: [{ n: 1 }]
          rejects: [{ n: 1000, m: 1000 }]
        """,
    )
    operation = spec.operations["draw"]
    interpreter = Interpreter(spec, operation)
    made = list(islice(bodies(spec, operation), 1500))

    assert [body for body in made if interpreter.settle(body).violations] == []
    assert {name for body in made for name in body} == {"model", "prompt", "n", "m", "s", "marks", "size"}
    assert any((body.get("n") or 0) > 500 for body in made)
    assert cover(spec, operation).coverage.share == 1
