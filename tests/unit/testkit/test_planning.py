"""The cases of an operation: complete, true by both readings, always the same, with nothing dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from safelight.judging.interpret import violations
from safelight.model import ANY_MODEL, AppliesTo, Dated, KnownModel, Parameter
from safelight_testkit import Case, Plan, Side, cases, plan
from safelight_testkit.requests.subject import Column, Subject
from tests.generated import validators
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import MODELS, spec_with

BASES = (("documented",), ("documented", "observed", "advisory"))
EVERY = [pytest.param(path, basis, id=f"{path.stem}-{len(basis)}") for path in SPEC_FILES for basis in BASES]


@cache
def plan_of(path: Path, basis: tuple[str, ...] = ("documented",)) -> Plan:
    """The plan of a spec, made once."""
    return plan(subject(path).spec, subject(path).operation, basis=basis)


@pytest.mark.parametrize(("path", "basis"), EVERY)
def test_both_readings_tell_of_a_case_what_it_says(path: Path, basis: tuple[str, ...]) -> None:
    """The interpreter and the compiled validator break exactly what a case expects, on the side it names."""
    spec, operation = subject(path).spec, subject(path).operation
    compiled = getattr(validators(spec), operation.name)

    assert plan_of(path, basis).cases
    for case in plan_of(path, basis).cases:
        found = violations(spec, operation, case.body, basis=basis)
        assert tuple(fault.rule for fault in found) == case.expected, case.id
        assert tuple(fault.rule for fault in compiled(case.body, basis=basis)) == case.expected, case.id
        assert (case.constraint in case.expected) is (case.side is Side.BROKEN), case.id
        assert case.expected == () or case.side is Side.BROKEN, case.id
        assert case.refused is any(fault.outcome == "refuse" for fault in found), case.id
        assert case.isolates or case.side is Side.KEPT or case.why, case.id


def judged(whole: Subject, column: Column, parameter: Parameter) -> Iterator[str]:
    """The ids of the constraints that a request of *column* can meet in *parameter*."""
    taken = True
    for one in parameter.constraints:
        if taken and whole.lens.in_force(one.provenance):
            match one.check:
                case AppliesTo():
                    taken = parameter.applies
                    if not taken:
                        yield one.id
                case Dated() | KnownModel():
                    pass
                case _:
                    yield one.id
    if taken:
        for nested in (*parameter.members, *([parameter.items] if parameter.items else [])):
            yield from judged(whole, column, nested)


@pytest.mark.parametrize(("path", "basis"), EVERY)
def test_no_constraint_of_any_model_is_dropped(path: Path, basis: tuple[str, ...]) -> None:
    """Each is broken alone, or a gap says why not."""
    made = plan_of(path, basis)
    whole = Subject(subject(path).spec, subject(path).operation, basis=basis)
    broken = {(case.model, case.constraint) for case in made.cases if case.side is Side.BROKEN}
    excused = {(gap.model, gap.constraint) for gap in made.gaps}

    for column in whole.columns:
        for name, parameter in column.table.parameters.items():
            enforced = whole.enforced(column)[name]
            dated = enforced.barred is not None and isinstance(enforced.barred[0].check, Dated)
            if name != whole.operation.model_parameter and not dated:
                assert {(column.name, id_) for id_ in judged(whole, column, parameter)} <= broken | excused
        assert {(column.name, rule.id) for rule in whole.rules(column)} <= broken | excused
    assert all(gap.why for gap in made.gaps)


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_cases_are_numbered_named_and_always_the_same(path: Path) -> None:
    """A number is a place, an id a name; a second run gives the same, and ids are taken once."""
    made = plan_of(path).cases

    assert [case.number for case in made] == list(range(1, len(made) + 1))
    assert len({case.id for case in made}) == len(made)
    assert cases(subject(path).spec, subject(path).operation) == made


def ttapi(constraint: str, model: str, side: Side) -> list[Case]:
    """The cases of one constraint for one model of the first API."""
    return [
        case
        for case in plan_of(SPEC_FILES[0], BASES[1]).cases
        if (case.constraint, case.model, case.side) == (f"generate.{constraint}", model, side)
    ]


TRIPS: list[tuple[str, str, str, set[object], set[object]]] = [
    ("n.minimum", "gpt-image-1", "n", {1}, {0}),
    ("n.maximum", "dall-e-2", "n", {10}, {11}),
    ("n.maximum@dall-e-3", "dall-e-3", "n", {1}, {2}),
    ("output_compression.maximum", "gpt-image-2", "output_compression", {100}, {101}),
    ("partial_images.minimum", "gpt-image-1.5", "partial_images", {0}, {-1}),
    ("size.max_ratio@gpt-image-2", "gpt-image-2", "size", {"1440x480"}, {"3808x1264"}),
    ("size.max_pixels@gpt-image-2", "gpt-image-2", "size", {"3840x2160"}, {"3552x2336"}),
    ("quality.values@dall-e-3", "dall-e-3", "quality", {"standard", "hd", "auto"}, {"low", "medium", "high"}),
    ("style.applies_to", "gpt-image-2", "style", {None}, {"vivid"}),
    ("user.nullable", "dall-e-2", "user", set(), {None}),
]


@pytest.mark.parametrize(("constraint", "model", "parameter", "kept", "broken"), TRIPS)
def test_the_first_api_is_tried_where_people_trip(
    constraint: str, model: str, parameter: str, kept: set[object], broken: set[object]
) -> None:
    """The borders of the documentation, written down by hand."""
    assert {case.body.get(parameter) for case in ttapi(constraint, model, Side.KEPT)} == kept
    assert {case.body.get(parameter) for case in ttapi(constraint, model, Side.BROKEN)} >= broken


def test_prompts_are_as_long_as_they_may_be_and_one_longer() -> None:
    """In code points: an emoji counts once."""
    kept = ttapi("prompt.max_length@dall-e-3", "dall-e-3", Side.KEPT)
    broken = ttapi("prompt.max_length@dall-e-3", "dall-e-3", Side.BROKEN)

    assert [len(case.body["prompt"]) for case in kept] == [4000, 4000]
    assert [len(case.body["prompt"]) for case in broken] == [4001, 4001]
    assert {len(case.body["prompt"].encode()) for case in kept} == {4000, 16000}


def test_a_rule_is_broken_held_and_silent() -> None:
    """Compression below 100 with PNG is broken, with WebP held; at 100 the rule is silent, and PNG stays."""
    name = "compression-needs-lossy-format"
    broken = {
        (case.body["output_compression"], case.body.get("output_format"))
        for case in ttapi(name, "gpt-image-1", Side.BROKEN)
    }
    kept = {
        (case.body.get("output_compression"), case.body.get("output_format"))
        for case in ttapi(name, "gpt-image-1", Side.KEPT)
    }

    assert {compression for compression, _ in broken} == {0, 99}
    assert {form for _, form in broken} == {None, "png"}
    assert kept >= {(100, "png"), (None, None)}
    assert {form for compression, form in kept if compression in {0, 99}} == {"webp", "jpeg"}
    gaps = [gap for gap in plan_of(SPEC_FILES[0]).gaps if gap.constraint == f"generate.{name}"]
    assert [(gap.model, gap.why, gap.certain) for gap in gaps] == [
        ("dall-e-3", "dall-e-3 takes no output_compression", True),
        ("dall-e-2", "dall-e-2 takes no output_compression", True),
    ]


def test_what_belongs_to_no_model_has_a_column_of_its_own() -> None:
    """Bodies that are no objects, and names that no model has, reach no model's rules."""
    made = [case for case in plan_of(SPEC_FILES[0]).cases if case.model == ANY_MODEL]

    assert {case.constraint for case in made} == {
        *("generate.body.type", "generate.model.nullable", "generate.model.type", "generate.model.known"),
    }
    assert [] in [case.body for case in made]
    assert "GPT-IMAGE-2" in [case.body["model"] for case in made if case.constraint == "generate.model.known"]


