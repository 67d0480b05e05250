"""Usage: how many tokens a call is said to have cost.

Output tokens come from the spec, which has them per picture: from a table by quality and size, or from a formula over
both.  Input tokens of a prompt are an estimate, because no public API tells its tokenizer.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar, assert_never

from safelight.model import TokenGrid, TokenTable, Usage
from safelight.records import dataclass
from safelight.vocabulary.checks import edges

__all__ = ["Tokens", "output_tokens", "text_tokens"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was counted: tokens of text that went in, tokens of pictures that came out."""

    text_in: int
    image_out: int

    def told(self, details: str | None) -> dict[str, int | dict[str, int]]:
        """Return the usage object of an answer.

        Args:
            details: ``all_details`` or ``input_details``, as the spec names what is told beside the sums.
        """
        told: dict[str, int | dict[str, int]] = {"input_tokens": self.text_in}
        if details is not None:
            told["input_tokens_details"] = {"image_tokens": 0, "text_tokens": self.text_in}
        told["output_tokens"] = self.image_out
        if details == "all_details":
            told["output_tokens_details"] = {"image_tokens": self.image_out, "text_tokens": 0}
        told["total_tokens"] = self.text_in + self.image_out
        return told


def text_tokens(usage: Usage, prompt: str) -> int:
    """Estimate the tokens of a prompt."""
    return -(-len(prompt.encode("utf-8", "surrogatepass")) // usage.bytes_per_text_token)


def output_tokens(usage: Usage, models: frozenset[str], quality: str, size: tuple[int, int]) -> int:
    """Return the tokens of one finished picture.

    Args:
        usage: How tokens are counted.
        models: The models that the request's model stands for: itself, or the family that it is taken for.
        quality: The quality, after the server has chosen; one that is not listed costs as much as the last one.
        size: Width and height in pixels.

    Returns:
        The tokens; 0 where the spec says nothing of these models.
    """
    for counted in usage.output:
        if models and models <= counted.models:
            match counted:
                case TokenTable(tokens=tokens):
                    return _by_table(_of_quality(tokens, quality), *size)
                case TokenGrid(cells=cells):
                    return _by_grid(_of_quality(cells, quality), *size)
                case _:
                    assert_never(counted)
    return 0


def _by_table(sizes: Mapping[str, int], width: int, height: int) -> int:
    """Look the tokens up; a size that the table lacks costs as much per pixel as the one of the nearest ratio."""
    listed = sizes.get(f"{width}x{height}")
    if listed is not None:
        return listed
    known = [(pair, tokens) for size, tokens in sizes.items() if (pair := edges(size, "x")) is not None]
    if not known:
        return 0
    ratio = Fraction(width, height)
    (near_width, near_height), tokens = min(known, key=lambda one: abs(Fraction(*one[0]) - ratio))
    return -(-tokens * width * height // (near_width * near_height))


def _by_grid(cells: int, width: int, height: int) -> int:
    """Apply the formula at `TokenGrid`, in whole numbers."""
    long, short = max(width, height), min(width, height)
    across = (2 * cells * short + long) // (2 * long)
    return -(-cells * across * (2_000_000 + width * height) // 4_000_000)


def _of_quality(by_quality: Mapping[str, _T], quality: str) -> _T:
    return by_quality[quality] if quality in by_quality else [*by_quality.values()][-1]
