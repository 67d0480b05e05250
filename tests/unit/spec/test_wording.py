"""Constraints and rules in English: one clause each, the same in messages, docstrings and docs."""

from __future__ import annotations

import pytest

from safelight.judging.interpret import violations
from tests.unit.spec.fragments import spec_with

CLAUSES = {
    "type: integer, minimum: 1": "x must be at least 1",
    "type: number, maximum: 0.5": "x must be at most 0.5",
    "type: number, multiple_of: 0.1": "x must be a multiple of 0.1",
    "type: string, values: [a]": 'x must be "a"',
    "type: string, values: [a, b]": 'x must be "a" or "b"',
    "type: integer, values: [1, 2, 4]": "x must be 1, 2 or 4",
    "type: string, min_length: 1": "x must have at least 1 code point",
    "type: string, max_length: 2, unit: bytes": "x must have at most 2 bytes",
    "type: string, max_length: 1, unit: bytes": "x must have at most 1 byte",
    "type: string, max_length: 3, unit: utf-16 units": "x must have at most 3 utf-16 units",
    "type: string, pattern: '[a-z]+'": "x must match [a-z]+",
    "type: array, min_items: 1, items: { type: string, doc: D. }": "x must have at least 1 item",
    "type: array, max_items: 2, items: { type: string, doc: D. }": "x must have at most 2 items",
    "type: size, grammar: WIDTHxHEIGHT, values: [auto]": 'x must be "auto" or WIDTHxHEIGHT',
    "type: size, grammar: 'WIDTH*HEIGHT'": "x must be WIDTH*HEIGHT",
    "type: size, grammar: WIDTHxHEIGHT, multiple_of: 16": "x must have a width and a height divisible by 16",
    "type: size, grammar: WIDTHxHEIGHT, min_edge: 8": "x must have edges of at least 8 pixels",
    "type: size, grammar: WIDTHxHEIGHT, max_edge: 8": "x must have edges of at most 8 pixels",
    "type: size, grammar: WIDTHxHEIGHT, min_pixels: 8": "x must have at least 8 pixels in all",
    "type: size, grammar: WIDTHxHEIGHT, max_pixels: 8": "x must have at most 8 pixels in all",
    "type: size, grammar: WIDTHxHEIGHT, min_ratio: '2:6'": "x must have a ratio of width to height of at least 1:3",
    "type: size, grammar: WIDTHxHEIGHT, max_ratio: '3:1'": "x must have a ratio of width to height of at most 3:1",
    "type: integer": "x must be an integer",
    "type: number": "x must be a number",
    "type: string": "x must be a string",
    "type: boolean": "x must be true or false",
    "type: array, items: { type: string, doc: D. }": "x must be an array",
    "type: object, members: {}": "x must be an object",
}


@pytest.mark.parametrize(("keys", "clause"), CLAUSES.items())
def test_constraints_in_english(keys: str, clause: str) -> None:
    """A clause without a full stop, that names the parameter."""
    spec = spec_with(f"x: {{ doc: D., {keys} }}")
    assert spec.operations["draw"].tables["biro"].parameters["x"].constraints[-1].requirement == clause


def test_presence_in_english() -> None:
    """Who takes a parameter, and whether it must be there."""
    spec = spec_with("""
        a: { type: string, doc: D., required: true }
        b: { type: string, doc: D., applies_to: [pen, brush] }
        c: { type: string, doc: D., since: 2026-01-01 }
        d: { type: string, doc: D., until: 2026-07-01 }
        e: { type: string, doc: D., since: 2026-01-01, until: 2026-07-01 }
        f: { type: string, doc: D., per_model: { pen: { max_length: 1 }, brush: { max_length: 2 } } }
    """)
    tables = spec.operations["draw"].tables

    def clauses(name: str, table: str = "biro") -> list[str]:
        return [one.requirement for one in tables[table].parameters[name].constraints]

    assert clauses("a")[:2] == ["a must be sent", "a must not be null"]
    assert clauses("b")[0] == "b is only for Pens and brush"
    assert [clauses(name)[0] for name in "cde"] == [
        "c is known from 2026-01-01 on",
        "d is known until 2026-07-01",
        "e is known from 2026-01-01 on and until 2026-07-01",
    ]
    assert clauses("f")[-1] == "f must have at most 1 code point for Pens"
    assert clauses("f", "brush")[-1] == "f must have at most 2 code points for brush"


