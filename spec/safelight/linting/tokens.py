"""Whether the tokens of every image can be counted, and its price be worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from safelight.diagnostic import Report, suggest
from safelight.model import (
    Grammar,
    ImagePrice,
    Json,
    OneOf,
    Operation,
    Parameter,
    Table,
    TokenGrid,
    TokenPrice,
    TokenTable,
)
from safelight.vocabulary.checks import shown

ANY: Final = "*"
"""In a table of prices: any quality, or any size."""


def lint_usage(operation: Operation, report: Report) -> None:
    """Report qualities and sizes that a model can have and whose tokens the spec does not tell."""
    usage = operation.response.usage
    if usage is None:
        return
    for counted in usage.output:
        told: set[str] = set()
        for model in sorted(counted.models):
            parameters = operation.tables[model].parameters
            qualities = _values(parameters.get(usage.quality))
            sizes = _values(parameters.get(usage.size)) if usage.size is not None else None
            for message, hint in _missing(counted, usage.quality, qualities, usage.size or "size", sizes):
                if message not in told:
                    told.add(message)
                    report.add(counted.place, "E603", f"{message}, which {model} can have", hint)


def lint_prices(operation: Operation, report: Report) -> None:
    """Report prices that cannot be worked out: tokens that nothing counts, images that the table does not list."""
    usage = operation.response.usage
    counted: frozenset[str] = frozenset[str]().union(*(one.models for one in usage.output)) if usage else frozenset()
    priced: set[str] = set()
    for price in operation.response.prices:
        for model in sorted(price.models & priced):
            report.add(price.place, "E604", f"{model} has a price already")
        priced |= price.models
        if isinstance(price, TokenPrice):
            for model in sorted(price.models - counted):
                report.add(price.place, "E604", f"nothing counts the tokens of {model}", "tell them under usage")
        else:
            told = {
                message: None
                for model in sorted(price.models)
                for message in _unpriced(price, operation, operation.tables[model])
            }
            for message in told:
                report.add(price.place, "E604", message, f"{ANY!r} stands for any")


def _unpriced(price: ImagePrice, operation: Operation, table: Table) -> Iterator[str]:
    picture, usage = operation.response.picture, operation.response.usage
    grading = picture.quality or (usage.quality if usage else None)
    sizing = picture.size or picture.resolution
    for quality in _listed(table.parameters, grading):
        row = price.usd.get(str(quality), price.usd.get(ANY))
        graded = f"{grading} {shown(quality)}" if grading else "any quality"
        if row is None:
            yield f"no price for {graded}"
            continue
        for size in _listed(table.parameters, sizing):
            if str(size) not in row and ANY not in row:
                yield f"no price for {graded} and {f'{sizing} {shown(size)}' if sizing else 'any size'}"


def _listed(parameters: Mapping[str, Parameter], name: str | None) -> Iterable[Json]:
    """The values to price; where there is no such parameter or its values are free, what only `ANY` can stand for."""
    values = _values(parameters.get(name)) if name is not None else None
    return values or (ANY,)


def _missing(
    counted: TokenTable | TokenGrid,
    quality: str,
    qualities: tuple[Json, ...] | None,
    size: str,
    sizes: tuple[Json, ...] | None,
) -> Iterator[tuple[str, str]]:
    """Tell what is not counted, with what may have been meant; None for values that cannot be listed."""
    known = counted.cells if isinstance(counted, TokenGrid) else counted.tokens
    if isinstance(counted, TokenTable):
        if sizes is None:
            yield f"a table cannot count every {size}", "use a grid for free sizes"
        for row, row_tokens in counted.tokens.items():
            for one in sizes or ():
                if one not in row_tokens:
                    yield f"no tokens for {quality} {row!r} and {size} {shown(one)}", suggest(str(one), row_tokens)
    for one in qualities or ():
        if one not in known:
            yield f"no tokens for {quality} {shown(one)}", suggest(str(one), known)


def _values(parameter: Parameter | None) -> tuple[Json, ...] | None:
    """What the values of a parameter come to once the server has chosen, each once; None where they are free."""
    if parameter is None:
        return ()
    for constraint in parameter.constraints:
        if isinstance(constraint.check, Grammar):
            return None
        if isinstance(constraint.check, OneOf):
            chosen = (choice.value for choice in constraint.check.choices)
            return tuple(dict.fromkeys(parameter.becomes.get(str(one), one) for one in chosen))
    return None
