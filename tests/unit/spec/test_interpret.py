"""Requests as a whole: models, defaults, what counts as sent, what the API goes on with."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from safelight.judging.interpret import Interpreter, Settlement, bases, settle, violations
from safelight.model import Basis
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import spec_with

FILES = {path.stem: path for path in SPEC_FILES}
LEGAL: list[str] = []


def path_of(name: str) -> Path:
    """The file of one of the small specs."""
    return FILES[name]


def settled(name: str, *basis: str, **body: object) -> Settlement:
    """Settle a body that has a prompt by one of the small specs."""
    one = subject(path_of(name))
    return settle(one.spec, one.operation, {"prompt": "a fox", **body}, basis=basis or ("documented",))


def settled_on(day: date, **body: object) -> Settlement:
    """The same by the spec with dates, as of a day."""
    one = subject(path_of("dates"))
    return settle(one.spec, one.operation, {"prompt": "a fox", **body}, as_of=day)


def told(name: str, *basis: str, **body: object) -> list[str]:
    """The ids of what it breaks."""
    return ids(settled(name, *basis, **body))


def ids(settlement: Settlement) -> list[str]:
    """The ids of what is broken, without the operation's name."""
    return [one.rule.removeprefix("draw.") for one in settlement.violations]


# --- models --------------------------------------------------------------------------------------------------------


def test_an_alias_is_judged_as_the_model_it_names() -> None:
    """And the settlement tells the canonical name, in the effective values too."""
    settlement = settled("layers", model="oil-latest", n=5)
    assert (settlement.model, settlement.table.name) == ("oil-2", "oil-2")
    assert (settlement.sent["model"], settlement.effective["model"]) == ("oil-latest", "oil-2")


def test_an_unknown_model_can_be_taken_as_a_family() -> None:
    """It is judged by what the family says, and its name is no fault."""
    assert told("layers", model="oil-9", n=1) == ["n.minimum@oil"]
    settlement = settled("layers", model="oil-9")
    assert settlement.violations == ()
    assert (settlement.model, settlement.table.name, settlement.effective["n"]) == (None, "oil", 2)
    assert settlement.effective["model"] == "oil-9"


def test_taken_as_a_family_a_model_has_what_all_its_members_have() -> None:
    """A parameter that only one of them takes is not taken; a rule about the family holds."""
    assert told("layers", model="oil-9", medium="poppy") == LEGAL
    assert told("layers", model="oil-9", varnish=True) == ["varnish.applies_to"]
    assert told("layers", model="oil-9", n=5, size="64x64") == ["many-are-small"]


def test_an_unknown_model_can_be_worth_a_warning() -> None:
    """The request is not refused; what is true of every model is judged."""
    settlement = settled("outcomes", model="kind", steps=12)
    assert [one.outcome for one in settlement.violations] == ["warn", "clamp"]
    assert not settlement.refused
    assert settlement.effective["model"] == "kind"


def test_an_api_without_models_has_one_table() -> None:
    """No model is chosen, sent or effective."""
    settlement = settled("numbers", steps=8)
    assert (settlement.model, settlement.violations) == (None, ())
    assert "model" not in settlement.effective
    assert told("numbers", model="x") == ["unknown_fields"]


def test_the_more_specific_layer_wins_key_by_key() -> None:
    """Model before family before all; what a layer does not say it leaves as it was."""
    for model, legal, too_long in [("oil-2", 30, "@oil-2"), ("oil-1", 20, "@oil"), ("chalk", 10, "")]:
        extra = {"medium": "gum"} if model == "chalk" else {}
        assert told("layers", model=model, prompt="x" * legal, **extra) == LEGAL
        assert told("layers", model=model, prompt="x" * (legal + 1), **extra) == [f"prompt.max_length{too_long}"]
    assert told("layers", model="oil-1", n=1) == ["n.minimum@oil"]
    assert told("layers", model="oil-1", n=5, size="auto") == ["n.maximum@oil-1"]
    assert [settled("layers", model=model).effective["n"] for model in ("oil-1", "oil-2", "water-1")] == [4, 2, 1]


def test_a_unit_can_differ_by_family() -> None:
    """The same limit, in code points for most and in bytes for one."""
    assert told("layers", model="chalk", medium="gum", prompt="ä" * 10) == LEGAL
    assert told("layers", model="water-1", prompt="ä" * 5) == LEGAL
    assert told("layers", model="water-1", prompt="ä" * 6) == ["prompt.max_length"]


