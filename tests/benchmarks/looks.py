"""Where the compiled validator's time goes, measured in steps: each does what the one before does, and one thing more.

The first steps are what the validator begins with, written out here; the last is the validator.  So a part is what the
code of that part costs in its place, and nothing is told that was not measured in this run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from statistics import median
from typing import Any, Final

from tests.benchmarks.corpus import Body
from tests.benchmarks.measure import Work, interleave
from tests.benchmarks.profiles import Part, Profile, by_steps
from ttapi_images import validators
from ttapi_images._checks import got, violation
from ttapi_images._judging import DEFAULT_BASES, DOCUMENTED

__all__ = ["and_seek", "of_faulty", "of_valid"]

_LEGAL: Final[Mapping[str, tuple[Mapping[str, Collection[Any]], int]]] = vars(validators)["_GENERATE_LEGAL"]


def of_valid(bodies: tuple[Body, ...], rounds: int) -> Profile:
    """Profile the judging of valid bodies."""
    steps: dict[str, Callable[[Body], object]] = {
        "the call, with its options": _called,
        "the table of the model": _tabled,
        "going over what was sent": _gone_over,
        "looking texts up in lists": _looked_up,
        "what is in no list: prompts, other texts, numbers, truth values, rules": validators.generate,
    }
    found = interleave({name: _each(judge, bodies) for name, judge in steps.items()}, rounds)
    how = "Each step was measured as a function that does what the steps before do, too; the last is the validator."
    return by_steps(f"{len(bodies):,} valid bodies", how, found)


def of_faulty(bodies: tuple[Body, ...], rounds: int) -> Profile:
    """Profile the judging of bodies with faults, each of which is then asked for the nearest legal value."""
    told = [one for body in bodies for one in validators.generate(body)]
    values = [one._asdict() for one in told]

    def say() -> None:
        for one in told:
            got(one.value)

    def make() -> None:
        for given in values:
            violation(**given)

    judge, seek = _each(validators.generate, bodies), _each(and_seek, bodies)
    works: dict[str, Work] = {"judge": judge, "say": say, "make": make, "seek": seek}
    found = {name: median(times) for name, times in interleave(works, rounds).items()}
    parts = (
        Part("seeing what is in doubt, and judging that", found["judge"] - found["say"] - found["make"]),
        Part("the words for what was found", found["say"]),
        Part("the record", found["make"]),
        Part("the nearest legal value, where it is asked for", found["seek"] - found["judge"]),
    )
    how = "Words and records were measured apart, for the same faults; the first part is the rest of judging."
    return Profile(what=f"{len(bodies):,} bodies with one fault", how=how, unit="s", parts=parts)


def and_seek(body: Body) -> list[Any]:
    """Judge a body, and ask each violation for the nearest legal value."""
    return [one.nearest for one in validators.generate(body)]


def _each(judge: Callable[[Body], object], bodies: tuple[Body, ...]) -> Work:
    def work() -> None:
        for body in bodies:
            judge(body)

    return work


def _called(body: Body, *, as_of: object = None, basis: object = DOCUMENTED, ignore: object = ()) -> tuple[()]:  # noqa: ARG001 - a part of the call, as the validator has it
    return ()


def _tabled(body: Body, *, as_of: object = None, basis: object = DOCUMENTED, ignore: object = ()) -> tuple[()]:  # noqa: ARG001 - a part of the call, as the validator has it
    if as_of is None and (basis is DOCUMENTED or basis in DEFAULT_BASES) and type(body) is dict:
        model = body.get("model", "gpt-image-1")
        _listed, _prompt_max = _LEGAL[model if type(model) is str else ""]
    return ()


def _gone_over(body: Body, *, as_of: object = None, basis: object = DOCUMENTED, ignore: object = ()) -> tuple[()]:  # noqa: ARG001 - a part of the call, as the validator has it
    if as_of is None and (basis is DOCUMENTED or basis in DEFAULT_BASES) and type(body) is dict:
        model = body.get("model", "gpt-image-1")
        _listed, _prompt_max = _LEGAL[model if type(model) is str else ""]
        for _name, _value in body.items():
            pass
    return ()


def _looked_up(body: Body, *, as_of: object = None, basis: object = DOCUMENTED, ignore: object = ()) -> tuple[()]:  # noqa: ARG001 - a part of the call, as the validator has it
    if as_of is None and (basis is DOCUMENTED or basis in DEFAULT_BASES) and type(body) is dict:
        model = body.get("model", "gpt-image-1")
        listed, _prompt_max = _LEGAL[model if type(model) is str else ""]
        for name, value in body.items():
            if type(value) is str and value in listed.get(name, ()):
                continue
    return ()
