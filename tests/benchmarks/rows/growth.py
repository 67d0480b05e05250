"""How costs grow with a spec: ten times and a hundred times the models and the rules."""

from __future__ import annotations

import json
from functools import partial
from math import log
from typing import Any, Final, TypeGuard

import yaml

from safelight import Spec, loads
from safelight.judging.interpret import violations
from safelight_codegen import Options, Target, render
from tests import generated
from tests.benchmarks.corpus import SPEC
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import Rounds, Work, interleave
from tests.benchmarks.results import Curve, Line, Row, at_most

__all__ = ["exponent", "run", "spec_text"]

_TIMES: Final = (1, 10, 100)
_ROUNDS: Final = 3
_RULES: Final = 4
_LINEAR: Final = 1.1  # What a fit over two decades may show of something linear, for noise and caches that fill up.

_HOW: Final = """\
- The first API's spec, and a script's versions of it with 10 and 100 times as many models, each with the limits of the
  one that it copies, and as many times the rules, each copy about one model.
- load: from the text to the checked spec. client, documents: from the spec to all texts of the Python package, and of
  OpenAPI and JSON Schema. interpret, validate: one body for the last model, by the interpreter and by the validator of
  the generated client.
- The ratio is the exponent of the cost: 1 is linear, 2 quadratic. It is the slope of the line that fits the logarithms
  best; the spread is over the rounds, in which the sizes take turns.
"""


def run() -> Row:
    """Measure."""
    measured = {name: interleave(sides, _ROUNDS) for name, sides in _works().items()}
    sizes = tuple(map(float, _TIMES))
    return Row(
        name="growth",
        title="Growing specs",
        how=_HOW,
        lines=tuple(_line(name, found) for name, found in measured.items()),
        curves=tuple(
            Curve(name=name, sizes=sizes, costs=tuple(min(costs) for costs in found.values()))
            for name, found in measured.items()
        ),
        machine=machine(),
    )


def spec_text(times: int) -> str:
    """The first API's spec with so many times the models, what each has of its own, and the rules.

    It is JSON, which is YAML too.  A copy of a rule is about one of the new models alone.
    """
    grown: dict[str, Any] = yaml.load(SPEC.read_bytes(), yaml.CSafeLoader)
    names = frozenset(grown["models"])
    (operation,) = grown["operations"].values()
    for copy in range(1, times):
        operation["rules"] += [_about(rule, "gpt-image-2", copy) for rule in operation["rules"][:_RULES]]
    return json.dumps(_with_copies(grown, names, times), default=str, indent=1)


def _with_copies(value: Any, names: frozenset[str], times: int) -> Any:  # noqa: ANN401 - any part of a YAML file
    """Wherever models are listed, or have something of their own, their copies are and have, too."""
    if _is_object(value):
        found = {key: _with_copies(item, names, times) for key, item in value.items()}
        own = [key for key in found if key in names]
        return found | {_copied(key, copy): found[key] for copy in range(1, times) for key in own}
    if _is_array(value):
        named = [item for item in value if isinstance(item, str) and item in names]
        copies = [_copied(item, copy) for copy in range(1, times) for item in named]
        return [*(_with_copies(item, names, times) for item in value), *copies]
    return value


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _about(rule: dict[str, Any], model: str, copy: int) -> dict[str, Any]:
    new = _copied(model, copy)
    own = {key: [case | {"model": new} for case in rule[key]] for key in ("accepts", "rejects")}
    return rule | own | {"id": _copied(rule["id"], copy), "when": {"model": new, **rule["when"]}}


def _copied(name: str, copy: int) -> str:
    return f"{name}-copy-{copy}"


def exponent(costs: tuple[float, ...], sizes: tuple[float, ...] = _TIMES) -> float:
    """The slope of the line that fits the logarithms of *costs* best, by least squares."""
    xs, ys = [log(size) for size in sizes], [log(cost) for cost in costs]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - middle_x) ** 2 for x in xs)


def _works() -> dict[str, dict[str, Work]]:
    """By what is done: the work for each size."""
    texts = {f"{times}": spec_text(times) for times in _TIMES}
    specs = {times: loads(text, "grown.yaml") for times, text in texts.items()}
    bodies = {times: _body(spec) for times, spec in specs.items()}
    return {
        "load": {times: partial(loads, text, "grown.yaml") for times, text in texts.items()},
        "client": {times: partial(_rendered, spec, "python") for times, spec in specs.items()},
        "documents": {times: partial(_rendered, spec, "openapi", "jsonschema") for times, spec in specs.items()},
        "interpret": {
            times: partial(violations, spec, spec.operations["generate"], bodies[times])
            for times, spec in specs.items()
        },
        "validate": {
            times: partial(generated.validators(spec).generate, bodies[times]) for times, spec in specs.items()
        },
    }


def _body(spec: Spec) -> dict[str, Any]:
    model = [name for name in spec.models if name.startswith("gpt-image-2")][-1]
    return {"model": model, "prompt": "a fox", "n": 2, "background": "transparent", "output_format": "webp"}


def _rendered(spec: Spec, *targets: Target) -> dict[str, str]:
    return render(spec, Options(source="grown.yaml", targets=targets))


def _line(name: str, found: Rounds) -> Line:
    slopes = tuple(exponent(costs) for costs in zip(*found.values(), strict=True))
    least, most = min(found[f"{_TIMES[0]}"]), min(found[f"{_TIMES[-1]}"])
    return Line(
        what=f"{name}: exponent over {_TIMES[-1]} times the size",
        against="the smallest",
        unit="s",
        ours=most,
        theirs=least,
        ratios=slopes,
        target=at_most(_LINEAR),
    )
