"""One value and the constraints of one parameter: each kind of constraint from both sides of its border."""

from __future__ import annotations

import pytest

from safelight.judging.interpret import violations
from tests.unit.spec.fragments import spec_with

LEGAL: list[str] = []

BORDERS: dict[str, tuple[str, list[object], list[tuple[object, str]]]] = {
    "minimum": ("type: integer, minimum: 3", [3, 3.0, 4, 10**400], [(2, "minimum"), (-(10**400), "minimum")]),
    "maximum": ("type: number, maximum: 0.5", [0.5, -1e308, 0], [(0.51, "maximum"), (1, "maximum")]),
    "multiple_of": ("type: number, multiple_of: 0.1", [0.3, 0.7, 3, -0.1, 0], [(0.35, "multiple_of")]),
    "multiple_of of integers": ("type: integer, multiple_of: 4", [0, 8, -4, 8.0], [(6, "multiple_of")]),
    "integer": (
        "type: integer",
        [0, -1, 1.0, 2**70],
        [(True, "type"), (1.5, "type"), ("1", "type"), (float("nan"), "type"), (float("inf"), "type"), ([], "type")],
    ),
    "number": ("type: number", [0, 0.5, 1e308], [(False, "type"), ("0.5", "type"), (float("nan"), "type")]),
    "string": ("type: string", ["", "x", "\ud800"], [(b"x", "type"), (1, "type"), (["x"], "type"), ({}, "type")]),
    "boolean": ("type: boolean", [True, False], [(0, "type"), ("true", "type"), (1.0, "type")]),
    "values of strings": ("type: string, values: [low, high]", ["low"], [("LOW", "values"), ("", "values")]),
    "values of numbers": ("type: number, values: [1, 2.5]", [1, 1.0, 2.5], [(2, "values"), (True, "type")]),
    "values of booleans": ("type: boolean, values: [true]", [True], [(False, "values"), (1, "type")]),
    "min_length": ("type: string, min_length: 2", ["xy", "\N{FOX FACE}x"], [("x", "min_length")]),
    "max_length in code points": ("type: string, max_length: 2", ["xy", "\N{FOX FACE}" * 2], [("xyz", "max_length")]),
    "max_length in UTF-16 units": (
        "type: string, max_length: 2, unit: utf-16 units",
        ["xy", "\N{FOX FACE}"],
        [("\N{FOX FACE}x", "max_length")],
    ),
    "max_length in bytes": (
        "type: string, max_length: 2, unit: bytes",
        ["xy", "ä"],
        [("äx", "max_length"), ("\N{FOX FACE}", "max_length")],
    ),
    "pattern": (
        'type: string, pattern: "[0-9a-f]{8}"',
        ["0123abcd"],
        [("0123ABCD", "pattern"), ("0123abcde", "pattern"), ("0123abcd\n", "pattern")],
    ),
    "min_items": ("type: array, min_items: 1, items: { type: string, doc: D. }", [["x"]], [([], "min_items")]),
    "max_items": ("type: array, max_items: 1, items: { type: string, doc: D. }", [[], [""]], [(["", ""], "max_items")]),
    "listed sizes": ("type: size, values: [8x8, auto]", ["8x8", "auto"], [("8X8", "values"), ("9x9", "values")]),
    "grammar": (
        "type: size, grammar: WIDTHxHEIGHT, values: [auto]",
        ["auto", "1x1", "999999999x1"],
        [("AUTO", "grammar"), ("0x1", "grammar"), ("1*1", "grammar"), ("1x1 ", "grammar"), ("1000000000x1", "grammar")],
    ),
    "grammar with a star": ('type: size, grammar: "WIDTH*HEIGHT"', ["3*4"], [("3x4", "grammar"), ("*", "grammar")]),
    "grammar with a colon": ('type: size, grammar: "WIDTH:HEIGHT"', ["16:9"], [("16x9", "grammar"), ("1:", "grammar")]),
    "edges on a grid": (
        "type: size, grammar: WIDTHxHEIGHT, multiple_of: 16",
        ["16x32"],
        [("16x33", "multiple_of"), ("33x16", "multiple_of")],
    ),
    "edges": (
        "type: size, grammar: WIDTHxHEIGHT, min_edge: 10, max_edge: 20",
        ["10x20", "20x10"],
        [("9x20", "min_edge"), ("20x9", "min_edge"), ("10x21", "max_edge"), ("21x10", "max_edge")],
    ),
    "pixels": (
        "type: size, grammar: WIDTHxHEIGHT, min_pixels: 100, max_pixels: 120",
        ["10x10", "1x100", "12x10"],
        [("9x11", "min_pixels"), ("11x11", "max_pixels")],
    ),
    "ratios": (
        'type: size, grammar: WIDTHxHEIGHT, min_ratio: "1:3", max_ratio: "7:3"',
        ["1x3", "7x3", "100000001x300000003", "700000000x300000000"],
        [("100000000x300000003", "min_ratio"), ("700000001x300000000", "max_ratio")],
    ),
}  # fmt: skip

