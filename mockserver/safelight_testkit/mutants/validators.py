"""Mutants of compiled validators: made from a spec with one thing wrong, held against the right one, interpreted.

Nothing is sent.  A validator that follows a mutant must disagree with the interpreter about a request of the suite; if
it does not, either the suite is blind, or the compiler does not look at what was changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias

from safelight.judging.interpret import Interpreter, bases
from safelight.model import Json, Spec
from safelight.vocabulary.checks import Violation
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.trial import Trial
from safelight_testkit.contract.workload import workload
from safelight_testkit.mutants.beyond import Beyond
from safelight_testkit.mutants.fate import Fate, Outcome
from safelight_testkit.mutants.mutant import Mutant, Respec

__all__ = ["Compile", "Validate", "ValidatorHunter"]

Validate: TypeAlias = Callable[..., tuple[Violation, ...]]
Compile: TypeAlias = Callable[[Spec], Mapping[str, Validate]]
"""Makes the validators of a spec, by operation."""

_SHOWN: Final = 400
_Verdict: TypeAlias = tuple[tuple[str, str, str], ...]


class ValidatorHunter:
    """Hunts the mutants of the validators of one spec.

    Args:
        spec: The spec.
        make: Makes validators.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count.
    """

    def __init__(
        self,
        spec: Spec,
        make: Compile,
        *,
        as_of: date | None = None,
        basis: Collection[str],
    ) -> None:
        self._spec = spec
        self._make = make
        self._as_of = as_of or spec.revised
        self._basis = tuple(basis)
        self._interpreters = self._interpreted(spec)
        trials = workload(spec, Selection(), as_of=as_of, basis=basis).trials
        self._trials = tuple(trial for trial in trials if trial.twist is None)
        self._beyond = Beyond(spec, self._as_of, bases(basis))

    def hunt(self, mutant: Mutant) -> Fate:
        """Find out what becomes of the validators that follow a mutant."""
        spec = mutant.change.change(self._spec) if isinstance(mutant.change, Respec) else self._spec
        validators = self._make(spec)
        for sent, trial in enumerate(self._ordered(mutant), 1):
            expected, got = self._expected(trial), self._got(validators, trial)
            if expected != got:
                message = f"{_words(got)}, and the spec says: {_words(expected)}"
                return Fate(
                    mutant=mutant.id,
                    outcome=Outcome.KILLED,
                    finding="verdict",
                    severity="fault",
                    message=message,
                    request=_shown(trial),
                    sent=sent,
                )
        return self._unkilled(mutant, spec, validators)

    def _unkilled(self, mutant: Mutant, spec: Spec, validators: Mapping[str, Validate]) -> Fate:
        interpreters = self._interpreted(spec)
        tried = 0
        for trial in (*self._trials, *self._beyond.requests(mutant, spec)):
            tried += 1
            expected, got = self._expected(trial), self._got(validators, trial)
            wrong = _verdict(interpreters[trial.operation].settle(trial.body).violations)
            if not expected == got == wrong:
                blind = f"no request of the suite shows it, and this one would: {_words(got)}, not {_words(expected)}"
                deaf = f"the validator does not follow the spec: it says {_words(got)}, not {_words(wrong)}"
                why = blind if expected != got else deaf
                return Fate(mutant=mutant.id, outcome=Outcome.SURVIVED, why=why, request=_shown(trial))
        why = self._beyond.idle(mutant) or f"{tried} requests get the same verdict"
        return Fate(mutant=mutant.id, outcome=Outcome.EQUIVALENT, why=why)

    def _ordered(self, mutant: Mutant) -> Sequence[Trial]:
        mine = [trial for trial in self._trials if mutant.operation in {"", trial.operation}]
        return sorted(mine, key=lambda trial: mutant.about not in trial.constraints)

    def _interpreted(self, spec: Spec) -> Mapping[str, Interpreter]:
        return {
            name: Interpreter(spec, operation, as_of=self._as_of, basis=self._basis)
            for name, operation in spec.operations.items()
        }

    def _expected(self, trial: Trial) -> _Verdict:
        return _verdict(self._interpreters[trial.operation].settle(trial.body).violations)

    def _got(self, validators: Mapping[str, Validate], trial: Trial) -> _Verdict:
        return _verdict(validators[trial.operation](trial.body, as_of=self._as_of, basis=self._basis))


def _verdict(violations: Sequence[Violation]) -> _Verdict:
    return tuple((one.rule, one.parameter, str(one.outcome)) for one in violations)


def _words(verdict: _Verdict) -> str:
    return " and ".join(f"{rule} ({outcome})" for rule, _, outcome in verdict) or "nothing is wrong"


def _shown(trial: Trial) -> str:
    body: Json = trial.body
    text = json.dumps(body, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
