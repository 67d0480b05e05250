"""The constraints of one parameter in one table, as steps of a function that judges a value of the right type.

What the function refers to, lists of legal values and limits of sizes, is collected as constants that stand before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, assert_never

from safelight.judging.lens import separator_of
from safelight.model import (
    AppliesTo,
    Constraint,
    Dated,
    EdgesMultipleOf,
    Grammar,
    Json,
    KnownModel,
    MaxEdge,
    Maximum,
    MaxItems,
    MaxLength,
    MaxPixels,
    MaxRatio,
    MinEdge,
    Minimum,
    MinItems,
    MinLength,
    MinPixels,
    MinRatio,
    MultipleOf,
    NotNull,
    OfType,
    OneOf,
    Outcome,
    Parameter,
    Pattern,
    Required,
    Unit,
)
from safelight_codegen.names import constant, snake
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import (
    FALSE,
    TRUE,
    Atom,
    Predicate,
    all_of,
    any_of,
    collection,
    negated,
    one_line,
)
from safelight_codegen.python.code.predicates import in_force
from safelight_codegen.python.code.steps import Fault, Line, Return, Step, Steps, when
from safelight_codegen.text import literal

__all__ = ["Content", "Held", "list_name", "told", "wrong"]

_PRESENCE = (Required, Dated, AppliesTo, NotNull, OfType, KnownModel)
_SIZE_LIMITS = (EdgesMultipleOf, MinEdge, MaxEdge, MinRatio, MaxRatio, MinPixels, MaxPixels)


@dataclass(slots=True)
class Held:
    """What a function refers to.

    Attributes:
        constants: By name: the source of the value.
        helpers: By name: a function that makes the limits of a size for one reader.
    """

    constants: dict[str, str] = field(default_factory=dict[str, str])
    helpers: dict[str, view.Helper] = field(default_factory=dict[str, view.Helper])

    def constant(self, name: str, source: str) -> str:
        """Keep a constant and tell its name; one of the same name and another value gets a number."""
        free, number = name, 2
        while self.constants.get(free, source) != source:
            free, number = f"{name}_{number}", number + 1
        self.constants[free] = source
        return free

    def helper(self, name: str, fields: tuple[str, ...]) -> str:
        """Keep a function that makes a `SizeLimits` and tell its name, likewise."""
        made = view.Helper(name=name, fields=fields)
        number = 2
        while self.helpers.get(made.name, made).fields != fields:
            made = view.Helper(name=f"{name}_{number}", fields=fields)
            number += 1
        self.helpers[made.name] = made
        return made.name


def told(
    one: Constraint,
    path: str,
    *,
    value: str = "value",
    found: str = "got(value)",
    tail: str = "",
    allowed: str = "",
    nearest: str = "",
) -> Fault:
    """Make the violation of a constraint; all but the constraint is given as source, see `Fault`."""
    name = one.id.partition("@")[0].partition(".")[2].rpartition(".")[0]
    of_items = "[]" in name  # what is asked of all items is told of the one that is at fault
    return Fault(
        rule=one.id,
        parameter=path,
        value=value,
        requirement=one.requirement.removeprefix(name) if of_items else one.requirement,
        head=f"{{{path}}}" if of_items else "",
        found="" if tail else found,
        tail=tail,
        allowed=allowed,
        nearest=literal(one.replacement) if one.outcome is Outcome.REPLACE else nearest,
        basis=one.provenance.basis.value,
        outcome=one.outcome.value,
    )


class Content:
    """The constraints of one parameter in one table, for the function of a name."""

    def __init__(self, parameter: Parameter, name: str, path: str, held: Held) -> None:
        self._parameter = parameter
        self._name = name
        self._path = path
        self._held = held
        self._constraints = [one for one in parameter.constraints if not isinstance(one.check, _PRESENCE)]
        self._separator = literal(separator_of(parameter))

    def steps(self) -> Steps:
        """Judge each constraint in order."""
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step]:
        parsed = apart = measured = False
        for one in self._constraints:
            if isinstance(one.check, (Grammar, *_SIZE_LIMITS)) and not parsed:
                yield Line(f"size = edges(value, {self._separator})")
                parsed = True
            if isinstance(one.check, _SIZE_LIMITS) and not apart:
                if not self._only_sizes:
                    # A token has no parts, so nothing more is asked of it.
                    yield from when(Atom("size is None"), Return())
                yield Line("width, height = size")
                apart = True
            if isinstance(one.check, MinLength | MaxLength) and one.check.unit is not Unit.CODE_POINTS and not measured:
                yield Line(f"count = length(value, {literal(one.check.unit.value)})")
                measured = True
            if isinstance(one.check, OneOf | Grammar):
                yield from self._choice(one, one.check)
            else:
                yield from when(all_of((in_force(one.provenance), wrong(one))), self._fault(one))

    @property
    def _only_sizes(self) -> bool:
        """Whether a value that gets past the grammar is surely a size, as there are no tokens."""
        return any(
            isinstance(one.check, Grammar) and not one.check.tokens and in_force(one.provenance) == TRUE
            for one in self._constraints
        )

    def _choice(self, one: Constraint, check: OneOf | Grammar) -> Iterator[Step]:
        """A list of legal values.  A fault ends the judging: what comes after speaks of legal values."""
        choices = check.choices if isinstance(check, OneOf) else check.tokens
        if not choices:
            nearest = f"partial(near_size, value, (), {self._limits()})"
            yield from when(
                all_of((in_force(one.provenance), Atom("size is None"))),
                told(one, self._path, nearest=nearest),
                Return(),
            )
            return
        if any(choice.since or choice.until for choice in choices):
            dated = [literal((choice.value, choice.since, choice.until)) for choice in choices]
            yield Line(f"allowed = lens.current(*{self._named(one, dated)})")
            allowed = "allowed"
        else:
            allowed = self._named(one, [literal(choice.value) for choice in choices])
        if isinstance(check, OneOf) and check.any_case:
            wrong = Atom(f"spelled(value, {allowed}) not in {allowed}")
        elif all(isinstance(choice.value, str) for choice in choices):
            wrong = Atom(f"value not in {allowed}")
        else:
            wrong = Atom(f"not any(same(value, legal) for legal in {allowed})")
        nearest = f"partial(nearest_value, value, {allowed})"
        if isinstance(check, Grammar):
            nearest = f"partial(near_size, value, {allowed}, {self._limits()})"
        fault = told(one, self._path, allowed=allowed, nearest=nearest)
        no_size = Atom("size is None") if isinstance(check, Grammar) else TRUE
        yield from when(all_of((in_force(one.provenance), no_size, wrong)), fault, Return())

    def _named(self, one: Constraint, items: list[str]) -> str:
        name = list_name(self._name, one)
        return self._held.constant(
            name, collection(f"{name}: Final = (", items, ")", 0, is_tuple=True).removeprefix(f"{name}: Final = ")
        )

    def _fault(self, one: Constraint) -> Fault:
        """The violation of a constraint of a whole value."""
        match one.check:
            case Minimum() | Maximum() | MultipleOf():
                return told(one, self._path, nearest=self._near_number(one))
            case MinLength(_, unit):
                return told(one, self._path, tail=f", got {{{_length(unit)}}}")
            case MaxLength(limit, unit):
                nearest = f"cut(value, {limit}, {literal(unit.value)})" if one.outcome is Outcome.TRUNCATE else ""
                return told(one, self._path, tail=f", got {{{_length(unit)}}}", nearest=nearest)
            case MinItems():
                return told(one, self._path, tail=", got {len(value)}")
            case MaxItems(limit):
                nearest = f"value[:{limit}]" if one.outcome is Outcome.TRUNCATE else ""
                return told(one, self._path, tail=", got {len(value)}", nearest=nearest)
            case Pattern():
                return told(one, self._path)
            case _:
                return told(one, self._path, nearest=f"partial(nearest_size, width, height, {self._limits()})")

    def _near_number(self, one: Constraint) -> str:
        """The nearest legal number: worked out here, where it does not depend on the value or the reader."""
        held = {type(other.check): other for other in self._constraints}
        bounds = [held.get(kind) for kind in (Minimum, Maximum, MultipleOf)]
        low, high, step = (None if other is None else _limit(other)[1] for other in bounds)
        if step is None and (low is None or high is None or low <= high):
            limit = _limit(one)[1]
            return literal(int(limit) if limit % 1 == 0 else limit)
        limits = ", ".join("None" if one is None else _when_held(one) for one in bounds)
        return f"partial(nearest_number, value, {limits})"

    def _limits(self) -> str:
        """What a free size must keep to: a constant, or a call where it depends on the reader."""
        limits = [one for one in self._constraints if isinstance(one.check, _SIZE_LIMITS)]
        fields = [f"separator={self._separator}"] if self._separator != '"x"' else []
        fields += [f"{_limit(one)[0]}={_when_held(one)}" for one in limits]
        scope = limits[0].id.partition("@")[2] if limits else ""
        if all(in_force(one.provenance) == TRUE for one in limits):
            name = f"{self._name.upper()}_{constant('limits', scope)}"
            source = collection(f"{name}: Final = SizeLimits(", fields, ")", 0).removeprefix(f"{name}: Final = ")
            return self._held.constant(name, source)
        name = f"{self._name}_{snake('limits', scope)}"
        return f"{self._held.helper(name, tuple(fields))}(lens)"


def list_name(judge: str, one: Constraint) -> str:
    """The name of the constant that lists legal values, by the function that judges and the constraint."""
    at, _, scope = one.id.partition("@")
    return f"{judge.upper()}_{constant(at.rpartition('.')[2], scope)}"


def wrong(one: Constraint) -> Predicate:  # noqa: C901, PLR0912 - one line a check
    """What is true of a value of the right type that breaks the constraint: of *value*, *width* and *height*."""
    match one.check:
        case Minimum(limit):
            return _comparison("value", "<", literal(limit))
        case Maximum(limit):
            return _comparison("value", ">", literal(limit))
        case MultipleOf(step):
            return negated(Atom(f"is_multiple(value, {literal(step)})"))
        case MinLength(limit, unit):
            return _comparison(_length(unit), "<", str(limit))
        case MaxLength(limit, unit):
            return _comparison(_length(unit), ">", str(limit))
        case Pattern(regex):
            return _comparison(f"fullmatch({literal(regex)}, value, ASCII)", "is", "None")
        case MinItems(limit):
            return _comparison("len(value)", "<", str(limit))
        case MaxItems(limit):
            return _comparison("len(value)", ">", str(limit))
        case EdgesMultipleOf(step):
            return any_of(_comparison(f"{edge} % {step}", "!=", "0") for edge in ("width", "height"))
        case MinEdge(limit):
            return _comparison("min(width, height)", "<", str(limit))
        case MaxEdge(limit):
            return _comparison("max(width, height)", ">", str(limit))
        case MinRatio(limit):
            return _comparison(_times("width", limit.denominator), "<", _times("height", limit.numerator))
        case MaxRatio(limit):
            return _comparison(_times("width", limit.denominator), ">", _times("height", limit.numerator))
        case MinPixels(limit):
            return _comparison("width * height", "<", str(limit))
        case MaxPixels(limit):
            return _comparison("width * height", ">", str(limit))
        case OneOf() | Grammar() | Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel():
            return FALSE
        case _:
            assert_never(one.check)


_OPPOSITE: Final[Mapping[str, str]] = {"<": ">=", ">": "<=", "!=": "==", "is": "is not"}


def _comparison(left: str, sign: str, right: str) -> Atom:
    return Atom(f"{left} {sign} {right}", f"{left} {_OPPOSITE[sign]} {right}")


def _times(name: str, factor: int) -> str:
    return name if factor == 1 else f"{name} * {factor}"


def _length(unit: Unit) -> str:
    """The length of the value, which is measured once where that costs something."""
    return "len(value)" if unit is Unit.CODE_POINTS else "count"


def _when_held(one: Constraint) -> str:
    """Write a limit; where it counts only for some readers, with what limits nothing for the others."""
    condition, value = in_force(one.provenance), _limit(one)[1]
    if condition == TRUE:
        return literal(value)
    return f"{literal(value)} if {one_line(condition)} else {_NO_LIMIT.get(type(one.check), 'None')}"


_NO_LIMIT: Final[Mapping[type, str]] = {EdgesMultipleOf: "1", MinEdge: "1", MinPixels: "1"}


def _limit(one: Constraint) -> tuple[str, Json]:
    """The limit of a constraint, and what `SizeLimits` calls it if it is one of a size."""
    match one.check:
        case Minimum(limit) | Maximum(limit) | MultipleOf(limit):
            return "", limit
        case EdgesMultipleOf(step):
            return "multiple_of", step
        case MinEdge(limit) | MaxEdge(limit) | MinPixels(limit) | MaxPixels(limit):
            return one.check.kind, limit
        case MinRatio(limit) | MaxRatio(limit):
            return one.check.kind, limit.as_integer_ratio()
        case _:
            raise TypeError(f"{one.id} has no limit")
