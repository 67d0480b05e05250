"""Whether a spec that can be read also makes sense.

A spec that loads is sound: nothing in it contradicts itself, nothing can never be used, and every fault that it can
find has words.  Only what is certain is reported.  Each question is asked once for each distinct way in which the
models take a parameter, so that a hundred models cost a hundred looks and not ten thousand comparisons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from safelight.diagnostic import Report, suggest
from safelight.judging.satisfy import Satisfier
from safelight.model import (
    Condition,
    Errors,
    Field,
    Json,
    Operation,
    Operator,
    Place,
    Provenance,
    Rule,
    Spec,
    Test,
    UnknownPolicy,
    Value,
)
from safelight.reading.damage import INTACT, Damage
from safelight.vocabulary.checks import nearest_value, shown
from safelight.vocabulary.faults import PLACEHOLDERS, faults_of, placeholders_in
from safelight.vocabulary.index import identified
from safelight.vocabulary.mentions import tests_of

from .domains import Domains
from .tokens import lint_prices, lint_usage

_FIRES_AND_HOLDS: Final = (True, True)
_FIRES_AND_BREAKS: Final = (True, False)


def lint(spec: Spec, report: Report, damage: Damage = INTACT) -> None:
    """Report what can never be used, hold or fire, and what has no words; only of what *damage* leaves intact."""
    for operation in spec.operations.values():
        broken = damage.parameters.get(operation.name, frozenset())
        keys = damage.keys.get(operation.name, frozenset())
        if damage.whole or "parameters" in keys:
            continue
        domains = Domains(spec, operation, damage.models)
        domains.lint(report, broken)
        intact = [
            rule
            for rule in operation.rules
            if rule.place not in damage.rules and broken.isdisjoint((*rule.parameters, rule.parameter))
        ]
        satisfier = Satisfier(spec, operation)
        if damage.models:  # what no other model can do, or be, these may
            for rule in intact:
                _lint_cases(rule, report)
        else:
            _lint_rules(intact, operation, satisfier, domains, report)
        if not broken and not damage.models and not keys & {"rules", "response"}:
            _lint_other_conditions(operation, satisfier, domains, report)
            lint_usage(operation, report)
            lint_prices(operation, report)
        if "errors" not in keys:
            _lint_errors(operation, report)


# --- rules and conditions ------------------------------------------------------------------------------------------


def _lint_rules(
    rules: Iterable[Rule], operation: Operation, satisfier: Satisfier, domains: Domains, report: Report
) -> None:
    for rule in rules:
        comparable = _lint_tests((rule.when, rule.require), operation, domains, report)
        if comparable:
            _lint_rule(rule, satisfier, report)
        _lint_cases(rule, report)


def _lint_other_conditions(operation: Operation, satisfier: Satisfier, domains: Domains, report: Report) -> None:
    for condition, place, provenance in _other_conditions(operation):
        comparable = _lint_tests((condition,), operation, domains, report)
        found = satisfier.truths((condition,), frozenset({(True,)}), provenance=provenance)
        if comparable and found.rules_out((True,)):
            report.add(place, "E506", "this condition can never hold", "widen it, or remove what depends on it")


def _lint_rule(rule: Rule, satisfier: Satisfier, report: Report) -> None:
    name = rule.id.partition(".")[2]
    since, until = rule.provenance.since, rule.provenance.until
    if since and until and since >= until:
        report.add(rule.place, "E501", f"the rule {name!r} ends before it begins")
        return
    found = satisfier.truths(
        (rule.when, rule.require),
        frozenset({_FIRES_AND_HOLDS, _FIRES_AND_BREAKS}),
        provenance=rule.provenance,
        models=rule.models,
    )
    if found.rules_out(_FIRES_AND_HOLDS, _FIRES_AND_BREAKS, (True, None)):
        report.add(rule.place, "E501", f"the rule {name!r} can never fire", "widen 'when', or remove the rule")
    elif found.rules_out(_FIRES_AND_HOLDS, (True, None)):
        report.add(
            rule.place,
            "E502",
            f"the rule {name!r} can never hold: whatever fires it breaks it",
            "if that is meant, take the value out of the parameter's domain",
        )
    elif found.rules_out(_FIRES_AND_BREAKS):
        judged = not found.rules_out(_FIRES_AND_HOLDS)
        why = "whatever fires it keeps it" if judged else "where it fires, nothing is there to be judged"
        hint = "narrow 'require', or remove the rule"
        report.add(rule.place, "E505", f"the rule {name!r} can never be broken: {why}", hint)


def _lint_cases(rule: Rule, report: Report) -> None:
    name = rule.id.partition(".")[2]
    missing = [word for word, cases in (("accepts", rule.accepts), ("rejects", rule.rejects)) if not cases]
    if missing:
        report.add(
            rule.place,
            "E503",
            f"the rule {name!r} has no case under {' and none under '.join(missing)}",
            "a rule shows at least one request that it lets pass and one that it refuses",
        )


def _other_conditions(operation: Operation) -> Iterator[tuple[Condition, Place, Provenance]]:
    """Every condition that is no rule's: of defaults, of fields, of the stream."""
    for parameter in next(iter(operation.tables.values())).parameters.values():
        for default in parameter.default_when:
            yield default.when, default.place, Provenance()
    yield from _field_conditions(operation.response.fields)
    stream = operation.response.stream
    if stream is not None:
        yield stream.when, stream.place, Provenance()
        for event in stream.events:
            yield from _field_conditions(event.fields)


