"""What a run would send: chosen, priced and told before the first request."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from safelight import Spec, load, loads
from safelight.judging.interpret import settle
from safelight_testkit.contract.prices import price
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.terminal import plan_text
from safelight_testkit.contract.trial import Key, Trial, Twist, call, written
from safelight_testkit.contract.workload import Workload, again, workload
from safelight_testkit.requests.plain import bodies
from safelight_testkit.requests.subject import Subject
from tests.strategies import SPEC_FILES
from tests.unit.spec.fragments import spec_with

ROOT = Path(__file__).parents[3]
TTAPI = load(ROOT / "spec" / "ttapi-images.yaml")
RESPONSE = TTAPI.operations["generate"].response
SPECS = {path.stem: load(path) for path in SPEC_FILES}


def shown(work: Workload) -> frozenset[str]:
    """The ids of all cases that a workload shows."""
    return frozenset(one.case for trial in work.trials for one in trial.shows)


def cost(**body: object) -> float | None:
    """The price of a body."""
    return price(RESPONSE, settle(TTAPI, TTAPI.operations["generate"], {"prompt": "abcd" * 25, **body}))


# --- choosing ---


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_run_shows_all_that_a_spec_says_and_sends_nothing_twice(spec: Spec) -> None:
    """Every constraint alone, every border, whatever is done to make requests cheap."""
    work = workload(spec, Selection())

    assert {name: one.share for name, one in work.coverage(shown(work)).items()} == dict.fromkeys(spec.operations, 1.0)
    assert len({trial.digest for trial in work.trials}) == len(work.trials)
    assert [trial.number for trial in work.trials] == [*range(1, len(work.trials) + 1)]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_request_is_what_it_is_said_to_be(spec: Spec) -> None:
    """Refused or not, and by what, the interpreter agrees; random requests too."""
    for trial in workload(spec, Selection(examples=30)).trials:
        settlement = settle(spec, spec.operations[trial.operation], trial.body)
        if trial.twist is None:
            assert trial.refused is settlement.refused
            assert set(trial.expected) == {one.rule for one in settlement.violations}


def breaks(work: Workload, model: str) -> frozenset[str]:
    """The constraints that a workload breaks alone for a model, or for none."""
    own = (trial for trial in work.trials if trial.model in {model, "*"} and len(trial.expected) == 1)
    return frozenset(trial.expected[0] for trial in own)


@pytest.mark.parametrize("model", TTAPI.models)
def test_a_run_of_one_model_breaks_all_that_holds_for_it(model: str) -> None:
    """Also what it shares with models before it, for which other runs break it."""
    alone, each = (workload(TTAPI, chosen) for chosen in (Selection(models=(model,)), Selection(each_model=True)))

    assert {trial.model for trial in alone.trials} == {model, "*"}
    assert breaks(alone, model) == breaks(each, model)


@pytest.mark.parametrize("model", [*TTAPI.models, "gpt-image", "dall-e"])
def test_a_run_of_one_model_can_show_all_there_is_to_show_of_it(model: str) -> None:
    """What is left of the other models is no gap of this run."""
    work = workload(TTAPI, Selection(models=(model,)))
    (coverage,) = work.coverage({one.case for trial in work.trials for one in trial.shows}).values()

    assert coverage.share == 1
    assert {tally.model for tally in coverage.tallies} == {trial.model for trial in work.trials}
    (nothing,) = work.coverage(()).values()
    assert nothing.share == 0


def test_a_family_stands_for_its_members() -> None:
    """With random requests too."""
    family = workload(TTAPI, Selection(models=("dall-e",), examples=20))
    members = workload(TTAPI, Selection(models=("dall-e-3", "dall-e-2"), examples=20))

    assert {trial.model for trial in family.trials} == {"dall-e-3", "dall-e-2", "*"}
    assert family.trials == members.trials


def test_the_same_choice_gives_the_same_requests() -> None:
    """A report can be compared with another."""
    chosen = Selection(examples=20, seed=3)

    assert workload(TTAPI, chosen).trials == workload(TTAPI, chosen).trials
    assert workload(TTAPI, chosen).trials != workload(TTAPI, Selection(examples=20, seed=4)).trials


def test_what_nobody_wants_is_not_packed_into_what_is_sent() -> None:
    """A request that stood for other constraints too would be longer, and its failure would say less."""
    only = workload(TTAPI, Selection(only=("generate.n.*",))).trials
    shown = [one.constraint for trial in only for one in trial.shows]
    everything = workload(TTAPI, Selection(only=("generate.n.*", "*"))).trials

    assert shown
    assert all(name.startswith("generate.n.") for name in shown)
    assert everything == workload(TTAPI, Selection()).trials


def test_only_and_skip_choose_by_the_ids_of_constraints() -> None:
    """Patterns are those of file names."""
    only = workload(TTAPI, Selection(only=("generate.n.*",))).trials
    skip = workload(TTAPI, Selection(skip=("generate.n.*",), refused_only=True)).trials

    assert all(any(name.startswith("generate.n.") for name in trial.constraints) for trial in only)
    assert {name for trial in only for name in trial.expected} == {
        "generate.n.type",
        "generate.n.minimum",
        "generate.n.maximum",
        "generate.n.maximum@dall-e-3",
    }
    assert not [name for trial in skip for name in trial.expected if name.startswith("generate.n.")]
    assert workload(TTAPI, Selection(skip=("*",))).trials == ()


def test_a_model_is_chosen_together_with_what_reaches_no_model() -> None:
    """The constraints of the model's name belong to every model."""
    work = workload(TTAPI, Selection(models=("dall-e-2",), examples=10))

    assert {trial.model for trial in work.trials} == {"*", "dall-e-2"}
    assert sum(trial.random for trial in work.trials) == 10


