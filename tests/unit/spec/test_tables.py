"""Parameters as each model takes them: merged layers, addressable constraints, and what cannot be said."""

from __future__ import annotations

from datetime import date

import pytest

from safelight.model import ABSENT, ANY_MODEL, Basis, OneOf, Outcome, Type, Unit
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import problems_with, spec_with

LAYERS = subject(next(path for path in SPEC_FILES if path.stem == "layers"))


def ids(table: str, parameter: str) -> list[str]:
    """The ids of the constraints of a parameter in one table of the layered spec."""
    return [one.id.removeprefix("draw.") for one in LAYERS.operation.tables[table].parameters[parameter].constraints]


def test_there_is_a_table_for_each_model_each_family_and_any_model() -> None:
    """In this order, each with every parameter in spec order."""
    tables = LAYERS.operation.tables
    assert tuple(tables) == (ANY_MODEL, "oil", "water", "oil-2", "oil-1", "water-1", "chalk")
    assert {tuple(table.parameters) for table in tables.values()} == {LAYERS.operation.parameters}


def test_the_id_of_a_constraint_names_the_layer_that_states_it() -> None:
    """Operation, parameter, kind, and the family or model of an override."""
    assert ids("chalk", "n") == ["n.type", "n.minimum", "n.maximum@chalk"]
    assert ids("oil-1", "n") == ["n.type", "n.minimum@oil", "n.maximum@oil-1"]
    assert ids("oil-2", "size") == ["size.type", "size.grammar@oil", "size.multiple_of@oil-2", "size.max_edge@oil"]
    assert ids("water-1", "size") == ["size.type", "size.values"]
    assert ids("chalk", "medium")[:2] == ["medium.required@chalk", "medium.applies_to"]


def test_the_table_of_any_model_keeps_what_no_layer_overrides() -> None:
    """Whole groups go together: values with a grammar, lengths with their unit, a default with its conditions."""
    assert ids(ANY_MODEL, "n") == ["n.type"]
    assert ids(ANY_MODEL, "size") == ["size.type"]
    assert ids(ANY_MODEL, "prompt") == ["prompt.required", "prompt.nullable", "prompt.type"]
    assert ids(ANY_MODEL, "medium") == ["medium.type"]
    assert LAYERS.operation.tables[ANY_MODEL].parameters["n"].default is ABSENT


def test_one_constraint_is_one_record_in_every_table() -> None:
    """Tables share what they have in common, so a thousand models cost a thousand tables and no more texts."""
    tables = LAYERS.operation.tables
    assert tables["oil-1"].parameters["n"].constraints[1] is tables["oil-2"].parameters["n"].constraints[1]
    assert tables["chalk"].parameters["model"].constraints[0] is tables["oil"].parameters["model"].constraints[0]


def test_a_constraint_has_the_provenance_of_the_nearest_word_on_it() -> None:
    """Its own, else its layer's, else its parameter's; else it is documented."""
    spec = spec_with("""
        n:
          type: integer
          doc: D.
          basis: observed
          source: manual
          minimum: { is: 1, basis: documented, since: 2026-01-01, until: 2027-01-01 }
          maximum: 9
          per_model: { pen: { maximum: 8, basis: advisory }, quill: { maximum: 7 } }
        m: { type: integer, doc: D., minimum: 1 }
    """)
    tables = spec.operations["draw"].tables

    def provenance(table: str, name: str, kind: str) -> tuple[Basis, str | None, date | None, date | None]:
        (one,) = (one for one in tables[table].parameters[name].constraints if one.check.kind == kind)
        return one.provenance.basis, one.provenance.source, one.provenance.since, one.provenance.until

    assert provenance("brush", "n", "minimum") == (Basis.DOCUMENTED, "manual", date(2026, 1, 1), date(2027, 1, 1))
    assert provenance("brush", "n", "maximum") == (Basis.OBSERVED, "manual", None, None)
    assert provenance("biro", "n", "maximum") == (Basis.ADVISORY, "manual", None, None)
    assert provenance("quill", "n", "maximum") == (Basis.OBSERVED, "manual", None, None)
    assert provenance("quill", "m", "minimum") == (Basis.DOCUMENTED, None, None, None)


