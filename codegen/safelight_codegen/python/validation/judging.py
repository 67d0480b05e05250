"""One parameter of the spec as one function of the validators.

The function judges what `safelight.judging.judge` judges, in the same order: whether the value may be there, its type,
then each constraint, then what is nested in it.  What differs between models is found by comparing the steps of their
tables: what they share at the start is written once, and the rest becomes a choice by model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from safelight.model import (
    AppliesTo,
    Constraint,
    Dated,
    NotNull,
    OfType,
    Parameter,
    Required,
    Type,
    UnknownPolicy,
)
from safelight.records import dataclass
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import TRUE, Atom, Predicate, all_of, any_of, negated
from safelight_codegen.python.code.predicates import among, in_force, in_time
from safelight_codegen.python.code.steps import Call, Line, Return, Step, Steps, choice, when, without_last_return
from safelight_codegen.python.validation.content import Content, Held, told
from safelight_codegen.python.validation.functions import VIOLATIONS, call, function
from safelight_codegen.text import literal

__all__ = ["Judge", "judge_of", "unknown_fields"]

_TYPES: Final[Mapping[Type, Atom]] = {
    Type.STRING: Atom("isinstance(value, str)"),
    Type.SIZE: Atom("isinstance(value, str)"),
    Type.MODEL: Atom("isinstance(value, str)"),
    Type.INTEGER: Atom("is_integer(value)"),
    Type.NUMBER: Atom("is_number(value)"),
    Type.BOOLEAN: Atom("isinstance(value, bool)"),
    Type.ARRAY: Atom("is_array(value)"),
    Type.OBJECT: Atom("is_object(value)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """The function that judges one parameter.

    Attributes:
        function: The function itself.
        parameter: The name of the parameter, or its path.
        always: Whether it judges absent values and nulls as well.
        inner: The functions of nested parameters.
    """

    function: view.Function
    parameter: str
    always: bool
    inner: tuple[Judge, ...]

    def call(self, value: str, path: str = "path") -> str:
        """Write a call of the function; *value* and *path* are given as source."""
        return call(self.function, value=value, path=path)

    def functions(self) -> Iterator[view.Function]:
        """Yield the functions of nested parameters, then this one: each after those that it calls."""
        for inner in self.inner:
            yield from inner.functions()
        yield self.function


def judge_of(
    name_of: Callable[[str], str], tables: Mapping[str, Parameter], *, nested: bool = False, always: bool = False
) -> Judge:
    """Make the function that judges a parameter.

    Args:
        name_of: Tells the name of the function for a path.
        tables: By name of each table that can judge a request: the parameter as that table has it.
        nested: Whether it is an item or a member; it then takes its path as an argument.
        always: Whether it judges absent values and nulls in any case.
    """
    some = next(iter(tables.values()))
    items = {table: one.items for table, one in tables.items() if one.items is not None}
    members = [{table: one.members[number] for table, one in tables.items()} for number in range(len(some.members))]
    inner = tuple(judge_of(name_of, one, nested=True) for one in ([items] if items else members))
    name, held = name_of(some.name), Held()
    path = "path" if nested else literal(some.name)
    presence = _Presence(tables, path)
    always = always or nested or bool(_with(tables, Required) or _with(tables, NotNull))
    steps = without_last_return(
        (
            *(presence.absence() if always else ()),
            *presence.bars(),
            *presence.null(),
            *presence.type(),
            *_content(tables, name, path, held),
            *_items(inner, some, path),
            *_members(inner, some, path),
        )
    )
    doc = f"Judge {some.name}."
    return Judge(
        function=function(name, VIOLATIONS, doc, steps, first="value", held=held),
        parameter=some.name,
        always=always,
        inner=inner,
    )


def _with(tables: Mapping[str, Parameter], kind: type[Any]) -> list[tuple[Constraint, tuple[str, ...]]]:
    """The constraints of one kind, each with the tables that have it."""
    found: dict[str, tuple[Constraint, list[str]]] = {}
    for table, parameter in tables.items():
        for one in parameter.constraints:
            if isinstance(one.check, kind):
                found.setdefault(repr(one), (one, []))[1].append(table)
    return [(one, tuple(names)) for one, names in found.values()]


class _Presence:
    """The first steps of a function: whether the value may be there, and its type."""

    def __init__(self, tables: Mapping[str, Parameter], path: str) -> None:
        self._tables = tables
        self._path = path
        self._type = next(iter(tables.values())).type

    def _counts(self, one: Constraint, names: Iterable[str]) -> Predicate:
        return all_of((among(names, self._tables), in_force(one.provenance)))

    def _out_of_time(self) -> Iterator[tuple[Constraint, Predicate]]:
        """When the parameter may not be there on the reader's day."""
        for one, names in _with(self._tables, Dated):
            if isinstance(one.check, Dated):
                known = in_time(one.check.since, one.check.until)
                yield one, all_of((self._counts(one, names), negated(known)))

    def absence(self) -> Steps:
        """The value is not there: a fault where it is required, and may be there."""
        in_its_time = negated(any_of(barred for _, barred in self._out_of_time()))
        faults = [
            step
            for one, names in _with(self._tables, Required)
            for step in when(
                all_of((self._counts(one, names), in_its_time)), told(one, self._path, value="None", found="")
            )
        ]
        null = negated(any_of(self._counts(one, names) for one, names in _with(self._tables, NotNull)))
        absent = any_of((Atom("value is ABSENT"), all_of((Atom("value is None"), null))))
        return when(absent, *faults, Return())

    def bars(self) -> Iterator[Step]:
        """The parameter may not be there: on this day, or for this model."""
        for one, out_of_time in self._out_of_time():
            yield from when(out_of_time, told(one, self._path, found=""), Return())
        for one, names in _with(self._tables, AppliesTo):
            barred = [name for name in names if not self._tables[name].applies]
            fault = told(one, self._path, tail=", not for {model}")
            yield from when(self._counts(one, barred), fault, Return())

    def null(self) -> Iterator[Step]:
        """The value may not be null."""
        for one, names in _with(self._tables, NotNull):
            test = all_of((Atom("value is None"), self._counts(one, names)))
            yield from when(test, told(one, self._path, found=""), Return())

    def type(self) -> Steps:
        """The value has another type; where nothing asks for one, it is not judged further."""
        faults = [
            step
            for one, names in _with(self._tables, OfType)
            for step in when(self._counts(one, names), told(one, self._path))
        ]
        return when(negated(_TYPES[self._type]), *faults, Return())


