"""The vocabulary that both readings share, by example; its laws are under ``property/``."""

from __future__ import annotations

import enum
import os
import subprocess
import sys

import pytest

from safelight.vocabulary import checks
from safelight.vocabulary.free_sizes import SizeLimits, nearest_size


class Tone(enum.StrEnum):
    """A caller's own names for values."""

    LOW = "low"


class Half(float):
    """A caller's own kind of number, that writes itself in its own way."""

    def __repr__(self) -> str:
        return "one half"


def test_subclasses_are_what_they_stand_for() -> None:
    """An enum's member is its text and a caller's float its number, as JSON writes them."""
    assert checks.same(Tone.LOW, "low")
    assert checks.same("low", Tone.LOW)
    assert checks.is_multiple(Half(0.5), 0.1)
    assert checks.nearest_number(Half(0.25), None, None, 0.1) == 0.2


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "an integer"),
        (1.0, "a decimal number"),
        ("", "a string"),
        ([], "an array"),
        ((), "an array"),
        ({}, "an object"),
        (b"", "a Python bytes"),
        (set[int](), "a Python set"),
    ],
    ids=repr,
)
def test_types_have_names(value: object, word: str) -> None:
    """As JSON calls them; what JSON has no name for is called by its Python type."""
    assert checks.type_word(value) == word


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb", '"a\\nb"'),
        ("ä", '"ä"'),
        ("\ud800", '"\\ud800"'),
        (None, "null"),
        (True, "true"),
        (0.1, "0.1"),
        (10**80, "an integer of 266 bits"),
        (float("inf"), "Infinity"),
        ([1, "a"], '[1, "a"]'),
        (object, "a Python type"),
        ("x" * 99, f'"{"x" * 58}…'),
    ],
    ids=ascii,
)
def test_values_are_shown_as_json_on_one_short_line(value: object, text: str) -> None:
    """Cut at 60 characters, and always fit to be printed."""
    assert checks.shown(value) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [((), "nothing"), (("a",), '"a"'), (("a", "b"), '"a" or "b"'), ((1, 2, 4), "1, 2 or 4")],
)
def test_lists_are_english(values: tuple[object, ...], text: str) -> None:
    """With commas, and a word before the last."""
    assert checks.listed(values) == text
    assert checks.listed(("a", "b"), "and") == '"a" and "b"'


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1024x768", (1024, 768)),
        ("1024 X 768", (1024, 768)),
        ("1024×768", (1024, 768)),
        ("1024*768", (1024, 768)),
        ("16:9", (16, 9)),
        ("1024, 768", (1024, 768)),
        ("auto", None),
        ("x", None),
        ("0x0", None),
        ("extra large", None),
    ],
)
def test_what_may_have_been_meant_as_a_size(text: str, size: tuple[int, int] | None) -> None:
    """Capitals, other signs and spaces are understood, for suggestions only."""
    assert checks.meant_edges(text) == size


@pytest.mark.parametrize(
    ("value", "allowed", "nearest"),
    [
        ("hig", ("low", "high"), "high"),
        ("HIGH", ("low", "high"), "high"),
        ("qqq", ("low", "high"), None),
        ("qqq", ("low",), "low"),
        (3, (1, 2, 4), 2),
        (100, (1, 2, 4), 4),
        (True, (1, 2), None),
        ("1000x1000", ("256x256", "1024x1024", "auto"), "1024x1024"),
        ("1792×1024", ("1024x1024", "1792x1024"), "1792x1024"),
        ("16x48", ("1024x1024", "1536x1024", "1024x1536"), "1024x1536"),
        ("9999x9999", ("256x256", "512x512", "auto"), "512x512"),
        ("x" * 61, ("x" * 60, "y"), None),
        ([], ("a", "b"), None),
        (10**400, (0.5, 1.5), 1.5),
    ],
)
def test_the_value_that_was_most_likely_meant(value: object, allowed: tuple[object, ...], nearest: object) -> None:
    """The nearest number, the nearest size, the closest spelling; or nothing."""
    assert checks.nearest_value(value, allowed) == nearest


def test_where_nothing_is_legal_nothing_is_suggested() -> None:
    """An empty range has no nearest member."""
    assert nearest_size(10, 10, SizeLimits(min_edge=20, max_edge=10)) is None
    assert nearest_size(10, 10, SizeLimits(min_ratio=(2, 1), max_ratio=(1, 1))) is None
    assert checks.nearest_number(0.5, 0.2, 0.3, 1) is None
    assert checks.nearest_number(10**400, None, None, 0.3) is None


def test_a_hopeless_search_is_given_up() -> None:
    """Limits that leave hardly anything cost a bounded number of steps: counted, not timed."""
    steps = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event == "call"

    sys.setprofile(count)
    try:
        found = nearest_size(16384, 1, SizeLimits(min_ratio=(1, 1000), max_ratio=(1, 1001)))
    finally:
        sys.setprofile(None)
    assert found is None
    assert steps < 4 * 32768


def test_the_module_needs_little_to_be_imported() -> None:
    """It is part of every client, whose import time is a promise: no fractions, no difflib, nothing of the kit."""
    heavy = {"fractions", "decimal", "difflib", "yaml"}
    program = f"import sys, safelight.vocabulary.checks; print(sorted({heavy} & set(sys.modules)))"
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=unmeasured)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("key", "named"),
    [("size", "size"), ("a b", "a b"), ("", '""'), ("a\nb", '"a\\nb"'), (1, "1")],
)
def test_a_field_is_named_so_that_it_can_be_seen(key: object, named: str) -> None:
    """Also one that is empty, or that would change the line it is printed in."""
    assert checks.named(key) == named