def test_the_refused_half_costs_nothing() -> None:
    """It can be tried on a real key."""
    work = workload(TTAPI, Selection(refused_only=True))

    assert (work.billable, work.usd) == (0, 0.0)
    assert work.refused == len(work.trials) > 100
    assert work.risk is not None
    assert work.risk > 1


@pytest.mark.parametrize("most", [1, 5, 20, 80])
def test_a_limit_keeps_what_shows_most_and_says_how_much_is_left_out(most: int) -> None:
    """The first requests are about keys and methods; a short run is to try as much of the rules as it can."""
    whole, some = workload(TTAPI, Selection()), workload(TTAPI, Selection(most=most))
    order = [trial.digest for trial in whole.trials]
    places = [order.index(trial.digest) for trial in some.trials]

    assert (len(some.trials), some.left_out) == (most, len(whole.trials) - most)
    assert places == sorted(places)
    assert replace(whole, trials=whole.trials[:most]).share < some.share < whole.share == 1.0


def test_a_limit_that_is_none_changes_nothing() -> None:
    """As many as there are, or more, are all of them in their order."""
    whole = workload(TTAPI, Selection())

    assert workload(TTAPI, Selection(most=len(whole.trials))) == whole
    assert workload(TTAPI, Selection(most=10_000)) == whole


def test_a_plan_that_leaves_something_out_says_how_much_it_would_try() -> None:
    """Before anything is sent, and with the sentence that a report has too."""
    text = plan_text(workload(TTAPI, Selection(most=20)), rows=False)

    told = r"^1\d\d requests left out, those that show least: 3\d % of the spec would be tried$"
    assert re.search(told, text, re.MULTILINE)
    assert "left out" not in plan_text(workload(TTAPI, Selection()), rows=False)


ONE_CANNOT = """\
families: { pen: { title: Pens } }
models: { biro: { title: Biro, family: pen }, quill: { title: Quill, family: pen } }
unknown_model: refuse
"""


