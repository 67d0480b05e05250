"""JSON Schemas of a spec: which files there are, what stands in them, and how each form of the language is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib import import_module
from typing import Any, TypeAlias

import pytest

from safelight import Spec, loads
from safelight_codegen.exports import json_schemas, unsaid
from tests.strategies import SPEC_FILES, subject

VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own
TTAPI = subject(SPEC_FILES[0]).spec
ARITHMETIC = [f"generate.size.{kind}@gpt-image-2" for kind in ("multiple_of", "min_ratio", "max_ratio")]
KINDS = (
    "no_key", "bad_key", "malformed_json", "content_type", "method", "not_found", "body_too_large", "pixel_budget",
    "body", "required", "unknown_fields", "unknown_members", "applies_to", "type", "nullable", "known", "values",
    "rule", "grammar", "max_pixels", "minimum", "maximum", "multiple_of", "min_length", "max_length", "pattern",
    "min_items", "max_items",
)  # fmt: skip

Json: TypeAlias = Any


def spec_of(parameters: Mapping[str, Json], *rules: Json, **top: Json) -> Spec:
    """Make a spec of one operation with these parameters, beside a prompt, and these rules."""
    prompt = {"type": "string", "doc": "What to draw.", "source": "manual", "required": True}
    document = {
        "safelight": 1,
        "name": "small",
        "title": "Small",
        "doc": "A small API.",
        "revised": "2026-06-15",
        "servers": ["https://small.test/v1"],
        "key_variable": "SMALL_API_KEY",
        "auth": ["bearer"],
        "models": {},
        "unknown_model": "refuse",
        "sources": {"manual": {"title": "The manual"}},
        "operations": {
            "draw": {
                "resource": "images",
                "verb": "POST",
                "path": "/draw",
                "title": "Draw",
                "doc": "Draws a picture.",
                "unknown_fields": "refuse",
                "parameters": {
                    "prompt": prompt,
                    **{name: {"doc": "A parameter.", "source": "manual", **one} for name, one in parameters.items()},
                },
                "rules": [{"why": "It is so.", "source": "manual", **rule} for rule in rules],
                "response": {
                    "picture": {"prompt": "prompt", "default_size": "64x64", "default_format": "png"},
                    "fields": {
                        "data": {"from": "images", "doc": "x", "fields": {"b64": {"from": "base64", "doc": "x"}}}
                    },
                },
                "errors": {
                    "envelope": {"message": "{message}"},
                    "precedence": ["*"],
                    "texts": {kind: {"status": 400, "message": kind} for kind in KINDS},
                },
            }
        },
        **top,
    }
    return loads(json.dumps(document))


def rule(name: str, accepts: Json, rejects: Json, **form: Json) -> Json:
    """Make a rule with one case of each kind."""
    return {
        "id": name,
        **form,
        "accepts": [{"prompt": "a fox", **accepts}],
        "rejects": [{"prompt": "a fox", **rejects}],
    }


def documents(spec: Spec, **options: Json) -> dict[str, Json]:
    """Read the files of a spec by their names."""
    return {path.rpartition("/")[2]: json.loads(text) for path, text in json_schemas(spec, "x.yaml", **options).items()}


def verdicts(spec: Spec, *bodies: Json) -> list[bool]:
    """Judge bodies, beside a prompt, by the schema of the operation."""
    validator = VALIDATOR(documents(spec)["draw.json"])
    return [validator.is_valid({"prompt": "a fox", **body}) for body in bodies]


def ids(document: Json, key: str = "x-safelight-unsaid") -> list[str]:
    """The ids in one of the lists of a document."""
    return [note["id"] for note in document.get(key, [])]


def references(schema: Json) -> list[str]:
    """Every reference in a document."""
    if isinstance(schema, dict):
        members: dict[str, Json] = schema  # pyright: ignore[reportUnknownVariableType] - any JSON object
        found = [members["$ref"]] if "$ref" in members else []
        return found + [one for member in members.values() for one in references(member)]
    return [one for member in schema for one in references(member)] if isinstance(schema, list) else []  # pyright: ignore[reportUnknownVariableType] - any JSON array


# --- the files -----------------------------------------------------------------------------------------------------


def test_there_is_a_file_for_the_operation_and_one_for_each_model() -> None:
    """A reader finds the schema of a model by its name."""
    assert list(json_schemas(TTAPI, "ttapi-images.yaml")) == [
        "ttapi-images/generate.json",
        *(f"ttapi-images/generate.{model}.json" for model in TTAPI.models),
    ]


def test_a_name_that_no_file_system_takes_becomes_one_that_all_take() -> None:
    """Names of models may have slashes and colons; two that then look alike keep apart."""
    models = {name: {"title": name} for name in ("a/b:1", "a/b/1")}
    spec = spec_of({"model": {"type": "model", "required": True}}, models=models)

    assert list(documents(spec)) == ["draw.json", "draw.a-b-1.json", "draw.a-b-1-2.json"]
    assert verdicts(spec, {"model": "a/b:1"}, {"model": "a/b/1"}, {"model": "a-b-1"}) == [True, True, False]


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_every_file_is_a_schema_that_stands_by_itself(path: Any) -> None:  # noqa: ANN401 - a path
    """It names its dialect, keeps to it, and refers to nothing outside."""
    for document in documents(subject(path).spec).values():
        VALIDATOR.check_schema(document)
        assert document["$schema"] == VALIDATOR.META_SCHEMA["$id"]
        assert all(one.startswith("#/$defs/") for one in references(document))


def test_a_file_says_first_that_it_is_generated_and_from_what() -> None:
    """Nobody edits it by mistake."""
    for text in json_schemas(TTAPI, "ttapi-images.yaml").values():
        assert text.splitlines()[1].strip() == (
            '"$comment": "Generated by `safelight generate` from ttapi-images.yaml. Do not edit.",'
        )
        assert text.endswith("}\n")


def test_the_same_spec_gives_the_same_bytes() -> None:
    """A file changes only with its spec."""
    assert json_schemas(TTAPI, "x.yaml") == json_schemas(loads(SPEC_FILES[0].read_text("utf-8")), "x.yaml")


# --- what stands in them -------------------------------------------------------------------------------------------


def test_what_cannot_be_said_is_listed_where_it_is_left_out() -> None:
    """The arithmetic of sizes is listed in the files it is missing from, with a reason, and by the exporter."""
    found = documents(TTAPI)

    assert ids(found["generate.json"]) == ids(found["generate.gpt-image-2.json"]) == ARITHMETIC
    assert [note.id for note in unsaid(TTAPI)] == ARITHMETIC
    assert ids(found["generate.gpt-image-1.json"]) == ids(found["generate.dall-e-3.json"]) == []
    assert all(note["requirement"] and note["reason"] for note in found["generate.json"]["x-safelight-unsaid"])


def test_a_property_names_the_constraints_it_stands_for() -> None:
    """Id, requirement, basis and source of each are there; so is what the parameter is for."""
    n = documents(TTAPI)["generate.dall-e-3.json"]["properties"]["n"]

    assert n["description"] == "How many images to create."
    assert {"minimum": n["minimum"], "maximum": n["maximum"], "default": n["default"]} == {
        "minimum": 1,
        "maximum": 1,
        "default": 1,
    }
    assert n["x-safelight-constraints"][-1] == {
        "id": "generate.n.maximum@dall-e-3",
        "requirement": "n must be at most 1 for dall-e-3",
        "basis": "documented",
        "source": "seed",
    }


def test_a_rule_is_told_with_its_reason_and_only_where_it_can_be_broken() -> None:
    """A model that takes none of a rule's parameters has no word of it."""
    found = documents(TTAPI)
    rules = [part["x-safelight-constraint"]["id"] for part in found["generate.gpt-image-2.json"]["allOf"]]

    assert rules == [
        f"generate.{name}"
        for name in ("transparent-needs-alpha", "compression-needs-lossy-format", "partials-need-stream")
    ]
    assert "JPEG has no alpha channel." in found["generate.gpt-image-2.json"]["allOf"][0]["description"]
    assert "allOf" not in found["generate.dall-e-3.json"]


