"""Problems of reading and problems of sense are told together, and none that only follows from another."""

from __future__ import annotations

import pytest

from tests.unit.spec.fragments import MODELS, problems_with

EMPTY = "E401 n has no legal value: minimum 5 is above maximum 4"
N = "n: { type: integer, doc: How many., minimum: 5, maximum: 4 }\n"


def rule(id_: str, when: str, require: str) -> str:
    """A rule with these conditions; its cases are not what the test is about."""
    cases = "why: D., accepts: [{}], rejects: [{}]"
    return f"- {{ id: {id_}, when: {when}, require: {require}, {cases} }}\n"


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ("x: { type: string, doc: D., source: novel }", "E301 there is no source 'novel'"),
        ("x: { type: string, doc: D., maxlength: 4 }", "E201"),
        ("x: { type: boolean, doc: D., default: yes }", "E107 'yes' is true to some readers of YAML"),
        ("x: { type: integer, doc: D., multiple_of: 0 }", "E204 multiple_of must be above 0"),
        ("x: { type: string, doc: D., pattern: '(' }", "E204 not a regular expression"),
        ("x: { type: integer, doc: D., minimum: ten }", "E203 the key 'minimum' must be a number, this is text"),
        ("x: { type: object, doc: D., members: [a] }", "E203 the key 'members' must be a mapping"),
    ],
)
def test_what_makes_no_sense_is_told_beside_what_cannot_be_read(other: str, problem: str) -> None:
    """Whatever is wrong with one parameter, the sense of the next is asked in the same run."""
    told = problems_with(N + other)
    assert len(told) == 2
    assert told[0] == EMPTY
    assert told[1].startswith(problem)


def test_the_sense_of_a_damaged_parameter_is_not_asked() -> None:
    """Its range is empty only because a limit was misread, for all that is known."""
    assert problems_with("n: { type: integer, doc: D., minimum: 5, maximum: 4, source: novel }") == [
        "E301 there is no source 'novel'"
    ]


def test_a_rule_about_a_damaged_parameter_is_not_judged_and_others_are() -> None:
    """That it can never fire would be a guess."""
    parameters = (
        "m: { type: integer, doc: D., minimum: 1, maximum: 4, source: novel }\n"
        "n: { type: integer, doc: D., minimum: 1, maximum: 4 }\n"
    )
    rules = rule("about-m", "{ m: { above: 9 } }", "{ n: 1 }") + rule("about-n", "{ n: { above: 9 } }", "{ n: 1 }")
    assert problems_with(parameters, rules) == [
        "E301 there is no source 'novel'",
        "E501 the rule 'about-n' can never fire",
    ]


def test_a_value_that_cannot_be_read_hides_no_name_that_does_not_exist() -> None:
    """What is left out of one parameter says nothing about the next, nor about the rules."""
    parameters = (
        "m: { type: integer, doc: D., maximum: ten, source: novel }\nn: { type: integer, doc: D., source: novel }\n"
    )
    told = problems_with(parameters, rule("odd", "{ k: 1 }", "{ n: 1 }"))
    assert told == [
        "E203 the key 'maximum' must be a number, this is text",
        "E301 there is no source 'novel'",
        "E301 there is no parameter 'k'",
    ]


def test_a_damaged_rule_is_not_judged() -> None:
    """Of its condition only a part is known."""
    assert problems_with("", rule("odd", "{ novel: 1 }", "{ prompt: { present: true } }")) == [
        "E301 there is no parameter 'novel'"
    ]


WRONG_FAMILY = MODELS.replace("biro: { title: Biro, family: pen }", "biro: { title: Biro, family: pens }")


def test_a_wrong_family_of_one_model_hides_nothing_that_is_wrong_for_the_others() -> None:
    """A range without values, a default outside its own, a rule without cases: none of them hangs on the family."""
    parameters = N + "x: { type: string, doc: D., values: [a], default: b, per_model: { brush: { values: [b] } } }\n"
    rules = "- { id: odd, when: { n: 1 }, require: { x: a }, why: D. }"
    assert problems_with(parameters, rules, models=WRONG_FAMILY) == [
        "E301 there is no family 'pens'",
        EMPTY,
        'E402 the default "b" is outside the domain of x: x must be "a", got "b"',
        "E503 the rule 'odd' has no case under accepts and none under rejects",
    ]


def test_of_a_model_whose_family_is_wrong_nothing_is_said() -> None:
    """Its family might have said otherwise; and only it might be what a rule is about."""
    parameters = "n: { type: integer, doc: D., minimum: 1, maximum: 4, per_model: { biro: { minimum: 5 } } }\n"
    rules = rule("about-pens", "{ model: biro, n: { above: 9 } }", "{ n: 1 }")
    assert problems_with(parameters, rules, models=WRONG_FAMILY) == ["E301 there is no family 'pens'"]


def test_a_model_that_cannot_be_read_hides_the_rest() -> None:
    """Whoever names it would be told that it does not exist."""
    models = MODELS.replace("biro: { title: Biro, family: pen }", "biro: { family: pen }")
    assert problems_with(N, models=models) == ["E202 'biro' in the key 'models' needs the key 'title'"]


def test_a_family_whose_models_name_another_one_is_not_called_empty() -> None:
    """Its members were meant for it; the word that went wrong is the only problem."""
    models = MODELS.replace("family: pen }", "family: pens }")
    assert set(problems_with("", models=models)) == {"E301 there is no family 'pens'"}
