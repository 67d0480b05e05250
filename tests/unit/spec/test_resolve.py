"""What a spec says about the API as a whole, its rules and its answers: names that exist, parts that go together."""

from __future__ import annotations

import pytest

from safelight.diagnostic import SpecError
from safelight.loading import loads
from safelight.model import Outcome
from tests.strategies import SPEC_FILES
from tests.unit.spec.fragments import MODELS, problems_with, spec_with, text_with

SHIPPED = SPEC_FILES[0].read_text(encoding="utf-8")


IMAGES = "data: { from: images, doc: D., fields: { b64_json: { from: base64, doc: B. } } }"


def problems_of_answer(*fields: str) -> list[str]:
    """What is wrong with a spec whose answer has these fields."""
    text = text_with("")
    start, end = text.index("      fields: "), text.index("    errors:")
    try:
        loads(f"{text[:start]}      fields: {{ {', '.join(fields)} }}\n{text[end:]}")
    except SpecError as error:
        return [f"{one.code} {one.message}" for one in error.problems]
    return []


def problems_of(old: str, new: str) -> list[str]:
    """What is wrong with the first spec once a text in it is replaced."""
    assert SHIPPED.count(old) >= 1, old
    try:
        loads(SHIPPED.replace(old, new, 1))
    except SpecError as error:
        return [f"{one.code} {one.message}" for one in error.problems]
    return []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: ttapi-images", "name: TTAPI", "E302 'TTAPI' is no name for an API"),
        ("name: ttapi-images", "name: class", "E302 'class' is no name for an API"),
        ("servers: [https://api.ttapi.io/v1]", "servers: []", "E204 servers names no server"),
        ("servers: [https://api.ttapi.io/v1]", "servers: [api.ttapi.io]", "E204 'api.ttapi.io' is no base URL"),
        ("servers: [https://api.ttapi.io/v1]", 'servers: ["https://a b/"]', "E204 'https://a b/' is no base URL"),
        ("key_variable: TTAPI_API_KEY", "key_variable: a key", "E204 'a key' is no name of an environment variable"),
        ("auth:\n  - bearer\n  - header: TT-API-KEY", "auth: []", "E204 auth names no way to send the key"),
        ("  - bearer", "  - basic", "E204 a way to send the key is bearer or {header: NAME}"),
        ("header: TT-API-KEY", "header: 'TT API KEY'", "E204 'TT API KEY' is no name of an HTTP header"),
        ("header: TT-API-KEY", "header: null", "E203 the key 'header' must be text, this is read as null"),
        ("unknown_model: refuse", "unknown_model: guess", "E204 unknown_model is refuse, warn, or {as: FAMILY}"),
        ("unknown_model: refuse", "unknown_model: { as: dalle }", "E301 there is no family 'dalle'"),
        ("unknown_model: refuse", "unknown_model: { as: dall-e, or: warn }", "E204 unknown_model is refuse, warn, or"),
        ("\n  generate:\n", "\n  Generate:\n", "E302 'Generate' is no name for a call"),
        ("resource: images", "resource: import", "E302 'import' is no name for a call"),
        ("verb: POST", "verb: PSOT", "E204 'PSOT' is no method of a call"),
        ("path: /images/generations", "path: images", "E204 'images' is no path"),
        ("unknown_fields: { is: refuse,", "unknown_fields: { is: clamp,", "E204 nothing says to which value"),
        ("default_size: 1024x1024", "default_size: auto", "E204 default_size 'auto' is not WIDTHxHEIGHT"),
        ("default_format: png", "default_format: gif", "E204 default_format is one of png, jpeg, webp"),
        ("        count: n\n", "        count: m\n", "E301 there is no parameter 'm'"),
        ("url_lifetime: 3600", "url_lifetime: 0", "E204 url_lifetime must be above 0"),
        ("of: background, when", "of: backdrop, when", "E301 there is no parameter 'backdrop'"),
        ("of: all_details", "of: details", "E204 usage tells all_details or input_details"),
        ("from: images\n", "from: base64\n", "E205 fields go with from: images"),
        ("from: images\n", "from: object\n", "E205 from: base64 tells of an image and of an event, and stands in the"),
        ("{ from: clock,", "{ from: index,", "E205 from: index tells of an event, and stands in the body"),
        ("            final: true\n", "", "E205 a stream ends with its one final event"),
        ("at_most: partial_images", "at_most: quality", "E504 at_most names a number of events, 'quality'"),
        ("            at_least: 0\n", "            at_least: -1\n", "E204 at_least must be 0 or more"),
        ("            grid: { low: 16, medium: 48, high: 96 }\n", "", "E205 tokens are told by a table or by a grid"),
        ("precedence: [model,", "precedence: [modle,", "E301 there is no parameter or kind of fault 'modle'"),
        ("not_found: { status: 404,", "not_found: { status: 200,", "E204 an error has a status from 400 to 599"),
        ("headers: { WWW-Authenticate", "headers: [WWW-Authenticate] #", "E203 the key 'headers' must be a mapping"),
        ("headers: { WWW-Authenticate: ", "headers: { WWW Authenticate: ", "E204 'WWW Authenticate': 'Bearer realm="),
        ('Bearer realm="OpenAI API"', "Bearer für alle", "E204 'WWW-Authenticate': 'Bearer für alle' is no"),
        ("not_found: { status: 404, empty: true", "not_found: { status: 404, empty: 1", "E203 the key 'empty' must be"),
        ("source: openai-recordings }", "source: recordings }", "E301 there is no source 'recordings'"),
        ("parameter: n\n", "parameter: m\n", "E301 there is no parameter 'm'"),
        ("source: llmgateway-3963", "source: nobody", "E301 there is no source 'nobody'"),
        ("id: partials-need-stream", "id: Partials", "E302 'Partials' is no rule id"),
        ("id: partials-need-stream", "id: transparent-needs-alpha", "E302 the rule id 'transparent-needs-alpha' is"),
        ("        parameter: n\n", "        outcome: clamp\n", "E204 a rule cannot clamp: nothing says to which value"),
        ("        parameter: n\n", "        outcome: replace\n", "E205 the outcome replace and the key replace_with"),
        ("        require: { stream: true }\n", "", "E205 a rule has one of require, at_most_one and exactly_one"),
        ("- { model: gpt-image-2, prompt: a fox, partial_images: 1 }\n", "- nothing\n", "E203 a case is"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(old: str, new: str, problem: str) -> None:
    """One change of the first spec, and the words for it."""
    found = problems_of(old, new)
    assert [one for one in found if one.startswith(problem)], found


@pytest.mark.parametrize(
    "fields",
    [(IMAGES,), (f"result: {{ from: object, doc: D., fields: {{ {IMAGES} }} }}",), (IMAGES.replace("base64", "url"),)],
    ids=["bytes", "in an object", "links"],
)
def test_an_answer_lists_its_images(fields: tuple[str, ...]) -> None:
    """At the top of the body or in an object of it, each with its bytes or a link to them."""
    assert problems_of_answer(*fields) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ((), "E202 an answer lists its images: one field has from: images"),
        ((IMAGES, IMAGES.replace("data", "more")), "E205 the images are listed in 'data' already"),
        ((IMAGES.replace("base64", "revised_prompt"),), "E202 an image has its bytes or a link: one of its fields has"),
        ((IMAGES.replace("base64", f"images, fields: {{ {IMAGES} }}"),), "E205 from: images tells of the body, and"),
        ((IMAGES, "b64: { from: base64, doc: D. }"), "E205 from: base64 tells of an image and of an event, and stands"),
        ((IMAGES.replace("base64", "index"),), "E205 from: index tells of an event, and stands in an image"),
    ],
)
def test_an_answer_without_images_to_take_is_none(fields: tuple[str, ...], problem: str) -> None:
    """No client could read it."""
    assert [one for one in problems_of_answer(*fields) if one.startswith(problem)], problems_of_answer(*fields)


