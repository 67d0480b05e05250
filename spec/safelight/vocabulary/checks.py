"""The small vocabulary that both readings of a spec share: JSON equality, type words, sizes, the violation record.

The interpreter uses this module, and `safelight.vocabulary.free_sizes`, as they stand; the generator copies both, byte
for byte, into every client as ``_checks.py`` and ``_free_sizes.py``, so that a compiled validator needs nothing of the
kit.  They therefore import only the standard library, know no spec, and keep their imports few: a client's import time
is a promise.

What is judged here is judged as JSON judges it: ``True`` is not ``1``, ``1.0`` is the integer ``1``, ``NaN`` is not a
number.  No function raises on any Python value, however large, deep or foreign.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

if TYPE_CHECKING:
    from fractions import Fraction  # a client that breaks no decimal rule never needs it

__all__ = [
    "MAX_EDGE_DIGITS",
    "Violation",
    "edges",
    "exact",
    "got",
    "is_integer",
    "is_multiple",
    "is_number",
    "length",
    "listed",
    "meant_edges",
    "named",
    "nearest_number",
    "nearest_value",
    "same",
    "shown",
    "spelled",
    "total",
    "type_word",
    "violation",
]

MAX_EDGE_DIGITS = 9
"""An edge of a size has at most this many digits: longer ones name no picture and would only cost arithmetic."""

_JSON = json.JSONEncoder(ensure_ascii=False)
_TYPE_WORDS: Mapping[type, str] = {
    NoneType: "null",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    tuple: "an array",
    dict: "an object",
}
_CONTAINERS = frozenset({"an array", "an object"})
_SCALARS = (str, int, float)
_ITEMS: type[tuple[Any, ...]] = tuple
_LONGEST_SHOWN = 60
_CLOSE = 0.6  # how much of two spellings must be the same for one to stand for the other
_LARGEST_SHOWN_BITS = 256


class _Told(NamedTuple):
    """A violation as it is made: *nearest* may be what finds the value."""

    rule: str
    parameter: str
    value: Any
    message: str
    allowed: tuple[Any, ...] = ()
    nearest: Any = None
    basis: str = "documented"
    outcome: str = "refuse"


class Violation(_Told):
    """One constraint that a request breaks.

    It is a tuple because that is quick to make, and to make one is much of telling a fault: a frozen dataclass takes
    three times as long.  Give its attributes by name all the same, and ask for them by name.

    To seek the nearest legal value may take longer than all the rest, and few ask for it.  So it may be given as a
    function, which is called whenever somebody asks; every other way to look at a violation shows what is found, too.

    Attributes:
        rule: The permanent id of the constraint, for example ``draw.n.maximum``.
        parameter: Where the fault is, for example ``n`` or ``images[2].url``; empty for the body as a whole.
        value: The offending value as it was sent; ``None`` where nothing was sent.
        message: One sentence: what the constraint asks and what was found.
        allowed: Every legal value, where they can be listed; otherwise empty.
        nearest: The legal value nearest to what was sent; ``None`` where there is no sensible one.
        basis: How the constraint is known: ``documented``, ``observed`` or ``advisory``.
        outcome: What the API does about it: ``refuse``, or one of the gentler ones (``warn``, ``drop``, ``clamp`` …).
    """

    __slots__ = ()

    @property
    def nearest(self) -> Any:  # noqa: ANN401 - any JSON value
        """The legal value nearest to what was sent; ``None`` where there is no sensible one."""
        found: Any = super().nearest
        return found() if callable(found) else found

    def _found(self) -> tuple[Any, ...]:
        """All that is told, as a plain tuple with the nearest value in it."""
        return (
            self.rule,
            self.parameter,
            self.value,
            self.message,
            self.allowed,
            self.nearest,
            self.basis,
            self.outcome,
        )

    def __iter__(self) -> Iterator[Any]:
        return iter(self._found())

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - an index or a slice, and what is there
        return self._found()[key]

    def __eq__(self, other: object) -> bool:
        return self._found() == (other._found() if isinstance(other, Violation) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._found())

    def __repr__(self) -> str:
        """Write every attribute, and the value cut short: it may be long, or nested deeper than Python can write."""
        texts = self._asdict() | {"value": shown(self.value)}
        values = (f"{name}={text if name == 'value' else repr(text)}" for name, text in texts.items())
        return f"Violation({', '.join(values)})"


def violation(
    *,
    rule: str,
    parameter: str,
    value: Any,  # noqa: ANN401 - any value that a caller sends
    message: str,
    allowed: tuple[Any, ...] = (),
    nearest: Any = None,  # noqa: ANN401 - any JSON value, or what finds it
    basis: str = "documented",
    outcome: str = "refuse",
) -> Violation:
    """Make a violation, in a third of the time that its class takes for arguments with names; they mean the same."""
    return _ITEMS.__new__(Violation, (rule, parameter, value, message, allowed, nearest, basis, outcome))


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether *value* is a JSON number: booleans, NaN and the infinities are not."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and isfinite(value))


def is_integer(value: object) -> TypeGuard[float]:
    """Tell whether *value* is an integer as JSON Schema has it: ``1.0`` is, ``True`` is not."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def same(left: object, right: object) -> bool:
    """Tell whether two scalars are equal as JSON has it: ``1.0`` equals ``1``, ``True`` equals only ``True``."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float):
        return isinstance(right, int | float) and left == right
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    return left is None and right is None


def spelled(value: Any, listed: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value, of which strings may change
    """Write *value* as one of *listed* is written that has the same letters, be they upper or lower case in ASCII.

    What is spelled like none of them stays as it is.
    """
    if not isinstance(value, str) or value in listed:
        return value
    letters = _in_lower_case(value)
    return next((one for one in listed if _in_lower_case(one) == letters), value)


def _in_lower_case(text: str) -> bytes:
    """Only letters of ASCII have another case for bytes; other scripts have letters that are two, or none."""
    return text.encode("utf-8", "surrogatepass").lower()


def type_word(value: object) -> str:
    """Name the JSON type of *value* with its article, for example ``an integer``."""
    word = _TYPE_WORDS.get(type(value))
    if word is None:  # a subclass is what it extends
        word = next((_TYPE_WORDS[kind] for kind in _TYPE_WORDS if isinstance(value, kind)), None)
    return word or f"a Python {type(value).__name__}"


def shown(value: object) -> str:
    """Write *value* for a message: as JSON, cut at 60 characters, safe to print and to encode."""
    if isinstance(value, str):
        text = encode_basestring(value[: _LONGEST_SHOWN + 1])  # a long prompt need not be written out to be cut
    elif isinstance(value, int) and not isinstance(value, bool):
        bits = value.bit_length()
        text = int.__repr__(value) if bits <= _LARGEST_SHOWN_BITS else f"an integer of {bits} bits"
    elif isinstance(value, float) and isfinite(value):
        text = float.__repr__(value)
    else:
        text = _as_json(value)
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _as_json(value: object) -> str:
    try:
        return _JSON.encode(value)
    except (TypeError, ValueError, RecursionError):
        return type_word(value)


def named(key: object) -> str:
    """Write the key of an unknown field, for a path: as it is where print shows it, else as `shown` has it."""
    return key if isinstance(key, str) and key and key.isprintable() and len(key) <= _LONGEST_SHOWN else shown(key)


def got(value: object) -> str:
    """Write what was found, to end a message with: ``, got 2`` or, for containers, ``, got an array``."""
    if isinstance(value, _SCALARS):
        return f", got {shown(value)}"
    word = type_word(value)
    return f", got {word if word in _CONTAINERS else shown(value)}"


def listed(values: tuple[Any, ...], joiner: str = "or") -> str:
    """Write *values* as English: ``"png", "webp" or "jpeg"``; ``nothing`` where there are none."""
    words = [shown(value) for value in values] or ["nothing"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joiner} {words[-1]}"


def length(text: str, unit: str) -> int:
    """Measure *text* in ``code points``, ``utf-16 units`` or ``bytes`` (UTF-8).  Lone surrogates count as written."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    if unit == "utf-16 units":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def is_multiple(value: float, step: float) -> bool:
    """Tell whether *value* is a multiple of *step*, in decimal: 0.3 is a multiple of 0.1, as it is written."""
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    return exact(value) % exact(step) == 0