def _field_conditions(fields: Iterable[Field]) -> Iterator[tuple[Condition, Place, Provenance]]:
    for field in fields:
        yield field.when, field.place, field.provenance
        yield from _field_conditions(field.fields)


def _lint_tests(conditions: tuple[Condition, ...], operation: Operation, domains: Domains, report: Report) -> bool:
    """Report values that a parameter is compared with and can never have; tell whether there are none."""
    impossible = [
        (test.place, parameter, value)
        for condition in conditions
        for test in tests_of(condition)
        for parameter, value in _equated(test, operation)
        if not domains.takes(parameter, value)
    ]
    for place, parameter, value in impossible:
        hint = _meant(value, domains.values(parameter))
        report.add(place, "E504", f"{parameter} can never be {shown(value)}", hint)
    return not impossible


def _equated(test: Test, operation: Operation) -> Iterator[tuple[str, Json]]:
    """The parameter and the values that a test holds it equal to, or not; none where it asks something else."""
    match test:
        case Test(Value(name, _, None), Operator.IN | Operator.NOT_IN, values) if name != operation.model_parameter:
            yield from ((name, value) for value in values)
        case _:
            return


def _meant(value: Json, known: tuple[Json, ...]) -> str:
    near = nearest_value(value, known)
    return f"did you mean {shown(near)}?" if near is not None else ""


# --- errors --------------------------------------------------------------------------------------------------------


def _lint_errors(operation: Operation, report: Report) -> None:
    errors = operation.errors
    for name in faults_of(operation):
        if name not in errors.texts:
            report.add(
                errors.place,
                "E602",
                f"the spec can find the fault {name!r}, and errors.texts has no words for it",
                f"add {name}: with a status and a message, or default: for all that have none",
            )
    shown_fields = set(placeholders_in(errors.envelope))
    written = [(text.fields, text.place) for text in errors.texts.values()]
    written += [(one.error, one.place) for one in identified(operation).values() if not isinstance(one, UnknownPolicy)]
    for fields, place in written:
        for name, words in fields.items():
            _lint_placeholders(words, place, report)
            if not isinstance(words, str) and any(placeholders_in(words)):
                wrong = f"the field {name!r} has a placeholder in a list or an object, where it is not filled"
                report.add(place, "E601", wrong, "let the envelope have the shape, with one field for each text")
            if name not in shown_fields:
                hint = suggest(name, shown_fields)
                report.add(place, "E601", f"the envelope has no place for the field {name!r}", hint)
    _lint_texts(errors, shown_fields, report)
    known = {name for fields, _ in written for name in fields}
    for name in dict.fromkeys(placeholders_in(errors.envelope)):
        if name not in known:
            word = f"{{{name}}}" if name in PLACEHOLDERS else "..."
            hint = suggest(name, known) or f'give it to the errors that have it: {name}: "{word}" in errors.texts'
            report.add(errors.place, "E601", f"the envelope shows {{{name}}}, which no error has", hint)


def _lint_texts(errors: Errors, shown_fields: Collection[str], report: Report) -> None:
    for kind, text in errors.texts.items():
        for header in text.headers.values():
            _lint_placeholders(header, text.place, report)
        if "message" in shown_fields and not text.empty and "message" not in text.fields:
            wrong = f"the error {kind!r} has no message, and the envelope has a place for one"
            report.add(text.place, "E602", wrong, "add message: with its words, or empty: true where there is no body")


def _lint_placeholders(words: Json, place: Place, report: Report) -> None:
    for name in dict.fromkeys(placeholders_in(words)):
        if name not in PLACEHOLDERS:
            hint = suggest(name, PLACEHOLDERS) or f"the placeholders are {', '.join(PLACEHOLDERS)}"
            report.add(place, "E601", f"nothing fills the placeholder {{{name}}}", hint)