def test_random_requests_leave_out_models_that_take_nothing() -> None:
    """A model may have no valid body on a day; whoever asks for random requests gets those of the others."""
    later = "per_model: { quill: { values: [{ is: b, since: 2030-01-01 }] } }"
    spec = spec_with(f"hue: {{ type: string, doc: A., required: true, values: [a], {later} }}", models=ONE_CANNOT)
    with pytest.raises(ValueError, match="no request of the model 'quill' is valid"):
        bodies(spec, spec.operations["draw"], model="quill")

    drawn = {models: workload(spec, Selection(models=models, examples=6)) for models in (("quill",), ("pen",), ())}

    assert [trial for trial in drawn["quill",].trials if trial.random] == []
    for models in (("pen",), ()):
        assert {trial.model for trial in drawn[models].trials if trial.random} == {"biro"}


def test_a_shared_constraint_is_broken_once_or_for_each_model() -> None:
    """Once shows that a server forgot it; each model shows for which."""
    once, each = workload(TTAPI, Selection()), workload(TTAPI, Selection(each_model=True))

    def broken_by(work: Workload, name: str) -> set[str]:
        return {trial.model for trial in work.trials if trial.expected == (name,)}

    assert broken_by(once, "generate.quality.type") == {"gpt-image-2"}
    assert broken_by(each, "generate.quality.type") >= {"gpt-image-2", "gpt-image-1", "dall-e-3", "dall-e-2"}


def test_the_requests_of_an_earlier_run_are_judged_by_the_spec_of_today() -> None:
    """A replay follows the spec, not the report."""
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")
    wider = loads(text.replace("maximum: 10\n", "maximum: 20\n"))
    (trial,) = (
        one
        for one in workload(TTAPI, Selection()).trials
        if one.body == {"model": "dall-e-2", "prompt": "a fox", "n": 11}
    )

    (now,) = again(wider, [trial]).trials

    assert (trial.refused, trial.expected, trial.usd) == (True, ("generate.n.maximum",), 0.0)
    assert (now.refused, now.expected, now.number) == (False, (), 1)
    assert now.usd == pytest.approx(11 * 0.02)


# --- prices ---


def test_prices_follow_the_tables_of_the_spec() -> None:
    """Tokens by quality and size, text by its length, images by number; what a server chooses costs what it becomes."""
    assert cost(model="gpt-image-1", quality="low") == pytest.approx((25 * 5 + 272 * 40) / 1e6)
    assert cost(model="gpt-image-1", quality="low", n=3) == pytest.approx(3 * (25 * 5 + 272 * 40) / 1e6)
    assert cost(model="gpt-image-1") == cost(model="gpt-image-1", quality="medium", size="1024x1024")
    assert cost(model="gpt-image-2", quality="high", size="3840x2160") == pytest.approx((25 * 5 + 13342 * 30) / 1e6)
    assert cost(model="dall-e-3", quality="hd", size="1792x1024") == pytest.approx(0.12)
    assert cost(model="dall-e-2", size="256x256", n=4) == pytest.approx(4 * 0.016)
    assert cost(size="256x256") == pytest.approx(0.016)


def test_partial_images_cost_their_tokens() -> None:
    """A stream with partial images is dearer than one without."""
    plain = cost(model="gpt-image-1", quality="low", stream=True)
    partial = cost(model="gpt-image-1", quality="low", stream=True, partial_images=3)

    assert plain is not None
    assert partial == pytest.approx(plain + 300 * 40 / 1e6)


def test_a_model_without_a_price_has_none() -> None:
    """An unknown price is not taken for a small one."""
    assert cost(model="unlisted") is None
    assert workload(SPECS["xai-images"], Selection()).usd is None


def test_requests_are_made_cheap_where_it_changes_nothing_that_they_show() -> None:
    """Many images come in the cheapest quality and size, and expensive images one at a time."""
    work = workload(TTAPI, Selection())
    ten = [trial.body for trial in work.trials if not trial.refused and trial.body.get("n") == 10]

    assert ten
    assert {body.get("quality") for body in ten if body["model"] != "dall-e-2"} == {"low"}
    assert [body["size"] for body in ten if body["model"] == "dall-e-2"] == ["256x256"]
    assert work.usd is not None
    assert work.usd < 2.75


