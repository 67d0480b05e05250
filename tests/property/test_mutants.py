"""A mutant has one thing wrong, whatever the spec: the rest is as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from hypothesis import given
from hypothesis import strategies as st

from safelight.model import Constraint, Rule, Spec, Table
from safelight_testkit.mutants.catalogue import catalogue
from safelight_testkit.mutants.mutant import Group, Mutant, Respec
from tests.strategies import SPEC_FILES, subject


@cache
def respeccing(path: Path) -> tuple[Spec, tuple[Mutant, ...]]:
    """A spec, and those of its mutants that are specs too."""
    spec = subject(path).spec
    return spec, tuple(one for one in catalogue(spec).values() if isinstance(one.change, Respec))


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Tell a mapping, in a way that type checkers understand."""
    return isinstance(value, Mapping)


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Tell a tuple, in a way that type checkers understand."""
    return isinstance(value, tuple)


def parts(value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - anything that a record may hold
    """What a record, a mapping or a tuple is made of; None where a value is whole."""
    if is_mapping(value):
        return {str(key): item for key, item in value.items()}
    if is_tuple(value):
        return {str(place): item for place, item in enumerate(value)}
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    return None


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - same
    """The places where two records differ; constraints and rules are told by their ids, tables not at all."""
    ours, theirs = parts(before), parts(after)
    if before is after or (ours is None and before == after):
        return
    if ours is None or theirs is None or type(before) is not type(after):
        yield path
        return
    if isinstance(before, tuple) and len(ours) != len(theirs):
        yield path
        return
    named = (*path, before.id) if isinstance(before, Constraint | Rule) else path
    for key in ours | theirs:
        item = ours.get(key, theirs.get(key))
        nameless = isinstance(item, Table) and key in theirs
        here = named if nameless or (isinstance(before, tuple) and is_dataclass(item)) else (*named, key)
        if key in ours and key in theirs:
            yield from differences(ours[key], theirs[key], here)
        else:
            yield here


OWNERS = {"rules": 4, "errors": 5, "response": 4, "tables": 5}
"""How much of a path names what is changed: a rule, a text, a part of the answer, a parameter."""


def owner(path: tuple[str, ...]) -> tuple[str, ...]:
    """What in the spec file a difference belongs to; the order of precedence is one statement."""
    if path[2:4] == ("errors", "precedence"):
        return path[:4]
    return path[: OWNERS.get(path[2], 3)] if path[0] == "operations" and len(path) > 2 else path[:1]


@given(path=st.sampled_from(SPEC_FILES), data=st.data())
def test_a_mutated_spec_differs_in_one_statement(path: Path, data: st.DataObject) -> None:
    """One parameter, rule, error or part of the answer, or one way in; a model that is lost is lost everywhere."""
    spec, mutants = respeccing(path)
    mutant = data.draw(st.sampled_from(mutants))
    assert isinstance(mutant.change, Respec)

    found = {owner(one) for one in differences(spec, mutant.change.change(spec))}

    if mutant.group is Group.MODELS and mutant.id.startswith("models."):
        assert found
        assert all(one[0] in {"models", "names", "families", "operations"} for one in found)
    else:
        assert len(found) == 1, (mutant.id, found)


def test_two_changes_would_be_noticed() -> None:
    """The check above can fail: two mutants one after the other differ in two statements."""
    spec = subject(SPEC_FILES[0]).spec
    mutants = catalogue(spec)
    first, second = mutants["generate.n.maximum/up"].change, mutants["generate.errors.maximum/code"].change
    assert isinstance(first, Respec)
    assert isinstance(second, Respec)

    assert len({owner(one) for one in differences(spec, second.change(first.change(spec)))}) == 2


@given(path=st.sampled_from(SPEC_FILES), data=st.data())
def test_a_mutant_leaves_the_spec_alone_and_is_always_the_same(path: Path, data: st.DataObject) -> None:
    """Making a mutant twice gives the same spec, and the spec that it is made from stays what it was."""
    spec, mutants = respeccing(path)
    mutant = data.draw(st.sampled_from(mutants))
    assert isinstance(mutant.change, Respec)

    first, second = mutant.change.change(spec), mutant.change.change(spec)

    assert first == second
    assert first != spec
    assert list(differences(spec, subject(path).spec)) == []


@given(path=st.sampled_from(SPEC_FILES))
def test_a_catalogue_is_always_the_same(path: Path) -> None:
    """Processes name mutants to each other by their ids, so each must find the same ones in the same order."""
    spec = subject(path).spec

    assert list(catalogue(spec)) == list(catalogue(spec))
    assert all(id_ == mutant.id and mutant.text for id_, mutant in catalogue(spec).items())
