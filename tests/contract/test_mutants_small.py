"""The contract suite notices what is wrong with fakes of the small specs, each about one part of the language.

A hunt of all their mutants takes minutes (`safelight mutants tests/specs/NAME.yaml`).  Hunted here are those that a
suite is blind to if it does not look behind the obvious, and a sample of the others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight import load
from safelight_codegen.python.compiling import compiled
from safelight_testkit.mutants.catalogue import catalogue
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.hunt import Half, Job, Quarry, hunt
from tests.contract.runs import ROOT

PATHS = [path for path in sorted((ROOT / "tests" / "specs").glob("*.yaml")) if path.stem != "xai-images"]
"""The small specs; that of a real API is hunted whole, elsewhere."""

SAMPLED = 60
"""One in so many of the other mutants is hunted."""

HIDDEN = {
    # A rule refuses in the same words what the constraint would refuse.
    "numbers": ("inputs.maximum/up", "inputs.maximum/down", "inputs.maximum/dropped", "outputs.default/changed"),
    "texts": (
        *("caption.max_length/up", "caption.max_length/in-utf-16-units", "caption.max_length/dropped"),
        *("color.type/dropped", "color.pattern/prefix", "color.pattern/any-case", "color.pattern/dropped"),
    ),
    # A rule is silent for a model; unknown names count as a family's.
    "layers": ("not-for-water/always", "not-for-water/without-when.0", "not-for-water/when-any"),
    # A null of a field that is not known on the day.
    "dates": ("tint.nullable/refused",),
    "forms-days": ("grain.nullable/nullable", "stamp.nullable/nullable"),
    # What only warns is no border for rules.
    "basis": (
        *("prompt.max_length/in-utf-16-units", "prompt.max_length/in-bytes", "long-needs-quality/dropped"),
        *("long-needs-quality/when-up", "long-needs-quality/when-down"),
    ),
    # What the API puts right, or leaves out, no rule looks at.
    "forms-defaults": ("n.maximum/up", "nib.type/dropped"),
    "outcomes": ("style.applies_to/with-stern", "format.values/with-PNG", "mood.values/with-CALM"),
    # The widest size is not the one of the most pixels; two parameters make one size.
    "sizes": ("square-frame/require.0-down",),
    "edges": (
        *("not-too-large/require-down", "not-too-wide/require-down", "not-too-high/require-turned"),
        *("large-is-draft/when-effective", "response.picture.width/ignored"),
    ),
}
"""By spec: the mutants, without the name of the operation, that only a suite with an eye for them kills."""

NAMES = {
    "layers": ("models.aqua/lost", "models.aqua/mistaken", "models/any-case"),
    "forms-days": ("models/any-case",),
}
"""By spec: the same, of mutants of the models' names."""


def fates(path: Path, ids: list[str]) -> dict[Quarry, Fate]:
    """What becomes of some mutants, of the fake and of the validators."""
    mutants = catalogue(load(path))
    quarries = [Quarry(Half.FAKE, id_) for id_ in ids]
    quarries += [Quarry(Half.VALIDATOR, id_) for id_ in ids if mutants[id_].is_rule]
    found: dict[Quarry, Fate] = {}
    hunt(Job(path=str(path), compile=compiled), quarries, tell=found.__setitem__)
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_hides_behind_something_else_is_noticed_and_nothing_survives(path: Path) -> None:
    """What hides is killed, by the validators where an API puts right what is wrong; whatever lives has a reason."""
    hidden = (*(f"draw.{id_}" for id_ in HIDDEN.get(path.stem, ())), *NAMES.get(path.stem, ()))
    sample = list(catalogue(load(path)))[::SAMPLED]
    found = fates(path, list(dict.fromkeys((*hidden, *sample))))

    assert set(hidden) <= {quarry.mutant for quarry, fate in found.items() if fate.outcome is Outcome.KILLED}
    assert [fate for fate in found.values() if fate.outcome is Outcome.SURVIVED] == []
    assert all(fate.why for fate in found.values() if fate.outcome is Outcome.EQUIVALENT)


def test_what_hides_is_that_of_specs_there_are() -> None:
    """A spec that is renamed takes its mutants with it."""
    assert {*HIDDEN, *NAMES} <= {path.stem for path in PATHS}
