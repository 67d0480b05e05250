"""What lets type checkers flag a call that is wrong for its model, at the call and with the reason.

A name of a known model is a string, so a wrong call of it also fits the signature that takes any string, for models of
tomorrow; and Python's types cannot say "any string but these".  So signatures that take a known model with anything
stand before that one, marked as PEP 702 marks what should not be called: Pyright in strict mode, mypy with
``enable_error_code = ["deprecated"]``, and editors show the mark's text where the call is.  What such a call gives is
a `WrongForModel`, with which nothing can be done: so whoever has the mark switched off is told one step later, where
the result is used.

Nothing of this exists while a program runs: overloads are never called, and no library is needed for the mark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

__all__ = ["WrongForModel", "deprecated"]

if TYPE_CHECKING:
    from typing_extensions import deprecated  # type checkers bring it along; it need not be installed
else:
    F = TypeVar("F", bound=Callable[..., object])

    def deprecated(_message: str) -> Callable[[F], F]:
        """Mark nothing: the mark is for type checkers."""
        return lambda function: function


class WrongForModel:
    """What a call that is wrong for its model gives, to type checkers; at run time it raises `RuleError`."""
