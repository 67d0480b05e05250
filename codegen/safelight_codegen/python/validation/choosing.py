"""What the validators work out of a request first: what counts as sent, and the model whose rules judge it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from safelight.model import ANY_MODEL, Absent, KnownModel, NotNull, Outcome, Spec
from safelight_codegen.python import view as views
from safelight_codegen.python.code.layout import FALSE, TRUE, Atom, Predicate, all_of, any_of, negated
from safelight_codegen.python.code.operation import Compiled, has_dated_models
from safelight_codegen.python.code.predicates import among, in_force, surely
from safelight_codegen.python.code.steps import Line, Step, Steps, choice, settings, when
from safelight_codegen.python.validation.content import told
from safelight_codegen.python.validation.functions import VIOLATIONS, function
from safelight_codegen.text import literal

__all__ = ["known_model_function", "models", "named_function", "sent_function"]


def models(spec: Spec) -> views.Models:
    """Make the table of models, and the function that finds the one whose rules judge a request."""
    dated = has_dated_models(spec)
    family = spec.unknown_model.family if spec.unknown_model.outcome is Outcome.IGNORE else None
    entries: dict[str, object] = {}
    for name, canonical in spec.names.items():
        model = spec.models[canonical]
        entries[name] = (canonical, model.since, model.retired) if dated else canonical
    items = [f"{literal(name)}: {literal(entry)}" for name, entry in entries.items()]
    kind = "tuple[str, date | None, date | None]" if dated else "str"
    no_name = when(Atom("not isinstance(named, str)"), Line("return None"))
    if dated:
        steps: Steps = (
            *no_name,
            *when(Atom("named not in _MODELS"), Line(f"return {literal(family)}")),
            Line("model, since, retired = _MODELS[named]"),
            Line("return model if lens.holds(since=since, until=retired) else None"),
        )
    else:
        unknown = f", {literal(family)}" if family is not None else ""
        steps = (*no_name, Line(f"return _MODELS.get(named{unknown})"))
    doc = "The model whose rules judge a request for *named*; None for one that is not known."
    return views.Models(
        table="\n".join((f"_MODELS: Final[Mapping[str, {kind}]] = {{", *(f"    {item}," for item in items), "}")),
        function=function("_model_of", "str | None", doc, steps, first="named"),
    )


def _nulls(compiled: Compiled, name: str) -> Predicate:
    """When an explicit null of a parameter is a fault, and so counts as sent."""
    found: dict[Predicate, list[str]] = {}
    tables = compiled.parameter(name)
    for table, parameter in tables.items():
        force = any_of(in_force(one.provenance) for one in parameter.constraints if isinstance(one.check, NotNull))
        found.setdefault(force, []).append(table)
    return any_of(all_of((among(names, tables), force)) for force, names in found.items())


def sent_function(compiled: Compiled) -> views.Function:
    """Make the function that tells what counts as sent."""
    nulls = {name: bar for name in compiled.operation.parameters if (bar := _nulls(compiled, name)) != FALSE}
    counted = f"counted(body, {compiled.table_name}, {literal(tuple(nulls))})"
    doubtful = {name: bar for name, bar in nulls.items() if bar != TRUE}
    spellings = tuple(_spellings(compiled))
    doc = "What counts as sent: a null does only where the API does not take it for nothing."
    if not doubtful and not spellings:
        return function(f"{compiled.prefix}_sent", "dict[str, Any]", doc, (Line(f"return {counted}"),))
    steps: list[Step] = [Line(f"sent = {counted}")]
    for name, bar in doubtful.items():
        null = Atom(f"sent.get({literal(name)}, ABSENT) is None")
        steps += when(all_of((null, negated(bar))), Line(f"del sent[{literal(name)}]"))
    steps += spellings
    return function(f"{compiled.prefix}_sent", "dict[str, Any]", doc, (*steps, Line("return sent")), first="body")


def _spellings(compiled: Compiled) -> Iterator[Step]:
    """Write values as they are listed, where letters of either case are the same."""
    for name in compiled.operation.parameters:
        tables = compiled.parameter(name)
        groups: dict[tuple[str, ...], list[str]] = {}
        for table, parameter in tables.items():
            if parameter.spellings:
                groups.setdefault(parameter.spellings, []).append(table)
        there = Atom(f"{literal(name)} in sent", f"{literal(name)} not in sent")
        for listed, names in groups.items():
            written = f"sent[{literal(name)}] = spelled(sent[{literal(name)}], {literal(listed)})"
            yield from when(all_of((there, among(names, tables))), Line(written))


def named_function(compiled: Compiled) -> views.Function:
    """Make the function that finds the model's name, or the default that the request's parameters choose."""
    name = str(compiled.operation.model_parameter)
    parameter = compiled.operation.tables[ANY_MODEL].parameters[name]
    scope = compiled.scope(effective="sent", tables=(ANY_MODEL,))
    cases = [
        (surely(one.when, scope, true=True), (Line(f"return {literal(one.value)}"),)) for one in parameter.default_when
    ]
    default = f", {literal(parameter.default)}" if not isinstance(parameter.default, Absent) else ""
    if not cases:
        steps: Steps = (Line(f"return sent.get({literal(name)}{default})"),)
    else:
        prelude = settings(scope.locals)
        given = when(Atom(f"{literal(name)} in sent"), Line(f"return sent[{literal(name)}]"))
        last = Line(f"return {literal(None if not default else parameter.default)}")
        separate = [step for case in cases for step in choice((case,))]
        steps = (*given, *prelude, *separate, last)
    doc = "The model that a request names, or the default for what it sends."
    return function(f"{compiled.prefix}_named", "object", doc, steps, first="sent")


def known_model_function(compiled: Compiled) -> views.Function | None:
    """Make the function that judges whether the model exists; None where unknown ones are taken for a family's."""
    spec = compiled.spec
    policy, dated = spec.unknown_model, has_dated_models(spec)
    if policy.outcome is Outcome.IGNORE and not dated:
        return None
    name = str(compiled.operation.model_parameter)
    parameter = compiled.operation.tables[ANY_MODEL].parameters[name]
    one = next(one for one in parameter.constraints if isinstance(one.check, KnownModel))
    unknown = Atom("isinstance(named, str)"), Atom("model is None"), in_force(one.provenance)
    if dated:
        names = "name for name, (_, since, retired) in _MODELS.items() if lens.holds(since=since, until=retired)"
        allowed: Steps = (Line(f"names = tuple({names})"),)
    else:
        allowed = (Line("names = tuple(_MODELS)"),)
    fault = told(
        one,
        literal(name),
        value="named",
        # Only where models come and go can a default be one that does not exist.
        found=f'got(named) + (" by default" if body.get({literal(name)}) is None else "")' if dated else "got(named)",
        allowed="names",
        nearest="partial(nearest_value, named, names)",
    )
    refused = replace(fault, outcome=Outcome.REFUSE.value)
    tell: Steps = (replace(fault, outcome=policy.outcome.value),)
    if policy.outcome is Outcome.IGNORE:
        tell = (refused,)
    elif policy.outcome is not Outcome.REFUSE and dated:
        tell = choice([(Atom("named in _MODELS"), (refused,))], tell)
    doc = "Judge whether the model that a request names, or that is the default for it, exists."
    steps = when(all_of(unknown), *allowed, *tell)
    return function(f"{compiled.prefix}_known_model", VIOLATIONS, doc, steps)
