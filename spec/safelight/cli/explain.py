"""``safelight explain``: say in words what a spec says about a parameter or a rule."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import click

from safelight.cli.output import format_option, print_json, print_table
from safelight.cli.specs import SpecPath, pick_operation, read
from safelight.diagnostic import suggest
from safelight.explaining.explain import (
    Overview,
    ParameterPage,
    RulePage,
    Statement,
    ids,
    names,
    overview,
    page,
)
from safelight.explaining.legal import NOT_TAKEN
from safelight.explaining.roster import Roster, labels, time_text
from safelight.model import Outcome, Source, Spec


@click.command("explain")
@click.argument("spec", metavar="SPEC", type=SpecPath())
@click.argument("name", metavar="[PARAM]", required=False)
@click.option("--model", "-m", help="Only for this model.")
@click.option("--operation", "-o", help="Only for this operation.  [default: all]")
@format_option
def command(*, spec: str, name: str | None, model: str | None, operation: str | None, form: str) -> int:
    """Say in words what a spec says about a parameter or a rule.

    PARAM is a parameter, a part of one such as images[].url, a rule, or the id that a message ends in.  Without it,
    each operation is shown at a glance: its parameters by model, and its rules.
    """
    loaded = read(spec)
    chosen = [pick_operation(loaded, operation)] if operation else [*loaded.operations.values()]
    canonical = _canonical(loaded, model)
    told = [overview(loaded, one, canonical) if name is None else page(loaded, one, name, canonical) for one in chosen]
    pages = [one for one in told if one is not None]
    if not pages:
        known = [known for one in chosen for known in names(one)]
        near = suggest(name or "", [*known, *(id_ for one in chosen for id_ in ids(one))])
        hint = near or f"there are {', '.join(known)}"
        raise click.UsageError(f"{loaded.name} says nothing about {name!r}; {hint}")
    if form == "json":
        print_json([asdict(one) for one in pages])
        return 0
    if name is None:
        click.echo(f"{loaded.title} ({loaded.name}), as of {loaded.revised}\n{loaded.doc}")
    shown = labels(loaded)
    for number, one in enumerate(pages):
        if number or name is None:
            click.echo()
        match one:
            case Overview():
                _print_overview(one, shown)
            case ParameterPage():
                _print_parameter(one, shown)
            case RulePage():
                _print_rule(one, shown)
    return 0


def _canonical(spec: Spec, model: str | None) -> str | None:
    if model is None or model in spec.names:
        return model and spec.names[model]
    hint = suggest(model, spec.names) or f"there are {', '.join(spec.names)}"
    raise click.UsageError(f"{spec.name} has no model {model!r}; {hint}")


def _print_overview(told: Overview, shown: Mapping[str, str]) -> None:
    click.echo(f"{told.operation}: {told.call}\n{told.doc}\n")
    headers = ["parameter", *(_models(column, shown) or "legal values" for column in told.columns)]
    print_table(headers, [(name, *cells) for name, cells in told.rows.items()])
    _print_statements("Rules", told.rules)
    _print_statements("Unknown fields", (told.unknown_fields,))
    _print_roster(told.roster)


def _models(names: Iterable[str], shown: Mapping[str, str]) -> str:
    return ", ".join(shown[name] for name in names)


def _print_roster(told: Roster | None) -> None:
    if told is None:
        return
    click.echo()
    rows = [
        (one.name, one.title, f"or {', '.join(one.aliases)}" if one.aliases else "", time_text(one))
        for one in told.entries
    ]
    print_table(("Models", "", "", ""), rows)
    click.echo(told.others)


def _print_parameter(told: ParameterPage, shown: Mapping[str, str]) -> None:
    click.echo(f"{told.operation}.{told.name}: {told.doc}\nTakes {told.type}, {told.presence}.\n")
    rows = [
        (_models(way.models, shown) or "all", *((way.legal, way.default) if way.takes else (NOT_TAKEN, NOT_TAKEN)))
        for way in told.ways
    ]
    print_table(("models", "legal values", "default"), rows)
    if told.inside:
        click.echo()
        print_table(("Inside", "", ""), [(one.name, f"{one.type}, {one.presence}", one.doc) for one in told.inside])
    _print_roster(told.roster)
    _print_statements("Constraints", told.constraints)
    _print_statements("Rules", told.rules)
    _print_sources(told.sources)


def _print_rule(told: RulePage, shown: Mapping[str, str]) -> None:
    click.echo(f"{told.statement.id}: {told.statement.requirement}\n{told.why}\n")
    facts = [
        ("when", told.when),
        ("requires", told.require),
        ("models", _models(told.models, shown) or "all"),
        ("known", _known(told.statement)),
        ("outcome", told.statement.outcome),
        *(("accepts", json.dumps(dict(body), ensure_ascii=False)) for body in told.accepts),
        *(("rejects", json.dumps(dict(body), ensure_ascii=False)) for body in told.rejects),
    ]
    for label, text in facts:
        click.echo(f"  {label:<9} {text}")
    _print_sources(told.sources)


def _print_statements(title: str, statements: Iterable[Statement]) -> None:
    rows = [(one.id, one.requirement, _known(one)) for one in statements]
    if rows:
        click.echo()
        print_table((title, "", ""), rows)


def _print_sources(sources: Iterable[Source]) -> None:
    rows = [(source.id, ", ".join(filter(None, (source.title, source.url)))) for source in sources]
    if rows:
        click.echo()
        print_table(("Sources", ""), rows)


def _known(statement: Statement) -> str:
    """The basis and the source of a statement, and its outcome where that is unusual."""
    outcome = "" if statement.outcome == Outcome.REFUSE else statement.outcome
    return ", ".join(filter(None, (statement.basis, statement.source, outcome)))