def test_a_constraint_of_another_basis_counts_only_for_who_accepts_it() -> None:
    """What is only observed is listed as not in force, and said when asked for."""
    id_, body = "generate.stream-needs-one-image", {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "n": 2}
    documented = documents(TTAPI)["generate.gpt-image-1.json"]
    observed = documents(TTAPI, basis=("documented", "observed"))["generate.gpt-image-1.json"]

    assert (VALIDATOR(documented).is_valid(body), VALIDATOR(observed).is_valid(body)) == (True, False)
    assert id_ in ids(documented, "x-safelight-not-in-force")
    assert id_ not in ids(observed, "x-safelight-not-in-force")


def test_a_schema_is_as_of_one_day() -> None:
    """What is legal for a time is so in a schema as of that time."""
    choices = [{"is": "old", "until": "2026-06-01"}, {"is": "new", "since": "2026-06-01"}]
    spec = spec_of({"style": {"type": "string", "values": choices}})
    before = VALIDATOR(documents(spec, as_of=date(2026, 5, 31))["draw.json"])

    assert verdicts(spec, {"style": "old"}, {"style": "new"}) == [False, True]
    assert [before.is_valid({"prompt": "a fox", "style": style}) for style in ("old", "new")] == [True, False]


def test_a_deprecated_model_is_marked() -> None:
    """From the day on which it is deprecated."""
    models = {"old": {"title": "Old", "deprecated": "2026-06-01"}, "new": {"title": "New"}}
    spec = spec_of({"model": {"type": "model", "required": True}}, models=models)
    found = documents(spec)

    assert found["draw.old.json"]["deprecated"] is True
    assert "deprecated" not in found["draw.new.json"]
    assert "deprecated" not in documents(spec, as_of=date(2026, 5, 31))["draw.old.json"]


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_the_examples_are_valid(path: Any) -> None:  # noqa: ANN401 - a path
    """They are the spec's own accepted cases."""
    found = documents(subject(path).spec)

    assert any("examples" in document for document in found.values())
    for document in found.values():
        assert all(VALIDATOR(document).is_valid(body) for body in document.get("examples", ()))


