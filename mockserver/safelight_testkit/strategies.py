"""Hypothesis strategies for requests: valid, wrong in one way, nearly right, and anything at all.

Bodies are built, never filtered.  Few things are drawn, because each draw costs more than all the rest: a number for
the model, one string of bytes with a place for every parameter, and a number for what has more values than a byte.
Smaller ones give smaller bodies, so shrinking ends at the smallest body that still shows the fault.

This module alone needs Hypothesis, which ``safelight[test]`` brings; the rest of the package does without.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from safelight.judging.interpret import DOCUMENTED
from safelight.model import ABSENT, ANY_MODEL, Json, Operation, Spec
from safelight_testkit.requests.planning import Case, Plan, plan_of
from safelight_testkit.requests.sampler import Sampler, Step, columns_of, samplers, samplers_of
from safelight_testkit.requests.solve import Body
from safelight_testkit.requests.subject import Subject

_NULL: Final = 0x70
"""From this byte on, up to `_SENT`, null is sent where it may be."""

_SENT: Final = 0x80
"""From this byte on a parameter is sent."""

_BYTE: Final = 256

_Filled: TypeAlias = tuple[Any, ...]
"""A way to name the model, the bytes, and the numbers that do not fit into a byte."""


def valid(
    spec: Spec,
    operation: Operation,
    *,
    model: str | None = None,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
) -> st.SearchStrategy[Body]:
    """Bodies that break nothing.

    Args:
        spec: The spec.
        operation: One of its operations.
        model: Only bodies of this model, family or alias.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.

    Raises:
        ValueError: No body of *model* is valid; *basis* names no basis, or leaves out ``documented``.
    """
    subject = Subject(spec, operation, as_of=as_of, basis=basis)
    return _valid(_Form(samplers(subject, model)))


def invalid(
    spec: Spec,
    operation: Operation,
    *,
    constraint: str | None = None,
    model: str | None = None,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
    plan: Plan | None = None,
) -> st.SearchStrategy[Json]:
    """Bodies that break exactly one constraint.

    A fault is laid over a valid body of its model, and what does not go with it is left out, parameter by parameter.
    What is no object comes as it is.

    Args:
        spec: The spec.
        operation: One of its operations.
        constraint: The id of the constraint; any one by default.
        model: Only bodies of this model, family or alias.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.
        plan: All cases of the operation, on that day and by that basis, where they are at hand; else they are made.

    Raises:
        ValueError: No request breaks *constraint* alone, or there is none of that id; there is no such *model*; *basis*
            names no basis, or leaves out ``documented``.
    """
    subject = Subject(spec, operation, as_of=as_of, basis=basis)
    return _invalid(subject, _breaking(subject, plan or plan_of(subject), constraint, model))


def nearly(
    spec: Spec,
    operation: Operation,
    *,
    model: str | None = None,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
    plan: Plan | None = None,
) -> st.SearchStrategy[Json]:
    """Bodies with one or two faults.  See `invalid` for the arguments and what they raise."""
    subject = Subject(spec, operation, as_of=as_of, basis=basis)
    return _nearly(subject, _breaking(subject, plan or plan_of(subject), None, model))


def anything(spec: Spec, operation: Operation) -> st.SearchStrategy[Json]:
    """Any JSON at all, often an object that has the spec's names and values in the wrong places."""
    subject = Subject(spec, operation)
    names = st.sampled_from(operation.parameters) | st.text(max_size=12)
    familiar = _familiar(subject)
    scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    values = st.recursive(
        scalars | st.sampled_from(familiar),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=8,
    )
    return st.dictionaries(names, values, max_size=len(operation.parameters)) | values


# --- writing bodies ---


class _Form:
    """A form to fill in: what is drawn stands for a valid body, and has a place for each parameter.

    Places do not move when other parameters are left out, so shrinking one value leaves the others alone.  A byte says
    whether a parameter is sent and another one as what; only what has more than 256 values gets a number of its own.
    Zeros leave out what can be left out, and send the simplest value of what cannot.
    """

    def __init__(self, of: Sequence[Sampler]) -> None:
        self._samplers = {sampler.column.name: sampler for sampler in of}
        self._ways: list[tuple[Sampler, str | None]] = [
            (sampler, name) for sampler in of for name in sampler.naming.sends
        ]
        sizes: dict[str, int] = {}
        for sampler in of:
            sizes = dict.fromkeys(sampler.nullable, 0) | sizes
            for step in sampler.steps():
                sizes[step.name] = max(sizes.get(step.name, 0), step.size)
        order = of[0].column.table.parameters if of else ()
        names = [name for name in order if name in sizes]
        wide = [name for name in names if sizes[name] > _BYTE]
        narrow = [name for name in names if sizes[name] <= _BYTE]
        self._flags = {name: place for place, name in enumerate(names)}
        self._bytes = {name: place for place, name in enumerate(narrow, len(names))}
        self._numbers = {name: place for place, name in enumerate(wide)}
        self._limits = [sizes[name] for name in wide]

    def blank(self) -> st.SearchStrategy[_Filled]:
        """The strategy that fills in the form."""
        length = len(self._flags) + len(self._bytes)
        ways = st.integers(0, max(len(self._ways) - 1, 0))
        numbers = (st.integers(0, limit - 1) for limit in self._limits)
        return st.tuples(ways, st.binary(min_size=length, max_size=length), *numbers)

    def below(self, case: Case, filled: _Filled) -> Body | None:
        """Read the body to lay the fault of *case* over; None where there is none, or the fault is the whole body."""
        if not case.pins or not self._ways:
            return None
        sampler = self._samplers.get(case.model)
        return self.read(filled) if sampler is None else self.read_as(filled, sampler)

    def read(self, filled: _Filled) -> Body:
        """Read the body that the form stands for."""
        place: int = filled[0]
        sampler, name = self._ways[place]
        return sampler.finish(self._walked(filled, sampler), name)

    def read_as(self, filled: _Filled, sampler: Sampler) -> Body:
        """Read the body that the form stands for where the model is given; it is called by its canonical name."""
        return sampler.finish(self._walked(filled, sampler), next(iter(sampler.column.sends), None))

    def _walked(self, filled: _Filled, sampler: Sampler) -> Body:
        _, data, *numbers = filled
        body: Body = {}
        step = sampler.start
        while isinstance(step, Step):
            name = step.name
            if step.without is not None and (data[self._flags[name]] < _SENT or not step.options):
                step = step.without
            else:
                number = data[self._bytes[name]] if name in self._bytes else numbers[self._numbers[name]]
                body[name], step = step.send(number)
        for name in sampler.nullable:
            if _NULL <= data[self._flags[name]] < _SENT:
                body.setdefault(name, None)
        return body


