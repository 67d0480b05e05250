"""The JSON Schema of the language is what editors have of it: fresh, valid, and of one mind with the loader."""

from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

from safelight.diagnostic import Report
from safelight.model import Operator
from safelight.reading.conditions import RESERVED
from safelight.reading.document import SpecDoc
from safelight.reading.nodes import parse, to_json
from safelight.reading.shape import keys_of
from safelight.schema import language_schema, language_schema_text

ROOT = Path(__file__).parents[3]
SPECS = sorted([*ROOT.glob("spec/*.yaml"), *ROOT.glob("tests/**/*.yaml")])
TINY = Path(__file__).with_name("tiny.yaml").read_text("utf-8")
SCHEMA = language_schema()
VALIDATOR: Any = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own


def errors(text: str) -> list[str]:
    """What the schema has against a spec, by the path of each fault."""
    report = Report()
    node = parse(text, report)
    assert node is not None
    return [error.json_path for error in VALIDATOR(SCHEMA).iter_errors(to_json(node, report))]


def test_the_schema_is_a_schema() -> None:
    """It keeps to JSON Schema 2020-12 itself."""
    VALIDATOR.check_schema(SCHEMA)


def is_fresh(path: Path) -> bool:
    """Whether a file holds what the code says of the language."""
    return path.read_text("utf-8") == language_schema_text()


def test_the_committed_schema_is_fresh() -> None:
    """`python -m safelight.schema > spec/language.schema.json` writes what is committed."""
    assert is_fresh(ROOT / "spec" / "language.schema.json")


@pytest.mark.parametrize(("old", "new"), [("minimum", "least"), ("}\n", "}"), ("{", "{ ")])
def test_a_schema_that_is_not_fresh_is_noticed(tmp_path: Path, old: str, new: str) -> None:
    """A word that was changed, an end that was lost, or another layout is enough."""
    path = tmp_path / "schema.json"
    path.write_text(language_schema_text().replace(old, new), "utf-8")

    assert not is_fresh(path)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_spec_keeps_to_the_schema(path: Path) -> None:
    """An editor finds nothing wrong in a spec that loads."""
    assert errors(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_the_first_line_of_a_spec_names_the_schema(path: Path) -> None:
    """Whoever opens a spec gets completion without setting anything up."""
    key, _, schema = path.read_text("utf-8").partition("\n")[0].partition("=")

    assert key == "# yaml-language-server: $schema"
    assert (path.parent / schema).resolve() == ROOT / "spec" / "language.schema.json"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        pytest.param("safelight: 1", "safelight: 2", "$.safelight", id="version"),
        pytest.param("title: Tiny\n", "", "$", id="missing key"),
        pytest.param("title: Tiny\n", "title: Tiny\ncolour: red\n", "$", id="unknown key"),
        pytest.param("title: Tiny\n", "title: [Tiny]\n", "$.title", id="wrong type"),
        pytest.param("unknown_model: refuse", "unknown_model: shrug", "$.unknown_model", id="unknown word"),
        pytest.param("auth: [bearer]", "auth: [basic]", "$.auth[0]", id="unknown auth"),
        pytest.param("maximum: 8", "maximum: eight", "$.operations.draw.parameters.n.maximum", id="constraint"),
        pytest.param(
            "maximum: 8", "maximum: { is: 8, bases: x }", "$.operations.draw.parameters.n.maximum", id="annotation"
        ),
        pytest.param("values: [png, jpeg]", "values: png", "$.operations.draw.parameters.format.values", id="list"),
        pytest.param(
            "require: { format: png }",
            "require: { format: { si: png } }",
            "$.operations.draw.rules[0].require.format",
            id="operator",
        ),
        pytest.param("rejects: [{", "rejects: [x, {", "$.operations.draw.rules[0].rejects[0]", id="case"),
        pytest.param("from: literal", "from: thin air", "$.operations.draw.response.fields.soft.from", id="field"),
        pytest.param(
            "no_key: { status: 401,", "no_key: {", "$.operations.draw.errors.texts.no_key", id="error without status"
        ),
    ],
)
def test_a_broken_spec_does_not_keep_to_the_schema(old: str, new: str, path: str) -> None:
    """An editor underlines the mistakes of form that the loader would report, where they are."""
    assert TINY.count(old) == 1
    assert errors(TINY.replace(old, new)) == [path]


def records(schema: object) -> list[dict[str, Any]]:
    """Every object schema with keys, wherever it stands."""
    if isinstance(schema, list):
        return [record for part in cast("list[object]", schema) for record in records(part)]
    if not isinstance(schema, dict):
        return []
    found = cast("dict[str, Any]", schema)
    own = [found] if "additionalProperties" in found and "properties" in found else []
    return own + [record for part in found.values() for record in records(part)]


def test_every_key_is_documented() -> None:
    """Completion shows a sentence with each key."""
    keys = [(name, key) for record in records(SCHEMA) for name, key in record["properties"].items()]

    assert len(keys) > len(keys_of(SpecDoc))
    assert [name for name, key in keys if not key.get("description", "").endswith((".", ")"))] == []


def test_the_annotated_way_takes_what_the_plain_way_takes() -> None:
    """`maximum: 8` and `maximum: {is: 8}` are checked alike, for every constraint."""
    stated = [key for record in records(SCHEMA) for key in record["properties"].values() if "stated-" in str(key)]

    assert stated
    for key in stated:
        plain, annotated = key["anyOf"]
        value = SCHEMA["$defs"][annotated["$ref"].rpartition("/")[2]]["properties"]["is"]
        assert {name: part for name, part in value.items() if name != "description"} == plain


def test_the_schema_knows_every_word_of_conditions() -> None:
    """A word that the loader reads as part of a condition is not taken for a parameter by editors."""
    assert set(SCHEMA["$defs"]["condition"]["properties"]) == set(RESERVED)
    operators = SCHEMA["$defs"]["test"]["anyOf"][2]["properties"]
    assert set(operators) == {"is", "is_not", *Operator}
