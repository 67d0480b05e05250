"""The roster: which models an API has, under which names and in which time, and what becomes of any other name.

The day of the question is that of the spec, as everywhere: a model that is retired by then is told as retired wherever
its name stands, since a request for it is refused.
"""

from __future__ import annotations

from datetime import date

from safelight.model import Outcome, Spec
from safelight.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the roster.

    Attributes:
        aliases: Other names that requests can give it.
        exists: Whether the API has it on the day of the spec.
        since: Its first day, where the spec says so.
        deprecated: The day from which on its makers advise against it.
        retired: The first day without it.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    exists: bool
    since: date | None
    deprecated: date | None
    retired: date | None


@dataclass(frozen=True, slots=True)
class Roster:
    """The models of an API in the order of the spec, and in words what is done about names that are not among them."""

    entries: tuple[Entry, ...]
    others: str


def roster(spec: Spec) -> Roster | None:
    """Gather the models of an API; None for an API without models."""
    if not spec.models:
        return None
    return Roster(
        tuple(
            Entry(
                name=one.name,
                title=one.title,
                aliases=one.aliases,
                exists=one.exists(spec.revised),
                since=one.since,
                deprecated=one.deprecated,
                retired=one.retired,
            )
            for one in spec.models.values()
        ),
        _others(spec),
    )


def time_text(entry: Entry) -> str:
    """The days of a model in words: ``since 2025-04-23, retired 2026-10-01``; empty where the spec names none."""
    days = (("since", entry.since), ("deprecated", entry.deprecated), ("retired", entry.retired))
    return ", ".join(f"{word} {day}" for word, day in days if day is not None)


def labels(spec: Spec) -> dict[str, str]:
    """By model, its name as lists of models show it: those that the API does not have on the day of the spec say so."""
    return {name: f"{name}{_absence(spec, name)}" for name in spec.models}


def _absence(spec: Spec, name: str) -> str:
    model = spec.models[name]
    if model.exists(spec.revised):
        return ""
    return " (retired)" if model.retired is not None and model.retired <= spec.revised else f" (from {model.since} on)"


def _others(spec: Spec) -> str:
    policy = spec.unknown_model
    if policy.family is not None:
        return f"Other names are taken, and judged as {spec.families[policy.family].title}."
    if policy.outcome is Outcome.WARN:
        return "Other names are taken with a warning, and judged by what holds for every model."
    return "Other names are refused."
