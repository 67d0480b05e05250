"""Scenarios: faults in a YAML file, to be ordered when a server starts.

    # yaml-language-server: $schema=scenario.schema.json
    scenario: 1
    faults:
      - fault: rate-limit; retry-after=1, rate-limit, ok
        when: { model: gpt-image-1 }
      - { fault: latency; seconds=2, probability: 0.1, seed: 7 }

Orders without an id are called scenario-1, scenario-2 and so on, so that several servers with one file have one order.

The file is read by the language's own reader, so every mistake in it is told at once, as a compiler does: with file,
line and column.  ``python -m safelight_mockserver.faults.scenario`` prints its JSON Schema.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from safelight import Spec, SpecError
from safelight.diagnostic import Report, TooManyProblems
from safelight.loading import read_text
from safelight.model import Json, Place
from safelight.nodes import parse
from safelight.schema import record_schema
from safelight.shape import UNREADABLE, Doc, read_record

from .fault import Fault
from .order import FaultDoc, build
from .strangers import strange_names, strange_texts

__all__ = ["ScenarioDoc", "load_scenario", "read_scenario", "scenario_schema"]

_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDoc:
    """Faults that stand from the start."""

    place: Place
    scenario: Annotated[int, Doc("The version of this form: 1.")]
    faults: Annotated[tuple[FaultDoc, ...], Doc("The orders; a request meets the first that is about it.")]
    doc: Annotated[str | None, Doc("What the scenario is for.")] = None


def load_scenario(path: str | Path, spec: Spec | None = None) -> tuple[Fault, ...]:
    """Read the scenario file at *path*.

    Args:
        path: The file.
        spec: The API that it is for; names in it that this API does not have are problems.

    Raises:
        SpecError: The file cannot be read, or has problems; all of them are listed.
    """
    return read_scenario(read_text(path), str(path), spec)


def read_scenario(text: str, path: str = "<scenario>", spec: Spec | None = None) -> tuple[Fault, ...]:
    """Read the scenario in *text*; see `load_scenario`."""
    report = Report()
    faults: tuple[Fault, ...] = ()
    with suppress(TooManyProblems):  # The report says so.
        faults = _read(text, report, spec)
    if report.problems:
        raise SpecError(path, report.problems, text)
    return faults


def scenario_schema() -> dict[str, Json]:
    """Build the JSON Schema of scenario files, from the records that read them."""
    return record_schema(ScenarioDoc, "A Safelight scenario")


def _read(text: str, report: Report, spec: Spec | None) -> tuple[Fault, ...]:
    node = parse(text, report)
    doc = read_record(node, ScenarioDoc, report, "a scenario") if node is not None else UNREADABLE
    if not isinstance(doc, ScenarioDoc):
        return ()
    if doc.scenario != _VERSION:
        report.add(doc.place, "E204", f"there is no version {doc.scenario} of scenarios", "write 1")
    named: set[str] = set()
    faults: list[Fault] = []
    for number, one in enumerate(doc.faults, 1):
        if one.id is not None and one.id in named:
            report.add(one.place, "E302", f"the id {one.id!r} is taken by another order of this file")
        named.add(one.id or "")
        if spec is not None and one.when is not None:
            for message, told in strange_names(one.when, spec):
                report.add(one.when.place, "E301", message, told)
        fault = build(one, report, f"scenario-{number}")
        if fault is None:
            continue
        if spec is not None:
            for message, told in strange_texts(fault.steps, spec):
                report.add(one.place, "E301", message, told)
        faults.append(fault)
    return tuple(faults)


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n")
