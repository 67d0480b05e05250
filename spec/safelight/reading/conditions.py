"""Reading conditions: mappings of parameters to what they are compared with.

``{background: transparent}``, ``{output_format: [png, webp]}`` and ``{n: {at_most: 1}}`` are tests; several keys in one
mapping must all hold.  ``all``, ``any`` and ``not`` combine conditions; ``sent`` and ``effective`` choose the view;
``count_of`` and ``sum_of`` compare a number made of several parameters, ``pixels_of`` and ``ratio_of`` what two make of
which one is a width and the other a height.  There is no expression text to parse.

A parameter may be followed by a part: ``size.width``, ``size.pixels``, ``size.ratio``, ``prompt.length``,
``images.count``.  Without a view around it, ``when`` looks at what was sent and ``require`` at what is effective; the
model is always the effective one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from safelight.diagnostic import Report, suggest
from safelight.model import (
    ALWAYS,
    All,
    AnyOf,
    Condition,
    CountOf,
    Json,
    Not,
    Operand,
    Operator,
    Part,
    Place,
    SizeOf,
    SumOf,
    Test,
    Type,
    Value,
    View,
)
from safelight.records import dataclass
from safelight.vocabulary.checks import is_number, shown

from .nodes import Entries, Items, Node, Scalar, scalar_to_json

_SIZED: Final[Mapping[str, Part]] = {"pixels_of": Part.PIXELS, "ratio_of": Part.RATIO}
_AGGREGATES: Final = ("count_of", "sum_of", *_SIZED)
RESERVED: Final = ("all", "any", "not", "sent", "effective", *_AGGREGATES)
"""Words of the condition language, which no parameter may be called."""

_PARTS: Final[Mapping[Type, tuple[Part, ...]]] = {
    Type.SIZE: (Part.WIDTH, Part.HEIGHT, Part.PIXELS, Part.RATIO),
    Type.STRING: (Part.LENGTH,),
    Type.ARRAY: (Part.COUNT,),
}
_NUMERIC: Final = (Operator.AT_LEAST, Operator.AT_MOST, Operator.ABOVE, Operator.BELOW, Operator.MULTIPLE_OF)
_OPERATORS: Final = ("is", "is_not", *(operator.value for operator in Operator))


def ratio(text: object) -> Fraction | None:
    """Read ``"3:1"`` as an exact fraction; None when *text* is not of that form."""
    if not isinstance(text, str):
        return None
    left, colon, right = text.partition(":")
    digits = left.isascii() and left.isdigit() and right.isascii() and right.isdigit()
    return Fraction(int(left), int(right)) if colon and digits and int(right) and int(left) else None


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one operation.

    Attributes:
        report: Collects the problems.
        types: The type of each parameter.
        members: Every family and model name, with the canonical models it stands for.
        model_parameter: The parameter that chooses the model, if any.
    """

    report: Report
    types: Mapping[str, Type]
    members: Mapping[str, tuple[str, ...]]
    model_parameter: str | None

    def read(self, node: Node | None, view: View) -> Condition:
        """Read a condition; None reads as one that always holds.  Problems are reported, and read as always."""
        if node is None:
            return ALWAYS
        if not isinstance(node, Entries):
            self.report.add(node.place, "E203", "a condition must be a mapping of parameters to values")
            return ALWAYS
        if any(node.get(key) is not None for key in _AGGREGATES):
            return self._aggregate(node, view)
        found = tuple(one for key, value in node.entries if (one := self._entry(key, value, view)) is not None)
        return found[0] if len(found) == 1 else All(found)

    def _entry(self, key: Scalar, value: Node, view: View) -> Condition | None:
        match key.text:
            case "all":
                return All(self._conditions(value, view))
            case "any":
                return AnyOf(self._conditions(value, view))
            case "not":
                return Not(self.read(value, view))
            case "sent":
                return self.read(value, View.SENT)
            case "effective":
                return self.read(value, View.EFFECTIVE)
            case path:
                operand = self._value(path, key.place, view)
                return None if operand is None else self._tests(operand, value)

    def _conditions(self, node: Node, view: View) -> tuple[Condition, ...]:
        if not isinstance(node, Items) or not node.items:
            self.report.add(node.place, "E203", "all and any take a list of conditions")
            return ()
        return tuple(self.read(item, view) for item in node.items)

    def _value(self, path: str, place: Place, view: View) -> Value | None:
        name, dot, part = path.partition(".")
        if name not in self.types:
            self.report.add(place, "E301", f"there is no parameter {name!r}", suggest(name, (*self.types, *RESERVED)))
            return None
        if name == self.model_parameter:
            view = View.EFFECTIVE
        if not dot:
            return Value(name, view)
        parts = _PARTS.get(self.types[name], ())
        if part not in parts:
            known = ", ".join(parts) or "no parts"
            self.report.add(
                place, "E301", f"a parameter of type {self.types[name]} has {known}, not {part!r}", suggest(part, parts)
            )
            return None
        return Value(name, view, Part(part))

    def _aggregate(self, node: Entries, view: View) -> Condition:
        """Read a comparison of what several parameters make together."""
        keys = [key for key in _AGGREGATES if node.get(key) is not None]
        key, listed = keys[0], node.get(keys[0])
        rest = Entries(tuple(entry for entry in node.entries if entry[0].text not in _AGGREGATES), node.place)
        paths = listed.items if isinstance(listed, Items) else ()
        if not paths or not all(isinstance(path, Scalar) for path in paths):
            self.report.add(node.place, "E203", f"{key} takes a list of parameters")
            return ALWAYS
        if len(keys) > 1:
            words = " and ".join(keys)
            self.report.add(node.place, "E205", f"{words} are conditions of their own; combine them with all or any")
        values = tuple(
            value
            for path in paths
            if isinstance(path, Scalar) and (value := self._counted(key, path.text, path.place, view))
        )
        if not rest.entries:
            self.report.add(node.place, "E202", f"{key} needs a comparison beside it, as in at_most: 1")
        if key == "count_of":
            return self._operators(CountOf(tuple(value.parameter for value in values)), rest)
        if key == "sum_of":
            return self._operators(SumOf(values), rest)
        if len(paths) != 2:
            self.report.add(node.place, "E203", f"{key} takes two parameters, a width and a height")
        return self._operators(SizeOf(values[0], values[1], _SIZED[key]), rest) if len(values) == 2 else ALWAYS

    def _counted(self, key: str, path: str, place: Place, view: View) -> Value | None:
        """Read a parameter that goes into a count, a sum or a size."""
        value = self._value(path, place, view)
        if value is None:
            return None
        if key == "count_of" and value.part is not None:
            self.report.add(place, "E504", "count_of counts whole parameters")
        if key == "sum_of" and not self._is_numeric(value):
            self.report.add(place, "E504", f"sum_of adds numbers, {path!r} is none")
        if key in _SIZED and (value.part is not None or self.types[value.parameter] is not Type.INTEGER):
            hint = f"write {path}.{_SIZED[key]}" if self.types[value.parameter] is Type.SIZE else ""
            self.report.add(place, "E504", f"{key} takes edges in pixels, {path!r} is no integer", hint)
        return value

    def _tests(self, operand: Value, node: Node) -> Condition:
        match node:
            case Scalar():
                return self._test(operand, Operator.IN, node, (node,))
            case Items(items):
                return self._test(operand, Operator.IN, node, items)
            case Entries():
                return self._operators(operand, node)

    def _operators(self, operand: Operand, node: Entries) -> Condition:
        tests: list[Condition] = []
        if not node.entries:
            self.report.add(node.place, "E202", f"a comparison is missing; the operators are {', '.join(_OPERATORS)}")
        for key, value in node.entries:
            match key.text:
                case "is":
                    tests.append(self._test(operand, Operator.IN, value, (value,)))
                case "is_not":
                    tests.append(self._test(operand, Operator.NOT_IN, value, (value,)))
                case ("in" | "not_in") as name:
                    items = value.items if isinstance(value, Items) else (value,)
                    tests.append(self._test(operand, Operator(name), value, items))
                case name if name in _OPERATORS:
                    tests.append(self._test(operand, Operator(name), value, (value,)))
                case name:
                    self.report.add(
                        key.place,
                        "E201",
                        f"there is no operator {name!r}",
                        suggest(name, _OPERATORS) or f"the operators are {', '.join(_OPERATORS)}",
                    )
        return tests[0] if len(tests) == 1 else All(tuple(tests))

    def _test(self, operand: Operand, operator: Operator, node: Node, items: tuple[Node, ...]) -> Test:
        values = tuple(self._operand_value(operand, item) for item in items)
        if not values:
            self.report.add(node.place, "E504", "a list of values is empty")
        if operator is Operator.PRESENT:
            if not isinstance(values[0], bool) or not isinstance(operand, Value):
                self.report.add(node.place, "E504", "present takes true or false, and stands for a parameter")
            return Test(operand, operator, values[0], node.place)
        if operator in _NUMERIC:
            self._check_number(operand, operator, values[0], node.place)
            return Test(operand, operator, values[0], node.place)
        if not isinstance(operand, Value) or operand.part is not None:
            self._check_counts(values, node.place)
        elif operand.parameter == self.model_parameter:
            values = self._models(values, node.place)
        return Test(operand, operator, values, node.place)

    def _operand_value(self, operand: Operand, node: Node) -> Json | Fraction:
        value = scalar_to_json(node, self.report) if isinstance(node, Scalar) else None
        if value is None:
            self.report.add(
                node.place,
                "E504",
                "a condition compares with text, numbers, true or false",
                "write {present: false} for not sent",
            )
        if isinstance(operand, Value | SizeOf) and operand.part is Part.RATIO:
            found = ratio(value)
            if found is None:
                self.report.add(node.place, "E504", 'a ratio is written as "3:1"')
            return found
        return value

    def _check_number(self, operand: Operand, operator: Operator, value: Json | Fraction, place: Place) -> None:
        if not isinstance(value, int | float | Fraction) or isinstance(value, bool) or not self._is_numeric(operand):
            self.report.add(place, "E504", f"{operator} compares numbers")
        elif operator is Operator.MULTIPLE_OF and (isinstance(value, Fraction) or value <= 0):
            self.report.add(place, "E504", "multiple_of takes a number above 0, and no ratio")

    def _check_counts(self, values: tuple[Json | Fraction, ...], place: Place) -> None:
        """Report what a part, a count or a sum can never be, since each of them is a number."""
        for value in values:
            if value is not None and not isinstance(value, Fraction) and not is_number(value):
                self.report.add(place, "E504", f"what is compared here is a number, and never {shown(value)}")

    def _is_numeric(self, operand: Operand) -> bool:
        return not (
            isinstance(operand, Value)
            and operand.part is None
            and self.types[operand.parameter] not in {Type.INTEGER, Type.NUMBER}
        )

    def _models(self, names: tuple[Any, ...], place: Place) -> tuple[str, ...]:
        return models_of(names, self.members, place, self.report)


def models_of(
    names: tuple[Any, ...], members: Mapping[str, tuple[str, ...]], place: Place, report: Report
) -> tuple[str, ...]:
    """Expand families and models to canonical models, each once; unknown names are reported."""
    models: dict[str, None] = {}
    for name in names:
        if name not in members:
            report.add(place, "E301", f"there is no family or model {name!r}", suggest(str(name), members))
        elif len(names) == 1:
            return members[name]  # shared: a thousand rules about one family keep one tuple
        models.update(dict.fromkeys(members.get(name, ())))
    return tuple(models)