CASES = [
    pytest.param(keys, value, expected, id=f"{name}: {repr(value)[:30]!a}")
    for name, (keys, legal, illegal) in BORDERS.items()
    for value, expected in [*((value, None) for value in legal), *illegal]
]


@pytest.mark.parametrize(("keys", "value", "expected"), CASES)
def test_borders(keys: str, value: object, expected: str | None) -> None:
    """What is just inside is legal; what is just outside breaks that one constraint."""
    spec = spec_with(f"x: {{ doc: D., {keys} }}")
    found = violations(spec, spec.operations["draw"], {"x": value})
    assert [one.rule for one in found] == ([] if expected is None else [f"draw.x.{expected}"])


def test_several_constraints_are_all_told_in_their_order() -> None:
    """A size can be off the grid, too large and too wide at once."""
    keys = 'type: size, grammar: WIDTHxHEIGHT, max_ratio: "2:1", max_edge: 64, multiple_of: 8, max_pixels: 64'
    spec = spec_with(f"x: {{ doc: D., {keys} }}")
    found = violations(spec, spec.operations["draw"], {"x": "101x4"})
    assert [one.rule.rpartition(".")[2] for one in found] == ["multiple_of", "max_edge", "max_ratio", "max_pixels"]
    assert {one.nearest for one in found} == {"8x8"}


def test_nothing_more_is_said_of_what_is_no_size() -> None:
    """Edges of something that has none are no fault."""
    spec = spec_with("x: { doc: D., type: size, grammar: WIDTHxHEIGHT, min_edge: 16 }")
    (found,) = violations(spec, spec.operations["draw"], {"x": "16 x 16"})
    assert (found.rule, found.nearest) == ("draw.x.grammar", "16x16")


def test_tokens_are_no_sizes() -> None:
    """Limits on edges, pixels and ratios say nothing about ``auto``."""
    spec = spec_with("x: { doc: D., type: size, grammar: WIDTHxHEIGHT, values: [auto], min_edge: 16, multiple_of: 8 }")
    assert violations(spec, spec.operations["draw"], {"x": "auto"}) == ()


NESTED = """
x:
  type: array
  doc: D.
  max_items: 2
  items:
    type: object
    doc: D.
    members:
      url: { type: string, doc: D., required: true }
      weight: { type: number, doc: D., maximum: 1 }
      tags: { type: array, doc: D., items: { type: string, doc: D., values: [a, b] } }
"""


def test_faults_inside_a_value_are_told_with_their_path() -> None:
    """Each item, each member, in their order, after the faults of the whole and before the next parameter."""
    spec = spec_with(NESTED + "y: { type: integer, doc: D. }")
    value = [{"weight": 2, "url": 1, "wieght": 3}, "no", {"url": "u", "tags": ["a", "c", None]}, {"url": None}]
    found = violations(spec, spec.operations["draw"], {"y": "no", "x": value})
    assert all(one.message.startswith(f"{one.parameter} ") for one in found)
    assert [(one.rule.removeprefix("draw."), one.parameter) for one in found] == [
        ("x.max_items", "x"),
        ("x[].url.type", "x[0].url"),
        ("x[].weight.maximum", "x[0].weight"),
        ("x[].unknown_members", "x[0].wieght"),
        ("x[].type", "x[1]"),
        ("x[].tags[].values", "x[2].tags[1]"),
        ("x[].url.nullable", "x[3].url"),
        ("y.type", "y"),
    ]
    assert found[3].nearest == "weight"


def test_an_object_without_members_has_only_strangers() -> None:
    """An empty list of members names none."""
    spec = spec_with("x: { type: object, doc: D., members: {} }")
    found = violations(spec, spec.operations["draw"], {"x": {"y": 1}})
    assert [(one.rule, one.parameter) for one in found] == [("draw.x.unknown_members", "x.y")]


def test_members_and_items_can_differ_by_model() -> None:
    """Overrides reach what is inside a value."""
    spec = spec_with("""
        x:
          type: array
          doc: D.
          items: { type: integer, doc: D., maximum: 5, per_model: { wet: { maximum: 9 } } }
    """)
    draw = spec.operations["draw"]
    assert [one.rule for one in violations(spec, draw, {"model": "biro", "x": [6]})] == ["draw.x[].maximum"]
    assert violations(spec, draw, {"model": "brush", "x": [6]}) == ()
    assert [one.rule for one in violations(spec, draw, {"model": "brush", "x": [10]})] == ["draw.x[].maximum@wet"]


def test_strange_keys_are_named_safely() -> None:
    """A key may be no text, or one that no terminal should get."""
    spec = spec_with("x: { type: integer, doc: D. }")
    body = {3: 1, "a\x1b[31m": 1, "\ud800": 1, None: 1, "k" * 500: 1, "größe": 1}
    found = violations(spec, spec.operations["draw"], body)
    assert [one.parameter for one in found] == [
        "3",
        '"a\\u001b[31m"',
        '"\\ud800"',
        "null",
        f'"{"k" * 58}…',
        "größe",
    ]
    assert all(one.message.encode() for one in found)
