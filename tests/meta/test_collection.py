"""Every process that collects the tests finds the same ones, by the same names."""

import re
from collections.abc import Iterable

import pytest

CHANGING = {
    "the order of a set": re.compile(r"\{'[^':]*'(?:, '[^':]*')+\}"),
    "a place in memory": re.compile(r" at 0x[0-9a-f]+"),
}


def unstable(names: Iterable[str]) -> tuple[str, ...]:
    """Name each test whose id is not the same in the next process, and why."""
    return tuple(f"{name}: {reason}" for name in names for reason, pattern in CHANGING.items() if pattern.search(name))


def test_no_test_is_named_by_what_changes_from_process_to_process(request: pytest.FixtureRequest) -> None:
    """Tests run in parallel: workers that collect different names run none at all."""
    assert unstable(item.nodeid for item in request.session.items) == ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param({"basis": {"a", "b"}}, "the order of a set", id="set"),
        pytest.param(frozenset({"a", "b"}), "the order of a set", id="frozen set"),
        pytest.param(object(), "a place in memory", id="object"),
    ],
)
def test_a_name_that_changes_is_noticed(value: object, reason: str) -> None:
    """The check above can fail, in each of its ways."""
    name = f"test_x[{value}]"
    assert unstable([name]) == (f"{name}: {reason}",)


@pytest.mark.parametrize(
    "value", [{"a": "b", "c": "d"}, {"one"}, ["a", "b"], "0x10"], ids=["mapping", "set of one", "list", "text"]
)
def test_a_name_that_stays_is_left_alone(value: object) -> None:
    """Mappings keep their order, and a set of one has only one."""
    assert unstable([f"test_x[{value}]"]) == ()
