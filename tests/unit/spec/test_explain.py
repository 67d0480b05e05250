"""An explanation gathers what a spec says about a thing, and says it in the spec's own words."""

from pathlib import Path

import pytest

from safelight import Operation, Spec, load, loads
from safelight.explaining.explain import names, overview, page, parameter_page, rule_page
from safelight.explaining.legal import NOT_TAKEN
from safelight.explaining.roster import labels, time_text
from safelight.model import ANY_MODEL
from safelight.vocabulary.index import identified

ROOT = Path(__file__).parents[3]
SPECS = sorted([*ROOT.glob("spec/*.yaml"), *ROOT.glob("tests/specs/*.yaml"), Path(__file__).with_name("tiny.yaml")])
TINY = Path(__file__).with_name("tiny.yaml").read_text("utf-8")
TTAPI = load(ROOT / "spec" / "ttapi-images.yaml")
GENERATE = TTAPI.operations["generate"]


def tiny(old: str = "", new: str = "") -> tuple[Spec, Operation]:
    """The small spec, with one text replaced, and its operation."""
    assert not old or TINY.count(old) == 1
    spec = loads(TINY.replace(old, new)) if old else loads(TINY)
    return spec, spec.operations["draw"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_everything_that_has_a_name_has_a_page(path: Path) -> None:
    """Parameters, their parts and rules of any spec can be explained."""
    spec = load(path)
    for operation in spec.operations.values():
        pages = [parameter_page(spec, operation, name) or rule_page(spec, operation, name) for name in names(operation)]
        assert all(pages)
        assert len(pages) >= len(operation.parameters) + len(operation.rules)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_id_that_a_violation_can_have_has_a_page(path: Path) -> None:
    """Messages end in ids, and each can be looked up."""
    spec = load(path)
    for operation in spec.operations.values():
        assert [id_ for id_ in identified(operation) if page(spec, operation, id_) is None] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_an_overview_shows_every_parameter_and_every_model_once(path: Path) -> None:
    """Nothing is lost by putting models that are alike into one column."""
    spec = load(path)
    for operation in spec.operations.values():
        page = overview(spec, operation)

        assert tuple(page.rows) == operation.parameters
        assert all(len(cells) == len(page.columns) for cells in page.rows.values())
        shown = [name for column in page.columns for name in column]
        assert sorted(shown) == (sorted(spec.models) if operation.model_parameter else [])
        assert [one.id for one in page.rules] == [rule.id for rule in operation.rules]


def test_models_that_take_everything_alike_share_a_column() -> None:
    """gpt-image-1.5 and gpt-image-1 differ in nothing; the others differ."""
    assert overview(TTAPI, GENERATE).columns == (
        ("gpt-image-2",),
        ("gpt-image-1.5", "gpt-image-1"),
        ("dall-e-3",),
        ("dall-e-2",),
    )


def test_a_cell_says_what_a_model_takes_in_short() -> None:
    """Ranges, listed values, free sizes, and a dash where the model does not take the parameter."""
    rows = overview(TTAPI, GENERATE).rows

    assert rows["n"] == ("1 to 10", "1 to 10", "1", "1 to 10")
    assert rows["style"] == (NOT_TAKEN, NOT_TAKEN, '"vivid", "natural"', NOT_TAKEN)
    assert rows["prompt"][2] == "1 to 4000 code points"
    assert rows["size"][0] == '"auto", WIDTHxHEIGHT'
    assert rows["stream"][0] == "true, false"
    assert rows["user"][0] == "any"


def test_a_parameter_s_page_tells_what_differs_by_model() -> None:
    """Legal values and defaults stand by the models that share them."""
    page = parameter_page(TTAPI, GENERATE, "size")
    limits = (
        "ratio 1:3 to 3:1; edges at most 3840 (observed); 655360 to 8294400 pixels (observed); edges divisible by 16"
    )

    assert page is not None
    assert [(way.models, way.legal, way.default) for way in page.ways] == [
        (
            ("gpt-image-2",),
            f'"auto" or WIDTHxHEIGHT; {limits}',
            '"auto"',
        ),
        (("gpt-image-1.5", "gpt-image-1"), '"1024x1024", "1024x1536", "1536x1024", "auto"', '"auto"'),
        (("dall-e-3",), '"1024x1024", "1792x1024", "1024x1792"', '"1024x1024"'),
        (("dall-e-2",), '"256x256", "512x512", "1024x1024"', '"1024x1024"'),
    ]
    assert (page.type, page.presence) == ("a string", "optional")


def test_a_parameter_s_page_lists_its_constraints_rules_and_sources() -> None:
    """Each with its id and how it is known; the rules are those that mention the parameter."""
    page = parameter_page(TTAPI, GENERATE, "n")

    assert page is not None
    assert [(one.id, one.requirement, one.basis) for one in page.constraints] == [
        ("generate.n.type", "n must be an integer", "documented"),
        ("generate.n.minimum", "n must be at least 1", "documented"),
        ("generate.n.maximum", "n must be at most 10", "documented"),
        ("generate.n.maximum@dall-e-3", "n must be at most 1 for dall-e-3", "documented"),
    ]
    assert [(one.id, one.basis) for one in page.rules] == [("generate.stream-needs-one-image", "observed")]
    assert [one.id for one in page.sources] == ["seed", "llmgateway-3963"]


def test_a_page_for_one_model_leaves_the_others_out() -> None:
    """Whoever uses one model need not read about five."""
    page = parameter_page(TTAPI, GENERATE, "n", "dall-e-3")

    assert page is not None
    assert [(way.models, way.legal) for way in page.ways] == [(("dall-e-3",), "1")]
    assert [one.id for one in page.constraints] == [
        "generate.n.type",
        "generate.n.minimum",
        "generate.n.maximum@dall-e-3",
    ]
    assert overview(TTAPI, GENERATE, "dall-e-3").columns == (("dall-e-3",),)


def test_a_rule_for_other_models_is_not_shown_for_a_model() -> None:
    """A rule is shown where it can matter."""
    spec, operation = tiny("require: { format: png }\n", "require: { format: png }\n        applies_to: [brush]\n")
    shown = {model: [one.id for one in overview(spec, operation, model).rules] for model in ("biro", "bristle")}

    assert shown == {"biro": [], "bristle": ["draw.soft-needs-png"]}


def test_a_conditional_default_says_when_it_holds() -> None:
    """The page of the model shows both defaults and the condition between them."""
    page = parameter_page(TTAPI, GENERATE, "model")

    assert page is not None
    assert page.ways[0].default.startswith('"gpt-image-1" with a number of background, ')
    assert page.ways[0].default.endswith(', else "dall-e-2"')


def test_a_rule_s_page_tells_all_about_it() -> None:
    """Found by its id or by the last part of it."""
    page = rule_page(TTAPI, GENERATE, "partials-need-stream")

    assert page is not None
    assert page == rule_page(TTAPI, GENERATE, "generate.partials-need-stream")
    assert page.statement.requirement == "partial_images at least 1 needs stream true"
    assert (page.when, page.require) == ("partial_images at least 1", "stream true")
    assert page.why == "Partial images are events of the stream."
    assert page.models == tuple(one for one in TTAPI.models if not one.startswith("dall-e"))  # these take no partials
    assert dict(page.rejects[0]) == {"model": "gpt-image-2", "prompt": "a fox", "partial_images": 1}
    assert [source.id for source in page.sources] == ["seed"]


def test_a_rule_without_a_condition_always_speaks() -> None:
    """Exclusions have no `when`."""
    spec, operation = tiny("when: { soft: true }\n        require: { format: png }", "at_most_one: [soft, format]")
    page = rule_page(spec, operation, "soft-needs-png")

    assert page is not None
    assert page.when == "always"


@pytest.mark.parametrize(
    ("stated", "legal"),
    [
        pytest.param("type: integer, minimum: 2", "at least 2", id="only a minimum"),
        pytest.param("type: number, maximum: 0.5", "at most 0.5", id="only a maximum"),
        pytest.param("type: integer, multiple_of: 5", "multiples of 5", id="steps"),
        pytest.param("type: integer, values: [1, 2, 4]", "1, 2, 4", id="listed numbers"),
        pytest.param("type: string, pattern: '[a-z]+'", "matching [a-z]+", id="pattern"),
        pytest.param("type: string, max_length: 4, unit: bytes", "at most 4 bytes", id="bytes"),
        pytest.param(
            "type: size, grammar: 'WIDTH*HEIGHT', min_ratio: '1:2'", "WIDTH*HEIGHT; ratio at least 1:2", id="size"
        ),
        pytest.param("type: array, items: { type: string, doc: x }, max_items: 3", "at most 3 items", id="array"),
        pytest.param(
            "type: integer, minimum: 1, maximum: { is: 9, basis: observed }",
            "at least 1; at most 9 (observed)",
            id="a limit that is observed",
        ),
        pytest.param(
            "type: integer, minimum: { is: 1, basis: observed }, maximum: { is: 9, basis: observed }",
            "1 to 9 (observed)",
            id="a range that is observed",
        ),
        pytest.param(
            "type: integer, values: [1, { is: 2, since: 2026-01-01 }, { is: 3, until: 2027-01-01 }]",
            "1, 2 (from 2026-01-01 on), 3 (until 2027-01-01)",
            id="values of a time",
        ),
        pytest.param(
            "type: string, pattern: { is: '[a-z]', basis: advisory, since: 2026-01-01 }",
            "matching [a-z] (advisory, from 2026-01-01 on)",
            id="advice from a day on",
        ),
        pytest.param("type: boolean", "true, false", id="boolean"),
        pytest.param("type: string, min_length: 1", "at least 1 code point", id="one"),
        pytest.param("type: string, min_length: 1, max_length: 1", "1 code point", id="exactly one"),
        pytest.param(
            "type: array, items: { type: string, doc: x }, min_items: 0, max_items: 1", "0 to 1 items", id="0 to 1"
        ),
        pytest.param("type: array, items: { type: integer, doc: x, maximum: 9 }", "each at most 9", id="items"),
        pytest.param(
            "type: array, max_items: 2, items: { type: object, doc: x, members: { url: { type: string, doc: x } } }",
            "at most 2 items; each {url}",
            id="items with members",
        ),
        pytest.param("type: object, members: {}", "any", id="object"),
    ],
)
def test_legal_values_are_told_in_short(stated: str, legal: str) -> None:
    """Every form of a domain has its words."""
    texts = "".join(
        f'        {kind}: {{ status: 400, message: "{{requirement}}" }}\n'
        for kind in ("pattern", "min_ratio", "min_length", "min_items", "max_items", "unknown_members")
    )
    text = TINY.replace("    rules:\n", f"      extra: {{ doc: Something., {stated} }}\n\n    rules:\n") + texts
    spec = loads(text)
    page = parameter_page(spec, spec.operations["draw"], "extra")

    assert page is not None
    assert [way.legal for way in page.ways] == [legal]


def test_an_api_without_models_has_one_column_without_a_name() -> None:
    """There is nothing to compare, and nothing is lost."""
    spec = load(ROOT / "tests" / "specs" / "numbers.yaml")
    operation = spec.operations["draw"]
    page = overview(spec, operation)

    assert page.columns == ((),)
    assert page.rows["upscale"] == ("1, 2, 4",)
    assert ANY_MODEL not in str(page)


DATES = load(ROOT / "tests" / "specs" / "dates.yaml")
NESTED = load(ROOT / "tests" / "specs" / "nested.yaml")


def test_the_models_are_told_with_their_names_and_their_days() -> None:
    """At a glance and with the parameter that chooses one: a retired model does not stand among the live ones."""
    (operation,) = DATES.operations.values()
    told = overview(DATES, operation).roster
    chooser = parameter_page(DATES, operation, operation.model_parameter or "")

    assert told is not None
    assert chooser is not None
    assert chooser.roster == told
    assert {one.name: time_text(one) for one in told.entries}["old"] == "deprecated 2026-01-01, retired 2026-06-01"
    assert [one.name for one in told.entries if one.exists] == list(
        dict.fromkeys(DATES.names[name] for name in DATES.names_as_of(DATES.revised))
    )
    assert {one.name: one.aliases for one in told.entries}["now"] == ("current",)


def test_a_model_that_the_api_does_not_have_on_the_day_of_the_spec_says_so_wherever_it_stands() -> None:
    """Before its first day, and from the day on that it is retired."""
    text = (ROOT / "tests" / "specs" / "dates.yaml").read_text("utf-8")
    shown = {
        day: labels(
            loads(
                text.replace(f"revised: {DATES.revised}", f"revised: {day}").replace("default: now", "required: true")
            )
        )
        for day in ("2025-12-31", "2026-03-01", "2026-06-01")
    }

    assert {day: (names["old"], names["now"]) for day, names in shown.items()} == {
        "2025-12-31": ("old", "now (from 2026-01-01 on)"),
        "2026-03-01": ("old", "now"),
        "2026-06-01": ("old (retired)", "now"),
    }


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        pytest.param("refuse", "Other names are refused.", id="refuse"),
        pytest.param(
            "warn", "Other names are taken with a warning, and judged by what holds for every model.", id="warn"
        ),
        pytest.param("{ as: brush }", "Other names are taken, and judged as ", id="as"),
    ],
)
def test_it_is_told_what_becomes_of_other_names(policy: str, told: str) -> None:
    """Whoever asks about models may have one that the spec does not name."""
    spec, operation = tiny("unknown_model: refuse", f"unknown_model: {policy}")
    found = overview(spec, operation).roster

    assert found is not None
    assert found.others.startswith(told)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("refuse", "other fields are refused"),
        ("warn", "other fields are taken with a warning"),
        ("ignore", "other fields are ignored"),
    ],
)
def test_it_is_told_what_becomes_of_other_fields(policy: str, told: str) -> None:
    """Their id is what a violation ends in."""
    spec, operation = tiny("unknown_fields: refuse", f"unknown_fields: {policy}")
    told_of = overview(spec, operation).unknown_fields

    assert (told_of.id, told_of.requirement, told_of.outcome) == ("draw.unknown_fields", told, policy)