def test_required_for_one_model_means_for_that_model() -> None:
    """And who does not take a parameter needs not send it."""
    assert told("layers", model="chalk") == ["medium.required@chalk"]
    assert told("layers", model="chalk", medium=None) == ["medium.nullable@chalk"]
    assert told("layers", model="oil-2") == LEGAL
    assert told("layers", model="water-1", medium="gum") == ["medium.applies_to"]


def test_what_some_model_overrides_is_not_asked_of_an_unknown_one() -> None:
    """Only what is true of every model is; values beside another model's grammar are not."""
    one = subject(path_of("layers"))
    found = violations(
        one.spec, one.operation, {"model": 7, "prompt": "x" * 99, "n": 99, "size": "16x16", "paper": None}
    )
    assert [one.rule for one in found] == ["draw.model.type"]


# --- defaults ------------------------------------------------------------------------------------------------------


def test_conditional_defaults_come_in_their_order() -> None:
    """The first whose condition holds of what was sent; else the plain one."""
    assert settled("conditions").model == "quill"
    assert settled("conditions", ink=1, nib=1).model == "biro"
    assert settled("conditions", color="red").model == "brush"
    assert settled("conditions", color="red", ink=1, nib=1).model == "brush"
    assert settled("conditions", ink=1, nib=None).model == "quill"
    assert settled("conditions").effective["timeout"] == 300
    assert settled("conditions", mode="fast", n=1).effective["timeout"] == 60
    assert settled("conditions", mode="fast", timeout=7).effective["timeout"] == 7


def test_effective_values_are_what_was_sent_over_defaults() -> None:
    """Null takes the default; what the model does not take has none."""
    settlement = settled("conditions", model="biro", ink=None, n=2)
    assert settlement.sent == {"prompt": "a fox", "model": "biro", "n": 2}
    defaults = {"stream": False, "mode": "slow", "timeout": 300, "ink": 3, "nib": 3}
    assert settlement.effective == {"model": "biro", "prompt": "a fox", "n": 2, **defaults}


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "before", "day", "after"),
    [
        ({"model": "old"}, [], "2026-06-01", ["model.known"]),
        ({"model": "next"}, ["model.known"], "2026-12-01", []),
        ({"model": "current"}, ["model.known"], "2026-01-01", []),
        ({"quality": "high"}, [], "2026-09-01", ["quality.values"]),
        ({"quality": "ultra"}, ["quality.values"], "2026-09-01", []),
        ({"n": 5}, ["n.maximum"], "2026-07-01", []),
        ({"tint": "red"}, ["tint.dated"], "2026-07-01", []),
        ({"glow": True}, [], "2026-07-01", ["glow.dated"]),
        ({"size": "513x1"}, ["size.max_edge"], "2026-07-01", []),
        ({"size": "auto"}, ["size.grammar"], "2026-07-01", []),
        ({"quality": "high", "n": 2}, [], "2026-03-01", ["high-is-single"]),
        ({"quality": "high", "n": 2}, ["high-is-single"], "2026-08-01", []),
    ],
)
def test_what_has_a_date_changes_on_that_day(
    body: dict[str, object], before: list[str], day: str, after: list[str]
) -> None:
    """The first day counts, the last does not: models, parameters, values, constraints and rules alike."""
    turn = date.fromisoformat(day)
    assert ids(settled_on(turn - timedelta(days=1), **body)) == before
    assert ids(settled_on(turn, **body)) == after


def test_a_parameter_has_a_default_only_in_its_time() -> None:
    """What the API does not know yet, or no longer, is not effective."""
    before, after = (settled_on(date(2026, *day)).effective for day in ((6, 30), (7, 1)))
    assert "tint" not in before
    assert after["tint"] == "none"
    assert before["glow"] is True
    assert "glow" not in after


def test_what_may_not_be_there_is_not_required() -> None:
    """A parameter, or a member of one, must be sent only on days on which the API knows it."""
    one = subject(path_of("forms-days"))

    def broken(day: str, **body: object) -> list[str]:
        found = violations(one.spec, one.operation, {"prompt": "a fox", **body}, as_of=date.fromisoformat(day))
        return [one.rule.removeprefix("draw.") for one in found]

    assert broken("2026-06-15") == LEGAL
    assert broken("2026-10-01") == ["grain.required"]
    assert broken("2026-06-15", grain=1) == ["grain.dated"]
    assert broken("2026-03-31") == ["stamp.required"]
    assert broken("2026-02-01", stamp={}) == ["stamp.text.required"]
    assert broken("2026-01-31", stamp={}) == LEGAL


