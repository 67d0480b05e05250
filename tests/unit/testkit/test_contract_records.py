"""Records out of JSON: what `asdict` gave is read back, and anything else gets a sentence with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from safelight_testkit.contract.records import NoRecord, record_of


class Color(StrEnum):
    """An enumeration."""

    RED = "red"


@dataclass(frozen=True)
class Leaf:
    """A record in a record."""

    size: float
    pair: tuple[str, int]
    color: Color = Color.RED


@dataclass(frozen=True)
class Tree:
    """A record of every kind of field."""

    name: str
    tall: bool
    age: int | None
    leaves: tuple[Leaf, ...]
    roots: Mapping[str, tuple[int, ...]]
    free: Any = None
    tags: tuple[str, ...] = field(default=())


TREE = Tree("oak", tall=True, age=None, leaves=(Leaf(1.5, ("a", 1)), Leaf(2, ("b", 2))), roots={"x": (1, 2)}, free=[{}])
JSON = json.dumps(asdict(TREE))


def test_a_record_is_read_back_as_it_was() -> None:
    """Tuples, enumerations, mappings and records in records."""
    assert record_of(Tree, json.loads(JSON)) == TREE
    assert record_of(Tree, {**json.loads(JSON), "age": 7}).age == 7


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a missing field": ({"drop": "name"}, "the value has no 'name'"),
    "an unknown field": ({"height": 1}, "the value has no use for 'height'"),
    "a number for text": ({"name": 1}, "name should be of the type str"),
    "true for a number": ({"age": True}, "age should be of the type int"),
    "a number for true": ({"tall": 1}, "tall should be of the type bool"),
    "no array": ({"leaves": {}}, "leaves should be an array"),
    "no object": ({"roots": []}, "roots should be an object"),
    "a wrong item": ({"roots": {"x": [1, "2"]}}, r"roots\.x\[1\] should be of the type int"),
    "a record that is text": ({"leaves": ["leaf"]}, r"leaves\[0\] should be an object"),
    "a pair of three": ({"leaves": [{"size": 1, "pair": ["a", 1, 2]}]}, r"leaves\[0\]\.pair should have 2 items"),
    "an unknown choice": (
        {"leaves": [{"size": 1, "pair": ["a", 1], "color": "blue"}]},
        r"leaves\[0\]\.color should be one of red",
    ),
}


@pytest.mark.parametrize(("edit", "told"), WRONG.values(), ids=WRONG)
def test_anything_else_gets_a_sentence_with_its_place(edit: dict[str, Any], told: str) -> None:
    """Nothing of another type gets in."""
    value = json.loads(JSON) | edit
    value.pop(value.pop("drop", ""), None)

    with pytest.raises(NoRecord, match=told):
        record_of(Tree, value)


@pytest.mark.parametrize("value", [None, 1, "x", []])
def test_a_value_that_is_no_object_is_no_record(value: object) -> None:
    """It is told as the value."""
    with pytest.raises(NoRecord, match="the value should be an object"):
        record_of(Tree, value)
