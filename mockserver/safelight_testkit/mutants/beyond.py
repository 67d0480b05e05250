"""Requests beyond those of the suite: by these a mutant is compared that the suite does not notice.

If one of them tells it from the spec, the suite is blind and the request says where.  If none does, no request is known
that could, and the mutant is called equivalent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import islice
from random import Random
from typing import Final

from safelight.model import ABSENT, Basis, Constraint, Json, Outcome, Rule, Spec
from safelight.vocabulary.index import identified
from safelight_testkit.contract.trial import Trial
from safelight_testkit.mutants.mutant import Group, Mutant
from safelight_testkit.requests.mistakes import mistakes
from safelight_testkit.requests.plain import bodies
from safelight_testkit.requests.planning import plan_of
from safelight_testkit.requests.solve import solvers
from safelight_testkit.requests.subject import Subject

__all__ = ["Beyond"]

_DRAWN: Final = 300
"""Random bodies of each kind, valid ones and those with two faults."""


class Beyond:
    """Requests beyond those of the suite; those of the spec itself are made once.

    Args:
        spec: The spec.
        as_of: The day whose state of the API is meant.
        basis: Which constraints count.
    """

    def __init__(self, spec: Spec, as_of: date, basis: Collection[Basis]) -> None:
        self._spec = spec
        self._as_of = as_of
        self._basis = frozenset(basis)
        self._kept: dict[str, Sequence[Trial]] = {}

    def requests(self, mutant: Mutant, spec: Spec) -> Iterator[Trial]:
        """Yield requests that may tell a mutant apart: those of the spec, and those of its own where it has one.

        Args:
            mutant: The mutant.
            spec: The spec that it follows.
        """
        for name in self._spec.operations:
            if mutant.operation in {"", name}:
                yield from self._own(name)
                if mutant.is_rule:
                    yield from self._every(spec, name)

    def idle(self, mutant: Mutant) -> str:
        """Say why what a mutant changes does not count on that day; nothing where it does."""
        operation = self._spec.operations.get(mutant.operation)
        one = identified(operation).get(mutant.about) if operation is not None else None
        if not isinstance(one, Constraint | Rule) or one.provenance.holds(self._basis, self._as_of):
            return ""
        return f"it is not in force on {self._as_of} by what is {' or '.join(sorted(self._basis))}"

    def unseen(self, mutant: Mutant) -> str:
        """Say why no client can see what a mutant changes, as far as the spec tells; to be added to a sentence."""
        operation = self._spec.operations.get(mutant.operation)
        one = identified(operation).get(mutant.about) if operation is not None else None
        if isinstance(one, Constraint | Rule) and one.outcome is not Outcome.REFUSE:
            return f": the API goes on with what breaks it ({one.outcome}), and no answer tells"
        if mutant.group is Group.DEFAULTS:
            return ": no field of an answer, and no rule, depends on the value"
        return ""

    def _own(self, name: str) -> Sequence[Trial]:
        if name not in self._kept:
            self._kept[name] = tuple(self._every(self._spec, name))
        return self._kept[name]

    def _every(self, spec: Spec, name: str) -> Iterator[Trial]:
        """Every case that a spec makes of an operation, every likely mistake, and random ones."""
        operation = spec.operations[name]
        subject = Subject(spec, operation, as_of=self._as_of, basis=self._basis)
        found = plan_of(subject)
        yield from (_trial(name, case.body) for case in found.cases)
        yield from (_trial(name, one.body) for one in mistakes(subject, found, solvers(subject)))
        if spec is self._spec:
            drawn = bodies(spec, operation, 0, as_of=self._as_of, basis=self._basis)
            yield from (_trial(name, body) for body in islice(drawn, _DRAWN))
        wrong = [case for case in found.cases if case.isolates and case.pins]
        dice = Random(0)  # noqa: S311 - requests are to be the same every time, not secret
        for _ in range(_DRAWN if wrong else 0):
            first, second = dice.choice(wrong), dice.choice(wrong)
            body = {key: value for key, value in {**first.body, **second.pins}.items() if value is not ABSENT}
            yield _trial(name, body)


def _trial(operation: str, body: Json) -> Trial:
    return Trial(number=0, operation=operation, model="", body=body, refused=False, expected=())
