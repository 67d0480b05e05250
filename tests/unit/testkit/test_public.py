"""The kit as a library: one call examines a server, and names are there without what they do not need."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

import safelight_testkit
from safelight import load
from safelight_mockserver import Options, fake
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit import Answer, CannotRun, Selection, Severity, examine, exit_code, groups, judge
from tests.contract.runs import HONEST, ROOT, TTAPI

FEW = Selection(models=("dall-e-2",), only=("generate.n.*",))
URL = "http://127.0.0.1/v1"


def test_one_call_examines_an_application_in_this_process() -> None:
    """The report names the rule that the application forgot, and nothing else."""
    forgetful = AsyncAppTransport(fake(TTAPI, Options(ignore=["generate.n.maximum"])))

    honest = examine(TTAPI, URL, transport=AsyncAppTransport(HONEST), selection=FEW)
    report = examine(TTAPI, URL, transport=forgetful, selection=FEW)

    assert (exit_code(honest), exit_code(report)) == (0, 1)
    assert [group.constraints for group in groups(report)] == [("generate.n.maximum",)]


def test_a_server_that_may_send_a_bill_is_not_called_before_a_budget_is_named() -> None:
    """Nothing that costs goes to another machine by mistake; the message says what it would cost."""
    with pytest.raises(ValueError, match=r"api\.invalid may send a bill for \d+ of the requests, about \d+\.\d\d USD"):
        examine(TTAPI, "https://api.invalid/v1", selection=FEW)


def test_a_budget_needs_prices() -> None:
    """A limit that cannot be kept is not pretended; one without an amount needs none."""
    spec = load(ROOT / "tests" / "specs" / "xai-images.yaml")

    with pytest.raises(ValueError, match="a budget needs prices"):
        examine(spec, "http://127.0.0.1:9/v1", budget=1.0)
    with pytest.raises(CannotRun):
        examine(spec, "http://127.0.0.1:9/v1", budget=math.inf)


def test_one_answer_can_be_judged() -> None:
    """A recorded answer will do: bytes, a status, and what was asked for."""
    answer = Answer(status=200, headers=(("Content-Type", "application/json"),), body=b'{"created": 1, "data": []}')

    found = judge(TTAPI, TTAPI.operations["generate"], {"model": "dall-e-2", "prompt": "a fox"}, answer)

    assert "images.count" in {finding.kind for finding in found if finding.severity is Severity.FAULT}


def test_names_are_fetched_when_they_are_asked_for() -> None:
    """Whoever makes requests pays neither for Hypothesis nor for an HTTP library; whoever does nothing, for nothing."""
    code = """
import sys, safelight_testkit
heavy = {"safelight.model", "hypothesis", "httpx2", "PIL", "starlette"}
print(sorted(heavy & set(sys.modules)))
safelight_testkit.cover, safelight_testkit.judge, safelight_testkit.Coverage
print(sorted(heavy & set(sys.modules) - {"safelight.model", "PIL"}))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines() == ["[]", "[]"]


def test_every_public_name_is_there() -> None:
    """And `dir` lists them; a name that does not exist is an error as anywhere."""
    assert set(safelight_testkit.__all__) <= set(dir(safelight_testkit))
    assert all(getattr(safelight_testkit, name) is not None for name in safelight_testkit.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(safelight_testkit, "no" + "thing")
