"""Which requests are sent where not all may be: those that show most."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from safelight_testkit.contract.trial import Trial
from safelight_testkit.requests.greedy import most_telling
from safelight_testkit.requests.planning import Case, Plan

__all__ = ["limited"]


def limited(
    trials: Sequence[Trial], plans: Mapping[str, Plan], most: int, *, each_model: bool = False
) -> Sequence[Trial]:
    """Choose at most *most* trials, in their order: those that add most to the coverage, then to the constraints tried.

    Args:
        trials: All of them.
        plans: By the operation's name, what there is to show.
        most: How many are wanted.
        each_model: Whether a constraint that several models share counts for each of them.
    """
    return most_telling(trials, _Worth(plans, each_model=each_model).of, most)


class _Worth:
    """What trials add to the coverage, to choose from where not all are sent."""

    def __init__(self, plans: Mapping[str, Plan], *, each_model: bool) -> None:
        self._each_model = each_model
        self._cases = {case.id: case for plan in plans.values() for case in plan.cases}
        self._models: dict[str, set[str]] = {}
        for case in self._cases.values():
            if case.isolates:
                self._models.setdefault(case.constraint, set()).add(case.model)

    def of(self, trial: Trial) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
        """What a trial adds, as `measure` counts it, and the constraints that it is about."""
        cases = [self._cases[one.case] for one in trial.shows if one.case in self._cases]
        borders = ((case.id, "") for case in cases if case.border)
        alone = ((case.constraint, model) for case in cases if case.isolates for model in self._shared(case))
        return frozenset((*borders, *alone)), frozenset(trial.constraints)

    def _shared(self, case: Case) -> Collection[str]:
        """The models for which it counts that a case breaks its constraint."""
        return (case.model,) if self._each_model else self._models[case.constraint]
