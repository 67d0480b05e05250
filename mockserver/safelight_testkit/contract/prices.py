"""What a call is estimated to cost, by the spec's prices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from safelight.judging.interpret import Settlement
from safelight.judging.truth import holds, value_of
from safelight.model import ImagePrice, Response, TokenPrice
from safelight.vocabulary.checks import is_integer
from safelight_testkit.judging.picture import portrait, resolved
from safelight_testkit.judging.tokens import image_tokens, prompt_tokens

__all__ = ["price", "total"]

_MILLION: Final = 1_000_000
_ANY: Final = "*"


def price(response: Response, settlement: Settlement) -> float | None:
    """Estimate what the images of a request cost, in USD.

    Args:
        response: What the spec says of answers, prices among it.
        settlement: What the request comes to; whether it would be refused makes no difference.

    Returns:
        The estimate; None where the spec does not tell enough.
    """
    models = settlement.views.models
    found = next((one for one in response.prices if models and models <= one.models), None)
    match found:
        case None:
            return None
        case TokenPrice():
            return _by_tokens(found, response, settlement)
        case ImagePrice():
            return _by_image(found, response, settlement)
        case _:
            assert_never(found)


def total(costs: Iterable[float | None]) -> float | None:
    """Add up costs; None if one of them is not known."""
    known = 0.0
    for cost in costs:
        if cost is None:
            return None
        known += cost
    return known


def _by_tokens(found: TokenPrice, response: Response, settlement: Settlement) -> float | None:
    usage, wanted = response.usage, portrait(response, settlement)
    if usage is None or wanted.width is None or wanted.height is None:
        return None
    quality = resolved(settlement, usage.quality)
    each = image_tokens(usage, settlement.views.models, quality, wanted.width, wanted.height)
    if each is None:
        return None
    prompt = resolved(settlement, response.picture.prompt)
    text = prompt_tokens(usage, prompt) if isinstance(prompt, str) else 0
    image = each * wanted.count + usage.partial_tokens * _partials(response, settlement)
    return (text * wanted.count * found.text_in + image * found.image_out) / _MILLION


def _partials(response: Response, settlement: Settlement) -> int:
    """How many partial images a stream may show."""
    stream = response.stream
    if stream is None or holds(stream.when, settlement.views) is not True:
        return 0
    operands = [one.most for one in stream.events if not one.final and one.most is not None]
    most = [one if isinstance(one, int) else value_of(one, settlement.views) for one in operands]
    return sum(int(one) for one in most if is_integer(one))


def _by_image(found: ImagePrice, response: Response, settlement: Settlement) -> float | None:
    picture, usage = response.picture, response.usage
    grading = picture.quality or (usage.quality if usage is not None else None)
    sizing = picture.size or picture.resolution
    quality = resolved(settlement, grading) if grading is not None else _ANY
    looks = portrait(response, settlement)
    size = resolved(settlement, sizing) if sizing is not None else f"{looks.width}x{looks.height}"
    row = found.usd.get(str(quality), found.usd.get(_ANY, {}))
    each = row.get(str(size), row.get(_ANY))
    return None if each is None else each * looks.count
