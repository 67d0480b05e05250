"""The catalogue: every mutant of a spec, always the same and always in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from safelight.model import Operation, Spec
from safelight_testkit.mutants.access import access_mutants
from safelight_testkit.mutants.answers import answer_mutants
from safelight_testkit.mutants.behaviour import behaviour_mutants
from safelight_testkit.mutants.constraints import constraint_mutants
from safelight_testkit.mutants.errors import error_mutants, unreached
from safelight_testkit.mutants.mutant import Mutant
from safelight_testkit.mutants.parameters import parameter_mutants
from safelight_testkit.mutants.rules import rule_mutants
from safelight_testkit.mutants.site import site_mutants

__all__ = ["catalogue", "left_out"]

_MAKERS = (
    constraint_mutants,
    parameter_mutants,
    rule_mutants,
    access_mutants,
    error_mutants,
    answer_mutants,
    behaviour_mutants,
    site_mutants,
)


def catalogue(spec: Spec) -> Mapping[str, Mutant]:
    """Every mutant of *spec* by its id."""
    found: dict[str, Mutant] = {}
    for mutant in _all(spec):
        found.setdefault(mutant.id, mutant)
    return found


def _all(spec: Spec) -> Iterator[Mutant]:
    for operation in spec.operations.values():
        for make in _MAKERS:
            yield from make(spec, operation)


def left_out(operation: Operation) -> Mapping[str, str]:
    """What has no mutants although the spec says something of it, and why."""
    found = {f"{operation.name}.errors.{kind}": why for kind, why in unreached(operation).items()}
    if operation.response.usage is not None:
        why = "the spec has it as the fake's estimate, and says nothing of how the API counts"
        found[f"{operation.name}.response.usage.bytes_per_text_token"] = why
    return found