def test_what_all_models_agree_on_can_be_read_without_following_an_if() -> None:
    """A form or a page of docs finds types, common limits and every word that some model takes."""
    properties = documents(TTAPI)["generate.json"]["properties"]

    assert properties["model"]["enum"] == list(TTAPI.models)
    assert properties["n"]["type"] == ["integer", "null"]
    assert properties["n"]["minimum"] == 1
    assert "maximum" not in properties["n"]
    assert properties["quality"]["enum"] == ["low", "medium", "high", "auto", "standard", "hd", None]
    assert properties["style"]["description"] == "Style of the images. style is only for dall-e-3."


# --- the forms of the language -------------------------------------------------------------------------------------

NUMBER: Json = {"type": "integer"}


def test_any_number_of_parameters_can_be_counted() -> None:
    """Two or more of three, and nothing but none or all of them."""
    three = {"a": NUMBER, "b": NUMBER, "c": NUMBER}
    two = rule("two", {"a": 1, "b": 1}, {"a": 1}, require={"count_of": list(three), "at_least": 2})
    ends = rule("ends", {}, {"a": 1}, require={"count_of": list(three), "in": [0, 3]})
    bodies: list[Json] = [{}, {"a": 1}, {"a": 1, "b": None}, {"a": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}]

    assert verdicts(spec_of(three, two), *bodies) == [False, False, False, True, True]
    assert verdicts(spec_of(three, ends), *bodies) == [True, False, False, False, True]


def test_a_count_with_too_many_alternatives_is_unsaid() -> None:
    """Nobody reads thousands of alternatives: the rule is listed instead, and nothing is refused for it."""
    many = {f"p{number}": NUMBER for number in range(14)}
    spec = spec_of(
        many, rule("half", {}, dict.fromkeys(list(many)[:8], 1), require={"count_of": list(many), "at_most": 6})
    )

    assert [note.id for note in unsaid(spec)] == ["draw.half"]
    assert verdicts(spec, dict.fromkeys(many, 1)) == [True]


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        pytest.param("[a-z]{2,3}(-[A-Z]+)?", ["ab", "abc-X"], ["a", "abcd", "ab\n", "1ab"], id="plain"),
        pytest.param("^#[0-9a-f]{6}$", ["#00ff00"], ["#00ff00\n", "#00ff0", "\n#00ff00"], id="anchored"),
        pytest.param("a.c|\\.", ["abc", "a\rc", "."], ["a\nc", "x"], id="dot"),
        pytest.param("[^,]*", ["", "a\nb"], ["a,b"], id="negated class"),
        pytest.param(r"\d+\s\w", ["7 _", "12\tx"], ["\u0667 x", "7\u00a0x", "7 \u00e4"], id="ASCII only"),
        pytest.param(r"\D[^\d]", ["xy", "\u0667\u0667"], ["1x", "x1"], id="anything but digits"),
        pytest.param(r"[\s\S]{2}", ["\n\u2028", "ab"], ["a"], id="anything"),
        pytest.param(r"(?!.*\.\.)[a-z.]+", ["a.b"], ["a..b"], id="lookahead"),
    ],
)
def test_a_pattern_matches_whole_strings_as_python_matches_them(
    pattern: str, matching: list[str], other: list[str]
) -> None:
    """The schema's pattern is anchored, also against a line break at the end."""
    spec = spec_of({"tag": {"type": "string", "pattern": pattern}})

    assert unsaid(spec) == ()
    assert verdicts(spec, *({"tag": text} for text in matching)) == [True] * len(matching)
    assert verdicts(spec, *({"tag": text} for text in other)) == [False] * len(other)


