"""The values that parameters can have: whether there are any, and whether what a spec says of them is among them.

Each distinct way in which models take a parameter is looked at once.  What is wrong is told at the place of the key
that says it, so that one mistake is told once however many models share it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from safelight.diagnostic import Report, suggest
from safelight.judging.judge import judge
from safelight.judging.lens import Lens, enforce
from safelight.judging.satisfy import certainly, reachable, signature
from safelight.judging.sizes import is_empty
from safelight.model import (
    ABSENT,
    Basis,
    Choice,
    Constraint,
    Dated,
    Grammar,
    Json,
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
    OneOf,
    Operation,
    Parameter,
    Place,
    Provenance,
    Spec,
    Type,
)
from safelight.vocabulary.checks import nearest_number, same, shown, spelled
from safelight.vocabulary.wording import ratio_text

_RANGES: Final[tuple[tuple[type[Any], type[Any]], ...]] = (
    (Minimum, Maximum),
    (MinLength, MaxLength),
    (MinItems, MaxItems),
    (MinEdge, MaxEdge),
    (MinRatio, MaxRatio),
    (MinPixels, MaxPixels),
)


class Domains:
    """The parameters of one operation, each in the distinct ways in which models take it.

    Args:
        spec: The spec.
        operation: One of its operations.
        damaged: Models of which nothing is known for certain, so that others cannot be said to be the only ones.
    """

    def __init__(self, spec: Spec, operation: Operation, damaged: Collection[str] = ()) -> None:
        """Group the tables of *operation* that judge requests."""
        self._is_whole = not damaged
        self._spec = spec
        self._operation = operation
        self._documented = Lens(spec.revised, frozenset({Basis.DOCUMENTED}))
        self._everything = Lens(spec.revised, frozenset(Basis))
        self._ways: dict[str, dict[str, tuple[str, Parameter]]] = {}
        for table in (table for table, _ in reachable(spec, operation) if table.name not in damaged):
            for name, parameter in table.parameters.items():
                if parameter.applies:
                    self._ways.setdefault(name, {}).setdefault(signature(parameter), (table.name, parameter))
        self._taken: dict[tuple[str, str], bool] = {}

    def takes(self, name: str, value: Json) -> bool:
        """Tell whether some model may come to have *value* for a parameter: sent, by default, or in its place."""
        key = (name, repr(value))
        if key not in self._taken:
            self._taken[key] = any(same(value, one) for one in self._given(name)) or (
                value is not None and any(self._is_legal(table, one, value) for table, one in self._of(name))
            )
        return self._taken[key]

    def values(self, name: str) -> tuple[Json, ...]:
        """Every value that is listed for a parameter, for suggestions."""
        return tuple(
            choice.value
            for _, parameter in self._of(name)
            for constraint in parameter.constraints
            for choice in _choices(constraint)
        )

    def lint(self, report: Report, leaving_out: Collection[str] = ()) -> None:
        """Report domains that are empty, and values that lie outside of theirs; of some parameters nothing."""
        for name in self._operation.parameters:
            if name in leaving_out:
                continue
            ways = self._of(name)
            for table, parameter in ways:
                _lint_ranges(parameter, self._everything, report)
                self._lint_defaults(table, parameter, report)
            if self._is_whole:
                self._lint_choices(ways, report)
                self._lint_becomes(ways, report)
            for nested in _nested(ways[0][1]) if ways else ():
                _lint_ranges(nested, self._everything, report)
                self._lint_choices([(name, nested)], report)

    def _of(self, name: str) -> list[tuple[str, Parameter]]:
        return list(self._ways.get(name, {}).values())

    def _given(self, name: str) -> Iterator[Json]:
        """The values that a parameter can come to have without being sent."""
        for _, parameter in self._of(name):
            yield parameter.default
            yield from (one.value for one in parameter.default_when)
            yield from parameter.becomes.values()
            yield from (one.replacement for one in parameter.constraints if one.replacement is not None)
        for rule in self._operation.rules:
            if rule.parameter == name and rule.replacement is not None:
                yield rule.replacement

    def _is_legal(self, table: str, parameter: Parameter, value: Json) -> bool:
        """Tell whether a value is legal as it is written, which is as it is listed."""
        enforced = enforce(certainly(parameter, Provenance()), table, self._everything)
        return spelled(value, enforced.spellings) == value and not judge(enforced, value, parameter.name)

    # --- defaults ---

    def _lint_defaults(self, table: str, parameter: Parameter, report: Report) -> None:
        stated = [(one.value, one.place) for one in parameter.default_when]
        if parameter.default is not ABSENT:
            stated.append((parameter.default, parameter.places["default"]))
        for value, place in stated:
            if parameter.name == self._operation.model_parameter:
                self._lint_default_model(value, place, report)
                continue
            enforced = enforce(parameter, table, self._documented)
            listed = spelled(value, enforced.spellings)
            if listed != value:
                report.add(place, "E402", f"the default {shown(value)} is listed as {shown(listed)}", "write it so")
            for fault in judge(enforced, value, parameter.name) if enforced.applies else ():
                report.add(
                    place,
                    "E402",
                    f"the default {shown(value)} is outside the domain of {parameter.name}: {fault.message}",
                )

    def _lint_default_model(self, value: Json, place: Place, report: Report) -> None:
        if not isinstance(value, str) or value not in self._spec.names:
            report.add(place, "E402", f"the default {shown(value)} is no model", suggest(str(value), self._spec.names))
            return
        model, day = self._spec.models[self._spec.names[value]], self._spec.revised
        if not model.exists(day):
            why = f"retired on {model.retired}" if model.retired and model.retired <= day else f"new on {model.since}"
            hint = f"the models of that day are {', '.join(self._spec.names_as_of(day))}"
            report.add(place, "E402", f"the default {value!r} is no model on {day}, it is {why}", hint)

    # --- listed values ---

    def _lint_choices(self, ways: list[tuple[str, Parameter]], report: Report) -> None:
        """Report listed values that no model can take: written twice, over before they begin, or refused elsewhere."""
        refused: dict[tuple[Place, int], str] = {}
        alive: set[tuple[Place, int]] = set()
        lists: dict[Place, tuple[Choice, ...]] = {}
        either: set[Place] = set()
        for table, parameter in ways:
            rest = certainly(parameter, Provenance())
            rest = replace(rest, constraints=tuple(one for one in rest.constraints if not _choices(one)))
            enforced = enforce(rest, table, self._everything)
            either.update(
                one.check.choices[0].place
                for one in parameter.constraints
                if isinstance(one.check, OneOf) and one.check.any_case and one.check.choices
            )
            for choices in filter(None, (_choices(one) for one in parameter.constraints)):
                lists[choices[0].place] = choices
                for index, choice in enumerate(choices):
                    key = (choices[0].place, index)
                    faults = judge(enforced, choice.value, parameter.name)
                    if faults:
                        refused.setdefault(key, faults[0].message)
                    else:
                        alive.add(key)
        for (first, index), message in refused.items():
            if (first, index) not in alive:
                choice = lists[first][index]
                report.add(choice.place, "E404", f"{shown(choice.value)} can never be used: {message}")
        for place, choices in lists.items():
            _lint_repeats(choices, report, any_case=place in either)

    def _lint_becomes(self, ways: list[tuple[str, Parameter]], report: Report) -> None:
        """Report values in ``becomes`` that no model takes, and what a model would come to have that it does not."""
        stated: dict[tuple[Place, str], bool] = {}
        for table, parameter in ways:
            for key, value in parameter.becomes.items():
                place = parameter.places["becomes"]
                takes = self._is_legal(table, parameter, key)
                stated[place, key] = stated.get((place, key), False) or takes
                if takes and not self._is_legal(table, parameter, value):
                    message = f"{key!r} becomes {shown(value)}, which is outside the domain of {parameter.name}"
                    report.add(place, "E404", message)
        for (place, key), takes in stated.items():
            if not takes:
                hint = suggest(key, [value for value in self.values(ways[0][1].name) if isinstance(value, str)])
                report.add(place, "E404", f"{key!r} becomes something, and can never be sent", hint)


def _choices(constraint: Constraint) -> tuple[Choice, ...]:
    match constraint.check:
        case OneOf(choices):
            return choices
        case Grammar(_, tokens):
            return tokens
        case _:
            return ()


def _nested(parameter: Parameter) -> Iterator[Parameter]:
    """The parts of a parameter, at any depth; they are the same for all models."""
    for part in (*parameter.members, *([parameter.items] if parameter.items else [])):
        yield part
        yield from _nested(part)


def _lint_repeats(choices: tuple[Choice, ...], report: Report, *, any_case: bool) -> None:
    seen: dict[str, list[Choice]] = {}
    for choice in choices:
        if choice.since and choice.until and choice.since >= choice.until:
            report.add(choice.place, "E404", f"{shown(choice.value)} can never be used: it ends before it begins")
        earlier = seen.setdefault(_distinct(choice.value, any_case=any_case), [])
        if any(any_case or _overlap(choice, one) for one in earlier):
            report.add(choice.place, "E404", f"{shown(choice.value)} is listed twice")
        earlier.append(choice)


def _distinct(value: Json, *, any_case: bool) -> str:
    """Write a listed value so that those which are the same to a request are written the same."""
    if any_case and isinstance(value, str):
        return repr(value.encode("utf-8", "surrogatepass").lower())  # of bytes, letters of ASCII only; see `spelled`
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def _overlap(left: Choice | Provenance, right: Choice | Provenance) -> bool:
    """Tell whether there is a day in the time of both."""
    starts = [one.since for one in (left, right) if one.since]
    ends = [one.until for one in (left, right) if one.until]
    return not starts or not ends or max(starts) < min(ends)


# --- ranges --------------------------------------------------------------------------------------------------------


def _lint_ranges(parameter: Parameter, lens: Lens, report: Report) -> None:
    """Report ranges without a value in them, and constraints that are never in force."""
    by_kind = {type(one.check): one for one in parameter.constraints}
    untimely = [one for one in parameter.constraints if _ends_before_it_begins(one)]
    for one in untimely:
        report.add(one.place, "E401", f"{one.check.kind} ends before it begins")
    empty = [
        (low, high)
        for lower, upper in _RANGES
        if (low := by_kind.get(lower))
        and (high := by_kind.get(upper))
        and _overlap(low.provenance, high.provenance)
        and _limit(low) > _limit(high)
    ]
    for low, high in empty:
        why = f"{low.check.kind} {_number(_limit(low))} is above {high.check.kind} {_number(_limit(high))}"
        _add_empty(parameter, max(low, high, key=lambda one: one.place), why, report)
    if not untimely and not empty:
        _lint_grid(parameter, by_kind, lens, report)


def _lint_grid(parameter: Parameter, by_kind: Mapping[type[Any], Constraint], lens: Lens, report: Report) -> None:
    """Report steps that jump over the whole range, and grammars without a legal size."""
    undated = replace(
        parameter,
        constraints=tuple(
            replace(one, provenance=Provenance(basis=one.provenance.basis))
            for one in parameter.constraints
            if one.provenance.since is None and one.provenance.until is None and not isinstance(one.check, Dated)
        ),
    )
    enforced = enforce(undated, parameter.name, lens)
    if enforced.low is not None and enforced.high is not None:
        step = enforced.step or (1 if parameter.type is Type.INTEGER else None)
        start = math.ceil(enforced.low) if parameter.type is Type.INTEGER else enforced.low
        if start > enforced.high or nearest_number(start, enforced.low, enforced.high, step) is None:
            involved = [by_kind[kind] for kind in (Minimum, Maximum, MultipleOf) if kind in by_kind]
            what = f"no multiple of {step}" if enforced.step else "no integer"
            why = f"{what} lies from {_number(enforced.low)} to {_number(enforced.high)}"
            _add_empty(parameter, max(involved, key=lambda one: one.place), why, report)
    if Grammar in by_kind and is_empty(enforced.limits):
        _add_empty(parameter, by_kind[Grammar], "no size keeps to all its limits", report)


def _ends_before_it_begins(constraint: Constraint) -> bool:
    times: list[Provenance | Dated] = [constraint.provenance]
    if isinstance(constraint.check, Dated):
        times.append(constraint.check)
    return any(time.since and time.until and time.since >= time.until for time in times)


def _limit(constraint: Constraint) -> int | float | Fraction:
    check: Any = constraint.check
    limit: int | float | Fraction = check.limit
    return limit


def _number(value: float | Fraction) -> str:
    return ratio_text(value) if isinstance(value, Fraction) else str(value)


def _add_empty(parameter: Parameter, culprit: Constraint, why: str, report: Report) -> None:
    scope = culprit.id.partition("@")[2]
    report.add(culprit.place, "E401", f"{parameter.name} has no legal value{f' for {scope}' if scope else ''}: {why}")
