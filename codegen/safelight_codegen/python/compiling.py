"""Validators compiled in memory: the generated reading of a spec, ready to be called, with no file written.

What a client gets as ``validators.py`` is rendered, compiled and run as it is.  Beside it stand the modules that it
imports: the vocabulary of the language, which a client has as a copy, and the part of the runtime that judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.machinery import ModuleSpec
from sys import modules
from types import ModuleType
from typing import Final, TypeAlias

import safelight.vocabulary.checks
import safelight.vocabulary.free_sizes
from safelight.model import Spec
from safelight.vocabulary.checks import Violation
from safelight_codegen.python.code.naming import validator_name
from safelight_codegen.python.validation.validators import validators
from safelight_codegen.templating import environment, folder

__all__ = ["Validate", "compiled"]

Validate: TypeAlias = Callable[..., tuple[Violation, ...]]
"""A validator: takes a body, and by name ``as_of``, ``basis`` and ``ignore``."""

_PACKAGE: Final = f"{__name__}_memory"
_TEMPLATE: Final = "python/{package}/validators.py.jinja"


def compiled(spec: Spec) -> Mapping[str, Validate]:
    """Compile the validators of *spec*, and tell them by the names of their operations."""
    source = environment().get_template(_TEMPLATE).render(mark="# Compiled in memory.", validators=validators(spec))
    module = _executed("validators", source)
    return {name: getattr(module, validator_name(one)) for name, one in spec.operations.items()}


def _executed(name: str, source: str) -> ModuleType:
    module = ModuleType(f"{_package()}.{name}")
    module.__package__ = _package()
    exec(compile(source, f"<{name}.py>", "exec"), vars(module))  # noqa: S102 - our own templates made it
    return module


@cache
def _package() -> str:
    """Put what validators import where imports look for it, once for all of them."""
    package = ModuleType(_PACKAGE)
    package.__path__ = []
    package.__spec__ = ModuleSpec(_PACKAGE, None, is_package=True)
    modules[_PACKAGE] = package
    modules[f"{_PACKAGE}._checks"] = safelight.vocabulary.checks
    modules[f"{_PACKAGE}._free_sizes"] = safelight.vocabulary.free_sizes
    judging = ModuleType(f"{_PACKAGE}._judging")
    judging.__package__ = _PACKAGE
    modules[judging.__name__] = judging
    source = folder("runtime").joinpath("python", "_judging.py").read_text("utf-8")
    exec(compile(source, "<_judging.py>", "exec"), vars(judging))  # noqa: S102 - a module of this package
    return _PACKAGE
