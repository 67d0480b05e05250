"""The default model does not depend on capitals: it is chosen by values as they are listed, whoever lists them.

While the model is being chosen nobody knows which model's list counts, so a value is spelled as any of them spells it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from safelight import Spec, loads, violations
from safelight.judging.interpret import settle
from safelight.model import ANY_MODEL
from tests.generated import validators

TEXT: Final = (Path(__file__).parents[1] / "specs" / "letters.yaml").read_text("utf-8")
LISTS: Final = "        per_model: { monk: { values: [Gothic, uncial], default: Gothic } }\n"
MODELS: Final = "models: { scribe: { title: Scribe }, monk: { title: Monk } }\n"

VARIANTS: Final = {
    "different lists": LISTS,
    "one list": "",
    "one model is particular": LISTS.replace("default: Gothic", "any_case: false, default: Gothic"),
    "only one model lists it": LISTS.replace("Gothic, uncial], default: Gothic", "uncial], default: uncial"),
    "lists of a family": LISTS.replace("monk:", "order:"),
}
"""How models may differ in the values of the parameter that chooses among them."""


@cache
def spec_of(variant: str) -> Spec:
    """The spec with other lists."""
    assert TEXT.count(LISTS) == TEXT.count(MODELS) == 1
    family = MODELS.replace("title: Monk", "title: Monk, family: order")
    text = TEXT.replace(MODELS, f"families: {{ order: {{ title: Order }} }}\n{family}")
    return loads(text.replace(LISTS, VARIANTS[variant]))


@cache
def compiled(variant: str) -> Any:  # noqa: ANN401 - a module that is made by the test
    """Its compiled validators."""
    return validators(spec_of(variant))


def in_any_case(word: str) -> st.SearchStrategy[str]:
    """Ways to write a word in capitals and small letters."""
    return st.tuples(*(st.sampled_from((letter.lower(), letter.upper())) for letter in word)).map("".join)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request, and the same as it is listed."""
    listed: dict[str, Any] = {"prompt": "a fox"}
    written = dict(listed)
    for name, values in (("style", ("Plain", "Gothic", "uncial")), ("resolution", ("1K", "4K")), ("paper", ("Rag",))):
        if draw(st.booleans()):
            listed[name] = draw(st.sampled_from(values))
            written[name] = draw(in_any_case(listed[name]))
    return written, listed


@given(variant=st.sampled_from(list(VARIANTS)), pair=bodies())
def test_capitals_choose_no_other_model(variant: str, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """In whatever letters, a request without a model is for the one that it is for as the values are listed."""
    spec = spec_of(variant)
    written, listed = (settle(spec, spec.operations["draw"], body) for body in pair)

    assert written.model == listed.model
    assert written.model == ("monk" if pair[1].get("style") == "Gothic" else "scribe")


@given(variant=st.sampled_from(list(VARIANTS)), pair=bodies(), model=st.sampled_from([None, "scribe", "monk", "nun"]))
def test_both_readings_see_letters_alike(
    variant: str, pair: tuple[dict[str, Any], dict[str, Any]], model: str | None
) -> None:
    """With the default model, a named one, and one that nobody knows."""
    spec = spec_of(variant)
    for body in pair:
        sent = body if model is None else {**body, "model": model}
        found = violations(spec, spec.operations["draw"], sent)
        assert [tuple(one) for one in compiled(variant).draw(sent)] == [tuple(one) for one in found]


@given(pair=bodies(), model=st.sampled_from([None, "scribe"]))
def test_where_no_model_is_particular_letters_change_no_verdict(
    pair: tuple[dict[str, Any], dict[str, Any]], model: str | None
) -> None:
    """The rules that a request breaks are those that it breaks as listed."""
    assume("paper" not in pair[1] or model)  # The other model, which may be the default, is particular about paper.
    spec = spec_of("one list")
    told = [
        [
            one.rule
            for one in settle(spec, spec.operations["draw"], {**body, "model": model} if model else body).violations
        ]
        for body in pair
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("variant", "listed"),
    [
        ("different lists", ("Plain", "Gothic", "uncial")),
        ("one list", ("Plain", "Gothic")),
        ("one model is particular", ("Plain", "Gothic")),
    ],
)
def test_the_table_of_any_model_knows_how_each_of_them_spells(variant: str, listed: tuple[str, ...]) -> None:
    """Also where it has no list of its own, since the models differ."""
    table = spec_of(variant).operations["draw"].tables[ANY_MODEL]
    assert table.parameters["style"].spellings == listed