def test_a_default_model_that_does_not_exist_is_told_as_the_default() -> None:
    """Nobody sent it, so the message says where it comes from."""
    messages = [
        settled_on(date(2025, 12, 31), **body).violations[0].message for body in ({}, {"model": None}, {"model": "now"})
    ]
    by_default = 'model must be a model that exists, got "now" by default'
    assert messages == [by_default, by_default, 'model must be a model that exists, got "now"']


def test_the_day_of_the_spec_is_the_default() -> None:
    """Judged as of the day that the file describes, whatever today is."""
    assert told("dates", quality="ultra") == ["quality.values"]


# --- bases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "documented", "observed", "advisory"),
    [
        ({"prompt": ""}, [], ["prompt.min_length"], []),
        ({"prompt": "x" * 21, "quality": "low"}, [], [], ["prompt.max_length"]),
        ({"n": 5, "seed": 1, "model": "shy"}, [], ["n.maximum@shy"], []),
        ({"style": "x", "model": "shy"}, [], ["style.applies_to"], []),
        ({"user": None}, [], ["user.nullable"], []),
        ({"quality": "medium"}, [], ["quality.values"], []),
        ({"seed": -1}, ["seed.minimum"], ["seed.minimum"], ["seed.minimum"]),
        ({"seed": "x"}, [], ["seed.type"], []),
        ({"size": "3856x16"}, [], ["size.max_edge"], []),
        ({"n": 2}, [], [], ["several-need-a-seed"]),
        ({"n": 2, "seed": 1, "size": "2064x16"}, [], ["large-is-single"], []),
        ({"strange": 1}, [], ["unknown_fields"], []),
    ],
)
def test_each_basis_counts_only_where_it_is_asked_for(
    body: dict[str, object], documented: list[str], observed: list[str], advisory: list[str]
) -> None:
    """Documented constraints always count, observed and advisory ones for those who name them."""
    assert told("basis", **body) == documented
    assert told("basis", "documented", "observed", **body) == observed
    assert told("basis", "documented", "advisory", **body) == advisory


def test_what_is_not_in_force_is_as_if_the_spec_did_not_say_it() -> None:
    """A null that only observation forbids counts as not sent; a model that only observation bars has its default."""
    assert "user" not in settled("basis", user=None).sent
    assert settled("basis", model="shy").effective["style"] == "plain"
    assert "style" not in settled("basis", "documented", "observed", model="shy").effective


def test_a_warning_hides_no_refusal() -> None:
    """A prompt that is longer than advised still breaks the documented rule about long prompts."""
    found = told("basis", "documented", "advisory", prompt="x" * 21)
    assert found == ["prompt.max_length", "long-needs-quality"]


def test_a_basis_is_documented_and_more() -> None:
    """Other bases add to what is documented; other words are none."""
    assert bases(["documented", "advisory"]) == {Basis.DOCUMENTED, Basis.ADVISORY}
    for names in [(), ("observed",), ("documented", "guessed")]:
        with pytest.raises(ValueError, match=r"documented|guessed"):
            bases(names)


