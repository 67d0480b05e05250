"""The two readings of the rules are one: compiled validators tell what the interpreter tells.

The hand-written cases of the specs are a third witness: they are judged by both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.interpret import violations
from safelight.model import Json, Spec
from safelight.vocabulary.checks import Violation
from tests.generated import validators
from tests.strategies import SPEC_FILES, Subject, subject, subjects
from ttapi_images import validators as committed

EVERY_BASIS = ("documented", "observed", "advisory")
BASES = st.sampled_from([("documented",), ("documented", "observed"), ("documented", "advisory"), EVERY_BASIS])

Compiled: TypeAlias = Callable[..., tuple[Any, ...]]


@cache
def compiled(name: str) -> Compiled:
    """The compiled validator of the spec of this name."""
    (path,) = [path for path in SPEC_FILES if path.stem == name]
    found = subject(path)
    validator: Compiled = getattr(validators(found.spec), found.operation.name)
    return validator


def facts(found: tuple[Any, ...]) -> list[dict[str, str]]:
    """Every attribute of each violation, written out: NaN differs from itself, and ``1`` equals ``1.0``."""
    return [{name: _written(getattr(one, name)) for name in Violation._fields} for one in found]


def _written(value: Json) -> str:
    try:
        return repr(value)
    except (RecursionError, ValueError):  # too deep, or an integer too long for Python to write
        return f"object {id(value)}"


def days(spec: Spec) -> st.SearchStrategy[date]:
    """Days around the spec's own, so that everything dated is met on both sides."""
    return st.integers(-400, 400).map(lambda count: spec.revised + timedelta(days=count))


def assert_agreement(subject: Subject, body: object, options: Mapping[str, Json]) -> None:
    """Compare the two readings of one body."""
    interpreted = violations(subject.spec, subject.operation, body, **options)
    assert facts(compiled(subject.name)(body, **options)) == facts(interpreted)


@given(subject=subjects(), data=st.data())
def test_the_readings_agree_as_they_come(subject: Subject, data: st.DataObject) -> None:
    """By default, on any body, every violation is the same in every attribute, in the same order."""
    assert_agreement(subject, data.draw(subject.bodies), {})


@given(subject=subjects(), data=st.data())
def test_the_readings_agree_on_legal_bodies(subject: Subject, data: st.DataObject) -> None:
    """Where most bodies are legal, the quick way says yes to none that the interpreter refuses."""
    assert_agreement(subject, data.draw(subject.well_formed), {})


@given(subject=subjects(), data=st.data())
def test_the_readings_agree_on_bodies_with_a_fault(subject: Subject, data: st.DataObject) -> None:
    """Bodies with one fault or two reach every constraint, and both readings tell the same of it."""
    assert_agreement(subject, data.draw(subject.nearly), {})


@given(subject=subjects(), data=st.data())
def test_the_readings_agree_on_any_day_by_any_bases(subject: Subject, data: st.DataObject) -> None:
    """What is dated, or known by observation only, counts in both readings or in neither."""
    options = {"as_of": data.draw(days(subject.spec)), "basis": data.draw(BASES)}
    assert_agreement(subject, data.draw(subject.bodies), options)


@given(subject=subjects(), data=st.data())
def test_the_readings_agree_on_what_is_ignored(subject: Subject, data: st.DataObject) -> None:
    """Ids that are to be ignored are left out of both, and nothing else is."""
    body = data.draw(subject.nearly)
    told = [one.rule for one in violations(subject.spec, subject.operation, body, basis=EVERY_BASIS)]
    ignore = data.draw(st.lists(st.sampled_from([*told, "no.such.rule"]), unique=True))
    assert_agreement(subject, body, {"basis": EVERY_BASIS, "ignore": ignore})


@given(subject=subjects(), data=st.data())
def test_compiled_validators_change_nothing(subject: Subject, data: st.DataObject) -> None:
    """The body stays as it was, value by value."""
    body = data.draw(subject.nearly)
    before = [(key, id(value)) for key, value in body.items()]
    compiled(subject.name)(body, basis=EVERY_BASIS)
    assert [(key, id(value)) for key, value in body.items()] == before


@given(data=st.data())
def test_the_committed_client_judges_as_the_spec_does(data: st.DataObject) -> None:
    """What users install is what is tested here: the module itself, not only a fresh one like it."""
    found = subject(SPEC_FILES[0])
    body, basis = data.draw(found.bodies), data.draw(BASES)
    told = violations(found.spec, found.operation, body, basis=basis)
    assert facts(committed.generate(body, basis=basis)) == facts(told)


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_the_cases_of_a_spec_hold_in_both_readings(path: Path) -> None:
    """What the author wrote down as legal breaks nothing, and as illegal exactly the rule it stands beside."""
    found = subject(path)
    for rule in found.operation.rules:
        day = max(filter(None, (found.spec.revised, rule.provenance.since)))
        options: dict[str, Any] = {"as_of": day, "basis": ("documented", rule.provenance.basis.value)}
        for case in rule.accepts:
            assert rule.id not in [one.rule for one in compiled(found.name)(case.body, **options)], case.place
            assert_agreement(found, case.body, options)
        for case in rule.rejects:
            assert [one.rule for one in compiled(found.name)(case.body, **options)] == [rule.id], case.place
            assert_agreement(found, case.body, options)


@pytest.mark.parametrize("basis", [(), ("observed",), ("hearsay",), ("documented", "hearsay"), "documented"], ids=repr)
def test_a_basis_that_both_readings_refuse(basis: Collection[str]) -> None:
    """Every basis includes what is documented, and there are three; a string is taken for its letters."""
    found = subject(SPEC_FILES[0])
    with pytest.raises(ValueError, match=r"basis|Basis"):
        violations(found.spec, found.operation, {}, basis=basis)
    with pytest.raises(ValueError, match="basis"):
        compiled(found.name)({}, basis=basis)
