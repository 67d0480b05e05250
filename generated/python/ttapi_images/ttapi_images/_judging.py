"""What the compiled validators share: the reader's choice of rules, and what follows from a broken one.

A validator is plain code made from a spec; these are the few things in it that are the same for every spec.  Nothing
here knows an API, and nothing raises on any Python value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple, Self, TypeAlias, TypeGuard

from ._checks import (
    Violation,
    edges,
    is_integer,
    is_number,
    length,
    meant_edges,
    named,
    nearest_value,
    total,
    violation,
)
from ._free_sizes import SizeLimits, nearest_size

__all__ = [
    "ABSENT",
    "DEFAULT_BASES",
    "DOCUMENTED",
    "Body",
    "Json",
    "Lens",
    "correction",
    "count_of",
    "counted",
    "cut",
    "how_many",
    "in_order",
    "is_array",
    "is_body",
    "is_object",
    "length_of",
    "near_size",
    "pair_of",
    "settled",
    "size_of",
    "sum_of",
    "taken",
    "unknown_field",
]

Json: TypeAlias = Any
"""A value as ``json.loads`` gives it, or any other that a caller may send."""

Body: TypeAlias = Mapping[Any, Any]
"""A request body: an object of JSON, whose values may be anything."""

DOCUMENTED: Final = ("documented",)
"""The bases that count by default: only what the API's documentation says."""

DEFAULT_BASES: Final = (DOCUMENTED, frozenset(DOCUMENTED))
"""The same as callers may write it."""

BASES: Final = ("documented", "observed", "advisory")


class Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""What stands for a parameter that was not sent; None stands for JSON's null."""


class Lens(NamedTuple):
    """The day and the bases that a reader judges by.

    Attributes:
        as_of: The day.
        basis: How a rule may be known to count.
    """

    as_of: date
    basis: frozenset[str]

    @classmethod
    def of(cls, as_of: date, basis: Collection[str]) -> Self:
        """Take a reader's choice.

        Raises:
            ValueError: *basis* names something else than a basis, or leaves out ``documented``.
        """
        found = frozenset(basis)
        if not found.issubset(BASES):
            raise ValueError(f"a basis is one of {', '.join(BASES)}, got {', '.join(map(repr, basis))}")
        if "documented" not in found:
            raise ValueError(f"a basis includes 'documented', got {', '.join(sorted(found)) or 'none'}")
        return cls(as_of, found)

    def holds(self, basis: str = "documented", *, since: date | None = None, until: date | None = None) -> bool:
        """Tell whether a rule counts: known by this *basis*, and in force from *since* to before *until*."""
        return basis in self.basis and (since is None or since <= self.as_of) and (until is None or self.as_of < until)

    def current(self, *choices: tuple[Any, date | None, date | None]) -> tuple[Any, ...]:
        """Keep the values that are legal on the day; each comes with its first day and the first day it is not."""
        return tuple(value for value, since, until in choices if self.holds(since=since, until=until))


def unknown_field(
    rule: str,
    prefix: str,
    key: object,
    value: object,
    known: tuple[str, ...],
    *,
    basis: str = "documented",
    outcome: str = "refuse",
) -> Violation:
    """Tell of a field that the API does not name, and which known one it may have meant.

    Args:
        rule: The id of the rule against unknown fields.
        prefix: What stands before the key in its path.
        key: The key as it was sent.
        value: Its value.
        known: The keys that the API names.
        basis: How the rule is known.
        outcome: What the API does about such a field.
    """
    path = f"{prefix}{named(key)}"
    return violation(
        rule=rule,
        parameter=path,
        value=value,
        message=f"{path} is not a parameter",
        nearest=partial(nearest_value, key, known),
        basis=basis,
        outcome=outcome,
    )


def counted(body: Body, names: Collection[str], nulls: Collection[str]) -> dict[str, Any]:
    """What counts as sent: the parameters of a body, but for nulls that the API takes for nothing.

    Args:
        body: The request body.
        names: The names of all parameters.
        nulls: The parameters of which a null counts.
    """
    return {name: value for name, value in body.items() if (value is not None or name in nulls) and name in names}


