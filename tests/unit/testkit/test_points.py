"""The values that show a constraint: exactly those that a careful tester would write by hand."""

from __future__ import annotations

import pytest

from safelight.judging.judge import judge
from safelight.judging.lens import enforce
from safelight.model import ABSENT
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.points import Point, Side, Unbroken, points
from tests.strategies import SPEC_FILES, subject
from tests.unit.spec.fragments import spec_with


def points_of(parameter: str, kind: str = "", *, foreign: tuple[object, ...] = ()) -> list[Point | Unbroken]:
    """The points of the parameter ``x``, of one kind of constraint or of all."""
    spec = spec_with(f"x: {{ doc: A., {parameter} }}" if "\n" not in parameter else parameter)
    subject_ = Subject(spec, spec.operations["draw"])
    enforced = subject_.enforced(subject_.columns[0])["x"]
    return [point for point in points(enforced, foreign) if point.constraint.endswith(kind)]


def values(found: list[Point | Unbroken], side: Side, *, border: bool | None = None) -> list[object]:
    """The values of one side, of all points or of those on a border."""
    return [
        point.value
        for point in found
        if isinstance(point, Point) and point.side is side and border in {None, point.border}
    ]


BORDERS: list[tuple[str, str, list[object], list[object]]] = [
    ("type: integer, minimum: 1, maximum: 10", ".minimum", [1], [0]),
    ("type: integer, minimum: 1, maximum: 10", ".maximum", [10], [11]),
    ("type: integer, minimum: 1, maximum: 10, multiple_of: 4", ".minimum", [4], [0]),
    ("type: integer, minimum: 1, maximum: 10, multiple_of: 4", ".maximum", [8], [12]),
    ("type: integer, minimum: 1, maximum: 10, multiple_of: 4", ".multiple_of", [4], [6]),
    ("type: number, minimum: 0.5, maximum: 2", ".minimum", [0.5], [0.45]),
    ("type: number, minimum: 0.5, maximum: 2", ".maximum", [2], [2.05]),
    ("type: number, minimum: 0, maximum: 1, multiple_of: 0.1", ".maximum", [1], [1.1]),
    ("type: string, min_length: 2", ".min_length", ["aa", "🦊🦊"], ["a"]),
    ("type: string, max_length: 3", ".max_length", ["a f", "🦊🦊🦊"], ["a fo"]),
    ("type: string, max_length: 4, unit: bytes", ".max_length", ["a fo", "🦊"], ["a fox", "🦊a"]),
    ("type: string, max_length: 3, unit: utf-16 units", ".max_length", ["a f", "🦊a"], ["a fo", "🦊🦊"]),
    ("type: array, max_items: 2, items: { type: integer, doc: A. }", ".max_items", [[0, 0]], [[0, 0, 0]]),
    ("type: array, min_items: 1, items: { type: boolean, doc: A. }", ".min_items", [[False]], [[]]),
]


@pytest.mark.parametrize(
    ("parameter", "kind", "kept", "broken"),
    BORDERS,
    ids=[f"{kind} of {parameter}" for parameter, kind, _, _ in BORDERS],
)
def test_both_sides_of_a_border_are_shown(parameter: str, kind: str, kept: list[object], broken: list[object]) -> None:
    """The last legal value and the first illegal one, by the constraint's own step and unit."""
    found = points_of(parameter, kind)

    assert values(found, Side.KEPT, border=True) == kept
    assert values(found, Side.BROKEN, border=True) == broken


def test_every_listed_value_is_kept_and_a_near_miss_is_not() -> None:
    """All values pass; misspelt ones, the other case and values of other models do not, the latter first."""
    found = points_of("type: string, values: [png, jpeg]", ".values", foreign=("gif",))

    assert values(found, Side.KEPT) == ["png", "jpeg"]
    assert values(found, Side.BROKEN) == ["gif", "pngx", "PNG", "Png", " png"]


def test_listed_numbers_are_missed_by_one() -> None:
    """The neighbours of listed numbers that are not listed themselves."""
    found = points_of("type: integer, values: [1, 2, 5]", ".values")

    assert values(found, Side.BROKEN) == [0, 3, 6, 4]


def test_a_size_breaks_one_limit_at_a_time() -> None:
    """A size too wide is on the grid and not too large; a size off the grid is not too wide."""
    limits = "multiple_of: 16, max_edge: 512, max_ratio: '3:1', min_ratio: '1:3', min_pixels: 4096, max_pixels: 250000"
    found = points_of(f"type: size, grammar: WIDTHxHEIGHT, {limits}")

    kinds = {point.constraint for point in found if isinstance(point, Point) and point.side is Side.BROKEN}
    assert {"draw.x.multiple_of", "draw.x.max_edge", "draw.x.max_ratio", "draw.x.min_ratio"} <= kinds
    assert {"draw.x.min_pixels", "draw.x.max_pixels", "draw.x.grammar"} <= kinds
    assert all(point.breaks == (point.constraint,) for point in found if isinstance(point, Point) and point.breaks)
    assert values(points_of("type: size, grammar: WIDTHxHEIGHT, max_ratio: '3:1'", ".max_ratio"), Side.KEPT) == ["3x1"]


