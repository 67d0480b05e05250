"""Whether a spec that can be read also makes sense."""

from __future__ import annotations

from safelight.diagnostic import Report
from safelight.model import Spec


def lint(spec: Spec, report: Report) -> None:
    """Report what can never be used, never hold or never fire."""