def test_null_is_forbidden_where_a_parameter_must_be_sent() -> None:
    """Known as the requirement is known, unless the spec has its own word on null."""
    spec = spec_with("""
        a: { type: integer, doc: D., required: { is: true, basis: observed, source: manual } }
        b: { type: integer, doc: D., required: true, nullable: true }
        c: { type: integer, doc: D. }
    """)
    parameters = spec.operations["draw"].tables["biro"].parameters
    (null,) = (one for one in parameters["a"].constraints if one.check.kind == "nullable")
    assert (null.id, null.provenance.basis, null.provenance.source) == ("draw.a.nullable", Basis.OBSERVED, "manual")
    assert [parameters[name].nullable for name in "abc"] == [False, True, True]


def test_values_keep_their_dates_and_their_order() -> None:
    """A choice may come and go."""
    spec = spec_with(
        "x: { type: string, doc: D., values: [a, { is: b, since: 2026-07-01 }, { is: c, until: 2026-07-01 }] }"
    )
    constraint = spec.operations["draw"].tables["biro"].parameters["x"].constraints[-1]
    assert isinstance(constraint.check, OneOf)
    assert constraint.check.allowed(date(2026, 6, 30)) == ("a", "c")
    assert constraint.check.allowed(date(2026, 7, 1)) == ("a", "b")


def test_a_parameter_says_its_type_unit_and_what_its_values_become() -> None:
    """For readings that are not about constraints."""
    spec = spec_with("x: { type: string, doc: D., unit: bytes, values: [auto, low], becomes: { auto: low } }")
    parameter = spec.operations["draw"].tables["biro"].parameters["x"]
    assert (parameter.type, parameter.unit, dict(parameter.becomes)) == (Type.STRING, Unit.BYTES, {"auto": "low"})