def test_an_image_that_cannot_be_read_is_not_missed_as_well() -> None:
    """One mistake is told once."""
    assert problems_of_answer(IMAGES.replace("doc: B.", "dok: B.")) == [
        "E202 the field 'b64_json' needs the key 'doc'",
        "E201 the field 'b64_json' has no key 'dok'",
    ]


@pytest.mark.parametrize(
    ("models", "problem"),
    [
        (MODELS.replace("family: wet", "family: dry"), "E301 there is no family 'dry'"),
        (
            MODELS.replace("wet: {", "brush: {").replace("family: wet", "family: brush"),
            "E302 'brush' is a family already",
        ),
        (MODELS.replace(", family: wet", ""), "E404 no model belongs to the family 'wet'"),
        (MODELS.replace("[feather]", "[biro]"), "E302 the alias 'biro' is a name of 'biro' already"),
        (MODELS.replace("[feather]", "['']"), "E302 '' is no name for a model"),
        (MODELS.replace("  brush:", "  '':"), "E302 '' is no name for a model"),
        (
            MODELS.replace("title: Brush,", "title: Brush, since: 2026-02-01, retired: 2026-02-01,"),
            "E401 'brush' is retired before it begins",
        ),
    ],
)
def test_models_that_cannot_be_are_told(models: str, problem: str) -> None:
    """Names are unique over models, families and aliases, and every family has a member."""
    assert [one for one in problems_with("x: { type: integer, doc: D. }", models=models) if one.startswith(problem)]


