"""The limits of a server: what cannot work is refused when it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safelight_mockserver import Limits


@pytest.mark.parametrize("name", ["head_bytes", "headers", "seconds", "connections", "grace"])
def test_a_limit_that_leaves_nothing_is_refused(name: str) -> None:
    """By its name."""
    with pytest.raises(ValueError, match=f"{name} must be more than 0, got 0"):
        replace(Limits(), **{name: 0})
