"""All valid bodies of one column, as a graph to walk through.

Each step decides one parameter: leave it out, or send a value of one of its classes (see
`safelight_testkit.values.partition`).  Steps that lead only to broken rules are not there, so every walk ends at a
valid body, and nothing has to be tried again.  What a step may do depends only on what rules still have to look at;
walks that no rule can tell apart share their steps, so the graph stays small where the list of all combinations would
not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

from safelight.judging.truth import holds
from safelight.model import ABSENT, CountOf, Json, SizeOf, SumOf, Test
from safelight.vocabulary.checks import is_number
from safelight.vocabulary.mentions import parameters_of
from safelight_testkit.requests.solve import Body, Solver, solvers
from safelight_testkit.requests.subject import Column, State, Subject
from safelight_testkit.values.domain import Domain, count, ends, pick, simplest
from safelight_testkit.values.partition import classes


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The decision about one parameter.

    Attributes:
        name: The parameter.
        without: The step that follows if it is left out; None where it cannot be.
        options: The classes of which a value can be sent, with how many values each has.
        following: The step that follows each of them.
    """

    name: str
    without: Walk | None
    options: tuple[tuple[Domain, int], ...]
    following: tuple[Walk, ...]

    @property
    def size(self) -> int:
        """How many numbers tell values apart that `send` makes of them."""
        return len(self.options) * max((many for _, many in self.options), default=0)

    def send(self, number: int) -> tuple[Json, Walk]:
        """The value that *number*, from 0, stands for, and the step that follows; 0 stands for the simplest."""
        value, option = divmod(number, len(self.options))
        domain, many = self.options[option]
        return pick(domain, value % many), self.following[option]


@dataclass(frozen=True, slots=True)
class End:
    """The end of a walk."""


Walk: TypeAlias = Step | End

END: Final = End()

_Choice: TypeAlias = int | None
"""The place of a class among those of its parameter; None where the parameter is left out."""

_Chosen: TypeAlias = dict[str, _Choice]


@dataclass(frozen=True, slots=True)
class _Class:
    """Values of a parameter that are sent for the same reasons.

    Attributes:
        domain: The values.
        many: How many they are.
        simplest: The simplest of them.
        least: The one that adds least to a sum.
        most: The one that adds most.
    """

    domain: Domain
    many: int
    simplest: Json
    least: Json
    most: Json


@dataclass(frozen=True, slots=True)
class Naming:
    """How a request names its model.

    Attributes:
        parameter: The parameter; None where the operation has no models.
        sends: What it may send; None stands for leaving it out, where that can lead to the same model.
    """

    parameter: str | None
    sends: tuple[str | None, ...]


class Sampler:
    """What valid bodies of one column are made of."""

    def __init__(self, solver: Solver) -> None:
        """Choose the column; the graph is built when it is asked for."""
        self._solver = solver
        self._subject = solver.subject
        self.column: Column = solver.column

    @cached_property
    def start(self) -> Walk | None:
        """The first step; None where no body is valid."""
        return _Builder(self._solver).build()

    def steps(self) -> tuple[Step, ...]:
        """Every step of the graph, each once."""
        found: dict[int, Step] = {}
        left = [self.start]
        while left:
            step = left.pop()
            if isinstance(step, Step) and id(step) not in found:
                found[id(step)] = step
                left += [step.without, *step.following]
        return tuple(found.values())

    @cached_property
    def naming(self) -> Naming:
        """How a request names its model."""
        parameter = self._subject.operation.model_parameter
        if parameter is None:
            return Naming(None, (None,))
        omitted = () if self._solver.complete({parameter: ABSENT}) is None else (None,)
        return Naming(parameter, (*omitted, *self.column.sends))

    @cached_property
    def nullable(self) -> tuple[str, ...]:
        """The parameters that may be null instead of being left out."""
        return tuple(
            name
            for name, one in self._subject.enforced(self.column).items()
            if one.not_null is None and one.required is None and name != self._subject.operation.model_parameter
        )

    @cached_property
    def least(self) -> Body:
        """The smallest body."""
        body: Body = {}
        step = self.start
        while isinstance(step, Step):
            if step.without is not None:
                step = step.without
            else:
                body[step.name], step = step.send(0)
        return self.finish(body, self.naming.sends[0])

    def finish(self, body: Body, name: str | None) -> Body:
        """Name the model as *name*, or leave it out where that leads to the same model; put all in spec order."""
        parameter = self.naming.parameter
        order = self.column.table.parameters
        whole = {key: body[key] for key in order if key in body}
        if parameter is None:
            return whole
        if name is None:
            if self._subject.settle(whole).table.name == self.column.table.name:
                return whole
            name = self.column.sends[0]
        whole[parameter] = name
        return {key: whole[key] for key in order if key in whole}