def test_what_an_object_or_an_array_holds_is_told() -> None:
    """Members by their paths, and what becomes of others; items with what each of them is."""
    (operation,) = NESTED.operations.values()
    palette, images = (parameter_page(NESTED, operation, name) for name in ("palette", "images"))

    assert palette is not None
    assert [(one.name, one.type, one.presence) for one in palette.inside] == [
        ("palette.colors", "an array", "required"),
        ("palette.name", "a string", "optional"),
    ]
    assert palette.constraints[-1].requirement == "other members of palette are taken with a warning"
    assert images is not None
    assert [one.name for one in images.inside] == ["images[]"]
    assert [way.legal for way in images.ways] == [
        "1 to 4 items; each {url, weight}",
        "1 to 6 items; each {url, weight, mask}",
    ]


def test_models_that_do_not_take_the_whole_do_not_take_its_parts() -> None:
    """The mask of an image is only for one model, and so is where the mask is."""
    (operation,) = NESTED.operations.values()
    page = parameter_page(NESTED, operation, "images[].mask.url")

    assert page is not None
    assert {way.models: way.takes for way in page.ways} == {("collage-1",): False, ("collage-2",): True}


def test_what_is_not_in_the_spec_has_no_page() -> None:
    """The caller can say so."""
    assert page(TTAPI, GENERATE, "colour") is None
    assert parameter_page(TTAPI, GENERATE, "colour") is None
    assert rule_page(TTAPI, GENERATE, "colour") is None
