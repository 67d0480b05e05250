"""The 2,000 bodies that every validator judges: 1,000 valid ones, and 1,000 of which each breaks one constraint.

They come from the spec through the test kit, the same on every machine, and the interpreter confirms each: it is no
side of any comparison.  One corner of the rules is left out: a null for a parameter that the model does not have, which
counts as not sent.  It would cost every peer a field for each such parameter, and nobody sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final, TypeAlias

from safelight import Operation, Spec, load
from safelight.judging.interpret import violations
from safelight.model import ABSENT, ANY_MODEL
from safelight_testkit import bodies, plan

__all__ = ["SPEC", "Body", "Corpus", "corpus", "first_api"]

Body: TypeAlias = dict[str, Any]

SPEC: Final = Path(__file__).resolve().parents[2] / "spec" / "ttapi-images.yaml"

_MANY: Final = 1000


@dataclass(frozen=True, slots=True)
class Corpus:
    """Bodies, and what is wrong with them.

    Attributes:
        valid: Bodies that break nothing.
        faulty: Bodies that break one constraint each.
        broken: The id of that constraint, for each of them.
    """

    valid: tuple[Body, ...]
    faulty: tuple[Body, ...]
    broken: tuple[str, ...]


def first_api() -> tuple[Spec, Operation]:
    """The first API, and its one operation."""
    spec = load(SPEC)
    (operation,) = spec.operations.values()
    return spec, operation


def corpus(many: int = _MANY) -> Corpus:
    """Make *many* valid bodies and as many faulty ones, going round all constraints of all models."""
    spec, operation = first_api()
    valid = tuple(islice(_plain(spec, operation, 0), many))
    breaking = [
        case for case in plan(spec, operation).cases if case.isolates and case.refused and isinstance(case.body, dict)
    ]
    by_model: dict[str, list[Body]] = {}
    for one in islice(_plain(spec, operation, 1), 4 * many):
        by_model.setdefault(str(one.get("model")), []).append(one)
    supply = {model: cycle(found) for model, found in by_model.items()}
    faulty: list[Body] = []
    broken: list[str] = []
    for case in cycle(breaking):
        if len(faulty) == many:
            break
        alone: Body = case.body
        body = _overlaid(next(supply[case.model]), case.pins) if case.model in supply else alone
        told = [one.rule for one in violations(spec, operation, body)]
        # Another body of the model may break more than this; the case itself does not.
        faulty.append(body if told == [case.constraint] else alone)
        broken.append(case.constraint)
    return Corpus(valid, tuple(faulty), tuple(broken))


def _plain(spec: Spec, operation: Operation, seed: int) -> Iterator[Body]:
    """Valid bodies without nulls for parameters that the model does not have."""
    for body in bodies(spec, operation, seed):
        named = body.get("model")
        table = operation.tables[spec.names[named] if isinstance(named, str) else ANY_MODEL]
        if all(value is not None or table.parameters[name].applies for name, value in body.items()):
            yield body


def _overlaid(body: Body, pins: Mapping[str, Any]) -> Body:
    changed = {**body, **pins}
    return {key: value for key, value in changed.items() if value is not ABSENT}
