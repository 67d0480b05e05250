"""Safelight: one spec for an image-generation API, and everything else follows from it.

What stands here is the public interface of the language.  Each name is fetched from its module when it is first asked
for (PEP 562), so that ``safelight --help`` does not pay for a YAML parser.
"""

import typing

if typing.TYPE_CHECKING:
    from safelight.diagnostic import Problem, SpecError
    from safelight.judging.interpret import Interpreter, Settlement, settle, violations
    from safelight.loading import load, loads
    from safelight.model import Basis, Operation, Outcome, Spec
    from safelight.vocabulary.checks import Violation

__all__ = [
    "Basis",
    "Interpreter",
    "Operation",
    "Outcome",
    "Problem",
    "Settlement",
    "Spec",
    "SpecError",
    "Violation",
    "__version__",
    "load",
    "loads",
    "settle",
    "violations",
]

__version__ = "0.1.0"

_HOMES = {
    "Basis": "model",
    "Interpreter": "judging.interpret",
    "Operation": "model",
    "Outcome": "model",
    "Problem": "diagnostic",
    "Settlement": "judging.interpret",
    "Spec": "model",
    "SpecError": "diagnostic",
    "Violation": "vocabulary.checks",
    "load": "loading",
    "loads": "loading",
    "settle": "judging.interpret",
    "violations": "judging.interpret",
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
