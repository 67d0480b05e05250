"""Request ids: what a server stamps on each answer, so that both sides can speak about the same call."""

from __future__ import annotations

import os

__all__ = ["new_request_id"]


def new_request_id() -> str:
    """Return ``req_`` and 32 hexadecimal digits; random, so that the ids of two servers never meet."""
    return f"req_{os.urandom(16).hex()}"