def _valid(form: _Form) -> st.SearchStrategy[Body]:
    return form.blank().map(form.read)


def _invalid(subject: Subject, breaking: Sequence[Case]) -> st.SearchStrategy[Json]:
    """Lay a fault over a valid body."""
    form = _Form(_under(subject, breaking))

    def read(drawn: tuple[Case, _Filled]) -> Json:
        case, filled = drawn
        below = form.below(case, filled)
        if below is None:
            return case.body
        body = _overlaid(below, case.pins)
        return body if subject.broken(body) == case.expected else _grown(subject, case, below)

    return st.tuples(st.sampled_from(breaking), form.blank()).map(read)


def _nearly(subject: Subject, breaking: Sequence[Case]) -> st.SearchStrategy[Json]:
    """Lay one fault or two over a valid body."""
    form = _Form(_under(subject, breaking))

    def read(drawn: tuple[Case, Case, _Filled]) -> Json:
        first, second, filled = drawn
        below = form.below(first, filled)
        if below is None:
            return first.body
        apart = second.model == first.model and first.pins.keys().isdisjoint(second.pins)
        body = _overlaid(below, {**first.pins, **(second.pins if apart else {})})
        return body if subject.broken(body) else _grown(subject, first, below)

    return st.tuples(st.sampled_from(breaking), st.sampled_from(breaking), form.blank()).map(read)


def _under(subject: Subject, breaking: Sequence[Case]) -> Sequence[Sampler]:
    """What makes the bodies under the faults: those of all models where a request is to reach the rules of none."""
    wanted = {case.model for case in breaking}
    return samplers_of(subject, wanted if ANY_MODEL not in wanted else [column.name for column in subject.columns])


def _grown(subject: Subject, case: Case, below: Body) -> Json:
    """The body of *case* with all that goes with its fault of a body that, as a whole, does not."""
    body: Body = dict(case.body)
    for name, value in below.items():
        tried = {**body, name: value}
        if name not in case.pins and subject.broken(tried) == case.expected:
            body = tried
    return body


def _overlaid(body: Body, pins: Mapping[str, Json]) -> Body:
    """*body* with *pins* in the place of what it has there."""
    return {name: value for name, value in {**body, **pins}.items() if value is not ABSENT}


# --- what to break ---


def _breaking(subject: Subject, plan: Plan, constraint: str | None, model: str | None) -> tuple[Case, ...]:
    """The cases that break *constraint*, or any one, alone; those with the smallest bodies first."""
    columns = {column.name for column in columns_of(subject, model)}
    if model is not None and not columns:
        names = ", ".join(column.name for column in subject.columns)
        day = subject.lens.as_of
        raise ValueError(
            f"no request of the model {model!r} is judged on {day}; the models of that day are {names or 'none'}"
        )
    found = [
        case
        for case in plan.cases
        if case.isolates and constraint in {None, case.constraint} and (model is None or case.model in columns)
    ]
    if found:
        return tuple(sorted(found, key=lambda case: len(repr(case.body))))
    known = {case.constraint for case in plan.cases}
    gaps = (gap for gap in plan.gaps if gap.constraint == constraint and (model is None or gap.model in columns))
    why = next((gap.why for gap in gaps), None)
    near = get_close_matches(str(constraint), known, 1)
    hint = f": {why}" if why else f"; did you mean {near[0]!r}?" if near and near[0] != constraint else ""
    of = "" if model is None else f" of the model {model!r}"
    what = "any one constraint" if constraint is None else repr(constraint)
    raise ValueError(f"no request{of} breaks {what} and nothing else{hint}")


def _familiar(subject: Subject) -> list[Json]:
    """Values that the spec gives a meaning somewhere."""
    found = [value for case in plan_of(subject).cases if case.border for value in case.pins.values()]
    listed: list[Json] = []
    for value in [*subject.spec.names, *found]:
        if value is not ABSENT and len(repr(value)) < 100 and value not in listed:
            listed.append(value)
    return listed
