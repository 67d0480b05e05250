"""Python expressions laid out in lines as ``ruff format`` lays them out.

An expression that fits its line stays on it.  Otherwise a collection gets one item a line with a comma after the last,
a condition one operand a line between parentheses, a string several parts between parentheses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, Literal, TypeAlias

from safelight.records import dataclass
from safelight_codegen.names import in_order
from safelight_codegen.text import WIDTH, literal

__all__ = [
    "FALSE",
    "INDENT",
    "TRUE",
    "Atom",
    "Joined",
    "Predicate",
    "all_of",
    "any_of",
    "collection",
    "fits",
    "imported",
    "names_in",
    "names_set_in",
    "negated",
    "one_line",
    "statement",
    "string",
]

INDENT: Final = 4


@dataclass(frozen=True, slots=True)
class Atom:
    """A condition that has no and or or in it; *negation* is its opposite, where that can be written better."""

    text: str
    negation: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Several conditions joined by one word."""

    word: Literal["and", "or"]
    operands: tuple[Predicate, ...]


Predicate: TypeAlias = Atom | Joined

TRUE: Final = Atom("True", "False")
FALSE: Final = Atom("False", "True")


def all_of(operands: Iterable[Predicate]) -> Predicate:
    """Join conditions that must all hold; what always holds is left out."""
    return _join("and", operands, neutral=TRUE, decisive=FALSE)


def any_of(operands: Iterable[Predicate]) -> Predicate:
    """Join conditions of which one must hold; what never holds is left out."""
    return _join("or", operands, neutral=FALSE, decisive=TRUE)


def _join(word: Literal["and", "or"], operands: Iterable[Predicate], *, neutral: Atom, decisive: Atom) -> Predicate:
    flat: dict[Predicate, None] = {}
    for operand in operands:
        if isinstance(operand, Joined) and operand.word == word:
            flat.update(dict.fromkeys(operand.operands))
        elif operand != neutral:
            flat[operand] = None
    if decisive in flat:
        return decisive
    match tuple(flat):
        case ():
            return neutral
        case (only,):
            return only
        case several:
            return Joined(word, several)


def negated(predicate: Predicate) -> Predicate:
    """Turn a condition into its opposite."""
    if isinstance(predicate, Joined):
        operands = map(negated, predicate.operands)
        return any_of(operands) if predicate.word == "and" else all_of(operands)
    return Atom(predicate.negation or f"not {predicate.text}", predicate.text)


def one_line(predicate: Predicate) -> str:
    """Write a condition on one line."""
    if isinstance(predicate, Atom):
        return predicate.text
    return f" {predicate.word} ".join(_operand(operand) for operand in predicate.operands)


def _operand(operand: Predicate) -> str:
    return f"({one_line(operand)})" if isinstance(operand, Joined) else operand.text


@cache
def names_in(source: str) -> frozenset[str]:
    """The variables and functions that a statement or an expression uses."""
    return frozenset(node.id for node in _names(source) if isinstance(node.ctx, ast.Load))


@cache
def names_set_in(source: str) -> frozenset[str]:
    """The variables that a statement or an expression sets."""
    return frozenset(node.id for node in _names(source) if isinstance(node.ctx, ast.Store))


@cache
def _names(source: str) -> tuple[ast.Name, ...]:
    return tuple(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))


def fits(line: str, indent: int) -> bool:
    """Tell whether *line* fits after *indent* blanks."""
    return indent + len(line) <= WIDTH


def statement(before: str, predicate: Predicate, after: str, indent: int) -> tuple[str, ...]:
    """Lay out a statement around a condition, such as ``if`` … ``:``.

    Args:
        before: What stands before the condition, with its blank.
        predicate: The condition.
        after: What stands after it.
        indent: How many blanks stand before the statement; they are not written here.
    """
    line = f"{before}{one_line(predicate)}{after}"
    if fits(line, indent) or isinstance(predicate, Atom):
        return (line,)
    first, last = predicate.operands[0], predicate.operands[-1]
    if len(predicate.operands) == 2 and isinstance(last, Joined):
        head = f"{before}{_operand(first)} {predicate.word} ("
        if fits(head, indent):
            return (head, *_inside(last, indent), f"){after}")
    if len(predicate.operands) == 2 and isinstance(first, Joined) and not isinstance(last, Joined):
        tail = f") {predicate.word} {_operand(last)}{after}"
        if fits(tail, indent):
            return (f"{before}(", *_inside(first, indent), tail)
    return (f"{before}(", *_operands(predicate, indent + INDENT), f"){after}")


