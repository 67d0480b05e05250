"""Requests for mistakes about which model is meant.

- What the default model refuses, or takes as no other does, asked for without naming the model.
- What a model refuses or takes under another of its names, and other models do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safelight_testkit.requests.mistake import Mistake, shortest
from safelight_testkit.requests.planning import Case
from safelight_testkit.requests.subject import Column, Subject
from safelight_testkit.shapes import is_object

__all__ = ["misnamed"]


def misnamed(subject: Subject, alone: Sequence[Case], kept: Sequence[Case]) -> Iterator[Mistake]:
    """Tell the requests that show which model was meant.

    Args:
        subject: What is tested.
        alone: The cases that break one constraint and are refused.
        kept: The cases that break none.
    """
    yield from _unnamed(subject, alone)
    yield from _unnamed_and_legal(subject, kept)
    yield from _renamed(subject, alone, kept)


def _unnamed(subject: Subject, alone: Sequence[Case]) -> Iterator[Mistake]:
    """What only the default model refuses, without naming the model; one for each model that is a default."""
    name, seen = subject.operation.model_parameter, set[str]()
    everyone = {one.id for p in subject.anyone.table.parameters.values() for one in p.constraints}
    for case in alone:
        if name is None or case.model in seen or case.constraint in everyone or not is_object(case.body):
            continue
        body = {key: value for key, value in case.body.items() if key != name}
        settlement = subject.settle(body)
        if settlement.table.name == case.model and subject.broken(body) == case.expected:
            seen.add(case.model)
            yield Mistake(case.model, body)


def _unnamed_and_legal(subject: Subject, kept: Sequence[Case]) -> Iterator[Mistake]:
    """What the default model takes and another does not, without naming a model; one for each that is a default."""
    name, seen = subject.operation.model_parameter, set[str]()
    count = subject.operation.response.picture.count  # Many images are dear.
    for case in kept:
        if name is None or case.model in seen or not {name, count}.isdisjoint(case.pins) or not is_object(case.body):
            continue
        body = {key: value for key, value in case.body.items() if key != name}
        settlement = subject.settle(body)
        others = [column.sends[0] for column in subject.columns if column.name != case.model and column.sends]
        mine = settlement.table.name == case.model and not settlement.violations
        if mine and any(subject.settle({**body, name: other}).refused for other in others):
            seen.add(case.model)
            yield Mistake(case.model, body)


def _renamed(subject: Subject, alone: Sequence[Case], kept: Sequence[Case]) -> Iterator[Mistake]:
    """Under each other name of a model, what tells the model from each that it might be taken for."""
    parameter = subject.operation.model_parameter
    if parameter is None:
        return
    for column in subject.columns:
        mine = [
            case
            for cases in (alone, kept)
            for case in shortest([one for one in cases if one.model == column.name and parameter not in one.pins])
        ]
        for name, others in _names(subject, column):
            left = others
            for case in mine:
                if not left or not is_object(case.body):
                    continue
                body = {**case.body, parameter: name}
                told = [one for one in left if subject.settle({**body, parameter: one}).refused is not case.refused]
                if told and subject.broken(body) == case.expected:
                    left = [one for one in left if one not in told]
                    yield Mistake(column.name, body)


def _names(subject: Subject, column: Column) -> Iterator[tuple[str, list[str]]]:
    """The names that lead to a column, each with those of what it might be taken for.

    Where unknown names count as a family's, the name of a model in other letters is one.
    """
    others = [one.sends[0] for one in subject.columns if one.name != column.name and one.sends]
    yield from ((alias, others) for alias in column.sends[1:])
    if column.name in subject.spec.families:
        capitals = ((one.upper(), [one]) for one in others)
        yield from ((name, meant) for name, meant in capitals if name not in subject.spec.names)
