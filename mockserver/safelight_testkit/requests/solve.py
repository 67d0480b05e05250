"""Completing a part of a request so that it is valid, or breaks exactly what it is meant to break.

The search is led by what is wrong: judge the body as it stands, take the first rule that is broken and should not be,
or is kept and should be broken, and change one of the parameters that decide it to another of its candidate values.
Candidates are finite (see `values.partition`), every solution differs from the body in a parameter that is
to blame, and those are all tried; so what the search does not find is not among the candidates.  Fewer changes are
tried before more, absence before values, parameters in spec order: the smallest body comes first, and always the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, Final

from safelight.judging.interpret import Settlement
from safelight.judging.lens import Enforced, enforce
from safelight.model import ABSENT, Json, Outcome, Rule, Test
from safelight.vocabulary.mentions import parameters_of
from safelight_testkit.requests.subject import Column, Subject
from safelight_testkit.values.domain import Domain, domain_of, simplest
from safelight_testkit.values.partition import Cuts, candidates, cuts_of

_MOST_CHANGES: Final = 4

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Solution:
    """What a search came to.

    Attributes:
        body: The body, its parameters in spec order; None where none was found.
        certain: Where none was found: whether everything was tried.
    """

    body: Body | None
    certain: bool


class Solver:
    """Completes requests of one column."""

    def __init__(self, subject: Subject, column: Column, *, heeds_warnings: bool = True) -> None:
        """Choose what to complete requests of; what each parameter can be is worked out when it is asked for.

        Args:
            subject: What is tested.
            column: The way in which requests are to be judged.
            heeds_warnings: Whether a constraint that only warns is kept as others are.
        """
        self.subject = subject
        self.column = column
        self._heeds_warnings = heeds_warnings
        self._model = subject.operation.model_parameter

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules that may be judged, by their ids."""
        return {rule.id: rule for rule in self.subject.rules(self.column)}

    @cached_property
    def reach(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters that decide each rule, by its id."""
        return {id_: self.subject.reach(self.column, rule) for id_, rule in self.rules.items()}

    @cached_property
    def domains(self) -> Mapping[str, Domain]:
        """What can legally be sent, of those parameters that can be; the model aside."""
        found = {
            name: domain_of(enforced if self._heeds_warnings else self._unwarned(enforced))
            for name, enforced in self.subject.enforced(self.column).items()
            if name != self._model
        }
        return {name: domain for name, domain in found.items() if domain is not None}

    @cached_property
    def warned(self) -> Solver | None:
        """One for the same column that does not heed warnings; None where nothing only warns."""
        every = (one for enforced in self.subject.enforced(self.column).values() for one in enforced.content)
        if not any(one.outcome is Outcome.WARN for one in every):
            return None
        return Solver(self.subject, self.column, heeds_warnings=False)

    @cached_property
    def _defaults(self) -> Mapping[str, Json]:
        """What holds for parameters that are not sent, conditions aside."""
        parameters = self.column.table.parameters.values()
        return {one.name: one.default for one in parameters if one.default is not ABSENT}

    @cached_property
    def cuts(self) -> Mapping[str, Cuts]:
        """Where rules and conditional defaults cut what can be sent, for the parameters that they look at."""
        tests = self.subject.tests(self.column, self.rules.values())
        return {name: self._cut(name, tests[name]) for name in self.domains if name in tests}

    @cached_property
    def candidates(self) -> Mapping[str, tuple[Json, ...]]:
        """The values that are worth trying for each parameter, absence first where it is allowed."""
        found: dict[str, tuple[Json, ...]] = {}
        for name in self.column.table.parameters:
            absence = () if self.must(name) else (ABSENT,)
            if name == self._model:
                found[name] = (*absence, *self.column.sends[:1])
            elif name not in self.domains:
                found[name] = (ABSENT,)
            elif name in self.cuts:
                found[name] = (*absence, *candidates(self.domains[name], self.cuts[name]))
            else:
                found[name] = (*absence, simplest(self.domains[name]))
        return found

    def candidates_for(self, rule: Rule) -> Mapping[str, tuple[Json, ...]]:
        """The values, without absence, that show all that *rule* can tell of each parameter that decides it."""
        tests = self.subject.tests(self.column, (rule,))
        return {
            name: candidates(self.domains[name], self._cut(name, tests[name])) if name in self.domains else ()
            for name in self.reach[rule.id]
        }

    def _unwarned(self, enforced: Enforced) -> Enforced:
        """A parameter without the constraints that only warn."""
        kept = tuple(one for one in enforced.parameter.constraints if one.outcome is not Outcome.WARN)
        return enforce(replace(enforced.parameter, constraints=kept), self.column.table.name, self.subject.lens)

    def must(self, name: str) -> bool:
        """Whether the parameter has to be sent."""
        return self.subject.enforced(self.column)[name].required is not None

    def _cut(self, name: str, tests: Iterable[Test]) -> Cuts:
        return cuts_of(name, tests, self.domains, self._defaults)

    # --- the search ---

    def complete(self, pins: Mapping[str, Json], expected: tuple[str, ...] = ()) -> Body | None:
        """Find the smallest body that holds *pins* and breaks exactly *expected*; see `solve`."""
        return self.solve(pins, expected).body

    def solve(self, pins: Mapping[str, Json], expected: tuple[str, ...] = ()) -> Solution:
        """Look for the smallest body that holds *pins* and breaks exactly *expected*.

        Args:
            pins: What is sent, or `ABSENT` for what is not; it stays as it is.
            expected: Ids of constraints; none asks for a valid body.
        """
        body = self.start(pins)
        fixed = frozenset(pins)
        for changes in range(_MOST_CHANGES + 1):
            found, exhausted = self._search(body, fixed, expected, changes)
            if found is not None:
                order = chain(self.column.table.parameters, found)
                return Solution({name: found[name] for name in order if name in found}, certain=True)
            if exhausted:
                return Solution(None, certain=True)
        return Solution(None, certain=False)

    def start(self, pins: Mapping[str, Json]) -> Body:
        """The body with *pins*, the required parameters, the model and nothing else, whether or not it is valid."""
        body: Body = {}
        for name in self.column.table.parameters:
            if name in pins:
                if pins[name] is not ABSENT:
                    body[name] = pins[name]
            elif name == self._model:
                if self.column.sends:
                    body[name] = self.column.sends[0]
            elif name in self.domains and self.must(name):
                body[name] = simplest(self.domains[name])
        return body | {name: value for name, value in pins.items() if name not in body and value is not ABSENT}

    def _search(
        self, body: Body, fixed: frozenset[str], expected: tuple[str, ...], changes: int
    ) -> tuple[Body | None, bool]:
        """Look for a solution within *changes* changes; tell also whether more changes could not help."""
        blamed = self._blame(self.subject.settle(body), expected)
        if blamed is None:
            return body, True
        free = [name for name in blamed if name not in fixed]
        if changes == 0:
            return None, not free
        exhausted = True
        for place, name in enumerate(free):
            tried = fixed.union(free[: place + 1])
            for value in self.candidates[name]:
                if value == body.get(name, ABSENT):
                    continue
                changed = {key: one for key, one in body.items() if key != name}
                if value is not ABSENT:
                    changed[name] = value
                found, done = self._search(changed, tried, expected, changes - 1)
                if found is not None:
                    return found, True
                exhausted = exhausted and done
        return None, exhausted

    def _blame(self, settlement: Settlement, expected: tuple[str, ...]) -> tuple[str, ...] | None:
        """The parameters to change, or None where nothing is wrong; none at all where no change can help."""
        if settlement.table.name != self.column.table.name:
            return self._naming
        broken = tuple(
            violation.rule
            for violation in settlement.violations
            if self._heeds_warnings or violation.outcome != Outcome.WARN
        )
        if broken == expected:
            return None
        wrong = [one for one in broken if one not in expected] or [one for one in expected if one not in broken]
        return self.reach.get(wrong[0], ()) if wrong else ()

    @cached_property
    def _naming(self) -> tuple[str, ...]:
        """The parameters that choose this column's model where a request does not name it; none if nothing can."""
        model = None if self._model is None else self.column.table.parameters[self._model]
        if model is None:
            return ()
        defaults = [conditional.value for conditional in model.default_when]
        if not any(self.subject.spec.names.get(name) in self.column.models for name in defaults):
            return ()
        deciding = {name for one in model.default_when for name in parameters_of(one.when)}
        return tuple(name for name in self.column.table.parameters if name in deciding)


def solvers(subject: Subject) -> tuple[Solver, ...]:
    """One solver for each column in which a request can be valid."""
    return tuple(Solver(subject, column) for column in subject.columns)
