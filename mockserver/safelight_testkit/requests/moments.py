"""The combinations of values that show a rule: broken, held, and silent.

All combinations of candidate values of the parameters that decide the rule are looked at, in the order of how many are
sent; kept are the fewest that show each value that each state can have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any, Final

from safelight.model import ABSENT, Json, Rule
from safelight.vocabulary.checks import shown
from safelight_testkit.requests.greedy import smallest_cover
from safelight_testkit.requests.solve import Body, Solver
from safelight_testkit.requests.subject import State

_MOST_COMBINATIONS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A combination of values that shows one state of a rule.

    Attributes:
        state: The state.
        pins: The value, or `ABSENT`, of every parameter that decides the rule.
        body: The smallest body that shows it and breaks nothing else.
    """

    state: State
    pins: Mapping[str, Json]
    body: Body

    @property
    def label(self) -> str:
        """The state and the values in words."""
        values = (f"{name} {'not sent' if value is ABSENT else shown(value)}" for name, value in self.pins.items())
        return f"{self.state}: {', '.join(values)}"


def moments(solver: Solver, rule: Rule) -> tuple[Moment, ...]:
    """Tell the moments of *rule* in the solver's column, the smallest bodies first within each state."""
    seen: dict[State, list[dict[str, Any]]] = {state: [] for state in State}
    for pins in islice(_combinations(solver, rule), _MOST_COMBINATIONS):
        state = solver.subject.state(solver.subject.settle(solver.start(pins)), rule)
        if state is not None:
            seen[state].append(pins)
    return tuple(moment for state, rows in seen.items() for moment in _fewest(solver, rule, state, rows))


def _fewest(solver: Solver, rule: Rule, state: State, rows: list[dict[str, Any]]) -> list[Moment]:
    """The fewest moments of *state* that show all values of *rows* that can be shown."""
    expected = (rule.id,) if state is State.BROKEN else ()
    while True:
        chosen = smallest_cover(rows, _values)
        bodies = [solver.complete(pins, expected) for pins in chosen]
        if None not in bodies:
            whole = zip(chosen, bodies, strict=True)
            return [Moment(state=state, pins=pins, body=body) for pins, body in whole if body is not None]
        hopeless = [pins for pins, body in zip(chosen, bodies, strict=True) if body is None]
        rows = [pins for pins in rows if not any(pins is one for one in hopeless)]


def _combinations(solver: Solver, rule: Rule) -> Iterator[dict[str, Any]]:
    """Every combination of candidates, those that send fewer parameters first."""
    values = solver.candidates_for(rule)
    must = [name for name in values if solver.must(name)]
    may = [name for name in values if values[name] and name not in must]
    for count in range(len(may) + 1):
        for chosen in combinations(may, count):
            sent = [name for name in values if name in must or name in chosen]
            for row in product(*(values[name] for name in sent)):
                yield dict.fromkeys(values, ABSENT) | dict(zip(sent, row, strict=True))


def _values(pins: Mapping[str, Json]) -> Iterable[tuple[str, str]]:
    return ((name, repr(value)) for name, value in pins.items())
