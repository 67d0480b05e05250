"""Reading nodes as records: each kind of annotation, what fits it, and what is told when something does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

import pytest

from safelight.diagnostic import Report
from safelight.model import Basis, Place
from safelight.reading.nodes import Node, parse
from safelight.reading.shape import UNREADABLE, Doc, Number, Stated, keys_of, read, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A record in a record."""

    place: Place
    word: Annotated[str, Doc("A word.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """One key for each kind of annotation."""

    place: Place
    text: Annotated[str, Doc("A text.")]
    from_: Annotated[int | None, Doc("A word of Python's.")] = None
    flag: Annotated[bool, Doc("A flag.")] = False
    number: Annotated[Number | None, Doc("A number.")] = None
    day: Annotated[date | None, Doc("A day.")] = None
    basis: Annotated[Basis | None, Doc("A choice.")] = None
    many: Annotated[tuple[str, ...], Doc("Texts.")] = ()
    named: Annotated[Mapping[str, Inner], Doc("Records by name.")] = field(default_factory=dict[str, Inner])
    stated: Annotated[Stated[int] | None, Doc("A constraint.")] = None
    open: Annotated[Any, Doc("Anything.")] = None
    own: Annotated[Node | None, Doc("A part with a grammar of its own.")] = None


def read_outer(text: str) -> tuple[Any, list[str]]:
    """The record of a YAML text, and what is wrong with it."""
    report = Report()
    node = parse(text, report)
    assert node is not None
    found = read_record(node, Outer, report, "the thing")
    told = [f"{one.place.line}:{one.place.column} {one.code} {one.message}" for one in report.problems]
    return found, told


def test_keys_follow_the_annotations() -> None:
    """Names without the underscore that Python needs, whether they must be there, and their docs; place is no key."""
    keys = {key.name: key for key in keys_of(Outer)}
    assert tuple(keys)[:3] == ("text", "from", "flag")
    assert [name for name, key in keys.items() if key.required] == ["text"]
    assert keys["from"].doc == "A word of Python's."


def test_a_whole_record_is_read() -> None:
    """Each kind of value in its own type, and the place of each record."""
    found, told = read_outer(
        "{text: a, from: 3, flag: true, number: 1.5, day: 2026-01-31, basis: observed, many: [a, b], "
        "named: {x: {word: w}}, stated: {is: 4, basis: advisory}, open: {a: [1]}, own: [b]}"
    )
    assert told == []
    assert (found.text, found.from_, found.flag, found.number) == ("a", 3, True, 1.5)
    assert (found.day, found.basis, found.many) == (date(2026, 1, 31), Basis.OBSERVED, ("a", "b"))
    assert found.named["x"].word == "w"
    assert found.named["x"].place == Place(1, 104)
    assert (found.stated.is_, found.stated.basis, found.open) == (4, Basis.ADVISORY, {"a": [1]})


def test_a_constraint_may_be_written_plainly() -> None:
    """Then it has no provenance of its own."""
    found, _ = read_outer("{text: a, stated: 4}")
    assert (found.stated.is_, found.stated.basis, found.stated.place) == (4, None, Place(1, 19))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]", "1:1 E203 the thing must be a mapping"),
        ("{txt: a}", "1:2 E201 the thing has no key 'txt'"),
        ("{flag: true}", "1:1 E202 the thing needs the key 'text'"),
        ("{text: 3}", "1:8 E203 the key 'text' must be text, this is read as an integer"),
        ("{text: null}", "1:8 E203 the key 'text' must be text, this is read as null"),
        ("{text: [a]}", "1:8 E203 the key 'text' must be text"),
        ("{text: a, from: x}", "1:17 E203 the key 'from' must be an integer, this is text"),
        ("{text: a, from: true}", "1:17 E203 the key 'from' must be an integer, this is true or false"),
        ("{text: a, from: 1.0}", "1:17 E203 the key 'from' must be an integer, this is a number"),
        ("{text: a, flag: 1}", "1:17 E203 the key 'flag' must be true or false, this is an integer"),
        ("{text: a, number: {}}", "1:19 E203 the key 'number' must be a number, this is a mapping"),
        ("{text: a, day: tomorrow}", "1:16 E203 the key 'day' must be a date, as in 2026-11-22"),
        ("{text: a, day: 20260131}", "1:16 E203 the key 'day' must be a date, as in 2026-11-22"),
        ("{text: a, day: 2026-02-30}", "1:16 E203 the key 'day' must be a date, as in 2026-11-22"),
        ("{text: a, basis: guessed}", "1:18 E204 the key 'basis' is 'guessed', which is none of documented"),
        ("{text: a, many: b}", "1:17 E203 the key 'many' must be a list"),
        ("{text: a, many: [b, 1]}", "1:21 E203 an item of the key 'many' must be text, this is read as an integer"),
        ("{text: a, named: [b]}", "1:18 E203 the key 'named' must be a mapping"),
        ("{text: a, named: {x: {}}}", "1:22 E202 'x' in the key 'named' needs the key 'word'"),
        ("{text: a, stated: {is: x}}", "1:24 E203 the key 'stated' must be an integer, this is text"),
        ("{text: a, stated: {basis: observed}}", "1:19 E203 the key 'stated' must be an integer, this is a mapping"),
    ],
)
def test_what_does_not_fit_is_told_and_left_out(text: str, problem: str) -> None:
    """At its place, and with what it is and what it should be; there is no record without what it needs."""
    found, told = read_outer(text)
    assert [one for one in told if one.startswith(problem)], told
    bare, _ = read_outer("{text: a}")
    assert found == bare if text.startswith("{text: a,") else found is UNREADABLE


def test_everything_wrong_is_told_at_once() -> None:
    """Reading goes on after the first problem."""
    _, told = read_outer("{txt: a, flag: 1, many: b}")
    assert [one.split()[1] for one in told] == ["E201", "E203", "E203", "E202"]


def test_an_unknown_key_is_told_and_passed_over() -> None:
    """So that what else is wrong in its record is told as well."""
    found, told = read_outer("{text: a, stated: {is: 1, bases: observed}}")
    assert found.stated.is_ == 1
    assert [one.partition(";")[0] for one in told] == ["1:27 E201 the key 'stated' has no key 'bases'"]


def test_text_that_yaml_makes_a_number_is_to_be_quoted() -> None:
    """The help shows how."""
    report = Report()
    node = parse("{text: 1.10}", report)
    assert node is not None
    read(node, Outer, report, "the thing")
    assert [one.help for one in report.problems] == ["quote it: '1.10'"]
