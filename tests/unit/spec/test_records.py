"""What a record promises: to be a frozen, slotted dataclass in all that can be seen of one."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any, ClassVar, TypeAlias, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import records

Decorator: TypeAlias = Callable[..., Callable[[type[Any]], type[Any]]]

NUMBERS = st.integers(-3, 3)


def point(decorator: Decorator) -> type[Any]:
    """Return a record with every sort of field, and one that inherits from it."""

    @decorator(frozen=True, slots=True)
    class Point:
        """A point."""

        kind: ClassVar[str] = "point"
        x: int
        y: int = 7
        names: tuple[str, ...] = ()
        marks: dict[str, int] = field(default_factory=dict[str, int], hash=False)
        place: str = field(default="nowhere", compare=False, repr=False)

    @decorator(frozen=True, slots=True, kw_only=True)
    class Named(Point):
        """A point with a name."""

        name: str
        after: list[int] = field(default_factory=list[int], compare=False)

    return Named


OURS, THEIRS = point(records.dataclass), point(dataclasses.dataclass)


@given(
    positional=st.lists(NUMBERS, max_size=4),
    named=st.dictionaries(st.sampled_from(["x", "y", "marks", "place", "name", "after", "unheard"]), NUMBERS),
)
def test_it_takes_the_arguments_that_a_dataclass_takes(positional: list[int], named: dict[str, int]) -> None:
    """Whatever is passed gives the same values, or the same refusal."""

    def made(cls: type[Any]) -> object:
        try:
            return dataclasses.asdict(cls(*positional, **named))
        except TypeError as error:
            return str(error)

    assert made(OURS) == made(THEIRS)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_two_are_equal_where_two_dataclasses_are(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    """Equality and hash are those of the fields that are compared; the text is that of a dataclass."""

    def told(cls: type[Any]) -> tuple[bool, bool, str]:
        left, right = (cls(x, y, name="n", place=str(place)) for x, y, place in (one, other))
        return left == right, hash(left) == hash(right), repr(left)

    assert told(OURS) == told(THEIRS)


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_they_are_in_the_order_of_their_values(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Those that are asked to have an order; they have none with anything else."""

    @records.dataclass(frozen=True, slots=True, order=True)
    class Version:
        """A version."""

        major: int
        minor: int

    left, right = Version(*one), Version(*other)
    assert (left < right, left <= right, left > right, left >= right) == (
        one < other,
        one <= other,
        one > other,
        one >= other,
    )
    mixed: list[Any] = [left, one]
    with pytest.raises(TypeError, match="not supported between"):
        sorted(mixed)


def test_records_of_two_classes_are_never_equal() -> None:
    """Also where all their values are."""
    assert OURS(1, name="n") != THEIRS(1, name="n")
    assert OURS(1, name="n") != (1, 7)


def test_what_looks_at_a_dataclass_sees_one() -> None:
    """Fields, hints, patterns, slots and signature are the same, and `replace` works."""
    assert [(one.name, one.type, one.kw_only) for one in dataclasses.fields(OURS)] == [
        (one.name, one.type, one.kw_only) for one in dataclasses.fields(THEIRS)
    ]
    assert get_type_hints(OURS.__init__) == get_type_hints(THEIRS.__init__)
    assert list(inspect.signature(OURS).parameters) == list(inspect.signature(THEIRS).parameters)
    assert OURS.__match_args__ == THEIRS.__match_args__
    assert OURS.__slots__ == THEIRS.__slots__
    assert OURS.kind == "point"
    assert replace(OURS(1, name="n"), y=2) == OURS(1, 2, name="n")


def test_nothing_of_it_can_be_changed() -> None:
    """Setting and deleting are refused, with the sentences of a dataclass, and nothing can be added."""
    one = OURS(1, name="n")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        one.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del one.x
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.unheard = 2
    assert one.x == 1


@records.dataclass(frozen=True, slots=True)
class Checked:
    """A record that refuses, and hashes in its own way."""

    number: int
    inner: object = None

    def __post_init__(self) -> None:
        """Refuse what is negative."""
        if self.number < 0:
            raise ValueError("negative")

    def __hash__(self) -> int:
        """Hash a part."""
        return self.number


def test_it_keeps_the_methods_that_a_class_brings() -> None:
    """``__post_init__`` is called, and a method of its own is not replaced."""
    with pytest.raises(ValueError, match="negative"):
        Checked(-1)
    assert hash(Checked(5, [])) == 5


def test_a_class_below_it_is_made_as_any_other() -> None:
    """Also where nothing has been made of the record itself yet."""
    named = point(records.dataclass)

    class Below(named):  # type: ignore[misc, valid-type]  # it is made at run time, for this test
        """A class without fields of its own."""

    assert (Below(1, name="n").x, named(2, name="n").x) == (1, 2)


def test_it_can_be_copied_and_pickled() -> None:
    """Workers are processes: what they get is pickled."""
    one = Checked(1, (2, "x"))
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one


def test_one_that_holds_itself_can_be_shown() -> None:
    """As with a dataclass, the text ends where it would begin again."""
    holder: list[object] = []
    holder.append(Checked(1, holder))
    assert repr(holder[0]) == "Checked(number=1, inner=[...])"


@pytest.mark.parametrize("options", [{"frozen": False, "slots": True}, {"frozen": True, "slots": False}])
def test_what_is_no_record_is_refused(options: dict[str, bool]) -> None:
    """The options say what a reader gets; there is only one kind."""
    with pytest.raises(TypeError, match=r"dataclasses\.dataclass"):
        records.dataclass(**options)