PARAMETERS = """
n: { type: integer, doc: D. }
tone: { type: string, doc: D., values: [low, high, mid] }
size: { type: size, doc: D., grammar: WIDTHxHEIGHT }
soft: { type: boolean, doc: D. }
"""


@pytest.mark.parametrize(
    ("form", "clause"),
    [
        ("when: { soft: true }, require: { tone: [low, mid] }", 'soft true needs tone "low" or "mid"'),
        ("require: { n: { at_most: 2 } }", "the request needs n at most 2"),
        ("when: { n: { above: 1 } }, require: { tone: { present: false } }", "n above 1 needs no tone"),
        ("when: { tone: { is_not: low } }, require: { soft: { present: true } }", 'tone other than "low" needs soft'),
        ('when: { size.ratio: { above: "2:1" } }, require: { n: 1 }', "ratio of size above 2:1 needs n 1"),
        ('when: { size.ratio: "2:2" }, require: { n: 1 }', 'ratio of size "1:1" needs n 1'),
        (
            "when: { any: [{ soft: true }, { n: 1 }] }, require: { all: [{ tone: low }, { not: { size: 8x8 } }] }",
            'soft true or n 1 needs tone "low" and not (size "8x8")',
        ),
        ("when: { count_of: [n, soft], at_least: 2 }, require: { tone: low }", None),
        (
            "require: { sum_of: [n, size.width], at_most: 9 }",
            "the request needs a sum of n and width of size at most 9",
        ),
        ("require: { pixels_of: [n, n], at_most: 3 }", "the request needs a product of n and n at most 3"),
        ('when: { ratio_of: [n, n], above: "1:2" }, require: { n: 1 }', "a ratio of n to n above 1:2 needs n 1"),
        ("at_most_one: [n, soft, tone]", "at most one of n, soft and tone may be sent"),
        ("exactly_one: [n, soft]", "exactly one of n and soft must be sent"),
        ("require: { n: 1 }, message: n is always 1", "n is always 1"),
    ],
)
def test_rules_in_english(form: str, clause: str | None) -> None:
    """Made from the conditions, unless the spec has better words."""
    rules = f"- {{ id: a-rule, {form}, why: D., accepts: [{{ prompt: x }}], rejects: [{{ prompt: y }}] }}"
    (rule,) = spec_with(PARAMETERS, rules).operations["draw"].rules
    assert rule.requirement == (clause or 'a number of n and soft at least 2 needs tone "low"')


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        ("type: integer, maximum: 9", 10, "x must be at most 9, got 10"),
        ("type: integer", "ten", 'x must be an integer, got "ten"'),
        ("type: integer", [10], "x must be an integer, got an array"),
        ("type: integer", float("nan"), "x must be an integer, got NaN"),
        ("type: string", b"x", "x must be a string, got a Python bytes"),
        ("type: string, max_length: 2", "xyz", "x must have at most 2 code points, got 3"),
        ("type: array, max_items: 0, items: { type: string, doc: D. }", ["a"], "x must have at most 0 items, got 1"),
        ("type: string, applies_to: [wet]", "a", "x is only for Wet ones, not for biro"),
        ("type: integer, minimum: 1", -(10**100), "x must be at least 1, got an integer of 333 bits"),
        ("type: string, values: [a]", "b" * 100, f'x must be "a", got "{"b" * 58}…'),
    ],
)
def test_messages_end_with_what_was_found(keys: str, value: object, message: str) -> None:
    """Short, on one line, whatever was sent."""
    spec = spec_with(f"x: {{ doc: D., {keys} }}")
    assert [one.message for one in violations(spec, spec.operations["draw"], {"x": value})] == [message]