def test_a_constraint_without_a_keyword_is_said_of_values_that_can_be_listed() -> None:
    """Of a few legal sizes it is known which are too large; the rules about their parts as well."""
    size = {"type": "size", "values": ["64x64", "64x128", "128x128", "auto"], "default": "auto"}
    wide = rule("wide", {}, {"size": "64x128", "n": 2}, when={"size.ratio": {"below": "1:1"}}, require={"n": 1})
    spec = spec_of({"size": size, "n": {**NUMBER, "minimum": 1, "default": 1}}, wide)

    assert unsaid(spec) == ()
    assert verdicts(
        spec, {"size": "64x128"}, {"size": "64x128", "n": 2}, {"size": "128x128", "n": 2}, {"size": "auto", "n": 2}
    ) == [True, False, True, True]


def test_a_free_size_is_said_by_its_grammar() -> None:
    """Two numbers without leading zeros, in ASCII, and nothing after them; null where it counts as not sent."""
    spec = spec_of({"size": {"type": "size", "grammar": "WIDTH*HEIGHT", "max_pixels": 4096}})
    sizes = ["64*64", "1*1", "064*64", "64x64", "64*64\n", "64*", "٦٤*64", "1234567890*1", None]

    assert verdicts(spec, *({"size": size} for size in sizes)) == [True, True, *[False] * 6, True]
    assert [note.id for note in unsaid(spec)] == ["draw.size.max_pixels"]


def test_equality_is_that_of_json() -> None:
    """1.0 is 1, true is not, and a rule sees it as a constraint does."""
    spec = spec_of(
        {"n": {**NUMBER, "values": [1, 2]}, "fast": {"type": "boolean"}},
        rule(
            "one-is-slow",
            {"n": 2, "fast": True},
            {"n": 1, "fast": True},
            when={"n": 1},
            require={"fast": {"is_not": True}},
        ),
    )

    assert verdicts(spec, {"n": 1.0}, {"n": True}, {"n": 2.0, "fast": True}, {"n": 1.0, "fast": True}) == [
        True,
        False,
        True,
        False,
    ]


def test_a_default_decides_where_nothing_was_sent() -> None:
    """What a rule requires may hold by default, and a default that depends on the request is followed."""
    parameters = {
        "mode": {"type": "string", "values": ["draft", "final"]},
        "n": {**NUMBER, "minimum": 1, "default": 1, "default_when": [{"when": {"mode": "draft"}, "use": 4}]},
        "zoom": {"type": "boolean"},
    }
    one = rule("zoom-needs-one", {"zoom": True}, {"zoom": True, "n": 2}, when={"zoom": True}, require={"n": 1})
    bodies: list[Json] = [{"zoom": True}, {"zoom": True, "mode": "draft"}, {"zoom": True, "mode": "draft", "n": 1}]

    assert verdicts(spec_of(parameters, one), *bodies, {"zoom": True, "mode": "final", "n": None}) == [
        True,
        False,
        True,
        True,
    ]


def test_a_rule_is_silent_where_the_api_would_correct_one_of_its_parameters() -> None:
    """A number that is clamped is no reason to refuse, and the schema knows from where on it is clamped."""
    n = {**NUMBER, "maximum": {"is": 4, "outcome": "clamp"}, "default": 1}
    spec = spec_of(
        {"n": n, "stream": {"type": "boolean"}},
        rule("one", {"stream": True}, {"stream": True, "n": 2}, when={"stream": True}, require={"n": 1}),
    )

    assert verdicts(spec, {"n": 5}, {"stream": True, "n": 2}, {"stream": True, "n": 5}) == [True, False, True]
    assert ids(documents(spec)["draw.json"], "x-safelight-tolerated") == ["draw.n.maximum"]


