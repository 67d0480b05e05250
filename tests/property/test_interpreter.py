"""Laws that the interpreted reading keeps for every spec and every body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.interpret import Interpreter, Settlement, settle, violations
from safelight.model import Basis, Operation, Outcome, Spec
from safelight.vocabulary.checks import Violation
from tests.strategies import Subject, subjects, well_formed

EVERY_BASIS = ("documented", "observed", "advisory")
CHOICES = st.sampled_from([("documented",), ("documented", "observed"), ("documented", "advisory"), EVERY_BASIS])


def days(spec: Spec) -> st.SearchStrategy[date]:
    """Days around the spec's own, so that everything dated is met on both sides."""
    return st.integers(-400, 400).map(lambda count: spec.revised + timedelta(days=count))


def told(found: tuple[Violation, ...]) -> list[tuple[object, ...]]:
    """What tells violations apart, without the values: those may be too deep to compare."""
    return [(one.rule, one.parameter, one.message, repr(one.allowed), one.basis, one.outcome) for one in found]


def root_of(found: Violation) -> str:
    """The parameter of the body that a violation is about, or is inside of."""
    return found.parameter.split("[")[0].split(".")[0]


def position(found: Violation, operation: Operation) -> tuple[int, int]:
    """Where a violation belongs: parameters in spec order, then unknown fields, then rules in spec order."""
    parameters, rules = operation.parameters, [rule.id for rule in operation.rules]
    if found.rule in rules:
        return 2, rules.index(found.rule)
    if found.rule == operation.unknown_fields.id:
        return 1, 0
    return 0, parameters.index(root_of(found))


@given(subject=subjects(), data=st.data())
def test_any_body_is_judged_and_none_raises(subject: Subject, data: st.DataObject) -> None:
    """Whatever Python value comes as a body, on any day and by any bases, the answer is a settlement."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.bodies)
    settlement = settle(spec, operation, body, as_of=data.draw(days(spec)), basis=data.draw(CHOICES))
    assert isinstance(settlement, Settlement)
    for found in settlement.violations:
        found.message.encode()
        assert found.basis in set(Basis)
        assert found.outcome in set(Outcome)


@given(subject=subjects(), data=st.data())
def test_judging_changes_nothing_and_repeats_itself(subject: Subject, data: st.DataObject) -> None:
    """The body stays as it was, and the same body gets the same answer again, from a kept interpreter too."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    before = [(key, id(value)) for key, value in body.items()]
    kept = Interpreter(spec, operation, basis=EVERY_BASIS)
    first = settle(spec, operation, body, basis=EVERY_BASIS)
    assert [(key, id(value)) for key, value in body.items()] == before
    assert told(kept.settle(body).violations) == told(first.violations)
    assert told(kept.settle(body).violations) == told(first.violations)


@given(subject=subjects(), data=st.data())
def test_violations_stand_in_spec_order(subject: Subject, data: st.DataObject) -> None:
    """The order is the spec's, whatever order the body has: parameters, unknown fields, rules."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    found = violations(spec, operation, body, basis=EVERY_BASIS)
    places = [position(one, operation) for one in found]
    assert places == sorted(places)


@given(subject=subjects(), data=st.data())
def test_another_order_of_fields_is_another_way_to_say_the_same(subject: Subject, data: st.DataObject) -> None:
    """JSON objects have no order: shuffled fields break the same constraints."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    shuffled = dict(data.draw(st.permutations(list(body.items()))))
    one, other = (violations(spec, operation, each, basis=EVERY_BASIS) for each in (body, shuffled))
    assert sorted(told(one)) == sorted(told(other))


