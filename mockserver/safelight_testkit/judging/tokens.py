"""How many tokens an image costs by the spec's tables, and how many a prompt costs, roughly.

The fake counts tokens too.  This is written again from the spec's data, as everything by which the fake is judged.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from safelight.model import TokenGrid, TokenTable, Usage

__all__ = ["image_tokens", "prompt_tokens"]


def image_tokens(usage: Usage, models: frozenset[str], quality: object, width: int, height: int) -> int | None:
    """The output tokens of one finished image; None where the spec does not tell them.

    Args:
        usage: How tokens are counted.
        models: The models that the request's model stands for.
        quality: The quality, after the server has chosen.
        width: In pixels.
        height: In pixels.
    """
    counted = next((one for one in usage.output if models and models <= one.models), None)
    match counted:
        case TokenTable(tokens=tokens):
            return tokens.get(str(quality), {}).get(f"{width}x{height}")
        case TokenGrid(cells=cells) if str(quality) in cells:
            along = cells[str(quality)]
            across = floor(Fraction(along * min(width, height), max(width, height)) + Fraction(1, 2))
            return ceil(Fraction(along * across * (2_000_000 + width * height), 4_000_000))
        case _:
            return None


def prompt_tokens(usage: Usage, prompt: str) -> int:
    """The input tokens of a prompt, as the spec estimates them."""
    return ceil(Fraction(len(prompt.encode("utf-8", "surrogatepass")), usage.bytes_per_text_token))
