"""The sources: what a constraint is taken from, so that whoever breaks it can read it up."""

from __future__ import annotations

from typing import Any

from safelight.model import Rule, Source, Spec
from safelight.vocabulary.checks import Violation
from safelight.vocabulary.index import identified

__all__ = ["SourceBook", "violation_record"]


class SourceBook:
    """Finds what the constraints of a spec are taken from.

    Args:
        spec: The spec.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._stated = {
            id_: one for operation in spec.operations.values() for id_, one in identified(operation).items()
        }

    def __len__(self) -> int:
        return len(self._stated)

    def source(self, id_: str) -> Source | None:
        """Return the source of a constraint; None where the spec names none, or has no such constraint any more."""
        stated = self._stated.get(id_)
        name = stated.provenance.source if stated is not None else None
        return self._spec.sources.get(name) if name is not None else None

    def record(self, id_: str) -> dict[str, Any] | None:
        """Return the source of a constraint as JSON."""
        source = self.source(id_)
        if source is None:
            return None
        read = source.read.isoformat() if source.read else None
        return {"id": source.id, "title": source.title, "url": source.url, "read": read}

    def why(self, id_: str) -> str | None:
        """Return what the spec says on why a rule is one."""
        stated = self._stated.get(id_)
        return stated.why if isinstance(stated, Rule) else None


def violation_record(violation: Violation, book: SourceBook) -> dict[str, Any]:
    """Return a violation as JSON, with its source beside it."""
    return {
        "rule": violation.rule,
        "parameter": violation.parameter,
        "value": violation.value,
        "message": violation.message,
        "allowed": list(violation.allowed),
        "nearest": violation.nearest,
        "basis": str(violation.basis),
        "outcome": str(violation.outcome),
        "why": book.why(violation.rule),
        "source": book.record(violation.rule),
    }
