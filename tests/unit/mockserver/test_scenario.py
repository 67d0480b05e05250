"""What scenario files promise: read as orders, checked as specs are, described by a schema that agrees."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from safelight import Spec, SpecError
from safelight_mockserver.faults.kinds import name_of
from safelight_mockserver.faults.scenario import load_scenario, read_scenario, scenario_schema

from .conftest import ROOT

VALIDATOR: Final[Any] = import_module("jsonschema").Draft202012Validator  # jsonschema has no types of its own

GOOD = """
scenario: 1
doc: A busy Monday.
faults:
  - fault: rate-limit; retry-after=1, rate-limit, ok
    id: busy
    when: { model: gpt-image-1, parameters: { n: 2 } }
  - { fault: latency; seconds=2, probability: 0.1, seed: 7 }
"""


def test_a_scenario_is_orders(ttapi: Spec) -> None:
    """In the order of the file; those without a name are numbered, the same on every server."""
    faults = read_scenario(GOOD, spec=ttapi)
    assert [one.id for one in faults] == ["busy", "scenario-2"]
    assert [name_of(step) for step in faults[0].steps] == ["rate-limit", "rate-limit", "ok"]
    assert (faults[0].scope.model, dict(faults[0].scope.parameters)) == ("gpt-image-1", {"n": 2})
    assert (faults[1].probability, faults[1].times) == (0.1, None)
    assert read_scenario(GOOD) == faults


def test_every_mistake_is_told_at_once_with_its_place(ttapi: Spec, tmp_path: Path) -> None:
    """As a compiler does: at the value itself, down to the word in an order, with what would be right."""
    path = tmp_path / "bad.yaml"
    path.write_text(
        "scenario: 2\n"
        "faults:\n"
        "  - fault: rate-limt\n"
        "    when: { model: gpt-image-9, parameters: { m: 2 } }\n"
        "  - { fault: reset, probabilty: 0.5 }\n"
        "  - { fault: reset, id: a, times: 0 }\n"
        "  - { fault: reset, id: a }\n"
        "  - { fault: error; text=maximun }\n"
        '  - fault: "ok, rate-limit; retry-afer=1"\n'
        "  - fault: rate-limit; retry-after=99999, ok\n"
        "    when:\n"
        "      operation: generat\n"
        "  - fault: reset; times=0\n"
        "  - fault: >-\n"
        "      reset;\n"
        "      x=1\n",
        "utf-8",
    )
    with pytest.raises(SpecError) as caught:
        load_scenario(path, ttapi)
    told = str(caught.value)
    for place, text in (
        ("1:11", "there is no version 2 of scenarios"),
        ("3:12", "there is no fault 'rate-limt'"),
        ("4:20", "ttapi-images has no model 'gpt-image-9'"),
        ("4:47", "ttapi-images has no parameter 'm'"),
        ("5:21", "an item of the key 'faults' has no key 'probabilty'"),
        ("6:35", "the order 'reset': times must be 1 or more, got 0"),
        ("7:25", "the id 'a' is taken by another order of this file"),
        ("8:26", "ttapi-images has no error 'maximun'"),
        ("9:29", "rate-limit cannot be told 'retry-afer'"),
        ("10:36", "retry-after must be from 0 to 3600, got 99999"),
        ("12:18", "ttapi-images has no operation 'generat'"),
        ("13:12", "the order 'reset; times=0': times must be 1 or more, got 0"),
        ("14:12", "the order 'reset; x=1': reset cannot be told 'x'"),
    ):
        assert re.search(rf"{re.escape(f'{path}:{place}: error[')}E\d+\]: .*{re.escape(text)}", told), (place, text)
    assert told.count(": error[") == 13
    for help_ in ("'rate-limit'?", "'gpt-image-2'?", "'probability'?", "'maximum'?", "'retry-after'?", "'generate'?"):
        assert f"did you mean {help_}" in told


@pytest.mark.parametrize("text", ["", "[]", "scenario: 1", "scenario: 1\nfaults: {}", "faults: []", "a: &x 1"])
def test_what_is_no_scenario_is_told_as_such(text: str) -> None:
    """Never by a traceback."""
    with pytest.raises(SpecError):
        read_scenario(text)


def test_a_file_that_is_not_there_is_told_too(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(SpecError, match=r"none\.yaml"):
        load_scenario(tmp_path / "none.yaml")


def test_orders_of_one_file_have_names_of_their_own() -> None:
    """A second one would take the place of the first."""
    with pytest.raises(SpecError, match="is taken by another order"):
        read_scenario("scenario: 1\nfaults:\n  - {fault: reset, id: a}\n  - {fault: ok, id: a}\n")


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"fault": "rate-limt"}, False),
        ({"fault": "stream-cut; after=2"}, True),
        ({"times": "two"}, False),
        ({"when": {"modle": "x"}}, False),
        ({"when": {"model": "x", "parameters": {"stream": True}}}, True),
        ({"probability": 0.5}, True),
    ],
)
def test_the_schema_and_the_reader_are_of_one_mind(change: dict[str, Any], fits: bool) -> None:
    """Editors flag what the fake refuses."""
    body: Any = {"scenario": 1, "faults": [{"fault": "reset", **change}]}
    assert VALIDATOR(scenario_schema()).is_valid(body) is fits
    if fits:
        assert read_scenario(yaml.safe_dump(body))
    else:
        with pytest.raises(SpecError):
            read_scenario(yaml.safe_dump(body))


def test_the_schema_in_the_repository_is_fresh() -> None:
    """``python -m safelight_mockserver.faults.scenario > spec/scenario.schema.json`` makes it anew."""
    shown = json.loads((ROOT / "spec" / "scenario.schema.json").read_text("utf-8"))
    assert shown == scenario_schema()
