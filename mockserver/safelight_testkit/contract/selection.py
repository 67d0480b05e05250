"""The selection: which requests of a spec are wanted in a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from safelight.model import Spec
from safelight_testkit.contract.trial import Trial

__all__ = ["Selection", "belongs", "columns", "selected"]

_EVERYTHING: Final = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which requests of a spec are wanted.

    Attributes:
        operations: Names of operations; all where empty.
        models: Models or families; all where empty.  Requests that reach no model's rules always belong.
        only: Patterns of constraint ids, as of file names; a request belongs if it is about one that fits.
        skip: The same for requests that do not belong: all that they are about fits.
        refused_only: Whether only requests belong that the spec refuses, which cost nothing.
        each_model: Whether a constraint that several models share is broken for each of them.
        examples: How many random requests come after the computed ones, for each operation; patterns of constraints
            that are to be left out do not concern them.
        seed: Other seeds give other random requests.
        most: How many requests there are at most, those that show most; None for no limit.
    """

    operations: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    refused_only: bool = False
    each_model: bool = False
    examples: int = 0
    seed: int = 0
    most: int | None = None


def selected(names: Collection[str], selection: Selection) -> bool:
    """Whether a request that is about the constraints *names* belongs to a selection; one about none, where all do."""
    if not names:
        return not selection.only
    if not any(_fits(name, selection.only or _EVERYTHING) for name in names):
        return False
    return not all(_fits(name, selection.skip) for name in names)


def belongs(trial: Trial, selection: Selection) -> bool:
    """Whether a trial belongs to a selection; one with several faults that stands for no case, if each of them does.

    One that is about the answer alone goes by the name ``OPERATION.response``.
    """
    about = () if trial.random else trial.constraints or (f"{trial.operation}.response",)
    if trial.shows or len(about) < 2 or trial.twist is not None:
        return selected(about, selection)
    return all(selected((name,), selection) for name in about)


def columns(spec: Spec, selection: Selection) -> frozenset[str]:
    """The names of the columns that a selection wants, a family's members under their own; all where there are none."""
    members = (spec.families[name].members for name in selection.models if name in spec.families)
    return frozenset((*selection.models, *(one for some in members for one in some)))


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