class _Builder:
    """Builds the graph of one column."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._subject = solver.subject
        self._reach = {
            id_: tuple(name for name in names if name in solver.domains) for id_, names in solver.reach.items()
        }
        self._names = (*_tied(solver, self._reach), *_free(solver, self._reach))
        self._classes = {name: _classes(solver, name) for name in self._names}
        self._views = solver.subject.settle(solver.start({})).views
        self._tells = {id_: self._told(id_, names) for id_, names in self._reach.items()}
        self._together: dict[tuple[str, ...], list[str]] = {}
        for id_, names in self._reach.items():
            self._together.setdefault(names, []).append(id_)
        self._steps: dict[tuple[object, ...], Walk | None] = {}
        self._broken: dict[tuple[object, ...], bool] = {}

    def build(self) -> Walk | None:
        """Build the graph, or None where it has no walk."""
        must = [name for name in self._solver.column.table.parameters if self._solver.must(name)]
        model = self._subject.operation.model_parameter
        if any(name not in self._solver.domains for name in must if name != model):
            return None
        return self._walk({})

    def _walk(self, chosen: _Chosen) -> Walk | None:
        """The step after *chosen*, shared with all choices that no rule can tell apart."""
        if len(chosen) == len(self._names):
            return END
        key = (len(chosen), *self._open(chosen))
        if key not in self._steps:
            self._steps[key] = self._step(chosen)
        return self._steps[key]

    def _open(self, chosen: _Chosen) -> list[object]:
        """What the rules that still wait for a parameter know of *chosen*."""
        return [
            (id_, self._seen(id_, chosen))
            for id_, names in self._reach.items()
            if any(name in chosen for name in names) and not all(name in chosen for name in names)
        ]

    def _seen(self, id_: str, chosen: _Chosen) -> tuple[int, ...]:
        """What a rule can tell of *chosen*."""
        return tuple(tells[chosen[name]] for name, tells in self._tells[id_].items() if name in chosen)

    def _told(self, id_: str, names: Sequence[str]) -> Mapping[str, Mapping[_Choice, int]]:
        """What a rule can tell of each choice of its parameters: equal numbers where all its tests come out equal."""
        tests = self._subject.tests(self._solver.column, (self._solver.rules[id_],))
        found: dict[str, Mapping[_Choice, int]] = {}
        for name in names:
            outcomes: dict[_Choice, object] = {None: None}
            for place, one in enumerate(self._classes[name]):
                outcomes[place] = tuple(self._outcome(test, name, one) for test in tests.get(name, ()))
            numbers: dict[object, int] = {}
            found[name] = {choice: numbers.setdefault(seen, len(numbers)) for choice, seen in outcomes.items()}
        return found

    def _outcome(self, test: Test, name: str, one: _Class) -> object:
        match test.operand:
            case CountOf():
                return True
            case SumOf() | SizeOf():
                return one.domain
            case _:
                sent = {name: one.simplest}
                return holds(test, replace(self._views, sent=sent, effective=sent))

    def _step(self, chosen: _Chosen) -> Walk | None:
        name = self._names[len(chosen)]
        without = None if self._solver.must(name) else self._next(chosen, name, None)
        options: list[tuple[Domain, int]] = []
        following: list[Walk] = []
        for place, one in enumerate(self._classes[name]):
            walk = self._next(chosen, name, place)
            if walk is not None:
                options.append((one.domain, one.many))
                following.append(walk)
        if without is None and not options:
            return None
        return Step(name, without, tuple(options), tuple(following))

    def _next(self, chosen: _Chosen, name: str, choice: _Choice) -> Walk | None:
        more = {**chosen, name: choice}
        for names, ids in self._together.items():
            if name in names and all(one in more for one in names) and self._breaks(names, ids, more):
                return None
        return self._walk(more)

    def _breaks(self, names: tuple[str, ...], ids: Sequence[str], chosen: _Chosen) -> bool:
        """Whether some values of *chosen* break a rule; those of a class do so together, but for sums.

        Args:
            names: The parameters that decide.
            ids: The rules that they decide.
            chosen: What is chosen of these parameters, among others.
        """
        key = (names, *(self._seen(id_, chosen) for id_ in ids))
        if key not in self._broken:
            choices = ((name, chosen[name]) for name in names)
            mine = {name: None if choice is None else self._classes[name][choice] for name, choice in choices}
            self._broken[key] = any(self._is_broken(ids, body) for body in _corners(mine))
        return self._broken[key]

    def _is_broken(self, ids: Sequence[str], values: Mapping[str, Json]) -> bool:
        settlement = self._subject.settle(self._solver.start(values))
        return any(self._subject.state(settlement, self._solver.rules[id_]) is State.BROKEN for id_ in ids)


def samplers(subject: Subject, model: str | None = None) -> tuple[Sampler, ...]:
    """One sampler for each column that has valid bodies, the one with the smallest body first.

    Args:
        subject: What is tested.
        model: Only the column of this model or alias, or those of a family's members; a family that names which are
            not known count as is a column itself.

    Raises:
        ValueError: There is no such column, or it has no valid body.
    """
    found = samplers_of(subject, [column.name for column in columns_of(subject, model)])
    if not found:
        names = ", ".join(column.name for column in subject.columns)
        what = "no request is valid" if model is None else f"no request of the model {model!r} is valid"
        raise ValueError(f"{what} on {subject.lens.as_of}; the models of that day are {names or 'none'}")
    return found


def columns_of(subject: Subject, model: str | None) -> tuple[Column, ...]:
    """The columns of a model, an alias or a family's members; all where it is None, none where there is no such model.

    A family that names which are not known count as is a column itself.
    """
    found = tuple(one for one in subject.columns if model is None or model in {one.name, *one.sends})
    family = None if model is None else subject.spec.families.get(model)
    if found or family is None:
        return found
    return tuple(one for one in subject.columns if one.name in family.members)


def samplers_of(subject: Subject, columns: Collection[str]) -> tuple[Sampler, ...]:
    """The samplers of those of *columns* that have valid bodies, the one with the smallest body first."""
    found = (Sampler(solver) for solver in solvers(subject) if solver.column.name in columns)
    possible = [sampler for sampler in found if sampler.start is not None]
    return tuple(sorted(possible, key=lambda sampler: len(repr(sampler.least))))


def _tied(solver: Solver, reach: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The parameters that rules look at: those that are tied together one after the other, what is required first.

    Then what a condition is about is decided when it is known whether its requirement is met, and can be left out again
    without changing anything else.
    """
    required = {name for rule in solver.rules.values() for name in parameters_of(rule.require)}
    conditions = {name for rule in solver.rules.values() for name in parameters_of(rule.when)}
    found: dict[str, None] = {}
    for names in reach.values():
        linked = set(names)
        for other in reach.values():
            if linked.intersection(other):
                linked.update(other)
        mine = [name for name in solver.domains if name in linked]
        found.update(dict.fromkeys(sorted(mine, key=lambda name: (name not in required, name in conditions))))
    return tuple(found)


