"""What usage promises: the tokens that the real API was billed to count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec
from safelight.model import Place, TokenTable, Usage
from safelight_mockserver.answers.usage import Tokens, output_tokens, text_tokens

SIDES = st.integers(1, 4096)


@pytest.fixture
def usage(ttapi: Spec) -> Usage:
    """How TTAPI counts."""
    (operation,) = ttapi.operations.values()
    assert operation.response.usage is not None
    return operation.response.usage


def count(usage: Usage, model: str, quality: str, size: tuple[int, int]) -> int:
    """Count the tokens of one picture."""
    return output_tokens(usage, frozenset({model}), quality, size)


BILLED = {
    "low": {(1024, 1024): 196, (1536, 1024): 158, (2048, 2048): 397, (2048, 1152): 157, (3840, 2160): 371},
    "medium": {(1024, 1024): 1756, (1536, 1024): 1372, (2048, 2048): 3568, (2048, 1152): 1413, (3840, 2160): 3336},
    "high": {(1024, 1024): 7024, (1536, 1024): 5488, (2048, 2048): 14272, (2048, 1152): 5650, (3840, 2160): 13342},
}
LISTED = {
    "low": {(1024, 1024): 272, (1024, 1536): 408, (1536, 1024): 400},
    "medium": {(1024, 1024): 1056, (1024, 1536): 1584, (1536, 1024): 1568},
    "high": {(1024, 1024): 4160, (1024, 1536): 6240, (1536, 1024): 6208},
}


@pytest.mark.parametrize("quality", BILLED)
def test_the_formula_gives_what_was_billed(usage: Usage, quality: str) -> None:
    """Nine bills and three values of the official calculator, and their mirror images."""
    for (width, height), tokens in BILLED[quality].items():
        assert count(usage, "gpt-image-2", quality, (width, height)) == tokens
        assert count(usage, "gpt-image-2", quality, (height, width)) == tokens


@pytest.mark.parametrize("quality", LISTED)
@pytest.mark.parametrize("model", ["gpt-image-1", "gpt-image-1.5"])
def test_the_table_gives_what_is_listed(usage: Usage, model: str, quality: str) -> None:
    """Nine values for each of two models."""
    assert {size: count(usage, model, quality, size) for size in LISTED[quality]} == LISTED[quality]


@given(width=SIDES, height=SIDES)
def test_any_size_costs_something_even_where_the_table_lacks_it(ttapi: Spec, width: int, height: int) -> None:
    """By its pixels, as the listed size of the nearest ratio; a larger one of the same ratio never costs less."""
    (operation,) = ttapi.operations.values()
    usage = operation.response.usage
    assert usage is not None
    once, twice = (count(usage, "gpt-image-1", "low", (width * by, height * by)) for by in (1, 2))
    assert 0 < once <= twice


def test_a_quality_that_is_not_listed_costs_as_much_as_the_dearest(usage: Usage) -> None:
    """It may come where rules are switched off, and must not be free."""
    for model in ("gpt-image-1", "gpt-image-2"):
        assert count(usage, model, "max", (1024, 1024)) == count(usage, model, "high", (1024, 1024))


def test_models_that_the_spec_does_not_count_cost_nothing(usage: Usage) -> None:
    """Nothing is made up: not for a model, not for a request without one, not by an empty table."""
    assert count(usage, "dall-e-3", "standard", (1024, 1024)) == 0
    assert output_tokens(usage, frozenset(), "low", (1024, 1024)) == 0
    empty = Usage(
        quality="quality",
        size="size",
        bytes_per_text_token=4,
        partial_tokens=0,
        output=(TokenTable(models=frozenset({"m"}), tokens={"low": {}}, place=Place(1, 1)),),
    )
    assert count(empty, "m", "low", (1024, 1024)) == 0


def test_a_family_counts_as_its_members_do_where_all_count_alike(usage: Usage) -> None:
    """For a name that is taken for a member."""
    family = frozenset({"gpt-image-1", "gpt-image-1.5"})
    assert output_tokens(usage, family, "low", (1024, 1024)) == 272


@given(st.text(st.characters()))
def test_text_tokens_grow_with_the_text(text: str) -> None:
    """One for every four bytes begun, half surrogate pairs included."""
    usage = Usage(quality="q", size="s", bytes_per_text_token=4, partial_tokens=0, output=())
    assert text_tokens(usage, text) == -(-len(text.encode("utf-8", "surrogatepass")) // 4)


def test_usage_tells_as_many_details_as_the_answer_has() -> None:
    """All of them, those of the input, or none."""
    tokens = Tokens(text_in=3, image_out=40)
    sums = {"input_tokens": 3, "output_tokens": 40, "total_tokens": 43}
    into = {"input_tokens_details": {"image_tokens": 0, "text_tokens": 3}}
    out = {"output_tokens_details": {"image_tokens": 40, "text_tokens": 0}}
    assert tokens.told("all_details") == sums | into | out
    assert tokens.told("input_details") == sums | into
    assert tokens.told(None) == sums
