"""Mending: what a tolerant relay does with a request before it passes it on.

It drops fields that it does not know and brings values into their range, and tells nobody.  Clients that were only ever
tried against such a relay fail against the API itself, which is what this face is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from safelight.judging.interpret import Settlement
from safelight.model import Check, Json, KnownModel, Maximum, MaxLength, Minimum, Outcome, Parameter

__all__ = ["mended"]

_ROUNDS: Final = 8
"""Mending one field can break a rule with another; a request that is not mended by then is refused."""


def mended(settlement: Settlement, body: Json, settle: Callable[[Json], Settlement]) -> Settlement:
    """Mend a request as far as it goes.

    Args:
        settlement: What it comes to as it is.
        body: The request.
        settle: Judges a request.

    Returns:
        What the mended request comes to; it is still refused where it cannot be mended.
    """
    if not isinstance(body, Mapping):
        return settlement
    fields = dict(cast("Mapping[str, Json]", body))
    for _ in range(_ROUNDS):
        faulty = [one for one in settlement.violations if one.outcome == Outcome.REFUSE]
        if not faulty:
            return settlement
        for violation in faulty:
            _mend(fields, violation.parameter, violation.rule, settlement)
        settlement = settle(fields)
    return settlement


def _mend(fields: dict[str, Json], name: str, rule: str, settlement: Settlement) -> None:
    """Bring a field into its range, or drop it."""
    if name not in fields:
        return
    parameter = settlement.table.parameters.get(name)
    check = _broken(parameter, rule)
    value: Any = fields[name]
    match check:
        case Minimum(limit=limit) | Maximum(limit=limit):
            fields[name] = limit
        case MaxLength(limit=limit) if isinstance(value, str):
            fields[name] = value[:limit]
        case KnownModel():
            pass  # A relay does not choose another model.
        case _ if parameter is not None and parameter.required:
            pass  # Without it there would be no request.
        case _:
            del fields[name]


def _broken(parameter: Parameter | None, rule: str) -> Check | None:
    constraints = parameter.constraints if parameter is not None else ()
    return next((one.check for one in constraints if one.id == rule), None)
