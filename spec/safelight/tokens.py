"""Whether the tokens of every image can be counted."""

from __future__ import annotations

from collections.abc import Iterator

from safelight.checks import shown
from safelight.diagnostic import Report, suggest
from safelight.model import Grammar, Json, OneOf, Operation, Parameter, TokenGrid, TokenTable


def lint_usage(operation: Operation, report: Report) -> None:
    """Report qualities and sizes that a model can have and whose tokens the spec does not tell."""
    usage = operation.response.usage
    if usage is None:
        return
    for counted in usage.output:
        told: set[str] = set()
        for model in sorted(counted.models):
            parameters = operation.tables[model].parameters
            qualities, sizes = _values(parameters.get(usage.quality)), _values(parameters.get(usage.size))
            for message, hint in _missing(counted, usage.quality, qualities, usage.size, sizes):
                if message not in told:
                    told.add(message)
                    report.add(counted.place, "E603", f"{message}, which {model} can have", hint)


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
