"""Answers are open: whatever a server sends becomes a record, and nothing of it is lost."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttapi_images import GenerateImage, ImageGenerationCompleted
from ttapi_images._records import (
    Context,
    Json,
    Reader,
    Record,
    Result,
    anything,
    boolean,
    integer,
    is_array,
    is_object,
    number,
    record,
    records,
    text,
)

LEAF_READERS: Mapping[str, Reader] = {
    "word": text,
    "count": integer,
    "share": number,
    "on": boolean,
    "any": anything,
    "class": text,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Leaf(Record):
    """A record with a field of each simple type, and one whose name Python forbids."""

    _readers: ClassVar[Mapping[str, Reader]] = LEAF_READERS
    _renamed: ClassVar[Mapping[str, str]] = {"class": "class_"}

    word: str | None = None
    count: int | None = None
    share: float | None = None
    on: bool | None = None
    any: Any = None
    class_: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tree(Result):
    """A record of records."""

    _readers: ClassVar[Mapping[str, Reader]] = {"leaf": record(Leaf), "leaves": records(Leaf)}

    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
leaf_bodies = st.dictionaries(st.sampled_from([*LEAF_READERS, "extra", "new"]), json_values)
tree_bodies = st.dictionaries(
    st.sampled_from(["leaf", "leaves", "new"]), json_values | leaf_bodies | st.lists(leaf_bodies)
)


def without_nulls(value: Json) -> Json:
    """Drop the nulls of known fields, which a record does not tell from absent ones."""
    if is_object(value):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if is_array(value) else value


@given(tree_bodies)
def test_any_object_becomes_a_record_and_nothing_is_lost(body: dict[str, Any]) -> None:
    """New fields, new words and wrong types are kept, and the object can be had back."""
    tree = Tree.from_json(body)

    assert without_nulls(tree.to_json()) == {"leaves": []} | without_nulls(body)
    assert isinstance(repr(tree), str)


@given(leaf_bodies)
def test_an_attribute_holds_its_type_or_nothing(body: dict[str, Any]) -> None:
    """What the type of an attribute promises is true, whatever came."""
    leaf = Leaf.from_json(body)

    assert isinstance(leaf.word, str | None)
    assert isinstance(leaf.count, int | None)
    assert not isinstance(leaf.count, bool)
    assert isinstance(leaf.share, int | float | None)
    assert isinstance(leaf.on, bool | None)


def test_a_value_of_another_type_is_kept_beside_the_attribute() -> None:
    """A count that comes as text is no count, and is in `extra`."""
    leaf = Leaf.from_json({"count": "many", "word": "fine", "class": "x"})

    assert leaf == Leaf(word="fine", class_="x", extra={"count": "many"})


@pytest.mark.parametrize(("sent", "read"), [(2, 2), (2.0, 2), (True, None), (2.5, None), ("2", None)])
def test_integers_are_those_of_json(sent: object, read: int | None) -> None:
    """2.0 is an integer, true is not."""
    assert Leaf.from_json({"count": sent}).count == read


def test_records_are_frozen_and_travel() -> None:
    """A record cannot be changed, and copies and pickles are equal to it."""
    tree = Tree.from_json({"leaf": {"word": "a"}, "leaves": [{"count": 1}], "new": 1}, Context("req_1"))

    with pytest.raises(FrozenInstanceError):
        tree.leaf = None  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # the point of the test
    assert pickle.loads(pickle.dumps(tree)) == tree == copy.deepcopy(tree)
    assert hash(tree.leaf) == hash(Leaf(word="a"))


def test_a_result_knows_its_request_id() -> None:
    """The id comes from the headers; a field of that name in the body is another thing."""
    tree = Tree.from_json({"request_id": "in the body"}, Context("req_1"))

    assert tree.request_id == "req_1"
    assert tree.extra == {"request_id": "in the body"}


def test_a_record_shows_itself_in_short() -> None:
    """Base64 is cut wherever it stands; empty fields are not shown; the rest is."""
    tree = Tree.from_json({"leaf": {"word": "A" * 10_000}, "new": [{"b64": "B" * 10_000}]})

    assert repr(tree) == (
        f"Tree(leaf=Leaf(word='{'A' * 40}'… (10000 characters)), leaves=[], "
        f"extra={{'new': [{{'b64': '{'B' * 40}'… (10000 characters)}}]}})"
    )


def test_what_callers_see_of_a_record_is_what_they_can_use() -> None:
    """In a shell and in an editor, the list of attributes is the manual; how records are read is no part of it."""
    seen = {name for kind in (GenerateImage, ImageGenerationCompleted) for name in dir(kind) if name[:1] != "_"}

    assert [name for name in seen if not name.islower()] == []
    assert {"bytes", "save", "b64_json", "extra", "to_json"} <= seen
