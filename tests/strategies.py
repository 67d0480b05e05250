"""Request bodies for any spec: well formed, nearly so, and arbitrary.

The strategies read a spec's records and solve each parameter's constraints by themselves.  They import no reading of
the rules, neither the interpreter nor generated code, so that a mistake in a reading cannot hide in its own examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from safelight.loading import load
from safelight.model import (
    ABSENT,
    ANY_MODEL,
    Dated,
    EdgesMultipleOf,
    Grammar,
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
    OneOf,
    Operation,
    Parameter,
    Pattern,
    Spec,
    Type,
    Unit,
    in_force,
)

Strategy: TypeAlias = st.SearchStrategy[Any]

WIDEST = 4096
"""Where a spec sets no limit, sizes have edges up to here."""

LARGEST = 10**6
"""Where a spec sets no limit, numbers lie between this and its opposite."""

# --- values of any kind --------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(categories=None), max_size=12)  # every code point, lone surrogates too
_NUMBERS = st.one_of(
    st.integers(-20, 20),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, 0, 1]),
    st.floats(),
    st.sampled_from([0.1, 0.3, 1.0, -0.0, 1e308, 5e-324]),
)
_SCALARS = st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS)


def json_values() -> Strategy:
    """Anything that a JSON parser may give, NaN and lone surrogates included."""
    return st.recursive(
        _SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=4)),
        max_leaves=8,
    )


def python_values() -> Strategy:
    """Anything that a Python caller may pass: beside JSON, bytes, sets, tuples, strange keys, deep nesting, objects."""
    return st.one_of(
        json_values(),
        st.binary(max_size=4),
        st.frozensets(st.integers(), max_size=3),
        st.tuples(_SCALARS, _SCALARS),
        st.complex_numbers(),
        st.fractions(),
        st.decimals(),
        st.dictionaries(st.one_of(st.integers(), st.none(), st.binary(max_size=2), _TEXTS), _SCALARS, max_size=3),
        st.sampled_from([1, 50, 2000]).map(_nested),
        st.builds(object),
    )


def _nested(depth: int) -> object:
    value: object = "core"
    for level in range(depth):
        value = [value] if level % 2 else {"key": value}
    return value


# --- values of one parameter ---------------------------------------------------------------------------------------


def values_of(parameter: Parameter, spec: Spec, as_of: date | None = None) -> Strategy:
    """Values that keep to every constraint of *parameter*, whatever its basis, on the day *as_of*."""
    day = as_of or spec.revised
    checks = {type(one.check): one.check for one in parameter.constraints}
    listed = checks.get(OneOf)
    if isinstance(listed, OneOf):
        allowed: tuple[Any, ...] = listed.allowed(day)
        return st.sampled_from(allowed)
    match parameter.type:
        case Type.MODEL:
            names: tuple[str, ...] = spec.names_as_of(day)
            return st.sampled_from(names)
        case Type.BOOLEAN:
            return st.booleans()
        case Type.INTEGER:
            whole = _multiples(checks, Fraction(1)).map(int)
            return st.one_of(whole, whole.filter(lambda one: abs(one) < 2**53).map(float))
        case Type.NUMBER:
            return _multiples(checks, None).map(float)
        case Type.STRING:
            return _strings(checks)
        case Type.SIZE:
            return _sizes(checks, day)
        case Type.ARRAY:
            return _arrays(parameter, checks, spec, day)
        case Type.OBJECT:
            return _objects(parameter, spec, day)


def _multiples(checks: Mapping[type, Any], least_step: Fraction | None) -> Strategy:
    low = _decimal(checks[Minimum].limit) if Minimum in checks else Fraction(-LARGEST)
    high = _decimal(checks[Maximum].limit) if Maximum in checks else Fraction(LARGEST)
    step = _decimal(checks[MultipleOf].step) if MultipleOf in checks else least_step or Fraction(1, 8)
    return st.integers(-(-low // step), high // step).map(lambda count: count * step)


def _decimal(number: float) -> Fraction:
    return Fraction(str(number))


def _strings(checks: Mapping[type, Any]) -> Strategy:
    if Pattern in checks:
        pattern: str = checks[Pattern].regex
        return st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    least = checks[MinLength].limit if MinLength in checks else 0
    most = checks[MaxLength].limit if MaxLength in checks else least + 40
    unit = next((checks[kind].unit for kind in (MinLength, MaxLength) if kind in checks), Unit.CODE_POINTS)
    ascii_text = st.text(st.characters(max_codepoint=0x7F), min_size=least, max_size=min(most, least + 40))
    at_the_limit = st.sampled_from(["x" * least, "x" * most])
    if unit is not Unit.CODE_POINTS:
        return st.one_of(ascii_text, at_the_limit)
    return st.one_of(st.text(min_size=least, max_size=min(most, least + 40)), at_the_limit)


def _sizes(checks: Mapping[type, Any], day: date) -> Strategy:
    grammar = checks.get(Grammar)
    if not isinstance(grammar, Grammar):
        return st.just(f"{WIDEST}x{WIDEST}")
    tokens = [one.value for one in grammar.tokens if in_force(one.since, one.until, day)]
    step = checks[EdgesMultipleOf].step if EdgesMultipleOf in checks else 1
    most = checks[MaxEdge].limit if MaxEdge in checks else WIDEST
    rows = [
        (width, low, high)
        for width in range(step, most + 1, max(step, (most // 128) // step * step))
        for low, high in [_heights(width, step, most, checks)]
        if low <= high
    ]
    separator = grammar.separator
    free = st.sampled_from(rows).flatmap(
        lambda row: st.integers(row[1], row[2]).map(lambda count: f"{row[0]}{separator}{count * step}")
    )
    return st.one_of(st.sampled_from(tokens), free) if tokens else free


def _heights(width: int, step: int, most: int, checks: Mapping[type, Any]) -> tuple[int, int]:
    """The legal heights for one width, in grid steps; from more to less where there are none."""
    lows = [Fraction(checks[MinEdge].limit if MinEdge in checks else 1)]
    highs = [Fraction(most)]
    if MinEdge in checks and width < checks[MinEdge].limit:
        return 1, 0
    if MinPixels in checks:
        lows.append(Fraction(checks[MinPixels].limit, width))
    if MaxPixels in checks:
        highs.append(Fraction(checks[MaxPixels].limit, width))
    if MaxRatio in checks:
        lows.append(width / checks[MaxRatio].limit)
    if MinRatio in checks:
        highs.append(width / checks[MinRatio].limit)
    return int(-(-max(lows) // step)), int(min(highs) // step)


def _arrays(parameter: Parameter, checks: Mapping[type, Any], spec: Spec, day: date) -> Strategy:
    least = checks[MinItems].limit if MinItems in checks else 0
    most = checks[MaxItems].limit if MaxItems in checks else least + 3
    items = values_of(parameter.items, spec, day) if parameter.items else st.none()
    return st.lists(items, min_size=least, max_size=most)


def _objects(parameter: Parameter, spec: Spec, day: date) -> Strategy:
    members = {
        member.name.rpartition(".")[2]: member for member in parameter.members if member.applies and _known(member, day)
    }
    return st.fixed_dictionaries(
        {key: values_of(member, spec, day) for key, member in members.items() if member.required},
        optional={key: values_of(member, spec, day) for key, member in members.items() if not member.required},
    )


def faulty_values(parameter: Parameter) -> Strategy:
    """Values that lie beside what *parameter* takes: just outside a limit, nearly a legal word, of another type."""
    near: list[Any] = [None, True, 1.5, "1", "", "AUTO", [], {}, float("nan")]
    for one in parameter.constraints:
        match one.check:
            case OneOf(choices) | Grammar(_, choices):
                near += [other for choice in choices for other in _misspelt(choice.value)]
            case Minimum(limit) | Maximum(limit):
                near += [limit - 1, limit, limit + 1, float(limit)]
            case MultipleOf(step) | EdgesMultipleOf(step):
                near += [step / 2, step * 3, step * 3 + 1]
            case MinLength(limit) | MaxLength(limit):
                near += ["x" * count for count in (limit - 1, limit, limit + 1) if count >= 0]
                near += ["ä" * limit, "\N{FOX FACE}" * limit]
            case MinItems(limit) | MaxItems(limit):
                near += [[near[0]] * count for count in (limit - 1, limit, limit + 1) if count >= 0]
            case _:
                pass
    if parameter.type is Type.SIZE:
        near += ["1024x1024", "1024X1024", "0x0", "16x16", "3840x1280", "3840x1264", "512*512", "2:1", "01x1", "9" * 12]
    return st.one_of(st.sampled_from(near), python_values())


def _misspelt(value: object) -> list[object]:
    if isinstance(value, str):
        return [value, value.upper(), f"{value} ", value[:-1]]
    return [value, str(value), float(value) if isinstance(value, int) else value]


# --- bodies --------------------------------------------------------------------------------------------------------


def well_formed(spec: Spec, operation: Operation, as_of: date | None = None) -> Strategy:
    """Bodies that name a model, where the API has models, and break no constraint of a single parameter.

    Rules across parameters may be broken.
    """
    day = as_of or spec.revised
    models: tuple[str, ...] = spec.names_as_of(day) if operation.model_parameter else (ANY_MODEL,)
    tables = {spec.names.get(model, model) for model in models}
    values = {
        table: {
            key: values_of(parameter, spec, day)
            for key, parameter in operation.tables[table].parameters.items()
            if parameter.applies and _known(parameter, day)
        }
        for table in sorted(tables)
    }

    @st.composite
    def body(draw: st.DrawFn) -> dict[Any, Any]:
        model = draw(st.sampled_from(models))
        table = spec.names.get(model, model)
        parameters = operation.tables[table].parameters
        present = draw(
            st.integers(0, 2 ** len(parameters) - 1)
        )  # one draw, and shrinking drops one field after another
        drawn: dict[Any, Any] = {}
        for index, (key, strategy) in enumerate(values[table].items()):
            if key == operation.model_parameter:
                drawn[key] = model
            elif parameters[key].required or present >> index & 1:
                drawn[key] = draw(strategy)
        nothing = draw(st.sampled_from(["", *drawn]))
        if nothing in drawn and nothing != operation.model_parameter and parameters[nothing].nullable:
            drawn[nothing] = None
        return drawn

    return body()


def _known(parameter: Parameter, day: date) -> bool:
    dates = [one.check for one in parameter.constraints if isinstance(one.check, Dated)]
    return all(in_force(one.since, one.until, day) for one in dates)


def nearly_well_formed(spec: Spec, operation: Operation) -> Strategy:
    """Well-formed bodies with one or two mistakes: a wrong value, a field too many or too few, another order."""
    sound = well_formed(spec, operation)
    tables = tuple(operation.tables)
    faulty = {
        (name, key): faulty_values(parameter)
        for name, table in operation.tables.items()
        for key, parameter in table.parameters.items()
    }
    strange = st.one_of(_TEXTS, st.integers(), st.sampled_from(["sizes", "Prompt", "model "]))
    kinds = st.sampled_from(["value", "value", "value", "missing", "unknown", "default"])

    @st.composite
    def body(draw: st.DrawFn) -> dict[Any, Any]:
        drawn: dict[Any, Any] = draw(sound)
        for _ in range(draw(st.integers(1, 2))):
            key = draw(st.sampled_from(operation.parameters))
            match draw(kinds):
                case "value":
                    drawn[key] = draw(faulty[draw(st.sampled_from(tables)), key])
                case "missing":
                    drawn.pop(key, None)
                case "unknown":
                    drawn[draw(strange)] = draw(_SCALARS)
                case _:
                    default = operation.tables[draw(st.sampled_from(tables))].parameters[key].default
                    drawn[key] = None if default is ABSENT else default
        return dict(draw(st.permutations(list(drawn.items()))))

    return body()


def arbitrary(operation: Operation) -> Strategy:
    """Bodies without any sense: known and unknown fields with values of any kind, or no object at all."""
    names = st.one_of(st.sampled_from(operation.parameters), st.sampled_from(operation.parameters), _TEXTS)
    return st.one_of(st.dictionaries(names, python_values(), max_size=6), python_values())


# --- the specs that tests read -------------------------------------------------------------------------------------

ROOT: Final = Path(__file__).resolve().parent.parent
SPEC_FILES: Final = (ROOT / "spec" / "ttapi-images.yaml", *sorted((ROOT / "tests" / "specs").glob("*.yaml")))
"""The first API, and the specs that live with the tests."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec, its one operation, and the bodies to try on it."""

    name: str
    spec: Spec
    operation: Operation
    well_formed: Strategy
    nearly: Strategy
    bodies: Strategy

    def __repr__(self) -> str:
        return self.name


@cache
def subject(path: Path) -> Subject:
    """Read a spec file and prepare its bodies, once for all tests."""
    spec = load(path)
    (operation,) = spec.operations.values()
    sound, nearly = well_formed(spec, operation), nearly_well_formed(spec, operation)
    return Subject(path.stem, spec, operation, sound, nearly, st.one_of(sound, nearly, arbitrary(operation)))


def subjects() -> st.SearchStrategy[Subject]:
    """Any of the specs."""
    return st.sampled_from(SPEC_FILES).map(subject)