def test_a_request_is_made_cheap_by_sizes_that_no_server_was_seen_to_refuse() -> None:
    """What was observed of an API only counts where it is asked for, and yet nothing else should fail because of it."""
    seen = Subject(TTAPI, TTAPI.operations["generate"], basis=("documented", "observed", "advisory"))
    accepted = [trial for trial in workload(TTAPI, Selection()).trials if not trial.refused]
    elsewhere = [one for one in accepted if not any(".size." in name for name in one.constraints)]
    sizes = {one.body["size"] for one in elsewhere if one.model == "gpt-image-2" and "size" in one.body}

    assert sizes == {"480x1440"}
    assert [one.body for one in elsewhere if seen.broken(one.body)] == []


def test_many_images_come_in_small_files_where_any_format_will_do() -> None:
    """Ten pictures in PNG are tens of megabytes to wait for and to look into; one alone stays as the spec has it."""
    accepted = [trial.body for trial in workload(TTAPI, Selection()).trials if not trial.refused]
    many = [body for body in accepted if (body.get("n") or 1) > 1 and body["model"] != "dall-e-2"]

    assert {body.get("output_format") for body in many} == {"jpeg"}
    assert any((body.get("n") or 1) == 1 and "output_format" not in body for body in accepted)


# --- calls ---


def trial_of(body: object, twist: Twist | None = None) -> Trial:
    """A trial that sends *body*."""
    return Trial(number=1, operation="generate", model="*", body=body, refused=True, expected=(), twist=twist)


def test_a_trial_becomes_a_call_with_the_key_in_its_header() -> None:
    """The first way of the spec to send the key is used."""
    made = call(TTAPI, trial_of({"prompt": "Füchse 🦊"}), "http://127.0.0.1:80/v1/", "the-key")

    assert (made.verb, made.url) == ("POST", "http://127.0.0.1:80/v1/images/generations")
    assert dict(made.headers)["authorization"] == "Bearer the-key"
    assert json.loads(made.content) == {"prompt": "Füchse 🦊"}


def test_probes_send_what_they_say() -> None:
    """No key, a wrong one, another header, half a body, another method or path."""

    def made(twist: Twist) -> tuple[str, str, dict[str, str], bytes]:
        one = call(TTAPI, trial_of([], twist), "http://h/v1", "k")
        return one.verb, one.url, dict(one.headers), one.content

    usual = Twist(kind="x", constraint="y")
    assert "authorization" not in made(replace(usual, key=Key.NONE))[2]
    assert made(replace(usual, key=Key.WRONG))[2]["authorization"] not in {"Bearer k", ""}
    assert made(replace(usual, auth=1))[2]["TT-API-KEY"] == "k"
    assert "authorization" not in made(replace(usual, auth=1))[2]
    assert made(replace(usual, cut=True))[3] == b"["
    assert made(replace(usual, content_type="text/plain"))[2]["content-type"] == "text/plain"
    assert made(replace(usual, verb="GET"))[0::3] == ("GET", b"")
    assert made(replace(usual, suffix="/unlisted"))[1] == "http://h/v1/images/generations/unlisted"


def test_a_string_that_utf_8_cannot_hold_is_escaped() -> None:
    """Half a surrogate pair is legal JSON."""
    assert json.loads(written(trial_of({"prompt": "\ud83e"}))) == {"prompt": "\ud83e"}


def test_trials_that_send_the_same_have_the_same_digest() -> None:
    """Whatever they are called."""
    one, other = trial_of({"n": 1}), trial_of({"n": 1.0})

    assert one.digest == trial_of({"n": 1}).digest
    assert len({one.digest, other.digest, trial_of({"n": 1}, Twist(kind="no_key", constraint="x")).digest}) == 3
