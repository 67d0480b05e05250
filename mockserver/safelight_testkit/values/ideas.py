"""Values that might show a check from either side: those that should keep it, and those that should break it.

They are ideas: `values.points` judges each before it counts.  The first of each kind lies on the border of
the check where it has one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from safelight.judging.judge import judge
from safelight.judging.lens import Enforced
from safelight.model import (
    AppliesTo,
    Check,
    Dated,
    EdgesMultipleOf,
    Grammar,
    Json,
    KnownModel,
    MaxEdge,
    Maximum,
    MaxItems,
    MaxLength,
    MaxPixels,
    MaxRatio,
    MinEdge,
    Minimum,
    MinItems,
    MinLength,
    MinPixels,
    MinRatio,
    MultipleOf,
    NotNull,
    OfType,
    OneOf,
    Pattern,
    Required,
    SizeCheck,
    Type,
    Unit,
)
from safelight.vocabulary.checks import is_number
from safelight_testkit.values.borders import finer, inside, outside
from safelight_testkit.values.domain import Values, domain_of, grain, number, region_of, simplest
from safelight_testkit.values.patterns import examples
from safelight_testkit.values.sizes import Size
from safelight_testkit.values.texts import PLAIN, WIDE, text_of

__all__ = ["Idea", "ideas"]


@dataclass(frozen=True, slots=True)
class Idea:
    """A value that might show a side of a constraint.

    Attributes:
        label: What it is, in a few words.
        value: What is sent; `ABSENT` where nothing is.
        border: Whether it lies on the border of the constraint, or just beyond it.
    """

    label: str
    value: Json
    border: bool = True


def ideas(  # noqa: C901, PLR0912 - one case a check
    enforced: Enforced, check: Check, foreign: tuple[Json, ...]
) -> tuple[list[Idea], list[Idea]]:
    """Tell values that should keep *check*, and values that should break it.

    Args:
        enforced: The parameter, with the constraints that count.
        check: One of them.
        foreign: Values that are legal for other models; the likeliest mistakes where values are listed.
    """
    match check:
        case OneOf():
            return _listed(check.allowed(enforced.as_of), foreign, any_case=check.any_case)
        case Minimum(limit):
            return _below(enforced, Fraction(repr(limit)))
        case Maximum(limit):
            return _beyond(enforced, Fraction(repr(limit)))
        case MultipleOf():
            return _off_step(enforced)
        case MinLength(limit):
            return _lengths(enforced, limit, limit - 1)
        case MaxLength(limit):
            return _lengths(enforced, limit, limit + 1)
        case Pattern(regex):
            return _matches(enforced, regex)
        case MinItems(limit):
            return _counts(enforced, limit, limit - 1)
        case MaxItems(limit):
            return _counts(enforced, limit, limit + 1)
        case Grammar(separator):
            return _sizes_written(enforced, separator)
        case EdgesMultipleOf() | MinEdge() | MaxEdge() | MinRatio() | MaxRatio() | MinPixels() | MaxPixels():
            return _bordering(enforced, check)
        case Required() | Dated() | AppliesTo() | NotNull() | OfType() | KnownModel():
            return [], []
        case _:
            assert_never(check)


def _listed(allowed: tuple[Json, ...], foreign: tuple[Json, ...], *, any_case: bool) -> tuple[list[Idea], list[Idea]]:
    written = [*allowed, *(value.swapcase() for value in allowed if value != value.swapcase())] if any_case else allowed
    kept = [Idea(json.dumps(value), value) for value in written]
    near = [*foreign, *(other for value in allowed[:1] for other in _misspelt(value))]
    near += [value + step for value in allowed if is_number(value) for step in (1, -1)]
    misses: list[Json] = []
    for value in near:
        if value not in misses and value not in allowed:
            misses.append(value)
    return kept, [Idea(json.dumps(value), value, border=False) for value in misses]


def _misspelt(value: Json) -> tuple[Json, ...]:
    """Values close to a listed string or boolean."""
    if isinstance(value, bool):
        return (not value,)
    return (f"{value}x", value.upper(), value.capitalize(), f" {value}") if isinstance(value, str) else ()


def _below(enforced: Enforced, limit: Fraction) -> tuple[list[Idea], list[Idea]]:
    step = grain(enforced)
    least = -(-limit // step) * step
    return _numbers((least,), (least - step if least == limit else limit // step * step, least - 100 * step))


def _beyond(enforced: Enforced, limit: Fraction) -> tuple[list[Idea], list[Idea]]:
    step = grain(enforced)
    most = limit // step * step
    return _numbers((most,), (most + step, most + 100 * step))


def _off_step(enforced: Enforced) -> tuple[list[Idea], list[Idea]]:
    step = grain(enforced)
    low = Fraction(0) if enforced.low is None else Fraction(repr(enforced.low))
    off = Fraction(finer(int(step))) if enforced.parameter.type is Type.INTEGER else step / 2
    first = -(-low // step) * step
    return _numbers((first, first + step), (first + off, first + step - off))


def _numbers(kept: tuple[Fraction, ...], broken: tuple[Fraction, ...]) -> tuple[list[Idea], list[Idea]]:
    """The first of each lies on the border."""
    return (
        [Idea(str(number(value)), number(value), border=place == 0) for place, value in enumerate(kept)],
        [Idea(str(number(value)), number(value), border=place == 0) for place, value in enumerate(broken)],
    )


def _lengths(enforced: Enforced, kept: int, broken: int) -> tuple[list[Idea], list[Idea]]:
    """At the limit, characters that count more than one unit tell the units apart; beyond it, only for other units."""
    apart = enforced.parameter.unit is not Unit.CODE_POINTS
    beyond = enumerate(_texts(enforced, broken))
    return (
        [Idea(label, text) for label, text in _texts(enforced, kept)],
        [Idea(label, text, border=place == 0 or apart) for place, (label, text) in beyond],
    )


def _texts(enforced: Enforced, count: int) -> Iterator[tuple[str, str]]:
    """Strings of *count* units: those that match the pattern, if there is one, plain ones and wide ones."""
    unit = enforced.parameter.unit
    regex = next((one.check.regex for one in enforced.content if isinstance(one.check, Pattern)), None)
    if regex is not None:
        yield from ((f"{count} {unit}", text) for text in examples(regex, count, count))
    if count >= 0:
        yield f"{count} {unit}", text_of(count, unit, PLAIN)
        if count > 1:
            yield f"{count} {unit} of wide characters", text_of(count, unit, WIDE)


def _matches(enforced: Enforced, regex: str) -> tuple[list[Idea], list[Idea]]:
    domain = domain_of(enforced)
    matches = domain.values if isinstance(domain, Values) else examples(regex)
    kept = [Idea(json.dumps(text), text, border=place == 0) for place, text in enumerate(matches)]
    spoilt = [text for match in matches[:1] for text in _spoilt(match)]
    return kept, [Idea(json.dumps(text), text, border=place == 0) for place, text in enumerate(spoilt)]


def _spoilt(text: str) -> Iterator[str]:
    """Strings close to *text*: one character wrong, one missing, one too many, the other case."""
    for wrong in "!\n é0":
        yield text[:-1] + wrong
        yield text + wrong
    yield from (text[:-1], text.swapcase(), text * 50)


def _counts(enforced: Enforced, kept: int, broken: int) -> tuple[list[Idea], list[Idea]]:
    domain = domain_of(enforced.items) if enforced.items is not None else None
    item = None if domain is None else simplest(domain)

    def counted(count: int) -> list[Idea]:
        if count < 0 or (domain is None and count):
            return []
        return [Idea(f"{count} items", [item] * count)]

    return counted(kept), counted(broken)


# --- sizes ---


def _sizes_written(enforced: Enforced, separator: str) -> tuple[list[Idea], list[Idea]]:
    region = region_of(enforced).handy()
    size = region.simplest() or (1, 1)
    domain = domain_of(enforced)
    tokens = [] if domain is None else [simplest(domain)] if isinstance(domain, Values) else _tokens(enforced)
    text = _written(size, separator)
    other = "*" if separator == "x" else "x"
    wrong = (
        text.replace(separator, other),
        text.upper() if separator == "x" else text.replace(separator, "X"),
        f"0{text}",
        f" {text}",
        f"{text}\n",
        text.replace(separator, f" {separator} "),
        f"{size[0]}{separator}",
        f"{text}{separator}{size[1]}",
        f"+{text}",
        f"{size[0]}.0{separator}{size[1]}",
        f"0{separator}0",
        text.translate({ord("0") + digit: ord("\N{FULLWIDTH DIGIT ZERO}") + digit for digit in range(10)}),
        "",
        *(f"{token}x" for token in tokens),
    )
    kept = [Idea(json.dumps(value), value) for value in (*tokens, text)]
    broken = [Idea(json.dumps(value), value, border=False) for value in dict.fromkeys(wrong)]
    return kept, broken


def _tokens(enforced: Enforced) -> list[str]:
    """The listed words of a grammar that are legal."""
    grammar = next((one.check for one in enforced.content if isinstance(one.check, Grammar)), None)
    words = () if grammar is None else tuple(token.value for token in grammar.tokens)
    return [word for word in words if not judge(enforced, word, enforced.parameter.name)]


def _written(size: Size, separator: str) -> str:
    return f"{size[0]}{separator}{size[1]}"


def _bordering(enforced: Enforced, check: SizeCheck) -> tuple[list[Idea], list[Idea]]:
    region = region_of(enforced)

    def written(sizes: Iterable[Size]) -> list[Idea]:
        texts = (_written(size, enforced.limits.separator) for size in sizes)
        return [Idea(text, text) for text in texts]

    return written(inside(region, check)), written(outside(region, check))
