"""The problem: why a call of the control API is not answered as its caller hoped."""

from __future__ import annotations

from typing import Any

__all__ = ["Problem", "told"]


class Problem(Exception):
    """A call that cannot be answered.

    Args:
        status: The HTTP status that says so.
        message: What is wrong, in a sentence.
        help: What would be right; empty where nothing would.
    """

    def __init__(self, status: int, message: str, help: str = "") -> None:  # noqa: A002 - the word compilers use
        super().__init__(message)
        self.status, self.message, self.help = status, message, help


def told(problem: Problem) -> dict[str, Any]:
    """Return the body that tells of a problem."""
    return {"error": {"message": problem.message, "help": problem.help or None}}