def test_names_are_accepted_and_expanded() -> None:
    """Aliases stand for their models, families for their members, in the order of the spec."""
    spec = spec_with("x: { type: integer, doc: D. }")
    assert dict(spec.names) == {"biro": "biro", "quill": "quill", "brush": "brush", "feather": "quill"}
    assert {name: family.members for name, family in spec.families.items()} == {
        "pen": ("biro", "quill"),
        "wet": ("brush",),
    }


def test_an_unknown_model_has_a_policy() -> None:
    """Refused, worth a warning, or taken as a family's."""
    for text, outcome, family in [
        ("refuse", Outcome.REFUSE, None),
        ("warn", Outcome.WARN, None),
        ("{ as: pen }", Outcome.IGNORE, "pen"),
    ]:
        models = MODELS.replace("unknown_model: refuse", f"unknown_model: {text}")
        spec = spec_with("x: { type: integer, doc: D. }", models=models)
        assert (spec.unknown_model.outcome, spec.unknown_model.family) == (outcome, family)


def rules_for(*conditions: str, applies_to: str = "") -> str:
    """A rule for each condition."""
    cases = "accepts: [{}], rejects: [{}]"
    return "\n".join(
        f"- {{ id: r{index}, {applies_to}when: {when}, require: {{ y: 1 }}, why: D., {cases} }}"
        for index, when in enumerate(conditions)
    )


def test_a_rule_knows_the_models_it_can_be_about() -> None:
    """By what it is said to be for, and by the models that its condition names."""
    conditions = (
        "{ x: 2 }",
        "{ model: pen, x: 2 }",
        "{ model: [quill, brush], x: 2 }",
        "{ all: [{ model: pen }, { model: [quill, brush] }, { x: 2 }] }",
        "{ any: [{ model: biro }, { all: [{ model: brush }, { x: 2 }] }] }",
        "{ any: [{ model: biro }, { x: 2 }] }",
        "{ not: { model: biro }, x: 2 }",
        "{ model: { is_not: biro }, x: 2 }",
    )
    parameters = "x: { type: integer, doc: D. }\ny: { type: integer, doc: D. }"
    rules = spec_with(parameters, rules_for(*conditions)).operations["draw"].rules
    named = [rule.models and sorted(rule.models) for rule in rules]
    assert named == [None, ["biro", "quill"], ["brush", "quill"], ["quill"], ["biro", "brush"], None, None, None]
    narrowed = spec_with(parameters, rules_for(*conditions[:3], applies_to="applies_to: [wet, quill], "))
    named = [rule.models and sorted(rule.models) for rule in narrowed.operations["draw"].rules]
    assert named == [["brush", "quill"], ["quill"], ["brush", "quill"]]


def test_a_rule_blames_the_first_parameter_it_names_unless_it_says_another() -> None:
    """The one that errors name, and that gentle outcomes correct."""
    parameters = "x: { type: integer, doc: D. }\ny: { type: integer, doc: D. }"
    rules = """
    - { id: a, when: { y: 2 }, require: { x: 1 }, why: D., accepts: [{}], rejects: [{}] }
    - { id: b, when: { y: 2 }, require: { x: 1 }, parameter: x, why: D., accepts: [{}], rejects: [{}] }
    """
    assert [rule.parameter for rule in spec_with(parameters, rules).operations["draw"].rules] == ["y", "x"]
