"""Shots: what a load test sends is what the spec says it is."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight import load
from safelight.judging.interpret import violations
from safelight_testkit.shots import Kind, Mixture, Shot, fault_of, read_mixture, shots

SPEC = load(Path(__file__).parents[3] / "spec" / "ttapi-images.yaml")
OPERATION = next(iter(SPEC.operations.values()))


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_valid_requests_are_valid_and_refused_ones_are_not(seed: int) -> None:
    """Every request is of its kind, and only those that ask for a stream expect one."""
    for shot in islice(shots(SPEC, Mixture(seed=seed)), 60):
        body = json.loads(shot.body)
        assert bool(violations(SPEC, OPERATION, body)) == (shot.kind is Kind.REFUSED), shot
        if shot.kind is not Kind.REFUSED:
            assert (body.get("stream") is True) == (shot.kind is Kind.STREAM) == bool(shot.final), shot


def test_a_seed_gives_the_same_requests_in_every_process() -> None:
    """The same seed the same, another seed others."""
    first, again, other = (list(islice(shots(SPEC, Mixture(seed=seed)), 50)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_number_of_requests_ends_them() -> None:
    """Those of a run by number are the first of a run without end."""
    some = list(shots(SPEC, read_mixture({"SAFELIGHT_REQUESTS": "7"})))
    assert some == list(islice(shots(SPEC, Mixture()), 7))


def test_weights_and_models_are_kept_to() -> None:
    """A kind without weight never comes; models that were not asked for neither."""
    mixture = read_mixture({"SAFELIGHT_WEIGHTS": "call=3, refused=1", "SAFELIGHT_MODELS": "dall-e-3"})
    some = list(islice(shots(SPEC, mixture), 400))
    assert {shot.kind for shot in some} == {Kind.CALL, Kind.REFUSED}
    assert 200 < sum(shot.kind is Kind.CALL for shot in some) < 390
    assert {json.loads(shot.body)["model"] for shot in some if shot.kind is Kind.CALL} == {"dall-e-3"}


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"SAFELIGHT_WEIGHTS": "call"}, "got 'call'"),
        ({"SAFELIGHT_WEIGHTS": "calls=3"}, "got 'calls=3'"),
        ({"SAFELIGHT_WEIGHTS": "call=0"}, "leaves no request"),
        ({"SAFELIGHT_SEED": "x"}, "SAFELIGHT_SEED is a whole number"),
        ({"SAFELIGHT_REQUESTS": "-1"}, "SAFELIGHT_REQUESTS is a whole number"),
    ],
)
def test_what_makes_no_sense_is_told(environment: dict[str, str], told: str) -> None:
    """By the name of the variable."""
    with pytest.raises(ValueError, match=told):
        read_mixture(environment)


def test_a_kind_that_a_model_does_not_have_is_told() -> None:
    """Instead of looking for it for ever."""
    mixture = Mixture(models=("dall-e-2",), weights={Kind.STREAM: 1})
    with pytest.raises(ValueError, match="no valid request of the kind stream"):
        next(shots(SPEC, mixture))


@pytest.mark.parametrize(
    ("kind", "status", "content", "fault"),
    [
        (Kind.CALL, 200, b"{}", ""),
        (Kind.CALL, 400, b"{}", "status 400 to a valid request"),
        (Kind.CALL, 0, b"", "there was no answer"),
        (Kind.STREAM, 200, b"event: done\n", ""),
        (Kind.STREAM, 200, b"event: partial\n", "the stream ended without a finished image"),
        (Kind.REFUSED, 400, b"{}", ""),
        (Kind.REFUSED, 200, b"{}", "status 200 to what is not valid"),
        (Kind.REFUSED, 401, b"{}", "status 401 to what is not valid"),
        (Kind.REFUSED, 500, b"{}", "status 500 to what is not valid"),
    ],
)
def test_answers_are_judged_by_what_was_sent(kind: Kind, status: int, content: bytes, fault: str) -> None:
    """Right answers of each kind pass, others are told in a sentence."""
    final = ("done",) if kind is Kind.STREAM else ()
    assert fault_of(Shot(kind=kind, operation="o", path="/", body="{}", final=final), status, content) == fault
