"""Laws that the JSON Schemas of a spec keep: they say what the interpreter says, and never more."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.cases import day_in_force
from safelight.interpret import DOCUMENTED, settle
from safelight.model import Outcome, Spec
from safelight_codegen.exports import json_schemas, unsaid
from tests.strategies import SPEC_FILES, Subject, subject, subjects

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own
ONLY_DOCUMENTED = frozenset(basis.value for basis in DOCUMENTED)
EVERY_BASIS = frozenset({"documented", "observed", "advisory"})
CHOICES = st.sampled_from([ONLY_DOCUMENTED, frozenset({"documented", "observed"}), EVERY_BASIS])
DEEPEST: Final = 8


class Exports:
    """The schemas of one spec, as of one day and by some bases, ready to be asked.

    Attributes:
        operation: Judges requests for any model.
        models: Judges requests for one model.
        unsaid: The ids of what the schemas leave out.
    """

    def __init__(self, spec: Spec, as_of: date, basis: frozenset[str]) -> None:
        files = json_schemas(spec, "spec.yaml", as_of=as_of, basis=basis)
        documents: list[Any] = [json.loads(text) for text in files.values()]
        for document in documents:
            VALIDATOR.check_schema(document)
        self.operation, *others = [VALIDATOR(document) for document in documents]
        has_models = any(operation.model_parameter for operation in spec.operations.values())
        models = [name for name, model in spec.models.items() if has_models and model.exists(as_of)]
        self.models = dict(zip(models, others, strict=True))
        self.unsaid = {note.id for note in unsaid(spec, as_of=as_of, basis=basis)}


@lru_cache(maxsize=256)
def exports(path: Path, as_of: date, basis: frozenset[str]) -> Exports:
    """Make the exports of a spec, once for many bodies."""
    return Exports(subject(path).spec, as_of, basis)


def exports_of(one: Subject, as_of: date, basis: frozenset[str]) -> Exports:
    """The exports of the spec of a subject."""
    return exports(next(path for path in SPEC_FILES if path.stem == one.name), as_of, basis)


def days(spec: Spec) -> st.SearchStrategy[date]:
    """The spec's own day, and some before and after it."""
    counts = [0, 0, 0, -400, -200, -30, -1, 1, 30, 200, 400]
    return st.sampled_from(counts).map(lambda count: spec.revised + timedelta(days=count))


def as_json(value: object, depth: int = 0) -> object:
    """Make JSON of any Python value: what has no form in JSON becomes text."""
    if isinstance(value, list | tuple) and depth < DEEPEST:
        return [as_json(one, depth + 1) for one in cast("list[object]", value)]
    if isinstance(value, dict) and depth < DEEPEST:
        return {str(key): as_json(one, depth + 1) for key, one in cast("dict[object, object]", value).items()}
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value)):
        return value
    return "not JSON"


def bodies(one: Subject) -> st.SearchStrategy[Any]:
    """Bodies of JSON, most of them well formed or nearly so."""
    return st.one_of(one.well_formed, one.nearly, one.nearly, one.bodies).map(as_json)


@given(subject=subjects(), data=st.data())
def test_a_schema_gives_the_verdict_of_the_interpreter(subject: Subject, data: st.DataObject) -> None:
    """What the API takes is valid, always; what it refuses is not, but for what the document lists as unsaid."""
    spec, operation = subject.spec, subject.operation
    day, basis, body = data.draw(days(spec)), data.draw(CHOICES), data.draw(bodies(subject))
    found = exports_of(subject, day, basis)

    settled = settle(spec, operation, body, as_of=day, basis=basis)
    refused = {one.rule for one in settled.violations if one.outcome == Outcome.REFUSE}

    valid = {name for name, validator in found.models.items() if validator.is_valid(body)}
    if not refused:
        assert found.operation.is_valid(body)
        assert valid == ({settled.model} if settled.model is not None else set())
    elif refused - found.unsaid:
        assert not found.operation.is_valid(body)
        assert valid == set()
    else:
        assert valid <= {settled.model}


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_the_cases_of_a_spec_come_out_as_they_are_meant(path: Path) -> None:
    """Accepted cases are valid; rejected ones are not, unless their rule is listed as unsaid or refuses nothing."""
    spec, operation = subject(path).spec, subject(path).operation
    for rule in operation.rules:
        found = exports(path, day_in_force(rule, spec.revised), frozenset({"documented", rule.provenance.basis.value}))
        verdicts = [found.operation.is_valid(dict(case.body)) for case in rule.rejects]

        assert all(found.operation.is_valid(dict(case.body)) for case in rule.accepts), rule.id
        assert not any(verdicts) or rule.id in found.unsaid or rule.outcome is not Outcome.REFUSE, rule.id


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_a_spec_without_arithmetic_leaves_nothing_unsaid(path: Path) -> None:
    """What is unsaid has a reason: of each kind of constraint, only those kinds that JSON Schema has no form for."""
    arithmetic = {"multiple_of", "min_edge", "max_edge", "min_ratio", "max_ratio", "min_pixels", "max_pixels"}
    lengths = {"min_length", "max_length", "pattern"}
    operation = subject(path).operation
    rules = {rule.id for rule in operation.rules}

    for note in unsaid(subject(path).spec, basis=EVERY_BASIS):
        kind = note.id.partition("@")[0].rpartition(".")[2]
        assert note.id in rules or kind in arithmetic | lengths
        assert note.reason