@given(subject=subjects(), data=st.data())
def test_a_body_built_within_the_limits_breaks_at_most_rules(subject: Subject, data: st.DataObject) -> None:
    """What the strategies solved from the spec's limits, the interpreter finds within them."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.well_formed)
    rules = {rule.id for rule in operation.rules}
    found = violations(spec, operation, body, basis=EVERY_BASIS)
    assert [one for one in found if one.rule not in rules] == []


@given(subject=subjects(), data=st.data())
def test_a_body_of_its_day_breaks_at_most_rules(subject: Subject, data: st.DataObject) -> None:
    """What is dated is legal in its time, and outside of it nothing asks for it: every day has its legal bodies."""
    spec, operation = subject.spec, subject.operation
    day = data.draw(days(spec))
    if operation.model_parameter is None or spec.names_as_of(day):
        body = data.draw(well_formed(spec, operation, day))
        found = violations(spec, operation, body, as_of=day, basis=EVERY_BASIS)
        assert {one.rule for one in found} <= {rule.id for rule in operation.rules}


@given(subject=subjects(), data=st.data())
def test_more_bases_refuse_no_less(subject: Subject, data: st.DataObject) -> None:
    """Who accepts observed constraints beside documented ones finds every documented fault again.

    A rule may fall silent, but only where one of its parameters has become faulty by itself.
    """
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    few = violations(spec, operation, body)
    many = violations(spec, operation, body, basis=EVERY_BASIS)
    parameters = {rule.id: rule.parameters for rule in operation.rules}
    faulty = {root_of(one) for one in many if one.rule not in parameters}
    again = {(one.rule, one.parameter) for one in many}
    for one in few:
        hidden = bool(faulty & set(parameters.get(one.rule, (root_of(one),))))
        assert (one.rule, one.parameter) in again or hidden


@given(subject=subjects(), data=st.data())
def test_ignored_ids_are_left_out_and_nothing_else(subject: Subject, data: st.DataObject) -> None:
    """``ignore`` takes violations out of the answer and changes no other."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    found = violations(spec, operation, body)
    ids = sorted({one.rule for one in found})
    ignored = data.draw(st.sets(st.sampled_from(ids))) if ids else set[str]()
    left = violations(spec, operation, body, ignore=ignored)
    assert told(left) == told(tuple(one for one in found if one.rule not in ignored))


@given(subject=subjects(), data=st.data())
def test_whole_floats_are_integers(subject: Subject, data: st.DataObject) -> None:
    """JSON knows no difference between ``1`` and ``1.0``: the verdict is the same."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    other = {key: float(value) if type(value) is int and abs(value) < 2**53 else value for key, value in body.items()}
    one = [(found.rule, found.parameter) for found in violations(spec, operation, body, basis=EVERY_BASIS)]
    two = [(found.rule, found.parameter) for found in violations(spec, operation, other, basis=EVERY_BASIS)]
    assert one == two


@given(subject=subjects(), data=st.data())
def test_a_suggestion_mends_what_it_is_made_for(subject: Subject, data: st.DataObject) -> None:
    """The nearest legal value, put in the place of the offending one, breaks no constraint of its parameter."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    rules = {rule.id for rule in operation.rules}
    for one in violations(spec, operation, body, basis=EVERY_BASIS):
        suggested = one.nearest is not None and one.rule not in rules and one.rule != operation.unknown_fields.id
        if suggested and one.parameter in operation.parameters and one.parameter != operation.model_parameter:
            mended = violations(spec, operation, {**body, one.parameter: one.nearest}, basis=EVERY_BASIS)
            assert [again for again in mended if again.rule not in rules and again.parameter == one.parameter] == []


@given(subject=subjects(), data=st.data())
def test_parameters_are_judged_each_by_itself(subject: Subject, data: st.DataObject) -> None:
    """What is wrong with a body's values is what is wrong with each value alone, beside the same model."""
    spec, operation = subject.spec, subject.operation
    body = data.draw(subject.nearly)
    name = operation.model_parameter
    if name is not None:
        body[name] = data.draw(st.sampled_from([*spec.models, "no-such-model"]))
    model = {name: body[name]} if name is not None else {}
    rules = {rule.id for rule in operation.rules}

    def values_told(part: Mapping[Any, Any], key: str) -> list[tuple[object, ...]]:
        found = violations(spec, operation, part, basis=EVERY_BASIS)
        return told(tuple(one for one in found if one.rule not in rules and root_of(one) == key))

    for key in operation.parameters:
        alone = {**model, key: body[key]} if key in body else model
        assert values_told(alone, key) == values_told(body, key)


@given(subject=subjects(), data=st.data())
def test_refused_is_said_of_requests_with_a_refusal_and_no_other(subject: Subject, data: st.DataObject) -> None:
    """Gentle outcomes are told as violations, but do not refuse a request."""
    spec, operation = subject.spec, subject.operation
    settlement = settle(spec, operation, data.draw(subject.nearly), basis=EVERY_BASIS)
    assert settlement.refused == any(one.outcome == "refuse" for one in settlement.violations)


@given(subject=subjects(), data=st.data())
def test_what_the_api_goes_on_with_is_legal_where_nothing_is_refused(subject: Subject, data: st.DataObject) -> None:
    """After gentle corrections, the effective values break no constraint that corrects a value."""
    spec, operation = subject.spec, subject.operation
    settlement = settle(spec, operation, data.draw(subject.nearly))
    if settlement.refused:
        return
    correcting = {"clamp", "truncate", "replace", "drop", "ignore"}
    again = violations(spec, operation, {**settlement.effective})
    top = [one for one in again if one.parameter in operation.parameters and one.outcome in correcting]
    assert top == []
