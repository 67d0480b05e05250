"""Mutants and how they are made, told apart and shared among processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from safelight import Spec, load, loads
from safelight.model import MaxEdge, Maximum, MaxPixels, MaxRatio, MinPixels, MinRatio
from safelight.vocabulary.faults import UNPROVOKED
from safelight_mockserver import Options
from safelight_testkit.contract.trial import Trial
from safelight_testkit.mutants.catalogue import catalogue, left_out
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.hunt import Half, Job, Quarry, hunt
from safelight_testkit.mutants.limits import stepped
from safelight_testkit.mutants.mutant import Group, Mutant
from safelight_testkit.mutants.replies import Decided, Replies, difference, told, wordless
from safelight_testkit.mutants.report import report_of, report_record, report_text

ROOT = Path(__file__).parents[3]
TTAPI_FILE = ROOT / "spec" / "ttapi-images.yaml"
TTAPI = load(TTAPI_FILE)
OPERATION = TTAPI.operations["generate"]
SIZE = OPERATION.tables["gpt-image-2"].parameters["size"]


def test_every_constraint_rule_error_and_field_of_a_spec_has_mutants() -> None:
    """What the spec says can be got wrong, and each kind of thing is."""
    about = {mutant.about for mutant in catalogue(TTAPI).values()}

    assert {rule.id for rule in OPERATION.rules} <= about
    for table in OPERATION.tables.values():
        for parameter in table.parameters.values():
            assert {one.id for one in parameter.constraints} <= about
    reached = {f"generate.errors.{kind}" for kind in OPERATION.errors.texts} - set(left_out(OPERATION))
    assert reached <= about
    assert {f"generate.response.{field.name}" for field in OPERATION.response.fields} <= about
    assert {mutant.group for mutant in catalogue(TTAPI).values()} == set(Group)


def test_what_has_no_mutants_is_told_with_the_reason() -> None:
    """Nothing is dropped silently."""
    assert set(left_out(OPERATION)) == {
        "generate.errors.body_too_large",
        "generate.errors.pixel_budget",
        "generate.response.usage.bytes_per_text_token",
        *(f"generate.errors.{name}" for name in UNPROVOKED),
    }
    assert all(left_out(OPERATION).values())


LIMITS = {
    "n": (Maximum(10), "n", [("up", 11), ("down", 9)]),
    "edge": (MaxEdge(3840), "size", [("up", 3856), ("down", 3824)]),
    "pixels": (MaxPixels(8294400), "size", [("up", 222 * 16 * 146 * 16), ("down", 8294399)]),
    "few pixels": (MinPixels(655360), "size", [("up", 655361), ("down", 36 * 16 * 71 * 16)]),
    "ratio": (MaxRatio(Fraction(3)), "size", [("up", Fraction(1456, 480)), ("down", Fraction(1424, 480))]),
    "tall": (MinRatio(Fraction(1, 3)), "size", [("up", Fraction(480, 1424)), ("down", Fraction(480, 1456))]),
}


@pytest.mark.parametrize(("check", "name", "expected"), LIMITS.values(), ids=list(LIMITS))
def test_a_limit_is_off_by_what_the_smallest_step_shows(
    check: Maximum | MaxEdge | MaxPixels | MinPixels | MaxRatio | MinRatio,
    name: str,
    expected: list[tuple[str, int | Fraction]],
) -> None:
    """One for numbers; for sizes, the next that lies on the grid: a pixel more would be no other limit.

    In cells of 16, the next area above 240 times 135 that two edges have is 222 times 146, and the next below 2560 is
    36 times 71.
    """
    parameter = OPERATION.tables["gpt-image-2"].parameters[name]
    (mine,) = [one.check for one in parameter.constraints if one.check == check]
    assert isinstance(mine, type(check))

    assert [(what, other.limit) for what, other in stepped(mine, parameter)] == expected


def trial(body: object) -> Trial:
    """A request."""
    return Trial(number=1, operation="generate", model="", body=body, refused=False, expected=())


def decided(spec: Spec, body: object) -> Decided:
    """What a fake of *spec* decides to answer."""
    return Replies(TTAPI, spec, None, "", Options(api_key="a-key")).of(trial(body))


def test_what_a_picture_shows_tells_nothing_and_its_size_does() -> None:
    """Of how an image looks the spec says its size, format and transparency."""
    low = {"model": "gpt-image-1", "prompt": "a fox", "output_format": "webp", "output_compression": 5}
    high = {**low, "output_compression": 6}
    wide = {**low, "size": "1536x1024"}

    assert decided(TTAPI, low) != decided(TTAPI, high)
    assert told(decided(TTAPI, low)) == told(decided(TTAPI, high))
    assert told(decided(TTAPI, low)) != told(decided(TTAPI, wide))
    assert "width=1536" in difference(told(decided(TTAPI, low)), told(decided(TTAPI, wide)))


def test_the_words_of_an_error_can_be_set_aside_and_nothing_else() -> None:
    """Two refusals that differ in their message alone are the same without words; two codes are not."""
    envelope = OPERATION.errors.envelope
    ten, twelve, none = (
        wordless(told(decided(TTAPI, {"model": "gpt-image-1", "prompt": "a fox", "n": n})), envelope)
        for n in (11, 12, 0)
    )

    assert ten == twelve
    assert ten != none


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    """How many hunt makes no difference to what is found; each reads the file for itself."""
    path = tmp_path / "spec.yaml"
    path.write_text(TTAPI_FILE.read_text("utf-8"), "utf-8")
    quarries = [Quarry(Half.FAKE, id_) for id_ in catalogue(TTAPI) if id_.startswith("generate.n.m")][:8]
    alone: dict[Quarry, Fate] = {}
    together: dict[Quarry, Fate] = {}

    hunt(Job(path=path), quarries, workers=1, tell=alone.__setitem__)
    hunt(Job(path=path), quarries, workers=2, tell=together.__setitem__)

    assert together == alone
    assert len(alone) == len(quarries) == 8


def test_a_mutant_that_cannot_be_hunted_is_no_kill() -> None:
    """Where nothing can be made of it, it is told as a survivor, with the error."""
    fates: dict[Quarry, Fate] = {}
    quarry = Quarry(Half.VALIDATOR, "generate.n.maximum/up")

    hunt(Job(path=TTAPI_FILE, compile=None), [quarry], tell=fates.__setitem__)

    assert fates[quarry].outcome is Outcome.SURVIVED
    assert fates[quarry].why == "the hunt failed, ValueError: nothing compiles validators"


def test_a_report_counts_by_group_and_tells_what_is_missing() -> None:
    """Text for people and JSON for machines say the same."""
    ids = ("generate.n.maximum/up", "generate.n.maximum/down", "generate.links/dead")
    quarries = [Quarry(Half.FAKE, id_) for id_ in ids]
    fates = {
        quarries[0]: Fate(mutant=ids[0], outcome=Outcome.KILLED, finding="accepts", severity="fault"),
        quarries[1]: Fate(mutant=ids[1], outcome=Outcome.EQUIVALENT, why="none can"),
    }
    report = report_of(TTAPI, quarries, fates, 1.0)
    record = report_record(report)

    assert (report.missing, report.survivors) == (1, ())
    assert "stopped: 1 more were not hunted" in report_text(report)
    assert record["totals"] == {"killed": 1, "survived": 0, "equivalent": 1}
    assert Counter(one["group"] for one in record["mutants"]) == {"bounds": 2}


def test_a_spec_without_keys_streams_links_and_models_has_mutants_of_what_it_has() -> None:
    """Mutants are made of what a spec says, and of nothing that it does not say."""
    text = (Path(__file__).parents[1] / "spec" / "tiny.yaml").read_text("utf-8")
    spec = replace(loads(text, "tiny.yaml"), auth=())
    groups = {mutant.group for mutant in catalogue(spec).values()}

    assert Group.STREAM not in groups
    assert not [id_ for id_ in catalogue(spec) if id_.startswith("auth")]
    assert {Group.BOUNDS, Group.ERRORS, Group.FIELDS} <= groups


def test_only_what_a_spec_file_can_say_is_asked_of_validators() -> None:
    """A fake can forget what a file cannot leave out, a parameter's type for example."""
    mutants: dict[str, Mutant] = dict(catalogue(TTAPI))

    assert mutants["generate.n.maximum/up"].is_rule
    assert not mutants["generate.n.type/dropped"].is_rule
    assert not mutants["generate.links/dead"].is_rule
