"""Names of an API that come to the same words in Python, or to those that a validator has itself."""

from __future__ import annotations

import pytest

from safelight.judging.interpret import violations
from tests.generated import validators
from tests.unit.spec.fragments import spec_with

FUNCTIONS = ("doubts", "faults", "known_model", "named", "taken", "unknown_fields", "parameters", "defaults", "legal")
VARIABLES = (
    "body",
    "value",
    "told",
    "doubts",
    "listed",
    "name",
    "lens",
    "size",
    "width",
    "faulty",
    "faults",
    "key",
    "path",
    "broken",
)
BUILTINS = ("type", "len", "int", "str", "bool", "isinstance", "max", "min", "tuple", "dict", "list", "frozenset")
HELPERS = (
    "edges",
    "same",
    "length",
    "is_integer",
    "is_number",
    "is_array",
    "length_of",
    "size_of",
    "pair_of",
    "how_many",
)
PARAMETERS = """\
{name}: {{ type: string, doc: A word., max_length: 2 }}
{name}_: {{ type: integer, doc: A number., maximum: 2 }}
{name}2: {{ type: size, doc: A size., values: [auto], grammar: WIDTHxHEIGHT, max_edge: 64 }}
"""
RULES = """
- id: small
  when: {{ {name}.length: {{ above: 1 }} }}
  require: {{ {name}2.pixels: {{ below: 100 }} }}
  why: It is.
  accepts: [{{ {name}: ab, {name}2: 9x9 }}]
  rejects: [{{ {name}: ab, {name}2: 10x10 }}]
- id: few
  require: {{ sum_of: [{name}_], below: 2 }}
  why: It is.
  accepts: [{{ {name}_: 1 }}]
  rejects: [{{ {name}_: 2 }}]
"""
MEETING = """\
image:
  type: object
  doc: A picture.
  members: { url: { type: string, doc: Where it is., values: [a, b] } }
image_url: { type: string, doc: Where it is., values: [c, d] }
loras: { type: array, doc: Weights., items: { type: string, doc: A weight., max_length: 1 } }
loras_item: { type: integer, doc: A number., maximum: 3 }
signed_by: { type: boolean, doc: Whether it is signed., default: false }
"""
SIGNED_BY = """
- id: signed-by
  when: { signed_by: true }
  require: { image_url: { present: true } }
  why: A name is at an address.
  accepts: [{ signed_by: true, image_url: c }]
  rejects: [{ signed_by: true }]
"""
MET = spec_with(MEETING, SIGNED_BY)


@pytest.mark.parametrize("name", sorted({*FUNCTIONS, *VARIABLES, *BUILTINS, *HELPERS}))
def test_a_parameter_may_have_a_name_that_validators_use_themselves(name: str) -> None:
    """The validator judges it, and all else, as the interpreter does; it never raises."""
    spec = spec_with(PARAMETERS.format(name=name), RULES.format(name=name))
    (operation,) = spec.operations.values()
    validate = validators(spec).draw

    for word in ("a", "ab", "abc", 1, None):
        for number in (1, 2, 3):
            for size in ("auto", "9x9", "10x10", "65x1", "?"):
                body = {name: word, f"{name}_": number, f"{name}2": size}
                expected = [one.rule for one in violations(spec, operation, body)]
                assert [one.rule for one in validate(body)] == expected
    assert [one.rule for one in validate({"model": "none", "x": 1})] == ["draw.model.known", "draw.unknown_fields"]


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ({"image": {"url": "a"}, "image_url": "c", "loras": ["a"], "loras_item": 3, "signed_by": True}, []),
        ({"image": {"url": "c"}}, ["draw.image.url.values"]),
        ({"image_url": "a"}, ["draw.image_url.values"]),
        ({"loras": ["ab"]}, ["draw.loras[].max_length"]),
        ({"loras_item": 4}, ["draw.loras_item.maximum"]),
        ({"signed_by": 1}, ["draw.signed_by.type"]),
        ({"signed_by": True}, ["draw.signed-by"]),
    ],
)
def test_what_comes_to_the_same_words_is_told_apart(body: dict[str, object], rules: list[str]) -> None:
    """``image.url`` and ``image_url``, ``loras[]`` and ``loras_item``, ``signed_by`` and the rule ``signed-by``."""
    assert [one.rule for one in validators(MET).draw(body)] == rules
