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
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

from safelight import Spec, SpecError
from safelight.diagnostic import Report, TooManyProblems, lines_of
from safelight.loading import read_text
from safelight.model import Json, Place
from safelight.reading.nodes import Entries, Items, Node, Scalar, parse
from safelight.reading.shape import UNREADABLE, Doc, read_record
from safelight.records import dataclass
from safelight.schema import record_schema

from .fault import Fault
from .grammar import OrderError, read_phrase
from .kinds import Refusal
from .order import FaultDoc, build
from .strangers import strange_kinds, strange_names, strange_texts

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
    if doc.scenario != _VERSION and node is not None:
        report.add(_place(node, "scenario"), "E204", f"there is no version {doc.scenario} of scenarios", "write 1")
    named: set[str] = set()
    faults: list[Fault] = []
    orders = node.get("faults") if isinstance(node, Entries) else None
    nodes = orders.items if isinstance(orders, Items) else ()
    lines = lines_of(text)
    for number, (one, order) in enumerate(zip(doc.faults, nodes, strict=True), 1):
        if one.id is not None and one.id in named:
            report.add(_place(order, "id"), "E302", f"the id {one.id!r} is taken by another order of this file")
        named.add(one.id or "")
        if spec is not None and one.when is not None:
            for each in strange_names(one.when, spec):
                report.add(_place(order, "when", *each.path), "E301", each.message, each.help)
        try:
            fault = build(one, f"scenario-{number}")
        except OrderError as error:
            report.add(_place(order, error.key, at=error.at, lines=lines), "E204", error.message, error.help)
            continue
        if spec is not None:
            starts = read_phrase(one.fault).starts
            strange = strange_kinds(fault.steps, fault.scope, spec)
            for each in (*strange_texts(fault.steps, spec), *strange):
                start = starts[int(each.path[0])]
                refusal = isinstance(fault.steps[int(each.path[0])], Refusal)
                at = max(start, one.fault.find(each.name, start + len("error"))) if refusal else start
                report.add(_place(order, "fault", at=at, lines=lines), "E301", each.message, each.help)
        faults.append(fault)
    return tuple(faults)


def _place(node: Node, *path: str | int, at: int = 0, lines: Sequence[str] = ()) -> Place:
    """Return where a value stands.

    Args:
        node: The tree of an order.
        path: The keys that lead to it; of a field of ``parameters``, to its name.
        at: A place in its text, counted from 0.
        lines: The lines of the file, without which the value as a whole is meant.
    """
    last = len(path) - 1
    for depth, key in enumerate(path):
        entries = node.entries if isinstance(node, Entries) else ()
        found = next(((name, value) for name, value in entries if name.text == key), None)
        if found is None:
            break
        node = found[0] if depth == last and path[depth - 1 : depth] == ("parameters",) else found[1]
    place = node.place
    if isinstance(node, Scalar) and lines:
        written = lines[place.line - 1][place.column - 1 :]
        before = written.find(node.text)
        if before in {0, 1}:  # Plain, or in quotes and without an escape; a text of several lines is told as a whole.
            return Place(place.line, place.column + before + at)
    return place


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n")