def exact(value: float) -> Fraction:
    """Read a number as the fraction that its decimal text names: 0.1 is 1/10, not the nearest binary fraction."""
    from fractions import Fraction

    return Fraction(value) if isinstance(value, int) else Fraction(float.__repr__(value))


def total(numbers: list[float]) -> float:
    """Add *numbers* as they are written: 0.1 and 0.2 are 0.3.  A sum too large for a float is cut to an integer."""
    if all(isinstance(one, int) for one in numbers):
        return sum(numbers)
    added = sum(exact(one) for one in numbers)
    try:
        return float(added)
    except OverflowError:
        return int(added)


def edges(text: str, separator: str) -> tuple[int, int] | None:
    """Read ``WIDTHxHEIGHT`` with the given *separator*; ``None`` when *text* is not of that form.

    Both are ASCII digits without a leading zero, so ``0x0``, ``01024x1024``, ``1024×1024`` and full-width digits are
    not sizes.
    """
    left, _, right = text.partition(separator)
    if len(left) > MAX_EDGE_DIGITS or len(right) > MAX_EDGE_DIGITS or not (left.isdigit() and right.isdigit()):
        return None
    if left[0] == "0" or right[0] == "0" or not (left.isascii() and right.isascii()):
        return None
    return int(left), int(right)


def meant_edges(text: str) -> tuple[int, int] | None:
    """Read what may have been meant as a size, for suggestions: ``1024 X 768``, ``1024×768``, ``1024:768``."""
    if not text.rstrip()[-1:].isdigit():
        return None
    plain = edges(text, "x")
    if plain is not None:
        return plain
    for separator in ("x", "X", "\N{MULTIPLICATION SIGN}", "*", ":", ",", " "):
        left, found, right = text.partition(separator)
        if found:
            return edges(f"{left.strip()}x{right.strip()}", "x")
    return None


