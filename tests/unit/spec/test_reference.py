"""The language reference is true and whole: every block of it loads, and nothing of the language is missing from it."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from safelight import Spec, load, loads
from safelight.diagnostic import CODES, Report
from safelight.judging.cases import run_cases
from safelight.model import Basis, From, Json, Operator, Outcome, Part, Type, Unit
from safelight.reading.answers import HEADER_PLACEHOLDERS, USAGE_DETAILS
from safelight.reading.conditions import RESERVED
from safelight.reading.document import ChoiceDoc, DefaultDoc, FieldDoc, ParameterDoc, SpecDoc
from safelight.reading.nodes import Node, parse, to_json
from safelight.reading.shape import Stated, keys_of
from safelight.vocabulary.faults import DEFAULT_TEXT, KINDS, PLACEHOLDERS, TRANSPORT, UNPROVOKED

ROOT = Path(__file__).parents[3]
README = (ROOT / "spec" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml(.*)\n((?:.*\n)*?)^```$", README, re.MULTILINE)
PLACED_BY_NODES = (ParameterDoc, FieldDoc, ChoiceDoc, DefaultDoc, Stated)
"""Records that the reader meets below a node with a grammar of its own."""


def as_json(text: str) -> Json:
    """Read YAML as the language reads it."""
    report = Report()
    node = parse(text, report)
    assert node is not None, report.problems
    return to_json(node, report)


WHOLE = BLOCKS[0][1]


def draw(spec: Json) -> Json:
    """The operation that the blocks of the reference add to."""
    return spec["operations"]["draw"]


def add_errors(spec: Json, part: Json) -> None:
    """Errors: texts join those that are there, the rest takes its place."""
    texts = {**draw(spec)["errors"]["texts"], **part.get("texts", {})}
    draw(spec)["errors"].update({**part, "texts": texts})


def add_condition(spec: Json, part: Json) -> None:
    """A condition: where every kind of condition may stand."""
    field = {"from": "literal", "is": True, "doc": "Shows a condition.", "when": part}
    draw(spec)["response"]["fields"]["shown"] = field


def add_to_operation(spec: Json, part: Json) -> None:
    """Several parts of an operation: what is a list or a mapping is added to, the rest takes its place."""
    draw(spec)["parameters"].update(part["parameters"])
    draw(spec)["rules"].extend(part.get("rules", []))
    draw(spec)["response"].update(part["response"])


PLACES: Mapping[str, Callable[[Json, Json], None]] = {
    "top": lambda spec, part: spec.update(part),
    "parameters": lambda spec, part: draw(spec)["parameters"].update(part),
    "operation": add_to_operation,
    "rules": lambda spec, part: draw(spec)["rules"].extend(part),
    "condition": add_condition,
    "response": lambda spec, part: draw(spec)["response"].update(part),
    "usage": lambda spec, part: draw(spec)["response"].update(usage=part),
    "errors": add_errors,
}


def completed(place: str, block: str) -> Spec:
    """Hang a block of the reference into its whole spec, and load it."""
    if place == "spec":
        return loads(block)
    spec = as_json(WHOLE)
    part = as_json(block)
    if place == "condition":
        add_parameters(spec)
    PLACES[place](spec, part)
    return loads(json.dumps(spec))


def add_parameters(spec: Json) -> None:
    """Give conditions something more to look at: an array."""
    item = {"type": "string", "doc": "A link."}
    draw(spec)["parameters"]["images"] = {"type": "array", "doc": "What to start from.", "items": item}


@pytest.mark.parametrize(("place", "block"), BLOCKS, ids=[f"{n}{place}" for n, (place, _) in enumerate(BLOCKS, 1)])
def test_every_block_of_the_reference_loads(place: str, block: str) -> None:
    """What the reference shows can be copied."""
    spec = completed(place.strip(), block)

    assert [one.explanation for one in run_cases(spec) if not one.passed] == []


def test_the_whole_spec_of_the_reference_is_what_a_file_of_it_would_be(tmp_path: Path) -> None:
    """The first block can be saved and used as it is."""
    path = tmp_path / "inkwell.yaml"
    path.write_text(WHOLE, "utf-8")

    assert load(path).name == "inkwell"


def records(annotation: Any, seen: set[type]) -> Iterator[type]:  # noqa: ANN401 - annotations have no common type
    """Every record that an annotation is made of."""
    if isinstance(annotation, type) and is_dataclass(annotation) and annotation not in seen:
        seen.add(annotation)
        yield annotation
        for key in keys_of(annotation):
            yield from records(key.annotation, seen)
    for part in get_args(annotation):
        yield from records(part, seen)


def language() -> Iterator[str]:
    """Every word of the language: keys, types, outcomes, operators and whatever else a file may say."""
    seen: set[type] = {*get_args(Node)}  # nodes stand for any YAML, their fields are no keys
    for record in (SpecDoc, *PLACED_BY_NODES):
        for one in records(record, seen):
            yield from (key.name for key in keys_of(one))
    for words in (Type, Unit, Outcome, Basis, From, Operator):
        yield from cast("Iterator[str]", iter(words))
    yield from (*RESERVED, *USAGE_DETAILS, *TRANSPORT, "bearer", "header", "as", "status", "empty", "is", "is_not")
    yield DEFAULT_TEXT
    yield from (f"{{{name}}}" for name in (*PLACEHOLDERS, *HEADER_PLACEHOLDERS))
    yield from (f"{owner}.{part}" for owner, part in zip(("size",) * 4 + ("prompt", "images"), Part, strict=True))


def spans(reference: str) -> set[str]:
    """Everything that the reference sets in code, in its prose and its tables."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", reference, flags=re.MULTILINE | re.DOTALL)))


def unexplained(words: Iterable[str], reference: str) -> list[str]:
    """The words that the reference does not tell of."""
    return sorted(set(words) - spans(reference))


def listed_codes(reference: str) -> dict[str, str]:
    """The error codes that the reference lists, with their meanings."""
    return dict(re.findall(r"^\| (E\d+) \| (.*) \|$", reference, re.MULTILINE))


def test_every_word_of_the_language_is_explained() -> None:
    """No key, type, operator, outcome or placeholder has to be guessed from the code."""
    assert unexplained(language(), README) == []


@pytest.mark.parametrize("word", ["per_model", "not_in", "truncate", "{limit}", "size.ratio", "count_of", "ratio_of"])
def test_a_word_that_is_not_explained_is_noticed(word: str) -> None:
    """Also where an example shows it."""
    assert unexplained(language(), README.replace(f"`{word}`", "")) == [word]


def test_every_error_code_is_listed_with_its_meaning() -> None:
    """The table of codes is the one that the reader of specs uses."""
    assert listed_codes(README) == dict(CODES)


@pytest.mark.parametrize("edit", [("| E101 |", "| E199 |"), ("| the file is too large |", "| the file is large |")])
def test_a_code_that_is_not_listed_or_means_something_else_is_noticed(edit: tuple[str, str]) -> None:
    """The table is compared as a whole."""
    assert edit[0] in README
    assert listed_codes(README.replace(*edit)) != dict(CODES)


def test_every_kind_of_fault_is_explained() -> None:
    """Whoever writes error texts finds what each is for."""
    assert unexplained((*KINDS, *UNPROVOKED), README) == []