def test_a_rule_is_judged_where_the_api_only_warns_of_its_parameters() -> None:
    """A warning hides nothing: of a value that is too high, or of a parameter that the model does not take."""
    n = {**NUMBER, "minimum": {"is": 1, "outcome": "clamp"}, "maximum": {"is": 4, "outcome": "warn"}, "default": 1}
    style = {"type": "string", "applies_to": {"is": ["new"], "outcome": "warn"}}
    spec = spec_of(
        {"model": {"type": "model", "default": "new"}, "n": n, "style": style},
        rule("one", {"style": "vivid"}, {"style": "vivid", "n": 2}, when={"style": "vivid"}, require={"n": 1}),
        models={"new": {"title": "New"}, "old": {"title": "Old"}},
    )
    vivid = {"style": "vivid"}

    assert verdicts(spec, {"n": 5}, {**vivid, "n": 5}, {**vivid, "n": 0}) == [True, False, True]
    assert verdicts(spec, {**vivid, "model": "old", "n": 2}, {**vivid, "model": "old"}) == [False, True]


def test_a_rule_about_a_part_of_what_is_not_judged_is_unsaid() -> None:
    """Where the API only warns that a model takes no size, the size may be any."""
    size = {"type": "size", "applies_to": {"is": ["new"], "outcome": "warn"}, "values": ["64x64", "128x128"]}
    large = rule("large", {"n": 2}, {"size": "128x128", "n": 2}, when={"size.width": {"above": 99}}, require={"n": 1})
    spec = spec_of(
        {"model": {"type": "model", "default": "new"}, "size": size, "n": {**NUMBER, "minimum": 1, "default": 1}},
        large,
        models={"new": {"title": "New"}, "old": {"title": "Old"}},
    )
    found = documents(spec)

    assert ids(found["draw.new.json"]) == []
    assert ids(found["draw.old.json"]) == ["draw.large"]
    assert verdicts(spec, {"model": "old", "size": "999x9", "n": 2}) == [True]


def test_a_default_that_depends_on_what_the_api_may_replace_is_unsaid() -> None:
    """So is each rule that looks at it."""
    mode = {"type": "string", "values": {"is": ["draft", "final"], "outcome": "replace", "replace_with": "draft"}}
    when = {"effective": {"mode": "draft"}}
    parameters = {
        "mode": mode,
        "n": {**NUMBER, "minimum": 1, "default": 1, "default_when": [{"when": when, "use": 4}]},
        "zoom": {"type": "boolean"},
    }
    spec = spec_of(
        parameters,
        rule("zoom-needs-one", {"zoom": True}, {"zoom": True, "n": 2}, when={"zoom": True}, require={"n": 1}),
    )

    assert [note.id for note in unsaid(spec)] == ["draw.zoom-needs-one"]


def test_an_unknown_model_is_judged_as_the_spec_says() -> None:
    """As a member of a family, as any model, or not at all; a retired one is refused in any case."""
    models = {
        "big-2": {"title": "Big 2", "family": "big"},
        "big-1": {"title": "Big 1", "family": "big", "retired": "2026-01-01"},
        "small": {"title": "Small"},
    }
    n = {**NUMBER, "maximum": 9, "per_model": {"big": {"maximum": 5}, "small": {"maximum": 2}}}
    parameters = {"model": {"type": "model", "required": True}, "n": n}
    bodies: list[Json] = [{"model": "big-3", "n": number} for number in (5, 9, 10)]
    bodies += [{"model": "big-1", "n": 1}, {"model": 3}, {"model": None}]

    def found(policy: Json) -> list[bool]:
        return verdicts(
            spec_of(parameters, families={"big": {"title": "Big"}}, models=models, unknown_model=policy), *bodies
        )

    assert found({"as": "big"}) == [True, False, False, False, False, False]
    assert found("warn") == [True, True, True, False, False, False]
    assert found("refuse") == [False, False, False, False, False, False]


def test_a_null_that_counts_as_not_sent_is_valid_for_a_model_that_does_not_take_the_parameter() -> None:
    """Also where the models that take it refuse a null."""
    style = {"type": "string", "applies_to": ["new"], "per_model": {"new": {"nullable": False}}}
    spec = spec_of(
        {"model": {"type": "model", "required": True}, "style": style},
        models={"new": {"title": "New"}, "old": {"title": "Old"}},
    )
    bodies: list[Json] = [{"model": model, "style": style} for model in ("new", "old") for style in ("x", None)]

    assert verdicts(spec, *bodies) == [True, False, False, True]