def _free(solver: Solver, reach: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The parameters that no rule looks at."""
    tied = {name for names in reach.values() for name in names}
    return tuple(name for name in solver.domains if name not in tied)


def _classes(solver: Solver, name: str) -> tuple[_Class, ...]:
    """The classes of what *name* can be."""
    domain, cuts = solver.domains[name], solver.cuts.get(name)
    return tuple(
        _Class(one, count(one), simplest(one), min(ends(one), key=_measure), max(ends(one), key=_measure))
        for one in ((domain,) if cuts is None else classes(domain, cuts))
    )


def _corners(chosen: Mapping[str, _Class | None]) -> Iterator[dict[str, Json]]:
    """The simplest values, the least and the greatest, and one by one the least beside the greatest others; each once.

    A sum, and a number of pixels, is least and greatest where all that goes into it is; a ratio where one edge is least
    and the other greatest.  What is not chosen is absent.
    """
    absent = {name: ABSENT for name, one in chosen.items() if one is None}
    sent = {name: one for name, one in chosen.items() if one is not None}
    most = {name: one.most for name, one in sent.items()}
    corners = (
        {name: one.simplest for name, one in sent.items()},
        {name: one.least for name, one in sent.items()},
        most,
        *({**most, name: one.least} for name, one in sent.items()),
    )
    for place, corner in enumerate(corners):
        if corner not in corners[:place]:
            yield {**absent, **corner}


def _measure(value: Json) -> float:
    """The order in which values add up: numbers as they are, strings and arrays by their length."""
    if is_number(value):
        return value
    return len(value) if isinstance(value, Sized) else 0
