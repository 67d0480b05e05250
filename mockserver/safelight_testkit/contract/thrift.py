"""Making requests cheaper without changing what they show.

A request that is answered with images costs by their quality and size, and most requests are about neither.  What a
request is not there to show may be anything legal, so it is what costs least; a request for many images is kept apart
from one for expensive images, and has them in small files.

Legal is then what all constraints of the spec take, those too that were only observed: a request that is about
something else should not be refused for a size that a server was seen to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from safelight.model import Basis, Json, OneOf, Operation
from safelight.vocabulary.checks import is_integer
from safelight_testkit.contract.prices import price
from safelight_testkit.requests.planning import Case
from safelight_testkit.requests.solve import Body, Solver
from safelight_testkit.requests.subject import Subject
from safelight_testkit.values.domain import domain_of, ends, simplest

__all__ = ["Thrift"]

_LIGHT: Final = frozenset({"jpeg", "jpg"})
"""The file format that every client reads and that takes a tenth of the bytes of PNG; WebP takes longer to write."""


class Thrift:
    """Makes the requests of one operation cheaper.

    Args:
        subject: What is tested.
    """

    def __init__(self, subject: Subject) -> None:
        self._strict = Subject(
            subject.spec, subject.operation, as_of=subject.lens.as_of, basis=[basis.value for basis in Basis]
        )
        self._columns = {column.name: column for column in self._strict.columns}
        self._known: dict[tuple[str, str], tuple[Json, ...]] = {}

    def apart(self, solver: Solver, body: Body, cases: Sequence[Case]) -> Iterator[tuple[Body, Sequence[Case]]]:
        """Split a valid request so that what is about many images is not also about expensive ones, each made cheap.

        Args:
            solver: Completes requests of the column that judges the body.
            body: The body.
            cases: What it shows.

        Yields:
            One body or two, and the cases that each shows.
        """
        count = solver.subject.operation.response.picture.count or ""
        many = [case for case in cases if _is_many(case.pins.get(count))]
        few = [case for case in cases if case not in many]
        pins = {name: value for case in few for name, value in case.pins.items()}
        rest = solver.complete(pins) if many and few else None
        if rest is None:
            yield self._cheapest(solver, body, cases), cases
            return
        yield self._cheapest(solver, many[0].body, many), many
        yield self._cheapest(solver, rest, few), few

    def _cheapest(self, solver: Solver, body: Body, cases: Sequence[Case]) -> Body:
        """The cheapest valid variant of a valid body that still shows *cases*."""
        subject = solver.subject
        rules = {rule.id: rule.parameters for rule in subject.operation.rules}
        pinned = {name for case in cases for name in (*case.pins, *rules.get(case.constraint, ()))}
        best, least = body, _price(subject, body)
        broken = {*self._strict.broken(body)}
        for name in _costly(subject.operation):
            for value in () if name in pinned else self._legal(solver, name):
                tried = _with(best, name, value)
                cost = _price(subject, tried)
                if (
                    cost is not None
                    and (least is None or cost < least)
                    and broken.issuperset(self._strict.broken(tried))
                ):
                    best, least = tried, cost
        return best if subject.operation.response.picture.format in pinned else self._lightest(solver, best)

    def _lightest(self, solver: Solver, body: Body) -> Body:
        """A valid body of many images with small files, at the same price: ten in PNG are tens of megabytes."""
        subject, picture = solver.subject, solver.subject.operation.response.picture
        if picture.format is None or not _is_many(body.get(picture.count or "")):
            return body
        for value in self._legal(solver, picture.format):
            tried = _with(body, picture.format, value)
            if value in _LIGHT and not subject.broken(tried) and _price(subject, tried) == _price(subject, body):
                return tried
        return body

    def _legal(self, solver: Solver, name: str) -> tuple[Json, ...]:
        """Legal values of a parameter: the simplest, all that are listed, and those at the ends that all bases take."""
        column = solver.column.name
        if (column, name) not in self._known:
            self._known[column, name] = tuple(self._values(solver, name))
        return self._known[column, name]

    def _values(self, solver: Solver, name: str) -> Iterator[Json]:
        if name not in solver.domains:
            return
        yield simplest(solver.domains[name])
        for one in solver.subject.enforced(solver.column)[name].content:
            if isinstance(one.check, OneOf):
                yield from one.check.allowed(solver.subject.lens.as_of)
        domain = domain_of(self._strict.enforced(self._columns[solver.column.name])[name])
        if domain is not None:
            yield from ends(domain)


def _is_many(count: Json) -> bool:
    return is_integer(count) and count > 1


def _costly(operation: Operation) -> tuple[str, ...]:
    """The parameters that decide what an image costs."""
    picture, usage = operation.response.picture, operation.response.usage
    sizes = (picture.size, picture.width, picture.height, picture.resolution)
    names = (usage.quality if usage is not None else None, picture.quality, *sizes)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _with(body: Body, name: str, value: Json) -> Body:
    return {key: item for key, item in body.items() if key != name} | {name: value}


def _price(subject: Subject, body: Body) -> float | None:
    """What a body costs; None where it is not valid, or where its price is not told."""
    settlement = subject.settle(body)
    return None if settlement.violations else price(subject.operation.response, settlement)
