"""The workload: every request of a run, chosen before the first is sent, so that it can be counted and priced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from random import Random

from safelight.judging.interpret import DOCUMENTED
from safelight.model import ABSENT, ANY_MODEL, Operation, Spec
from safelight_testkit.contract.limit import limited
from safelight_testkit.contract.prices import price, total
from safelight_testkit.contract.probes import probes
from safelight_testkit.contract.selection import Selection, belongs, columns, selected
from safelight_testkit.contract.thrift import Thrift
from safelight_testkit.contract.trial import Shown, Trial, Twist
from safelight_testkit.requests.covering import Coverage, measure, pack
from safelight_testkit.requests.mistakes import mistakes
from safelight_testkit.requests.plain import bodies_of
from safelight_testkit.requests.planning import Case, Plan, plan_of
from safelight_testkit.requests.sampler import samplers_of
from safelight_testkit.requests.solve import solvers
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.points import Side

__all__ = ["Workload", "again", "shown", "workload"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Requests, and what they are to show.

    Attributes:
        trials: The requests in the order they are sent, numbered from 1.
        plans: By the operation's name, what there is to show of the models that are wanted.
        cases: Every case of the operations by its id.
        left_out: How many requests a limit left out.
        each_model: Whether a constraint that several models share counts for each of them.
    """

    trials: tuple[Trial, ...]
    plans: Mapping[str, Plan] = field(repr=False)
    cases: Mapping[str, Case] = field(repr=False)
    left_out: int = 0
    each_model: bool = False

    @property
    def refused(self) -> int:
        """How many requests are meant to be refused."""
        return sum(trial.refused for trial in self.trials)

    @property
    def billable(self) -> int:
        """How many requests cost money if the server does as the spec says."""
        return len(self.trials) - self.refused

    @property
    def usd(self) -> float | None:
        """What they are estimated to cost; None where the spec does not tell the price of one."""
        return total(trial.usd for trial in self.trials)

    @property
    def risk(self) -> float | None:
        """What they are estimated to cost if the server refuses nothing; what has no price counts as the dearest."""
        known = [trial.risk for trial in self.trials if trial.risk is not None]
        return None if self.usd is None else sum(known) + max(known, default=0.0) * (len(self.trials) - len(known))

    @property
    def share(self) -> float:
        """What the requests would show of all there is to show, from 0 to 1."""
        shown = frozenset(one.case for trial in self.trials for one in trial.shows)
        return Coverage(tuple(tally for one in self.coverage(shown).values() for tally in one.tallies)).share

    def coverage(self, shown: Collection[str]) -> Mapping[str, Coverage]:
        """How much the cases with the ids *shown* show, by operation."""
        return {name: measure(plan, shown, each_model=self.each_model) for name, plan in self.plans.items()}


def workload(
    spec: Spec, selection: Selection, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
) -> Workload:
    """Choose the requests of a run; the same arguments always give the same ones.

    Args:
        spec: The spec.
        selection: Which requests are wanted.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    wanted = [one for name, one in spec.operations.items() if not selection.operations or name in selection.operations]
    makers = [_Maker(spec, one, selection, as_of, basis) for one in wanted]
    trials = _merged(trial for maker in makers for trial in maker.trials())
    plans = {maker.operation.name: maker.wanted_plan() for maker in makers}
    kept = trials if selection.most is None else limited(trials, plans, selection.most, each_model=selection.each_model)
    return Workload(
        trials=tuple(replace(trial, number=number) for number, trial in enumerate(kept, 1)),
        plans=plans,
        cases={case.id: case for maker in makers for case in maker.plan.cases},
        left_out=len(trials) - len(kept),
        each_model=selection.each_model,
    )


def _merged(trials: Iterable[Trial]) -> list[Trial]:
    """Trials that send the same are one, which shows what all of them show."""
    found: dict[str, Trial] = {}
    for trial in trials:
        same = found.get(trial.digest)
        found[trial.digest] = trial if same is None else replace(same, shows=(*same.shows, *trial.shows))
    return list(found.values())


def again(
    spec: Spec, trials: Iterable[Trial], *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
) -> Workload:
    """Choose the requests of a run that was done before, as the spec judges them now; operations that are gone are not.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    subjects = {name: Subject(spec, one, as_of=as_of, basis=basis) for name, one in spec.operations.items()}
    kept = (trial for trial in trials if trial.operation in subjects and _is_known(spec, trial.twist))
    chosen = [
        replace(_judged(subjects[trial.operation], trial), number=number, follows=0)
        for number, trial in enumerate(kept, 1)
    ]
    return Workload(trials=tuple(chosen), plans={}, cases={})


def _is_known(spec: Spec, twist: Twist | None) -> bool:
    """Whether a spec has the way to send the key that a request uses."""
    return twist is None or not twist.auth or twist.auth < len(spec.auth)