def taken(parameters: Mapping[str, tuple[str, ...] | None], model: str | None) -> tuple[str, ...]:
    """The names of the parameters that a model takes.

    Args:
        parameters: By name: the models that take it, None for all.
        model: The model; None for one that is not known, of which everything is possible.
    """
    return tuple(name for name, takers in parameters.items() if takers is None or model is None or model in takers)


def in_order(doubtful: Collection[str], parameters: Collection[str]) -> Collection[str]:
    """Those *parameters* that are in doubt, in the order of the spec."""
    return doubtful if len(doubtful) == 1 else [name for name in parameters if name in doubtful]


def settled(sent: Body, faults: Mapping[str, list[Violation]], names: tuple[str, ...]) -> dict[str, Any]:
    """What an API goes on with that corrects what it does not like.

    Args:
        sent: What counts as sent.
        faults: By parameter: what is wrong with it.
        names: The parameters that the API takes.
    """
    values = {name: correction(name, value, faults.get(name, [])) for name, value in sent.items() if name in names}
    return {name: value for name, value in values.items() if value is not ABSENT}


def correction(name: str, value: Json, faults: list[Violation]) -> Json:
    """What an API makes of one value by the outcomes of *faults*; `ABSENT` where it drops the parameter.

    A value that is to be put right, and for which there is no legal one, is dropped.
    """
    for fault in faults:
        if fault.parameter == name:
            match fault.outcome:
                case "drop" | "ignore":
                    return ABSENT
                case "clamp" | "truncate":
                    value = fault.nearest
                    if value is None:
                        return ABSENT
                case "replace":
                    value = fault.nearest
                case _:
                    pass
    return value


def cut(text: str, limit: int, unit: str) -> str:
    """Cut *text* to at most *limit* units, as an API does that truncates."""
    if unit == "code points":
        return text[:limit]
    while length(text, unit) > limit:
        text = text[: len(text) - max(1, (length(text, unit) - limit) // 4)]
    return text


def is_body(value: object) -> TypeGuard[Body]:
    """Tell whether *value* can be a request body: a mapping of any kind."""
    return type(value) is dict or isinstance(value, Mapping)  # to ask an abstract class takes its time


def is_array(value: object) -> TypeGuard[Sequence[Any]]:
    """Tell whether *value* is an array of JSON."""
    return isinstance(value, list | tuple)


def is_object(value: object) -> TypeGuard[dict[Any, Any]]:
    """Tell whether *value* is an object of JSON."""
    return isinstance(value, dict)


def near_size(value: str, tokens: tuple[Any, ...], limits: SizeLimits) -> object:
    """The legal size, or the one of *tokens*, that *value* most likely meant; None where nothing is near."""
    meant = meant_edges(value)
    return nearest_value(value, tokens) if meant is None else nearest_size(*meant, limits)


def size_of(value: object, separator: str) -> tuple[int, int] | None:
    """The width and the height of a size; None for what is none, such as ``auto``."""
    return edges(value, separator) if isinstance(value, str) else None


def pair_of(width: object, height: object) -> tuple[int, int] | None:
    """The size that two edges in pixels make; None where one is absent, or no number of pixels."""
    if is_integer(width) and is_integer(height) and width >= 1 and height >= 1:
        return int(width), int(height)
    return None


def length_of(value: object, unit: str) -> int | None:
    """The length of a string; None for what is none."""
    return length(value, unit) if isinstance(value, str) else None


def count_of(value: object) -> int | None:
    """The number of items of an array; None for what is none."""
    return len(value) if is_array(value) else None


def how_many(sent: Body, *names: str) -> int:
    """How many of the parameters *names* were sent."""
    return sum(map(sent.__contains__, names))


def sum_of(*values: object) -> float:
    """The sum of those *values* that are numbers."""
    return total([value for value in values if is_number(value)])