def nearest_number(value: float, low: float | None, high: float | None, step: float | None = None) -> float | None:
    """Clamp *value* into *low* … *high* and onto multiples of *step*; ``None`` when nothing is left."""
    clamped: float = value
    if low is not None and clamped < low:
        clamped = low
    if high is not None and clamped > high:
        clamped = high
    if step is None or is_multiple(clamped, step):
        return int(clamped) if clamped % 1 == 0 else clamped
    wanted, unit = exact(clamped), exact(step)
    below = wanted // unit * unit
    legal = [
        one
        for one in (below, below + unit)
        if (low is None or one >= exact(low)) and (high is None or one <= exact(high))
    ]
    if not legal:
        return None
    nearest = min(legal, key=lambda one: abs(one - wanted))
    return int(nearest) if nearest.denominator == 1 else _written(nearest)


def _written(fraction: Fraction) -> float | None:
    """The float whose decimal text names *fraction*; ``None`` where floats are too coarse to have one."""
    try:
        found = float(fraction)
    except OverflowError:
        return None
    return found if exact(found) == fraction else None


def _nearest_listed(size: tuple[int, int], choices: Iterable[tuple[str, tuple[int, int]]]) -> str:
    """The size of the shape most like that of *size*, by the factor between them; of several, the nearest one."""
    best = ("", 0, 1, 0)
    for name, (width, height) in choices:
        less, more = width * size[1], height * size[0]  # their quotient is the factor; no fraction is needed
        if less > more:
            less, more = more, less
        distance = (width - size[0]) ** 2 + (height - size[1]) ** 2
        gain = less * best[2] - best[1] * more
        if gain > 0 or (gain == 0 and distance < best[3]):
            best = (name, less, more, distance)
    return best[0]


@lru_cache(maxsize=256)
def _spellings(allowed: tuple[Any, ...]) -> dict[str, tuple[str, frozenset[str]]]:
    """The texts of a list of values as they are compared: by each without capitals, the text and its letters."""
    return {one.casefold(): (one, frozenset(one.casefold())) for one in allowed if isinstance(one, str)}


@lru_cache(maxsize=256)
def _sizes(allowed: tuple[Any, ...]) -> tuple[tuple[str, tuple[int, int]], ...]:
    """The sizes of a list of values, each with its edges."""
    texts = (one for one, _ in _spellings(allowed).values())
    return tuple((one, pair) for one in texts if (pair := meant_edges(one)) is not None)


def _nearest_text(word: str, allowed: tuple[Any, ...]) -> str | None:
    """The text whose spelling is most like *word*; of several, the last in the alphabet.

    The likeness is the ratio of ``difflib``.  It takes long to find, so it is found only where it can be the greatest:
    no two texts share more than the shorter has, or than what is left of either without the letters that one lacks.
    """
    texts = _spellings(allowed)
    if word in texts:
        return texts[word][0]
    ours = {*word}
    bounds: list[tuple[float, str]] = []
    for text, (_, theirs) in texts.items():
        shared = 2.0 * min(len(word), len(text)) / (len(word) + len(text))
        if shared >= _CLOSE and text not in word and word not in text:
            left = min(len(word) - len(ours - theirs), len(text) - len(theirs - ours))
            shared = 2.0 * left / (len(word) + len(text))
            if shared >= _CLOSE:
                counts = sum(min(word.count(one), text.count(one)) for one in ours & theirs)
                shared = 2.0 * counts / (len(word) + len(text))
        if shared >= _CLOSE:
            bounds.append((shared, text))
    best = (_CLOSE, "")
    for most, text in sorted(bounds, reverse=True):
        if most < best[0]:
            break
        best = max(best, (_likeness(word, text), text))
    return texts[best[1]][0] if best[1] else None


def _likeness(word: str, text: str) -> float:
    """How much of two texts is spelt the same, from 0 to 1.

    Where one text holds the other, all of the shorter is the same, which is the most there can be: a sign too many or
    too few at an end needs no search for what two spellings share.
    """
    if text in word or word in text:
        return 2.0 * min(len(word), len(text)) / (len(word) + len(text))
    from difflib import SequenceMatcher

    return SequenceMatcher(None, text, word).ratio()


def nearest_value(value: object, allowed: tuple[Any, ...]) -> object:
    """Pick the one of *allowed* that *value* most likely meant, or ``None``.

    Numbers go to the nearest number; sizes to the listed one of the nearest shape, and of these to the nearest; other
    text to the closest spelling, upper and lower case being equal (``difflib``, cutoff 0.6).
    """
    if len(allowed) == 1:
        return allowed[0]
    if is_number(value):
        numbers = [one for one in allowed if is_number(one)]
        return min(numbers, key=lambda one: abs(exact(one) - exact(value))) if numbers else None
    if not isinstance(value, str) or len(value) > _LONGEST_SHOWN:
        return None
    size = meant_edges(value)
    if size is not None and (sizes := _sizes(allowed)):
        return _nearest_listed(size, sizes)
    return _nearest_text(value.casefold(), allowed)