# --- outcomes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rule", "outcome", "effective"),
    [
        ({"prompt": "a fox in a wood"}, "prompt.max_length", "truncate", {"prompt": "a fox in a w"}),
        ({"n": 0}, "n.minimum", "clamp", {"n": 1}),
        ({"n": 9}, "n.maximum", "clamp", {"n": 4}),
        ({"steps": 55}, "steps.maximum", "clamp", {"steps": 50}),
        ({"steps": 33}, "steps.multiple_of", "clamp", {"steps": 35}),
        ({"size": "large"}, "size.grammar", "replace", {"size": "512x512"}),
        ({"size": "100x104"}, "size.multiple_of", "clamp", {"size": "104x104"}),
        ({"size": "1032x512"}, "size.max_edge", "clamp", {"size": "1024x512"}),
        ({"format": "webp"}, "format.values", "replace", {"format": "png"}),
        ({"mood": "Wild"}, "mood.values", "clamp", {"mood": "wild"}),
        ({"mood": "qqq"}, "mood.values", "clamp", {"mood": "calm"}),
        ({"model": "stern", "style": "bold"}, "style.applies_to", "ignore", {"style": None}),
        ({"user": None}, "user.nullable", "drop", {"user": None}),
        ({"seed": -1}, "seed.minimum", "drop", {"seed": None}),
        ({"tags": ["a", "b", "c"]}, "tags.max_items", "truncate", {"tags": ["a", "b"]}),
        ({"strange": 1}, "unknown_fields", "drop", {"strange": None}),
        ({"upscale": True, "n": 2}, "ratio-wins", "replace", {"n": 1}),
        ({"upscale": True, "tile": True}, "tiles-are-not-upscaled", "drop", {"tile": None}),
        ({"format": "jpeg", "style": "bold"}, "no-style-in-jpeg", "ignore", {"style": "plain"}),
        ({"mood": "wild", "steps": 25}, "wild-is-slow", "warn", {"steps": 25}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_gentle_api_goes_on(body: dict[str, object], rule: str, outcome: str, effective: dict[str, object]) -> None:
    """The violation is told with what the API does about it, and what is then effective; nothing is refused."""
    settlement = settled("outcomes", **body)
    assert [(one.rule, one.outcome) for one in settlement.violations] == [(f"draw.{rule}", outcome)]
    assert not settlement.refused
    assert {key: settlement.effective.get(key) for key in effective} == effective


def test_one_model_may_refuse_what_another_clamps() -> None:
    """An override brings its own outcome."""
    settlement = settled("outcomes", model="stern", n=3)
    assert [(one.rule, one.outcome) for one in settlement.violations] == [("draw.n.maximum@stern", "refuse")]
    assert settlement.refused


def test_a_type_cannot_be_clamped() -> None:
    """A gentle parameter still refuses what no legal value is near to."""
    (found,) = settled("outcomes", steps="many").violations
    assert (found.rule, found.outcome) == ("draw.steps.type", "refuse")


def test_what_is_inside_a_value_is_told_and_left() -> None:
    """Items and members are judged, but the value goes on as it was sent."""
    body: dict[str, object] = {"tags": ["abcd"], "extra": {"gamma": 3, "delta": 1}}
    settlement = settled("outcomes", **body)
    assert [(one.parameter, one.outcome, one.nearest) for one in settlement.violations] == [
        ("tags[0]", "truncate", "abc"),
        ("extra.gamma", "clamp", 2),
        ("extra.delta", "drop", "gamma"),
    ]
    assert {key: settlement.effective[key] for key in body} == body


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("negative_prompt", "äöü", "äö"),
        ("negative_prompt", "\N{FOX FACE}\N{FOX FACE}", "\N{FOX FACE}"),
        ("negative_prompt", "x" * 1_000, "x" * 5),
        ("note", "\N{FOX FACE}\N{FOX FACE}", "\N{FOX FACE}"),
        ("note", "xyzw", "xyz"),
        ("tag", "\N{FOX FACE}" * 5, "\N{FOX FACE}" * 4),
    ],
)
def test_strings_are_cut_between_characters(name: str, value: str, expected: str) -> None:
    """The longest beginning within the limit, in the limit's unit, with no half characters."""
    assert settled("texts", **{name: value}).effective[name] == expected


# --- fields --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["refuse", "warn", "ignore", "drop"])
def test_strange_fields_are_treated_as_the_spec_says(policy: str) -> None:
    """They are told in each case, and never effective."""
    spec = spec_with("x: { type: integer, doc: D. }", unknown_fields=policy)
    settlement = settle(spec, spec.operations["draw"], {"xx": 1})
    (found,) = settlement.violations
    assert (found.outcome, found.parameter, found.nearest) == (policy, "xx", "x")
    assert settlement.refused == (policy == "refuse")
    assert "xx" not in settlement.effective


def test_ignored_ids_are_not_told() -> None:
    """And do not refuse."""
    spec = spec_with("x: { type: integer, doc: D. }")
    kept = Interpreter(spec, spec.operations["draw"])
    assert kept.settle({"x": "no"}).refused
    assert not kept.settle({"x": "no"}, ignore={"draw.x.type"}).refused
    assert not kept.settle(None, ignore={"draw.body.type"}).refused


def test_a_body_that_is_no_object_has_nothing() -> None:
    """Nothing sent, nothing effective, one fault."""
    settlement = settle(subject(path_of("nested")).spec, subject(path_of("nested")).operation, ["a fox"])
    assert [one.message for one in settlement.violations] == ["the body must be an object, got an array"]
    assert (settlement.sent, settlement.effective, settlement.model) == ({}, {}, None)