def test_a_rule_after_one_that_drops_its_parameter_is_unsaid() -> None:
    """What the later rule would see depends on the earlier; so it is listed, and refuses nothing."""
    parameters = {"a": {**NUMBER, "default": 1}, "b": NUMBER, "c": NUMBER}
    drops = rule("drops", {}, {"a": 2, "b": 1}, when={"b": 1}, require={"a": 1}, parameter="a", outcome="drop")
    later = rule("later", {"c": 1}, {"a": 2, "c": 1}, when={"c": 1}, require={"a": 1})
    spec = spec_of(parameters, drops, later)

    assert [note.id for note in unsaid(spec)] == ["draw.later"]
    assert verdicts(spec, {"a": 2, "b": 1, "c": 1}, {"a": 2, "c": 1}) == [True, True]


def test_a_default_model_that_depends_on_the_unsayable_is_listed() -> None:
    """A request without a model is then valid if any of the models would take it."""
    models = {"small": {"title": "Small"}, "large": {"title": "Large"}}
    chosen = [{"when": {"sum_of": ["a", "b"], "above": 5}, "use": "large"}]
    spec = spec_of(
        {
            "model": {"type": "model", "default": "small", "default_when": chosen},
            "a": {**NUMBER, "minimum": 0, "per_model": {"small": {"maximum": 3}, "large": {"maximum": 9}}},
            "b": {**NUMBER, "minimum": 0},
        },
        models=models,
    )

    assert [note.id for note in unsaid(spec)] == ["draw.model.default"]
    assert verdicts(spec, {"a": 9}, {"a": 10}, {"model": "small", "a": 9}) == [True, False, False]


def test_lengths_are_said_in_code_points_and_listed_in_other_units() -> None:
    """A fox is one code point; what counts bytes is unsaid, as a rule about them is."""
    caption = {"type": "string", "max_length": 4, "unit": "bytes"}
    short = rule(
        "short",
        {"title": "ab"},
        {"title": "abc"},
        require={"title.length": {"below": 3}},
        when={"title": {"present": True}},
    )
    spec = spec_of({"title": {"type": "string"}, "caption": caption}, short)

    assert verdicts(spec, {"title": "🦊🦊"}, {"title": "abc"}, {"caption": "🦊🦊"}) == [True, False, True]
    assert [note.id for note in unsaid(spec)] == ["draw.caption.max_length"]


@pytest.mark.parametrize(
    ("test", "valid"),
    [
        pytest.param({"at_least": 2}, [2, 3, 4], id="at least"),
        pytest.param({"above": 2}, [3, 4], id="above"),
        pytest.param({"at_most": 2.5}, [1, 2], id="at most"),
        pytest.param({"below": 2}, [1], id="below"),
        pytest.param({"in": [1, 3]}, [1, 3], id="in"),
        pytest.param({"not_in": [1, 3]}, [2, 4], id="not in"),
    ],
)
def test_the_length_of_a_list_can_be_compared(test: Json, valid: list[int]) -> None:
    """Every comparison of a count has its form, but for multiples."""
    tags = {"type": "array", "items": {"type": "string", "doc": "A tag."}, "min_items": 1, "max_items": 4}
    accepted: Json = {"fast": True, "tags": ["a"] * valid[0]}
    rejected: Json = {"fast": True, "tags": ["a"] * next(number for number in (1, 2, 3) if number not in valid)}
    few = rule("few", accepted, rejected, when={"fast": True}, require={"tags.count": test})
    spec = spec_of({"tags": tags, "fast": {"type": "boolean"}}, few)

    found = verdicts(spec, *({"fast": True, "tags": ["a"] * number} for number in (1, 2, 3, 4)))

    assert [number for number, truth in zip((1, 2, 3, 4), found, strict=True) if truth] == valid


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"require": {"sum_of": ["a", "b"], "at_most": 5}}, id="sum"),
        pytest.param({"require": {"tags.count": {"multiple_of": 2}}}, id="multiple of a count"),
        pytest.param({"require": {"x": {"multiple_of": 0.5}}}, id="decimal multiple"),
    ],
)
def test_what_has_no_form_is_listed_and_refuses_nothing(form: Json) -> None:
    """Sums, and what validators cannot divide."""
    parameters = {
        "a": {**NUMBER, "default": 0},
        "b": {**NUMBER, "default": 0},
        "x": {"type": "number", "default": 0.5},
        "tags": {"type": "array", "items": {"type": "string", "doc": "A tag."}},
    }
    bad: Json = {"a": 9, "tags": ["a"], "x": 0.3}
    spec = spec_of(parameters, rule("odd", {"tags": ["a", "b"]}, bad, **form))

    assert [note.id for note in unsaid(spec)] == ["draw.odd"]
    assert verdicts(spec, bad) == [True]