def _judged(subject: Subject, trial: Trial) -> Trial:
    """A trial with what the spec says of its body, and its price."""
    settlement = subject.settle(trial.body)
    cost = price(subject.operation.response, settlement)
    twisted = trial.twist is not None and bool(trial.twist.kind)
    refused = settlement.refused or twisted
    expected = () if twisted else tuple(dict.fromkeys(one.rule for one in settlement.violations))
    risk = 0.0 if trial.twist is not None or not isinstance(trial.body, dict) else cost
    return replace(
        trial, refused=refused, expected=expected, usd=0.0 if refused else cost, risk=risk if refused else cost
    )


class _Maker:
    """Makes the trials of one operation."""

    def __init__(
        self, spec: Spec, operation: Operation, selection: Selection, as_of: date | None, basis: Collection[str]
    ) -> None:
        self.operation = operation
        self.subject = Subject(spec, operation, as_of=as_of, basis=basis)
        self.plan = plan_of(self.subject)
        self._cases = {case.id: case for case in self.plan.cases}
        self._selection = selection
        self._models = columns(spec, selection)
        self._solvers = {solver.column.name: solver for solver in solvers(self.subject)}

    def trials(self) -> Iterator[Trial]:
        """Every trial that is wanted: refused for itself, by rules and the other way, likely mistakes, random ones."""
        found = [
            *probes(self.subject.spec, self.operation),
            *self._covering(),
            *self._mistakes(),
            *self._random(),
        ]
        chosen = self._selection
        for trial in (_judged(self.subject, trial) for trial in found):
            if self._is_wanted(trial.model) and belongs(trial, chosen) and (trial.refused or not chosen.refused_only):
                yield trial

    def wanted_plan(self) -> Plan:
        """What there is to show of the models that are wanted."""
        return Plan(
            tuple(case for case in self.plan.cases if self._is_wanted(case.model)),
            tuple(gap for gap in self.plan.gaps if self._is_wanted(gap.model)),
        )

    def _is_wanted(self, model: str) -> bool:
        return not self._models or model in {*self._models, ANY_MODEL}

    def _covering(self) -> Iterator[Trial]:
        """What shows the wanted cases; what nobody wants is not packed in, which would make more requests.

        What several models share is broken for the first of those that are wanted.
        """
        ours = (case for case in self.plan.cases if self._is_wanted(case.model))
        wanted = [case for case in ours if selected((case.constraint,), self._selection)]
        thrift = Thrift(self.subject)
        for request in pack(self.subject, wanted, each_model=self._selection.each_model):
            cases = [self._cases[id_] for id_ in request.shows]
            solver = self._solvers.get(request.model)
            thrifty = None if request.expected else solver
            for body, some in (
                ((request.body, cases),) if thrifty is None else thrift.apart(thrifty, request.body, cases)
            ):
                yield Trial(
                    number=0,
                    operation=self.operation.name,
                    model=request.model,
                    body=body,
                    refused=request.refused,
                    expected=request.expected,
                    shows=tuple(shown(case) for case in some),
                )

    def _mistakes(self) -> Iterator[Trial]:
        for one in mistakes(self.subject, self.plan, self._solvers.values()):
            yield Trial(
                number=0,
                operation=self.operation.name,
                model=one.model,
                body=one.body,
                refused=False,
                expected=(),
                shows=() if one.case is None else (shown(one.case),),
            )

    def _random(self) -> Iterator[Trial]:
        """Random requests: one valid, one broken in one place, in turn."""
        chosen = self._selection
        if not chosen.examples:
            return
        random = Random(chosen.seed)  # noqa: S311 - a test's requests need to be repeatable, not secret
        broken: dict[str, list[Case]] = {}
        for case in self.plan.cases:
            if case.refused and case.pins:
                broken.setdefault(case.model, []).append(case)
        names = [column.name for column in self.subject.columns if not self._models or column.name in self._models]
        possible = samplers_of(self.subject, names)  # some may have no valid body on that day
        if not possible:
            return
        # Each of the models that were named has its share; of all models, each comes as it comes.
        of_each = (
            [bodies_of([one], chosen.seed) for one in possible] if self._models else [bodies_of(possible, chosen.seed)]
        )
        valid = (body for together in zip(*of_each, strict=True) for body in together)
        for number, body in enumerate(islice(valid, chosen.examples)):
            settlement = self.subject.settle(body)
            model, sent = settlement.model or settlement.table.name, body
            if number % 2 and model in broken:
                pins = random.choice(broken[model]).pins
                sent = {key: value for key, value in (body | dict(pins)).items() if value is not ABSENT}
            yield Trial(
                number=0,
                operation=self.operation.name,
                model=model,
                body=sent,
                refused=False,
                expected=(),
                random=True,
            )


def shown(case: Case) -> Shown:
    """What a trial says of a case that it stands for."""
    return Shown(case=case.id, constraint=case.constraint, broken=case.side is Side.BROKEN, border=case.border)
