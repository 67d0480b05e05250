"""The compiled validator, against what else judges a body by the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Final, TypeAlias

from tests.benchmarks.corpus import Body, Corpus, corpus
from tests.benchmarks.looks import and_seek, of_faulty, of_valid
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Rounds, Work, interleave
from tests.benchmarks.peers import by_hand, with_jsonschema, with_msgspec, with_pydantic
from tests.benchmarks.results import Row, Target, at_most, lines
from ttapi_images import validators

__all__ = ["run"]

Accepts: TypeAlias = Callable[[Body], bool]

_OURS: Final = "compiled validator"
_ASKED: Final = "compiled validator, nearest values asked for"
_HAND: Final = "function by hand"
_ROUNDS: Final = 5
_PROFILED: Final = 15
_PROCESSES: Final = 7
"""Where strings lie and how they hash differs from one process to the next, and with it a side's time by a tenth."""

_HOW: Final = """\
- All judge the same dicts: 1,000 valid bodies of all models, and 1,000 that break one constraint each, of every kind;
  some have nulls where the API takes them. Before anything is measured, every side has to give the right verdict on
  each of the 2,000, and the compiled validator the right constraint.
- Rounds are of seven processes: how texts hash and where they lie makes one as much as a tenth quicker than another.
- compiled validator: `ttapi_images.validators.generate(body)`, as the client calls it: a record for each violation
  with id, value, message and allowed values.
- function by hand: `tests/benchmarks/peers/by_hand.py`, written for speed; names every violation with value and bound.
- msgspec: `convert` to the struct that is chosen by model, rules across fields in `__post_init__`; stops at the first
  fault.
- jsonschema-rs: one flat schema per model, made once; `is_valid` names nothing, `iter_errors` names all.
- pydantic: strict models behind a callable discriminator, `validate_python`, `errors()`; rules across fields are not
  judged once a field failed.
- fastjsonschema: one compiled function per model, which stops at the first fault, or with `fast_fail=False` tells all.
- jsonschema: `iter_errors`, which tells all.
- The nearest legal value is no part of judging: a violation seeks it when it is asked for it, and no peer tells one. So
  bodies with one fault are told twice: as they are judged, and with the nearest value asked for.
- Below the table stands where the time goes. To call a function, to go over what was sent and to look each value up is
  what any check of a dict in Python has to do; the function by hand does it, too, with a look for each parameter that
  could be sent. Two other forms of the quick look were measured and dropped: a statement for each parameter took a
  fifth longer than the loop; `map` and `compress` took longer to look the values up than the loop does for everything.
  To ask for the exact type before a value is looked up costs 7 %; without it `True` would be `1`, and the hash of a
  tuple within tuples would end the process.
"""

SIDES: Final[Mapping[str, Callable[[Body], Any]]] = {
    _OURS: validators.generate,
    _HAND: by_hand.validate,
    "msgspec": with_msgspec.is_valid,
    "jsonschema-rs is_valid": with_jsonschema.jsonschema_rs_is_valid,
    "jsonschema-rs iter_errors": with_jsonschema.jsonschema_rs_faults,
    "pydantic": with_pydantic.faults,
    "fastjsonschema": with_jsonschema.fastjsonschema_is_valid,
    "fastjsonschema all faults": with_jsonschema.fastjsonschema_faults,
    "jsonschema": with_jsonschema.jsonschema_faults,
}
"""By name: what judges a body.  Those that name faults give a list of them, the others a truth value."""

NAMES_ALL: Final = frozenset(
    {_OURS, _HAND, "jsonschema-rs iter_errors", "pydantic", "fastjsonschema all faults", "jsonschema"}
)
"""Those that list faults."""

_PEERS: Final = tuple(name for name in SIDES if name not in (_OURS, _HAND))
_VALID: Final[Mapping[str, Target | None]] = {_HAND: at_most(0.6)} | {name: at_most(1) for name in _PEERS}
_FAULTY: Final[Mapping[str, Target | None]] = {_HAND: None} | {
    name: at_most(1) if name in NAMES_ALL else None for name in _PEERS
}

_TOLD: Final[Mapping[str, Target | None]] = {name: None for name in _FAULTY if name in NAMES_ALL}


def run() -> Row:
    """Measure."""
    bodies = corpus()
    wrong = tuple(disagreements(bodies))
    if wrong:
        raise AssertionError("not the same verdicts: " + "; ".join(wrong[:5]))
    fresh = get_context("spawn")
    with ProcessPoolExecutor(1, fresh, max_tasks_per_child=1) as processes:
        measured = tuple(processes.map(_measured, range(_PROCESSES)))
    valid, faulty = _together([one for one, _ in measured]), _together([one for _, one in measured])
    return Row(
        name="validator",
        title="Judging a request body, dict in",
        how=_HOW,
        lines=(
            *lines("1,000 valid bodies", valid, _OURS, _VALID),
            *lines("1,000 bodies with one fault", faulty, _OURS, _FAULTY),
            *lines("1,000 bodies with one fault, and its nearest value", faulty, _ASKED, _TOLD),
        ),
        profiles=(of_valid(bodies.valid, _PROFILED), of_faulty(bodies.faulty, _PROFILED)),
        machine=machine(),
        versions=versions("msgspec", "jsonschema-rs", "pydantic", "fastjsonschema", "jsonschema"),
    )


def _measured(_: int) -> tuple[Rounds, Rounds]:
    """Judge valid bodies, then faulty ones, in the process that this is called in."""
    bodies = corpus()
    valid = interleave({name: _all(judge, bodies.valid) for name, judge in SIDES.items()}, _ROUNDS)
    sides = {**SIDES, _ASKED: and_seek}
    return valid, interleave({name: _all(judge, bodies.faulty) for name, judge in sides.items()}, _ROUNDS)


def _together(parts: Sequence[Rounds]) -> Rounds:
    return {name: tuple(one for part in parts for one in part[name]) for name in parts[0]}


def disagreements(bodies: Corpus) -> Iterable[str]:
    """Tell where a side's verdict is not what the interpreter says, or where ours names another constraint."""
    for name, judge in SIDES.items():
        for expected, group in ((True, bodies.valid), (False, bodies.faulty)):
            for number, body in enumerate(group):
                told = judge(body)
                accepted = not told if name in NAMES_ALL else bool(told)
                if accepted is not expected:
                    yield f"{name} {'accepts' if accepted else 'refuses'} number {number}: {sorted(body)}"
    for body, broken in zip(bodies.faulty, bodies.broken, strict=True):
        told = [one.rule for one in validators.generate(body)]
        if told != [broken]:
            yield f"{_OURS} names {told}, not {broken}"


def _all(judge: Callable[[Body], object], bodies: tuple[Body, ...]) -> Work:
    def work() -> None:
        for body in bodies:
            judge(body)

    return work
