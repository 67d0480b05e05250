"""Valid bodies without Hypothesis: as many as a load test can send, the same for the same seed.

The graph of `safelight_testkit.requests.sampler` is turned into lists once, so a body costs a few list look-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from random import Random
from typing import Final, TypeAlias

from safelight.judging.interpret import DOCUMENTED
from safelight.model import Json, Operation, Spec
from safelight_testkit.requests.sampler import Sampler, Step, Walk, samplers
from safelight_testkit.requests.solve import Body
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.domain import Arrays, Domain, Either, Objects, count, pick

_LISTED: Final = 4096
_RARELY: Final = 0.125

_Draw: TypeAlias = Callable[[], float]
_Maker: TypeAlias = Callable[[_Draw], Json]


def bodies(
    spec: Spec,
    operation: Operation,
    seed: int = 0,
    *,
    model: str | None = None,
    as_of: date | None = None,
    basis: Collection[str] = DOCUMENTED,
) -> Iterator[Body]:
    """Yield valid bodies without end.

    Args:
        spec: The spec.
        operation: One of its operations.
        seed: The same seed gives the same bodies in the same order.
        model: Only bodies of this model, family or alias.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count: ``documented``, and with it ``observed`` and ``advisory`` if named.

    Raises:
        ValueError: No body of *model* is valid; *basis* names no basis, or leaves out ``documented``.
    """
    return bodies_of(samplers(Subject(spec, operation, as_of=as_of, basis=basis), model), seed)


def bodies_of(of: Sequence[Sampler], seed: int) -> Iterator[Body]:
    """Yield valid bodies of columns that have some, without end."""
    return _endless([_Writer(sampler) for sampler in of], Random(seed))  # noqa: S311 - repeatable, not secret


def _endless(writers: list[_Writer], random: Random) -> Iterator[Body]:
    while True:
        yield writers[int(random.random() * len(writers))].write(random)


class _Writer:
    """Writes bodies of one column."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._makers: dict[int, _Maker] = {}
        self._ways: dict[Step, list[tuple[_Maker, Walk]]] = {}

    def write(self, random: Random) -> Body:
        """Write the next body."""
        draw = random.random
        sampler = self._sampler
        body: Body = {}
        step = sampler.start
        while isinstance(step, Step):
            if step.without is not None and (not step.options or draw() < 0.5):
                step = step.without
                continue
            ways = self._ways.get(step) or self._open(step)
            make, following = ways[int(draw() * len(ways))]
            body[step.name] = make(draw)
            step = following
        if sampler.nullable and draw() < _RARELY:
            body.setdefault(sampler.nullable[int(draw() * len(sampler.nullable))], None)
        names = sampler.naming.sends
        if names[0] is None and len(names) > 1 and draw() >= _RARELY:
            return sampler.finish(body, names[1 + int(draw() * (len(names) - 1))])
        return sampler.finish(body, names[int(draw() * len(names))])

    def _open(self, step: Step) -> list[tuple[_Maker, Walk]]:
        """What can be sent at *step*, worked out once."""
        ways = [(self._made(option), walk) for (option, _), walk in zip(step.options, step.following, strict=True)]
        self._ways[step] = ways
        return ways

    def _made(self, option: Domain) -> _Maker:
        """The maker of *option*, which many steps share; equal ones need not write alike: 1 equals true."""
        if id(option) not in self._makers:
            self._makers[id(option)] = _maker(option)
        return self._makers[id(option)]


def _maker(domain: Domain) -> _Maker:
    """A function that makes a value of *domain* out of a number from 0 to 1."""
    size = count(domain)
    if size > _LISTED or isinstance(domain, Arrays | Objects | Either):
        return lambda draw: pick(domain, int(draw() * size))
    values = [pick(domain, index) for index in range(size)]
    return lambda draw: values[int(draw() * size)]
