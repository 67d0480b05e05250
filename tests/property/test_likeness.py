"""Suggestions are quick to find, and the same as those that the usual tools find more slowly."""

from difflib import get_close_matches
from fractions import Fraction

from hypothesis import assume, example, given
from hypothesis import strategies as st

from safelight.vocabulary.checks import meant_edges, nearest_value

WORDS = (
    "low",
    "medium",
    "high",
    "auto",
    "transparent",
    "opaque",
    "natural",
    "gpt-image-1",
    "gpt-image-1.5",
    "standard",
)


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """A word with some of its signs changed, moved, left out or added."""
    signs = list(draw(st.sampled_from(WORDS)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(signs)))
        signs[place : place + draw(st.integers(0, 2))] = draw(
            st.sampled_from(["", " ", "a", "t", "g-", "lo", "AU", "ß"])
        )
    return "".join(signs)


@given(spellings(), st.lists(spellings() | st.sampled_from(WORDS), min_size=2, max_size=6, unique_by=str.casefold))
@example("lowx", ["low", "high"])
@example("", ["", "low"])
@example("ab", ["ba", "ax"])
def test_the_nearest_text_is_that_of_difflib(word: str, texts: list[str]) -> None:
    """Leaving out what cannot be nearest changes no suggestion."""
    assume(meant_edges(word) is None)
    folded = {text.casefold(): text for text in texts}
    close = get_close_matches(word.casefold(), folded, 1)

    assert nearest_value(word, tuple(texts)) == (folded[close[0]] if close else None)


sizes = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@given(sizes, st.lists(sizes, min_size=2, max_size=6, unique=True))
@example((1024, 768), [(1536, 1024), (1024, 1536), (1024, 1024)])
@example((2, 1), [(8, 4), (4, 2), (6, 3)])
def test_the_nearest_listed_size_is_that_of_exact_fractions(
    size: tuple[int, int], choices: list[tuple[int, int]]
) -> None:
    """The shape counts first, by the factor between two; among sizes of one shape the distance does."""

    def unlike(other: tuple[int, int]) -> tuple[Fraction, int]:
        factor = Fraction(other[0] * size[1], other[1] * size[0])
        return max(factor, 1 / factor), (other[0] - size[0]) ** 2 + (other[1] - size[1]) ** 2

    written = {one: f"{one[0]}x{one[1]}" for one in choices}
    assert nearest_value(f"{size[0]}X{size[1]}", tuple(written.values())) == written[min(choices, key=unlike)]
