"""Prices in a spec: what they say is read, and what they cannot mean does not load."""

from pathlib import Path

import pytest

from safelight import SpecError, loads
from safelight.model import ImagePrice, Response, TokenPrice

TINY = Path(__file__).with_name("tiny.yaml").read_text("utf-8")


def response(prices: str) -> Response:
    """The answer of the small spec with *prices* written beside its usage."""
    text = TINY.replace("      usage:\n", f"      prices: {prices}\n      usage:\n")
    return loads(text).operations["draw"].response


def problems(prices: str) -> list[str]:
    """What is wrong with *prices*, without its place."""
    with pytest.raises(SpecError) as caught:
        response(prices)
    return [f"{one.code} {one.message}" for one in caught.value.problems]


def test_a_price_of_tokens_holds_for_every_member_of_a_family() -> None:
    """``models`` names families as everywhere else."""
    tokens = "{ text_in: 5, image_out: 0.5 }"
    (price,) = response(f"[{{ models: [pen], per_million_tokens: {tokens}, source: manual }}]").prices

    assert isinstance(price, TokenPrice)
    assert price.models == frozenset({"biro", "quill"})
    assert (price.text_in, price.image_out, price.source) == (5, 0.5, "manual")


def test_a_price_of_images_is_told_by_quality_and_size() -> None:
    """The star stands for what is not listed."""
    (price,) = response("[{ models: [pen], per_image: { low: { '*': 0.1 }, '*': { 64x64: 0.2, 128x64: 1 } } }]").prices

    assert isinstance(price, ImagePrice)
    assert price.usd == {"low": {"*": 0.1}, "*": {"64x64": 0.2, "128x64": 1}}


def test_a_spec_need_not_tell_prices() -> None:
    """Who only tests against the fake needs none."""
    assert loads(TINY).operations["draw"].response.prices == ()


@pytest.mark.parametrize(
    ("prices", "problem"),
    [
        pytest.param("[{ models: [pen] }]", "E205 a price is told per_million_tokens or per_image", id="neither"),
        pytest.param(
            "[{ models: [pen], per_image: { '*': { '*': 1 } }, per_million_tokens: { text_in: 1, image_out: 1 } }]",
            "E205 a price is told per_million_tokens or per_image",
            id="both",
        ),
        pytest.param(
            "[{ models: [pen], per_image: { '*': { '*': -0.1 } } }]",
            "E204 a price is 0 or more, this is -0.1",
            id="less",
        ),
        pytest.param(
            "[{ models: [pen], per_million_tokens: { text_in: -1, image_out: 1 } }]",
            "E204 a price is 0 or more, this is -1",
            id="fewer",
        ),
        pytest.param(
            "[{ models: [pencil], per_image: { '*': { '*': 1 } } }]",
            "E301 there is no family or model 'pencil'",
            id="model",
        ),
        pytest.param(
            "[{ models: [pen], per_image: { '*': { '*': 1 } }, source: hearsay }]",
            "E301 there is no source 'hearsay'",
            id="source",
        ),
        pytest.param(
            "[{ models: [pen], per_image: { high: { '*': 1 } } }]", 'E604 no price for quality "low"', id="gap"
        ),
    ],
)
def test_a_price_that_means_nothing_does_not_load(prices: str, problem: str) -> None:
    """A budget is only as good as the prices it is kept by."""
    assert problems(prices)[0] == problem