def _operands(joined: Joined, indent: int) -> Iterator[str]:
    """Lay out one operand a line, or more where it needs them."""
    for number, operand in enumerate(joined.operands):
        lead = f"{joined.word} " if number else ""
        line = lead + _operand(operand)
        if fits(line, indent) or isinstance(operand, Atom):
            yield f"{' ' * INDENT}{line}"
        else:
            yield f"{' ' * INDENT}{lead}("
            yield from (f"{' ' * INDENT}{inner}" for inner in _inside(operand, indent))
            yield f"{' ' * INDENT})"


def _inside(joined: Joined, indent: int) -> Iterator[str]:
    """Lay out what stands between parentheses: on one line if it fits."""
    line = one_line(joined)
    if fits(line, indent + INDENT):
        yield f"{' ' * INDENT}{line}"
    else:
        yield from _operands(joined, indent + INDENT)


def collection(before: str, items: Sequence[str], after: str, indent: int, *, is_tuple: bool = False) -> str:
    """Lay out items between brackets, such as ``_SIZES = (`` … ``)``.

    Args:
        before: What stands before the first item, the opening bracket included.
        items: The items as source.
        after: What stands after the last item, from the closing bracket on.
        indent: How many blanks stand before the first line; they are not written here.
        is_tuple: Whether the brackets make a tuple: one of a single item needs its comma.
    """
    comma = "," if is_tuple and len(items) == 1 else ""
    line = f"{before}{', '.join(items)}{comma}{after}"
    if "\n" not in line and fits(line, indent):
        return line
    return "\n".join((before, *(f"{' ' * INDENT}{item},".replace("\n", "\n" + " " * INDENT) for item in items), after))


def imported(module: str, names: Iterable[str]) -> str:
    """Lay out the import of *names* from *module*, in their order."""
    names = in_order(names)
    line = f"from {module} import {', '.join(names)}"
    return line if fits(line, 0) else collection(f"from {module} import (", names, ")", 0)


def string(before: str, text: str, after: str, indent: int, *, head: str = "", suffix: str = "", tail: str = "") -> str:
    """Lay out a string literal.

    Args:
        before: What stands before it, such as ``message=``.
        text: The string.
        after: What stands after it, such as a comma.
        indent: How many blanks stand before the first line; they are not written here.
        head: The start of an f-string, fields included, that the string goes on from; it stays with the first part.
        suffix: An expression that is added to the string, as in `` + got(value)``; it stays with the last part.
        tail: The end of an f-string, fields included, that the string goes on with; it stays with the last part too.
    """
    line = f"{before}{_part(text, head, tail)}{suffix}{after}"
    if fits(line, indent):
        return line
    first, *parts = _parts(text, WIDTH - indent - INDENT - len(suffix) - len(head) - len(tail) - 1)
    if not parts:
        broken = suffix.replace(" + ", "\n+ ")
        return f"{before}{_part(text, head, tail)}{broken}{after}"
    lines = [_part(first, head), *(literal(part) for part in parts[:-1]), f"{_part(parts[-1], tail=tail)}{suffix}"]
    return "\n".join((f"{before}(", *(f"{' ' * INDENT}{part}" for part in lines), f"){after}"))


def argument(name: str, source: str, indent: int) -> str:
    """Lay out an argument of a call, on a line of its own; what calls a function may go on lines of its own.

    Args:
        name: The argument.
        source: Its value.
        indent: How many blanks stand before the first line; they are not written here.
    """
    line = f"{name}={source},"
    if fits(line, indent) or not source.endswith(")"):
        return line
    function, _, inside = source.removesuffix(")").partition("(")
    return f"{name}={function}(\n{' ' * INDENT}{inside}\n),"


def called_with(function: str, text: str, indent: int) -> str:
    """Lay out a call of *function* with a string literal as its only argument.

    Args:
        function: What stands before the parenthesis.
        text: The string.
        indent: How many blanks stand before the first line; they are not written here.
    """
    line = f"{function}({literal(text)})"
    if fits(line, indent):
        return line
    parts = _parts(text, WIDTH - indent - INDENT)
    return "\n".join((f"{function}(", *(f"{' ' * INDENT}{literal(part)}" for part in parts), ")"))


def _part(text: str, head: str = "", tail: str = "") -> str:
    """Write a part of a string, an f-string where it has a head or a tail."""
    if not head and not tail:
        return literal(text)
    quoted = literal(text.replace("{", "{{").replace("}", "}}"))
    return f"f{quoted[0]}{head}{quoted[1:-1]}{tail}{quoted[-1]}"


def _parts(text: str, width: int) -> list[str]:
    """Cut a text after blanks so that the literal of each part fits *width*."""
    parts = [""]
    for word in text.split(" "):
        grown = f"{parts[-1]} {word}" if parts[-1] else word
        if parts[-1] and len(literal(f"{grown} ")) > width:
            parts[-1] += " "
            parts.append(word)
        else:
            parts[-1] = grown
    return parts