def _content(tables: Mapping[str, Parameter], name: str, path: str, held: Held) -> Steps:
    """Each constraint of a value of the right type, by model where models differ."""
    reached = {name: one for name, one in tables.items() if _reaches_content(one)}
    groups: dict[Steps, list[str]] = {}
    for table, parameter in reached.items():
        groups.setdefault(Content(parameter, name, path, held).steps(), []).append(table)
    common = _common_start(list(groups))
    rests = {steps[len(common) :]: names for steps, names in groups.items()}
    remaining = list(reached)
    cases: list[tuple[Predicate, Steps]] = []
    for steps, names in sorted(rests.items(), key=lambda rest: len(rest[1])):
        if steps:
            cases.append((among(names, remaining), steps))
            remaining = [name for name in remaining if name not in names]
    otherwise = cases.pop()[1] if cases and cases[-1][0] == TRUE else ()
    return (*common, *choice(cases, otherwise))


def _reaches_content(parameter: Parameter) -> bool:
    """Tell whether a value can get as far as its constraints: not where the parameter is always refused."""
    return parameter.applies or not any(
        isinstance(one.check, AppliesTo) and in_force(one.provenance) == TRUE for one in parameter.constraints
    )


def _common_start(programs: list[Steps]) -> Steps:
    """The steps that all *programs* start with."""
    start: list[Step] = []
    for steps in zip(*programs, strict=False):
        if any(step != steps[0] for step in steps):
            break
        start.append(steps[0])
    return tuple(start)


def _items(inner: tuple[Judge, ...], parameter: Parameter, path: str) -> Iterator[Step]:
    if parameter.items is not None:
        (judge,) = inner
        place = _joined(path, "[{index}]")
        call = judge.call("item", place)
        if "path" in judge.function.arguments:
            yield Line("for index, item in enumerate(value):", (Line(f"told += {call}"),))
        else:
            yield Line("for item in value:", (Line(f"told += {call}"),))


def _members(inner: tuple[Judge, ...], parameter: Parameter, path: str) -> Iterator[Step]:
    if parameter.items is not None:
        return
    keys = [member.name.rpartition(".")[2] for member in parameter.members]
    for key, judge in zip(keys, inner, strict=True):
        call = judge.call(f"value.get({literal(key)}, ABSENT)", _joined(path, f".{key}"))
        yield Line(f"told += {call}")
    if parameter.unknown_members is not None:
        known = literal(tuple(keys))
        test = Atom(f"key not in {known}" if len(keys) != 1 else f"key != {literal(keys[0])}")
        yield from unknown_fields(parameter.unknown_members, "value", test, known, _joined(path, "."))


def _joined(path: str, end: str) -> str:
    """Write the path of something nested: a constant where all of it is known."""
    if path == "path":
        return f'f"{{path}}{end}"'
    text = f"{path[1:-1]}{end}"
    return f'f"{text}"' if "{" in end else literal(text)


def unknown_fields(policy: UnknownPolicy, body: str, unknown: Predicate, known: str, prefix: str) -> Steps:
    """Judge the fields that the spec does not name.

    Args:
        policy: What the spec says of them.
        body: The object, as source.
        unknown: What is true of a *key* that the spec does not name.
        known: The names to suggest, as source.
        prefix: What stands before a key in its path, as source.
    """
    more = [f"basis={literal(policy.provenance.basis.value)}"] if policy.provenance.basis != "documented" else []
    more += [f"outcome={literal(policy.outcome.value)}"] if policy.outcome != "refuse" else []
    find = Call("fault = unknown_field(", (literal(policy.id), prefix, "key", "item", known, *more))
    loop = Line(f"for key, item in {body}.items():", when(unknown, find, Line("told.append(fault)")))
    return when(in_force(policy.provenance), loop)