def test_what_is_no_size_is_written_in_many_ways() -> None:
    """Other separators, signs, blanks, line ends, leading zeros, other digits: each by itself is no size."""
    broken = values(points_of("type: size, grammar: WIDTH:HEIGHT, values: [auto]", ".grammar"), Side.BROKEN)

    assert {"1x1", "1X1", "01:1", " 1:1", "1:1\n", "1 : 1", "1:", "1:1:1", "+1:1", "0:0", "", "autox"} <= set(broken)
    assert "\N{FULLWIDTH DIGIT ONE}:\N{FULLWIDTH DIGIT ONE}" in broken


def test_each_json_type_is_tried_where_it_does_not_belong() -> None:
    """Of the six types that are not null, those that the parameter does not take; 1.0 is an integer."""
    found = points_of("type: integer", ".type")

    assert values(found, Side.BROKEN) == ["0", True, 1.5, "seven", [], {}]
    assert [repr(value) for value in values(found, Side.KEPT)] == ["ABSENT", "None", "0.0"]


def test_absence_and_null_are_on_the_side_that_the_spec_puts_them() -> None:
    """A required parameter must be sent and must not be null; an optional one may be left out."""
    required = points_of("type: string, required: true")
    nullable = points_of("type: string, required: true, nullable: true")
    strict = points_of("type: string, nullable: false")

    broken = [(point.constraint, point.value) for point in required if isinstance(point, Point) and point.breaks]
    assert broken[:2] == [("draw.x.required", ABSENT), ("draw.x.nullable", None)]
    assert [
        point.value for point in nullable if point.constraint.endswith("required") and isinstance(point, Point)
    ] == [
        *("a fox", ABSENT, None),
    ]
    assert next(point.value for point in strict if isinstance(point, Point) and point.breaks) is None


def test_nested_constraints_are_shown_inside_the_smallest_container() -> None:
    """Items and members have their own ids; what surrounds them is legal and as small as it may be."""
    found = points_of(
        """
        x:
          type: array
          doc: A.
          min_items: 2
          items:
            type: object
            doc: A.
            members: { url: { type: string, doc: A., required: true, max_length: 3 } }
        """
    )
    shown = {(point.constraint, repr(point.value)) for point in found if isinstance(point, Point)}

    assert ("draw.x[].url.required", "[{}, {'url': ''}]") in shown
    assert ("draw.x[].url.max_length", "[{'url': 'a fo'}, {'url': ''}]") in shown
    assert ("draw.x[].unknown_members", "[{'url': '', 'unlisted_member': True}, {'url': ''}]") in shown
    assert ("draw.x[].type", "[True, {'url': ''}]") in shown


@pytest.mark.parametrize(
    ("parameter", "constraint", "certain"),
    [
        ("type: boolean, values: [true, false]", "draw.x.values", True),
        ("type: string, min_length: 0", "draw.x.min_length", True),
        ("type: size, grammar: WIDTHxHEIGHT, min_edge: 1", "draw.x.min_edge", True),
        ("type: size, grammar: WIDTHxHEIGHT, multiple_of: 1", "draw.x.multiple_of", True),
        ("type: integer, values: [2, 3], minimum: 2", "draw.x.minimum", True),
        ("type: string, pattern: '[\\s\\S]*'", "draw.x.pattern", False),
    ],
)
def test_what_no_value_breaks_is_said_and_not_dropped(parameter: str, constraint: str, *, certain: bool) -> None:
    """A constraint that asks nothing is named; whether it cannot be broken, or was not, is told apart."""
    found = [point for point in points_of(parameter) if isinstance(point, Unbroken)]

    assert [(one.constraint, one.certain) for one in found] == [(constraint, certain)]
    assert found[0].why


def test_a_value_that_must_break_two_constraints_says_so() -> None:
    """Where a constraint cannot be broken alone, the point tells what else breaks."""
    found = points_of("type: string, pattern: '[a-z]{1,3}', min_length: 1", ".min_length")

    assert [point.breaks for point in found if isinstance(point, Point) and point.side is Side.BROKEN] == [
        ("draw.x.min_length", "draw.x.pattern"),
    ]


def test_points_of_every_spec_are_on_the_side_they_name() -> None:
    """Judged anew, each kept value breaks nothing, and each broken one what it says, its constraint among it."""
    for path in SPEC_FILES:
        whole = Subject(subject(path).spec, subject(path).operation, basis=("documented", "observed", "advisory"))
        for column in whole.columns:
            for name, parameter in column.table.parameters.items():
                enforced = enforce(parameter, column.table.name, whole.lens)
                for point in points(enforced):
                    if isinstance(point, Point):
                        breaks = tuple(fault.rule for fault in judge(enforced, point.value, name))
                        assert breaks == point.breaks
                        assert (point.constraint in breaks) is (point.side is Side.BROKEN)
