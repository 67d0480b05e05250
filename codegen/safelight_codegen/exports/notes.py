"""What the documents say beside their schemas: what they leave out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from safelight.judging.lens import Lens
from safelight.model import Constraint, Operation, Outcome, Parameter, Rule, Spec, UnknownPolicy
from safelight_codegen.exports.requests import Requests
from safelight_codegen.exports.schema import Keywords
from safelight_codegen.exports.tables import TableSchema

__all__ = ["left_out", "origin"]

_Stated: TypeAlias = Constraint | Rule | UnknownPolicy


def origin(spec: Spec, lens: Lens) -> Keywords:
    """Say which spec a document follows from, and as of which day and by which bases."""
    return {
        "x-safelight": {
            "spec": spec.name,
            "as_of": lens.as_of.isoformat(),
            "basis": sorted(basis.value for basis in lens.basis),
            "sources": {
                source.id: {
                    "title": source.title,
                    **({"url": source.url} if source.url else {}),
                    **({"read": source.read.isoformat()} if source.read else {}),
                }
                for source in spec.sources.values()
            },
        }
    }


def left_out(requests: Requests, tables: Sequence[TableSchema]) -> Keywords:
    """List what the schema of *tables* does not ask for: what cannot be said, is tolerated, or is not in force."""
    operation, lens = requests.operation, requests.lens
    stated = {one.id: one for table in tables for one in _stated(operation, table)}
    counting = {id_: lens.in_force(one.provenance) for id_, one in stated.items()}
    tolerated = [
        {"id": id_, "requirement": _requirement(one), "outcome": one.outcome.value}
        for id_, one in stated.items()
        if counting[id_] and one.outcome is not Outcome.REFUSE
    ]
    not_in_force = [_known(one) for id_, one in stated.items() if not counting[id_]]
    return {
        "x-safelight-unsaid": [
            {"id": note.id, "requirement": note.requirement, "reason": note.reason} for note in requests.unsaid(tables)
        ],
        **({"x-safelight-tolerated": tolerated} if tolerated else {}),
        **({"x-safelight-not-in-force": not_in_force} if not_in_force else {}),
    }


def _stated(operation: Operation, table: TableSchema) -> Iterator[_Stated]:
    """Yield everything that a table asks for."""
    for enforced in table.scope.parameters.values():
        yield from _of_parameter(enforced.parameter)
    yield operation.unknown_fields
    models = table.scope.models
    yield from (rule for rule in operation.rules if rule.models is None or (models and models <= rule.models))


def _of_parameter(parameter: Parameter) -> Iterator[_Stated]:
    yield from parameter.constraints
    for part in (*parameter.members, *([parameter.items] if parameter.items else [])):
        yield from _of_parameter(part)
    if parameter.unknown_members is not None:
        yield parameter.unknown_members


def _known(one: _Stated) -> Keywords:
    provenance = one.provenance
    return {
        "id": one.id,
        "requirement": _requirement(one),
        "basis": provenance.basis.value,
        **({"source": provenance.source} if provenance.source else {}),
        **({"since": provenance.since.isoformat()} if provenance.since else {}),
        **({"until": provenance.until.isoformat()} if provenance.until else {}),
    }


def _requirement(one: _Stated) -> str:
    return "every field must be one that is named" if isinstance(one, UnknownPolicy) else one.requirement
