"""The grammar of orders: ``rate-limit; retry-after=1, rate-limit, ok``.

Steps stand between commas, and what a step is told stands behind semicolons, as in HTTP headers that take parameters
(RFC 9110, 5.6.6).  The same text is a header's value, a key of a scenario file, a field of the control API and an
argument in Python, so that an order can be moved from one to another without a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias, get_args, get_origin, get_type_hints

from safelight.diagnostic import suggest
from safelight.reading.shape import Doc, optional
from safelight.records import dataclass

from .kinds import KINDS, Kind, Moderated, Range, Refusal, name_of

__all__ = ["OrderError", "Parameter", "Phrase", "parameters_of", "read_phrase", "written"]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<mark>[,;=]) | "(?P<quoted>(?:[^"\\]|\\["\\])*)" | (?P<word>[^\s,;="]+))""", re.VERBOSE
)
_TIMING: Final[Mapping[str, type]] = MappingProxyType(
    {"times": int, "nth": int, "every": int, "probability": float, "seed": int, "standing": bool, "delay": float}
)
"""What an order may say of the whole, behind any of its steps."""

_STAGES: Final = ("input", "output", "unknown")
_HEADER_TEXT: Final = re.compile(r"[\x20-\x7e]*")

_Value: TypeAlias = str | int | float | bool


