"""What a schema says in English, and which constraints it stands for."""

from __future__ import annotations

from collections.abc import Iterable

from safelight.judging.lens import Enforced
from safelight.model import ABSENT, Constraint, Outcome, Rule
from safelight_codegen.exports.schema import IMPOSSIBLE, Keywords, Schema
from safelight_codegen.text import sentence

__all__ = ["described", "identity"]


def identity(one: Constraint | Rule) -> Keywords:
    """Say which constraint it is, and how it is known."""
    return {
        "id": one.id,
        "requirement": one.requirement,
        "basis": one.provenance.basis.value,
        **({"source": one.provenance.source} if one.provenance.source else {}),
        **({"outcome": one.outcome.value} if one.outcome is not Outcome.REFUSE else {}),
    }


def described(
    schema: Schema, enforced: Enforced, constraints: Iterable[Constraint], remarks: Iterable[str]
) -> Keywords:
    """Add what a parameter is for, its default, and which constraints its schema stands for.

    Args:
        schema: What the parameter may be.
        enforced: The parameter.
        constraints: What is asked of it.
        remarks: What of that its schema does not say.
    """
    parameter = enforced.parameter
    keywords: Keywords = {"description": _description(enforced, remarks)}
    keywords |= IMPOSSIBLE if schema is False else {} if schema is True else schema
    if enforced.applies and parameter.default is not ABSENT and not parameter.default_when:
        keywords["default"] = parameter.default
    identities = [identity(one) for one in constraints]
    return keywords | ({"x-safelight-constraints": identities} if identities else {})


def _description(enforced: Enforced, remarks: Iterable[str]) -> str:
    if enforced.barred:
        constraint, note = enforced.barred
        return sentence(constraint.requirement + note)
    parameter = enforced.parameter
    chosen = (f"{value} stands for {stands_for}" for value, stands_for in parameter.becomes.items())
    return " ".join(sentence(text) for text in (parameter.doc, *remarks, *chosen))
