"""Values that pass for others: a quick look takes none of them for what they equal, and nothing makes it stumble.

A validator looks legal values up in sets, and a set asks a value for its hash and for whether it equals a member.  So
whatever equals a legal value without being one, has no hash, or one that cannot be worked out, has to be seen before.
"""

from collections import UserString
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.interpret import violations
from tests.generated import validators
from tests.strategies import SPEC_FILES, Subject, subject, subjects
from ttapi_images.validators import generate


class Text(str):
    """A string of a class of its own, as members of an enumeration are."""

    __slots__ = ()


class Record(dict[str, Any]):
    """A body of a class of its own."""


class Chameleon:
    """What equals everything, and has the hash of a legal value."""

    def __init__(self, value: object) -> None:
        self._hash = hash(value)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return self._hash


def deep(levels: int = 200_000) -> tuple[Any, ...]:
    """A tuple within tuples: to hash it would end the process, not the call."""
    value: tuple[Any, ...] = ()
    for _ in range(levels):
        value = (value,)
    return value


DEEP = deep()


def disguises(value: object) -> st.SearchStrategy[Any]:
    """What equals *value* in Python, or nearly does, and is something else."""
    others: list[Any] = [[value], DEEP, float("nan")]
    if isinstance(value, str):
        others += [UserString(value), Text(value), Chameleon(value), value.encode("utf-8", "replace")]
    elif isinstance(value, int):
        number = int(value)
        others += [number, bool(number), float(number), complex(number), Decimal(number), Fraction(number)]
        others += [Chameleon(number)]
    return st.integers(0, len(others) - 1).map(others.__getitem__)  # to sample from them would hash them


def assert_agreement(found: Subject, body: object) -> None:
    """Compare which constraints the two readings name."""
    judge = getattr(validators(found.spec), found.operation.name)
    told = [(one.rule, one.parameter, one.message) for one in judge(body)]
    assert told == [(one.rule, one.parameter, one.message) for one in violations(found.spec, found.operation, body)]


@given(subject=subjects(), data=st.data())
def test_a_value_in_disguise_is_judged_by_what_it_is(subject: Subject, data: st.DataObject) -> None:
    """One value of a legal body is changed for one that equals it: both readings tell the same of it, and end."""
    body: dict[Any, Any] = dict(data.draw(subject.well_formed))
    if body:
        name = data.draw(st.sampled_from(sorted(body, key=repr)))
        body[name] = data.draw(disguises(body[name]))
    assert_agreement(subject, body)


@given(subject=subjects(), data=st.data())
def test_a_body_of_another_class_is_judged_as_a_plain_one(subject: Subject, data: st.DataObject) -> None:
    """A body may be any mapping, and is judged by what is in it."""
    body: Mapping[Any, Any] = data.draw(subject.nearly)
    for wrapped in (Record(body), MappingProxyType(dict(body))):
        assert_agreement(subject, wrapped)


@pytest.mark.parametrize(
    ("parameter", "value", "rule"),
    [
        pytest.param("quality", UserString("auto"), "generate.quality.type", id="no string, but equal to one"),
        pytest.param("quality", Chameleon("auto"), "generate.quality.type", id="equal to everything"),
        pytest.param("quality", DEEP, "generate.quality.type", id="too deep to be hashed"),
        pytest.param("n", True, "generate.n.type", id="a truth value that equals one"),
        pytest.param("n", Decimal(1), "generate.n.type", id="a decimal that equals one"),
        pytest.param("stream", 1, "generate.stream.type", id="a number that equals true"),
        pytest.param("model", DEEP, "generate.model.type", id="a model too deep to be hashed"),
        pytest.param("model", UserString("gpt-image-1"), "generate.model.type", id="no name, but equal to one"),
        pytest.param("n", 1.0, None, id="an integer as JSON has it"),
        pytest.param("quality", Text("auto"), None, id="a string of another class"),
    ],
)
def test_the_client_is_not_taken_in(parameter: str, value: object, rule: str | None) -> None:
    """The module that users install tells by name what is no value of JSON, and what only looks like one."""
    body: dict[str, Any] = {"model": "gpt-image-1", "prompt": "a fox", parameter: value}

    assert [one.rule for one in generate(body)] == ([rule] if rule else [])


def test_every_spec_is_among_the_subjects() -> None:
    """The laws above are tried on each shape of spec that the tests have."""
    assert {subject(path).name for path in SPEC_FILES} == {path.stem for path in SPEC_FILES}
