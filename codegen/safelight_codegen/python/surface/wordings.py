"""What the docstring of a method says: in English, exactly what the validator checks in code.

Both come from the same line of the spec.  A constraint that does not hold by default says how it is known and when it
holds; a rule says its id, under which it can be looked up and switched off.
"""

from __future__ import annotations

from collections.abc import Iterator

from safelight.model import ABSENT, ANY_MODEL, KnownModel, NotNull, OfType, Provenance, Required
from safelight.vocabulary.checks import shown
from safelight.vocabulary.wording import condition_phrase
from safelight_codegen.python.code.operation import Compiled, has_dated_models
from safelight_codegen.text import sentence

__all__ = ["parameter_doc"]

_UNTOLD = (OfType, NotNull, Required)


def parameter_doc(compiled: Compiled, name: str) -> str:
    """What a parameter is for, its default, and every constraint and rule that speaks of it; one paragraph."""
    some = compiled.operation.tables[ANY_MODEL].parameters[name]
    parts = [sentence(some.doc)]
    told = dict.fromkeys(_requirements(compiled, name))
    if told:
        parts.append(f"{'; '.join(told)}.")
    default = _default(compiled, name)
    if default:
        parts.append(default)
    return " ".join(parts)


def _requirements(compiled: Compiled, name: str) -> Iterator[str]:
    for parameter in compiled.parameter(name).values():
        for one in parameter.constraints:
            idle = isinstance(one.check, KnownModel) and one.check.others and not has_dated_models(compiled.spec)
            if not isinstance(one.check, _UNTOLD) and not idle:
                yield f"{one.requirement}{_limits(one.provenance)}"
    for rule in compiled.operation.rules:
        if name in rule.parameters:
            yield f"{rule.requirement} ({rule.id.partition('.')[2]}){_limits(rule.provenance)}"


def _limits(provenance: Provenance) -> str:
    """Why a constraint does not hold by default, or not always."""
    words = [] if provenance.basis == "documented" else [provenance.basis.value]
    words += [f"from {provenance.since} on"] if provenance.since else []
    words += [f"until {provenance.until}"] if provenance.until else []
    return f" ({', '.join(words)})" if words else ""


def _default(compiled: Compiled, name: str) -> str:
    """The default, with the models or the condition that another one is for."""
    values: dict[str, list[str]] = {}
    tables = compiled.parameter(name)
    for table, parameter in tables.items():
        if table != ANY_MODEL and parameter.applies and parameter.default is not ABSENT:
            values.setdefault(shown(parameter.default), []).append(table)
    usual, *others = sorted(values, key=lambda value: -len(values[value])) or [shown(tables[ANY_MODEL].default)]
    some = tables[ANY_MODEL]
    if not values and some.default is ABSENT:
        return ""
    parts = [usual, *(f"{value} for {' and '.join(values[value])}" for value in others)]
    parts += [f"{shown(one.value)} with {condition_phrase(one.when)}" for one in some.default_when]
    return f"Default: {', '.join(parts)}."
