"""Laws that the JSON Schemas of a spec keep: they say what the interpreter says, and never more."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any, Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import loads
from safelight.judging.cases import day_in_force
from safelight.judging.interpret import DOCUMENTED, settle
from safelight.model import Outcome, Spec
from safelight_codegen.exports import json_schemas, unsaid
from tests.strategies import SPEC_FILES, Subject, nearly_well_formed, subject, subjects, well_formed

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own
ONLY_DOCUMENTED = frozenset(basis.value for basis in DOCUMENTED)
EVERY_BASIS = frozenset({"documented", "observed", "advisory"})
CHOICES = st.sampled_from([ONLY_DOCUMENTED, frozenset({"documented", "observed"}), EVERY_BASIS])
DEEPEST: Final = 8


ODD = """
safelight: 1
name: odd
title: Odd
doc: An API in which the rare things come together.
revised: 2026-06-15
servers: [https://odd.test/v1]
key_variable: ODD_API_KEY
auth: [bearer]
sources: { manual: { title: The manual } }
families: { big: { title: Big } }
models:
  big-1: { title: Big 1, family: big }
  big-0: { title: Big 0, family: big, retired: 2026-05-01 }
  tiny: { title: Tiny }
unknown_model: { as: big }
operations:
  draw:
    resource: images
    verb: POST
    path: /draw
    title: Draw
    doc: Draws a picture.
    unknown_fields: ignore
    parameters:
      model: { type: model, doc: The model., source: manual, outcome: warn, default: tiny }
      prompt: { type: string, doc: What., source: manual, required: true, max_length: 9 }
      size:
        type: size
        doc: How large.
        source: manual
        grammar: { is: WIDTH:HEIGHT, outcome: drop }
        values: [auto]
        max_pixels: { is: 64, outcome: clamp }
        max_edge: 16
        default: auto
      n:
        type: number
        doc: How many.
        source: manual
        multiple_of: 2
        minimum: -8
        maximum: 8
        outcome: clamp
        default: 2
      step: { type: integer, doc: A step., source: manual, values: { is: [1, 2, 4], outcome: drop }, default: 1 }
      note: { type: string, doc: A note., source: manual, nullable: { is: false, outcome: warn }, min_length: 1 }
      style:
        type: string
        doc: A style.
        source: manual
        applies_to: { is: [big], outcome: warn }
        values: [a, b]
        default: a
      tags:
        type: array
        doc: Tags.
        source: manual
        max_items: 3
        items: { type: integer, doc: A tag., minimum: { is: 0, outcome: drop } }
      seed:
        type: integer
        doc: A seed.
        source: manual
        default: 1
        default_when: [{ when: { tags.count: { at_least: 2 } }, use: 7 }]
    rules:
      - id: even
        when: { n: { multiple_of: 4 } }
        require: { step: { not_in: [2, 4] } }
        why: It is so.
        source: manual
        accepts: [{ prompt: a }]
        rejects: [{ prompt: a, n: 4, step: 2 }]
      - id: noted
        when: { any: [{ note: { is_not: x } }, { size.width: { above: 8 } }] }
        require: { seed: 1 }
        applies_to: [tiny]
        why: It is so.
        source: manual
        accepts: [{ prompt: a, note: x }]
        rejects: [{ prompt: a, note: y, seed: 3 }]
      - id: styled
        when: { not: { style: { present: false } } }
        require: { any: [{ all: [{ model: tiny }, { sum_of: [n, step], below: 9 }] }, { seed: { not_in: [3, 7] } }] }
        why: It is so.
        source: manual
        accepts: [{ prompt: a, model: big-1, style: b }]
        rejects: [{ prompt: a, model: big-1, style: b, seed: 3 }]
      - id: tagged
        when: { tags.count: { present: true } }
        require: { note: { present: true } }
        why: It is so.
        source: manual
        accepts: [{ prompt: a, tags: [1], note: x }]
        rejects: [{ prompt: a, tags: [1] }]
    response:
      picture: { prompt: prompt, default_size: 64x64, default_format: png }
      fields: { data: { from: images, doc: The images., fields: { b64_json: { from: base64, doc: The bytes. } } } }
    errors:
      envelope: { message: "{message}" }
      precedence: ["*"]
      texts:
        no_key: { status: 400, message: no_key }
        bad_key: { status: 400, message: bad_key }
        malformed_json: { status: 400, message: malformed_json }
        content_type: { status: 400, message: content_type }
        method: { status: 400, message: method }
        not_found: { status: 400, message: not_found }
        body_too_large: { status: 400, message: body_too_large }
        pixel_budget: { status: 400, message: pixel_budget }
        body: { status: 400, message: body }
        required: { status: 400, message: required }
        type: { status: 400, message: type }
        max_length: { status: 400, message: max_length }
        max_edge: { status: 400, message: max_edge }
        max_items: { status: 400, message: max_items }
        min_length: { status: 400, message: min_length }
        values: { status: 400, message: values }
        known: { status: 400, message: known }
        rule: { status: 400, message: rule }
        multiple_of: { status: 400, message: multiple_of }
        minimum: { status: 400, message: minimum }
        maximum: { status: 400, message: maximum }
        applies_to: { status: 400, message: applies_to }
        nullable: { status: 400, message: nullable }
        grammar: { status: 400, message: grammar }
        max_pixels: { status: 400, message: max_pixels }
        unknown_fields: { status: 400, message: unknown_fields }
"""


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


@cache
def odd() -> Subject:
    """The spec above, and the bodies to try on it."""
    spec = loads(ODD)
    (operation,) = spec.operations.values()
    sound, nearly = well_formed(spec, operation), nearly_well_formed(spec, operation)
    return Subject("odd", spec, operation, sound, nearly, nearly)


@cache
def named(name: str) -> Subject:
    """The subject with this name."""
    return next((subject(path) for path in SPEC_FILES if path.stem == name), odd())


@lru_cache(maxsize=256)
def exports(name: str, as_of: date, basis: frozenset[str]) -> Exports:
    """Make the exports of a spec, once for many bodies."""
    return Exports(named(name).spec, as_of, basis)


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


@given(subject=st.one_of(subjects(), subjects(), subjects(), st.builds(odd)), data=st.data())
def test_a_schema_gives_the_verdict_of_the_interpreter(subject: Subject, data: st.DataObject) -> None:
    """What the API takes is valid, always; what it refuses is not, but for what the document lists as unsaid."""
    spec, operation = subject.spec, subject.operation
    day, basis, body = data.draw(days(spec)), data.draw(CHOICES), data.draw(bodies(subject))
    found = exports(subject.name, day, basis)

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


@pytest.mark.parametrize("name", [*(path.stem for path in SPEC_FILES), "odd"])
def test_the_cases_of_a_spec_come_out_as_they_are_meant(name: str) -> None:
    """Accepted cases are valid; rejected ones are not, unless their rule is listed as unsaid or refuses nothing."""
    spec, operation = named(name).spec, named(name).operation
    for rule in operation.rules:
        found = exports(name, day_in_force(rule, spec.revised), frozenset({"documented", rule.provenance.basis.value}))
        verdicts = [found.operation.is_valid(dict(case.body)) for case in rule.rejects]

        assert all(found.operation.is_valid(dict(case.body)) for case in rule.accepts), rule.id
        assert not any(verdicts) or rule.id in found.unsaid or rule.outcome is not Outcome.REFUSE, rule.id


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_only_what_json_schema_has_no_form_for_is_unsaid(path: Path) -> None:
    """Of the constraints of parameters: the arithmetic of sizes, decimal steps, lengths in bytes."""
    arithmetic = {"multiple_of", "min_edge", "max_edge", "min_ratio", "max_ratio", "min_pixels", "max_pixels"}
    lengths = {"min_length", "max_length"}
    operation = subject(path).operation
    rules = {rule.id for rule in operation.rules}

    for note in unsaid(subject(path).spec, basis=EVERY_BASIS):
        kind = note.id.partition("@")[0].rpartition(".")[2]
        assert note.id in rules or kind in arithmetic | lengths
        assert note.reason
