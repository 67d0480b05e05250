"""Requests made from a spec: every constraint tried from both sides, and as many valid bodies as a test can use.

`plan` tells every case there is, `cover` packs them into the fewest requests, `measure` tells how much a set of cases
shows, and `bodies` yields valid bodies without end.  The Hypothesis strategies are in `safelight_testkit.strategies`.
Each name is fetched from its module when it is first asked for (PEP 562): a test run that only loads the package does
not pay for the language.
"""

import typing

if typing.TYPE_CHECKING:
    from safelight_testkit.covering import Cover, Coverage, Request, Tally, cover, measure
    from safelight_testkit.plain import bodies
    from safelight_testkit.planning import Case, Gap, Plan, cases, plan
    from safelight_testkit.points import Side

__all__ = [
    "Case",
    "Cover",
    "Coverage",
    "Gap",
    "Plan",
    "Request",
    "Side",
    "Tally",
    "bodies",
    "cases",
    "cover",
    "measure",
    "plan",
]

_HOMES = {
    "Case": "planning",
    "Cover": "covering",
    "Coverage": "covering",
    "Gap": "planning",
    "Plan": "planning",
    "Request": "covering",
    "Side": "points",
    "Tally": "covering",
    "bodies": "plain",
    "cases": "planning",
    "cover": "covering",
    "measure": "covering",
    "plan": "planning",
}


if not typing.TYPE_CHECKING:  # to type checkers, only the names imported above exist

    def __getattr__(name: str) -> object:
        import importlib

        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | set(__all__))