def test_aliases_defaults_and_retired_models_are_tried() -> None:
    """Every name of a model is accepted, a request may go without, and a retired model is refused by its name."""
    path = next(path for path in SPEC_FILES if path.stem == "dates")
    spec, operation = subject(path).spec, subject(path).operation
    made = plan_of(path).cases
    known = [case for case in made if case.constraint.endswith(".model.known")]
    retired = [name for name in spec.names if name not in spec.names_as_of(spec.revised)]

    assert {case.body["model"] for case in known if case.side is Side.KEPT} == set(spec.names_as_of(spec.revised))
    assert set(retired) <= {case.body["model"] for case in known if case.side is Side.BROKEN}
    assert any(case.side is Side.KEPT and "model" not in case.body for case in made)
    early = plan(spec, operation, as_of=date(2000, 1, 1)).cases
    assert {case.model for case in early} != {case.model for case in made}


@pytest.mark.parametrize(
    ("policy", "columns", "known"),
    [
        ("refuse", {"biro", "quill", "brush", "*"}, True),
        ("warn", {"biro", "quill", "brush", "*"}, False),
        ("{ as: wet }", {"biro", "quill", "brush", "wet", "*"}, None),
    ],
)
def test_unknown_models_are_tried_by_what_the_spec_says_of_them(
    policy: str, columns: set[str], *, known: bool | None
) -> None:
    """Refused, warned of, or taken for a member of a family: then the family is a column, and the gap is told."""
    spec = spec_with(
        "n: { type: integer, doc: A. }", models=MODELS.replace("unknown_model: refuse", f"unknown_model: {policy}")
    )
    made = plan(spec, spec.operations["draw"])
    broken = [case for case in made.cases if case.constraint == "draw.model.known" and case.side is Side.BROKEN]

    assert {case.model for case in made.cases} == columns
    assert {case.refused for case in broken} == (set() if known is None else {known})
    assert [gap.constraint for gap in made.gaps] == ([] if known is not None else ["draw.model.known"])


def test_a_constraint_that_drags_another_along_says_so() -> None:
    """A case that cannot isolate its constraint tells which other breaks with it."""
    spec = spec_with("x: { type: string, doc: A., pattern: '[a-z]{1,3}', min_length: 1 }")
    (case, *_) = (
        case
        for case in cases(spec, spec.operations["draw"])
        if case.constraint == "draw.x.min_length" and case.side is Side.BROKEN
    )

    assert case.expected == ("draw.x.min_length", "draw.x.pattern")
    assert not case.isolates
    assert case.why == "whatever breaks it breaks draw.x.pattern too"


def test_a_basis_that_is_none_is_refused() -> None:
    """As everywhere: a basis includes what is documented, and has a name."""
    first = subject(SPEC_FILES[0])
    with pytest.raises(ValueError, match="documented"):
        cases(first.spec, first.operation, basis=("observed",))
