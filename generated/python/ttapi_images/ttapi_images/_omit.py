"""The difference between "not given" and "given as None".

`None` is a value: it is sent as JSON's null, and the API may refuse it.  A default would be sent as well, and the API
refuses parameters that a model does not have, whatever their value.  So every optional parameter of a generated method
defaults to `OMIT`, and only what the caller gave is sent.
"""

from __future__ import annotations

from typing import Any, Final, Literal

__all__ = ["OMIT", "Omit", "given"]


class Omit:
    """The type of `OMIT`.  It is false, so that ``value or fallback`` reads as expected."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "OMIT"

    def __reduce__(self) -> str:
        return "OMIT"  # copies and pickles are the one object again: it is compared by identity


OMIT: Final = Omit()
"""What a parameter holds that the caller did not give."""


def given(**params: object) -> dict[str, Any]:
    """Keep exactly what the caller gave.

    Args:
        **params: Parameters by name; those that are `OMIT` are left out, all others stay as they are, `None` included.

    Returns:
        The request body, in the order of the arguments.
    """
    return {name: value for name, value in params.items() if value is not OMIT}
