"""Reading the rules across parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from safelight.diagnostic import Report, suggest
from safelight.model import (
    ALWAYS,
    Basis,
    Case,
    Condition,
    CountOf,
    Operator,
    Outcome,
    Provenance,
    Rule,
    Test,
    View,
)
from safelight.vocabulary.mentions import models_named, parameters_of
from safelight.vocabulary.wording import exclusion_requirement, rule_requirement

from .conditions import ConditionReader, models_of
from .document import RuleDoc
from .names import Names
from .nodes import Entries, Node, to_json

_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_RULE_OUTCOMES: Final = frozenset({Outcome.REFUSE, Outcome.WARN, Outcome.IGNORE, Outcome.DROP, Outcome.REPLACE})


def resolve_rules(
    operation: str, docs: tuple[RuleDoc, ...], names: Names, conditions: ConditionReader, report: Report
) -> tuple[Rule, ...]:
    """Build the rules of an operation, in spec order."""
    seen: set[str] = set()
    for doc in docs:
        if not _ID.fullmatch(doc.id):
            report.add(doc.place, "E302", f"{doc.id!r} is no rule id: lower case words with hyphens make one")
        if doc.id in seen:
            report.add(doc.place, "E302", f"the rule id {doc.id!r} is taken")
        seen.add(doc.id)
    return tuple(_rule(operation, doc, names, conditions, report) for doc in docs)


def _rule(operation: str, doc: RuleDoc, names: Names, conditions: ConditionReader, report: Report) -> Rule:
    when, require, requirement = _form(doc, conditions, report)
    parameters = tuple(dict.fromkeys((*parameters_of(when), *parameters_of(require))))
    fault = doc.parameter or (parameters[0] if parameters else "")
    if doc.parameter is not None and doc.parameter not in conditions.types:
        report.add(
            doc.place, "E301", f"there is no parameter {doc.parameter!r}", suggest(doc.parameter, conditions.types)
        )
    if doc.source is not None and doc.source not in names.sources:
        report.add(doc.place, "E301", f"there is no source {doc.source!r}", suggest(doc.source, names.sources))
    outcome = doc.outcome or Outcome.REFUSE
    if outcome not in _RULE_OUTCOMES:
        report.add(doc.place, "E204", f"a rule cannot {outcome}: nothing says to which value")
    if (outcome is Outcome.REPLACE) != (doc.replace_with is not None):
        report.add(doc.place, "E205", "the outcome replace and the key replace_with go together")
    return Rule(
        id=f"{operation}.{doc.id}",
        when=when,
        require=require,
        parameter=fault,
        parameters=parameters,
        models=_models(doc, when, names, conditions),
        requirement=doc.message or requirement,
        why=doc.why,
        provenance=Provenance(basis=doc.basis or Basis.DOCUMENTED, source=doc.source, since=doc.since, until=doc.until),
        outcome=outcome,
        replacement=doc.replace_with,
        error=doc.error,
        accepts=tuple(_case(node, report) for node in doc.accepts),
        rejects=tuple(_case(node, report) for node in doc.rejects),
        place=doc.place,
    )


def _models(doc: RuleDoc, when: Condition, names: Names, conditions: ConditionReader) -> frozenset[str] | None:
    """The models that the rule can be about: those it is said to be for, of those that its condition can hold for."""
    fired = models_named(when, conditions.model_parameter)
    if doc.applies_to is None:
        return fired
    stated = frozenset(models_of(doc.applies_to, names.members, doc.place, conditions.report))
    return stated if fired is None else stated & fired


def _form(doc: RuleDoc, conditions: ConditionReader, report: Report) -> tuple[Condition, Condition, str]:
    """Read the one of three forms that a rule takes: when and require, at-most-one, exactly-one."""
    forms = [doc.require is not None, doc.at_most_one is not None, doc.exactly_one is not None]
    if sum(forms) != 1:
        report.add(doc.place, "E205", "a rule has one of require, at_most_one and exactly_one")
    exclusive = doc.exactly_one if doc.at_most_one is None else doc.at_most_one
    if exclusive is None:
        when, require = conditions.read(doc.when, View.SENT), conditions.read(doc.require, View.EFFECTIVE)
        return when, require, rule_requirement(when, require)
    if len(set(exclusive)) < 2:
        report.add(doc.place, "E204", "a choice is between two parameters or more")
    for name in exclusive:
        if name not in conditions.types:
            report.add(doc.place, "E301", f"there is no parameter {name!r}", suggest(name, conditions.types))
    exactly = doc.exactly_one is not None
    operator, value = (Operator.IN, (1,)) if exactly else (Operator.AT_MOST, 1)
    test = Test(CountOf(exclusive), operator, value, doc.place)
    when = conditions.read(doc.when, View.SENT) if doc.when is not None else ALWAYS
    return when, test, exclusion_requirement(exclusive, exactly=exactly)


def _case(node: Node, report: Report) -> Case:
    body: Mapping[str, Any] = {}
    if isinstance(node, Entries):
        body = to_json(node, report)
    else:
        report.add(node.place, "E203", "a case is a request body, a mapping")
    return Case(MappingProxyType(dict(body)), node.place)