def test_a_gentle_parameter_is_gentle_where_it_can_be() -> None:
    """A parameter-wide outcome goes to the constraints that it fits; the others refuse."""
    spec = spec_with("x: { type: integer, doc: D., required: true, minimum: 1, maximum: 9, outcome: clamp }")
    constraints = spec.operations["draw"].tables["biro"].parameters["x"].constraints
    assert {one.check.kind: one.outcome for one in constraints} == {
        "required": Outcome.REFUSE,
        "nullable": Outcome.REFUSE,
        "type": Outcome.REFUSE,
        "minimum": Outcome.CLAMP,
        "maximum": Outcome.CLAMP,
    }


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("type: string, minimum: 1", "E403 minimum does not fit the type string"),
        ("type: integer, max_length: 1", "E403 max_length does not fit the type integer"),
        ("type: boolean, grammar: WIDTHxHEIGHT", "E403 grammar does not fit the type boolean"),
        ("type: string, items: { type: string, doc: D. }", "E403 items does not fit the type string"),
        ("type: array", "E202 an array needs the key 'items'"),
        ("type: object", "E202 an object needs the key 'members'"),
        ("type: integer, minimum: 0.5", "E403 minimum must be an integer for the type integer"),
        ("type: integer, multiple_of: 0.5", "E403 multiple_of must be an integer for the type integer"),
        ("type: number, multiple_of: 0", "E204 multiple_of must be above 0"),
        ("type: number, multiple_of: -1", "E204 multiple_of must be above 0"),
        ("type: string, min_length: -1", "E204 min_length must be 0 or more"),
        ("type: size, grammar: WIDTHxHEIGHT, min_edge: 0", "E204 min_edge must be 1 or more"),
        ("type: size, grammar: 64x64", "E204 '64x64' is no grammar of sizes"),
        ('type: size, grammar: WIDTHxHEIGHT, min_ratio: "0:1"', "E204 '0:1' is no ratio"),
        (
            "type: string, pattern: '('",
            "E204 not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        ("type: string, pattern: 'a{99999999999999999999}'", "E204 not a regular expression: the repetition number"),
        ("type: string, values: [[a]]", "E203 a legal value is text, a number, true or false"),
        ("type: string, values: [auto, low], becomes: auto", "E203 the key 'becomes' must be a mapping"),
        ("type: string, values: []", "E204"),
        ("type: string, source: nobody", "E301 there is no source 'nobody'"),
        ("type: integer, minimum: { is: 1, source: nobody }", "E301 there is no source 'nobody'"),
        ("type: string, applies_to: [pens]", "E301 there is no family or model 'pens'"),
        ("type: string, applies_to: []", "E204 applies_to names no family and no model"),
        ("type: string, per_model: { bic: { default: a } }", "E301 there is no family or model 'bic'"),
        ("type: string, outcome: replace", "E205 replace needs a value"),
        ("type: integer, minimum: { is: 1, outcome: replace }", "E205 the outcome replace and the key replace_with"),
        ("type: integer, minimum: { is: 1, replace_with: 2 }", "E205 the outcome replace and the key replace_with"),
        ("type: integer, minimum: { is: 1, outcome: truncate }", "E403 no API can truncate what breaks minimum"),
        ("type: string, max_length: { is: 1, outcome: clamp }", "E403 no API can clamp what breaks max_length"),
        ("type: string, required: { is: true, outcome: drop }", "E403 no API can drop what breaks required"),
        ("type: object, members: {}, unknown_members: clamp", "E204 nothing says to which value"),
        ("type: object, members: { a.b: { type: string, doc: D. } }", "E302 'a.b' is no parameter name"),
        ("type: object, members: { m: { type: model, doc: D. } }", "E403 only a parameter of the body can choose"),
        (
            "type: array, items: { type: string, doc: D., default_when: [{ when: { prompt: a }, use: b }] }",
            "E403 only a parameter of the body can have conditional defaults",
        ),
    ],
)
def test_what_a_parameter_cannot_say_is_told(keys: str, problem: str) -> None:
    """Each with its own words, at load time."""
    found = problems_with(f"x: {{ doc: D., {keys} }}")
    assert [one for one in found if one.startswith(problem)], found


@pytest.mark.parametrize("name", ["1x", "a-b", "größe", "a b", '""'])
def test_names_are_identifiers(name: str) -> None:
    """They become arguments in generated code."""
    assert [one.split()[0] for one in problems_with(f"{name}: {{ type: string, doc: D. }}")] == ["E302"]


@pytest.mark.parametrize("name", ["from", "None", "self"])
def test_words_of_python_are_no_names(name: str) -> None:
    """A generated method could not have such an argument."""
    assert problems_with(f"{name}: {{ type: string, doc: D. }}") == [
        f"E302 {name!r} is a word of Python, so that no client could take it as an argument"
    ]


@pytest.mark.parametrize(
    "name", ["all", "any", "not", "sent", "effective", "count_of", "sum_of", "pixels_of", "ratio_of"]
)
def test_words_of_the_condition_language_are_no_names(name: str) -> None:
    """A condition could not tell which is meant."""
    found = problems_with(f"{name}: {{ type: string, doc: D. }}")
    assert f"E302 {name!r} is a word of the condition language; no parameter can have it" in found


def test_one_parameter_chooses_the_model() -> None:
    """Two could contradict each other."""
    assert problems_with("model2: { type: model, doc: D. }") == ["E205 the parameter 'model' chooses the model already"]


@pytest.mark.parametrize("value", ["[]", "{}", "[a]", "{ a: 1 }"])
def test_a_legal_value_is_a_scalar(value: str) -> None:
    """Also where it is written with its time; another is told with its place, and the rest is still read."""
    found = problems_with(f"x: {{ type: string, doc: D., values: [a, {{ is: {value}, until: 2027-01-01 }}] }}")
    assert "E203 a legal value is text, a number, true or false" in found