class OrderError(Exception):
    """An order that makes no sense.

    Attributes:
        message: What is wrong.
        at: Where in the text, counted from 0.
        help: What would be right.
        key: The key of the order that it is about; its text is the value of ``fault``.
    """

    def __init__(
        self,
        message: str,
        at: int = 0,
        help: str = "",  # noqa: A002 - the word compilers use
        key: str = "fault",
    ) -> None:
        super().__init__(message)
        self.message, self.at, self.help, self.key = message, at, help, key

    def __str__(self) -> str:
        return f"{self.message}; {self.help}" if self.help else self.message


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a kind of fault can be told: a field of its record."""

    name: str
    field: str
    type: type
    doc: str
    range: Range | None


@dataclass(frozen=True, slots=True)
class Phrase:
    """An order in words.

    Attributes:
        steps: What is played.
        starts: Where in the text each of them begins, counted from 0.
        timing: What was said of the whole: times, nth, every, probability, seed, standing, delay.
    """

    steps: tuple[Kind, ...]
    starts: tuple[int, ...]
    timing: Mapping[str, _Value]


def parameters_of(kind: Kind) -> Mapping[str, Parameter]:
    """Return what a kind can be told, by the names that orders use."""
    hints = get_type_hints(type(kind), include_extras=True)
    found: dict[str, Parameter] = {}
    for one in fields(kind):
        hint: Any = hints[one.name]
        if get_origin(hint) is not Annotated or not _takes(kind, one.name):
            continue
        annotation, *extras = get_args(hint)
        doc = next(extra.text for extra in extras if isinstance(extra, Doc))
        range_ = next((extra for extra in extras if isinstance(extra, Range)), None)
        name = one.name.replace("_", "-")
        found[name] = Parameter(name, one.name, optional(annotation), doc, range_)
    return found


def read_phrase(text: str) -> Phrase:
    """Read an order.

    Raises:
        OrderError: It makes no sense; the error says where.
    """
    steps: list[Kind] = []
    starts: list[int] = []
    timing: dict[str, _Value] = {}
    for tokens in _split(list(_tokens(text)), ","):
        first, *rest = _split(tokens, ";")
        if not first:
            raise OrderError("a step is missing", tokens[0].at if tokens else len(text), f"as in {_EXAMPLE}")
        kind = _kind(first)
        known = parameters_of(kind)
        changes: dict[str, Any] = {}
        for assignment in rest:
            name, value, at = _assigned(assignment, text)
            if name in known:
                changes[known[name].field] = _value(known[name], value, at)
            elif name in _TIMING:
                timing[name] = _read(name, value, _TIMING[name], at)
            else:
                names = (*known, *_TIMING)
                told = suggest(name, names) or f"it can be told {', '.join(names)}"
                raise OrderError(f"{name_of(kind)} cannot be told {name!r}", assignment[0].at, told)
        steps.append(_checked(replace(kind, **changes), first[0].at))
        starts.append(first[0].at)
    return Phrase(tuple(steps), tuple(starts), timing)


def written(steps: tuple[Kind, ...]) -> str:
    """Write steps in the words in which they are ordered; `read_phrase` reads them back."""
    return ", ".join(map(_step_written, steps))


_EXAMPLE: Final = "rate-limit; retry-after=1"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    at: int
    is_mark: bool


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise OrderError("a quotation mark is never closed", at)
        group = str(found.lastgroup)
        word = re.sub(r"\\(.)", r"\1", found[group]) if group == "quoted" else found[group]
        yield _Token(word, found.start(group), group == "mark")
        at = found.end()


def _split(tokens: list[_Token], mark: str) -> Iterator[list[_Token]]:
    part: list[_Token] = []
    for token in tokens:
        if token.is_mark and token.text == mark:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _kind(tokens: list[_Token]) -> Kind:
    word = tokens[0].text
    if len(tokens) > 1:
        raise OrderError(f"what follows {word!r} needs a semicolon before it", tokens[1].at, f"as in {_EXAMPLE}")
    if word not in KINDS:
        raise OrderError(f"there is no fault {word!r}", tokens[0].at, suggest(word, KINDS) or _all_kinds())
    return KINDS[word]


def _all_kinds() -> str:
    return f"there are {', '.join(KINDS)}"


def _assigned(tokens: list[_Token], text: str) -> tuple[str, str, int]:
    if len(tokens) == 1 and tokens[0].text == "standing":
        return "standing", "true", tokens[0].at
    if len(tokens) != 3 or tokens[0].is_mark or not tokens[1].is_mark or tokens[2].is_mark:
        raise OrderError("expected name=value", tokens[0].at if tokens else len(text), f"as in {_EXAMPLE}")
    return tokens[0].text, tokens[2].text, tokens[2].at


def _value(parameter: Parameter, text: str, at: int) -> _Value:
    value = _read(parameter.name, text, parameter.type, at)
    range_ = parameter.range
    if range_ is not None and isinstance(value, int | float) and not range_.least <= value <= range_.most:
        raise OrderError(f"{parameter.name} must be from {range_.least} to {range_.most}, got {text}", at)
    if isinstance(value, str) and not _HEADER_TEXT.fullmatch(value):
        raise OrderError(f"{parameter.name} must be printable ASCII", at)
    return value


def _read(name: str, text: str, wanted: type, at: int) -> _Value:
    if wanted is str:
        return text
    if wanted is bool and text in {"true", "false"}:
        return text == "true"
    number = re.compile(r"-?[0-9]{1,18}" if wanted is int else r"[0-9]{1,18}(?:\.[0-9]{1,18})?")
    if wanted is not bool and number.fullmatch(text):
        return int(text) if wanted is int else float(text)
    word = {bool: "true or false", int: "an integer", float: "a number, as in 0.5"}[wanted]
    raise OrderError(f"{name} must be {word}, got {text!r}", at)


def _takes(kind: Kind, field: str) -> bool:
    """Tell whether a kind can be told one of its fields; records are shared where kinds differ in a word only."""
    if isinstance(kind, Refusal) and field == "text":
        return kind.name == "error"
    return field != "seconds" or name_of(kind) not in {"url-expired", "url-missing"}


def _checked(kind: Kind, at: int) -> Kind:
    match kind:
        case Refusal("error", ""):
            raise OrderError("error needs a text", at, "as in error; text=bad_key")
        case Moderated(stage) if stage not in _STAGES:
            raise OrderError(f"stage must be one of {', '.join(_STAGES)}, got {stage!r}", at)
        case _:
            return kind


def _step_written(kind: Kind) -> str:
    usual = KINDS[name_of(kind)]
    told = [
        f"; {one.name}={_quoted(getattr(kind, one.field))}"
        for one in parameters_of(kind).values()
        if getattr(kind, one.field) != getattr(usual, one.field)
    ]
    return name_of(kind) + "".join(told)


def _quoted(value: _Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    if isinstance(value, int) or re.fullmatch(r"[^\s,;=\"\\]+", value):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
