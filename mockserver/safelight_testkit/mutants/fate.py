"""The fate of a mutant, in plain values, so that it can come from another process and go into a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Fate", "Outcome"]


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"  # no request can tell it from the honest fake


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a mutant, and how that is known.

    Attributes:
        mutant: Its id.
        outcome: What became of it.
        finding: The kind of finding that killed it, a key of `safelight_testkit.judging.verdict.FINDINGS`.
        severity: How bad that finding is.
        message: What the suite said of it.
        why: Why it survived, or why nothing can tell it apart.
        request: The request that killed it, or that would, as JSON; empty where there is none.
        sent: How many requests it took.
    """

    mutant: str
    outcome: Outcome
    finding: str = ""
    severity: str = ""
    message: str = ""
    why: str = ""
    request: str = ""
    sent: int = 0
