"""The body of a generated function: first as steps that can be compared, then as lines that a template places.

Steps are compared to find what several models have in common; only then is anything laid out, because how a line breaks
depends on how deep it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never

from safelight.records import dataclass
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import (
    FALSE,
    INDENT,
    TRUE,
    Predicate,
    all_of,
    argument,
    collection,
    names_in,
    names_set_in,
    one_line,
    statement,
    string,
)
from safelight_codegen.text import literal

__all__ = [
    "Call",
    "Fault",
    "If",
    "Line",
    "Return",
    "Step",
    "Steps",
    "Try",
    "choice",
    "laid_out",
    "needs",
    "settings",
    "sources",
    "when",
    "without_last_return",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Telling of one violation.

    Attributes:
        rule: The id of the constraint.
        parameter: Where the fault is, as source.
        value: The value at fault, as source.
        head: What begins the message, as the start of an f-string; empty for nothing.
        requirement: What the constraint asks; the start of the message, or what follows its head.
        found: What is added to the message, as source; empty for nothing.
        tail: What ends the message, as the end of an f-string; empty for nothing.
        allowed: Every legal value, as source; empty where they cannot be listed.
        nearest: The nearest legal value, as source; empty for none.
        basis: How the constraint is known.
        outcome: What the API does about it.
    """

    rule: str
    parameter: str
    value: str
    requirement: str
    head: str = ""
    found: str = ""
    tail: str = ""
    allowed: str = ""
    nearest: str = ""
    basis: str = "documented"
    outcome: str = "refuse"


@dataclass(frozen=True, slots=True)
class Return:
    """The end of a function that tells violations."""


@dataclass(frozen=True, slots=True)
class Line:
    """A statement on one line, and what it leads in."""

    text: str
    body: Steps = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A statement that ends in a call and may need several lines: *before* ends with the opening parenthesis."""

    before: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class If:
    """A choice: the body of the first case whose condition holds; *otherwise* where none does."""

    cases: tuple[tuple[Predicate, Steps], ...]
    otherwise: Steps = ()


@dataclass(frozen=True, slots=True)
class Try:
    """Steps that may raise one of some *errors*, named as source, and what is done about it."""

    body: Steps
    errors: str
    handler: Steps


Step: TypeAlias = Fault | Return | Line | Call | If | Try
Steps: TypeAlias = tuple[Step, ...]


def when(condition: Predicate, *steps: Step) -> Steps:
    """Make *steps* depend on a condition; a choice in them that nothing follows takes it over."""
    return steps if condition == TRUE else choice(((condition, steps),))


def choice(cases: Iterable[tuple[Predicate, Steps]], otherwise: Steps = ()) -> Steps:
    """Make a choice without an ``if`` that holds nothing but another one, which a reader would have to put together."""
    kept: list[tuple[Predicate, Steps]] = []
    for condition, steps in cases:
        if condition == TRUE:
            otherwise = steps
            break
        if steps and condition != FALSE:
            kept.append((condition, steps))
    if len(otherwise) == 1 and isinstance(otherwise[0], If):
        return choice((*kept, *otherwise[0].cases), otherwise[0].otherwise)
    if not kept:
        return otherwise
    condition, steps = kept[-1]
    if not otherwise and len(steps) == 1 and isinstance(steps[0], If):
        inner = steps[0]
        if len(inner.cases) == 1 and not inner.otherwise:
            kept[-1] = (all_of((condition, inner.cases[0][0])), inner.cases[0][1])
    return (If(tuple(kept), otherwise),)


def settings(variables: Mapping[str, tuple[str, ...]]) -> Steps:
    """Set variables; each to what a function gives: its name, then its arguments."""
    return tuple(Call(f"{name} = {call}(", tuple(arguments)) for name, (call, *arguments) in variables.items())


def laid_out(steps: Steps, indent: int) -> tuple[view.Step, ...]:
    """Lay out *steps* that stand after *indent* blanks."""
    return tuple(_laid_out(steps, indent))


def _laid_out(steps: Steps, indent: int) -> Iterator[view.Step]:
    for step in steps:
        match step:
            case Fault():
                yield view.Step(fault=_violation(step, indent))
            case Return():
                yield view.Step(text="return told")
            case Line(text, body):
                yield view.Step(text=text, body=laid_out(body, indent + INDENT))
            case Call(before, arguments):
                yield view.Step(text=collection(before, arguments, ")", indent))
            case If(cases, otherwise):
                for number, (condition, body) in enumerate(cases):
                    head = statement("elif " if number else "if ", condition, ":", indent)
                    yield view.Step(text="\n".join(head), body=laid_out(body, indent + INDENT))
                if otherwise:
                    yield view.Step(text="else:", body=laid_out(otherwise, indent + INDENT))
            case Try(body, errors, handler):
                yield view.Step(text="try:", body=laid_out(body, indent + INDENT))
                yield view.Step(text=f"except {errors}:", body=laid_out(handler, indent + INDENT))
            case _:
                assert_never(step)


def _violation(fault: Fault, indent: int) -> view.Violation:
    inner = indent + 2 * INDENT
    suffix = f" + {fault.found}" if fault.found else ""
    more = {"allowed": fault.allowed, "nearest": fault.nearest}
    more["basis"] = literal(fault.basis) if fault.basis != "documented" else ""
    more["outcome"] = literal(fault.outcome) if fault.outcome != "refuse" else ""
    return view.Violation(
        rule=fault.rule,
        parameter=fault.parameter,
        value=fault.value,
        message=string("message=", fault.requirement, ",", inner, head=fault.head, suffix=suffix, tail=fault.tail),
        more=tuple(argument(name, source, inner) for name, source in more.items() if source),
    )


def without_last_return(steps: Steps) -> Steps:
    """Leave out the return at the end of a function, where it would say nothing."""
    if not steps:
        return steps
    *before, last = steps
    match last:
        case Return():
            return without_last_return(tuple(before))
        case If(cases, otherwise):
            bare = tuple((condition, without_last_return(body)) for condition, body in cases)
            return (*before, replace(last, cases=bare, otherwise=without_last_return(otherwise)))
        case _:
            return steps


def needs(steps: Steps, name: str) -> bool:
    """Tell whether *steps* use the variable *name* and do not set it."""
    used = any(name in names_in(source) for source in sources(steps))
    return used and not any(name in names_set_in(source) for source in sources(steps))


def sources(steps: Steps) -> Iterator[str]:
    """Yield the statements and expressions that *steps* are made of."""
    for step in steps:
        match step:
            case Fault():
                ends = f'f"{step.head}{step.tail}"' if step.head or step.tail else ""
                yield from filter(None, (step.parameter, step.value, step.found, ends, step.allowed, step.nearest))
            case Line(text, body):
                yield f"{text} pass" if body else text
                yield from sources(body)
            case Call(before, arguments):
                yield f"{before}{', '.join(arguments)})"
            case If(cases, otherwise):
                for condition, body in cases:
                    yield one_line(condition)
                    yield from sources(body)
                yield from sources(otherwise)
            case Try(body, errors, handler):
                yield errors
                yield from sources(body)
                yield from sources(handler)
            case Return():
                pass
            case _:
                assert_never(step)
